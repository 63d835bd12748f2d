/** Runs a JavaScript guest in a worker or a child, one call after the other. The source of the guest is the last argument. */
import { runInThisContext } from 'node:vm';
import { parentPort } from 'node:worker_threads';
import type { FromGuest, ToGuest } from './remote-guest.ts';

const port = parentPort;
const send = (message: FromGuest): void => {
  if (port === null) process.send?.(message);
  else port.postMessage(message);
};

const guests = globalThis as unknown as {
  log: (line: string) => void;
  guest: Record<string, (input: string) => string>;
};
guests.log = (line) => send({ op: 'log', line });
// The guest is a script of its own: it sees globals, not what is in here.
runInThisContext(process.argv.at(-1) ?? '');

function answer({ id, name, input }: ToGuest): void {
  try {
    send({ op: 'answer', id, value: String(guests.guest[name]?.(input)) });
  } catch (error) {
    send({ op: 'failure', id, message: String(error) });
  }
}
if (port === null) process.on('message', answer);
else port.on('message', answer);
send({ op: 'ready' });
