/** A plugin on plain V8, in a thread, for `ringfence bench` to compare with. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { ownFile } from '../own-file.ts';
import type { RawAnswer, RawPlugin } from './raw-plugin-thread.ts';

/** Of some milliseconds of calls: then something waits that will not come. */
const PATIENCE_MS = 30_000;
/** Host functions that have a stand-in there. */
const STAND_INS: ReadonlySet<string> = new Set(['log', 'log_enabled', 'error_set', 'abort']);

/** Why plain V8 cannot run it; undefined if it can. */
export function whyNotRaw(contract: string, imports: readonly string[]): string | undefined {
  if (contract !== 'ringfence') return `plain V8 cannot call a plugin of the contract ${contract}`;
  const needed = imports.filter((name) => !STAND_INS.has(name));
  return needed.length === 0 ? undefined : `plain V8 has nothing for its imports ${needed.join(', ')}`;
}

export class RawThread {
  readonly #worker: Worker;

  constructor(plugin: RawPlugin) {
    this.#worker = new Worker(ownFile('cli/raw-plugin-thread'), { workerData: plugin, stdout: true, stderr: true });
  }

  /** Microseconds of each call. @throws what ended the thread */
  async call(calls: number): Promise<RawAnswer> {
    this.#worker.postMessage(calls);
    const [answer] = await once(this.#worker, 'message', { signal: AbortSignal.timeout(PATIENCE_MS) });
    return answer as RawAnswer;
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }
}
