/** Host functions that are imported from other modules than `env`: those of WASI and of Extism. */
import { EXTISM_MODULE, KERNEL_FUNCTIONS } from '../abi/extism.ts';
import { type HostSignature, type HostSignatures, hostKey } from '../validate/imports.ts';
import { EXTISM } from './extism/table.ts';
import type { HostFunction } from './function.ts';
import { HOST_SIGNATURES } from './table.ts';
import { WASI } from './wasi/table.ts';

/** Rows by key: see `hostKey`. */
export const FOREIGN_FUNCTIONS: ReadonlyMap<string, HostFunction> = new Map(
  [...WASI, ...EXTISM].map((row) => [hostKey(row.module, row.name), row]),
);

/** Keys of functions for which there is no row: the guest gets them as WebAssembly. */
export const KERNEL_KEYS: ReadonlySet<string> = new Set(
  Object.keys(KERNEL_FUNCTIONS).map((name) => hostKey(EXTISM_MODULE, name)),
);

/** All that any guest may import. WASI is there for everybody. */
export const ALL_SIGNATURES: HostSignatures = new Map<string, HostSignature>([
  ...HOST_SIGNATURES,
  ...WASI.map(
    ({ module, name, capability, params, results, price }) =>
      [hostKey(module, name), { type: { params, results }, capability, cost: price.base }] as const,
  ),
  ...EXTISM.map(({ module, name, capability, params, results, price }) => {
    const signature: HostSignature = { type: { params, results }, capability, cost: price.base, contract: 'extism' };
    return [hostKey(module, name), signature] as const;
  }),
  ...Object.entries(KERNEL_FUNCTIONS).map(
    ([name, type]) => [hostKey(EXTISM_MODULE, name), { type, capability: 'extism', contract: 'extism' }] as const,
  ),
]);
