/** The heap of an instance: its memory, and the allocator in it that the host may ask. */
import { MEMORY_EXPORT } from '../abi/exports.ts';
import { RingfenceError } from '../errors.ts';
import type { GuestHeap } from '../memory/guest-memory.ts';
import { NO_MEMORY } from './guest-state.ts';

/** Of a guest of our own ABI: the validator has found all three. */
export function ownHeap(exports: WebAssembly.Exports): GuestHeap {
  return {
    memory: exports[MEMORY_EXPORT] as WebAssembly.Memory,
    malloc: exports.malloc as unknown as GuestHeap['malloc'],
    free: exports.free as unknown as GuestHeap['free'],
  };
}

/** Of a guest that has no allocator that we know: what it gets, it gets otherwise. */
export function foreignHeap(exports: WebAssembly.Exports): GuestHeap {
  const memory = (exports[MEMORY_EXPORT] as WebAssembly.Memory | undefined) ?? NO_MEMORY;
  const none = (): never => {
    throw new RingfenceError('TRAP', 'The plugin called a host function that needs malloc, and has none', {
      details: { kind: 'no malloc' },
    });
  };
  return { memory, malloc: none, free: none };
}
