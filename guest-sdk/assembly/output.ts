// A growing byte buffer outside the garbage collector: whatever leaves the plugin is written here and handed over without
// another copy. There is one; it is taken by `begin` and given away by `finish`, and nothing in between calls plugin code.

import { decodeUtf8, encodeUtf8, utf8Length } from "./utf8";

let start: usize = 0;
let at: usize = 0;
let end: usize = 0;

/** Starts a new output. */
export function begin(capacity: usize = 112): void {
  start = heap.alloc(capacity);
  at = start;
  end = start + capacity;
}

/** Makes room for `size` more bytes and returns where they go; `advance` says how far they went. */
// @ts-ignore: decorator
@inline
export function reserve(size: usize): usize {
  if (end - at < size) grow(size);
  return at;
}

// @ts-ignore: decorator
@inline
export function advance(to: usize): void {
  at = to;
}

function grow(size: usize): void {
  const used = at - start;
  const capacity = max(used + size, (end - start) << 1);
  start = heap.realloc(start, capacity);
  at = start + used;
  end = start + capacity;
}

// @ts-ignore: decorator
@inline
export function byte(value: u32): void {
  store<u8>(reserve(1), value);
  at++;
}

/** Copies bytes. */
export function bytes(from: usize, size: usize): void {
  memory.copy(reserve(size), from, size);
  at += size;
}

/** Writes text as UTF-8. */
export function text(value: string): void {
  advance(encodeUtf8(value, reserve(utf8Length(value))));
}

/** Hands the output over as the ABI's packed pointer and length: the receiver frees it. Nothing written is 0. */
export function finish(): i64 {
  const size = at - start;
  if (size == 0) {
    heap.free(start);
    return 0;
  }
  return ((<i64>start) << 32) | <i64>size;
}

/** The output, which is UTF-8, as a string. */
export function finishText(): string {
  const value = decodeUtf8(start, at - start);
  heap.free(start);
  return value;
}

/** The output as an array of bytes. */
export function finishBytes(): Uint8Array {
  const size = at - start;
  const value = new Uint8Array(<i32>size);
  memory.copy(value.dataStart, start, size);
  heap.free(start);
  return value;
}
