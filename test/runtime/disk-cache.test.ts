/** The disk cache: entries are believed only if they are what was written, and whatever is wrong costs time and nothing else. */
import { createHash } from 'node:crypto';
import {
  chmod,
  chown,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { withCustom } from '../../engine/host/custom/functions.ts';
import { hostFunction } from '../../engine/host-function.ts';
import { DEFAULT_LIMITS, type LimitsInput, resolveLimits } from '../../engine/limits.ts';
import { SECRET_FILE } from '../../engine/runtime/cache-secret.ts';
import { SECRET_BYTES, SecretHash } from '../../engine/runtime/digest.ts';
import { DiskCache, type DiskCacheCounts } from '../../engine/runtime/disk-cache.ts';
import { type PreparedPlugin, Preparer, type PreparerOptions } from '../../engine/runtime/prepare.ts';
import type { HostSignatures } from '../../engine/validate/index.ts';
import { random } from '../support/random.ts';
import { compilePlugin, ECHO, manifestOf } from '../support/wat.ts';

const plugin = { functions: { echo: ECHO } };
const bytes = compilePlugin(plugin);
const other = compilePlugin({ ...plugin, version: '2.0.0' });

const SEED = Number(process.env.RINGFENCE_SEED ?? Math.floor(Math.random() * 2 ** 32));

let directory = '';
let warnings: string[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'ringfence-cache-'));
  warnings = [];
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const newCache = (options: { maxBytes?: number; directory?: string } = {}): DiskCache =>
  new DiskCache({ directory: join(directory, 'cache'), warn: (message) => warnings.push(message), ...options });

interface Prepared {
  readonly prepared: PreparedPlugin;
  readonly counts: DiskCacheCounts;
}

/** As a process does that has just started: with nothing in memory. */
async function prepare(
  wasm: Uint8Array,
  {
    limits,
    manifest,
    cache = newCache(),
    keepBytes,
    host,
    ...options
  }: PreparerOptions & {
    host?: HostSignatures;
    limits?: LimitsInput;
    manifest?: unknown;
    cache?: DiskCache;
    keepBytes?: boolean;
  } = {},
): Promise<Prepared> {
  const preparer = new Preparer({ ...options, disk: cache });
  const prepared = await preparer.prepare(wasm, {
    manifest,
    maxBytes: DEFAULT_LIMITS.wasmBytes,
    keepBytes,
    host,
    limits: (found) => resolveLimits(limits, resolveLimits(found.limits)),
  });
  await preparer.close();
  return { prepared, counts: cache.counts };
}

const HIT = { hits: 1, misses: 0, rejected: 0, written: 0, failed: 0 };
const MISS = { hits: 0, misses: 1, rejected: 0, written: 1, failed: 0 };
const REJECTED = { hits: 0, misses: 1, rejected: 1, written: 1, failed: 0 };

const entries = async (): Promise<string[]> => {
  const names = (await readdir(join(directory, 'cache'))).filter((name) => name !== SECRET_FILE);
  return names.map((name) => join(directory, 'cache', name)).sort();
};
const onlyEntry = async (): Promise<string> => {
  const [path, ...rest] = await entries();
  expect(rest).toEqual([]);
  return path as string;
};

describe('an entry', () => {
  test('is written by the first load and used by the next', async () => {
    const first = await prepare(bytes, { keepBytes: true });
    expect(first.counts).toMatchObject(MISS);
    const second = await prepare(bytes, { keepBytes: true });
    expect(second.counts).toMatchObject(HIT);
    const { module: _, functionNames, functionCode: __, places: ___, ...plain } = second.prepared;
    expect(first.prepared).toMatchObject(plain);
    expect(functionNames()).toEqual(first.prepared.functionNames());
    expect(second.prepared.module).toBeInstanceOf(WebAssembly.Module);
    expect(warnings).toEqual([]);
  });

  test('is there for its owner alone', async () => {
    await prepare(bytes);
    expect((await stat(join(directory, 'cache'))).mode & 0o777).toBe(0o700);
    expect((await stat(await onlyEntry())).mode & 0o777).toBe(0o600);
  });

  test('is another for other bytes and for each limit that is built in, and the same for other limits', async () => {
    await prepare(bytes);
    expect((await prepare(other)).counts).toMatchObject(MISS);
    for (const limits of [{ memory: '1MiB' }, { tableEntries: 5 }, { stackDepth: 500 }]) {
      expect((await prepare(bytes, { limits })).counts).toMatchObject(MISS);
      expect((await prepare(bytes, { limits })).counts).toMatchObject(HIT);
    }
    expect((await prepare(bytes, { limits: { fuel: 5 } })).counts).toMatchObject(HIT);
    expect(await entries()).toHaveLength(5);
  });

  test('whose limits another manifest lowers is replaced', async () => {
    const bare = compilePlugin({ ...plugin, manifest: undefined });
    const manifest = manifestOf(plugin);
    const low = { ...manifest, limits: { memory: '1MiB' } };
    expect((await prepare(bare, { manifest: low })).counts).toMatchObject(MISS);
    expect((await prepare(bare, { manifest: low })).counts).toMatchObject(HIT);
    const { prepared } = await prepare(bare, { manifest });
    expect(prepared.limits.memory).toBe(DEFAULT_LIMITS.memory);
    expect(new WebAssembly.Instance(prepared.module, imports(prepared)).exports.memory).toBeDefined();
    expect(await entries()).toHaveLength(1);
    expect((await prepare(bare, { manifest })).counts).toMatchObject(HIT);
  });

  test('with other prices of what the application offers is replaced', async () => {
    const asking = compilePlugin({
      imports: '(import "env" "work" (func $work))',
      functions: { run: '(call $work) (i64.const 0)' },
      manifest: { permissions: { custom: ['test'] } },
    });
    const at = (base: number) =>
      withCustom([
        hostFunction({ name: 'work', capability: 'test', params: [], price: { base }, call: () => {} }).shape,
      ]);
    expect((await prepare(asking, { host: at(5), keepBytes: true })).counts).toMatchObject(MISS);
    const { prepared } = await prepare(asking, { host: at(5), keepBytes: true });
    const other = await prepare(asking, { host: at(6), keepBytes: true });
    expect(other.prepared.bytes).not.toEqual(prepared.bytes);
    expect(await entries()).toHaveLength(1);
    expect((await prepare(asking, { host: at(6) })).counts).toMatchObject(HIT);
  });

  test('of a plugin that is refused is not made', async () => {
    await expect(prepare(compilePlugin({ ...plugin, manifest: undefined }))).rejects.toMatchObject({
      code: 'INVALID_MANIFEST',
    });
    expect(await entries()).toEqual([]);
  });

  test('is not made for profiles', async () => {
    const cache = newCache();
    const preparer = new Preparer({ disk: cache });
    const options = { maxBytes: 1e6, limits: () => DEFAULT_LIMITS, profile: true };
    const prepared = await preparer.prepare(bytes, options);
    expect(prepared.functionCode(prepared.report.importedFunctions)).toBeDefined();
    await preparer.close();
    expect(cache.counts).toMatchObject({ hits: 0, misses: 0, written: 0 });
  });
});

const imports = ({ report }: PreparedPlugin): WebAssembly.Imports => {
  const { refill } = report.hidden;
  return refill === undefined ? {} : { [refill.module]: { [refill.name]: () => -1 } };
};

describe('an entry that is not what was written is not believed, and written anew', () => {
  const spoil: readonly (readonly [string, (path: string) => Promise<unknown>])[] = [
    ['empty', (path) => truncate(path, 0)],
    ['cut off in its header', (path) => truncate(path, 30)],
    ['cut off at its end', async (path) => truncate(path, (await stat(path)).size - 1)],
    ['longer than it says', (path) => writeFile(path, 'x', { flag: 'a' })],
    ['something else', (path) => writeFile(path, 'x'.repeat(1_000))],
    ['of another version', (path) => patch(path, (entry) => entry.writeUInt32LE(99, 8))],
    ['one whose lengths are forged', (path) => patch(path, (entry) => entry.writeUInt32LE(0xffff_ffff, 12))],
    ['one whose lengths were moved', (path) => patch(path, moveLengths)],
    ['one with another nonce', (path) => patch(path, (entry) => flip(entry, 32))],
    ['one with another seal', (path) => patch(path, (entry) => flip(entry, 50))],
    ['one whose last byte differs', (path) => patch(path, (entry) => flip(entry, entry.length - 1))],
    [
      'a link to an entry',
      async (path) => {
        await rename(path, join(directory, 'elsewhere'));
        await symlink(join(directory, 'elsewhere'), path);
      },
    ],
    [
      'a directory',
      async (path) => {
        await rm(path);
        await mkdir(path);
      },
    ],
  ];

  test.each(spoil)('%s', async (name, change) => {
    await prepare(bytes);
    await change(await onlyEntry());
    const { prepared, counts } = await prepare(bytes);
    // A directory in its place cannot be replaced.
    expect(counts).toMatchObject(name === 'a directory' ? { hits: 0, rejected: 1, failed: 1 } : REJECTED);
    expect(warnings[0]).toMatch(/^Cannot read an entry of the module cache .*Loading is slower$/);
    expect(prepared.functions).toEqual(['echo']);
    if (name !== 'a directory') expect((await prepare(bytes)).counts).toMatchObject(HIT);
  });

  test('the entry of another module, put in its place', async () => {
    await prepare(other);
    const theirs = await readFile(await onlyEntry());
    await rm(await onlyEntry());
    await prepare(bytes);
    await writeFile(await onlyEntry(), theirs);
    const { prepared, counts } = await prepare(bytes);
    expect(counts).toMatchObject(REJECTED);
    expect(prepared.manifest.version).toBe('1.0.0');
  });

  test(`any one bit of it (RINGFENCE_SEED=${SEED})`, async () => {
    await prepare(bytes);
    const path = await onlyEntry();
    const entry = await readFile(path);
    const below = random(SEED);
    for (let i = 0; i < 60; i++) {
      const changed = Buffer.from(entry);
      const at = below(entry.length);
      changed[at] = (changed[at] as number) ^ (1 << below(8));
      await writeFile(path, changed);
      expect((await prepare(bytes)).counts, `byte ${at}`).toMatchObject(REJECTED);
    }
  });

  test('one that is larger than any entry of this module can be is not read at all', async () => {
    await prepare(bytes);
    await truncate(await onlyEntry(), 2 ** 31);
    expect((await prepare(bytes)).counts).toMatchObject(REJECTED);
  });

  test('one that somebody else could have written', async (context) => {
    await prepare(bytes);
    const path = await onlyEntry();
    await chmod(path, 0o622);
    expect((await prepare(bytes)).counts).toMatchObject(REJECTED);
    expect(warnings[0]).toContain('chmod go-w');
    if (process.geteuid?.() !== 0) return context.skip('only root can give files away');
    await chown(await onlyEntry(), 12_345, 12_345);
    expect((await prepare(bytes)).counts).toMatchObject(REJECTED);
  });
});

async function patch(path: string, change: (entry: Buffer) => void): Promise<void> {
  const entry = await readFile(path);
  change(entry);
  await writeFile(path, entry);
}

const flip = (entry: Buffer, at: number): number => entry.writeUInt8(entry.readUInt8(at) ^ 1, at);

/** The parts still add up to the size of the file. */
function moveLengths(entry: Buffer): void {
  entry.writeUInt32LE(entry.readUInt32LE(12) - 8, 12);
  entry.writeUInt32LE(entry.readUInt32LE(16) + 8, 16);
}

describe('the directory', () => {
  test('is made with all that is above it', async () => {
    const deep = join(directory, 'a', 'b', 'c');
    await prepare(bytes, { cache: newCache({ directory: deep }) });
    expect((await readdir(deep)).sort()).toEqual([expect.stringMatching(/\.rfm$/), SECRET_FILE]);
  });

  test('may be reached by a link', async () => {
    await mkdir(join(directory, 'real'), { mode: 0o700 });
    await symlink(join(directory, 'real'), join(directory, 'link'));
    await prepare(bytes, { cache: newCache({ directory: join(directory, 'link') }) });
    expect((await readdir(join(directory, 'real'))).sort()).toEqual([expect.stringMatching(/\.rfm$/), SECRET_FILE]);
  });

  test.each<[string, number]>([
    ['anyone', 0o777],
    ['its group', 0o770],
    ['anyone, with the sticky bit', 0o1777],
  ])('that %s may write to is not used', async (_, mode) => {
    await mkdir(join(directory, 'cache'));
    await chmod(join(directory, 'cache'), mode);
    const { prepared, counts } = await prepare(bytes);
    expect(prepared.functions).toEqual(['echo']);
    expect(counts).toMatchObject({ hits: 0, written: 0 });
    expect(warnings).toEqual([expect.stringContaining('others than its owner may write to it')]);
    expect(await entries()).toEqual([]);
  });

  test('of another user is not used', async (context) => {
    if (process.geteuid?.() !== 0) return context.skip('only root can give directories away');
    await mkdir(join(directory, 'cache'), { mode: 0o700 });
    await chown(join(directory, 'cache'), 12_345, 12_345);
    await prepare(bytes);
    expect(warnings).toEqual([expect.stringContaining('it belongs to user 12345')]);
  });

  test.each<[string, () => Promise<string>]>([
    [
      'is a file',
      async () => {
        await writeFile(join(directory, 'cache'), '');
        return join(directory, 'cache');
      },
    ],
    [
      'is below a file',
      async () => {
        await writeFile(join(directory, 'file'), '');
        return join(directory, 'file', 'cache');
      },
    ],
  ])('that %s costs one line of the log', async (_, make) => {
    const cache = newCache({ directory: await make() });
    for (const wasm of [bytes, other]) expect((await prepare(wasm, { cache })).prepared.functions).toEqual(['echo']);
    expect(warnings).toEqual([expect.stringMatching(/^Cannot use the module cache /)]);
  });

  test('that goes away costs one line of the log', async () => {
    const cache = newCache();
    await prepare(bytes, { cache });
    await rm(join(directory, 'cache'), { recursive: true });
    for (let i = 0; i < 2; i++) await prepare(other, { cache });
    expect(cache.counts).toMatchObject({ written: 1, failed: 2 });
    expect(warnings).toEqual([expect.stringMatching(/^Cannot write the module cache /)]);
  });
});

describe('its secret', () => {
  const secretPath = (): string => join(directory, 'cache', SECRET_FILE);

  test('is made once, for its owner alone', async () => {
    await prepare(bytes);
    const secret = await readFile(secretPath());
    expect(secret).toHaveLength(SECRET_BYTES);
    expect((await stat(secretPath())).mode & 0o777).toBe(0o600);
    expect((await prepare(bytes)).counts).toMatchObject(HIT);
    expect(await readFile(secretPath())).toEqual(secret);
  });

  test("is no other directory's: entries that are copied there are not found", async () => {
    await prepare(bytes);
    const [entry, elsewhere] = [await onlyEntry(), join(directory, 'elsewhere')];
    await prepare(other, { cache: newCache({ directory: elsewhere }) });
    await rename(entry, join(elsewhere, basename(entry)));
    const { counts } = await prepare(bytes, { cache: newCache({ directory: elsewhere }) });
    expect(counts).toMatchObject(MISS);
  });

  test('under which an entry was not sealed does not open it', async () => {
    await prepare(bytes);
    const [path, entry] = [await onlyEntry(), await readFile(await onlyEntry())];
    await rm(secretPath());
    await prepare(bytes);
    await rm(path);
    const own = await onlyEntry();
    await writeFile(own, entry);
    expect((await prepare(bytes)).counts).toMatchObject(REJECTED);
  });

  test.each<[string, () => Promise<unknown>]>([
    ['gone', () => rm(secretPath())],
    ['empty', () => truncate(secretPath(), 0)],
    ['cut off', () => truncate(secretPath(), SECRET_BYTES - 1)],
    ['longer', () => writeFile(secretPath(), 'x', { flag: 'a' })],
  ])('that is %s is made anew, and so are the entries', async (_, change) => {
    await prepare(bytes);
    await change();
    expect((await prepare(bytes)).counts).toMatchObject(MISS);
    expect(await readFile(secretPath())).toHaveLength(SECRET_BYTES);
    expect((await prepare(bytes)).counts).toMatchObject(HIT);
    expect(warnings).toEqual([]);
  });

  test.each<[string, () => Promise<unknown>]>([
    ['that others may write to', () => chmod(secretPath(), 0o622)],
    [
      'that is a link',
      async () => {
        await rename(secretPath(), join(directory, 'elsewhere'));
        await symlink(join(directory, 'elsewhere'), secretPath());
      },
    ],
    [
      'that is a directory',
      async () => {
        await rm(secretPath());
        await mkdir(secretPath());
      },
    ],
  ])('%s is not used, and the cache is not either', async (_, change) => {
    await prepare(bytes);
    await change();
    const { prepared, counts } = await prepare(bytes);
    expect(prepared.functions).toEqual(['echo']);
    expect(counts).toMatchObject({ hits: 0, written: 0 });
    expect(warnings).toEqual([expect.stringMatching(/^Cannot use the module cache /)]);
  });

  test('is in no name of a file and in no entry, and neither is what modules are called under it', async () => {
    await prepare(bytes);
    const secret = await readFile(secretPath());
    const name = new SecretHash(secret).nameOf(bytes);
    for (const text of [
      await readFile(await onlyEntry(), 'latin1'),
      Buffer.from(await onlyEntry()).toString('latin1'),
    ]) {
      expect(text).not.toContain(name);
      expect(text).not.toContain(secret.subarray(0, 16).toString('latin1'));
    }
  });
});

describe('its size', () => {
  const many = Array.from({ length: 8 }, (_, i) => compilePlugin({ ...plugin, version: `1.0.${i}` }));
  const sizeOfOne = async (): Promise<number> => {
    await prepare(bytes);
    const { size } = await stat(await onlyEntry());
    await rm(await onlyEntry());
    return size;
  };
  const age = async (path: string, seconds: number): Promise<void> => {
    const time = new Date(Date.now() - seconds * 1_000);
    await utimes(path, time, time);
  };

  test('is kept by removing the entries that were not used for the longest time', async () => {
    const maxBytes = (await sizeOfOne()) * 5.5;
    for (const [i, wasm] of many.entries()) {
      const before = new Set(await entries());
      await prepare(wasm, { cache: newCache({ maxBytes }) });
      const [written] = (await entries()).filter((path) => !before.has(path));
      await age(written as string, 10_000 - i);
    }
    expect((await entries()).length).toBeLessThanOrEqual(5);
    expect((await prepare(many[7] as Uint8Array)).counts).toMatchObject(HIT);
    expect((await prepare(many[0] as Uint8Array)).counts).toMatchObject(MISS);
  });

  test('counts using an entry as use', async () => {
    const maxBytes = (await sizeOfOne()) * 5.5;
    const cache = newCache({ maxBytes });
    for (const wasm of many.slice(0, 5)) await prepare(wasm, { cache });
    for (const path of await entries()) await age(path, 1_000);
    const used = many[0] as Uint8Array;
    expect((await prepare(used)).counts).toMatchObject(HIT);
    await prepare(other, { cache });
    expect(cache.counts.evicted).toBeGreaterThan(0);
    expect((await prepare(used)).counts).toMatchObject(HIT);
  });

  test('counts what other processes have written', async () => {
    const maxBytes = (await sizeOfOne()) * 5.5;
    for (const wasm of many) await prepare(wasm);
    expect(await entries()).toHaveLength(8);
    await prepare(other, { cache: newCache({ maxBytes }) });
    expect((await entries()).length).toBeLessThanOrEqual(5);
  });

  test('an entry that would take a large part of it is not written', async () => {
    const maxBytes = (await sizeOfOne()) * 3;
    const { counts } = await prepare(bytes, { cache: newCache({ maxBytes }) });
    expect(counts).toMatchObject({ written: 0, failed: 0 });
    expect(await entries()).toEqual([]);
  });

  test('what dead processes have left is removed; what is not of the cache stays', async () => {
    await prepare(bytes);
    const name = createHash('sha256').update('x').digest('hex');
    const old = join(directory, 'cache', `${name}.rfm.0123456789abcdef.tmp`);
    const fresh = join(directory, 'cache', `${name}.rfm.fedcba9876543210.tmp`);
    const foreign = join(directory, 'cache', 'notes.txt');
    for (const path of [old, fresh, foreign]) await writeFile(path, '');
    for (const path of [old, foreign]) await age(path, 100_000);
    await prepare(other, { cache: newCache({ maxBytes: 1e6 }) });
    expect(await entries()).not.toContain(old);
    expect(await entries()).toEqual(expect.arrayContaining([fresh, foreign]));
  });
});
