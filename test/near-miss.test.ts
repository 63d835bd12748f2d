/** What a wrong name was probably meant to be. */
import { expect, test } from 'vitest';
import { knownNames, nearMiss } from '../engine/near-miss.ts';

const NAMES = ['fuel', 'memory', 'timeoutMs', 'http_request'];

test.each([
  ['fule', 'fuel'],
  ['memry', 'memory'],
  ['timeout_ms', 'timeoutMs'],
  ['httpRequest', 'http_request'],
  ['colour', undefined],
  ['x'.repeat(10_000), undefined],
])('%s: %s', (name, expected) => {
  expect(nearMiss(name, NAMES)).toBe(expected);
});

test('a message names the one that was meant, and all', () => {
  expect(knownNames('fule', NAMES, 'Limits are')).toBe(
    'Did you mean "fuel"? Limits are: fuel, memory, timeoutMs, http_request',
  );
  expect(knownNames('colour', [], 'Limits are')).toBe('Limits are: none');
});
