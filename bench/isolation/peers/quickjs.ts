/** The peer quickjs-emscripten: a JavaScript engine that is itself WebAssembly. */
import { jsGuest } from '../guests/js-guests.ts';
import { LIMITS, type Peer } from '../peer.ts';

const FAIRNESS = `A runtime and a context for each guest, with the three limits that its documentation shows: \`setMemoryLimit\`,
\`setMaxStackSize\` (320 KiB there and here) and an interrupt handler with a deadline, set anew for each call. It has no worker of its
own, so it is measured on the caller's thread, as it is used most.`;

const STACK_BYTES = 320 * 1024;

export const quickjs: Peer = {
  name: 'quickjs-emscripten',
  fairness: FAIRNESS,
  make: jsGuest,
  without: {
    'host memory bomb': 'the host holds nothing for its guests',
    'redirect to a private address': 'guests have no requests',
  },
  async open(log) {
    const { getQuickJS, shouldInterruptAfterDeadline } = await import('quickjs-emscripten');
    const quickJs = await getQuickJS();
    return {
      async load(guest) {
        const runtime = quickJs.newRuntime();
        runtime.setMemoryLimit(LIMITS.memoryBytes);
        runtime.setMaxStackSize(STACK_BYTES);
        const context = runtime.newContext();
        context
          .newFunction('log', (line) => void log(context.getString(line)))
          .consume((handle) => context.setProp(context.global, 'log', handle));
        const evaluate = (code: string, deadlineMs: number = LIMITS.deadlineMs): string => {
          runtime.setInterruptHandler(shouldInterruptAfterDeadline(Date.now() + deadlineMs));
          return context.unwrapResult(context.evalCode(code)).consume((value) => context.getString(value));
        };
        evaluate(jsGuest(guest), LIMITS.startDeadlineMs);
        return {
          call: async (name, input) => evaluate(`guest.${name}(${JSON.stringify(input)})`),
          async close() {
            context.dispose();
            runtime.dispose();
          },
        };
      },
    };
  },
};
