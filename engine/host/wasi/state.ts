/** What WASI functions of one instance keep: its three streams, and what `proc_exit` means to it. */
import type { HostContext } from '../context.ts';
import { LineStream } from './line-stream.ts';

const NOTHING = new Uint8Array(0);

/** Why a call ended that ended well: the guest said that it is done. */
export const EXITED = Symbol('exited');

export class WasiState {
  /** A command says with `proc_exit` that it is done; anything else that calls it gives up. */
  isCommand = false;
  readonly stdout = new LineStream('info');
  readonly stderr = new LineStream('warn');
  #input: Uint8Array = NOTHING;
  #read = 0;

  /** What standard input has from now on, until the call ends. */
  set stdin(bytes: Uint8Array) {
    this.#input = bytes;
    this.#read = 0;
  }

  /** The next bytes of standard input, at most so many; none at its end. */
  take(most: number): Uint8Array {
    const bytes = this.#input.subarray(this.#read, this.#read + most);
    this.#read += bytes.length;
    return bytes;
  }

  endCall(host: HostContext): void {
    this.stdout.flush(host);
    this.stderr.flush(host);
    this.#input = NOTHING;
    this.#read = 0;
  }
}
