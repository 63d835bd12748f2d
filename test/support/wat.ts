/** Guests for tests, written as WebAssembly text and compiled by wabt. */
import createWabt from 'wabt';
import { MANIFEST_SECTION } from '../../engine/validate/index.ts';
import { appendCustomSection } from '../../engine/wasm/custom-sections.ts';

const wabt = await createWabt();
const FEATURES = {
  exceptions: true,
  mutable_globals: true,
  sat_float_to_int: true,
  sign_extension: true,
  simd: true,
  multi_value: true,
  tail_call: true,
  bulk_memory: true,
  reference_types: true,
} as const;

/** The module that some WebAssembly text stands for. It is not validated: tests write wrong modules too. */
export function compileWat(text: string): Uint8Array<ArrayBuffer> {
  const module = wabt.parseWat('guest.wat', text, FEATURES);
  try {
    return module.toBinary({ write_debug_names: true }).buffer.slice() as Uint8Array<ArrayBuffer>;
  } finally {
    module.destroy();
  }
}

export interface PluginWat {
  /** @default 'guest' */
  readonly name?: string;
  /** @default '1.0.0' */
  readonly version?: string;
  /** Body of `plugin_<name>` by name: parameters `$ptr` and `$len`, result i64. */
  readonly functions?: Readonly<Record<string, string>>;
  /** Lines `(import "env" …)`. */
  readonly imports?: string;
  /** Anything else at the top level of the module. */
  readonly extra?: string;
  /** Pages of memory: first, and most. @default '2' */
  readonly memory?: string;
  /** Replaces a function that this builder writes, by export name: the whole `(func …)`; empty text leaves it out. */
  readonly replace?: Readonly<Record<string, string>>;
  /** Over the manifest that this builder makes; `undefined` leaves the section out. */
  readonly manifest?: Readonly<Record<string, unknown>> | undefined;
  /** Over what `plugin_get_info` answers. */
  readonly info?: Readonly<Record<string, unknown>>;
}

/** Where the builder keeps the text of `plugin_get_info`; below it, 16 bytes are the test's own. */
const INFO_AT = 16;
/** First byte that `malloc` hands out. */
export const HEAP_AT = 4_096;

/**
 * The text of a plugin that does everything by the book, but for what a test puts in. Its `malloc` takes memory from the end of
 * what it handed out last; `free` gives back only the last piece, and counts in the global `$freed`.
 */
export function pluginWat(plugin: PluginWat = {}): string {
  const { functions = {}, imports = '', extra = '', memory = '2', replace = {} } = plugin;
  const info = JSON.stringify({ ...infoOf(plugin), ...plugin.info });
  const infoBytes = new TextEncoder().encode(info).length;
  const parts: Record<string, string> = {
    malloc: `(func $malloc (export "malloc") (param $size i32) (result i32) (local $at i32)
      (local.set $at (global.get $top))
      (global.set $top (i32.and (i32.add (i32.add (local.get $at) (local.get $size)) (i32.const 7)) (i32.const -8)))
      (block $fits
        (br_if $fits (i32.le_u (global.get $top) (i32.mul (memory.size) (i32.const 65536))))
        (br_if $fits (i32.ne (i32.const -1) (memory.grow (i32.add (i32.const 1)
          (i32.div_u (i32.sub (global.get $top) (i32.mul (memory.size) (i32.const 65536))) (i32.const 65536))))))
        (global.set $top (local.get $at))
        (return (i32.const 0)))
      (global.set $last (local.get $at))
      (local.get $at))`,
    free: `(func $free (export "free") (param $at i32)
      (global.set $freed (i32.add (global.get $freed) (i32.const 1)))
      (if (i32.eq (local.get $at) (global.get $last)) (then (global.set $top (local.get $at)))))`,
    ringfence_abi_v1: '(func (export "ringfence_abi_v1"))',
    plugin_get_info: `(func (export "plugin_get_info") (result i64) (local $at i32)
      (local.set $at (call $malloc (i32.const ${infoBytes})))
      (memory.copy (local.get $at) (i32.const ${INFO_AT}) (i32.const ${infoBytes}))
      (call $pack (local.get $at) (i32.const ${infoBytes})))`,
    plugin_init: '(func (export "plugin_init") (param $ptr i32) (param $len i32) (result i32) (i32.const 0))',
    plugin_start: '(func (export "plugin_start") (result i32) (i32.const 0))',
    plugin_stop: '(func (export "plugin_stop") (result i32) (i32.const 0))',
    plugin_cleanup: '(func (export "plugin_cleanup") (result i32) (i32.const 0))',
    ...replace,
  };
  const calls = Object.entries(functions).map(
    ([name, body]) =>
      `(func $plugin_${name} (export "plugin_${name}") (param $ptr i32) (param $len i32) (result i64)\n${body})`,
  );
  return `(module
    ${imports}
    (memory $memory (export "memory") ${memory})
    (global $top (mut i32) (i32.const ${HEAP_AT}))
    (global $last (mut i32) (i32.const 0))
    (global $freed (mut i32) (i32.const 0))
    (data (i32.const ${INFO_AT}) "${escapeWat(info)}")
    (func $pack (param $ptr i32) (param $len i32) (result i64)
      (i64.or (i64.shl (i64.extend_i32_u (local.get $ptr)) (i64.const 32)) (i64.extend_i32_u (local.get $len))))
    ${Object.values(parts).join('\n')}
    ${calls.join('\n')}
    ${extra})`;
}

/** A plugin as bytes, its manifest inside. */
export function compilePlugin(plugin: PluginWat = {}): Uint8Array<ArrayBuffer> {
  const bytes = compileWat(pluginWat(plugin));
  if ('manifest' in plugin && plugin.manifest === undefined) return bytes;
  const manifest = JSON.stringify({ ...manifestOf(plugin), ...plugin.manifest });
  return appendCustomSection(bytes, MANIFEST_SECTION, new TextEncoder().encode(manifest)) as Uint8Array<ArrayBuffer>;
}

/** The manifest that fits what the builder writes. */
export function manifestOf({ name = 'guest', version = '1.0.0', functions = {} }: PluginWat): Record<string, unknown> {
  return {
    name,
    version,
    abi: 1,
    functions: Object.fromEntries(Object.keys(functions).map((fn) => [fn, {}])),
    permissions: {},
  };
}

function infoOf({ name = 'guest', version = '1.0.0', functions = {} }: PluginWat): Record<string, unknown> {
  return { name, version, apiVersion: '1', capabilities: [], functions: Object.keys(functions) };
}

/** Text as the inside of a WAT string: every byte as an escape, so that nothing in it is special. */
export function escapeWat(text: string | Uint8Array): string {
  const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text;
  return Array.from(bytes, (byte) => `\\${byte.toString(16).padStart(2, '0')}`).join('');
}

/** A function body that returns this text: it is copied out of a passive data segment that `extra` has to declare. */
export const returnText = (
  segment: string,
  text: string | Uint8Array,
): { readonly body: string; readonly data: string } => {
  const length = (typeof text === 'string' ? new TextEncoder().encode(text) : text).length;
  return {
    data: `(data ${segment} "${escapeWat(text)}")`,
    body: `(local $at i32) (local.set $at (call $malloc (i32.const ${length})))
      (memory.init ${segment} (local.get $at) (i32.const 0) (i32.const ${length}))
      (call $pack (local.get $at) (i32.const ${length}))`,
  };
};

/** Body of a function that returns its input as it came: the very same memory. */
export const ECHO = '(call $pack (local.get $ptr) (local.get $len))';
