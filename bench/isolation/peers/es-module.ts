/** A module of the program itself, as the plugins of most programs are: no wall at all. */
import { jsGuest } from '../guests/js-guests.ts';
import type { Peer } from '../peer.ts';

const FAIRNESS = `Each guest is imported as a module and called directly. There is nothing that could be set. It is the form that most plugins of
Node.js programs have, and here as the other floor: what trust alone gives.`;

interface GuestModule {
  readonly start: (
    log: (line: string) => void,
  ) => Readonly<Record<string, (input: string) => string | Promise<string>>>;
}
let imported = 0;

export const esModule: Peer = {
  name: 'es module',
  fairness: FAIRNESS,
  make: jsGuest,
  without: { 'host memory bomb': 'the host holds nothing for its guests' },
  open: async (log) => ({
    async load(guest) {
      const source = `export function start(log) { const globalThis = {}; ${jsGuest(guest)}\nreturn globalThis.guest; }`;
      const text = `${source}\n// ${++imported}`;
      const { start } = (await import(`data:text/javascript,${encodeURIComponent(text)}`)) as GuestModule;
      const functions = start(log);
      return {
        call: async (name, input) => String(await functions[name]?.(input)),
        async close() {},
      };
    },
  }),
};
