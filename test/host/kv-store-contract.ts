/** What every store of plugins' data promises, as one suite: it runs against each of them. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  entryBytes,
  type KvDeleteResult,
  type KvSetResult,
  type KvStore,
  type KvWrite,
} from '../../engine/kv-store.ts';
import { utf8Length } from '../../engine/memory/utf8.ts';

const NOW = 1_700_000_000_000;
const NO_QUOTA = { bytes: 2 ** 40, keys: 1_000_000 };
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (value: Uint8Array | undefined): string | undefined => value && new TextDecoder().decode(value);

/** @param create a store without any data */
export function kvStoreContract(create: () => KvStore | Promise<KvStore>): void {
  let store: KvStore;
  let space = '';
  let spaces = 0;

  const set = async (key: string, value: string, write: Partial<KvWrite> = {}, now = NOW): Promise<KvSetResult> =>
    store.set(
      space,
      key,
      { value: bytes(value), expiresAt: undefined, expected: undefined, quota: NO_QUOTA, ...write },
      now,
    );
  const written = async (key: string, value: string, write: Partial<KvWrite> = {}, now = NOW): Promise<number> => {
    const result = await set(key, value, write, now);
    expect(result.status).toBe('written');
    return result.status === 'written' ? result.version : 0;
  };
  const remove = async (key: string, expected?: number, now = NOW): Promise<KvDeleteResult> =>
    store.delete(space, key, expected, now);
  const clear = async (namespace: string): Promise<void> => store.clear(namespace);
  const get = async (key: string, now = NOW): Promise<string | undefined> =>
    text((await store.get(space, key, now))?.value);
  const list = async (prefix = '', limit = 1_000, now = NOW): Promise<string[]> => {
    const keys: string[] = [];
    let after = '';
    for (;;) {
      const page = await store.list(space, { prefix, after, limit }, now);
      expect(page.keys.length).toBeLessThanOrEqual(limit);
      keys.push(...page.keys);
      if (page.next === undefined) return keys;
      after = page.next;
    }
  };

  beforeAll(async () => {
    store = await create();
  });
  beforeEach(() => {
    space = `plugin-${spaces++}`;
  });
  afterAll(() => store.close());

  describe('entries', () => {
    test('are kept, replaced and deleted', async () => {
      expect(await get('a')).toBeUndefined();
      await written('a', 'one');
      expect(await get('a')).toBe('one');
      await written('a', 'two');
      expect(await get('a')).toBe('two');
      expect(await remove('a')).toEqual({ status: 'deleted' });
      expect(await get('a')).toBeUndefined();
      expect(await remove('a')).toEqual({ status: 'kept', version: 0 });
    });

    test('may be empty, or any bytes', async () => {
      await written('empty', '');
      expect((await store.get(space, 'empty', NOW))?.value).toEqual(new Uint8Array());
      const all = Uint8Array.from({ length: 256 }, (_, i) => i);
      await set('all', '', { value: all });
      expect(new Uint8Array((await store.get(space, 'all', NOW))?.value ?? [])).toEqual(all);
    });

    test('of one namespace are not those of another', async () => {
      await written('a', 'mine');
      const other = `${space}-other`;
      expect(await store.get(other, 'a', NOW)).toBeUndefined();
      expect(await store.list(other, { prefix: '', after: '', limit: 10 }, NOW)).toEqual({ keys: [], next: undefined });
      expect(await store.delete(other, 'a', undefined, NOW)).toEqual({ status: 'kept', version: 0 });
      expect(await get('a')).toBe('mine');
    });

    test.each([
      '__proto__',
      'constructor',
      'hasOwnProperty',
      'a\0b',
      '\0',
      ' ',
      "'; DROP TABLE entries; --",
      '%_*',
      'ключ/漢字/🎵',
      '\uffff',
      'x'.repeat(8_192),
    ])('under the key %j', async (key) => {
      await written(key, 'value');
      await written(`${key}.`, 'other');
      expect(await get(key)).toBe('value');
      expect(await list(key)).toEqual([key, `${key}.`]);
      expect(await remove(key)).toEqual({ status: 'deleted' });
      expect(await list()).toEqual([`${key}.`]);
    });

    test.each(['__proto__', 'constructor', '', "'"])('in the namespace %j', async (name) => {
      space = name;
      expect(await store.usage(name)).toEqual({ bytes: 0, keys: 0 });
      await written('a', '1');
      expect(await get('a')).toBe('1');
    });
  });

  describe('versions', () => {
    test('grow with every write, also over a deletion', async () => {
      const first = await written('a', '1');
      const second = await written('b', '1');
      await remove('a');
      const third = await written('a', '1');
      expect(first).toBeGreaterThan(0);
      expect(second).toBeGreaterThan(first);
      expect(third).toBeGreaterThan(second);
      expect((await store.get(space, 'a', NOW))?.version).toBe(third);
    });

    test('a write that expects another version is not made, and hears which there is', async () => {
      const version = await written('a', 'old');
      expect(await set('a', 'new', { expected: version + 1 })).toEqual({ status: 'conflict', version });
      expect(await set('a', 'new', { expected: 0 })).toEqual({ status: 'conflict', version });
      expect(await get('a')).toBe('old');
      await written('a', 'new', { expected: version });
      expect(await set('a', 'late', { expected: version })).toMatchObject({ status: 'conflict' });
      expect(await get('a')).toBe('new');
    });

    test('a write that expects nothing, and one that expects something where nothing is', async () => {
      expect(await set('a', 'x', { expected: 7 })).toEqual({ status: 'conflict', version: 0 });
      await written('a', 'first', { expected: 0 });
      expect(await set('a', 'second', { expected: 0 })).toMatchObject({ status: 'conflict' });
    });

    test('a deletion that expects another version', async () => {
      const version = await written('a', '1');
      expect(await remove('a', version + 1)).toEqual({ status: 'kept', version });
      expect(await remove('a', version)).toEqual({ status: 'deleted' });
    });

    test('of many that count one number up at the same time, none is lost', async () => {
      await written('n', '0');
      const increment = async (): Promise<void> => {
        for (;;) {
          const entry = await store.get(space, 'n', NOW);
          const next = String(Number(text(entry?.value)) + 1);
          const result = await set('n', next, { expected: entry?.version });
          if (result.status === 'written') return;
        }
      };
      await Promise.all(Array.from({ length: 20 }, increment));
      expect(await get('n')).toBe('20');
    });
  });

  describe('expiry', () => {
    test('an entry is there until its time has come', async () => {
      await written('a', '1', { expiresAt: NOW + 10 });
      expect(await get('a', NOW + 9)).toBe('1');
      expect(await get('a', NOW + 10)).toBeUndefined();
      expect(await list('', 10, NOW + 9)).toEqual(['a']);
      expect(await list('', 10, NOW + 10)).toEqual([]);
    });

    test('one that has expired is nothing to writes and deletions', async () => {
      const version = await written('a', '1', { expiresAt: NOW + 10 });
      expect(await set('a', '2', { expected: version }, NOW + 10)).toEqual({ status: 'conflict', version: 0 });
      expect(await remove('a', undefined, NOW + 10)).toEqual({ status: 'kept', version: 0 });
      expect(await written('a', '2', { expected: 0 }, NOW + 10)).toBeGreaterThan(version);
      expect(await get('a', NOW + 1_000)).toBe('2');
    });

    test('a write without expiry takes the old one away', async () => {
      await written('a', '1', { expiresAt: NOW + 10 });
      await written('a', '2');
      expect(await get('a', NOW + 10)).toBe('2');
    });

    test('what has expired makes room for what is new', async () => {
      const quota = { bytes: entryBytes(2, 1) * 10, keys: 10 };
      for (let i = 0; i < 10; i++) await written(`k${i}`, 'x', { expiresAt: NOW + 1 + i, quota });
      expect(await set('kx', 'x', { quota }, NOW)).toMatchObject({ status: 'full' });
      await written('kx', 'x', { quota }, NOW + 5);
      expect(await list('', 100, NOW + 5)).toEqual(['k5', 'k6', 'k7', 'k8', 'k9', 'kx']);
      // One that is as large as five of the old.
      await written('ky', 'x'.repeat(4 * entryBytes(2, 1) + 1), { quota }, NOW + 10);
      expect((await store.usage(space)).bytes).toBeLessThanOrEqual(quota.bytes);
    });

    test('thousands that have expired do not stand in the way of a listing', async () => {
      for (let i = 0; i < 2_500; i++) await written(`a${i}`, '', { expiresAt: NOW + 1 });
      await written('b', '');
      expect(await list('', 5, NOW + 1)).toEqual(['b']);
    });
  });

  describe('listings', () => {
    test('are in the order of code points, page by page', async () => {
      const keys = ['', 'A', 'B', 'a', 'a/', 'a/1', 'a/2', 'a/2/x', 'a0', 'é', '漢', '\uffee', '🎵', '🎶'].map(
        (it) => `k${it}`,
      );
      for (const key of [...keys].reverse()) await written(key, '');
      expect(await list()).toEqual(keys);
      for (const limit of [1, 2, 3, 13, 14]) expect(await list('', limit)).toEqual(keys);
    });

    test('have the keys of a prefix and no others', async () => {
      for (const key of ['a', 'a/1', 'a/2', 'a0', 'b', 'é1', 'ê']) await written(key, '');
      expect(await list('a/', 1)).toEqual(['a/1', 'a/2']);
      expect(await list('a')).toEqual(['a', 'a/1', 'a/2', 'a0']);
      expect(await list('é')).toEqual(['é1']);
      expect(await list('zzz')).toEqual([]);
    });

    test('go on behind a key that is gone, or that was never there', async () => {
      for (const key of ['a1', 'a2', 'a3', 'b']) await written(key, '');
      await remove('a2');
      const page = (after: string, prefix = 'a') => store.list(space, { prefix, after, limit: 10 }, NOW);
      expect((await page('a2')).keys).toEqual(['a3']);
      expect((await page('a1\0')).keys).toEqual(['a3']);
      expect((await page('0')).keys).toEqual(['a1', 'a3']);
      expect((await page('zzz')).keys).toEqual([]);
    });
  });

  describe('quotas', () => {
    test('count keys, values and something for each entry', async () => {
      const expected = (entries: readonly (readonly [string, string])[]) => ({
        bytes: entries.reduce((sum, [key, value]) => sum + entryBytes(utf8Length(key), utf8Length(value)), 0),
        keys: entries.length,
      });
      await written('é', 'value');
      await written('b', 'x'.repeat(1_000));
      expect(await store.usage(space)).toEqual(
        expected([
          ['é', 'value'],
          ['b', 'x'.repeat(1_000)],
        ]),
      );
      await written('b', '');
      expect(await store.usage(space)).toEqual(
        expected([
          ['é', 'value'],
          ['b', ''],
        ]),
      );
      await remove('é');
      expect(await store.usage(space)).toEqual(expected([['b', '']]));
      await clear(space);
      expect(await store.usage(space)).toEqual({ bytes: 0, keys: 0 });
    });

    test('a write over them is refused, and changes nothing', async () => {
      const quota = { bytes: entryBytes(1, 100), keys: 100 };
      await written('a', 'x'.repeat(100), { quota });
      const before = await store.usage(space);
      expect(await set('a', 'x'.repeat(101), { quota })).toEqual({
        status: 'full',
        limit: 'kvBytes',
        used: quota.bytes + 1,
      });
      expect(await set('b', '', { quota })).toMatchObject({ status: 'full', limit: 'kvBytes' });
      expect(await store.usage(space)).toEqual(before);
      expect(await get('a')).toBe('x'.repeat(100));
    });

    test('keys have one of their own', async () => {
      const quota = { bytes: 2 ** 30, keys: 2 };
      await written('a', '', { quota });
      await written('b', '', { quota });
      expect(await set('c', '', { quota })).toEqual({ status: 'full', limit: 'kvKeys', used: 3 });
      await written('b', 'more', { quota });
    });

    test('what makes nothing larger is allowed over a quota that was lowered', async () => {
      await written('a', 'xxxx');
      await written('a', 'yyyy', { quota: { bytes: 0, keys: 0 } });
      await written('a', 'z', { quota: { bytes: 0, keys: 0 } });
      expect(await set('a', 'zz', { quota: { bytes: 0, keys: 0 } })).toMatchObject({ status: 'full' });
    });

    test('writes at the same time do not get past them together', async () => {
      const quota = { bytes: entryBytes(2, 10) * 5, keys: 100 };
      const results = await Promise.all(
        Array.from({ length: 50 }, (_, i) =>
          set(`k${i % 10}${i >= 10 ? 'x' : ''}`.slice(0, 2), 'x'.repeat(10), { quota }),
        ),
      );
      expect(results.filter(({ status }) => status === 'written').length).toBeGreaterThan(0);
      expect((await store.usage(space)).bytes).toBeLessThanOrEqual(quota.bytes);
      expect(await list()).toHaveLength(5);
    });

    test('a conflict is told before a quota', async () => {
      const version = await written('a', '');
      expect(await set('a', 'large', { expected: version + 1, quota: { bytes: 0, keys: 0 } })).toMatchObject({
        status: 'conflict',
      });
    });
  });

  test('clearing forgets the entries of one namespace, but not which versions there were', async () => {
    const version = await written('a', '1');
    const mine = space;
    space = `${mine}-other`;
    await written('a', 'other');
    await clear(mine);
    expect(await get('a')).toBe('other');
    space = mine;
    expect(await list()).toEqual([]);
    expect(await written('a', '2')).toBeGreaterThan(version);
  });

  test('random operations do what a plain map does', async () => {
    const model = new Map<string, { value: string; version: number; expiresAt: number }>();
    let now = NOW;
    let seed = 7;
    const below = (limit: number): number => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
      return (seed >>> 8) % limit;
    };
    for (let i = 0; i < 2_000; i++) {
      now += below(3);
      const key = `k${below(30)}`;
      const known = model.get(key);
      const live = known !== undefined && known.expiresAt > now ? known : undefined;
      switch (below(4)) {
        case 0: {
          const entry = await store.get(space, key, now);
          expect([text(entry?.value), entry?.version]).toEqual([live?.value, live?.version]);
          break;
        }
        case 1: {
          const expected = [undefined, 0, live?.version ?? 1][below(3)];
          const ttl = below(2) === 0 ? Number.POSITIVE_INFINITY : below(20) + 1;
          const expiresAt = Number.isFinite(ttl) ? now + ttl : undefined;
          const result = await set(key, `v${i}`, { expected, expiresAt }, now);
          if (expected === undefined || expected === (live?.version ?? 0)) {
            expect(result.status).toBe('written');
            const version = result.status === 'written' ? result.version : 0;
            model.set(key, { value: `v${i}`, version, expiresAt: now + ttl });
          } else {
            expect(result).toEqual({ status: 'conflict', version: live?.version ?? 0 });
          }
          break;
        }
        case 2: {
          const { status } = await remove(key, undefined, now);
          expect(status).toBe(live === undefined ? 'kept' : 'deleted');
          if (live !== undefined) model.delete(key);
          break;
        }
        default: {
          const keys = [...model].filter(([, { expiresAt }]) => expiresAt > now).map(([name]) => name);
          expect(await list('', 7, now)).toEqual(keys.sort());
        }
      }
    }
  });
}
