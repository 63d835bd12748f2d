/** WebAssembly as Node.js has it, called with a bridge written by hand: what a program has that uses no engine at all. */
import { compileCoreGuest } from '../guests/core-guests.ts';
import type { LoadedGuest, Peer } from '../peer.ts';

const FAIRNESS = `The very modules that Ringfence runs, instantiated with the one function that they import. The platform documents no limit
on time, stack or output. It can cap only a memory that the host creates and the guest imports, which compilers do not emit by
default, so memory is left to the module. It is here as the floor: what wasm alone gives.`;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

interface GuestExports {
  readonly memory: WebAssembly.Memory;
  readonly malloc: (size: number) => number;
  readonly free: (pointer: number) => void;
  readonly [name: `plugin_${string}`]: (pointer: number, length: number) => bigint;
}

class PlainGuest implements LoadedGuest {
  readonly #exports: GuestExports;

  constructor(exports: GuestExports) {
    this.#exports = exports;
  }

  async call(name: string, input: string): Promise<string> {
    const { memory, malloc, free } = this.#exports;
    const bytes = encoder.encode(input);
    const given = malloc(bytes.length) >>> 0;
    new Uint8Array(memory.buffer).set(bytes, given);
    const packed = this.#exports[`plugin_${name}`]?.(given, bytes.length) ?? 0n;
    const pointer = Number((packed >> 32n) & 0xffff_ffffn);
    const length = Number(packed & 0xffff_ffffn);
    const output = decoder.decode(new Uint8Array(memory.buffer, pointer, length));
    if (pointer !== 0) free(pointer);
    return output;
  }

  async close(): Promise<void> {
    // Nothing can be closed: the instance goes when nobody holds it.
  }
}

export const plainV8: Peer = {
  name: 'plain V8',
  fairness: FAIRNESS,
  make: compileCoreGuest,
  without: {
    'host memory bomb': 'the host holds nothing for its guests',
    'redirect to a private address': 'guests have no requests',
  },
  open: async (log) => ({
    async load(guest) {
      const module = await WebAssembly.compile(compileCoreGuest(guest));
      let exports: GuestExports | undefined;
      const env = {
        log(_level: number, pointer: number, length: number): void {
          if (exports !== undefined) log(decoder.decode(new Uint8Array(exports.memory.buffer, pointer, length)));
        },
      };
      exports = (await WebAssembly.instantiate(module, { env })).exports as unknown as GuestExports;
      return new PlainGuest(exports);
    },
  }),
};
