import { expect, test } from 'vitest';
import { NEXT_STATES, PLUGIN_STATES } from '../../engine/runtime/state.ts';

test('every state can be reached from `installed`, and none is a dead end', () => {
  const reached = new Set(['installed']);
  for (const state of reached) for (const next of NEXT_STATES[state as keyof typeof NEXT_STATES]) reached.add(next);
  expect([...reached].sort()).toEqual([...PLUGIN_STATES].sort());
  for (const state of PLUGIN_STATES) expect(NEXT_STATES[state].length).toBeGreaterThan(0);
});
