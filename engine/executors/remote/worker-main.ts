/** The entry file of a worker: a guest host, and the port that connects it with the engine. */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import type { ErrorData } from '../../errors.ts';
import type { UsageCounters } from '../../host/usage-counters.ts';
import type { InstanceState, OutputSink } from '../../runtime/instance.ts';
import { suspensionSlots } from '../../runtime/suspensions.ts';
import { AnswerWaiter } from './answer-bridge.ts';
import { copyInto } from './copy-bytes.ts';
import { writeCounters } from './counters.ts';
import { GuestHost } from './guest-host.ts';
import type { GuestLink, GuestReport } from './guest-link.ts';
import { CONTROL, Lane, NUMBERS } from './lane.ts';
import { ownBytes } from './own-bytes.ts';
import type { CallCommand, RemoteSettings } from './protocol.ts';
import type { FromWorker, ToWorker, WorkerSettings } from './worker-messages.ts';

/** Stands for an output that is in the lane, and for an input of no bytes. */
const IN_LANE = new Uint8Array(0);

/** A lane, as the place where the output of its call goes. */
class OutputLane extends Lane implements OutputSink {
  take(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
    if (bytes.length > this.bytes.length) return bytes.slice() as Uint8Array<ArrayBuffer>;
    copyInto(this.bytes, bytes);
    this.control[CONTROL.outputBytes] = bytes.length;
    return IN_LANE;
  }
}

class WorkerGuestLink implements GuestLink {
  readonly #port: MessagePort;
  readonly #lanes: (OutputLane | undefined)[] = [];

  constructor(port: MessagePort) {
    this.#port = port;
  }

  add(slot: number, lane: OutputLane): void {
    this.#lanes[slot] = lane;
  }

  drop(slot: number): void {
    this.#lanes[slot] = undefined;
  }

  /** The call that lies in a lane. @param sent its input, where that did not fit */
  readCall(slot: number, settings: RemoteSettings | undefined, sent: Uint8Array | undefined): CallCommand {
    const { control, numbers, bytes } = this.#lane(slot);
    const size = control[CONTROL.inputBytes] as number;
    return {
      op: 'call',
      slot,
      instance: control[CONTROL.instance] as number,
      fn: control[CONTROL.fn] as number,
      settings,
      startedAt: numbers[NUMBERS.startedAt] as number,
      input: sent ?? (size === 0 ? IN_LANE : bytes.subarray(0, size)),
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
    return this.#lane(slot);
  }

  done(slot: number, usage: UsageCounters, output: Uint8Array<ArrayBuffer> | undefined): void {
    writeCounters(this.#lane(slot).counters, usage);
    if (output === undefined || output === IN_LANE) this.#send(slot);
    else this.#send({ op: 'done', slot, output }, [output.buffer]);
  }

  failed(slot: number, usage: UsageCounters, error: ErrorData, state: InstanceState): void {
    writeCounters(this.#lane(slot).counters, usage);
    this.#send({ op: 'failed', slot, error, state });
  }

  post(report: GuestReport): void {
    this.#send(report.op === 'request' ? { ...report, args: report.args.map(ownBytes) } : report);
  }

  #lane(slot: number): OutputLane {
    return this.#lanes[slot] as OutputLane;
  }

  #send(message: FromWorker, transfer?: ArrayBuffer[]): void {
    // A list, even an empty one, makes Node.js take a longer way.
    if (transfer === undefined) this.#port.postMessage(message);
    else this.#port.postMessage(message, transfer);
  }
}

function receive(message: ToWorker): void {
  if (typeof message === 'number') {
    host.handle(link.readCall(message, undefined, undefined));
    return;
  }
  switch (message.op) {
    case 'lane':
      link.add(message.slot, new OutputLane(message.buffer));
      return;
    case 'drop lane':
      link.drop(message.slot);
      return;
    case 'call':
      host.handle(link.readCall(message.slot, message.settings, message.input));
      return;
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
