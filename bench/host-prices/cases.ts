/** The dearest that a plugin can ask of each host function for the fuel it pays: one row for each way to make the host work. */
import type { HostProbe } from '../../test/support/host-probe.ts';

export interface Case {
  readonly name: string;
  /** Of the host table. */
  readonly fn: string;
  /** Puts things in place, once. @returns the arguments of every call */
  readonly prepare: (probe: HostProbe) => readonly number[];
  /** Before each call, unpaid and not timed with it: calls that have to come in between. */
  readonly between?: (probe: HostProbe) => void;
  /** Timed one by one, so that `between` is not. Else as many calls as take some milliseconds. */
  readonly isLarge?: boolean;
}

const KiB = 1024;
const MiB = 1024 * KiB;
const TWO_BYTES = 'é';
const text = (unit: string, bytes: number): string => unit.repeat(Math.floor(bytes / Buffer.byteLength(unit)));
const list = (count: number, item: (i: number) => string): string =>
  `[${Array.from({ length: count }, (_, i) => item(i)).join()}]`;
const object = (count: number, member: (i: number) => string): string =>
  `{${Array.from({ length: count }, (_, i) => member(i)).join()}}`;
const FRACTION = '1.2345678901234567e-300';

/** Documents of some size, by what is dear about them. */
const DOCUMENTS: Readonly<Record<string, string>> = {
  'small numbers': list(200_000, () => '1'),
  fractions: list(50_000, (i) => `${i}.${FRACTION.slice(2)}`),
  'empty arrays': list(200_000, () => '[]'),
  'empty objects': list(200_000, () => '{}'),
  'one object with many names': object(100_000, (i) => `"k${i}":1`),
  'objects of unlike shapes': list(20_000, (i) => `{"a${i}":1,"b${i}":2}`),
  'numbers as names': object(100_000, (i) => `"${i * 7919}":1`),
  escapes: `"${'\\u00e9\\n'.repeat(100_000)}"`,
  'long text': `"${'x'.repeat(2 * MiB)}"`,
  'long text of two bytes each': `"${text(TWO_BYTES, 2 * MiB)}"`,
  'short texts': list(100_000, (i) => `"s${i}"`),
  deep: list(3_000, () => `${'['.repeat(60)}${']'.repeat(60)}`),
  space: `${' '.repeat(2 * MiB)}1`,
  'what is wrong at its end': `${list(200_000, () => '1')}x`,
};

/** A document built by name and value, so that it is as a plugin's own calls make it. */
function build(probe: HostProbe, document: string): number {
  return probe.number('json_parse', ...probe.text(document));
}

const parse = Object.entries(DOCUMENTS).map(
  ([what, document]): Case => ({
    name: `json_parse: ${what}`,
    fn: 'json_parse',
    isLarge: true,
    prepare: (probe) => probe.text(document),
    between: (probe) => probe.host.json.clear(),
  }),
);

const stringify = Object.entries(DOCUMENTS)
  .filter(([what]) => what !== 'what is wrong at its end' && what !== 'space')
  .map(
    ([what, document]): Case => ({
      name: `json_stringify: ${what}`,
      fn: 'json_stringify',
      isLarge: true,
      prepare: (probe) => [build(probe, document)],
    }),
  );

const HANDLE =
  (document: string) =>
  (probe: HostProbe): readonly number[] => [build(probe, document)];
const POINTER =
  (document: string, path: string) =>
  (probe: HostProbe): readonly number[] => [build(probe, document), ...probe.text(path)];
/** Arguments of none, after something was done. */
const after =
  (work: (probe: HostProbe) => unknown) =>
  (probe: HostProbe): readonly number[] => {
    work(probe);
    return [];
  };

export const CASES: readonly Case[] = [
  { name: 'log_enabled', fn: 'log_enabled', prepare: () => [1] },
  { name: 'log: empty', fn: 'log', prepare: () => [2, 0, 0] },
  { name: 'log: 8 KiB', fn: 'log', prepare: (probe) => [2, ...probe.text('x'.repeat(8 * KiB))] },
  {
    name: 'log: 8 KiB of controls',
    fn: 'log',
    isLarge: true,
    prepare: (probe) => [2, ...probe.text('\u0001'.repeat(8 * KiB))],
  },
  {
    name: 'log: 8 KiB of what is not UTF-8',
    fn: 'log',
    isLarge: true,
    prepare: (probe) => [2, ...probe.bytes(new Uint8Array(8 * KiB).fill(0xff))],
  },
  {
    name: 'log: 8 KiB of directions',
    fn: 'log',
    isLarge: true,
    prepare: (probe) => [2, ...probe.text(text('\u202e', 8 * KiB))],
  },
  {
    name: 'log_fields: 64 numbers',
    fn: 'log_fields',
    prepare: (probe) => [2, 0, 0, ...probe.text(object(64, (i) => `"k${i}":${i}`))],
  },
  {
    name: 'log_fields: 64 texts of controls',
    fn: 'log_fields',
    isLarge: true,
    prepare: (probe) => [2, 0, 0, ...probe.text(object(64, (i) => `"k${i}":"${'\\u0001'.repeat(16)}"`))],
  },
  { name: 'error_set: 64 KiB', fn: 'error_set', prepare: (probe) => probe.text('x'.repeat(64 * KiB)) },
  {
    name: 'host_error: after a failure',
    fn: 'host_error',
    prepare: after((probe) => probe.host.fail({ code: 'INVALID_ARGUMENT', message: 'x'.repeat(200) })),
  },
  { name: 'config_get: a short value', fn: 'config_get', prepare: (probe) => probe.text('short') },
  { name: 'config_get: a long value', fn: 'config_get', isLarge: true, prepare: (probe) => probe.text('long') },
  {
    name: 'config_get: a long value of two bytes each',
    fn: 'config_get',
    isLarge: true,
    prepare: (probe) => probe.text('wide'),
  },
  {
    name: 'config_get: no value, key of 1 MiB',
    fn: 'config_get',
    isLarge: true,
    prepare: (probe) => probe.text(text(TWO_BYTES, MiB)),
  },
  {
    name: 'permission_granted: name of 1 MiB',
    fn: 'permission_granted',
    isLarge: true,
    prepare: (probe) => probe.text(text(TWO_BYTES, MiB)),
  },
  { name: 'function_name', fn: 'function_name', prepare: after(nameFunction) },
  ...parse,
  ...stringify,
  { name: 'json_error', fn: 'json_error', prepare: after((probe) => build(probe, '[1,')) },
  { name: 'json_type', fn: 'json_type', prepare: HANDLE('[1]') },
  {
    name: 'json_length: of an object that changes',
    fn: 'json_length',
    isLarge: true,
    prepare: HANDLE(DOCUMENTS['one object with many names'] as string),
    between: changeNames,
  },
  {
    name: 'json_key: of an object that changes',
    fn: 'json_key',
    isLarge: true,
    prepare: (probe) => [build(probe, DOCUMENTS['numbers as names'] as string), 5],
    between: changeNames,
  },
  { name: 'json_at: an item', fn: 'json_at', prepare: (probe) => [build(probe, '[[1],2]'), 0] },
  { name: 'json_at: by the number of a name', fn: 'json_at', prepare: (probe) => [build(probe, '{"a":1,"b":2}'), 1] },
  { name: 'json_get: 60 levels', fn: 'json_get', prepare: POINTER('['.repeat(60) + ']'.repeat(60), '/0'.repeat(59)) },
  {
    name: 'json_get: path of 1 MiB of separators',
    fn: 'json_get',
    isLarge: true,
    prepare: POINTER('[[]]', '/'.repeat(MiB)),
  },
  {
    name: 'json_get: path of 1 MiB with escapes',
    fn: 'json_get',
    isLarge: true,
    prepare: POINTER('{"a":1}', `/${'~1'.repeat(MiB / 2)}`),
  },
  { name: 'json_member: short', fn: 'json_member', prepare: POINTER('{"a":1,"b":2}', 'b') },
  {
    name: 'json_member: name of 1 MiB',
    fn: 'json_member',
    isLarge: true,
    prepare: POINTER('{"a":1}', text(TWO_BYTES, MiB)),
  },
  { name: 'json_number', fn: 'json_number', prepare: HANDLE('5') },
  { name: 'json_string: short', fn: 'json_string', prepare: HANDLE('"abc"') },
  { name: 'json_string: 2 MiB', fn: 'json_string', isLarge: true, prepare: HANDLE(DOCUMENTS['long text'] as string) },
  {
    name: 'json_string: 2 MiB of two bytes each',
    fn: 'json_string',
    isLarge: true,
    prepare: HANDLE(DOCUMENTS['long text of two bytes each'] as string),
  },
  { name: 'json_new', fn: 'json_new', prepare: () => [6] },
  { name: 'json_new_number', fn: 'json_new_number', prepare: () => [1.5] },
  { name: 'json_new_string: short', fn: 'json_new_string', prepare: (probe) => probe.text('abc') },
  {
    name: 'json_new_string: 1 MiB',
    fn: 'json_new_string',
    isLarge: true,
    prepare: (probe) => probe.text(text(TWO_BYTES, MiB)),
    between: (probe) => probe.host.json.clear(),
  },
  {
    name: 'json_set: a member that is there',
    fn: 'json_set',
    prepare: (probe) => [build(probe, '{"a":1}'), ...probe.text('a'), build(probe, '2')],
  },
  { name: 'json_push', fn: 'json_push', prepare: (probe) => [build(probe, '[]'), build(probe, '2')] },
  {
    name: 'json_remove: the first of 200,000',
    fn: 'json_remove',
    isLarge: true,
    prepare: POINTER(DOCUMENTS['small numbers'] as string, '0'),
  },
  {
    name: 'json_remove: a name of 100,000',
    fn: 'json_remove',
    isLarge: true,
    prepare: POINTER(DOCUMENTS['one object with many names'] as string, 'k5'),
    between: changeNames,
  },
  { name: 'json_free: of a handle', fn: 'json_free', prepare: () => [77] },
  { name: 'clock_now', fn: 'clock_now', prepare: () => [] },
  { name: 'clock_monotonic', fn: 'clock_monotonic', prepare: () => [] },
  { name: 'Date.now', fn: 'Date.now', prepare: () => [] },
  {
    name: 'random_get: 16 bytes',
    fn: 'random_get',
    prepare: (probe) => probe.bytes(new Uint8Array(16)),
    between: freshRandom,
  },
  {
    name: 'random_get: 64 KiB',
    fn: 'random_get',
    isLarge: true,
    prepare: (probe) => probe.bytes(new Uint8Array(64 * KiB)),
    between: freshRandom,
  },
  { name: 'seed', fn: 'seed', prepare: () => [], between: freshRandom },
  { name: 'kv_get: nothing', fn: 'kv_get', prepare: (probe) => probe.text('nothing') },
  {
    name: 'kv_set: 256 KiB',
    fn: 'kv_set',
    isLarge: true,
    prepare: (probe) => [...probe.text('key'), ...probe.text('x'.repeat(256 * KiB)), 0, -1],
  },
  { name: 'kv_set: short', fn: 'kv_set', prepare: (probe) => [...probe.text('key'), ...probe.text('x'), 0, -1] },
  {
    name: 'kv_value: 256 KiB',
    fn: 'kv_value',
    isLarge: true,
    prepare: after(keepLargeValue),
  },
  { name: 'kv_list: 1,000 keys', fn: 'kv_list', isLarge: true, prepare: manyKeys },
  {
    name: 'kv_page: 1,000 keys',
    fn: 'kv_page',
    isLarge: true,
    prepare: after((probe) => probe.call('kv_list', ...manyKeys(probe))),
  },
  { name: 'kv_error', fn: 'kv_error', prepare: after((probe) => probe.call('kv_get', 0, 0)) },
  { name: 'kv_request: a short value', fn: 'kv_request', prepare: (probe) => probe.text('{"op":"get","key":"x"}') },
  {
    name: 'kv_request: JSON of many numbers',
    fn: 'kv_request',
    isLarge: true,
    prepare: (probe) => probe.text(`{"op":"get","key":"x","more":${list(250_000, () => '1')}}`),
  },
  {
    name: 'emit: to nobody',
    fn: 'emit',
    isLarge: true,
    prepare: (probe) => [...probe.text('event'), ...probe.text(list(30_000, () => '1'))],
  },
];

/** Names that were listed have to be listed anew. */
function changeNames(probe: HostProbe): void {
  const object = probe.host.json.get(1) as never;
  probe.host.json.set(object, `more ${Math.random()}`, 1);
}

function freshRandom(probe: HostProbe): void {
  probe.account.randomBytes = 0;
}

function manyKeys(probe: HostProbe): readonly number[] {
  const value = probe.text('x');
  for (let i = 0; i < 1_100; i++) probe.call('kv_set', ...probe.text(`key ${i}`), ...value, 0, -1);
  return [...probe.text('key'), 0, 0, 1_000];
}

function nameFunction(probe: HostProbe): void {
  probe.host.functionName = 'render';
}

function keepLargeValue(probe: HostProbe): void {
  probe.call('kv_set', ...probe.text('key'), ...probe.text('x'.repeat(256 * KiB)), 0, -1);
  probe.call('kv_get', ...probe.text('key'));
}
