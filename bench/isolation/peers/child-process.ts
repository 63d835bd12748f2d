/** A child process for each guest, with Node's own JSON messages: the way of editors and of go-plugin. */
import { join } from 'node:path';
import { jsGuest } from '../guests/js-guests.ts';
import type { Peer } from '../peer.ts';
import { forkGuest } from './fork-guest.ts';
import { type FromGuest, RemoteGuest, type StartRemote } from './remote-guest.ts';

const FAIRNESS = `A child for each guest, by \`fork\` with its JSON messages, a heap limit by flag, and SIGKILL when a call is over its deadline;
the next call starts another one. Its wall is the operating system's. Without more work (users, namespaces) such a guest has the
files and the network of its host; of that the table tries one request.`;

const ENTRY = join(import.meta.dirname, 'guest-entry.ts');

const start =
  (source: string): StartRemote =>
  (onMessage, onEnd) => {
    const { child, kill } = forkGuest(ENTRY, source, onEnd);
    child.on('message', (message) => onMessage(message as FromGuest));
    return { send: (message) => void child.send(message), kill };
  };

export const childProcess: Peer = {
  name: 'child process',
  fairness: FAIRNESS,
  make: jsGuest,
  open: async (log) => ({ load: (guest) => new RemoteGuest(start(jsGuest(guest)), log).load() }),
};
