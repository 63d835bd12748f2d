/** Memory stays flat: over many calls, over large inputs, and over garbage of any amount inside one call. */
import { describe, expect, test } from 'vitest';
import { DRIVERS, failureOf, fixture } from './support/drivers.ts';

const MANY = 100_000;
const KiB = 1_024;
const MiB = 1_024 * KiB;

describe.each(DRIVERS)('under %s', (_, start) => {
  test(`${MANY} small calls of every kind leave no trace`, async () => {
    await using plugin = await start(await fixture('values'));
    const round = async (i: number): Promise<void> => {
      await plugin.call('named', { a: `text ${i}`, b: i });
      await plugin.call('rebuild', { list: [i, 'x', null], deep: { n: 1.5 } });
      await plugin.callBytes('bytes', Uint8Array.of(i, 2, 3));
      await failureOf(plugin.call('number', 'x'));
      await failureOf(plugin.call('failWith', { code: 'X', message: 'y', details: { i } }));
    };
    for (let i = 0; i < 500; i++) await round(i);
    const settled = plugin.memoryBytes();
    for (let i = 0; i < MANY / 5; i++) await round(i);
    expect(plugin.memoryBytes()).toBe(settled);
    expect(settled).toBeLessThanOrEqual(256 * KiB);
  });

  test.each([
    ['text', 'é日 plain '.repeat(50_000)],
    ['any', Array.from({ length: 30_000 }, (_unused, i) => ({ id: i, name: `song ${i}` }))],
    ['any', Array(500_000).fill(1)],
    ['any', Array(300_000).fill([])],
    ['rebuild', Array.from({ length: 5_000 }, (_unused, i) => ({ id: i, name: `song ${i}` }))],
  ])('a megabyte into and out of `%s` again and again fits in 32 MiB', async (name, input) => {
    await using plugin = await start(await fixture('values'));
    for (let i = 0; i < 4; i++) await plugin.call(name, input);
    const settled = plugin.memoryBytes();
    for (let i = 0; i < 8; i++) await plugin.call(name, input);
    expect(plugin.memoryBytes()).toBe(settled);
    expect(settled).toBeLessThanOrEqual(32 * MiB);
  });

  test('garbage is collected while a call runs', async () => {
    await using plugin = await start(await fixture('values'), { limits: { fuel: '10G' } });
    // Some 30 MB of strings, and some 100 MB of ever longer ones.
    await plugin.call('garbage', 400_000);
    await plugin.call('concatenate', 3_000);
    expect(plugin.memoryBytes()).toBeLessThanOrEqual(4 * MiB);
  });

  test('what the plugin keeps stays as it was', async () => {
    await using plugin = await start(await fixture('values'));
    for (let i = 0; i < 200; i++) await plugin.call('keep', `kept ${i}`);
    await plugin.call('garbage', 100_000);
    for (const i of [0, 99, 199]) expect(await plugin.call('kept_at', i)).toBe(`kept ${i}`);
  });
});
