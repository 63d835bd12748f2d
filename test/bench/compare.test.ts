import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { intervalOfQuotient } from '../../bench/compare/bootstrap.ts';
import { compareDocuments, type Document } from '../../bench/compare/changes.ts';

const folder = mkdtempSync(join(tmpdir(), 'ringfence-compare-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const BENCH = join(import.meta.dirname, '../../bench');

const document = (rows: Readonly<Record<string, readonly number[]>>, machine = { node: '26' }): Document => ({
  suite: 'call',
  machine,
  rows: Object.entries(rows).map(([subject, ratios]) => ({ subject, size: '1 KB', ratios })),
});
const BEFORE = document({ steady: [2, 2.01, 1.99, 2, 2.02], wild: [1, 3, 2, 1.5, 2.5], gone: [1], few: [2, 2.01] });
const AFTER = document({ steady: [1, 1.01, 0.99, 1, 1.01], wild: [1.2, 3.1, 1.9, 1.4, 2.6], few: [1, 1.01], new: [1] });

test('an interval holds the quotient of the medians, and is the same every time', () => {
  const [a, b] = [
    [2, 2.1, 1.9],
    [1, 1.1, 0.9],
  ] as const;
  const interval = intervalOfQuotient(a, b);
  expect(interval.low).toBeLessThanOrEqual(0.5);
  expect(interval.high).toBeGreaterThanOrEqual(0.5);
  expect(interval.low).toBeGreaterThanOrEqual(0.9 / 2.1);
  expect(interval.high).toBeLessThanOrEqual(1.1 / 1.9);
  expect(intervalOfQuotient(a, b)).toEqual(interval);
  expect(intervalOfQuotient([2], [2])).toEqual({ low: 1, high: 1 });
});

test('tells a difference from noise, and says when there are too few processes', () => {
  const { changes, left, differences } = compareDocuments(BEFORE, AFTER);
  expect(changes.map(({ row, verdict }) => [row, verdict])).toEqual([
    ['steady, 1 KB', 'faster'],
    ['wild, 1 KB', 'noise'],
    ['few, 1 KB', 'fewer-samples'],
  ]);
  expect(compareDocuments(AFTER, BEFORE).changes[0]?.verdict).toBe('slower');
  expect([...left].sort()).toEqual(['gone, 1 KB', 'new, 1 KB']);
  expect(differences).toEqual([]);
});

test('of suites without processes it tells the figures that differ, and outcomes, without a verdict', () => {
  const machine = { node: '26' };
  const density = (rss: number) => ({
    suite: 'density',
    machine,
    live: [{ plugins: 10, plugin: 'tenant', rssKiB: rss, own: { x: 1 } }],
  });
  expect(compareDocuments(density(40), density(20))).toMatchObject({
    changes: [],
    figures: [{ row: 'live: plugins 10, tenant', field: 'rssKiB', before: 40, after: 20, quotient: 0.5 }],
    left: [],
  });
  const isolation = (outcome: string) => ({
    suite: 'isolation',
    machine,
    rows: [{ peer: 'a', case: 'trap', outcome, detail: outcome }],
  });
  const { outcomes, figures } = compareDocuments(isolation('clean'), isolation('hangs'));
  expect(outcomes).toEqual([{ row: 'a, trap', before: 'clean', after: 'hangs' }]);
  expect(figures).toEqual([]);
});

test('says when the machines differ, and refuses documents of different suites', () => {
  expect(compareDocuments(BEFORE, document({}, { node: '24' })).differences).toEqual(['node: 26 and 24']);
  expect(() => compareDocuments(BEFORE, { ...AFTER, suite: 'load' })).toThrow(/one suite/);
});

test('the command reads two files and prints a table, with the warning', () => {
  const [before, after] = [join(folder, 'before.json'), join(folder, 'after.json')];
  writeFileSync(before, JSON.stringify(BEFORE));
  writeFileSync(after, JSON.stringify(AFTER));
  const main = join(BENCH, 'compare/main.ts');
  const printed = execFileSync(process.execPath, [main, before, after], { encoding: 'utf8' });
  expect(printed).toMatch(/^steady, 1 KB .* faster$/m);
  expect(printed).toMatch(/^wild, 1 KB .*noise exceeds the difference$/m);
  expect(spawnSync(process.execPath, [main, before]).status).toBe(2);
});
