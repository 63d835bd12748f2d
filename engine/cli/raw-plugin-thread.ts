/**
 * Calls a plugin on plain V8, with no fence at all, for `ringfence bench`: in a thread that can be ended. One `malloc`, one copy in, the
 * call, one copy out, both pieces freed.
 */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';

export interface RawPlugin {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly name: string;
  readonly input: Uint8Array;
  /** Configuration, as JSON. */
  readonly config: string;
}

/** Asked with a number of calls, it answers with the microseconds of each. */
export type RawAnswer = readonly number[];

interface PluginExports {
  readonly memory: WebAssembly.Memory;
  readonly malloc: (size: number) => number;
  readonly free: (pointer: number) => void;
  readonly plugin_init: (pointer: number, length: number) => number;
  readonly plugin_start: () => number;
  readonly [name: `plugin_${string}`]: (pointer: number, length: number) => bigint | number;
}

/** Host functions that plain V8 can do without: what they are told is lost. */
const SILENT = {
  log: (): void => {},
  log_enabled: (): number => 0,
  error_set: (): void => {},
  abort: (): never => {
    throw new Error('aborted');
  },
};

const port = parentPort as MessagePort;
const { bytes, name, input, config } = workerData as RawPlugin;
const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: SILENT });
const guest = exports as unknown as PluginExports;
const run = guest[`plugin_${name}`] as (pointer: number, length: number) => bigint;

function give(given: Uint8Array): number {
  if (given.length === 0) return 0;
  const pointer = guest.malloc(given.length) >>> 0;
  new Uint8Array(guest.memory.buffer).set(given, pointer);
  return pointer;
}

function call(): Uint8Array {
  const given = give(input);
  const packed = run(given, input.length);
  const pointer = Number((packed >> 32n) & 0xffff_ffffn);
  const output = new Uint8Array(guest.memory.buffer).slice(pointer, pointer + Number(packed & 0xffff_ffffn));
  if (pointer !== 0) guest.free(pointer);
  if (given !== 0) guest.free(given);
  return output;
}

const configBytes = new TextEncoder().encode(config);
const configAt = give(configBytes);
if (guest.plugin_init(configAt, configBytes.length) !== 0) throw new Error('plugin_init failed');
guest.free(configAt);
if (guest.plugin_start() !== 0) throw new Error('plugin_start failed');

port.on('message', (calls: number) => {
  const answer: number[] = [];
  for (let i = 0; i < calls; i++) {
    const started = performance.now();
    call();
    answer.push((performance.now() - started) * 1000);
  }
  port.postMessage(answer satisfies RawAnswer);
});
