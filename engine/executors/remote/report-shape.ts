/** Reports from a child, held against the protocol: a plugin may have taken the child over, so nothing about them is believed. */
import { ERRORS, type ErrorCode, type ErrorData, type ErrorStage } from '../../errors.ts';
import { LOG_LEVELS, type LogFields, type LogLevel } from '../../logger.ts';
import type { FromChildControl } from './child-messages.ts';
import { COUNTERS } from './counters.ts';
import type { Report } from './protocol.ts';
import { WireError } from './wire.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Errors have causes, which have causes. */
const MAX_CAUSES = 8;

/** @throws WireError for what is no report that comes as a value */
export function readReport(value: unknown): Exclude<Report, { op: 'done' }> {
  const fields = expectFields(value, 'a report');
  const { op } = fields;
  switch (op) {
    case 'ready':
      return { op };
    case 'failed':
      return {
        op,
        slot: expectCount(fields.slot),
        counters: readCounters(fields.counters),
        error: readError(fields.error, 0),
        state: fields.state === 'idle' ? 'idle' : 'poisoned',
      };
    case 'log': {
      const { level, message, source, dropped, fields: beside } = expectFields(fields.entry, 'a log entry');
      return {
        op,
        slot: expectCount(fields.slot),
        entry: {
          level: expectOne(level, LOG_LEVELS) as LogLevel,
          message: expectText(message),
          source: source === 'engine' ? 'engine' : 'plugin',
          dropped: expectCount(dropped),
          fields: beside === undefined ? undefined : (expectFields(beside, 'log fields') as LogFields),
        },
      };
    }
    case 'evicted':
      return { op, instance: expectCount(fields.instance), snapshots: expectCount(fields.snapshots) };
    case 'dropped':
      return { op, slot: expectCount(fields.slot), lines: expectCount(fields.lines) };
    case 'request':
      return {
        op,
        slot: expectCount(fields.slot),
        request: expectCount(fields.request),
        service: expectText(fields.service),
        method: expectText(fields.method),
        args: expectList(fields.args),
      };
    default:
      throw new WireError('a report of no known kind');
  }
}

/** What a child says over its control pipe. @throws WireError */
export function readControl(value: unknown): FromChildControl {
  const { op, rss, heapUsed, resident, heap, reason } = expectFields(value, 'a message');
  if (op === 'pong') return { op, rss: expectCount(rss), heapUsed: expectCount(heapUsed) };
  if (op === 'memory') return { op, resident: expectCount(resident), heap: expectCount(heap) };
  if (op === 'down') return { op, reason: expectText(reason) };
  throw new WireError('a message of no known kind');
}

const STAGES: readonly ErrorStage[] = [
  'options',
  'read',
  'decode',
  'validate',
  'meter',
  'compile',
  'instantiate',
  'start',
  'call',
  'host',
  'stop',
];

function readError(value: unknown, depth: number): ErrorData {
  if (depth > MAX_CAUSES) throw new WireError('an error with too many causes');
  const { code, message, stage, details, cause } = expectFields(value, 'an error');
  if (typeof code !== 'string' || !Object.hasOwn(ERRORS, code)) throw new WireError('an error with an unknown code');
  return {
    name: 'RingfenceError',
    code: code as ErrorCode,
    message: expectText(message),
    stage: stage === undefined ? undefined : (expectOne(stage, STAGES) as ErrorStage),
    details: expectFields(details, 'details of an error'),
    cause: cause === undefined || typeof cause === 'string' ? cause : readError(cause, depth + 1),
  };
}

function expectFields(value: unknown, what: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Uint8Array) {
    throw new WireError(`${what} is no object`);
  }
  return value as Fields;
}

function expectList(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new WireError('no list where one is expected');
  return value;
}

/** @throws WireError */
export function checkCounters(counters: readonly unknown[]): asserts counters is readonly number[] {
  if (counters.length !== COUNTERS.length) throw new WireError('too few counters, or too many');
  for (const counter of counters) expectCount(counter);
}

function readCounters(value: unknown): readonly number[] {
  const counters = expectList(value);
  checkCounters(counters);
  return counters;
}

function expectText(value: unknown): string {
  if (typeof value !== 'string') throw new WireError('no text where some is expected');
  return value;
}

function expectCount(value: unknown): number {
  if (typeof value !== 'number' || !(value >= 0) || value > Number.MAX_SAFE_INTEGER) {
    throw new WireError('no number from 0 where one is expected');
  }
  return value;
}

function expectOne(value: unknown, allowed: readonly unknown[]): unknown {
  if (!allowed.includes(value)) throw new WireError('a name that is none of those expected');
  return value;
}
