import { expect, test } from 'vitest';
import { HostProbe } from '../support/host-probe.ts';

const config = { url: 'https://x', deep: { a: [1] }, 'a.b': 'dotted', no: null, né: '漢' };
const probe = new HostProbe({ config });
const get = (key: string): string | undefined => probe.taken('config_get', ...probe.text(key));

test.each([
  ['text', 'url', '"https://x"'],
  ['a part', 'deep', '{"a":[1]}'],
  ['a key with a dot', 'a.b', '"dotted"'],
  ['null', 'no', 'null'],
  ['a key that is not ASCII', 'né', '"漢"'],
  ['a path, which is not followed', 'deep.a', undefined],
  ['a key that is not there', 'missing', undefined],
  ['a name that every object has', 'constructor', undefined],
  ['another', '__proto__', undefined],
  ['all of it', '', JSON.stringify(config)],
])('%s', (_, key, value) => {
  expect(get(key)).toBe(value);
});

test('an empty configuration', () => {
  const empty = new HostProbe();
  expect(empty.taken('config_get', 0, 0)).toBe('{}');
});
