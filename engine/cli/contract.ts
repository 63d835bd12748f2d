/** The contract of a file as `inspect` reports it. */
import { type ContractKind, contractOf, isSpoken, COMPONENT as KNOWN_COMPONENT } from '../abi/contract.ts';
import { ABI_EXPORTS, type AbiExport, MEMORY_EXPORT } from '../abi/exports.ts';
import type { ModuleSummary } from '../wasm/index.ts';

export interface Contract {
  /** Stable, for programs. */
  readonly kind: ContractKind;
  /** For people. */
  readonly name: string;
  /** Exports of Ringfence's guest ABI that the module would need; none where the engine speaks its own contract. */
  readonly missing: readonly string[];
}

export const COMPONENT: Contract = { ...KNOWN_COMPONENT, missing: [] };

export function describeContract(summary: ModuleSummary): Contract {
  const { kind, name } = contractOf(summary);
  if (isSpoken(kind) && kind !== 'ringfence') return { kind, name, missing: [] };
  const exported = new Set(summary.exports.map((item) => item.name));
  const required = Object.entries<AbiExport>(ABI_EXPORTS).flatMap(([id, row]) => (row.required ? [id] : []));
  return { kind, name, missing: [MEMORY_EXPORT, ...required].filter((id) => !exported.has(id)) };
}
