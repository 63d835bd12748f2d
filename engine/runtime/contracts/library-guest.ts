/** A module whose exports take and return numbers: a WASI library. Arguments come as a JSON array, the result goes as JSON. */
import { RingfenceError } from '../../errors.ts';
import type { HostContext } from '../../host/context.ts';
import type { GuestCalls, Input, OutputKind, OutputSink } from '../guest-calls.ts';
import type { Instantiable, RunnablePlugin } from '../runnable.ts';
import { parseArguments } from './arguments.ts';
import { ForeignFunctions } from './foreign-function.ts';
import type { ForeignAnswer, SequenceGuest } from './foreign-guest.ts';
import { numberToGuest, numberToJson, parseSignature, type Signature } from './numbers.ts';
import { giveOutput } from './output.ts';

export class LibraryGuest implements SequenceGuest {
  readonly imports: WebAssembly.Imports = {};
  readonly byteLength = 0;
  readonly #host: HostContext;
  readonly #signatures: ReadonlyMap<string, Signature>;
  #functions!: ForeignFunctions;

  constructor({ prepared: { functions, signatures = [] } }: RunnablePlugin<Instantiable>, host: HostContext) {
    this.#host = host;
    this.#signatures = new Map(functions.map((name, i) => [name, parseSignature(signatures[i] ?? '')]));
  }

  attach(exports: WebAssembly.Exports): void {
    this.#functions = new ForeignFunctions(exports);
  }

  *start(): GuestCalls {
    if (this.#functions.has('_initialize')) yield this.#functions.call('_initialize');
  }

  *call(name: string, input: Input, as: OutputKind | OutputSink): GuestCalls<ForeignAnswer> {
    const { params, result } = this.#signatures.get(name) as Signature;
    const given = parseArguments(this.#host, name, input, params.length);
    if (given instanceof Error) return given;
    const args: (number | bigint)[] = [];
    for (const [i, type] of params.entries()) {
      const value = numberToGuest(given[i], type);
      if (value === undefined) return wrongArgument(name, i, type, given[i]);
      args.push(value);
    }
    const answer = yield this.#functions.call(name, args);
    return giveOutput(this.#host, result === undefined ? '' : numberToJson(answer as number | bigint), as);
  }

  reset(): void {}
}

export function wrongArgument(name: string, index: number, expected: string, came: unknown): RingfenceError {
  const shown = JSON.stringify(came)?.slice(0, 100) ?? 'nothing';
  return new RingfenceError(
    'INVALID_INPUT',
    `Expected argument ${index + 1} of \`${name}\` to be ${expected}, got ${shown}`,
    { stage: 'call', details: { argument: index, expected } },
  );
}
