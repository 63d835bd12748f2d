/** Standard output or error of a guest: bytes come in pieces, lines go to the log. */
import type { LogLevel } from '../../options.ts';
import type { HostContext } from '../context.ts';

const NEWLINE = 0x0a;
const decoder = new TextDecoder();

export class LineStream {
  readonly #level: LogLevel;
  /** The beginning of a line whose end has not come. */
  #pending = new Uint8Array(256);
  #size = 0;
  /** Bytes of the line that found no room. */
  #cut = 0;

  constructor(level: LogLevel) {
    this.#level = level;
  }

  /** @param bytes guest memory: nothing of it is kept */
  write(host: HostContext, bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      const end = bytes.indexOf(NEWLINE, at);
      this.#append(bytes.subarray(at, end === -1 ? bytes.length : end), host.account.limits.logMessageBytes);
      if (end === -1) return;
      this.#emit(host);
      at = end + 1;
    }
  }

  /** Writes what stands there without a line end. */
  flush(host: HostContext): void {
    if (this.#size + this.#cut > 0) this.#emit(host);
  }

  #append(piece: Uint8Array, most: number): void {
    const kept = Math.max(0, Math.min(piece.length, most - this.#size));
    this.#cut += piece.length - kept;
    if (this.#pending.length < this.#size + kept) {
      const grown = new Uint8Array(Math.min(most, Math.max(this.#size + kept, this.#pending.length * 2)));
      grown.set(this.#pending.subarray(0, this.#size));
      this.#pending = grown;
    }
    this.#pending.set(piece.subarray(0, kept), this.#size);
    this.#size += kept;
  }

  #emit({ account, services }: HostContext): void {
    const size = this.#size;
    const cut = this.#cut;
    this.#size = 0;
    this.#cut = 0;
    if (account.logBytes + size > account.limits.logCallBytes) {
      services.log.drop();
      return;
    }
    account.logBytes += size;
    if (!services.log.enabled(this.#level)) return;
    const text = decoder.decode(this.#pending.subarray(0, size));
    services.log.write(
      this.#level,
      cut === 0 ? text : `${text.replace(/\ufffd$/, '')}… [${cut} of ${size + cut} bytes cut]`,
      'plugin',
      account.context,
    );
  }
}
