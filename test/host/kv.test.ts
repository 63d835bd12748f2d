/** The host functions of `kv`, with what a hostile guest may pass to them. */
import { describe, expect, test } from 'vitest';
import { MemoryKvStore } from '../../engine/host/kv-memory.ts';
import type { KvStore } from '../../engine/kv-store.ts';
import { failureSync } from '../support/errors.ts';
import { HostProbe, type ProbeOptions } from '../support/host-probe.ts';

const ANY = -1;
const NEVER = 0;

function kv(options: ProbeOptions = {}) {
  const probe = new HostProbe({ limits: { hostCalls: 1_000_000, ...options.limits }, ...options });
  return {
    probe,
    get: (key: string): number => probe.number('kv_get', ...probe.text(key)),
    value: (): string | undefined => probe.taken('kv_value'),
    version: (): number => probe.number('kv_version'),
    set: (key: string, value: string, ttl = NEVER, expected = ANY): number =>
      probe.number('kv_set', ...probe.text(key), ...probe.text(value), ttl, expected),
    remove: (key: string, expected = ANY): number => probe.number('kv_delete', ...probe.text(key), expected),
    list: (prefix = '', after = '', limit = 0): number =>
      probe.number('kv_list', ...probe.text(prefix), ...probe.text(after), limit),
    page: (): { keys: string[]; next?: string } => JSON.parse(probe.taken('kv_page') ?? 'null'),
    error: (): { code: string; message: string } => JSON.parse(probe.taken('kv_error') ?? 'null'),
  };
}

test('a value is written, read, listed and deleted', () => {
  const { get, set, value, version, list, page, remove, error } = kv();
  expect(get('a')).toBe(0);
  expect(value()).toBeUndefined();
  expect(version()).toBe(0);
  expect(set('a', 'one, 漢字')).toBe(1);
  expect(version()).toBe(1);
  expect(get('a')).toBe(1);
  expect(value()).toBe('one, 漢字');
  expect(version()).toBe(1);
  expect(list()).toBe(1);
  expect(page()).toEqual({ keys: ['a'] });
  expect(remove('a')).toBe(1);
  expect(remove('a')).toBe(0);
  expect(get('a')).toBe(0);
  expect(error()).toBeNull();
});

test('an empty value is there', () => {
  const { get, set, probe } = kv();
  set('a', '');
  expect(get('a')).toBe(1);
  expect((probe.call('kv_value') as bigint) & 0xffff_ffffn).toBe(0n);
});

test('compare and set', () => {
  const { set, version, get, value, remove } = kv();
  expect(set('a', 'first', NEVER, 0)).toBe(1);
  const first = version();
  expect(set('a', 'again', NEVER, 0)).toBe(0);
  expect(version()).toBe(first);
  expect(set('a', 'second', NEVER, first)).toBe(1);
  expect(set('a', 'late', NEVER, first)).toBe(0);
  expect(remove('a', first)).toBe(0);
  expect(version()).toBe(first + 1);
  expect(get('a')).toBe(1);
  expect(value()).toBe('second');
  expect(remove('a', first + 1)).toBe(1);
});

test('entries expire on the clock of the host', () => {
  let now = 1_000;
  const { set, get, list } = kv({ now: () => now });
  set('a', 'x', 50);
  now = 1_049;
  expect(get('a')).toBe(1);
  now = 1_050;
  expect(get('a')).toBe(0);
  expect(list()).toBe(0);
});

test('pages', () => {
  const { set, list, page } = kv({ limits: { kvListKeys: 3, hostCalls: 1_000 } });
  for (const key of ['a1', 'a2', 'a3', 'a4', 'b']) set(key, '');
  expect(list('a', '', 2)).toBe(2);
  expect(page()).toEqual({ keys: ['a1', 'a2'], next: 'a2' });
  expect(list('a', 'a2', 2)).toBe(2);
  expect(page().keys).toEqual(['a3', 'a4']);
  // However many are asked for.
  for (const limit of [0, 4, 1_000_000, -1]) expect(list('', '', limit)).toBe(3);
});

describe('keys', () => {
  test.each(['__proto__', 'constructor', 'toString', 'a\0b', '漢\u{10ffff}', '\ufeff', '../../etc/passwd'])(
    '%j is a key like any other',
    (key) => {
      const { set, get, value, list, page } = kv();
      expect(get(key)).toBe(0);
      expect(set(key, 'mine')).toBe(1);
      expect(get(key)).toBe(1);
      expect(value()).toBe('mine');
      list();
      expect(page().keys).toEqual([key]);
      expect(({} as Record<string, unknown>)[key]).not.toBe('mine');
    },
  );

  test('that are not UTF-8, lone surrogates among them, are refused and not changed into others', () => {
    const { probe, error, list } = kv();
    for (const bytes of [[0xff], [0x61, 0xc3], [0xed, 0xa0, 0x80], [0xc0, 0x80]]) {
      const key = probe.bytes(Uint8Array.from(bytes));
      expect(probe.call('kv_set', ...key, ...key, NEVER, ANY)).toBe(-1);
      expect(error()).toMatchObject({ code: 'INVALID_ARGUMENT', message: expect.stringContaining('UTF-8') });
      expect(probe.call('kv_get', ...key)).toBe(-1);
      expect(probe.call('kv_delete', ...key, ANY)).toBe(-1);
      expect(probe.call('kv_list', ...key, 0, 0, 10)).toBe(-1);
    }
    expect(list()).toBe(0);
  });

  test('without a character are refused; a prefix without is all keys', () => {
    const { set, get, error, list } = kv();
    expect(set('', 'x')).toBe(-1);
    expect(error()).toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect(get('')).toBe(-1);
    expect(list('')).toBe(0);
  });

  test('are measured in bytes, before they are read', () => {
    const { set, error, probe } = kv({ limits: { kvKeyBytes: 6 } });
    expect(set('漢字', 'x')).toBe(1);
    expect(set('漢字!', 'x')).toBe(-1);
    expect(error()).toMatchObject({ code: 'LIMIT_EXCEEDED', message: expect.stringContaining('`kvKeyBytes` of 6') });
    failureSync(() => probe.call('kv_get', 0, -1), 'BAD_POINTER');
  });
});

describe('values', () => {
  test('over their limit are refused, before they are copied', () => {
    const { set, error } = kv({ limits: { kvValueBytes: 10 } });
    expect(set('a', '0123456789')).toBe(1);
    expect(set('a', '0123456789!')).toBe(-1);
    expect(error()).toMatchObject({ code: 'LIMIT_EXCEEDED', message: expect.stringContaining('`kvValueBytes` of 10') });
  });

  test('are copies: what the guest writes later does not change them', () => {
    const { probe, get, value } = kv();
    const [pointer, length] = probe.text('before');
    probe.call('kv_set', ...probe.text('a'), pointer, length, NEVER, ANY);
    probe.memory.write(pointer, new TextEncoder().encode('after!'), 'it');
    get('a');
    expect(value()).toBe('before');
  });
});

describe('quotas', () => {
  test('of bytes and of keys', () => {
    const { set, error } = kv({ limits: { kvBytes: 1_200, kvKeys: 2, hostCalls: 100 } });
    expect(set('a', 'x'.repeat(700))).toBe(1);
    expect(set('b', 'x'.repeat(700))).toBe(-1);
    expect(error()).toMatchObject({ code: 'LIMIT_EXCEEDED', message: expect.stringContaining('`kvBytes` of 1200') });
    expect(set('a', '')).toBe(1);
    expect(set('b', '')).toBe(1);
    expect(set('c', '')).toBe(-1);
    expect(error()).toMatchObject({ code: 'LIMIT_EXCEEDED', message: expect.stringContaining('`kvKeys` of 2') });
  });

  test('are those of the plugin: another has its own', () => {
    const store = new MemoryKvStore();
    const first = kv({ kv: store, limits: { kvKeys: 1 } });
    first.set('a', '');
    expect(first.set('b', '')).toBe(-1);
    expect(store.usage('another')).toEqual({ bytes: 0, keys: 0 });
  });

  test('a million tiny keys run into fuel, host calls or a quota, whichever comes first', () => {
    const { probe } = kv({ limits: { fuel: 100_000_000, hostCalls: 2_000_000 } });
    const [pointer] = probe.text('k0000000');
    const error = failureSync(() => {
      for (let i = 0; i < 1_000_000; i++) {
        probe.memory.write(pointer, new TextEncoder().encode(String(i).padStart(7, '0')), 'key');
        probe.call('kv_set', pointer, 7, 0, 0, NEVER, ANY);
      }
    }, 'OUT_OF_FUEL');
    expect(error.details).toMatchObject({ limit: 'fuel' });
  });
});

describe('numbers that are none', () => {
  test.each([Number.NaN, Number.POSITIVE_INFINITY, -1, 0.5, 2 ** 60])('a time to live of %d', (ttl) => {
    const { set, error, list } = kv();
    expect(set('a', 'x', ttl)).toBe(-1);
    expect(error().code).toBe('INVALID_ARGUMENT');
    expect(list()).toBe(0);
  });

  test.each([Number.NaN, Number.NEGATIVE_INFINITY, -2, 0.5, 2 ** 53])('a version of %d', (expected) => {
    const { set, remove, error, list } = kv();
    expect(set('a', 'x', NEVER, expected)).toBe(-1);
    expect(error().code).toBe('INVALID_ARGUMENT');
    expect(remove('a', expected)).toBe(-1);
    expect(list()).toBe(0);
  });
});

test('what one operation has left is gone with the next, and with the call', () => {
  const { set, get, value, version, list, page, error, probe } = kv();
  set('a', 'x');
  get('a');
  set('', 'y');
  expect(value()).toBeUndefined();
  expect(version()).toBe(0);
  expect(error().code).toBe('INVALID_ARGUMENT');
  list();
  expect(error()).toBeNull();
  get('a');
  expect(page()).toBeNull();
  probe.host.endCall();
  expect(value()).toBeUndefined();
});

test('what is handed over is paid by the byte and by the key', () => {
  const { set, get, list, probe } = kv();
  set('a', 'x'.repeat(1_000));
  set('b', 'x');
  const cost = (key: string): number => {
    get(key);
    return probe.cost(() => probe.call('kv_value'));
  };
  expect(cost('a') - cost('b')).toBe(999 + (mallocCost(probe, 1_000) - mallocCost(probe, 1)));
  expect(probe.cost(() => list())).toBeGreaterThan(probe.cost(() => list('zzz')) + 2 * 2_000 - 100);
});

/** The guest's own malloc is billed as well. */
function mallocCost(probe: HostProbe, size: number): number {
  return probe.cost(() => probe.memory.give(new Uint8Array(size), 2 ** 32));
}

describe('a store that fails', () => {
  const failing = (error: unknown): KvStore => {
    const fail = (): never => {
      throw error;
    };
    return { mayWait: false, get: fail, set: fail, delete: fail, list: fail, usage: fail, clear: fail, close: fail };
  };

  test('is a result for the plugin, and a line with the reason for the operator', () => {
    const lines: string[] = [];
    const { get, set, remove, list, error } = kv({
      kv: failing(new Error('connect ECONNREFUSED 10.0.0.7:6379')),
      logger: { log: ({ message, level, source }) => lines.push(`${level} ${source} ${message}`) },
    });
    for (const run of [() => get('a'), () => set('a', 'x'), () => remove('a'), () => list()]) {
      expect(run()).toBe(-1);
      expect(error().code).toBe('STORE_FAILED');
      expect(error().message).not.toContain('10.0.0.7');
    }
    expect(lines).toEqual(Array(4).fill('error engine kv: the store failed: connect ECONNREFUSED 10.0.0.7:6379'));
  });

  test('with something that is no error', () => {
    const { get, error } = kv({ kv: failing('no\nreason') });
    expect(get('a')).toBe(-1);
    expect(error().code).toBe('STORE_FAILED');
  });
});
