/**
 * Writing to a pipe without the event loop. A guest that waits for a service blocks its thread right after the request is written:
 * what the kernel does not take at once would never leave.
 */
import { writeSync } from 'node:fs';

/** Between two attempts, while the other side has not read. */
const PAUSE_MS = 1;

export class BlockingPipe {
  readonly #fd: number;
  readonly #never = new Int32Array(new SharedArrayBuffer(4));

  /** @param fd to which nothing else is written */
  constructor(fd: number) {
    this.#fd = fd;
  }

  /** @throws what the system says when the other side is gone */
  write(bytes: Uint8Array, then?: () => void): void {
    for (let at = 0; at < bytes.length; ) {
      try {
        at += writeSync(this.#fd, bytes, at);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
        Atomics.wait(this.#never, 0, 0, PAUSE_MS);
      }
    }
    then?.();
  }
}
