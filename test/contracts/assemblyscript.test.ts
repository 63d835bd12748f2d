/** Plain AssemblyScript modules with their runtime exported, against @assemblyscript/loader: and what it would not notice. */
import { instantiate } from '@assemblyscript/loader';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createEngine, type Engine, type LoadOptions, type Plugin } from '../../engine/index.ts';
import { failure } from '../support/errors.ts';
import { compileAssemblyScript } from '../support/toolchains.ts';
import { compileWat } from '../support/wat.ts';

const SOURCE = `
  export function greet(name: string): string { return "Hello, " + name + "!"; }
  export function add(a: i32, b: i32): i32 { return a + b; }
  export function wide(a: u64): u64 { return a; }
  export function half(a: f64): f64 { return a / 2; }
  export function not(a: bool): bool { return !a; }
  export function sum(values: i32[]): i32 { let sum = 0; for (let i = 0; i < values.length; i++) sum += values[i]; return sum; }
  export function mean(values: Float64Array): f64 { let sum = 0.0; for (let i = 0; i < values.length; i++) sum += values[i]; return sum / values.length; }
  export function join(words: string[], separator: string = " "): string { return words.join(separator); }
  export function split(text: string): string[] { return text.split(" "); }
  export function squares(n: i32): i32[] { const all: i32[] = []; for (let i = 0; i < n; i++) all.push(i * i); return all; }
  export function bytes(n: i32): Uint8Array { const all = new Uint8Array(n); for (let i = 0; i < n; i++) all[i] = <u8>i; return all; }
  export function fixed(): StaticArray<f32> { return [1.5, 2.5]; }
  export function table(n: i32): i32[][] { const all: i32[][] = []; for (let i = 0; i < n; i++) all.push(squares(i)); return all; }
  export function maybe(give: bool): string | null { return give ? "yes" : null; }
  export function spin(): void { while (true) {} }
  export function hoard(): i32 { const all: string[] = []; while (true) all.push("x".repeat(65536)); return all.length; }
  export function refuse(): void { throw new Error("no"); }
  let kept: string[] = [];
  export function keep(word: string): i32 { kept.push(word); return kept.length; }
  export function everything(): string { return kept.join(","); }
  class Point { x: i32 = 1; }
  export function point(): Point { return new Point(); }
`;

const SIGNATURES: Readonly<Record<string, string>> = {
  greet: '(string) -> string',
  add: '(i32, i32) -> i32',
  wide: '(u64) -> u64',
  half: '(f64) -> f64',
  not: '(bool) -> bool',
  sum: '(i32[]) -> i32',
  mean: '(Float64Array) -> f64',
  join: '(string[], string) -> string',
  split: '(string) -> string[]',
  squares: '(i32) -> i32[]',
  bytes: '(i32) -> Uint8Array',
  fixed: '() -> StaticArray<f32>',
  table: '(i32) -> i32[][]',
  maybe: '(bool) -> string',
  spin: '() -> void',
  hoard: '() -> i32',
  refuse: '() -> void',
  keep: '(string) -> i32',
  everything: '() -> string',
  point: '() -> string',
};
const manifest = {
  name: 'plain',
  version: '1.0.0',
  abi: 1,
  functions: Object.fromEntries(Object.entries(SIGNATURES).map(([name, signature]) => [name, { signature }])),
  permissions: {},
};

let engine: Engine;
let wasm: Uint8Array<ArrayBuffer>;
let loaded = 0;
const load = (options: LoadOptions = {}): Promise<Plugin> => engine.load(wasm, { id: `as-${++loaded}`, ...options });
beforeAll(async () => {
  engine = await createEngine({ executor: 'inline' });
  wasm = await compileAssemblyScript(SOURCE, ['--exportRuntime', '-O2']);
});
afterAll(() => engine.close());

const CALLS: readonly (readonly [name: string, args: readonly unknown[], result: unknown])[] = [
  ['greet', ['Łódź 🎈'], 'Hello, Łódź 🎈!'],
  ['greet', [''], 'Hello, !'],
  ['add', [2, -5], -3],
  ['wide', ['18446744073709551615'], '18446744073709551615'],
  ['half', [5], 2.5],
  ['not', [true], false],
  ['sum', [[1, -2, 30]], 29],
  ['sum', [[]], 0],
  ['mean', [[1, 2.5]], 1.75],
  ['join', [['a', 'b'], '-'], 'a-b'],
  ['split', ['a b c'], ['a', 'b', 'c']],
  ['squares', [4], [0, 1, 4, 9]],
  ['bytes', [3], [0, 1, 2]],
  ['fixed', [], [1.5, 2.5]],
  ['table', [3], [[], [0], [0, 1]]],
  ['maybe', [true], 'yes'],
  ['maybe', [false], null],
];

describe('with declared types', () => {
  test.each(CALLS)('%s%j', async (name, args, result) => {
    const plugin = await load({ manifest });
    expect(plugin.info.contract).toBe('assemblyscript');
    expect(await plugin.call(name, args)).toEqual(result);
  });

  test.each<readonly [name: string, args: unknown]>([
    ['greet', [5]],
    ['greet', [['a']]],
    ['add', ['1', 2]],
    ['add', [1]],
    ['sum', ['abc']],
    ['sum', [['a']]],
    ['join', [[1], '-']],
    ['mean', { a: 1 }],
  ])('%s does not take %j, and goes on', async (name, args) => {
    const plugin = await load({ manifest });
    await failure(() => plugin.call(name, args), 'INVALID_INPUT');
    expect(await plugin.call('greet', ['you'])).toBe('Hello, you!');
  });

  test('an object of a class is no value', async () => {
    const plugin = await load({ manifest });
    await failure(() => plugin.call('point'), 'BAD_OUTPUT');
  });

  test('what the guest keeps outlives the call, and its garbage collector', async () => {
    const plugin = await load({ manifest });
    for (let i = 0; i < 200; i++) await plugin.call('keep', [`word-${i}`]);
    for (let i = 0; i < 20; i++) await plugin.call('squares', [2_000]);
    expect(await plugin.call('everything')).toBe(Array.from({ length: 200 }, (_, i) => `word-${i}`).join(','));
  });

  test.each(['(string, string) -> string', '(Point) -> string'])('%s does not fit greet', async (signature) => {
    const other = { ...manifest, functions: { greet: { signature } } };
    await failure(() => load({ manifest: other }), 'INVALID_MANIFEST');
  });
});

describe('without a declaration', () => {
  test.each(CALLS.filter(([name]) => !['not', 'maybe', 'wide'].includes(name)))(
    '%s%j is told by its values',
    async (name, args, result) => {
      const plugin = await load();
      expect(await plugin.call(name, args)).toEqual(result);
    },
  );

  test('a single argument needs no array, and optional ones may be left out', async () => {
    const plugin = await load();
    expect(await plugin.call('greet', 'you')).toBe('Hello, you!');
    expect(await plugin.call('join', [['a', 'b']])).toBe('a b');
  });
});

test('says what @assemblyscript/loader says', async () => {
  const { exports } = await instantiate<Record<string, (...args: number[]) => number>>(wasm, {});
  const guest = exports as unknown as typeof exports & {
    __newString(text: string): number;
    __getString(pointer: number): string;
    __getArray(pointer: number): number[];
  };
  const plugin = await load({ manifest });
  const text = 'naïve \u{1f600} \ud800';
  expect(await plugin.call('greet', [text])).toBe(
    guest.__getString(guest.greet!(guest.__newString(text))).replace('\ud800', '\ufffd'),
  );
  expect(await plugin.call('squares', [50])).toEqual(guest.__getArray(guest.squares!(50)));
  expect(await plugin.call('bytes', [300])).toEqual(guest.__getArray(guest.bytes!(300)));
});

describe.each(['inline', 'worker', 'process'] as const)('%s', (executor) => {
  test('runaways end, and the next call is answered with the same fuel', async () => {
    const plugin = await load({ manifest, executor, limits: { memory: '8MiB' } });
    await failure(() => plugin.call('spin', undefined, { limits: { fuel: 1_000_000 } }), 'OUT_OF_FUEL');
    const { message, details } = await failure(() => plugin.call('hoard'), 'TRAP');
    expect(message).toContain('bytes of memory that it may have (limit `memory`): unreachable');
    expect(details).toMatchObject({ memoryLimit: 8 * 1024 * 1024 });
    expect((await failure(() => plugin.call('refuse'), 'TRAP')).message).toContain('no');
    const first = await plugin.invoke('greet', ['you']);
    await failure(() => plugin.call('refuse'), 'TRAP');
    const second = await plugin.invoke('greet', ['you']);
    expect(first.value).toBe('Hello, you!');
    expect(second.usage.fuel.used).toBe(first.usage.fuel.used);
    await plugin.unload();
  });
});

describe('a guest that lies', () => {
  /** Objects as the test writes them: class and size before the pointer, at 64 and above. */
  const lying = (data: string, result: string, more = ''): Uint8Array<ArrayBuffer> =>
    compileWat(`(module (memory (export "memory") 1) (global (export "__rtti_base") i32 (i32.const 1024))
      (data (i32.const 1024) "\\06\\00\\00\\00\\00\\00\\00\\00\\20\\00\\00\\00\\20\\00\\00\\00\\00\\00\\00\\00\\02\\09\\00\\00\\02\\41\\00\\00")
      ${data}
      (func (export "__new") (param i32 i32) (result i32) ${more || '(i32.const 4096)'})
      (func (export "__pin") (param i32) (result i32) (local.get 0))
      (func (export "__unpin") (param i32))
      (func (export "run") (result i32) ${result})
      (func (export "take") (param i32) (result i32) (local.get 0)))`);
  const head = (at: number, id: number, size: string): string =>
    `(data (i32.const ${at - 8}) "\\${id.toString(16).padStart(2, '0')}\\00\\00\\00${size}")`;
  const loadLiar = (bytes: Uint8Array, signature: string): Promise<Plugin> =>
    engine.load(bytes, {
      id: `liar-${++loaded}`,
      manifest: { ...manifest, functions: { run: { signature }, take: { signature: '(string) -> i32' } } },
    });
  const MEBI = '\\00\\00\\10\\00';
  const HUGE = '\\ff\\ff\\ff\\ff';

  test.each<readonly [title: string, data: string, result: string, type: string]>([
    ['a string that ends behind the memory', head(64, 2, MEBI), '(i32.const 64)', 'string'],
    ['a string of huge size', head(64, 2, HUGE), '(i32.const 64)', 'string'],
    ['a string behind the memory', '', '(i32.const 65552)', 'string'],
    ['a string at a negative place', '', '(i32.const -16)', 'string'],
    ['a string before everything', '', '(i32.const 4)', 'string'],
    ['an array without a head', head(64, 4, '\\04\\00\\00\\00'), '(i32.const 64)', 'i32[]'],
    [
      'an array whose values lie outside',
      `${head(64, 4, '\\10\\00\\00\\00')} (data (i32.const 64) "\\00\\00\\00\\00\\00\\ff\\00\\00\\00\\00\\00\\00${HUGE}")`,
      '(i32.const 64)',
      'i32[]',
    ],
    [
      'an array that holds itself',
      `${head(64, 5, '\\10\\00\\00\\00')} (data (i32.const 64) "\\00\\00\\00\\00\\50\\00\\00\\00\\04\\00\\00\\00\\01\\00\\00\\00\\40\\00\\00\\00")`,
      '(i32.const 64)',
      'string[][]',
    ],
  ])('%s ends the call', async (_, data, result, type) => {
    const plugin = await loadLiar(lying(data, result), `() -> ${type}`);
    await failure(() => plugin.call('run'), 'BAD_POINTER');
  });

  test('many pointers to the same text are over the limit on output', async () => {
    const array = `${head(64, 5, '\\10\\00\\00\\00')} (data (i32.const 64) "\\00\\00\\00\\00\\00\\20\\00\\00\\00\\00\\00\\00\\00\\20\\00\\00")`;
    const text = head(2_064, 2, '\\00\\10\\00\\00');
    const fill = `(local $i i32) (loop $l (i32.store (i32.add (i32.const 8192) (local.get $i)) (i32.const 2064))
      (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 4))) (i32.const 32768)))) (i32.const 64)`;
    const plugin = await loadLiar(lying(array + text, fill), '() -> string[]');
    await failure(() => plugin.call('run'), 'LIMIT_EXCEEDED');
  });

  test.each(['(i32.const 65532)', '(i32.const -8)', '(i32.const 0)'])('a __new that answers %s', async (more) => {
    const plugin = await loadLiar(lying('', '(i32.const 0)', more), '() -> i32');
    const code = await plugin.call('take', ['some text']).catch((error: { code: string }) => error.code);
    expect(['BAD_POINTER', 'MEMORY_LIMIT']).toContain(code);
  });
});
