/** Which contract a module speaks with its host, judged by its imports and exports alone. */
import { ABI_EXPORTS, ABI_VERSION, type AbiExport, MEMORY_EXPORT } from '../abi/exports.ts';
import type { ModuleSummary } from '../wasm/index.ts';

export interface Contract {
  /** Stable, for programs. */
  readonly kind: string;
  /** For people. */
  readonly name: string;
  /** Exports of Ringfence's guest ABI that the module does not have. */
  readonly missing: readonly string[];
}

interface Row {
  readonly kind: string;
  readonly name: string;
  readonly exports?: RegExp;
  readonly imports?: RegExp;
}

/** The first row that fits. A row fits if one of its exports and, where both are given, one of its imports is there. */
const CONTRACTS: readonly Row[] = [
  {
    kind: 'ringfence',
    name: `Ringfence guest ABI v${ABI_VERSION}`,
    exports: new RegExp(`^ringfence_abi_v${ABI_VERSION}$`),
  },
  { kind: 'ringfence-other', name: 'Ringfence guest ABI of another version', exports: /^ringfence_abi_v\d+$/ },
  { kind: 'extism', name: 'Extism plugin', imports: /^extism:/ },
  { kind: 'proxy-wasm', name: 'proxy-wasm filter', exports: /^proxy_abi_version/ },
  { kind: 'wasi-p1-command', name: 'WASI preview 1 command', exports: /^_start$/, imports: /^wasi_/ },
  { kind: 'wasi-p1', name: 'WASI preview 1 library', imports: /^wasi_/ },
  { kind: 'wasm-bindgen', name: 'wasm-bindgen module, with JavaScript glue', imports: /^(__wbindgen|wbg$|\.\/)/ },
  { kind: 'go-js', name: 'Go program for browsers', imports: /^(go|gojs)$/ },
  { kind: 'core', name: 'plain core module' },
];

export const COMPONENT: Contract = { kind: 'component', name: 'component (component model)', missing: [] };

export function contractOf({ imports, exports }: ModuleSummary): Contract {
  const fits = (row: Row): boolean =>
    (row.exports === undefined || exports.some(({ name }) => row.exports?.test(name))) &&
    (row.imports === undefined || imports.some(({ module }) => row.imports?.test(module)));
  const { kind, name } = CONTRACTS.find(fits) as Row;
  const exported = new Set(exports.map((item) => item.name));
  const required = Object.entries<AbiExport>(ABI_EXPORTS).flatMap(([id, row]) => (row.required ? [id] : []));
  return { kind, name, missing: [MEMORY_EXPORT, ...required].filter((id) => !exported.has(id)) };
}
