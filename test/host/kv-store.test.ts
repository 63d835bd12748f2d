/** The stores that come with the engine, and one that answers later, all held to the same contract. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { MemoryKvStore } from '../../engine/host/kv-memory.ts';
import { openSqliteStore } from '../../engine/host/kv-sqlite.ts';
import { entryBytes, type KvStore } from '../../engine/kv-store.ts';
import { kvStoreContract } from './kv-store-contract.ts';

const dir = mkdtempSync(join(tmpdir(), 'ringfence-kv-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** Each answer takes a turn of the event loop, so that operations overlap. */
function later(store: KvStore): KvStore {
  const slow =
    <Args extends unknown[], Result>(method: (...args: Args) => Result | Promise<Result>) =>
    async (...args: Args): Promise<Result> => {
      await new Promise((resolve) => setImmediate(resolve));
      return method.apply(store, args);
    };
  return {
    get: slow(store.get),
    set: slow(store.set),
    delete: slow(store.delete),
    list: slow(store.list),
    usage: slow(store.usage),
    clear: slow(store.clear),
    close: slow(store.close),
  };
}

describe('in memory', () => kvStoreContract(() => new MemoryKvStore()));
describe('in a file', () => kvStoreContract(() => openSqliteStore(join(dir, 'contract.db'))));
describe('that answers later', () => kvStoreContract(() => later(new MemoryKvStore())));

test('after it was closed a store in memory fails, and holds nothing', () => {
  const store = new MemoryKvStore();
  store.close();
  expect(() => store.get('p', 'a', 0)).toThrow('closed');
});

test('a hundred thousand tiny keys are written, listed and expire in order', () => {
  const store = new MemoryKvStore();
  const count = 100_000;
  const quota = { bytes: 2 ** 40, keys: count };
  const value = new Uint8Array(1);
  const key = (i: number): string => ((i * 7_919) % count).toString(36).padStart(4, '0');
  for (let i = 0; i < count; i++) {
    store.set('p', key(i), { value, expiresAt: i % 2 === 0 ? 1_000 : undefined, expected: 0, quota }, 0);
  }
  expect(store.usage('p')).toEqual({ bytes: count * entryBytes(4, 1), keys: count });
  expect(store.set('p', 'over', { value, expiresAt: undefined, expected: undefined, quota }, 0).status).toBe('full');
  const keys: string[] = [];
  for (let after = ''; ; ) {
    const page = store.list('p', { prefix: '', after, limit: 1_000 }, 1_000);
    keys.push(...page.keys);
    if (page.next === undefined) break;
    after = page.next;
  }
  expect(keys).toHaveLength(count / 2);
  expect(keys).toEqual([...keys].sort());
  expect(store.set('p', 'over', { value, expiresAt: undefined, expected: undefined, quota }, 1_000).status).toBe(
    'written',
  );
});
