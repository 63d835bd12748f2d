import { setImmediate as nextTrip } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { Turns } from '../../engine/runtime/turns.ts';

// Milliseconds on a clock of its own: only whether a trip is over comes from the event loop.
describe('calls that start', () => {
  test('run at once when they come in trips of their own, however far apart', async () => {
    const turns = new Turns();
    for (const at of [0, 0.1, 3, 1_000]) {
      expect(turns.isCrowded(at)).toBe(false);
      await nextTrip();
    }
  });

  test('are crowded when they have come for longer than a trip may take', () => {
    const turns = new Turns();
    const crowded = Array.from({ length: 40 }, (_, i) => turns.isCrowded(i / 10));
    const first = crowded.indexOf(true);
    // Two milliseconds, and the half of one in which nobody asked whether the trip is over.
    expect(first).toBeGreaterThanOrEqual(20);
    expect(first).toBeLessThanOrEqual(27);
    expect(crowded.slice(first)).not.toContain(false);
  });

  test('run at once again in the next trip', async () => {
    const turns = new Turns();
    for (let i = 0; i < 40; i++) turns.isCrowded(i / 10);
    expect(turns.isCrowded(4)).toBe(true);
    await nextTrip();
    expect(turns.isCrowded(4)).toBe(false);
  });

  test('count the time that earlier ones took until they ended', () => {
    const turns = new Turns();
    turns.isCrowded(0);
    turns.freshEnd(0);
    turns.note(5);
    // Asked for before, and come to only now.
    expect(turns.isCrowded(1)).toBe(true);
  });
});

test('a guest that computes for long knows when to let others run, from its first question on', async () => {
  const turns = new Turns();
  turns.isCrowded(0);
  expect(turns.freshEnd(0.1)).toBe(2);
  expect(turns.freshEnd(1.9)).toBe(2);
  await nextTrip();
  expect(turns.freshEnd(7)).toBe(9);
});
