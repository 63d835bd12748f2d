/**
 * What makes the host work costs fuel by what it is, not by how short it is to ask for. The amounts are measured by `npm run
 * bench:host-prices`; here it is that they are charged at all, and at what they grow with.
 */
import { describe, expect, test } from 'vitest';
import { HostProbe } from '../support/host-probe.ts';

const MANY = 2_000;
const names = (count: number): string => `{${Array.from({ length: count }, (_, i) => `"k${i}":1`).join()}}`;
const list = (count: number): string => `[${Array(count).fill('1').join()}]`;

/** Fuel of a call, after what has to be there for it. */
function costOf(name: string, prepare: (probe: HostProbe) => readonly number[]): number {
  const probe = new HostProbe({ limits: { hostCalls: 1_000_000 } });
  const args = prepare(probe);
  return probe.cost(() => probe.call(name, ...args));
}
const document =
  (text: string, ...rest: string[]) =>
  (probe: HostProbe): readonly number[] => [
    probe.number('json_parse', ...probe.text(text)),
    ...rest.flatMap((item) => probe.text(item)),
  ];

describe('costs by the name of a member', () => {
  test('parsing an object', () => {
    const parse = (text: string) => costOf('json_parse', (probe) => probe.text(text));
    const member = parse(names(MANY)) / MANY;
    const item = parse(list(MANY)) / MANY;
    expect(member - item).toBeGreaterThan(2_000);
  });

  test('listing an object, once until it changes', () => {
    const probe = new HostProbe();
    const object = probe.number('json_parse', ...probe.text(names(MANY)));
    const listing = (): number => probe.cost(() => probe.call('json_length', object));
    expect(listing()).toBeGreaterThan(MANY * 1_000);
    expect(listing()).toBeLessThan(1_000);
    probe.call('json_set', object, ...probe.text('more'), object);
    expect(listing()).toBeGreaterThan(MANY * 1_000);
  });

  test('writing an object', () => {
    const write = (text: string) => costOf('json_stringify', document(text));
    expect((write(names(MANY)) - write(list(MANY))) / MANY).toBeGreaterThan(2_000);
  });
});

test('a document that is refused at its end costs what was read of it', () => {
  const parse = (text: string) => costOf('json_parse', (probe) => probe.text(text));
  expect(parse(`${list(MANY)}x`)).toBeGreaterThanOrEqual(parse(list(MANY)));
});

describe('a JSON pointer', () => {
  test('costs by the step that it leads', () => {
    const deep = '['.repeat(50) + ']'.repeat(50);
    const walk = (steps: number) => costOf('json_get', document(deep, '/0'.repeat(steps)));
    expect((walk(49) - walk(9)) / 40).toBeGreaterThanOrEqual(1_000);
  });

  test('that leads nowhere is followed no further', () => {
    const long = '/'.repeat(100_000);
    const perByte = 20;
    expect(costOf('json_get', document('[1]', long))).toBeLessThan(10_000 + long.length * perByte);
  });

  test('costs more by the byte where it has escapes', () => {
    const walk = (path: string) => costOf('json_get', document('{"a":1}', path));
    expect(walk(`/${'~1'.repeat(500)}`) - walk(`/${'xx'.repeat(500)}`)).toBeGreaterThanOrEqual(1_000 * 100);
  });
});

test('items that move when one is taken out cost something each', () => {
  const remove = (at: number) => costOf('json_remove', document(list(MANY), String(at).padStart(1, '0')));
  expect(remove(0) - remove(MANY - 1)).toBeGreaterThanOrEqual((MANY - 1) * 5 - 100);
});

test('reasons of failures are written anew for each who asks', () => {
  const asks = ['json_error', 'kv_error', 'host_error'] as const;
  for (const name of asks) {
    expect(costOf(name, () => [])).toBeGreaterThanOrEqual(5_000);
  }
});

test('handing over costs a base price for the malloc, and by the unit', () => {
  const give = (value: string) => costOf('json_string', document(JSON.stringify(value)));
  expect(give('x')).toBeGreaterThan(1_500);
  expect(give('x'.repeat(1_001)) - give('x')).toBe(4 * 1_000);
});
