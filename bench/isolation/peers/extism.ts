/** The peer @extism/extism, on the caller's thread and in its worker. */
import { createPlugin } from '@extism/extism';
import { compileExtismGuest } from '../guests/extism-guests.ts';
import { LIMITS, type Peer } from '../peer.ts';

const FAIRNESS = `Each guest is a plugin of its own, as its documentation shows, with \`memory.maxPages\` and \`maxVarBytes\`. \`timeoutMs\` is set
in the worker; on the caller's thread the SDK refuses it, since it could not keep it. There is no option for the size of outputs or
the number of log lines. The level of logs is set to info, so that they arrive; the worker is given no special arguments.`;

const PAGE_BYTES = 65_536;

export const extism = (runInWorker: boolean): Peer => ({
  name: runInWorker ? 'extism worker' : 'extism thread',
  fairness: FAIRNESS,
  open: async (log) => ({
    async load(guest) {
      const logger = Object.assign(Object.create(console), { info: (line: unknown) => log(String(line)) }) as Console;
      const plugin = await createPlugin(
        { wasm: [{ data: compileExtismGuest(guest) }] },
        {
          runInWorker,
          logger,
          logLevel: 'info',
          memory: { maxPages: LIMITS.memoryBytes / PAGE_BYTES, maxVarBytes: LIMITS.outputBytes },
          ...(runInWorker ? { timeoutMs: LIMITS.deadlineMs } : {}),
        },
      );
      return {
        call: async (name, input) => (await plugin.call(name, input))?.text() ?? '',
        close: () => plugin.close(),
      };
    },
  }),
});
