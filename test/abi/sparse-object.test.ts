/** Names that are numbers take what other names take, wherever a stranger's objects are built. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { beforeAll, expect, test } from 'vitest';
import { setMember } from '../../engine/abi/sparse-object.ts';
import { JSON_TYPES } from '../../engine/host/json-store.ts';
import { readLogFields } from '../../engine/host/log-fields.ts';
import { decodeData } from '../../engine/recording/data.ts';
import { parseJson } from '../../engine/validate/plain-json.ts';
import { HostProbe } from '../support/host-probe.ts';

let collect: () => void;
beforeAll(() => {
  setFlagsFromString('--expose-gc');
  collect = runInNewContext('gc') as () => void;
});

const OBJECTS = 3_000;
/** Of one object with one such name; an array up to the name would take 12,000. */
const MOST_BYTES = 2_000;
const text = JSON.stringify(Array.from({ length: OBJECTS }, () => ({ 1023: 0 })));

test.each<[string, () => unknown]>([
  ['in what host functions of the application and listeners of events get', () => parseJson(text, 8)],
  ['in the fields of a log line', () => readLogFields(Buffer.from(`{"a":${text}}`), { logFields: 1e6, jsonDepth: 8 })],
  ['in a recording', () => decodeData(JSON.parse(text))],
  [
    'in documents that a plugin builds',
    () => {
      const probe = new HostProbe({ limits: { hostCalls: 1_000_000, fuel: '1G' } });
      const list = probe.number('json_new', JSON_TYPES.array);
      const zero = probe.number('json_new_number', 0);
      const name = probe.text('1023');
      for (let i = 0; i < OBJECTS; i++) {
        const object = probe.number('json_new', JSON_TYPES.object);
        probe.call('json_set', object, ...name, zero);
        probe.call('json_push', list, object);
        probe.call('json_free', object);
      }
      return probe;
    },
  ],
])('%s', (_, build) => {
  collect();
  const before = process.memoryUsage().heapUsed;
  const built = build();
  collect();
  expect((process.memoryUsage().heapUsed - before) / OBJECTS).toBeLessThan(MOST_BYTES);
  expect(built).toBeTruthy();
});

test('they are members as they were, in the order of their numbers', () => {
  const object: Record<string, unknown> = { b: 1, 7: 'seven' };
  for (const name of ['1023', '0', '4294967294', '4294967295', '007', '__proto__', 'a', '1023']) {
    setMember(object, name, name);
  }
  expect(Object.keys(object)).toEqual(['0', '7', '1023', '4294967294', 'b', '4294967295', '007', '__proto__', 'a']);
  expect(JSON.parse(JSON.stringify(object))).toEqual(object);
  expect(Object.getPrototypeOf(object)).toBe(Object.prototype);
});
