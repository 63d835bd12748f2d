/** Modules that were built for something else: recognised by what they import and export, to say so. */
import type { ModuleSurface } from './surface.ts';

interface Foreign {
  readonly what: string;
  readonly fix: string;
  /** Of the module that it imports from. */
  readonly imports?: RegExp;
  /** Of a name that it exports. */
  readonly exports?: RegExp;
}

/** The first row that fits is the guess. */
const FOREIGN: readonly Foreign[] = [
  {
    what: 'Extism, whose functions are there for plugins that speak its contract',
    fix: 'Import from "env" in a plugin for Ringfence',
    imports: /^extism:/,
  },
  {
    what: 'wasm-bindgen, whose glue is JavaScript',
    fix: 'Build without wasm-bindgen',
    imports: /^(__wbindgen|wbg$|\.\/)/,
  },
  { what: 'the Go runtime for browsers', fix: 'Build with TinyGo for wasm-unknown', imports: /^(go|gojs)$/ },
  { what: 'dynamic linking', fix: 'Link the plugin statically', imports: /^GOT\./ },
  {
    what: 'WASI, of which plugins get preview 1 (wasi_snapshot_preview1)',
    fix: 'Build for wasm32-wasip1 or wasm32-unknown-unknown',
    imports: /^wasi_(?!snapshot_preview1$)/,
  },
  { what: 'a component', fix: 'Build a core module', exports: /^cabi_realloc$/ },
  { what: 'proxy-wasm', fix: 'Build the plugin with an SDK for Ringfence', exports: /^proxy_abi_version/ },
];

/** What a module that is imported from belongs to, and what to do. */
export function foreignModule(moduleName: string): string | undefined {
  const found = FOREIGN.find(({ imports }) => imports?.test(moduleName));
  return found && `It belongs to ${found.what}. ${found.fix}`;
}

/** What a whole module seems to be built for. */
export function foreignKind({ imports, exports }: Pick<ModuleSurface, 'imports' | 'exports'>): string | undefined {
  const found = FOREIGN.find(
    (row) =>
      imports.some(({ module }) => row.imports?.test(module)) || exports.some(({ name }) => row.exports?.test(name)),
  );
  return found && `It looks built for ${found.what}. ${found.fix}`;
}
