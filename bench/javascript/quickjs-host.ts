/** The peer quickjs-emscripten: one engine, and for each plugin a runtime and a context of its own with the limits of its documentation. */
import { readFileSync } from 'node:fs';
import { getQuickJS, shouldInterruptAfterDeadline } from 'quickjs-emscripten';

export const SOURCES = new URL('../../plugins/template/src/', import.meta.url);
const MEMORY_BYTES = 32 * 1024 * 1024;
const STACK_BYTES = 320 * 1024;
const DEADLINE_MS = 10_000;

/** What plugins expect to be there, as little as they use of it. */
const PRELUDE = `globalThis.ringfence = { log: { debug() {} }, PluginError: class extends Error {} };`;
const ENTRY = `import * as plugin from './plugin.js';
  plugin.onInit({ partials: {}, escape: 'html' });
  globalThis.call = (name, input) => JSON.stringify(plugin[name](JSON.parse(input)));`;

export interface QuickjsPlugin {
  readonly call: (name: string, input: string) => string;
  readonly close: () => void;
}

/** @returns loads the sources of the template plugin anew, each time */
export async function openQuickjs(): Promise<() => QuickjsPlugin> {
  const quickjs = await getQuickJS();
  return () => {
    const runtime = quickjs.newRuntime();
    runtime.setMemoryLimit(MEMORY_BYTES);
    runtime.setMaxStackSize(STACK_BYTES);
    runtime.setModuleLoader((name) => readFileSync(new URL(name, SOURCES), 'utf8'));
    const context = runtime.newContext();
    const limit = (): void => runtime.setInterruptHandler(shouldInterruptAfterDeadline(Date.now() + DEADLINE_MS));
    limit();
    context.unwrapResult(context.evalCode(PRELUDE)).dispose();
    context.unwrapResult(context.evalCode(ENTRY, 'entry.js', { type: 'module' })).dispose();
    const fn = context.getProp(context.global, 'call');
    return {
      call(name, input) {
        limit();
        const [nameHandle, inputHandle] = [context.newString(name), context.newString(input)];
        const answer = context.unwrapResult(context.callFunction(fn, context.undefined, nameHandle, inputHandle));
        const text = context.getString(answer);
        for (const handle of [nameHandle, inputHandle, answer]) handle.dispose();
        return text;
      },
      close() {
        fn.dispose();
        context.dispose();
        runtime.dispose();
      },
    };
  };
}
