import { describe, expect, test } from 'vitest';
import { Sfc32 } from '../../engine/host/sources.ts';
import { failureSync } from '../support/errors.ts';
import { HostProbe, type ProbeOptions } from '../support/host-probe.ts';

const AT = 5_000;
function taken(probe: HostProbe, length: number): Uint8Array {
  probe.call('random_get', AT, length);
  return probe.memory.read(AT, length, 'it').slice();
}

test('all bytes asked for are random, and no other is touched', () => {
  const probe = new HostProbe({ limits: { randomBytes: '1MiB' }, guest: { memory: '8' } });
  const size = 200_000;
  probe.memory.write(AT - 1, Uint8Array.of(0xee), 'before');
  probe.memory.write(AT + size, Uint8Array.of(0xee), 'after');
  const bytes = taken(probe, size);
  // The chance that one of 200 pieces of 1,000 bytes holds no value above 250 or below 5 is nil.
  for (let at = 0; at < size; at += 1_000) {
    const piece = bytes.subarray(at, at + 1_000);
    expect(Math.max(...piece)).toBeGreaterThan(200);
    expect(Math.min(...piece)).toBeLessThan(50);
  }
  expect(probe.memory.read(AT - 1, 1, 'before')[0]).toBe(0xee);
  expect(probe.memory.read(AT + size, 1, 'after')[0]).toBe(0xee);
  expect(taken(probe, 32)).not.toEqual(taken(probe, 32));
});

test('nothing is nothing', () => {
  const probe = new HostProbe();
  probe.call('random_get', 0, 0);
  expect(probe.account.randomBytes).toBe(0);
});

test('bytes outside the memory', () => {
  const probe = new HostProbe();
  failureSync(() => probe.call('random_get', -8, 16), 'BAD_POINTER');
  failureSync(() => new HostProbe().call('random_get', 0, -1), 'BAD_POINTER');
});

describe('over the limit of a call', () => {
  test('the call ends, and memory stays as it was', () => {
    const probe = new HostProbe({ limits: { randomBytes: 100 } });
    taken(probe, 60);
    probe.memory.write(AT, new Uint8Array(100), 'zeros');
    const error = failureSync(() => probe.call('random_get', AT, 41), 'LIMIT_EXCEEDED');
    expect(error.details).toEqual({ limit: 'randomBytes', allowed: 100 });
    expect(probe.memory.read(AT, 100, 'it').every((byte) => byte === 0)).toBe(true);
  });

  test('a limit of 0 refuses the seed of Math.random, too', () => {
    const probe = new HostProbe({ limits: { randomBytes: 0 } });
    expect(failureSync(() => probe.call('seed'), 'LIMIT_EXCEEDED').details).toMatchObject({ limit: 'randomBytes' });
  });

  test('it is fuel that bounds many calls of small size', () => {
    const probe = new HostProbe({ limits: { fuel: 20_000 } });
    failureSync(() => {
      for (;;) probe.call('random_get', AT, 1);
    }, 'OUT_OF_FUEL');
  });
});

test('the seed of Math.random is a number from 0 up to 1', () => {
  const probe = new HostProbe();
  const seeds = Array.from({ length: 100 }, () => probe.number('seed'));
  expect(seeds.every((seed) => seed >= 0 && seed < 1)).toBe(true);
  expect(new Set(seeds).size).toBe(100);
});

describe('in deterministic mode', () => {
  const fixed = (seed: number): ProbeOptions => ({ deterministic: { timeMs: 0, tickMs: 1, seed } });

  test('the same seed gives the same bytes, another others', () => {
    const [one, two, three] = [1, 1, 2].map((seed) => taken(new HostProbe(fixed(seed)), 100));
    expect(one).toEqual(two);
    expect(one).not.toEqual(three);
  });

  test('the next call starts anew', () => {
    const probe = new HostProbe(fixed(5));
    const first = taken(probe, 10);
    expect(taken(probe, 10)).not.toEqual(first);
    probe.host.endCall();
    expect(taken(probe, 10)).toEqual(first);
  });

  test('bytes are the generator’s words, least significant byte first, each request from a new word', () => {
    const words = new Sfc32(9);
    const bytes = (word: number): number[] => [word & 255, (word >>> 8) & 255, (word >>> 16) & 255, word >>> 24];
    const [first, second, third] = [words.next(), words.next(), words.next()].map(bytes);
    const probe = new HostProbe(fixed(9));
    expect([...taken(probe, 6)]).toEqual([...first!, ...second!.slice(0, 2)]);
    expect([...taken(probe, 4)]).toEqual(third);
  });
});

/** The generator again, in arithmetic that cannot overflow by mistake. */
function referenceWords(seed: bigint, count: number): number[] {
  const word = (value: bigint): bigint => BigInt.asUintN(32, value);
  let [a, b, c, counter] = [0n, word(seed), word(seed >> 32n), 1n];
  const next = (): number => {
    const out = word(a + b + counter);
    counter = word(counter + 1n);
    a = b ^ (b >> 9n);
    b = word(c + (c << 3n));
    c = word(((c << 21n) | (c >> 11n)) + out);
    return Number(out);
  };
  for (let i = 0; i < 12; i++) next();
  return Array.from({ length: count }, next);
}

test.each([0, 1, 12_345, 2 ** 32, 2 ** 53 - 1])('the generator with seed %i', (seed) => {
  const generator = new Sfc32(seed);
  expect(Array.from({ length: 50 }, () => generator.next())).toEqual(referenceWords(BigInt(seed), 50));
});
