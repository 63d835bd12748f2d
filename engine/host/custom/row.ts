/** Functions of the application as rows of the host table: they read guest memory, ask the service, and write its answer. */
import { RingfenceError } from '../../errors.ts';
import type { CustomShape } from '../../host-function.ts';
import { CUSTOM_PREFIX } from '../../validate/permission-lines.ts';
import type { HostContext } from '../context.ts';
import type { Answer, AsyncHostFunction } from '../function.ts';
import { whenever } from '../whenever.ts';
import type { CustomAnswer, CustomInput } from './service.ts';

export function customRow(shape: CustomShape): AsyncHostFunction {
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
      const input = inputOf(shape, host, [a, b, c, d, e, f]);
      return whenever(host.services.custom.invoke(call, name, input), call, (answer) => give(shape, host, answer));
    },
    ...(data === undefined
      ? {}
      : { refuse: (host, refusal) => host.fail({ code: 'PERMISSION_DENIED', message: refusal }) }),
  };
}

function inputOf({ name, data, params }: CustomShape, host: HostContext, args: readonly number[]): CustomInput {
  if (data === undefined) return args.slice(0, params.length);
  if (data.input === 'none') return NOTHING;
  const [pointer = 0, length = 0] = args;
  // One byte over the limit says as much as all of them.
  return host.memory.read(pointer, Math.min(length >>> 0, data.maxInputBytes + 1), `input of ${name}`);
}

const NOTHING = new Uint8Array(0);

function give({ name, data, results }: CustomShape, host: HostContext, answer: CustomAnswer): Answer {
  if (!answer.ok) {
    if (data !== undefined) return host.fail(answer);
    throw new RingfenceError(
      answer.code === 'PERMISSION_DENIED' ? 'PERMISSION_DENIED' : 'HOST_FUNCTION_FAILED',
      `The host function ${name} refused: ${answer.message}`,
      { stage: 'host', details: { import: name, code: answer.code } },
    );
  }
  const { value } = answer;
  if (data === undefined) return results.length === 0 ? undefined : (value as Answer);
  if (value === undefined) return 0n;
  return typeof value === 'string' ? host.giveText(value) : host.giveBytes(value as Uint8Array);
}
