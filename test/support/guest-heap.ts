/** A real guest memory with a real allocator, without a plugin around it. */
import { GuestMemory } from '../../engine/memory/guest-memory.ts';
import { compileWat, type PluginWat, pluginWat } from './wat.ts';

export interface TestHeap {
  readonly memory: GuestMemory;
  readonly wasmMemory: WebAssembly.Memory;
  readonly malloc: (size: number) => number;
  /** What lies at a pointer now. */
  readonly bytes: (pointer: number, length: number) => Uint8Array;
  /** How many pieces were freed. */
  readonly freed: () => number;
}

/** `replace.malloc` and `replace.free` are the test's own allocator. */
export function guestHeap(plugin: PluginWat = {}, imports: WebAssembly.Imports = {}): TestHeap {
  const text = pluginWat({ ...plugin, extra: `(export "freed" (global $freed)) ${plugin.extra ?? ''}` });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(compileWat(text)), imports);
  const heap = exports as unknown as {
    readonly memory: WebAssembly.Memory;
    readonly malloc: (size: number) => number;
    readonly free: (pointer: number) => void;
    readonly freed: WebAssembly.Global;
  };
  return {
    memory: new GuestMemory(heap),
    wasmMemory: heap.memory,
    malloc: heap.malloc,
    bytes: (pointer, length) => new Uint8Array(heap.memory.buffer, pointer >>> 0, length).slice(),
    freed: () => heap.freed.value as number,
  };
}
