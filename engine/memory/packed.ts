/**
 * The packed i64 of the guest ABI: `(pointer << 32) | length`, both unsigned. JavaScript sees an i64 as a BigInt; going
 * through a shared typed array costs a third of BigInt arithmetic, and nothing can interleave between the two lines.
 */
const wide = new BigUint64Array(1);
const halves = new Uint32Array(wide.buffer);
// Typed arrays use the byte order of the machine.
halves[0] = 1;
const LOW = wide[0] === 1n ? 0 : 1;
const HIGH = 1 - LOW;

/** The i64 that a guest function returns when it failed: all bits set. */
export const FAILED = -1n;

export function pack(pointer: number, length: number): bigint {
  halves[LOW] = length;
  halves[HIGH] = pointer;
  return wide[0] as bigint;
}

/** Splits `packed`; read the halves with {@link packedPointer} and {@link packedLength} before the next `unpack` or `pack`. */
export function unpack(packed: bigint): void {
  wide[0] = packed;
}

export const packedPointer = (): number => halves[HIGH] as number;
export const packedLength = (): number => halves[LOW] as number;
