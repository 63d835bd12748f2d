/** The recordings of the example plugins, on every version of Node.js that is supported. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Replay, replay } from '../../engine/index.ts';

const ROOT = join(import.meta.dirname, '../..');
const FIXTURES = join(import.meta.dirname, 'fixtures');
const NODES = join(ROOT, 'test/nodes/node_modules');
const names = readdirSync(FIXTURES).flatMap((file) =>
  file.endsWith('.jsonl') ? [file.slice(0, -'.jsonl'.length)] : [],
);
const versions = ['22', '24'].map((version) => ({ version, path: join(NODES, `node-${version}`, 'bin/node') }));
const installed = versions.filter(({ path }) => existsSync(path));
if (installed.length < versions.length) {
  console.warn('skipped: recordings on other versions of Node.js (npm ci --prefix test/nodes installs them)');
}

const recording = (name: string): string => join(FIXTURES, `${name}.jsonl`);
const pluginOf = (name: string): string => join(FIXTURES, `${name}.wasm`);

test('there is one of each example', () => {
  expect(names).toEqual(['calculator', 'music-source', 'word-count']);
});

describe.each(names)('%s', (name) => {
  // Other prices? `npm run bless:recordings` makes them anew.
  test('is the same here', async () => {
    const { difference, calls } = await replay(recording(name), pluginOf(name));
    expect(difference).toBeUndefined();
    expect(calls).toBeGreaterThan(3);
  });

  test.each(installed)('is the same on Node $version', ({ path }) => {
    const main = join(ROOT, 'engine/cli/main.ts');
    const args = ['--disable-warning=ExperimentalWarning', main, 'replay', recording(name), '--json'];
    const document = JSON.parse(execFileSync(path, args, { encoding: 'utf8' })) as { ok: boolean; replay: Replay };
    expect(document.ok).toBe(true);
    expect(document.replay.calls).toBeGreaterThan(3);
  });
});
