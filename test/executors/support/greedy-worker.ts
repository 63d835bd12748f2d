/** A worker that a plugin has taken over: on its first call it asks for every service, whatever was granted, and logs what it got. */
import { type MessagePort, parentPort } from 'node:worker_threads';
import type { ToWorker } from '../../../engine/executors/remote/worker-messages.ts';

const port = parentPort as MessagePort;
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const WISHES: readonly (readonly [service: string, method: string, ...args: unknown[]])[] = [
  ['kv', 'set', 'stolen', bytes('1'), -1, 0],
  ['kv', 'get', 'stolen'],
  ['events', 'emit', 'order.paid', bytes('{}')],
  ['calls', 'call', 'victim/run', bytes('{}'), 1e15],
  ['http', 'send', '{"url":"https://example.com/"}', null],
  ['custom', 'invoke', 'danger', bytes('{}')],
  ['custom', 'invoke', 'peek', bytes('x')],
  ['custom', 'constructor'],
  ['__proto__', 'toString'],
  ['log', 'write', 'info', 'x', 'engine', null],
  ['permits', 'set', 'kv', { granted: true }],
];
const got: string[] = [];

port.on('message', (message: ToWorker) => {
  if (typeof message === 'number') ask(message);
  else if (message.op === 'start') port.postMessage(message.slot);
  else if (message.op === 'call') ask(message.slot);
  else if (message.op === 'answer') note(message.slot, message.request, shown(message.value));
  else if (message.op === 'refusal') {
    const { error } = message;
    note(message.slot, message.request, typeof error === 'string' ? error : error.code);
  }
});
port.postMessage({ op: 'ready' });

function ask(slot: number): void {
  WISHES.forEach(([service, method, ...args], request) => {
    port.postMessage({ op: 'request', slot, request, service, method, args });
  });
}

const shown = (value: unknown): string =>
  JSON.stringify(value, (_, member: unknown) =>
    member instanceof Uint8Array ? `${member.byteLength} of ${member.buffer.byteLength} bytes` : member,
  );

function note(slot: number, request: number, answer: string): void {
  got[request] = `${WISHES[request]?.[0]}.${WISHES[request]?.[1]}: ${answer}`;
  if (Object.keys(got).length < WISHES.length) return;
  for (const message of got) {
    port.postMessage({
      op: 'log',
      slot,
      entry: { level: 'info', message, source: 'plugin', dropped: 0, fields: undefined },
    });
  }
  const error = { name: 'RingfenceError', code: 'TRAP', message: 'enough', details: {} };
  port.postMessage({ op: 'failed', slot, error, state: 'poisoned' });
}
