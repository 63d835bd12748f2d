/** The peer @extism/extism, as it is released and as the release candidate, on the caller's thread and in its worker. */
import type { createPlugin } from '@extism/extism';
import { compileExtismGuest } from '../guests/extism-guests.ts';
import { LIMITS, type Peer } from '../peer.ts';

const FAIRNESS = `Each guest is a plugin of its own, as its documentation shows, with \`memory.maxPages\` and \`maxVarBytes\`, and
\`allowedHosts\` where it sends requests. \`timeoutMs\` is set in the worker; on the caller's thread the release candidate refuses it,
since it could not keep it, and the release ignores it. There is no option for the size of outputs or the number of log lines. The
level of logs is set to info, so that they arrive; the worker is given no special arguments.`;

const PAGE_BYTES = 65_536;

/** Package names: the second is an alias for the newest stable version. */
const RELEASES = { 'extism 2.0 rc': '@extism/extism', 'extism 1.0': 'extism-1' } as const;

export const extism = (release: keyof typeof RELEASES, runInWorker: boolean): Peer => ({
  name: `${release} ${runInWorker ? 'worker' : 'thread'}`,
  fairness: FAIRNESS,
  make: compileExtismGuest,
  ...(release === 'extism 1.0' && !runInWorker
    ? { without: { 'redirect to a private address': 'its requests need its worker' } }
    : {}),
  async open(log) {
    const sdk = (await import(RELEASES[release])) as { readonly createPlugin: typeof createPlugin };
    return {
      async load(guest, origin) {
        const logger = Object.assign(Object.create(console), { info: (line: unknown) => log(String(line)) }) as Console;
        const plugin = await sdk.createPlugin(
          { wasm: [{ data: compileExtismGuest(guest) }] },
          {
            runInWorker,
            logger,
            logLevel: 'info',
            memory: { maxPages: LIMITS.memoryBytes / PAGE_BYTES, maxVarBytes: LIMITS.outputBytes },
            ...(runInWorker ? { timeoutMs: LIMITS.deadlineMs } : {}),
            ...(origin === undefined ? {} : { allowedHosts: [new URL(origin).hostname] }),
          },
        );
        return {
          call: async (name, input) => (await plugin.call(name, input))?.text() ?? '',
          close: () => plugin.close(),
        };
      },
    };
  },
});
