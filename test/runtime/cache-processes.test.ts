/** Several processes share one cache directory, while somebody spoils its files: every load gets the right module. */
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SECRET_FILE } from '../../engine/runtime/cache-secret.ts';
import { random } from '../support/random.ts';
import { compilePlugin } from '../support/wat.ts';
import type { CacheJob, CacheReport } from './support/cache-child.ts';

const SEED = Number(process.env.RINGFENCE_SEED ?? Math.floor(Math.random() * 2 ** 32));
const CHILD = new URL('./support/cache-child.ts', import.meta.url).pathname;
const PROCESSES = 4;
const ROUNDS = 60;

const plugins = Array.from({ length: 6 }, (_, i) =>
  Buffer.from(compilePlugin({ version: `1.0.${i}`, functions: { which: `(i64.const ${i})` } })).toString('base64'),
);

let directory = '';
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'ringfence-shared-'));
});
afterEach(() => rm(directory, { recursive: true }));

async function start(seed: number, maxBytes: number): Promise<CacheReport> {
  const job: CacheJob = { directory, maxBytes, seed, rounds: ROUNDS, plugins };
  const { stdout } = await promisify(execFile)(process.execPath, ['--no-warnings', CHILD, JSON.stringify(job)]);
  return JSON.parse(stdout) as CacheReport;
}

const sum = (reports: readonly CacheReport[], name: keyof CacheReport['counts']): number =>
  reports.reduce((total, { counts }) => total + counts[name], 0);

test(`with room for all of them (RINGFENCE_SEED=${SEED})`, async () => {
  const reports = await Promise.all(Array.from({ length: PROCESSES }, (_, i) => start(SEED + i, 1e8)));
  expect(reports.map(({ wrong, warnings }) => ({ wrong, warnings }))).toEqual(
    reports.map(() => ({ wrong: 0, warnings: [] })),
  );
  expect(sum(reports, 'hits') + sum(reports, 'misses')).toBe(PROCESSES * ROUNDS);
  // Each process writes a module once at most: it finds its own entry, or that of another.
  expect(sum(reports, 'written')).toBeLessThanOrEqual(PROCESSES * plugins.length);
  expect((await readdir(directory)).filter((name) => name !== SECRET_FILE)).toHaveLength(plugins.length);
});

test(`with room for some of them, and spoilt all the while (RINGFENCE_SEED=${SEED})`, async () => {
  const below = random(SEED);
  let isOver = false;
  const spoiling = (async (): Promise<void> => {
    while (!isOver) {
      const names = await readdir(directory);
      const path = join(directory, names[below(Math.max(1, names.length))] ?? 'none');
      const entry = await readFile(path).catch(() => Buffer.of(0));
      entry[below(entry.length)] = below(256);
      // In place, so that it may be read half written.
      await writeFile(path, entry.subarray(0, below(2) === 0 ? entry.length : below(entry.length)), {
        flag: 'r+',
      }).catch(() => {});
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  })();
  const maxBytes = 4.5 * 4_000;
  const reports = await Promise.all(Array.from({ length: PROCESSES }, (_, i) => start(SEED + i, maxBytes)));
  isOver = true;
  await spoiling;
  expect(reports.map(({ wrong }) => wrong)).toEqual(reports.map(() => 0));
  expect(sum(reports, 'rejected')).toBeGreaterThan(0);
  expect(sum(reports, 'evicted')).toBeGreaterThan(0);
  const names = await readdir(directory);
  expect(names.filter((name) => name.endsWith('.tmp'))).toEqual([]);
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(directory, name))).size));
  // Each process knows what it has written itself, and looks at what others have now and then.
  expect(sizes.reduce((a, b) => a + b, 0)).toBeLessThan(PROCESSES * maxBytes);
});
