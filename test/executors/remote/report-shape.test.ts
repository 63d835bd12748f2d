/** What a child reports is held against the protocol, member by member. */
import { describe, expect, test } from 'vitest';
import { checkCounters, readControl, readReport } from '../../../engine/executors/remote/report-shape.ts';
import { WireError } from '../../../engine/executors/remote/wire.ts';

const COUNTERS = [1, 2, 3, 4, 5, 6];
const ERROR = { code: 'TRAP', message: 'unreachable', details: {} };
const FAILED = { op: 'failed', slot: 65_536, counters: COUNTERS, error: ERROR, state: 'poisoned' };
const ENTRY = { level: 'info', message: 'x', source: 'plugin', dropped: 0, fields: undefined };
const LOG = { op: 'log', slot: 65_536, entry: ENTRY };
const REQUEST = { op: 'request', slot: 65_536, request: 1, service: 'kv', method: 'get', args: ['key'] };

describe('reports in order', () => {
  test.each<[string, object]>([
    ['ready', { op: 'ready' }],
    ['failed', FAILED],
    ['failed, with causes', { ...FAILED, error: { ...ERROR, stage: 'call', cause: { ...ERROR, cause: 'text' } } }],
    ['log', LOG],
    ['evicted', { op: 'evicted', instance: 3, snapshots: 200 }],
    ['dropped', { op: 'dropped', slot: 65_536, lines: 3 }],
    ['request', REQUEST],
  ])('%s', (_, report) => {
    expect(readReport(report)).toMatchObject(report);
  });

  test('an instance is poisoned unless the child says that it is idle', () => {
    expect(readReport({ ...FAILED, state: 'busy' })).toMatchObject({ state: 'poisoned' });
    expect(readReport({ ...FAILED, state: 'idle' })).toMatchObject({ state: 'idle' });
  });

  test('a line is the plugin’s unless it says that it is the engine’s', () => {
    expect(readReport({ ...LOG, entry: { ...ENTRY, source: 'admin' } })).toMatchObject({ entry: { source: 'plugin' } });
  });
});

describe('reports that break the rules', () => {
  const nested = (depth: number): object => (depth === 0 ? ERROR : { ...ERROR, cause: nested(depth - 1) });
  test.each<[string, unknown]>([
    ['nothing', undefined],
    ['a list', [FAILED]],
    ['bytes', new Uint8Array(3)],
    ['of no known kind', { op: 'plugin' }],
    ['a call of the engine’s own', { op: 'done', slot: 1 }],
    ['without a slot', { ...FAILED, slot: undefined }],
    ['a slot below zero', { ...FAILED, slot: -1 }],
    ['a slot that is no number', { ...FAILED, slot: Number.NaN }],
    ['a slot that is text', { ...FAILED, slot: '1' }],
    ['a slot that is a bigint', { ...FAILED, slot: 1n }],
    ['an eviction of nobody', { op: 'evicted', snapshots: 200 }],
    ['an eviction that leaves less than nothing', { op: 'evicted', instance: 3, snapshots: -1 }],
    ['too few counters', { ...FAILED, counters: COUNTERS.slice(1) }],
    ['too many counters', { ...FAILED, counters: [...COUNTERS, 1] }],
    ['fuel below zero', { ...FAILED, counters: [-1, 2, 3, 4, 5, 6] }],
    ['fuel without end', { ...FAILED, counters: [Number.POSITIVE_INFINITY, 2, 3, 4, 5, 6] }],
    ['an error of no known code', { ...FAILED, error: { ...ERROR, code: 'FREE_FUEL' } }],
    ['an error with the code of a prototype', { ...FAILED, error: { ...ERROR, code: 'constructor' } }],
    ['an error of no known stage', { ...FAILED, error: { ...ERROR, stage: 'admin' } }],
    ['an error without details', { ...FAILED, error: { ...ERROR, details: undefined } }],
    ['an error with causes without end', { ...FAILED, error: nested(20) }],
    ['a line of no known level', { ...LOG, entry: { ...ENTRY, level: 'fatal' } }],
    ['a line that is no text', { ...LOG, entry: { ...ENTRY, message: 5 } }],
    ['a line with fields that are a list', { ...LOG, entry: { ...ENTRY, fields: [] } }],
    ['a request without arguments', { ...REQUEST, args: undefined }],
    ['a request of a service that is no text', { ...REQUEST, service: {} }],
  ])('%s', (_, report) => {
    expect(() => readReport(report)).toThrow(WireError);
  });

  test('counters of an answer', () => {
    expect(() => checkCounters([1, 2, 3, 4, 5, Number.NaN])).toThrow(WireError);
    expect(() => checkCounters(COUNTERS)).not.toThrow();
  });
});

test.each<[string, unknown]>([
  ['of no known kind', { op: 'exit' }],
  ['a pong without numbers', { op: 'pong' }],
  ['a pong of less than nothing', { op: 'pong', rss: -1, heapUsed: 0 }],
  ['an end without a reason', { op: 'down' }],
])('word over the control pipe: %s', (_, message) => {
  expect(() => readControl(message)).toThrow(WireError);
});
