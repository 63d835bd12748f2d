/** Capability `call`: a plugin calls a function of another one, and waits for its answer. */

import { TARGET_BYTES } from './call-service.ts';
import type { HostContext } from './context.ts';
import type { HostFunction } from './function.ts';
import { type Whenever, whenever } from './whenever.ts';

export const CALLS: readonly HostFunction[] = [
  {
    name: 'plugin_call',
    capability: 'call',
    params: ['i32', 'i32', 'i32', 'i32'],
    results: ['i64'],
    spans: [0, 2],
    price: { base: 20_000, perByte: 4 },
    mayWait: ({ calls }) => calls.mayWait,
    wait: callPlugin,
    refuse: (host, refusal) => host.fail({ code: 'PERMISSION_DENIED', message: refusal }),
  },
];

/** @returns the packed output, or -1 with the reason for `host_error` */
function callPlugin(
  host: HostContext,
  targetAt: number,
  targetSize: number,
  inputAt: number,
  inputSize: number,
): Whenever<bigint> {
  const { account, memory, services } = host;
  const call = account.service;
  // One byte over the limit says as much as all of them.
  const target = memory.readTextLeniently(targetAt, Math.min(targetSize >>> 0, TARGET_BYTES + 1), 'name of a function');
  const { outputBytes } = account.limits;
  if (inputSize >>> 0 > outputBytes) {
    const message = `The input for ${target} has ${inputSize >>> 0} bytes: what leaves a plugin has at most ${outputBytes} (limit \`outputBytes\`)`;
    return host.fail({ code: 'LIMIT_EXCEEDED', message });
  }
  const input = memory.read(inputAt, inputSize, 'input of another plugin');
  return whenever(services.calls.call(call, target, input, account.fuelLeft), call, (answer) => {
    // Whoever calls pays, whatever came of it.
    account.pay(answer.fuelUsed);
    if (answer.ok) return answer.output.length === 0 ? 0n : host.giveBytes(answer.output);
    const { code, message, details } = answer;
    return host.fail({ code, message, details });
  });
}
