// A growing byte buffer outside the garbage collector: whatever leaves the plugin is written here and handed over without
// another copy. There is one; it is taken by `begin` and given away by `finish`, and nothing in between calls plugin code.

import { free, inSlot, malloc, noteSize } from "./exports";
import { decodeUtf8, encodeUtf8, utf8Length } from "./utf8";

let start: usize = 0;
let at: usize = 0;
let end: usize = 0;

/** Enough for most results, and for what has a place of its own in `malloc`. */
const FIRST_CAPACITY: usize = 1024;

/** Starts a new output. */
export function begin(): void {
  start = malloc(FIRST_CAPACITY);
  at = start;
  end = start + FIRST_CAPACITY;
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
  noteSize(capacity);
  if (inSlot(start)) {
    const moved = heap.alloc(capacity);
    memory.copy(moved, start, used);
    free(start);
    start = moved;
  } else {
    start = heap.realloc(start, capacity);
  }
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
    free(start);
    return 0;
  }
  return ((<i64>start) << 32) | <i64>size;
}

/** The output, which is UTF-8, as a string. */
export function finishText(): string {
  const value = decodeUtf8(start, at - start);
  free(start);
  return value;
}

/** The output as an array of bytes. */
export function finishBytes(): Uint8Array {
  const size = at - start;
  const value = new Uint8Array(<i32>size);
  memory.copy(value.dataStart, start, size);
  free(start);
  return value;
}
