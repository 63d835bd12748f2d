/** A file counts as known as long as nobody has written to it, nor to the `plugin.json` beside it. */
import { mkdtemp, rename, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { KnownFiles } from '../../engine/runtime/known-files.ts';
import { identify, identifyBeside, lookBeside } from '../../engine/runtime/source.ts';

let directory: string;
let path: string;
let beside: string;
let files: KnownFiles;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'ringfence-files-'));
  path = join(directory, 'a.wasm');
  beside = join(directory, 'plugin.json');
  await writeFile(path, 'module');
  files = new KnownFiles();
});
afterEach(() => rm(directory, { recursive: true }));

/** As if all of it had been read now, long after it was written. */
function remember(manifest?: string): void {
  files.remember(path, {
    identity: identify(path) as string,
    digest: 'abc',
    beside: { manifest, identity: identifyBeside(beside) },
  });
}

test('nothing is known of a file that was not read', () => {
  expect(files.find(path, false)).toBeUndefined();
});

test('one that nobody has touched is known, with what is beside it', async () => {
  remember();
  expect(files.find(path, true)).toMatchObject({ digest: 'abc', beside: { manifest: undefined } });
  await writeFile(beside, '{}');
  remember('{}');
  expect(files.find(path, true)).toMatchObject({ digest: 'abc', beside: { manifest: '{}' } });
});

const changes: readonly (readonly [string, () => Promise<void>])[] = [
  ['written to', () => writeFile(path, 'MODULE')],
  ['replaced', () => writeFile(`${path}.new`, 'module').then(() => rename(`${path}.new`, path))],
  ['removed', () => unlink(path)],
];
test.each(changes)('one that was %s is not', async (_, change) => {
  remember();
  // Past the tick of the clock that stamps it.
  await new Promise((resolve) => setTimeout(resolve, 20));
  await change();
  expect(files.find(path, false)).toBeUndefined();
});

const changesBeside: readonly (readonly [string, boolean, () => Promise<void>])[] = [
  ['has appeared', false, () => writeFile(beside, '{}')],
  ['was written to', true, () => writeFile(beside, '[]')],
  ['was removed', true, () => unlink(beside)],
];
test.each(changesBeside)(
  'a plugin.json that %s makes a difference where it is asked for',
  async (_, before, change) => {
    if (before) await writeFile(beside, '{}');
    remember(before ? '{}' : undefined);
    await new Promise((resolve) => setTimeout(resolve, 20));
    await change();
    expect(files.find(path, true)).toBeUndefined();
    expect(files.find(path, false)).toMatchObject({ digest: 'abc' });
  },
);

test('what was not looked at, or could change unnoticed, is read again', async () => {
  files.remember(path, { identity: identify(path) as string, digest: 'abc', beside: undefined });
  expect(files.find(path, true)).toBeUndefined();
  await writeFile(beside, '{}');
  // It was written just now.
  expect(await lookBeside(path)).toEqual({ manifest: '{}', identity: undefined });
  files.remember(path, { identity: identify(path) as string, digest: 'abc', beside: await lookBeside(path) });
  expect(files.find(path, true)).toBeUndefined();
});
