/** Capability `emit`: a plugin sends an event. Whoever listens hears of it; the plugin does not wait for them. */
import type { HostContext } from './context.ts';
import { EVENT_NAME_BYTES } from './event-service.ts';
import type { HostFunction } from './function.ts';
import { type Whenever, whenever } from './whenever.ts';

export const EVENTS: readonly HostFunction[] = [
  {
    name: 'emit',
    capability: 'emit',
    params: ['i32', 'i32', 'i32', 'i32'],
    results: ['i32'],
    spans: [0, 2],
    price: { base: 10_000, perByte: 300 },
    mayWait: ({ events }) => events.mayWait,
    wait: emit,
    refuse: (host, refusal) => {
      host.fail({ code: 'PERMISSION_DENIED', message: refusal });
      return 0;
    },
  },
];

/** @returns 1, or 0 with the reason for `host_error` */
function emit(
  host: HostContext,
  nameAt: number,
  nameSize: number,
  payloadAt: number,
  payloadSize: number,
): Whenever<number> {
  const { account, memory, services } = host;
  const call = account.service;
  // One byte over the limit says as much as all of them.
  const name = memory.readTextLeniently(nameAt, Math.min(nameSize >>> 0, EVENT_NAME_BYTES + 1), 'name of an event');
  const payload = memory.read(
    payloadAt,
    Math.min(payloadSize >>> 0, call.limits.eventBytes + 1),
    'payload of an event',
  );
  return whenever(services.events.emit(call, name, payload), call, (failure) => {
    if (failure === undefined) return 1;
    host.fail(failure);
    return 0;
  });
}
