/** Files of plugins that change while the plugins run. */
import { copyFile, mkdtemp, rename, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { add, counter, manage, type TestManager } from './support/managed.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'ringfence-watch-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

async function watching(): Promise<TestManager & { readonly file: string }> {
  const file = join(directory, 'counter.wasm');
  await writeFile(file, counter());
  const plugins = [{ id: 'counter', source: file, watch: true, reload: { settleMs: 40 } }];
  const managed = await manage({ plugins }, { world: 'real' });
  await managed.manager.start();
  await add(managed.manager);
  return { ...managed, file };
}
const outcomes = ({ told }: TestManager): string[] =>
  told.flatMap((event) => (event.name === 'reload' ? [`${event.outcome} ${event.to}`] : []));
const version = (v: string): Uint8Array<ArrayBuffer> => counter({ version: v });

test('a file that is written anew is loaded, with the state', async () => {
  await using test = await watching();
  await writeFile(test.file, version('2.0.0'));
  await expect.poll(() => outcomes(test)).toEqual(['swapped 2.0.0']);
  expect(await add(test.manager)).toBe('2.0.0 2');
});

test('a file that another is renamed over is loaded', async () => {
  await using test = await watching();
  const next = join(directory, 'next.wasm');
  await writeFile(next, version('2.0.0'));
  await rename(next, test.file);
  await expect.poll(() => outcomes(test)).toEqual(['swapped 2.0.0']);
});

test('a file that is deleted, and comes back, changes nothing until it is back', async () => {
  await using test = await watching();
  await unlink(test.file);
  await sleep(200);
  expect(await add(test.manager)).toBe('1.0.0 2');
  await writeFile(test.file, version('2.0.0'));
  await expect.poll(() => outcomes(test)).toEqual(['swapped 2.0.0']);
});

test('a file that is written piece by piece is read once it is whole', async () => {
  await using test = await watching();
  const bytes = version('2.0.0');
  for (let end = 200; end < bytes.length; end += 200) {
    await writeFile(test.file, bytes.subarray(0, end));
    await sleep(5);
  }
  await writeFile(test.file, bytes);
  await expect.poll(() => outcomes(test)).toContain('swapped 2.0.0');
});

test('a file that stays half-written is refused, and the old version goes on', async () => {
  await using test = await watching();
  await writeFile(test.file, version('2.0.0').subarray(0, 300));
  await expect.poll(() => outcomes(test)).toEqual(['refused undefined']);
  expect(await add(test.manager)).toBe('1.0.0 2');
  await writeFile(test.file, version('2.0.0'));
  await expect.poll(() => outcomes(test)).toEqual(['refused undefined', 'swapped 2.0.0']);
});

test('a flood of events leads to few loads, and the last contents win', async () => {
  await using test = await watching();
  for (let i = 0; i < 300; i++) await writeFile(test.file, version(`2.0.${i % 10}`));
  await copyFile(test.file, join(directory, 'noise.wasm'));
  await writeFile(test.file, version('3.0.0'));
  await expect.poll(() => outcomes(test).at(-1)).toBe('swapped 3.0.0');
  expect(outcomes(test).length).toBeLessThan(20);
  expect(await add(test.manager)).toBe('3.0.0 2');
});

test('a file that is touched and says the same is not loaded', async () => {
  await using test = await watching();
  await writeFile(test.file, version('1.0.0'));
  await sleep(300);
  expect(outcomes(test)).toEqual([]);
});

test('what is not watched any more is left alone', async () => {
  await using test = await watching();
  await test.manager.apply({
    engine: { executor: 'inline' },
    plugins: [{ id: 'counter', source: test.file, reload: { settleMs: 40 } }],
  });
  await writeFile(test.file, version('2.0.0'));
  await sleep(300);
  expect(outcomes(test)).toEqual([]);
});

test('a file that is replaced while it is being loaded is not mixed with the other', async () => {
  await using test = await watching();
  const { manager, faults, file } = test;
  await writeFile(join(directory, 'a'), version('2.0.0'));
  const reload = manager.reload('counter', file);
  faults.plan('counter', 'start', async () => writeFile(file, version('4.0.0')), { times: 1 });
  await reload.catch(() => {});
  await expect.poll(() => outcomes(test).at(-1)).toBe('swapped 4.0.0');
  expect(await add(manager)).toMatch(/^4\.0\.0/);
});
