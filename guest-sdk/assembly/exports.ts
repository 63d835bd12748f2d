// What every plugin exports besides its own functions.

// A small input and a small output, which is what most calls have, do not go through the allocator: each has a slot, a
// fixed piece of memory, that `malloc` hands out while it is free.
const SLOT_SIZE: usize = 1024;
const SLOTS: usize = 2;
const slots = memory.data(2048, 16);
/** A bit for each slot in use. */
let taken: u32 = 0;

/** Pieces from this size on are large: the collector paces itself by the number of objects, not by their size. */
const LARGE: usize = 64 * 1024;
let large = false;

/** Something of that size goes in or out: there will be garbage in proportion. */
// @ts-ignore: decorator
@inline
export function noteSize(size: usize): void {
  if (size >= LARGE) large = true;
}

/** Has anything large gone in or out since the last time? */
export function takeLarge(): bool {
  const taken = large;
  large = false;
  return taken;
}

/** Memory for what the host passes in; also for what the plugin hands out, which the host frees. */
export function malloc(size: usize): usize {
  if (size <= SLOT_SIZE) {
    const slot = ctz(~taken);
    if (slot < <u32>SLOTS) {
      taken |= 1 << slot;
      return slots + <usize>slot * SLOT_SIZE;
    }
  }
  noteSize(size);
  return heap.alloc(size);
}

export function free(ptr: usize): void {
  if (inSlot(ptr)) taken &= ~(1 << <u32>((ptr - slots) / SLOT_SIZE));
  else heap.free(ptr);
}

/** Is this the address of a slot? */
// @ts-ignore: decorator
@inline
export function inSlot(ptr: usize): bool {
  return ptr - slots < SLOTS * SLOT_SIZE;
}

/** The marker of the ABI's version: it is looked for, never called. */
export function ringfence_abi_v1(): void {}
