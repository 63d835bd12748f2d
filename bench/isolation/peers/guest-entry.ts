/** Runs a JavaScript guest in a worker or a child, one call after the other. */
import { parentPort } from 'node:worker_threads';
import { callGuest, startGuest } from './guest-script.ts';
import type { FromGuest, ToGuest } from './remote-guest.ts';

const port = parentPort;
const send = (message: FromGuest): void => {
  if (port === null) process.send?.(message);
  else port.postMessage(message);
};

function receive(message: ToGuest): void {
  if (message.op === 'source') {
    startGuest(message.source, (line) => send({ op: 'log', line }));
    send({ op: 'ready' });
    return;
  }
  const { id, name, input } = message;
  callGuest(name, input).then(
    (value) => send({ op: 'answer', id, value }),
    (error: unknown) => send({ op: 'failure', id, message: String(error) }),
  );
}
if (port === null) process.on('message', receive);
else port.on('message', receive);
