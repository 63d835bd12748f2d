/**
 * The state of a plugin when it has started, to which its instances go back after each call (`reset: 'per-call'`). Memory is
 * compared page by page, and only pages that differ are written: comparing is as fast as copying, and pages that nobody has
 * touched stay untouched.
 */
import type { GuestState } from './guest-state.ts';

const PAGE_BYTES = 65_536;
const ZEROS = new Uint8Array(PAGE_BYTES);

export class StartState {
  /** One after the other; all that are empty are the same one. */
  readonly #pages: readonly Uint8Array<ArrayBuffer>[];
  readonly #globals: BigInt64Array;
  /** Host memory that it takes, without what it shares. */
  readonly byteLength: number;

  /** @param similar that of another instance of the plugin: pages that are the same are kept once */
  constructor(state: GuestState, similar?: StartState) {
    const { bytes } = state;
    let ownPages = 0;
    this.#pages = Array.from({ length: bytes.length / PAGE_BYTES }, (_, i) => {
      const page = bytes.subarray(i * PAGE_BYTES, (i + 1) * PAGE_BYTES);
      const theirs = similar === undefined ? undefined : similar.#pages[i];
      const known = [ZEROS, theirs].find((other) => other !== undefined && Buffer.compare(page, other) === 0);
      if (known === undefined) ownPages++;
      return known ?? page.slice();
    });
    this.#globals = state.globals;
    this.byteLength = ownPages * PAGE_BYTES + this.#globals.byteLength;
  }

  get memoryBytes(): number {
    return this.#pages.length * PAGE_BYTES;
  }

  /** Brings the state to an instance of the same module that has not run yet. @throws RangeError when there is no room */
  putInto(state: GuestState): void {
    state.growTo(this.memoryBytes);
    this.writeMemory(state.bytes);
    state.globals = this.#globals;
  }

  /** Brings the instance back whose state it was when that was saved. False if that cannot be. */
  returnIn(state: GuestState): boolean {
    const { bytes } = state;
    if (bytes.length !== this.memoryBytes || !state.restore()) return false;
    this.writeMemory(bytes);
    return true;
  }

  /** @param memory of the size that the state has */
  writeMemory(memory: Uint8Array<ArrayBuffer>): void {
    const { buffer } = memory;
    for (let i = 0; i < this.#pages.length; i++) {
      const page = this.#pages[i] as Uint8Array<ArrayBuffer>;
      const live = new Uint8Array(buffer, i * PAGE_BYTES, PAGE_BYTES);
      if (Buffer.compare(live, page) !== 0) live.set(page);
    }
  }
}
