/** The smallest plugin, as WebAssembly text, with parts left out or put in: what a validator test is made of. */
import { appendCustomSection } from '../../../engine/wasm/custom-sections.ts';
import { assembleWithWabt } from '../toolchains.ts';

/** Everything that guest ABI v1 requires, by export name. The functions do nothing and succeed. */
export const REQUIRED: Readonly<Record<string, string>> = {
  memory: '(memory (export "memory") 1)',
  malloc: '(func (export "malloc") (param i32) (result i32) (i32.const 1024))',
  free: '(func (export "free") (param i32))',
  ringfence_abi_v1: '(func (export "ringfence_abi_v1"))',
  plugin_get_info: '(func (export "plugin_get_info") (result i64) (i64.const 0))',
  plugin_init: '(func (export "plugin_init") (param i32 i32) (result i32) (i32.const 0))',
  plugin_start: '(func (export "plugin_start") (result i32) (i32.const 0))',
  plugin_stop: '(func (export "plugin_stop") (result i32) (i32.const 0))',
  plugin_cleanup: '(func (export "plugin_cleanup") (result i32) (i32.const 0))',
  plugin_echo: '(func (export "plugin_echo") (param i32 i32) (result i64) (i64.const 0))',
};

export const MANIFEST = { name: 'tiny', version: '1.0.0', abi: 1, functions: { echo: {} } } as const;

export interface TinyPlugin {
  /** Instead of the required export of that name; an empty text leaves it out. */
  readonly replace?: Readonly<Record<string, string>>;
  /** Imports, which stand first. */
  readonly imports?: string;
  /** Anything else, which stands last. */
  readonly extra?: string;
  /** Undefined embeds {@link MANIFEST}; null embeds none; text is embedded as it is. */
  readonly manifest?: object | string | null;
}

export function tinyPlugin({
  replace = {},
  imports = '',
  extra = '',
  manifest = MANIFEST,
}: TinyPlugin = {}): Uint8Array {
  const exports = Object.entries(REQUIRED).map(([name, text]) => replace[name] ?? text);
  const wasm = assembleWithWabt(`(module ${imports} ${exports.join('\n')} ${extra})`);
  return manifest === null ? wasm : withManifest(wasm, manifest);
}

export function withManifest(wasm: Uint8Array, manifest: object | string): Uint8Array {
  const text = typeof manifest === 'string' ? manifest : JSON.stringify(manifest);
  return appendCustomSection(wasm, 'ringfence.manifest', new TextEncoder().encode(text));
}
