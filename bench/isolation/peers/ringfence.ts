/** Ringfence, with each of its executors. */
import type { ExecutorName } from '../../../engine/index.ts';
import { compileCoreGuest } from '../guests/core-guests.ts';
import { LIMITS, type Peer } from '../peer.ts';

const FAIRNESS = `Everything at its default but the limits that all peers are told: memory, deadlines and output. The fuel of a call is
left at its default, so that an endless loop ends by whichever comes first. Where a guest sends requests, its manifest asks for the
address and the operator grants it. Other plugins of the same engine are the bystanders; with
the executors worker and process they may share a thread or a child with the guest that does the harm.`;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export const ringfence = (executor: ExecutorName): Peer => ({
  name: `ringfence ${executor}`,
  fairness: FAIRNESS,
  make: compileCoreGuest,
  async open(log) {
    const { memoryBytes, deadlineMs, startDeadlineMs, outputBytes } = LIMITS;
    const { createEngine } = await import('../../../engine/index.ts');
    const engine = await createEngine({
      executor,
      limits: { memory: memoryBytes, timeoutMs: deadlineMs, startTimeoutMs: startDeadlineMs, outputBytes },
      logger: { log: ({ message }) => log(message) },
    });
    let loaded = 0;
    return {
      async load(guest, origin) {
        const plugin = await engine.load(compileCoreGuest(guest), {
          id: `guest-${++loaded}`,
          ...(origin === undefined ? {} : { grants: { http: [origin] } }),
        });
        return {
          call: async (name, input) => decoder.decode(await plugin.callBytes(name, encoder.encode(input))),
          close: () => plugin.unload(),
        };
      },
    };
  },
});
