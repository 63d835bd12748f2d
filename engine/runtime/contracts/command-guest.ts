/** A WASI program: it runs from its beginning to its end, reads its input and writes to the log. */
import type { HostContext } from '../../host/context.ts';
import type { GuestCalls, Input, OutputKind, OutputSink } from '../guest-calls.ts';
import { ForeignFunctions } from './foreign-function.ts';
import type { ForeignAnswer, ForeignGuest } from './foreign-guest.ts';
import { inputBytesOf, noOutput } from './output.ts';

export class CommandGuest implements ForeignGuest {
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

  *call(name: string, input: Input, as: OutputKind | OutputSink): GuestCalls<ForeignAnswer> {
    const bytes = inputBytesOf(this.#host, input);
    if (bytes instanceof Error) return bytes;
    this.#host.wasi.stdin = bytes;
    yield this.#functions.call(name);
    return noOutput(as);
  }

  reset(): void {}
}
