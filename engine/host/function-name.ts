/** For guests that have one export for all their functions: which of them is meant. */
import type { HostFunction } from './function.ts';

export const FUNCTION_NAME: readonly HostFunction[] = [
  {
    name: 'function_name',
    capability: 'config',
    params: [],
    results: ['i64'],
    price: { base: 500 },
    call: (host) => (host.functionName === '' ? 0n : host.giveText(host.functionName)),
  },
];
