/** `clock` and `random` of the SDK, and the clock and random numbers that AssemblyScript has of its own. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createEngine, type Engine, type Plugin } from '../../engine/index.ts';
import { failure } from '../support/errors.ts';
import { fixture } from './support/drivers.ts';

const grants = { clock: true, random: true };
let engine: Engine;
let plugin: Plugin;

beforeAll(async () => {
  engine = await createEngine();
  plugin = await engine.load(await fixture('chance'), { grants });
});
afterAll(() => engine.close());

test('the clock says milliseconds', async () => {
  const before = Date.now();
  const [now = 0, , own = 0] = await plugin.call<number[]>('times');
  expect(now).toBeGreaterThanOrEqual(before);
  expect(own).toBeGreaterThanOrEqual(now);
  expect(own).toBeLessThanOrEqual(Date.now());
});

test('bytes, and none', async () => {
  expect((await plugin.callBytes('bytes', new TextEncoder().encode('1000'))).length).toBe(1_000);
  expect((await plugin.callBytes('bytes', new TextEncoder().encode('0'))).length).toBe(0);
});

test('numbers lie from 0 up to 1', async () => {
  const all = await plugin.call<number[]>('numbers', 500);
  expect(all.every((value) => value >= 0 && value < 1)).toBe(true);
  expect(new Set(all).size).toBe(500);
  expect(Math.max(...all)).toBeGreaterThan(0.9);
});

test('numbers below a limit, all of them', async () => {
  const all = await plugin.call<number[]>('below', { limit: 3, count: 500 });
  expect(new Set(all)).toEqual(new Set([0, 1, 2]));
  expect(await plugin.call('below', { limit: 1, count: 2 })).toEqual([0, 0]);
  expect(await plugin.call('below', { limit: 0, count: 1 })).toEqual([0]);
});

test('a UUID', async () => {
  const one = await plugin.call('uuid');
  expect(one).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(await plugin.call('uuid')).not.toBe(one);
});

test('what AssemblyScript has of its own', async () => {
  const value = await plugin.call<number>('own');
  expect(value).toBeGreaterThanOrEqual(0);
  expect(value).toBeLessThan(1);
});

test('without the grant the plugin waits for it, and says which line is missing', async () => {
  const wasm = await fixture('chance');
  const waiting = await engine.load(wasm, { id: 'x', grants: { clock: true, random: false } });
  expect(waiting.state).toBe('pending-permission');
  const error = await failure(() => waiting.call('uuid'), 'PERMISSION_DENIED');
  expect(error.message).toContain('"random": true');
  await waiting.unload();
});

describe('in deterministic mode', () => {
  const deterministic = { time: '2024-02-29T12:00:00Z', seed: 42 };
  const noon = Date.parse(deterministic.time);

  test('a call says the same each time, whatever ran before', async () => {
    await using fixed = await engine.load(await fixture('chance'), { id: 'fixed', grants, deterministic });
    const times = [noon, 1, noon + 2, 3];
    expect(await fixed.call('times')).toEqual(times);
    const uuid = await fixed.call('uuid');
    expect(await fixed.call('times')).toEqual(times);
    expect(await fixed.call('uuid')).toBe(uuid);
  });

  test('a call may have time and seed of its own, or the real ones', async () => {
    await using fixed = await engine.load(await fixture('chance'), { id: 'fixed', grants, deterministic });
    const uuid = await fixed.call('uuid');
    const { value } = await fixed.invoke('uuid', undefined, { deterministic: { seed: 43 } });
    expect(value).not.toBe(uuid);
    expect(await fixed.call('times', undefined, { deterministic: { time: 5, tickMs: 0 } })).toEqual([5, 0, 5, 0]);
    const real = await fixed.call<number[]>('times', undefined, { deterministic: false });
    expect(real[0]).toBeGreaterThan(noon);
  });

  test('of the engine, for all plugins but those that say otherwise', async () => {
    await using own = await createEngine({ deterministic: { time: new Date(77) } });
    const wasm = await fixture('chance');
    const fixed = await own.load(wasm, { id: 'fixed', grants });
    const real = await own.load(wasm, { id: 'real', grants, deterministic: false });
    expect(await fixed.call('times')).toEqual([77, 1, 79, 3]);
    expect((await real.call<number[]>('times'))[0]).toBeGreaterThan(noon);
  });

  test('two plugins with the same seed see the same, on any machine', async () => {
    await using fixed = await engine.load(await fixture('chance'), { id: 'fixed', grants, deterministic });
    expect(await fixed.call('below', { limit: 1_000, count: 5 })).toMatchInlineSnapshot(`
      [
        731,
        211,
        303,
        327,
        907,
      ]
    `);
  });

  test.each([
    ['an unknown name', { date: 1 }, 'Unknown option "date"'],
    ['text that is no time', { time: 'yesterday' }, '`deterministic.time`'],
    ['a time before 1970', { time: -1 }, '`deterministic.time`'],
    ['a time that nanoseconds cannot name', { time: 9_223_372_036_855 }, '`deterministic.time`'],
    ['half a tick', { tickMs: 0.5 }, '`deterministic.tickMs`'],
    ['a seed that is no number', { seed: 'x' }, '`deterministic.seed`'],
    ['a negative seed', { seed: -1 }, '`deterministic.seed`'],
    ['true', true, 'to be an object'],
  ])('%s is an invalid option', async (_, given, said) => {
    const invalid = { deterministic: given as object };
    expect((await failure(() => createEngine(invalid), 'INVALID_OPTION')).message).toContain(said);
    await failure(() => engine.load(new Uint8Array(), invalid), 'INVALID_OPTION');
    await failure(() => plugin.call('times', undefined, invalid), 'INVALID_OPTION');
  });
});
