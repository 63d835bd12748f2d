import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createEngine, DEFAULT_LIMITS, type Engine, type Plugin, USAGE_NAMES } from '../../engine/index.ts';
import { failure } from '../support/errors.ts';
import { compilePlugin, ECHO } from '../support/wat.ts';

let engine: Engine;
let plugin: Plugin;
/** The same on the calling thread, which answers at once. */
let here: Plugin;

beforeAll(async () => {
  engine = await createEngine({ logger: { log: () => {} } });
  const wasm = compilePlugin({
    imports: '(import "env" "log" (func $log (param i32 i32 i32)))',
    functions: {
      echo: ECHO,
      work: `(local $n i32)
          (loop $l (br_if $l (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (local.get $len))))
          (i64.const 0)`,
      log: '(call $log (i32.const 2) (local.get $ptr) (local.get $len)) (i64.const 0)',
      grow: '(drop (memory.grow (i32.const 3))) (i64.const 0)',
      trap: '(unreachable)',
    },
    memory: '2 100',
  });
  const limits = { fuel: 1_000_000, timeoutMs: 5_000 };
  plugin = await engine.load(wasm, { limits });
  here = await engine.load(wasm, { id: 'here', limits, executor: 'inline' });
});
afterAll(() => engine.close());

test('every row has what was used and what was allowed', async () => {
  const { value, usage } = await plugin.invoke('echo', 'é');
  expect(value).toBe('é');
  expect(Object.keys(usage)).toEqual([...USAGE_NAMES]);
  expect(usage).toEqual({
    fuel: { used: expect.any(Number), limit: 1_000_000 },
    memory: { used: 131_072, limit: DEFAULT_LIMITS.memory },
    wallMs: { used: expect.any(Number), limit: 5_000 },
    hostCalls: { used: 0, limit: 10_000 },
    bytesIn: { used: 4, limit: 1_048_576 },
    bytesOut: { used: 4, limit: 1_048_576 },
    logBytes: { used: 0, limit: 65_536 },
    httpRequests: { used: 0, limit: 20 },
    events: { used: 0, limit: 100 },
    pluginCalls: { used: 0, limit: 100 },
  });
  expect(usage.fuel.used).toBeGreaterThan(0);
  expect(usage.wallMs.used).toBeGreaterThan(0);
});

test('limits of the call are the limits in its usage', async () => {
  const { usage } = await plugin.invoke('echo', 1, { limits: { fuel: 5_000, timeoutMs: 77, outputBytes: 9 } });
  expect([usage.fuel.limit, usage.wallMs.limit, usage.bytesOut.limit]).toEqual([5_000, 77, 9]);
});

test('host calls, log bytes and memory are counted', async () => {
  expect((await plugin.invoke('log', 'abc')).usage).toMatchObject({ hostCalls: { used: 1 }, logBytes: { used: 5 } });
  const before = (await plugin.invoke('echo')).usage.memory.used;
  expect((await plugin.invoke('grow')).usage.memory.used).toBe(before + 3 * 65_536);
});

test('plugin.usage() is that of the call that ended last', async () => {
  await plugin.call('echo', 'abcdef');
  expect(plugin.usage().bytesIn.used).toBe(8);
  here.callSync('echo', 'a');
  expect(here.usage().bytesIn.used).toBe(3);
  await plugin.call('echo', 'ab');
  expect(plugin.usage().bytesIn.used).toBe(4);
  const { usage } = await plugin.invoke('echo', 'abc');
  expect(plugin.usage()).toEqual(usage);
});

test('errors carry it', async () => {
  const error = await failure(() => plugin.call('trap', 'abc'), 'TRAP');
  expect(error.details.usage).toMatchObject({
    bytesIn: { used: 5 },
    bytesOut: { used: 0 },
    fuel: { limit: 1_000_000 },
  });
  expect(plugin.usage()).toEqual(error.details.usage);
});

describe('fuel', () => {
  const fuelOf = async (length: number, fuel?: number): Promise<number> =>
    (await plugin.invoke('work', 'x'.repeat(length - 2), fuel === undefined ? {} : { limits: { fuel } })).usage.fuel
      .used;

  test('is the same in every run, in fresh and in used instances, waited for or not', async () => {
    const used = await fuelOf(1_000);
    for (let i = 0; i < 5; i++) expect(await fuelOf(1_000)).toBe(used);
    here.callSync('work', 'x'.repeat(998));
    expect(here.usage().fuel.used).toBe(used);
    await failure(() => plugin.call('trap'), 'TRAP');
    expect(await fuelOf(1_000)).toBe(used);
  });

  test('is linear in the work', async () => {
    const [a, b, c] = [await fuelOf(1_000), await fuelOf(2_000), await fuelOf(3_000)];
    expect(c - b).toBe(b - a);
  });

  test.each([100, 5_000, 120_000, 400_000])(
    'of exactly what a call with %i rounds needs is enough, and one unit less is not',
    async (rounds) => {
      const plenty = { limits: { fuel: 100_000_000 } };
      const input = 'x'.repeat(rounds - 2);
      // The first time the guest grows its memory for the input; that costs fuel of its own.
      await plugin.call('work', input, plenty);
      const { used } = (await plugin.invoke('work', input, plenty)).usage.fuel;
      expect(await plugin.invoke('work', input, { limits: { fuel: used } })).toMatchObject({
        usage: { fuel: { used, limit: used } },
      });
      const error = await failure(() => plugin.call('work', input, { limits: { fuel: used - 1 } }), 'OUT_OF_FUEL');
      const bill = (error.details.usage as { fuel: { used: number } }).fuel.used;
      expect(bill).toBeGreaterThanOrEqual(used - 1);
      // The bill of the refusal is the same every time, in an instance of the same past.
      await plugin.call('work', input, plenty);
      const again = await failure(() => plugin.call('work', input, { limits: { fuel: used - 1 } }), 'OUT_OF_FUEL');
      expect((again.details.usage as { fuel: { used: number } }).fuel.used).toBe(bill);
    },
  );
});
