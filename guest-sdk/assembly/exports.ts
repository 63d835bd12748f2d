// What every plugin exports besides its own functions.

/** Memory for what the host passes in; also for what the plugin hands out, which the host frees. */
export function malloc(size: usize): usize {
  return heap.alloc(size);
}

export function free(ptr: usize): void {
  heap.free(ptr);
}

/** The marker of the ABI's version: it is looked for, never called. */
export function ringfence_abi_v1(): void {}
