/**
 * Which contract a module speaks with its host, judged by its imports and exports alone, before anything of it runs. One row per
 * contract that is known; those with `speaker` can be loaded.
 */
import { ABI_VERSION } from './exports.ts';

/** The contracts that the engine speaks: it knows how to start, call and stop such guests. */
export const SPOKEN_CONTRACTS = [
  'ringfence',
  'extism',
  'wasi-p1-command',
  'wasi-p1',
  'assemblyscript',
  'component',
] as const;
export type SpokenContract = (typeof SPOKEN_CONTRACTS)[number];

/** What is looked at: a surface of `validate/`, a summary of `wasm/`, anything with names. */
export interface ContractSurface {
  readonly imports: readonly { readonly module: string }[];
  readonly exports: readonly { readonly name: string }[];
}

export interface ContractRow {
  /** Stable, for programs. */
  readonly kind: string;
  /** For people. */
  readonly name: string;
  /** A name among the exports; of a list, one for each. */
  readonly exports?: RegExp | readonly RegExp[];
  /** A module that is imported from. */
  readonly imports?: RegExp;
}

/** The first row that fits. A row fits if all is there that it names. */
const CONTRACTS = [
  {
    kind: 'ringfence',
    name: `Ringfence guest ABI v${ABI_VERSION}`,
    exports: new RegExp(`^ringfence_abi_v${ABI_VERSION}$`),
  },
  { kind: 'ringfence-other', name: 'Ringfence guest ABI of another version', exports: /^ringfence_abi_v\d+$/ },
  { kind: 'extism', name: 'Extism plugin', imports: /^extism:/ },
  { kind: 'proxy-wasm', name: 'proxy-wasm filter', exports: /^proxy_abi_version/ },
  { kind: 'wasi-p1-command', name: 'WASI preview 1 command', exports: /^_start$/, imports: /^wasi_snapshot_preview1$/ },
  { kind: 'wasi-p1', name: 'WASI preview 1 library', imports: /^wasi_snapshot_preview1$/ },
  { kind: 'wasm-bindgen', name: 'wasm-bindgen module, with JavaScript glue', imports: /^(__wbindgen|wbg$|\.\/)/ },
  { kind: 'go-js', name: 'Go program for browsers', imports: /^(go|gojs)$/ },
  {
    kind: 'assemblyscript',
    name: 'AssemblyScript module with its runtime exported',
    exports: [/^__new$/, /^__pin$/, /^__unpin$/, /^__rtti_base$/],
  },
  { kind: 'core', name: 'plain core module' },
] as const satisfies readonly ContractRow[];

/** What a file is that is no core module. */
export const COMPONENT = { kind: 'component', name: 'component (component model)' } as const satisfies ContractRow;

export type ContractKind = (typeof CONTRACTS)[number]['kind'] | typeof COMPONENT.kind;
export interface Contract extends ContractRow {
  readonly kind: ContractKind;
}

/** The contract of a core module. */
export function contractOf({ imports, exports }: ContractSurface): Contract {
  const exported = (pattern: RegExp): boolean => exports.some(({ name }) => pattern.test(name));
  const fits = (row: ContractRow): boolean =>
    (row.exports === undefined || [row.exports].flat().every(exported)) &&
    (row.imports === undefined || imports.some(({ module }) => row.imports?.test(module)));
  return CONTRACTS.find(fits) as Contract;
}

export const isSpoken = (kind: string): kind is SpokenContract => SPOKEN_CONTRACTS.includes(kind as SpokenContract);
