/** `profile: true`: where the fuel of a call went, as the usage of the call has it, however the call ended. */
import { describe, expect, test } from 'vitest';
import { buildPlugin } from '../../engine/build/index.ts';
import {
  collapsedStacks,
  createEngine,
  type ErrorCode,
  type FuelProfile,
  type LimitsInput,
  profiledFunctions,
} from '../../engine/index.ts';
import { pluginWith } from '../build/support/plugin-dir.ts';
import { failure } from '../support/errors.ts';
import { compilePlugin, ECHO, returnText } from '../support/wat.ts';

const sumOf = ({ stacks }: FuelProfile): number => stacks.reduce((sum, { fuel }) => sum + fuel, 0);
const namesOf = ({ stacks }: FuelProfile): string[] =>
  stacks.map(({ frames }) => frames.map((frame) => frame.function).join(';'));

const line = returnText('$line', 'hello');
const WORK = '(loop $l (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))';
const wasm = compilePlugin({
  imports: '(import "env" "log" (func $log (param i32 i32 i32)))',
  functions: {
    echo: ECHO,
    logs: `${line.body} (drop) (call $log (i32.const 3) (local.get $at) (i32.const 5)) (i64.const 0)`,
    works: '(call $outer (i32.const 1000)) (i64.const 0)',
    traps: '(call $outer (i32.const 1000)) (unreachable)',
    loops: '(call $forever) (unreachable)',
    recurses: '(call $plugin_recurses (local.get $ptr) (local.get $len))',
    fails: '(call $outer (i32.const 10)) (i64.const -1)',
    throws: '(call $outer (i32.const 1000)) (throw $t)',
    outside: '(i64.const 0x7fffffff00000001)',
  },
  extra: `${line.data} (tag $t)
    (func $outer (param $n i32) (call $inner (local.get $n)) (call $inner (local.get $n)))
    (func $inner (param $n i32) ${WORK})
    (func $forever (loop $l (br $l)))`,
});

describe('the stacks add up to the fuel of the call', () => {
  test('that returns: the same as without a profile', async () => {
    await using engine = await createEngine({ executor: 'inline' });
    const plain = await engine.load(wasm, { id: 'plain' });
    const profiled = await engine.load(wasm, { id: 'profiled', profile: true });
    expect(profiled.profile()).toBeUndefined();
    for (const name of ['echo', 'logs', 'works', 'echo']) {
      const { usage } = await plain.invoke(name, 'x');
      const { usage: again } = await profiled.invoke(name, 'x');
      expect(again.fuel.used).toBe(usage.fuel.used);
      const profile = profiled.profile()!;
      expect(profile.total).toBe(usage.fuel.used);
      expect(sumOf(profile)).toBe(usage.fuel.used);
    }
    expect(plain.profile()).toBeUndefined();
  });

  test.each<[string, ErrorCode, LimitsInput]>([
    ['traps', 'TRAP', {}],
    ['throws', 'TRAP', {}],
    ['loops', 'OUT_OF_FUEL', { fuel: 1_000_000 }],
    ['recurses', 'STACK_OVERFLOW', {}],
    ['fails', 'GUEST_ERROR', {}],
    ['outside', 'BAD_POINTER', {}],
    ['logs', 'LIMIT_EXCEEDED', { hostCalls: 0 }],
  ])('that does not: %s (%s)', async (name, code, limits) => {
    await using engine = await createEngine({ executor: 'inline' });
    const plugin = await engine.load(wasm, { profile: true, limits });
    const error = await failure(() => plugin.call(name, 'x'), code);
    const { used } = (error.details.usage as { fuel: { used: number } }).fuel;
    const profile = plugin.profile()!;
    expect(profile.total).toBe(used);
    expect(sumOf(profile)).toBe(used);
    expect(namesOf(profile)).toContain(`plugin_${name}`);
  });
});

test('host functions, and what the host calls in the guest, have frames', async () => {
  await using engine = await createEngine({ executor: 'inline' });
  const plugin = await engine.load(wasm, { profile: true });
  await plugin.call('logs', 'x');
  expect(namesOf(plugin.profile()!)).toEqual(
    expect.arrayContaining(['malloc', 'plugin_logs', 'plugin_logs;env.log', 'plugin_logs;malloc']),
  );
  await plugin.call('works');
  const functions = profiledFunctions(plugin.profile()!);
  expect(functions[0]).toMatchObject({ frame: { function: 'inner' } });
  const works = functions.find(({ frame }) => frame.function === 'plugin_works')!;
  expect(works.total).toBeGreaterThan(functions[0]!.self);
});

test('collapsed stacks are lines that end in a number, whatever functions are called', async () => {
  const sly = compilePlugin({
    functions: { sly: '(call $a) (i64.const 0)' },
    extra: '(func $a (export "a;b\\n\\1b[2J c"))',
    manifest: {},
  });
  await using engine = await createEngine({ executor: 'inline' });
  const plugin = await engine.load(sly, { profile: true });
  await plugin.call('sly');
  const text = collapsedStacks(plugin.profile()!);
  for (const written of text.trimEnd().split('\n')) expect(written).toMatch(/^[^\p{Cc}]+ \d+$/u);
});

test('functions of a plugin that was built have lines', async () => {
  using dir = pluginWith(`
export function sum(n: i32): i32 {
  let total = 0;
  for (let i = 0; i < n; i++) total += square(i);
  return total;
}
function square(n: i32): i32 {
  return n * n;
}
`);
  const { file } = await buildPlugin({ source: dir.path, release: false });
  await using engine = await createEngine({ executor: 'inline' });
  const plugin = await engine.load(file!, { profile: true });
  expect(await plugin.call('sum', 4)).toBe(14);
  const frames = profiledFunctions(plugin.profile()!).map(({ frame }) => frame);
  expect(frames).toContainEqual(
    expect.objectContaining({
      function: 'assembly/index/square',
      source: { file: 'assembly/index.ts', line: 8, column: expect.any(Number) },
    }),
  );
});
