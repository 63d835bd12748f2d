/** Functions of the application as rows of the host table: they read guest memory, ask the service, and write its answer. */
import type { CustomShape } from '../../host-function.ts';
import { CUSTOM_PREFIX } from '../../validate/permission-lines.ts';
import type { HostContext } from '../context.ts';
import type { Answer, AsyncHostFunction, Handler, HostFunction } from '../function.ts';
import { answering } from '../imports.ts';
import { whenever } from '../whenever.ts';
import { type CustomAnswer, refused } from './outcome.ts';
import type { CustomInput } from './service.ts';

export function customRow(shape: CustomShape): HostFunction {
  const row = invokingRow(shape);
  return shape.data !== undefined || shape.mayWait ? row : { ...answering(row), bind: (host) => bind(shape, host) };
}

/** The function without the way through its service, where that gives it away. */
function bind({ name }: CustomShape, { account, services }: HostContext): Handler<Answer> | undefined {
  const run = services.custom.bind?.(name);
  return run && ((_, a, b, c, d, e, f) => run(account.service, a, b, c, d, e, f));
}

function invokingRow(shape: CustomShape): AsyncHostFunction {
  const { name, capability, params, results, data, price, mayWait } = shape;
  return {
    name,
    capability: CUSTOM_PREFIX + capability,
    params,
    results,
    ...(data === undefined || data.input === 'none' ? {} : { spans: [0] }),
    price,
    mayWait: ({ custom }) => mayWait && custom.mayWait,
    wait: (host, a, b, c, d, e, f) => {
      const call = host.account.service;
      const input = data === undefined ? numbersOf(params.length, a, b, c, d, e, f) : bytesOf(shape, host, a, b);
      const answer = host.services.custom.invoke(call, name, input);
      // As a rule: a closure is not worth making for it.
      if (!(answer instanceof Promise)) return give(shape, host, answer);
      return whenever(answer, call, (later) => give(shape, host, later));
    },
    ...(data === undefined
      ? {}
      : { refuse: (host, refusal) => host.fail({ code: 'PERMISSION_DENIED', message: refusal }) }),
  };
}

/** Those of the arguments that the function takes. */
function numbersOf(count: number, a: number, b: number, c: number, d: number, e: number, f: number): readonly number[] {
  switch (count) {
    case 0:
      return NO_NUMBERS;
    case 1:
      return [a];
    case 2:
      return [a, b];
    default:
      return [a, b, c, d, e, f].slice(0, count);
  }
}
const NO_NUMBERS: readonly number[] = Object.freeze([]);

function bytesOf({ name, data }: CustomShape, host: HostContext, pointer: number, length: number): CustomInput {
  if (data === undefined || data.input === 'none') return NOTHING;
  // One byte over the limit says as much as all of them.
  return host.memory.read(pointer, Math.min(length >>> 0, data.maxInputBytes + 1), `input of ${name}`);
}

const NOTHING = new Uint8Array(0);

function give(shape: CustomShape, host: HostContext, answer: CustomAnswer): Answer {
  const { data, results } = shape;
  if (!answer.ok) {
    if (data !== undefined) return host.fail(answer);
    throw refused(shape, answer);
  }
  const { value } = answer;
  if (data === undefined) return results.length === 0 ? undefined : (value as Answer);
  if (value === undefined) return 0n;
  return typeof value === 'string' ? host.giveText(value) : host.giveBytes(value as Uint8Array);
}
