/** The contract of Extism plugins, as far as it can be said in types: what they import, and how their exports are called. */

export const EXTISM_MODULE = 'extism:host/env';

type Value = 'i32' | 'i64';
interface Signature {
  readonly params: readonly Value[];
  readonly results: readonly Value[];
}

/**
 * Functions that only move bytes between the guest and its blocks. They are WebAssembly beside the guest, one call for at most
 * eight bytes: what each costs is the price of the `call`.
 */
export const KERNEL_FUNCTIONS = {
  load_u8: { params: ['i64'], results: ['i32'] },
  load_u64: { params: ['i64'], results: ['i64'] },
  store_u8: { params: ['i64', 'i32'], results: [] },
  store_u64: { params: ['i64', 'i64'], results: [] },
  input_load_u8: { params: ['i64'], results: ['i32'] },
  input_load_u64: { params: ['i64'], results: ['i64'] },
  input_length: { params: [], results: ['i64'] },
  input_offset: { params: [], results: ['i64'] },
} as const satisfies Readonly<Record<string, Signature>>;

export type KernelFunction = keyof typeof KERNEL_FUNCTIONS;

/** Levels as `get_log_level` answers them; above all where nobody reads the log. */
export const EXTISM_LOG_OFF = 0x7fff_ffff;
