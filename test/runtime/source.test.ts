import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { identify, type PluginSource, readPluginFile, readSource } from '../../engine/runtime/source.ts';
import { failure } from '../support/errors.ts';

const bytes = Uint8Array.from({ length: 1_000 }, (_, i) => i % 251);
const digest = createHash('sha256').update(bytes).digest('hex');
let directory = '';
let file = '';

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'ringfence-source-'));
  file = join(directory, 'a plugin.wasm');
  await writeFile(file, bytes);
  await mkdir(join(directory, 'with-manifest'));
  await writeFile(join(directory, 'with-manifest', 'plugin.wasm'), bytes);
  await writeFile(join(directory, 'with-manifest', 'plugin.json'), '{"name":"x"}');
});
afterAll(() => rm(directory, { recursive: true }));

describe('a plugin is read from', () => {
  test.each<[string, () => PluginSource]>([
    ['a path', () => file],
    ['a file: URL', () => pathToFileURL(file)],
    ['a file: URL as text', () => pathToFileURL(file).href],
    ['bytes', () => bytes],
    ['a part of a buffer', () => Uint8Array.of(1, ...bytes, 2).subarray(1, -1)],
    ['an ArrayBuffer', () => bytes.slice().buffer],
    ['shared memory', () => new Uint8Array(new SharedArrayBuffer(bytes.length)).map((_, i) => bytes[i] ?? 0)],
  ])('%s', async (_, source) => {
    const read = await readSource(source(), 1_000);
    expect(read.bytes).toEqual(bytes);
    expect(read.bytes.buffer).toBeInstanceOf(ArrayBuffer);
    expect(read.digest).toBe(digest);
    expect(read.manifest).toBeUndefined();
  });
});

test('bytes are copied: what the caller changes later does not matter', async () => {
  const mine = bytes.slice();
  const read = await readSource(mine, 1_000);
  mine.fill(0);
  expect(read.bytes).toEqual(bytes);
});

test('a plugin.json beside the file is read with it', async () => {
  const read = await readSource(join(directory, 'with-manifest', 'plugin.wasm'), 1_000);
  expect(read.manifest).toBe('{"name":"x"}');
});

test.skipIf(process.platform === 'win32')('a pipe is no plugin, and no plugin.json: nobody waits for it', async () => {
  const inside = join(directory, 'pipes');
  await mkdir(inside);
  for (const name of ['pipe.wasm', 'plugin.json']) execFileSync('mkfifo', [join(inside, name)]);
  await writeFile(join(inside, 'plugin.wasm'), bytes);
  await failure(() => readSource(join(inside, 'pipe.wasm'), 1_000), 'UNKNOWN_PLUGIN');
  const error = await failure(() => readSource(join(inside, 'plugin.wasm'), 1_000), 'UNKNOWN_PLUGIN');
  expect(error.message).toContain('plugin.json');
});

test('a plugin.json over its limit', async () => {
  const inside = join(directory, 'large-manifest');
  await mkdir(inside);
  await writeFile(join(inside, 'plugin.wasm'), bytes);
  await writeFile(join(inside, 'plugin.json'), ' '.repeat(300_000));
  const error = await failure(() => readSource(join(inside, 'plugin.wasm'), 1_000), 'LIMIT_EXCEEDED');
  expect(error.details).toMatchObject({ limit: 'manifestBytes', used: 300_000 });
});

test('nothing over the limit is read', async () => {
  for (const source of [file, bytes]) {
    const error = await failure(() => readSource(source, 999), 'LIMIT_EXCEEDED');
    expect(error.details).toMatchObject({ limit: 'wasmBytes', used: 1_000, allowed: 999 });
  }
});

test.each([
  ['a file that does not exist', () => join(directory, 'none.wasm')],
  ['a directory', () => directory],
  ['a device that never ends', () => '/dev/zero'],
])('%s', async (_, path) => {
  await failure(() => readSource(path(), 1_000), 'UNKNOWN_PLUGIN');
});

test.each<[string, unknown]>([
  ['no text', ''],
  ['a path with NUL', 'a\0b'],
  ['another URL', new URL('https://example.com/plugin.wasm')],
  ['a number', 5],
  ['nothing', undefined],
])('%s is no source', async (_, source) => {
  await failure(() => readSource(source as PluginSource, 1_000), 'INVALID_OPTION');
});

describe('the identity of a file', () => {
  const settled = new URL('../../bench/programs/wasm/crc32.wasm', import.meta.url).pathname;

  test('is the same each time, and that of what was read', async () => {
    const { identity } = await readPluginFile(settled, 1_000_000);
    expect(identity).toMatch(/^\d+(:\d+){4}$/);
    expect(await identify(settled)).toBe(identity);
  });

  test('is another one once it has been written to, though with the same bytes and times', async () => {
    const path = join(directory, 'changing.wasm');
    const past = new Date(1_000_000_000_000);
    const seen = new Set<string | undefined>();
    for (let i = 0; i < 3; i++) {
      await writeFile(path, bytes);
      await utimes(path, past, past);
      seen.add(await identify(path));
      await new Promise((resolve) => setTimeout(resolve, 15));
    }
    expect(seen.size).toBe(3);
  });

  test('does not count right after a change: another one might look the same', async () => {
    const path = join(directory, 'fresh.wasm');
    await writeFile(path, bytes);
    expect((await readPluginFile(path, 1_000)).identity).toBeUndefined();
  });

  test('is undefined where there is no file', async () => {
    expect(await identify(join(directory, 'none.wasm'))).toBeUndefined();
  });
});
