/** A WASI program: it runs from its beginning to its end, reads its input and writes to the log. */
import type { HostContext } from '../../host/context.ts';
import type { GuestCalls, Input, OutputKind, OutputSink } from '../guest-calls.ts';
import type { GuestFunction } from '../guest-function.ts';
import { ForeignFunctions } from './foreign-function.ts';
import type { ForeignAnswer, SingleCallGuest } from './foreign-guest.ts';
import { inputBytesOf, noOutput } from './output.ts';

export class CommandGuest implements SingleCallGuest {
  readonly imports: WebAssembly.Imports = {};
  readonly byteLength = 0;
  readonly #host: HostContext;
  #functions!: ForeignFunctions;

  constructor(host: HostContext) {
    this.#host = host;
    host.wasi.isCommand = true;
  }

  attach(exports: WebAssembly.Exports): void {
    this.#functions = new ForeignFunctions(exports);
  }

  *start(): GuestCalls {}

  begin(name: string, input: Input): GuestFunction | Error {
    const bytes = inputBytesOf(this.#host, input);
    if (bytes instanceof Error) return bytes;
    this.#host.wasi.stdin = bytes;
    return this.#functions.get(name);
  }

  end(_name: string, _answer: unknown, as: OutputKind | OutputSink): ForeignAnswer {
    return noOutput(as);
  }

  reset(): void {}
}
