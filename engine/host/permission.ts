/** Capability `permissions`: a plugin asks what it was granted, to do without what it was not. */
import type { HostFunction } from './function.ts';

export const PERMISSION: readonly HostFunction[] = [
  {
    name: 'permission_granted',
    capability: 'permissions',
    params: ['i32', 'i32'],
    results: ['i32'],
    spans: [0],
    price: { base: 2_000, perByte: 10 },
    call: ({ memory, services }, pointer, length) => {
      const capability = memory.readTextLeniently(pointer, length, 'name of a capability');
      return services.permits.get(capability)?.granted === true ? 1 : 0;
    },
  },
];
