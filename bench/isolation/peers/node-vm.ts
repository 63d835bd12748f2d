/** The module node:vm, which is used as a sandbox though its documentation says that it is none. */
import { createContext, runInContext } from 'node:vm';
import { jsGuest } from '../guests/js-guests.ts';
import { LIMITS, type Peer } from '../peer.ts';

const FAIRNESS = `A context for each guest and the option \`timeout\` on every call. There is no option for memory, stack or output. Its
documentation says not to use it for untrusted code, since guests find ways out of the context; the table does not even try that.`;

export const nodeVm: Peer = {
  name: 'node:vm',
  fairness: FAIRNESS,
  make: jsGuest,
  without: {
    'host memory bomb': 'the host holds nothing for its guests',
    'redirect to a private address': 'guests have no requests',
  },
  open: async (log) => ({
    async load(guest) {
      const context = createContext({ log, input: '' });
      const timeout = LIMITS.deadlineMs;
      runInContext(jsGuest(guest), context, { timeout: LIMITS.startDeadlineMs });
      return {
        async call(name, input) {
          context.input = input;
          return String(runInContext(`guest.${name}(input)`, context, { timeout }));
        },
        async close() {},
      };
    },
  }),
};
