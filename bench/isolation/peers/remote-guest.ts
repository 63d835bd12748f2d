/** What a careful program writes by hand around a guest in a worker or a child: calls by number, a deadline, a new one after a death. */
import { LIMITS, type LoadedGuest } from '../peer.ts';

export type FromGuest =
  | { readonly op: 'ready' }
  | { readonly op: 'log'; readonly line: string }
  | { readonly op: 'answer'; readonly id: number; readonly value: string }
  | { readonly op: 'failure'; readonly id: number; readonly message: string };

export interface GuestCall {
  readonly op: 'call';
  readonly id: number;
  readonly name: string;
  readonly input: string;
}
/** The source comes first, and once. */
export type ToGuest = { readonly op: 'source'; readonly source: string } | GuestCall;

/** A worker or a child that runs one guest. */
export interface Remote {
  send(message: GuestCall): void;
  kill(): Promise<unknown>;
}

export type StartRemote = (onMessage: (message: FromGuest) => void, onEnd: (why: string) => void) => Remote;

interface Waiting {
  readonly resolve: (value: string) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

const READY = 0;

export class RemoteGuest implements LoadedGuest {
  readonly #start: StartRemote;
  readonly #log: (line: string) => void;
  readonly #waiting = new Map<number, Waiting>();
  #remote: Remote | undefined;
  #lastId = READY;

  constructor(start: StartRemote, log: (line: string) => void) {
    this.#start = start;
    this.#log = log;
  }

  async load(): Promise<this> {
    const ready = this.#wait(READY);
    const remote = this.#start(
      (message) => this.#receive(message),
      (why) => {
        if (this.#remote !== remote) return;
        this.#remote = undefined;
        this.#rejectAll(why);
      },
    );
    this.#remote = remote;
    await ready;
    return this;
  }

  async call(name: string, input: string): Promise<string> {
    if (this.#remote === undefined) await this.load();
    const id = ++this.#lastId;
    const answer = this.#wait(id);
    this.#remote?.send({ op: 'call', id, name, input });
    return answer;
  }

  async close(): Promise<void> {
    await this.#end('closed');
  }

  #wait(id: number): Promise<string> {
    return new Promise((resolve, reject) => {
      const deadlineMs = id === READY ? LIMITS.startDeadlineMs : LIMITS.deadlineMs;
      const timer = setTimeout(() => void this.#end('deadline exceeded'), deadlineMs);
      this.#waiting.set(id, { resolve, reject, timer });
    });
  }

  #receive(message: FromGuest): void {
    if (message.op === 'log') {
      this.#log(message.line);
      return;
    }
    const id = message.op === 'ready' ? READY : message.id;
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return;
    this.#waiting.delete(id);
    clearTimeout(waiting.timer);
    if (message.op === 'failure') waiting.reject(new Error(message.message));
    else waiting.resolve(message.op === 'answer' ? message.value : '');
  }

  async #end(why: string): Promise<void> {
    const remote = this.#remote;
    this.#remote = undefined;
    await remote?.kill();
    this.#rejectAll(why);
  }

  #rejectAll(why: string): void {
    for (const { reject, timer } of this.#waiting.values()) {
      clearTimeout(timer);
      reject(new Error(why));
    }
    this.#waiting.clear();
  }
}
