/** What lies in the memory of a fresh instance: its data segments. Other states of it are kept as differences from this. */

/** Bytes of memory that are looked at together: what the operating system hands out at once. */
export const CELL_BYTES = 4_096;
const ZEROS = new Uint8Array(CELL_BYTES);

export class MemoryImage {
  /** Cells that are not all zero, by number. */
  readonly #cells = new Map<number, Uint8Array<ArrayBuffer>>();

  /** @param bytes the memory of an instance that has not run yet */
  constructor(bytes: Uint8Array<ArrayBuffer>) {
    const memory = Buffer.from(bytes.buffer);
    for (let at = 0; at < memory.length; at += CELL_BYTES) {
      if (memory.compare(ZEROS, 0, CELL_BYTES, at, at + CELL_BYTES) !== 0) {
        this.#cells.set(at / CELL_BYTES, bytes.slice(at, at + CELL_BYTES));
      }
    }
  }

  /** The bytes of a cell. */
  cell(number: number): Uint8Array<ArrayBuffer> {
    return this.#cells.get(number) ?? ZEROS;
  }
}
