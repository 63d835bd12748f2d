/**
 * The entry file of a child: its main thread. It stays free, so that it can answer the engine while a guest keeps the other
 * thread, with the guest host, busy; and it ends the child when the engine is gone.
 */
import { Socket } from 'node:net';
import { Worker } from 'node:worker_threads';
import { ownFile } from '../../own-file.ts';
import { AnswerBridge, type ServiceAnswer } from './answer-bridge.ts';
import {
  type ChildSettings,
  type FromChildControl,
  flagOf,
  type GuestThreadData,
  PIPES,
  placeOf,
  SLOTS,
  type ToChildControl,
} from './child-messages.ts';
import { FrameReader, valueFrame } from './frames.ts';
import { YOUNG_MIB } from './guest-heap.ts';

const MiB = 1024 * 1024;
const MOST_BYTES = 0xffff_ffff;

const { suspensions, maxLiveInstances, heapBytes, blocks } = JSON.parse(process.argv[2] ?? '') as ChildSettings;
const stops = new Int32Array(new SharedArrayBuffer(SLOTS * 4));
const bridge = blocks ? new AnswerBridge() : undefined;
const answers = bridge?.end;
const threadData: GuestThreadData = { suspensions, maxLiveInstances, answers, stops: stops.buffer };

/** A thread does not take over the permissions of its process: it has to be told. */
const permissions = process.execArgv.filter((flag) => /^--(?:permission|allow-fs-read|disable-warning)\b/.test(flag));
const guests = new Worker(ownFile('executors/remote/child-guest'), {
  name: 'guests',
  workerData: threadData,
  transferList: answers === undefined ? [] : [answers.port],
  env: {},
  execArgv: permissions,
  resourceLimits: { maxOldGenerationSizeMb: heapBytes / MiB, maxYoungGenerationSizeMb: YOUNG_MIB },
});
const control = new Socket({ fd: PIPES.control, readable: true, writable: true });

const send = (message: FromChildControl, then?: () => void): void => {
  control.write(valueFrame(message), then);
};

let failure: unknown;
guests.on('error', (error) => {
  failure = error;
});
guests.on('exit', (code) => {
  const reason = failure instanceof Error ? failure.message : `exit code ${code}`;
  send({ op: 'down', reason }, () => process.exit(1));
});

const reader = new FrameReader(
  () => MOST_BYTES,
  (_, frame) => handle(frame.only() as ToChildControl),
);
control.on('data', (bytes: Buffer) => reader.push(bytes));
// Without an engine there is nothing left to do.
control.on('close', () => process.exit(0));
control.on('error', () => process.exit(0));

function handle(message: ToChildControl): void {
  switch (message.op) {
    case 'stop':
      Atomics.store(stops, placeOf(message.slot), flagOf(message.slot));
      bridge?.wake();
      guests.postMessage(message.slot);
      return;
    case 'ping':
      pong();
      return;
    case 'memory':
      void tellMemory();
      return;
    case 'answer':
    case 'refusal':
      bridge?.send(message satisfies ServiceAnswer);
      return;
  }
}

async function tellMemory(): Promise<void> {
  try {
    const { used_heap_size, external_memory } = await guests.getHeapStatistics();
    send({ op: 'memory', resident: process.memoryUsage.rss(), heap: used_heap_size + external_memory });
  } catch {
    // It is ending, and says so.
  }
}

function pong(): void {
  const { rss, heapUsed } = process.memoryUsage();
  send({ op: 'pong', rss, heapUsed });
}
