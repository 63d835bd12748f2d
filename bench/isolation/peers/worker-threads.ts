/** A worker for each guest, by hand. */
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { jsGuest } from '../guests/js-guests.ts';
import { LIMITS, type Peer } from '../peer.ts';
import { type FromGuest, RemoteGuest, type StartRemote, type ToGuest } from './remote-guest.ts';

const FAIRNESS = `A worker for each guest, with the heap limit of \`resourceLimits\`, a handler for its errors, and \`terminate\` when a call is
over its deadline; the next call starts another one. That is what the documentation of worker_threads offers. It is no security
boundary: such a guest has the files and the network of its host; of that the table tries one request.`;

const ENTRY = join(import.meta.dirname, 'guest-entry.ts');

const start =
  (source: string): StartRemote =>
  (onMessage, onEnd) => {
    const worker = new Worker(ENTRY, {
      resourceLimits: { maxOldGenerationSizeMb: LIMITS.memoryBytes / 2 ** 20 },
    });
    worker.on('message', (message: FromGuest) => onMessage(message));
    worker.on('error', (error) => onEnd(String(error)));
    worker.on('exit', (code) => onEnd(`the worker ended with ${code}`));
    worker.postMessage({ op: 'source', source } satisfies ToGuest);
    return { send: (message) => worker.postMessage(message), kill: () => worker.terminate() };
  };

export const workerThreads: Peer = {
  name: 'worker_threads',
  fairness: FAIRNESS,
  make: jsGuest,
  open: async (log) => ({ load: (guest) => new RemoteGuest(start(jsGuest(guest)), log).load() }),
};
