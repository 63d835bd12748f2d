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

export function pack(pointer: number, length: number): bigint {
  halves[LOW] = length;
  halves[HIGH] = pointer;
  return wide[0] as bigint;
}

/** Splits `packed`; read the parts with the functions below before the next `unpack` or `pack`. */
export function unpack(packed: bigint): void {
  wide[0] = packed;
}

export const packedPointer = (): number => halves[HIGH] as number;
export const packedLength = (): number => halves[LOW] as number;
/** All bits set, -1: the function failed. */
export const isFailed = (): boolean => halves[LOW] === 0xffff_ffff && halves[HIGH] === 0xffff_ffff;
