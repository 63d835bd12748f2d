/** The file behind `kv`: what survives, what is shared, and what is refused. */
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, describe, expect, test } from 'vitest';
import { openSqliteStore, type SqliteKvStore } from '../../engine/host/kv-sqlite.ts';
import { createEngine } from '../../engine/index.ts';
import { failure } from '../support/errors.ts';
import { HostProbe } from '../support/host-probe.ts';

const dir = mkdtempSync(join(tmpdir(), 'ringfence-kv-file-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
let files = 0;
const newPath = (): string => join(dir, `${files++}.db`);

const run = (script: string) =>
  spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });

const quota = { bytes: 2 ** 40, keys: 1_000_000 };
const set = (store: SqliteKvStore, key: string, value = key) =>
  store.set('p', key, { value: new TextEncoder().encode(value), expiresAt: undefined, expected: undefined, quota }, 0);

test('what was written is there when the file is opened again, versions and usage included', () => {
  const path = newPath();
  const first = openSqliteStore(path);
  set(first, 'a', 'kept');
  const usage = first.usage('p');
  first.close();
  const second = openSqliteStore(path);
  expect(new TextDecoder().decode(second.get('p', 'a', 0)?.value)).toBe('kept');
  expect(second.usage('p')).toEqual(usage);
  expect(set(second, 'a')).toEqual({ status: 'written', version: 2 });
  second.close();
});

test('two engines on one file see what the other writes, and share the quota', () => {
  const path = newPath();
  const [one, two] = [openSqliteStore(path), openSqliteStore(path)];
  const versions: unknown[] = [];
  for (let i = 0; i < 20; i++) versions.push(set(i % 2 === 0 ? one : two, `k${i}`));
  expect(versions).toEqual(Array.from({ length: 20 }, (_, i) => ({ status: 'written', version: i + 1 })));
  expect(one.usage('p')).toEqual(two.usage('p'));
  expect(one.list('p', { prefix: '', after: '', limit: 100 }, 0).keys).toHaveLength(20);
  one.close();
  two.close();
});

test('a process that is killed in the middle of writing leaves a file that is whole', () => {
  const path = newPath();
  const child = `
    import { openSqliteStore } from ${JSON.stringify(new URL('../../engine/host/kv-sqlite.ts', import.meta.url).href)};
    const store = openSqliteStore(${JSON.stringify(path)});
    const quota = { bytes: 2 ** 40, keys: 1e6 };
    setTimeout(() => {}, 60_000);
    for (let i = 0; ; i++) {
      store.set('p', 'k' + (i % 50), { value: new Uint8Array(i % 5000), expiresAt: undefined, expected: undefined, quota }, 0);
      if (i === 300) process.kill(process.pid, 'SIGKILL');
    }`;
  expect(run(child).signal).toBe('SIGKILL');
  const store = openSqliteStore(path);
  const { keys } = store.list('p', { prefix: '', after: '', limit: 100 }, 0);
  expect(keys).toHaveLength(50);
  let bytes = 0;
  for (const key of keys) bytes += key.length + (store.get('p', key, 0)?.value.length ?? 0) + 384;
  expect(store.usage('p')).toEqual({ bytes, keys: 50 });
  store.close();
});

describe('a file that cannot be used', () => {
  test.each<[name: string, make: (path: string) => void, said: string]>([
    ['of text', (path) => writeFileSync(path, 'hello '.repeat(1_000)), 'not a database'],
    ['of zeros', (path) => writeFileSync(path, new Uint8Array(10_000)), 'not a database'],
    ['that is a directory', (path) => mkdirSync(path), 'open'],
    ['in a directory that is not there', (path) => rmSync(`${path}/`, { force: true }), ''],
    [
      'that was cut short',
      (path) => {
        const full = openSqliteStore(path);
        for (let i = 0; i < 500; i++) set(full, `key-${i}`, 'x'.repeat(500));
        full.close();
        truncateSync(path, 8 * 4096);
      },
      'malformed',
    ],
    [
      'of another application',
      (path) => {
        const other = new DatabaseSync(path);
        other.exec('CREATE TABLE entries (a); PRAGMA user_version = 1');
        other.close();
      },
      'another application',
    ],
    [
      'of a later version',
      (path) => {
        openSqliteStore(path).close();
        const later = new DatabaseSync(path);
        later.exec('PRAGMA user_version = 2');
        later.close();
      },
      'version 2',
    ],
  ])('%s', async (name, make, said) => {
    const path = name.includes('not there') ? join(dir, 'nowhere', 'a.db') : newPath();
    make(path);
    const before = existsSync(path) && !name.includes('directory') ? readFileSync(path) : undefined;
    const error = await failure(() => createEngine({ kv: { path } }), 'STORE_FAILED');
    expect(error.message).toContain(said);
    expect(error.message).toContain(path);
    if (before !== undefined) expect(readFileSync(path)).toEqual(before);
  });
});

describe('a file that is damaged while it is in use', () => {
  test('is a failure that the plugin hears of, and the operator hears more of', () => {
    const path = newPath();
    const full = openSqliteStore(path);
    for (let i = 0; i < 500; i++) set(full, `key-${i}`, 'x'.repeat(500));
    full.close();
    // The head of the file is whole, so it opens.
    const damaged = newPath();
    copyFileSync(path, damaged);
    const bytes = readFileSync(damaged);
    writeFileSync(damaged, bytes.fill(0xaa, 3 * 4096, bytes.length - 4096));
    const store = openSqliteStore(damaged);
    const messages: string[] = [];
    const probe = new HostProbe({ kv: store, logger: { log: ({ message }) => messages.push(message) } });
    const key = probe.text('key-250');
    expect(probe.call('kv_set', ...key, ...key, 0, -1)).toBe(-1);
    const told = JSON.parse(probe.taken('kv_error') ?? '');
    expect(told.code).toBe('STORE_FAILED');
    expect(told.message).not.toContain('malformed');
    expect(messages[0]).toMatch(/^kv: the store failed: .*malformed/);
    store.close();
  });

  test('a store that was closed fails, and a transaction that failed is not left open', () => {
    const path = newPath();
    const store = openSqliteStore(path);
    const broken = { value: 'no bytes' as unknown as Uint8Array, expiresAt: Number.NaN, expected: undefined, quota };
    expect(() => store.set('p', 'a', broken, 0)).toThrow();
    expect(set(store, 'a')).toMatchObject({ status: 'written' });
    store.close();
    expect(() => store.get('p', 'a', 0)).toThrow();
  });
});

test('a name with quotes and brackets is a name', () => {
  const path = join(dir, `it's "a" ?mode=memory&x=[1].db`);
  openSqliteStore(path).close();
  expect(existsSync(path)).toBe(true);
});

test('loading SQLite says nothing on standard error, on any version of Node.js', () => {
  const child = `
    import { openSqliteStore } from ${JSON.stringify(new URL('../../engine/host/kv-sqlite.ts', import.meta.url).href)};
    openSqliteStore(${JSON.stringify(newPath())}).close();
    process.emitWarning('this one stays');`;
  const { stderr } = run(child);
  expect(stderr).toContain('this one stays');
  expect(stderr).not.toContain('SQLite');
});

test.each([[{}], [{ path: '' }], [{ path: 5 }], [{ path: 'a', mode: 'b' }], ['disk'], [null], [{ get: () => {} }]])(
  'no store: %j',
  async (kv) => {
    const error = await failure(() => createEngine({ kv: kv as unknown as 'memory' }), 'INVALID_OPTION');
    expect(error.message).toContain('`kv`');
  },
);
