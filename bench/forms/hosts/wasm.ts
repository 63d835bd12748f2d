/** The plugin as WebAssembly, in Ringfence. */
import { readFileSync } from 'node:fs';
import { createEngine, type ExecutorName, isRingfenceError } from '../../../engine/index.ts';
import { appendCustomSection } from '../../../engine/wasm/custom-sections.ts';
import type { FormHost } from '../form.ts';
import { type FailureMessage, fromMessage } from '../source/failure.ts';

let loaded = 0;

/** @param file path of the built plugin */
export async function wasmHost(executor: ExecutorName, file: string): Promise<FormHost> {
  const engine = await createEngine({ executor, limits: { httpPerMinute: '10M' } });
  return {
    form: `wasm-${executor}`,
    async load(catalogue) {
      // Bytes that nobody has seen: caches are for those who load the same plugin again.
      const stamp = new TextEncoder().encode(`${process.pid} ${++loaded}`);
      const bytes = appendCustomSection(new Uint8Array(readFileSync(file)), 'load', stamp);
      const plugin = await engine.load(bytes as Uint8Array<ArrayBuffer>, {
        id: `music-source-${loaded}`,
        config: { catalogue },
        grants: { http: [catalogue] },
      });
      return {
        call: (name, input) =>
          plugin.call(name, input).catch((error: unknown) => {
            if (isRingfenceError(error, 'GUEST_ERROR')) throw fromMessage(error.details as unknown as FailureMessage);
            throw error;
          }),
        close: () => plugin.unload(),
      };
    },
    close: () => engine.close(),
  };
}
