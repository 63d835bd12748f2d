import { expect, test } from 'vitest';
import { Residency, type Resident } from '../../engine/runtime/residency.ts';

/** An instance that is idle since a moment, or busy. */
class Guest implements Resident {
  idleSince: number | undefined;
  readonly idleMs: number;
  readonly #residency: Residency;
  isLive = true;

  constructor(residency: Residency, idleSince: number | undefined, idleMs = 1e9) {
    this.#residency = residency;
    this.idleSince = idleSince;
    this.idleMs = idleMs;
    residency.enter(this);
  }

  evict(): void {
    this.isLive = false;
    this.#residency.leave(this);
  }
}

test('those that have been idle the longest make room; those that are busy do not', () => {
  const residency = new Residency(4);
  const guests = [3, 1, undefined, 2].map((since) => new Guest(residency, since));
  new Guest(residency, undefined);
  expect(guests.map(({ isLive }) => isLive)).toEqual([true, false, true, true]);
  new Guest(residency, undefined);
  expect(guests.map(({ isLive }) => isLive)).toEqual([true, false, true, false]);
  expect(residency.size).toBe(4);
});

test('more than there should be are live when all are busy', () => {
  const residency = new Residency(2);
  for (let i = 0; i < 5; i++) new Guest(residency, undefined);
  expect(residency.size).toBe(5);
  expect(residency.makeRoom()).toBe(0);
});

test('many make room at once when there are many', () => {
  const residency = new Residency(160);
  for (let i = 0; i < 161; i++) new Guest(residency, i);
  expect(residency.size).toBe(151);
});

test('what has been idle for too long is evicted, the rest stays', async () => {
  const residency = new Residency(100);
  const now = performance.now();
  const long = Array.from({ length: 30 }, () => new Guest(residency, now, 1));
  const stays = [new Guest(residency, now), new Guest(residency, undefined, 1)];
  while (long.some(({ isLive }) => isLive)) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(stays.map(({ isLive }) => isLive)).toEqual([true, true]);
});
