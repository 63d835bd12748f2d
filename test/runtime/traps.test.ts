import { describe, expect, test } from 'vitest';
import { createEngine } from '../../engine/index.ts';
import { decodeInstructions, decodeModule } from '../../engine/wasm/index.ts';
import { failure } from '../support/errors.ts';
import { compilePlugin } from '../support/wat.ts';

const extra = `
  (table $table 2 2 funcref)
  (type $unary (func (param i32)))
  (elem (table $table) (i32.const 0) func $inner)
  (tag $oops (param i32))
  (func $inner (result i32) (unreachable))
  (func $outer (result i32) (call $inner))`;

const traps: readonly (readonly [name: string, body: string, kind: string])[] = [
  ['unreachable', '(unreachable)', 'unreachable'],
  ['load', '(i64.load (i32.const -8))', 'out of bounds memory access'],
  ['store', '(i64.store (i32.const 0x7fffffff) (i64.const 1)) (i64.const 0)', 'out of bounds memory access'],
  ['fill', '(memory.fill (i32.const 0) (i32.const 1) (i32.const -1)) (i64.const 0)', 'out of bounds memory access'],
  ['divide', '(i64.div_s (i64.const 1) (i64.extend_i32_u (local.get $len)))', 'integer divide by zero'],
  ['remainder', '(i64.rem_u (i64.const 1) (i64.extend_i32_u (local.get $len)))', 'integer divide by zero'],
  ['overflow', '(i64.div_s (i64.const 0x8000000000000000) (i64.const -1))', 'integer overflow'],
  ['truncate', '(i64.trunc_f64_s (f64.const nan))', 'invalid conversion to integer'],
  [
    'undefined_element',
    '(call_indirect $table (type $unary) (i32.const 1) (i32.const 9)) (i64.const 0)',
    'out of bounds table access',
  ],
  [
    'null_element',
    '(call_indirect $table (type $unary) (i32.const 1) (i32.const 1)) (i64.const 0)',
    'indirect call type mismatch',
  ],
  [
    'wrong_type',
    '(call_indirect $table (type $unary) (i32.const 1) (i32.const 0)) (i64.const 0)',
    'indirect call type mismatch',
  ],
  ['throw', '(throw $oops (i32.const 1))', 'uncaught exception'],
  ['nested', '(i64.extend_i32_u (call $outer))', 'unreachable'],
];

describe('a trap', async () => {
  const engine = await createEngine();
  const wasm = compilePlugin({ functions: Object.fromEntries(traps.map(([name, body]) => [name, body])), extra });
  const plugin = await engine.load(wasm);

  test.each(traps)('%s', async (name, _, kind) => {
    const error = await failure(() => plugin.call(name), 'TRAP');
    expect(error.details).toMatchObject({ kind, function: name, version: '1.0.0' });
    expect(error).toMatchObject({ plugin: 'guest', stage: 'call' });
    // The instance is replaced.
    expect(plugin.state).toBe('running');
  });

  test('names the functions that it went through, innermost first', async () => {
    const { details } = await failure(() => plugin.call('nested'), 'TRAP');
    const frames = details.frames as { function: string; index: number; offset: number }[];
    expect(frames.map((frame) => frame.function)).toEqual(['inner', 'outer', 'plugin_nested']);
    const module = decodeModule(wasm);
    for (const { index, offset } of frames) {
      const { code } = module.bodies[index - module.imported.func]!;
      const [at] = [...decodeInstructions(wasm, code)].filter((instruction) => instruction.offset === offset);
      expect(at?.row.name).toBe(index === frames[0]?.index ? 'unreachable' : 'call');
    }
  });

  test('bills the whole slice, as often as it happens', async () => {
    const bills = new Set<unknown>();
    for (let i = 0; i < 3; i++) {
      const { details } = await failure(() => plugin.call('nested'), 'TRAP');
      bills.add((details.usage as { fuel: { used: number } }).fuel.used);
    }
    expect([...bills]).toEqual([100_000]);
  });
});

describe('a trap with no memory left', async () => {
  const GROW = '(loop $l (br_if $l (i32.ne (memory.grow (i32.const 1)) (i32.const -1))))';
  const wasm = compilePlugin({
    functions: {
      give_up: `${GROW} (unreachable)`,
      write_on: `${GROW} (i64.store (i32.const -1) (i64.const 1)) (i64.const 0)`,
      divide: `${GROW} (i64.div_s (i64.const 1) (i64.extend_i32_u (local.get $len)))`,
      early: '(unreachable)',
    },
  });
  const BYTES = 16 * 65_536;

  test.each(['inline', 'worker'] as const)('says so: %s', async (executor) => {
    await using engine = await createEngine({ executor });
    const plugin = await engine.load(wasm, { limits: { memory: BYTES } });
    for (const [name, kind] of [
      ['give_up', 'unreachable'],
      ['write_on', 'out of bounds memory access'],
    ] as const) {
      const { message, details } = await failure(() => plugin.call(name), 'TRAP');
      const memory = `${BYTES} of the ${BYTES} bytes of memory that it may have (limit \`memory\`)`;
      expect(message).toContain(`The plugin trapped, with ${memory}: ${kind}`);
      expect(message).toMatch(new RegExp(`in plugin_${name}$`));
      expect(details).toMatchObject({ kind, memoryBytes: BYTES, memoryLimit: BYTES });
    }
  });

  test('is not brought up where it has nothing to do with it', async () => {
    await using engine = await createEngine();
    const plugin = await engine.load(wasm, { limits: { memory: BYTES } });
    for (const name of ['divide', 'early']) {
      const { message, details } = await failure(() => plugin.call(name), 'TRAP');
      expect(message).not.toContain('memory');
      expect(details).not.toHaveProperty('memoryLimit');
    }
  });
});

test('a segment that does not fit traps before anything runs', async () => {
  const engine = await createEngine();
  const extra = '(data (i32.const 131070) "abcd")';
  const error = await failure(() => engine.load(compilePlugin({ extra })), 'TRAP');
  expect(error).toMatchObject({ stage: 'instantiate', details: { kind: 'out of bounds memory access' } });
  expect(engine.plugins).toEqual([]);
});
