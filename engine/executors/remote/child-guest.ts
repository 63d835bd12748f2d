/** The entry file of the second thread of a child: a guest host, and the pipe that connects it with the engine. */
import { Socket } from 'node:net';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import type { ErrorData } from '../../errors.ts';
import type { UsageCounters } from '../../host/usage-counters.ts';
import type { InstanceState, OutputSink } from '../../runtime/instance.ts';
import { suspensionSlots } from '../../runtime/suspensions.ts';
import { AnswerWaiter } from './answer-bridge.ts';
import { BlockingPipe } from './blocking-pipe.ts';
import { flagOf, type GuestThreadData, PIPES, placeOf, type ToChild } from './child-messages.ts';
import { COUNTERS } from './counters.ts';
import { beginFrame, DoneFrame, FRAME, FrameReader, readCall, valueFrame } from './frames.ts';
import { GuestHost } from './guest-host.ts';
import type { GuestLink, GuestReport } from './guest-link.ts';
import type { Report } from './protocol.ts';
import type { WireReader } from './wire.ts';

const MOST_BYTES = 0xffff_ffff;
const NOTHING = new Uint8Array(0);

interface GuestPipe {
  /** @param then called once all of it is on its way */
  write(bytes: Uint8Array, then?: () => void): unknown;
}

class PipeGuestLink implements GuestLink {
  readonly #pipe: GuestPipe;
  readonly #stops: Int32Array;
  /** Answers that wait for their counters, by slot. */
  readonly #frames = new Map<number, DoneFrame>();

  constructor(pipe: GuestPipe, stops: Int32Array) {
    this.#pipe = pipe;
    this.#stops = stops;
  }

  /** Not before the pipe has taken it: should this process end right then, the engine still hears that it began. */
  begin(slot: number, go: () => void): void {
    this.#pipe.write(beginFrame(slot), go);
  }

  isStopped(slot: number): boolean {
    return Atomics.load(this.#stops, placeOf(slot)) === flagOf(slot);
  }

  sink(slot: number): OutputSink {
    return {
      take: (bytes) => {
        this.#frames.set(slot, new DoneFrame(slot, bytes));
        return NOTHING;
      },
    };
  }

  done(slot: number, usage: UsageCounters): void {
    const frame = this.#frames.get(slot) ?? new DoneFrame(slot, NOTHING);
    this.#frames.delete(slot);
    this.#pipe.write(frame.finish(countersOf(usage)));
  }

  failed(slot: number, usage: UsageCounters, error: ErrorData, state: InstanceState): void {
    this.#frames.delete(slot);
    this.#send({ op: 'failed', slot, counters: countersOf(usage), error, state });
  }

  post(report: GuestReport): void {
    this.#send(report);
  }

  #send(report: Exclude<Report, { op: 'done' }>): void {
    this.#pipe.write(valueFrame(report));
  }
}

const countersOf = (usage: UsageCounters): number[] => COUNTERS.map((name) => usage[name]);

/** Modules by number, as soon as they are being compiled. */
const modules = new Map<number, Promise<WebAssembly.Module>>();

function receive(kind: number, frame: WireReader): void {
  if (kind === FRAME.call) host.handle({ op: 'call', settings: undefined, ...readCall(frame) });
  else handle(frame.only() as ToChild);
}

function handle(message: ToChild): void {
  switch (message.op) {
    case 'module': {
      const module = WebAssembly.compile(message.bytes);
      // Whoever starts an instance of it hears of a failure.
      module.catch(() => {});
      modules.set(message.module, module);
      return;
    }
    case 'drop module':
      modules.delete(message.module);
      return;
    case 'plugin': {
      const module = modules.get(message.image.module);
      if (module === undefined) throw new Error(`no module ${message.image.module}`);
      host.open(message.plugin, message.image, module);
      return;
    }
    default:
      host.handle(message);
  }
}

/** A thread that could do more than its process may would make the process no wall at all. */
function checkPermissions(): void {
  const { permission } = process;
  const allowed = ['fs.write', 'child', 'worker', 'addon', 'inspector', 'wasi'].filter((name) => permission?.has(name));
  if (permission === undefined || allowed.length > 0) {
    throw new Error(`the permission model of Node.js is not on: ${allowed.join(', ')}`);
  }
}

checkPermissions();
const { suspensions, maxLiveInstances, answers, stops } = workerData as GuestThreadData;
suspensionSlots.limit(suspensions);
const pipe = new Socket({ fd: PIPES.data, readable: true, writable: true });
// A thread that is going to be blocked has no event loop that would write the rest of a request.
const link = new PipeGuestLink(answers === undefined ? pipe : new BlockingPipe(PIPES.data), new Int32Array(stops));
const host = new GuestHost(link, answers && new AnswerWaiter(answers));
host.residency.limit(maxLiveInstances);
const reader = new FrameReader(() => MOST_BYTES, receive);
pipe.on('data', (bytes: Buffer) => reader.push(bytes));
pipe.on('error', (error) => {
  throw error;
});
// The main thread has set the flag already: this is for a guest that waits.
(parentPort as MessagePort).on('message', (slot: number) => host.handle({ op: 'interrupt', slot }));
link.post({ op: 'ready' });
