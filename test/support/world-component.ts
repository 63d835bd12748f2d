/** A component of the engine's world that does everything by the book, but for what a test puts in. */
import { MANIFEST_SECTION } from '../../engine/validate/index.ts';
import { CORE, ComponentWriter, SORT, VALUE } from './component-writer.ts';
import { compileWat } from './wat.ts';

export interface WorldComponent {
  /** Functions of the manifest; `call` tells them apart by their first letter. @default all that the guest has */
  readonly functions?: readonly string[];
  /** More text for the core module. */
  readonly extra?: string;
  /** What `call` does with a name that begins with `x`. */
  readonly call?: string;
  /** Pages of memory. @default '2' */
  readonly memory?: string;
  /** Over the manifest; `undefined` leaves the section out. */
  readonly manifest?: Readonly<Record<string, unknown>> | undefined;
  /** One more function that the core module imports, as `wasi` `f`. */
  readonly imported?: {
    /** Interface with its version. */
    readonly from: string;
    readonly name: string;
    readonly params?: readonly number[];
    readonly result?: number;
  };
  /** Replaces the text of the core module as a whole. */
  readonly core?: (text: string) => string;
  /** Is called before the exports, with the index that the next function gets. */
  readonly before?: (writer: ComponentWriter, indices: WorldIndices) => void;
  /** Is called at the end. */
  readonly after?: (writer: ComponentWriter, indices: WorldIndices) => void;
}

/** What a test may refer to. */
export interface WorldIndices {
  /** Of types. */
  readonly results: { readonly text: number; readonly nothing: number };
  readonly callType: number;
  /** Of core functions. */
  readonly core: { readonly realloc: number; readonly call: number; readonly post: number };
  readonly callFunction: number;
  readonly memory: number;
}

const INFO_AT = 1_024;
const RESULT_AT = 16;

/**
 * `echo` answers with its input, `fail` fails with it, `spin` never ends, `bomb` takes memory without end, `trap` traps, `deep`
 * recurses without end, `log` writes its input to the log, `posts` says how often results were given back.
 */
export const WORLD_FUNCTIONS = ['echo', 'fail', 'spin', 'bomb', 'trap', 'deep', 'log', 'posts', 'name', 'x'];

export function worldWat({ extra = '', call = '(unreachable)', memory = '2' }: WorldComponent, info: string): string {
  const bytes = new TextEncoder().encode(info).length;
  const result = (flag: number): string =>
    `(i32.store8 (i32.const ${RESULT_AT}) (i32.const ${flag}))
     (i32.store (i32.const ${RESULT_AT + 4}) (local.get $at)) (i32.store (i32.const ${RESULT_AT + 8}) (local.get $size))
     (return (i32.const ${RESULT_AT}))`;
  const when = (letter: string, body: string): string =>
    `(if (i32.eq (local.get $first) (i32.const ${letter.charCodeAt(0)})) (then ${body}))`;
  return `(module
    (import "log" "write" (func $log (param i32 i32 i32)))
    (memory (export "memory") ${memory})
    (global $top (mut i32) (i32.const 4096))
    (global $posts (mut i32) (i32.const 0))
    (func $realloc (export "realloc") (param i32 i32 i32) (param $size i32) (result i32) (local $at i32)
      (local.set $at (global.get $top))
      (global.set $top (i32.and (i32.add (i32.add (local.get $at) (local.get $size)) (i32.const 7)) (i32.const -8)))
      (block $fits
        (br_if $fits (i32.le_u (global.get $top) (i32.mul (memory.size) (i32.const 65536))))
        (br_if $fits (i32.ne (i32.const -1) (memory.grow (i32.add (i32.const 1)
          (i32.div_u (i32.sub (global.get $top) (i32.mul (memory.size) (i32.const 65536))) (i32.const 65536))))))
        (unreachable))
      (local.get $at))
    (func (export "post") (param i32)
      (global.set $top (i32.const 4096))
      (global.set $posts (i32.add (global.get $posts) (i32.const 1))))
    (func (export "get-info") (result i32) (local $at i32) (local $size i32)
      (local.set $at (i32.const ${INFO_AT})) (local.set $size (i32.const ${bytes}))
      ${result(0)})
    (func $deep (param i32) (result i32) (i32.add (call $deep (local.get 0)) (i32.const 1)))
    (func $x (param $name i32) (param $nameSize i32) (param $at i32) (param $size i32) (result i32) ${call})
    (func (export "call") (param $name i32) (param $nameSize i32) (param $at i32) (param $size i32) (result i32)
      (local $first i32)
      (local.set $first (i32.load8_u (local.get $name)))
      ${when('e', result(0))}
      ${when('f', result(1))}
      ${when('s', '(loop $l (br $l))')}
      ${when('b', '(loop $l (drop (memory.grow (i32.const 16))) (br_if $l (i32.ge_s (memory.grow (i32.const 16)) (i32.const 0)))) (unreachable)')}
      ${when('t', '(unreachable)')}
      ${when('d', '(return (call $deep (i32.const 0)))')}
      ${when('l', `(call $log (i32.const 2) (local.get $at) (local.get $size)) ${result(0)}`)}
      ${when(
        'p',
        `(local.set $at (i32.const 8)) (local.set $size (i32.const 1))
         (i32.store8 (i32.const 8) (i32.add (i32.const 48) (global.get $posts))) ${result(0)}`,
      )}
      ${when('n', `(local.set $at (local.get $name)) (local.set $size (local.get $nameSize)) ${result(0)}`)}
      (call $x (local.get $name) (local.get $nameSize) (local.get $at) (local.get $size)))
    (data (i32.const ${INFO_AT}) "${info.replaceAll('"', '\\"')}")
    ${extra})`;
}

export function worldManifest(functions: readonly string[] = WORLD_FUNCTIONS): Record<string, unknown> {
  return {
    name: 'component',
    version: '1.0.0',
    abi: 1,
    functions: Object.fromEntries(functions.map((name) => [name, {}])),
    permissions: {},
  };
}

/**
 * @example
 * const plugin = await engine.load(worldComponent());
 * await plugin.call('echo', { any: 'value' });
 */
export function worldComponent(options: WorldComponent = {}): Uint8Array<ArrayBuffer> {
  const { functions, before, after, core = (text) => text } = options;
  const info = JSON.stringify({
    name: 'component',
    version: '1.0.0',
    apiVersion: '1.0.0',
    capabilities: [],
    functions: [],
  });
  const writer = new ComponentWriter()
    .instanceType([['write', [VALUE.u32, VALUE.string]]])
    .import('ringfence:plugin/log@1.0.0', SORT.instance, 0)
    .aliasExport(0, SORT.func, 'write')
    .type(0x6a, 1, VALUE.string, 1, VALUE.string)
    .type(0x6a, 0, 1, VALUE.string)
    .funcType([], 1)
    .funcType([VALUE.string, VALUE.string], 1);
  const { imported } = options;
  if (imported !== undefined) {
    const { from, name, params = [], result } = imported;
    writer
      .instanceType([[name, params, result]])
      .import(from, SORT.instance, 5)
      .aliasExport(1, SORT.func, name);
  }
  writer.coreModule(compileWat(core(worldWat(options, info)))).lower(0);
  if (imported !== undefined) writer.lower(1);
  writer.coreBundle([['write', CORE.func, 0]]);
  if (imported !== undefined) writer.coreBundle([['f', CORE.func, 1]]);
  // What is imported beside the log comes before all that is defined here.
  const shift = imported === undefined ? 0 : 1;
  const main = 1 + shift;
  const indices: WorldIndices = {
    results: { text: 1, nothing: 2 },
    callType: 4,
    core: { realloc: 1 + shift, call: 4 + shift, post: 2 + shift },
    callFunction: 2 + shift,
    memory: 0,
  };
  const { realloc, post, call } = indices.core;
  writer
    .coreInstantiate(
      0,
      imported === undefined
        ? [['log', 0]]
        : [
            ['log', 0],
            ['wasi', 1],
          ],
    )
    .aliasCore(main, CORE.memory, 'memory')
    .aliasCore(main, CORE.func, 'realloc')
    .aliasCore(main, CORE.func, 'post')
    .aliasCore(main, CORE.func, 'get-info')
    .aliasCore(main, CORE.func, 'call')
    .lift(call - 1, 3, { memory: 0, postReturn: post })
    .lift(call, 4, { memory: 0, realloc, postReturn: post });
  before?.(writer, indices);
  writer.export('get-info', SORT.func, 1 + shift).export('call', SORT.func, indices.callFunction);
  after?.(writer, indices);
  if ('manifest' in options && options.manifest === undefined) return writer.bytes();
  const manifest = { ...worldManifest(functions), ...options.manifest };
  return writer.custom(MANIFEST_SECTION, new TextEncoder().encode(JSON.stringify(manifest))).bytes();
}
