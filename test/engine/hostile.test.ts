/** Everything a running plugin may do wrong: it gets its own code, and the engine and the other plugins carry on. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ErrorCode } from '../../engine/errors.ts';
import { createEngine, type Engine, type LimitsInput, type Plugin } from '../../engine/index.ts';
import { failure, failureSync } from '../support/errors.ts';
import { compilePlugin, ECHO, HEAP_AT, type PluginWat, returnText } from '../support/wat.ts';

interface Item extends PluginWat {
  readonly title: string;
  readonly code: ErrorCode;
  /** Body of the function that misbehaves. */
  readonly body?: string;
  readonly limits?: LimitsInput;
  readonly details?: Readonly<Record<string, unknown>>;
  readonly input?: unknown;
  /** The instance survives: the plugin is wrong, but its memory is in order. */
  readonly survives?: boolean;
}

const PAGES = 2;
const END = PAGES * 65_536;
const pack = (pointer: number, length: number): string => `(call $pack (i32.const ${pointer}) (i32.const ${length}))`;
const malloc = (body: string): Readonly<Record<string, string>> => ({
  malloc: `(func $malloc (export "malloc") (param $size i32) (result i32) ${body})`,
});
/** get_info needs a malloc that works; a later one does not. */
const mallocThat = (body: string): Pick<Item, 'replace' | 'extra'> => ({
  extra: '(global $calls (mut i32) (i32.const 0))',
  replace: malloc(`(global.set $calls (i32.add (global.get $calls) (i32.const 1)))
    (if (i32.le_u (global.get $calls) (i32.const 2)) (then (return (i32.add (i32.const ${HEAP_AT}) (i32.mul (global.get $calls) (i32.const 1024))))))
    ${body}`),
});
const callTree = (depth: number): string =>
  Array.from({ length: depth }, (_, i) => {
    const next = i === depth - 1 ? '' : `(call $tree${i + 1})`;
    return `(func $tree${i} ${next.repeat(10)})`;
  }).join('\n');

const utf8Segment = returnText('$bad', Uint8Array.of(0x22, 0xc3, 0x28, 0x22));
const textSegment = returnText('$text', 'hello');
const deepSegment = returnText('$deep', '['.repeat(1_500) + ']'.repeat(1_500));

const items: readonly Item[] = [
  {
    title: 'an endless loop',
    code: 'OUT_OF_FUEL',
    body: '(loop $l (br $l)) (unreachable)',
    limits: { fuel: 10_000_000 },
    details: { limit: 'fuel', allowed: 10_000_000 },
  },
  {
    title: 'an endless loop with a deadline',
    code: 'DEADLINE_EXCEEDED',
    body: '(loop $l (br $l)) (unreachable)',
    limits: { fuel: '40G', timeoutMs: 30 },
  },
  {
    title: 'an endless loop behind br_table',
    code: 'OUT_OF_FUEL',
    body: '(loop $l (br_table $l $l (local.get $len))) (unreachable)',
    limits: { fuel: 10_000_000 },
  },
  {
    title: 'endless recursion',
    code: 'STACK_OVERFLOW',
    body: '(call $plugin_bad (local.get $ptr) (local.get $len))',
    details: { limit: 'stackDepth' },
  },
  {
    title: 'endless recursion through a table',
    code: 'STACK_OVERFLOW',
    body: '(call_indirect $t (type $f) (local.get $ptr) (local.get $len) (i32.const 0))',
    extra:
      '(type $f (func (param i32 i32) (result i64))) (table $t 1 1 funcref) (elem (table $t) (i32.const 0) func $plugin_bad)',
  },
  {
    title: 'endless tail calls',
    code: 'OUT_OF_FUEL',
    body: '(return_call $plugin_bad (local.get $ptr) (local.get $len))',
    limits: { fuel: 10_000_000 },
  },
  {
    title: 'a call tree of ten to the twelfth',
    code: 'OUT_OF_FUEL',
    body: '(call $tree0) (i64.const 0)',
    extra: callTree(12),
    limits: { fuel: 10_000_000 },
  },
  {
    title: 'an endless loop of exceptions',
    code: 'OUT_OF_FUEL',
    body: '(loop $l (try (do (throw $e)) (catch_all)) (br $l)) (unreachable)',
    extra: '(tag $e)',
    limits: { fuel: 10_000_000 },
  },
  {
    title: 'a memory.grow bomb',
    code: 'OUT_OF_FUEL',
    body: '(loop $l (drop (memory.grow (i32.const 1))) (br $l)) (unreachable)',
    limits: { fuel: 50_000_000, memory: '1MiB' },
  },
  {
    title: 'memory.fill of 4 GB',
    code: 'TRAP',
    body: '(memory.fill (i32.const 0) (i32.const 1) (i32.const -1)) (i64.const 0)',
    details: { kind: 'out of bounds memory access' },
  },
  {
    title: 'memory.fill of all there is, again and again',
    code: 'OUT_OF_FUEL',
    body: `(loop $l (memory.fill (i32.const 65536) (i32.const 1) (i32.const 65536)) (br $l)) (unreachable)`,
    limits: { fuel: 10_000_000 },
  },
  { title: 'a trap', code: 'TRAP', body: '(unreachable)', details: { kind: 'unreachable' } },
  {
    title: 'an exception that nobody catches',
    code: 'TRAP',
    body: '(throw $e)',
    extra: '(tag $e)',
    details: { kind: 'uncaught exception' },
  },

  {
    title: 'a negative result pointer',
    code: 'BAD_POINTER',
    body: pack(-16, 8),
    details: { pointer: 0xffff_fff0, length: 8, memory: END },
  },
  { title: 'a huge result length', code: 'BAD_POINTER', body: pack(HEAP_AT, 0x7fff_ffff) },
  { title: 'a negative result length', code: 'BAD_POINTER', body: pack(HEAP_AT, -2) },
  { title: 'a result that ends one byte past the memory', code: 'BAD_POINTER', body: pack(END - 4, 5) },
  { title: 'a result outside with no length', code: 'BAD_POINTER', body: pack(END + 1, 0) },
  {
    title: 'a negative pointer to a host function',
    code: 'BAD_POINTER',
    imports: '(import "env" "log" (func $log (param i32 i32 i32)))',
    body: '(call $log (i32.const 2) (i32.const -4) (i32.const 8)) (i64.const 0)',
  },
  {
    title: 'a huge length to a host function',
    code: 'BAD_POINTER',
    imports: '(import "env" "error_set" (func $set (param i32 i32)))',
    body: '(call $set (i32.const 0) (i32.const -1)) (i64.const 0)',
  },

  {
    title: 'a malloc that returns 0',
    code: 'MEMORY_LIMIT',
    ...mallocThat('(i32.const 0)'),
    input: 'x',
    body: ECHO,
    details: { limit: 'memory' },
  },
  {
    title: 'a malloc that returns garbage',
    code: 'BAD_POINTER',
    ...mallocThat('(i32.const 0x7ffffff0)'),
    input: 'x',
    body: ECHO,
  },
  {
    title: 'a malloc that returns a pointer past the end',
    code: 'BAD_POINTER',
    ...mallocThat(`(i32.const ${END})`),
    input: 'x',
    body: ECHO,
  },
  { title: 'a malloc that traps', code: 'TRAP', ...mallocThat('(unreachable)'), input: 'x', body: ECHO },
  {
    title: 'a malloc that never returns',
    code: 'OUT_OF_FUEL',
    ...mallocThat('(loop $l (br $l)) (unreachable)'),
    input: 'x',
    body: ECHO,
    limits: { fuel: 10_000_000 },
  },
  {
    title: 'a free that traps',
    code: 'TRAP',
    replace: { free: '(func $free (export "free") (param i32) (if (global.get $armed) (then (unreachable))))' },
    extra: '(global $armed (mut i32) (i32.const 0))',
    body: `(global.set $armed (i32.const 1)) ${pack(HEAP_AT, 4)}`,
  },
  {
    title: 'a free that never returns',
    code: 'OUT_OF_FUEL',
    replace: { free: '(func $free (export "free") (param i32) (loop $l (br_if $l (global.get $armed))))' },
    extra: '(global $armed (mut i32) (i32.const 0))',
    body: `(global.set $armed (i32.const 1)) ${pack(HEAP_AT, 4)}`,
    limits: { fuel: 10_000_000 },
  },

  {
    title: 'a result that is not UTF-8',
    code: 'BAD_OUTPUT',
    body: utf8Segment.body,
    extra: utf8Segment.data,
    details: { offset: 1, length: 4 },
    survives: true,
  },
  {
    title: 'a result that is not JSON',
    code: 'BAD_OUTPUT',
    body: textSegment.body,
    extra: textSegment.data,
    survives: true,
  },
  {
    title: 'a result nested 1,500 levels deep',
    code: 'BAD_OUTPUT',
    body: deepSegment.body,
    extra: deepSegment.data,
    survives: true,
  },
  {
    title: 'a result over its limit',
    code: 'LIMIT_EXCEEDED',
    body: pack(HEAP_AT, 2_000),
    limits: { outputBytes: 1_999 },
    details: { limit: 'outputBytes', used: 2_000, allowed: 1_999 },
    survives: true,
  },
  {
    title: 'an input over its limit',
    code: 'LIMIT_EXCEEDED',
    body: ECHO,
    input: 'x'.repeat(100),
    limits: { inputBytes: 101 },
    details: { limit: 'inputBytes', allowed: 101 },
    survives: true,
  },
  {
    title: 'a failure without a reason',
    code: 'GUEST_ERROR',
    body: '(i64.const -1)',
    details: { code: 'UNSPECIFIED' },
    survives: true,
  },
  {
    title: 'host calls without end',
    code: 'LIMIT_EXCEEDED',
    imports: '(import "env" "log_enabled" (func $enabled (param i32) (result i32)))',
    body: '(loop $l (drop (call $enabled (i32.const 0))) (br $l)) (unreachable)',
    details: { limit: 'hostCalls', allowed: 10_000 },
  },
  {
    title: 'host calls without end, and without a limit on them',
    code: 'OUT_OF_FUEL',
    imports: '(import "env" "log_enabled" (func $enabled (param i32) (result i32)))',
    body: '(loop $l (drop (call $enabled (i32.const 0))) (br $l)) (unreachable)',
    limits: { hostCalls: 2 ** 32, fuel: 10_000_000 },
  },
  {
    title: 'a catch_all around a refused host call',
    code: 'LIMIT_EXCEEDED',
    imports: '(import "env" "log_enabled" (func $enabled (param i32) (result i32)))',
    body: '(loop $l (try (do (drop (call $enabled (i32.const 0)))) (catch_all)) (br $l)) (unreachable)',
    details: { limit: 'hostCalls' },
  },
];

let engine: Engine;
let bystander: Plugin;
let bystanderHere: Plugin;

beforeAll(async () => {
  engine = await createEngine();
  const echo = compilePlugin({ name: 'bystander', functions: { echo: ECHO } });
  bystander = await engine.load(echo);
  bystanderHere = await engine.load(echo, { id: 'here', executor: 'inline' });
});
afterAll(() => engine.close());

/** Counts its calls in its memory: starts over in a fresh instance. */
const COUNT = `(i32.store (i32.const 8) (i32.add (i32.load (i32.const 8)) (i32.const 1)))
  (i32.store8 (i32.const 12) (i32.add (i32.const 48) (i32.load (i32.const 8))))
  (call $pack (i32.const 12) (i32.const 1))`;

describe.each(items)(
  '$title',
  ({ title, code, body = ECHO, limits = {}, details = {}, input, survives = false, ...wat }) => {
    const wasm = (): Uint8Array => compilePlugin({ ...wat, functions: { bad: body, count: COUNT } });

    test(`is ${code}, and the plugin can be called again`, async () => {
      const plugin = await engine.load(wasm(), { id: 'hostile', limits });
      try {
        const first = code === 'MEMORY_LIMIT' || title.startsWith('a malloc') ? undefined : await plugin.call('count');
        const error = await failure(() => plugin.call('bad', input), code);
        expect(error.details).toMatchObject({ function: 'bad', ...details });
        expect(error.details).toHaveProperty('usage.fuel.used');
        expect(error).toMatchObject({ plugin: 'hostile', stage: 'call' });
        expect(plugin.state).toBe('running');
        if (first !== undefined) expect(await plugin.call('count')).toBe(survives ? 2 : 1);
        await failure(() => plugin.call('bad', input), code);
        expect(await bystander.call('echo', title)).toBe(title);
      } finally {
        await plugin.unload();
      }
    });

    test('and the same at once, on the calling thread', async () => {
      const plugin = await engine.load(wasm(), { id: 'hostile', limits, executor: 'inline' });
      try {
        for (let i = 0; i < 2; i++) failureSync(() => plugin.callSync('bad', input), code);
        expect(bystanderHere.callSync('echo', title)).toBe(title);
      } finally {
        await plugin.unload();
      }
    });
  },
);

describe('while loading', () => {
  // Without malloc: the text lies where the builder put it.
  const infoLength = JSON.stringify({
    name: 'guest',
    version: '1.0.0',
    apiVersion: '1',
    capabilities: [],
    functions: [],
  }).length;
  const staticInfo = { plugin_get_info: `(func (export "plugin_get_info") (result i64) ${pack(16, infoLength)})` };
  const status = (name: string, body: string): PluginWat => ({
    replace: {
      [name]: `(func (export "${name}") ${name === 'plugin_init' ? '(param i32 i32)' : ''} (result ${name === 'plugin_get_info' ? 'i64' : 'i32'}) ${body})`,
    },
  });
  test.each<[string, ErrorCode, PluginWat, LimitsInput]>([
    [
      'a looping start function',
      'OUT_OF_FUEL',
      { extra: '(func $s (loop $l (br $l))) (start $s)' },
      { fuel: 10_000_000 },
    ],
    [
      'a looping start function with a deadline',
      'DEADLINE_EXCEEDED',
      { extra: '(func $s (loop $l (br $l))) (start $s)' },
      { fuel: '40G', startTimeoutMs: 30 },
    ],
    ['a start function that traps', 'TRAP', { extra: '(func $s unreachable) (start $s)' }, {}],
    ['a start function that recurses', 'STACK_OVERFLOW', { extra: '(func $s (call $s)) (start $s)' }, {}],
    [
      'a looping plugin_get_info',
      'OUT_OF_FUEL',
      status('plugin_get_info', '(loop $l (br $l)) (unreachable)'),
      { fuel: 10_000_000 },
    ],
    [
      'a looping plugin_init',
      'OUT_OF_FUEL',
      status('plugin_init', '(loop $l (br $l)) (unreachable)'),
      { fuel: 10_000_000 },
    ],
    [
      'a looping plugin_start',
      'DEADLINE_EXCEEDED',
      status('plugin_start', '(loop $l (br $l)) (unreachable)'),
      { fuel: '40G', startTimeoutMs: 30 },
    ],
    [
      'a plugin_get_info outside the memory',
      'BAD_POINTER',
      status('plugin_get_info', '(i64.const 0x7ffffff000000010)'),
      {},
    ],
    ['a plugin_get_info that fails', 'GUEST_ERROR', status('plugin_get_info', '(i64.const -1)'), {}],
    ['a plugin_get_info of nothing', 'INVALID_MANIFEST', status('plugin_get_info', '(i64.const 0)'), {}],
    ['a plugin_get_info of another plugin', 'INVALID_MANIFEST', { info: { name: 'other' } }, {}],
    ['a plugin_get_info of another version', 'INVALID_MANIFEST', { info: { version: '9.9.9' } }, {}],
    ['a plugin_get_info for another host API', 'ABI_MISMATCH', { info: { apiVersion: '9' } }, {}],
    ['a plugin_init that refuses', 'GUEST_ERROR', status('plugin_init', '(i32.const 3)'), {}],
    ['a plugin_start that refuses', 'GUEST_ERROR', status('plugin_start', '(i32.const -1)'), {}],
    ['a malloc that returns 0', 'MEMORY_LIMIT', { replace: { ...malloc('(i32.const 0)'), ...staticInfo } }, {}],
    ['more memory than its limit', 'MEMORY_LIMIT', { memory: '32' }, { memory: '1MiB' }],
  ])('%s is %s', async (title, code, wat, limits) => {
    const loaded = engine.plugins.length;
    const wasm = compilePlugin(wat);
    for (let i = 0; i < 2; i++) {
      const error = await failure(() => engine.load(wasm, { id: 'hostile', limits }), code);
      expect(error.plugin).toBe('hostile');
      if (code === 'OUT_OF_FUEL') expect(error.message).toMatch(/^The start of the plugin used up its 10000000 units/);
    }
    // The id is free again.
    expect(engine.plugins).toHaveLength(loaded);
    expect(await bystander.call('echo', title)).toBe(title);
  });
});

describe('pointers that are odd and harmless', () => {
  test.each<[string, string, unknown, unknown]>([
    ['a result that is the input', ECHO, 'same', 'same'],
    ['a result inside the input', '(call $pack (i32.add (local.get $ptr) (i32.const 1)) (i32.const 3))', [123], 123],
    ['a result of no length with a pointer', pack(HEAP_AT, 0), 'x', undefined],
    ['a result that was freed already', `(call $free (local.get $ptr)) ${ECHO}`, 'freed', 'freed'],
    [
      'a result in static memory, which malloc never gave',
      `(i32.store8 (i32.const 8) (i32.const 0x37)) ${pack(8, 1)}`,
      'x',
      7,
    ],
  ])('%s', async (title, body, input, expected) => {
    const plugin = await engine.load(compilePlugin({ functions: { odd: body } }), { id: 'odd' });
    try {
      for (let i = 0; i < 3; i++) expect(await plugin.call('odd', input), title).toEqual(expected);
    } finally {
      await plugin.unload();
    }
  });
});
