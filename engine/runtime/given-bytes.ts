/** Bytes that callers hand over again: an application that loads one plugin many times does so from one array. */
import { fingerprint } from './digest.ts';

/** Comparing more than this with a copy takes longer than its fingerprint. */
const COMPARED_BYTES = 256 * 1024;

export class GivenBytes {
  /** By array; they live as long as it does. Null for one that came once. */
  readonly #given = new WeakMap<object, { readonly name: string; readonly copy: Uint8Array } | null>();

  /**
   * The fingerprint of bytes. The second time that an array comes a copy is kept, and from then on they are compared.
   * @param array the caller's own, which may hold something else every time
   * @param bytes what is in it
   */
  nameOf(array: object, bytes: Uint8Array): string {
    if (bytes.length > COMPARED_BYTES) return fingerprint(bytes);
    const before = this.#given.get(array);
    if (before === undefined) {
      this.#given.set(array, null);
      return fingerprint(bytes);
    }
    if (before !== null && Buffer.compare(before.copy, bytes) === 0) return before.name;
    // The name is that of the copy: in shared memory another thread may be writing.
    const copy = new Uint8Array(bytes);
    const name = fingerprint(copy);
    this.#given.set(array, { name, copy });
    return name;
  }
}
