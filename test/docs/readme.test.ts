/** The example of the README runs as it stands there, and prints what its comments promise. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildPlugin } from '../../engine/build/index.ts';

const root = new URL('../../', import.meta.url);
let dir: string;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'ringfence-readme-'));
  const outDir = join(dir, 'plugins/word-count/build');
  mkdirSync(outDir, { recursive: true });
  await buildPlugin({ source: fileURLToPath(new URL('plugins/word-count', root)), outDir });
});

afterAll(() => rmSync(dir, { recursive: true, force: true }));

it('counts words, runs out of fuel, and goes on', async () => {
  const readme = readFileSync(new URL('README.md', root), 'utf8');
  const [, example = ''] = /^## Embed it\n+```ts\n([\s\S]*?)^```$/m.exec(readme) ?? [];
  expect(example).toContain("from 'ringfence'");
  const file = join(dir, 'example.ts');
  // The package is not built here: its sources stand in for it.
  writeFileSync(file, example.replace("'ringfence'", `'${new URL('engine/index.ts', root)}'`));
  const { stdout } = await promisify(execFile)(process.execPath, [file], { cwd: dir });
  const lines = stdout.trimEnd().split('\n');
  expect(lines).toEqual([
    '6 words, 4 of them different',
    expect.stringMatching(/^\d+ of 50000000 fuel, \d+ of 16777216 bytes$/),
    'The call used up its 1000 units of fuel (limit `fuel`)',
    '2 seconds to read',
  ]);
});

it('shows commands that package.json has', () => {
  const readme = readFileSync(new URL('README.md', root), 'utf8');
  const { scripts } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as {
    scripts: Record<string, string>;
  };
  const named = [...readme.matchAll(/npm run ([\w:]+)/g)].map(([, name = '']) => name);
  expect([...named, 'start', 'test'].filter((name) => !Object.hasOwn(scripts, name))).toEqual([]);
});
