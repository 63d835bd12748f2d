/** The entry file of a worker: a guest host, and the port that connects it with the engine. */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import type { ErrorData } from '../../errors.ts';
import type { UsageCounters } from '../../host/usage-counters.ts';
import type { InstanceState, OutputSink } from '../../runtime/instance.ts';
import { suspensionSlots } from '../../runtime/suspensions.ts';
import { AnswerWaiter } from './answer-bridge.ts';
import { GuestHost } from './guest-host.ts';
import type { GuestLink, GuestReport } from './guest-link.ts';
import { CONTROL, Lane, NUMBERS } from './lane.ts';
import { ownBytes } from './own-bytes.ts';
import { type CallCommand, COUNTERS } from './protocol.ts';
import type { FromWorker, ToWorker, WorkerSettings } from './worker-messages.ts';

/** Stands for an output that is in the lane. */
const IN_LANE = new Uint8Array(0);

class WorkerGuestLink implements GuestLink {
  readonly #port: MessagePort;
  readonly #lanes = new Map<number, Lane>();

  constructor(port: MessagePort) {
    this.#port = port;
  }

  add(slot: number, lane: Lane): void {
    this.#lanes.set(slot, lane);
  }

  drop(slot: number): void {
    this.#lanes.delete(slot);
  }

  /** What the lane says of a call. */
  readCall(slot: number): Pick<CallCommand, 'instance' | 'fn' | 'startedAt' | 'input'> {
    const { control, numbers, bytes } = this.#lane(slot);
    return {
      instance: control[CONTROL.instance] as number,
      fn: control[CONTROL.fn] as number,
      startedAt: numbers[NUMBERS.startedAt] as number,
      input: bytes.subarray(0, control[CONTROL.inputBytes]),
    };
  }

  begin(slot: number, go: () => void): void {
    Atomics.store(this.#lane(slot).control, CONTROL.begun, 1);
    go();
  }

  isStopped(slot: number): boolean {
    return Atomics.load(this.#lane(slot).control, CONTROL.stop) !== 0;
  }

  sink(slot: number): OutputSink {
    const lane = this.#lane(slot);
    return {
      take(bytes) {
        if (!lane.reserve(bytes.length)) return bytes.slice() as Uint8Array<ArrayBuffer>;
        lane.bytes.set(bytes);
        lane.control[CONTROL.outputBytes] = bytes.length;
        return IN_LANE;
      },
    };
  }

  done(slot: number, usage: UsageCounters, output: Uint8Array<ArrayBuffer> | undefined): void {
    writeCounters(this.#lane(slot), usage);
    if (output === undefined || output === IN_LANE) this.#send(slot);
    else this.#send({ op: 'done', slot, output }, [output.buffer]);
  }

  failed(slot: number, usage: UsageCounters, error: ErrorData, state: InstanceState): void {
    writeCounters(this.#lane(slot), usage);
    this.#send({ op: 'failed', slot, error, state });
  }

  post(report: GuestReport): void {
    this.#send(report.op === 'request' ? { ...report, args: report.args.map(ownBytes) } : report);
  }

  #lane(slot: number): Lane {
    return this.#lanes.get(slot) as Lane;
  }

  #send(message: FromWorker, transfer?: ArrayBuffer[]): void {
    // A list, even an empty one, makes Node.js take a longer way.
    if (transfer === undefined) this.#port.postMessage(message);
    else this.#port.postMessage(message, transfer);
  }
}

function writeCounters({ counters }: Lane, usage: UsageCounters): void {
  for (let i = 0; i < COUNTERS.length; i++) counters[i] = usage[COUNTERS[i] as (typeof COUNTERS)[number]];
}

function receive(message: ToWorker): void {
  if (typeof message === 'number') {
    host.handle({ op: 'call', slot: message, settings: undefined, ...link.readCall(message) });
    return;
  }
  switch (message.op) {
    case 'lane':
      link.add(message.slot, new Lane(message.buffer));
      return;
    case 'drop lane':
      link.drop(message.slot);
      return;
    case 'call': {
      const { slot, settings, input } = message;
      const call = link.readCall(slot);
      host.handle({ op: 'call', slot, settings, ...call, input: input ?? call.input });
      return;
    }
    default:
      host.handle(message);
  }
}

const { suspensions, maxLiveInstances, answers } = workerData as WorkerSettings;
suspensionSlots.limit(suspensions);
const port = parentPort as MessagePort;
const link = new WorkerGuestLink(port);
const host = new GuestHost(link, answers && new AnswerWaiter(answers));
host.residency.limit(maxLiveInstances);
port.on('message', receive);
port.on('messageerror', (error) => {
  throw error;
});
link.post({ op: 'ready' });
