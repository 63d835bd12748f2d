/** An endless loop, a memory bomb and a deadline end each kind of guest in each executor, and the bill is the same twice. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createEngine, type Engine, type LimitsInput, type Plugin } from '../../engine/index.ts';
import { EXECUTORS } from '../../engine/options.ts';
import { failure } from '../support/errors.ts';
import { GUESTS, type GuestCase } from './support/hostile-guests.ts';

const MEMORY = 4 * 1024 * 1024;

describe.each(EXECUTORS)('in the executor %s', (executor) => {
  let engine: Engine;
  let count = 0;
  beforeAll(async () => {
    engine = await createEngine({ executor });
  });
  afterAll(() => engine.close());
  const using = async <Result>(guest: GuestCase, limits: LimitsInput, work: (plugin: Plugin) => Promise<Result>) => {
    const plugin = await engine.load(await guest.bytes(), { id: `guest-${++count}`, limits });
    try {
      return await work(plugin);
    } finally {
      await plugin.unload();
    }
  };

  describe.each(GUESTS)('$contract', ({ spin, bomb, work }) => {
    test('an endless loop ends when its fuel does, with the same bill twice', () =>
      using(spin, { fuel: 300_000 }, async (plugin) => {
        const bills = [];
        for (let i = 0; i < 2; i++) {
          const error = await failure(() => plugin.call(...spin.call), 'OUT_OF_FUEL');
          const { fuel } = error.details.usage as Record<string, { readonly used: number }>;
          bills.push(fuel?.used);
        }
        expect(bills[0]).toBeGreaterThanOrEqual(300_000);
        expect(bills[1]).toBe(bills[0]);
      }));

    test('a deadline ends it', () =>
      using(spin, { fuel: '64G', timeoutMs: 30 }, async (plugin) => {
        await failure(() => plugin.call(...spin.call), 'DEADLINE_EXCEEDED');
      }));

    test('its caller ends it', () =>
      using(spin, { fuel: '64G' }, async (plugin) => {
        const signal = AbortSignal.timeout(30);
        await failure(() => plugin.call(spin.call[0], spin.call[1], { signal }), 'CANCELLED');
      }));

    test('a memory bomb ends at its limit', () =>
      using(bomb, { memory: MEMORY }, async (plugin) => {
        const error = await failure(() => plugin.call(...bomb.call), 'TRAP');
        const { memory } = error.details.usage as Record<string, { readonly used: number }>;
        expect(memory?.used).toBeGreaterThan(MEMORY / 2);
        expect(memory?.used).toBeLessThanOrEqual(MEMORY);
      }));

    test('the same call uses the same fuel', () =>
      using(work, {}, async (plugin) => {
        const used = [];
        for (let i = 0; i < 2; i++) {
          used.push((await plugin.invoke(...work.call)).usage.fuel.used);
          await plugin.restart();
        }
        expect(used[0]).toBeGreaterThan(100);
        expect(used[1]).toBe(used[0]);
      }));
  });
});
