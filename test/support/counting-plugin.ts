/** A guest that counts, and takes its count from one version to the next: small enough to compile by the hundred. */
import { ECHO, type PluginWat, returnText } from './wat.ts';

export interface CountingPlugin {
  readonly name?: string;
  /** @default '1.0.0' */
  readonly version?: string;
  readonly manifest?: Readonly<Record<string, unknown>>;
  /** Bodies that replace the hooks; undefined leaves one out. */
  readonly hooks?: { readonly [name in HookBody]?: string | undefined };
  readonly functions?: Readonly<Record<string, string>>;
  readonly replace?: Readonly<Record<string, string>>;
  readonly imports?: string;
}
type HookBody = 'health' | 'on_event' | 'save_state' | 'restore_state';

/** `(…) -> …` of the hooks, as WAT. */
const TYPES: Readonly<Record<HookBody, string>> = {
  health: '(result i32)',
  on_event: '(param $ptr i32) (param $len i32) (result i64)',
  save_state: '(result i64)',
  restore_state: '(param $ptr i32) (param $len i32) (result i32)',
};

/** Text of a count: 8 digits. */
const DIGITS = `(func $text (param $value i32) (result i64) (local $at i32) (local $i i32)
  (local.set $at (call $malloc (i32.const 8)))
  (local.set $i (i32.const 7))
  (loop $l
    (i32.store8 (i32.add (local.get $at) (local.get $i)) (i32.add (i32.const 48) (i32.rem_u (local.get $value) (i32.const 10))))
    (local.set $value (i32.div_u (local.get $value) (i32.const 10)))
    (br_if $l (i32.ge_s (local.tee $i (i32.sub (local.get $i) (i32.const 1))) (i32.const 0))))
  (call $pack (local.get $at) (i32.const 8)))`;

const HOOKS: Readonly<Record<HookBody, string | undefined>> = {
  health: '(i32.const 0)',
  on_event: ECHO,
  save_state: `(local $at i32) (local.set $at (call $malloc (i32.const 4)))
    (i32.store (local.get $at) (global.get $count)) (call $pack (local.get $at) (i32.const 4))`,
  restore_state: `(if (i32.ne (local.get $len) (i32.const 4)) (then (return (i32.const 7))))
    (global.set $count (i32.load (local.get $ptr))) (i32.const 0)`,
};

/** `add` counts one more and returns `"<version> <count>"`, `count` the count alone, both as bytes of text. */
export function countingPlugin(plugin: CountingPlugin = {}): PluginWat {
  const {
    name = 'counter',
    version = '1.0.0',
    manifest = {},
    hooks = {},
    functions = {},
    replace = {},
    imports = '',
  } = plugin;
  const label = returnText('$label', `${version} 00000000`);
  const bodies = Object.entries({ ...HOOKS, ...hooks }).filter(([, body]) => body !== undefined);
  return {
    name,
    version,
    imports,
    functions: {
      count: '(call $text (global.get $count))',
      add: `(local $text i32)
        (global.set $count (i32.add (global.get $count) (i32.const 1)))
        (local.set $text (i32.wrap_i64 (i64.shr_u (call $text (global.get $count)) (i64.const 32))))
        (call $label_text (local.get $text))`,
      trap: '(unreachable)',
      spin: '(loop $l (br $l)) (i64.const 0)',
      ...functions,
    },
    replace,
    manifest,
    extra: `(global $count (mut i32) (i32.const 0))
      ${label.data}
      ${DIGITS}
      (func $label_text (param $digits i32) (result i64) (local $label i64)
        (local.set $label (call $labelled))
        (memory.copy
          (i32.add (i32.wrap_i64 (i64.shr_u (local.get $label) (i64.const 32))) (i32.const ${version.length + 1}))
          (local.get $digits) (i32.const 8))
        (call $free (local.get $digits))
        (local.get $label))
      (func $labelled (result i64) ${label.body})
      ${bodies.map(([hook, body]) => `(func (export "plugin_${hook}") ${TYPES[hook as HookBody]} ${body})`).join('\n')}`,
  };
}
