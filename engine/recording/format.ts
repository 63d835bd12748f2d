/**
 * A recording as it lies in a file: lines of JSON, the head first, then a line for each operation of an instance in the order in
 * which they ended. Who writes it knows it; who reads it believes nothing of it.
 */
import { type ValidateFunction, Ajv2020 as Validator } from 'ajv/dist/2020.js';
import { RingfenceError } from '../errors.ts';
import { COUNTERS } from '../executors/remote/counters.ts';
import type { Permit } from '../host/permissions.ts';
import type { UsageCounters } from '../host/usage-counters.ts';
import { type CustomShape, MOST_FUEL } from '../host-function.ts';
import type { LimitName } from '../limits.ts';
import type { Deterministic, ResetMode } from '../options.ts';
import type { Usage } from '../runtime/usage.ts';
import { describeSchemaError } from '../validate/schema-errors.ts';

export const RECORDING_VERSION = 1;
/** Of the whole file; a recorder stops before. */
export const MOST_RECORDED_BYTES = 64 * 1024 * 1024;

export interface RecordingHead {
  readonly ringfence: 'recording';
  readonly version: typeof RECORDING_VERSION;
  readonly plugin: { readonly name: string; readonly version: string; readonly digest: string };
  /** Name of the plugin's file, without its place; undefined where it was none. */
  readonly file?: string | undefined;
  /** Version of the table of prices: with another one, fuel is another. */
  readonly prices: number;
  /** Of Node.js: for people. */
  readonly node: string;
  readonly limits: Readonly<Record<LimitName, number>>;
  readonly custom: readonly CustomShape[];
  readonly reset: ResetMode;
}

/** What the plugin asked, and what it was told. */
export interface RecordedAnswer {
  /** `service.method`, or one of those of {@link OWN_QUESTIONS}. */
  readonly ask: string;
  readonly args?: readonly unknown[];
  readonly answer?: unknown;
  readonly error?: RecordedError;
  /** The call ended before the answer came. */
  readonly pending?: true;
  /** What services had counted for the call by then; left out where nothing was. */
  readonly counters?: readonly [httpRequests: number, events: number, pluginCalls: number];
}

/** What is asked beside the guest, and not of a service. */
const OWN_QUESTIONS = ['clock.wall', 'clock.monotonic', 'random', 'log.enabled'] as const;
export type OwnQuestion = (typeof OWN_QUESTIONS)[number];

export interface RecordedError {
  readonly code: string;
  readonly message: string;
  /** Of a `GUEST_ERROR`, what the plugin gave. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/** What is compared, in the order in which a difference is told: what is counted beside the guest, and what services count. */
export const COMPARED_USAGE = [...COUNTERS, 'httpRequests', 'events', 'pluginCalls'] as const;
export type RecordedUsage = Readonly<Record<(typeof COMPARED_USAGE)[number], number>>;

export const comparedUsage = (usage: UsageCounters): RecordedUsage =>
  Object.fromEntries(COMPARED_USAGE.map((name) => [name, usage[name]])) as unknown as RecordedUsage;

/** The same, of what an error tells. */
export const usageTold = ({ fuel, memory, ...usage }: Usage): RecordedUsage => ({
  fuelUsed: fuel.used,
  memoryBytes: memory.used,
  hostCalls: usage.hostCalls.used,
  bytesIn: usage.bytesIn.used,
  bytesOut: usage.bytesOut.used,
  logBytes: usage.logBytes.used,
  httpRequests: usage.httpRequests.used,
  events: usage.events.used,
  pluginCalls: usage.pluginCalls.used,
});

export interface RecordedOperation {
  /** Numbered in the order in which they were asked for. */
  readonly instance: number;
  readonly op: 'start' | 'call' | 'stop';
  readonly function?: string;
  readonly input?: unknown;
  readonly as?: 'text' | 'bytes';
  /** Of a start: what the instance may do. */
  readonly permits?: readonly (readonly [capability: string, permit: Permit])[];
  /** The configuration that it has from here on, as JSON. */
  readonly config?: string;
  /** Those that are not the plugin's. */
  readonly limits?: Readonly<Partial<Record<LimitName, number>>>;
  readonly deterministic?: Deterministic;
  readonly answers: readonly RecordedAnswer[];
  readonly output?: unknown;
  readonly error?: RecordedError;
  /** Of a stop nobody knows. */
  readonly usage?: RecordedUsage;
}

const count = { type: 'number', minimum: 0, maximum: Number.MAX_SAFE_INTEGER } as const;
/** As `hostFunction` takes them. */
const price = { type: 'integer', minimum: 0, maximum: MOST_FUEL } as const;
const whole = { ...count, type: 'integer' } as const;
const text = { type: 'string' } as const;
const object = (properties: Record<string, unknown>, required: readonly string[]): object => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
});
const list = (items: unknown, maxItems: number): object => ({ type: 'array', items, maxItems });
const limits = { type: 'object', maxProperties: 200, additionalProperties: count };
const error = object({ code: text, message: text, details: { type: 'object' } }, ['code', 'message']);
const form = { enum: ['json', 'text', 'bytes', 'none'] };
const numberType = { enum: ['i32', 'i64', 'f32', 'f64'] };

const HEAD = object(
  {
    ringfence: { const: 'recording' },
    version: { const: RECORDING_VERSION },
    plugin: object({ name: text, version: text, digest: { type: 'string', pattern: '^[0-9a-f]{64}$' } }, [
      'name',
      'version',
      'digest',
    ]),
    file: { type: 'string', pattern: '^[^/\\\\]{1,255}$' },
    prices: count,
    node: text,
    limits,
    custom: list(
      object(
        {
          name: { type: 'string', pattern: '^[a-z][a-z0-9_]{0,63}$' },
          capability: { type: 'string', maxLength: 100 },
          params: list(numberType, 6),
          results: list(numberType, 1),
          data: object({ input: form, output: form, maxInputBytes: whole }, ['input', 'output', 'maxInputBytes']),
          price: object({ base: price, perByte: price }, ['base', 'perByte']),
          mayWait: { type: 'boolean' },
        },
        ['name', 'capability', 'params', 'results', 'price', 'mayWait'],
      ),
      1_000,
    ),
    reset: { enum: ['never', 'per-call'] },
  },
  ['ringfence', 'version', 'plugin', 'prices', 'node', 'limits', 'custom', 'reset'],
);

const OPERATION = object(
  {
    instance: whole,
    op: { enum: ['start', 'call', 'stop'] },
    function: text,
    input: {},
    as: { enum: ['text', 'bytes'] },
    permits: list(
      {
        type: 'array',
        prefixItems: [text, object({ granted: { type: 'boolean' }, refusal: text }, ['granted'])],
        minItems: 2,
        maxItems: 2,
      },
      1_000,
    ),
    config: text,
    limits,
    deterministic: object({ timeMs: whole, tickMs: whole, seed: whole }, ['timeMs', 'tickMs', 'seed']),
    answers: list(
      object(
        {
          ask: { type: 'string', maxLength: 100 },
          args: list({}, 20),
          answer: {},
          error,
          pending: { const: true },
          counters: { type: 'array', items: whole, minItems: 3, maxItems: 3 },
        },
        ['ask'],
      ),
      10_000_000,
    ),
    output: {},
    error,
    usage: object(Object.fromEntries(COMPARED_USAGE.map((name) => [name, count])), COMPARED_USAGE),
  },
  ['instance', 'op', 'answers'],
);

let checks: { readonly head: ValidateFunction; readonly operation: ValidateFunction } | undefined;

/** Compiled when first needed: most engines never read a recording. */
function compiled(): NonNullable<typeof checks> {
  if (checks === undefined) {
    const validator = new Validator({
      strict: false,
      validateSchema: false,
      meta: false,
      ownProperties: true,
      verbose: true,
    });
    checks = { head: validator.compile(HEAD), operation: validator.compile(OPERATION) };
  }
  return checks;
}

/** @throws INVALID_RECORDING */
export function checkHead(value: unknown): RecordingHead {
  return checked(compiled().head, value, 1) as RecordingHead;
}

/** @throws INVALID_RECORDING */
export function checkOperation(value: unknown, line: number): RecordedOperation {
  return checked(compiled().operation, value, line) as RecordedOperation;
}

function checked(validate: ValidateFunction, value: unknown, line: number): unknown {
  if (validate(value)) return value;
  const [first] = validate.errors ?? [];
  throw invalidRecording(line, first === undefined ? 'is not what a recorder writes' : describeSchemaError(first));
}

export function invalidRecording(line: number, problem: string, cause?: unknown): RingfenceError {
  return new RingfenceError('INVALID_RECORDING', `Line ${line} of the recording: ${problem}`, {
    stage: 'read',
    details: { line, problem },
    ...(cause === undefined ? {} : { cause }),
  });
}
