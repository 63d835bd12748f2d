/** The peer isolated-vm: isolates of V8 of their own, by a native addon, which is installed apart (see bench/peers). */
import { jsGuest } from '../guests/js-guests.ts';
import { LIMITS, type LoadedGuest, type Peer } from '../peer.ts';
import { importPeer, whyMissing } from './installed-apart.ts';

const FAIRNESS = `An isolate for each guest with \`memoryLimit\`, and \`timeout\` on every call, as its documentation shows; calls run in its
threads, so that the event loop goes on. An isolate that has run out of memory is disposed by the library, and the next call makes
another one. Its documentation asks for the flag --no-node-snapshot. It has no option for outputs and logs.`;

const NAME = 'isolated-vm';

interface Reference {
  apply(self: undefined, values: readonly unknown[], options: object): Promise<unknown>;
}
interface Context {
  readonly global: { set(name: string, value: unknown): Promise<void> };
  eval(code: string, options?: object): Promise<Reference>;
}
interface Isolate {
  readonly isDisposed: boolean;
  createContext(): Promise<Context>;
  dispose(): void;
}
interface Library {
  readonly Isolate: new (options: { readonly memoryLimit: number }) => Isolate;
  readonly Callback: new (callback: (line: string) => void) => object;
}

const CALL = '(name, input) => guest[name](input)';

class IsolatedGuest implements LoadedGuest {
  readonly #library: Library;
  readonly #source: string;
  readonly #log: (line: string) => void;
  #isolate: Isolate | undefined;
  #call: Reference | undefined;

  constructor(library: Library, source: string, log: (line: string) => void) {
    this.#library = library;
    this.#source = source;
    this.#log = log;
  }

  async load(): Promise<this> {
    const isolate = new this.#library.Isolate({ memoryLimit: LIMITS.memoryBytes / 2 ** 20 });
    this.#isolate = isolate;
    const context = await isolate.createContext();
    await context.global.set('log', new this.#library.Callback(this.#log));
    await context.eval(this.#source, { timeout: LIMITS.startDeadlineMs });
    this.#call = await context.eval(CALL, { reference: true });
    return this;
  }

  async call(name: string, input: string): Promise<string> {
    if (this.#isolate?.isDisposed !== false) await this.load();
    return String(await this.#call?.apply(undefined, [name, input], { timeout: LIMITS.deadlineMs }));
  }

  async close(): Promise<void> {
    this.#isolate?.dispose();
  }
}

export const isolatedVm: Peer = {
  name: NAME,
  fairness: FAIRNESS,
  make: jsGuest,
  flags: ['--no-node-snapshot'],
  missing: whyMissing(NAME),
  without: {
    'host memory bomb': 'the host holds nothing for its guests',
    'redirect to a private address': 'guests have no requests',
  },
  async open(log) {
    const { default: library } = (await importPeer(NAME)) as { readonly default: Library };
    return { load: (guest) => new IsolatedGuest(library, jsGuest(guest), log).load() };
  },
};
