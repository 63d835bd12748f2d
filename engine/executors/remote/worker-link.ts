/** A worker thread as a {@link Link}: messages over its port, calls in lanes of shared memory. */
import { Worker } from 'node:worker_threads';
import { ownFile } from '../../own-file.ts';
import type { Input } from '../../runtime/instance.ts';
import type { WallMemory } from '../../runtime/memory-use.ts';
import type { RunnablePlugin } from '../../runtime/runnable.ts';
import { AnswerBridge, type ServiceAnswer } from './answer-bridge.ts';
import { copyInto } from './copy-bytes.ts';
import { YOUNG_MIB } from './guest-heap.ts';
import { CONTROL, Lane, NUMBERS } from './lane.ts';
import type { Link, LinkEvents, SentCommand } from './link.ts';
import { ownBytes } from './own-bytes.ts';
import { imageOf } from './plugin-image.ts';
import type { CallCommand } from './protocol.ts';
import type { FromWorker, ToWorker, WorkerSettings } from './worker-messages.ts';

export interface WorkerOptions {
  /** Guests that may be suspended at the same time. */
  readonly suspensions: number;
  /** Instances that may be live at the same time. */
  readonly maxLiveInstances: number;
  /** Limit on the JavaScript heap of the worker. */
  readonly heapBytes: number;
  /** What it runs. @default a guest host */
  readonly entry?: URL;
  /** Guests wait for services by blocking the thread. */
  readonly blocks: boolean;
}

/** Bytes of lanes that nothing uses, of one worker. What is over goes back to the system. */
const IDLE_LANE_BYTES = 4 * 1024 * 1024;
const MiB = 1024 * 1024;
const encoder = new TextEncoder();

export class WorkerLink implements Link {
  readonly #worker: Worker;
  readonly #events: LinkEvents;
  readonly #bridge: AnswerBridge | undefined;
  readonly #lanes: (Lane | undefined)[] = [];
  /** Slots that are free and have a lane; the one used last on top. */
  readonly #idle: number[] = [];
  #idleBytes = 0;
  /** Slots whose lane has been let go. */
  readonly #empty: number[] = [];
  #failure: unknown;
  #isDown = false;

  constructor(
    {
      heapBytes,
      suspensions,
      maxLiveInstances,
      entry = ownFile('executors/remote/worker-main'),
      blocks,
    }: WorkerOptions,
    events: LinkEvents,
  ) {
    this.#events = events;
    this.#bridge = blocks ? new AnswerBridge() : undefined;
    const answers = this.#bridge?.end;
    const workerData: WorkerSettings = { suspensions, maxLiveInstances, answers };
    this.#worker = new Worker(entry, {
      name: 'ringfence',
      workerData,
      transferList: answers === undefined ? [] : [answers.port],
      // Neither the environment nor the loaders and hooks of the application.
      env: {},
      execArgv: ['--disable-warning=ExperimentalWarning'],
      resourceLimits: { maxOldGenerationSizeMb: heapBytes / MiB, maxYoungGenerationSizeMb: YOUNG_MIB },
    });
    this.#worker.unref();
    this.#worker.on('message', (message: FromWorker) => this.#receive(message));
    this.#worker.on('messageerror', (error) => this.#fail(error));
    this.#worker.on('error', (error) => this.#fail(error));
    this.#worker.on('exit', (code) => this.#ended(code));
  }

  lease(): number {
    const idle = this.#idle.pop();
    if (idle !== undefined) {
      const lane = this.#lanes[idle] as Lane;
      this.#idleBytes -= lane.size;
      lane.control[CONTROL.begun] = 0;
      lane.control[CONTROL.stop] = 0;
      return idle;
    }
    const slot = this.#empty.pop() ?? this.#lanes.length;
    this.#give(slot, new Lane());
    return slot;
  }

  release(slot: number): void {
    const { size } = this.#lanes[slot] as Lane;
    if (this.#idleBytes + size > IDLE_LANE_BYTES) {
      this.#empty.push(slot);
      this.#lanes[slot] = undefined;
      this.#post({ op: 'drop lane', slot });
      return;
    }
    this.#idleBytes += size;
    this.#idle.push(slot);
  }

  call(command: Omit<CallCommand, 'op' | 'input'>, input: Input, maxBytes: number): number {
    const { slot, settings } = command;
    const size = this.#write(slot, input, maxBytes);
    if (size > maxBytes) return size;
    const { control, numbers } = this.#lanes[slot] as Lane;
    control[CONTROL.instance] = command.instance;
    control[CONTROL.fn] = command.fn;
    control[CONTROL.inputBytes] = size;
    numbers[NUMBERS.startedAt] = command.startedAt;
    if (size !== IN_MESSAGE) {
      if (settings === undefined) this.#post(slot);
      else this.#post({ op: 'call', slot, settings, input: undefined });
      return size;
    }
    // The caller's bytes stay the caller's.
    const copy = typeof input === 'string' ? encoder.encode(input) : input.slice();
    if (copy.length <= maxBytes) this.#post({ op: 'call', slot, settings, input: copy }, [copy.buffer as ArrayBuffer]);
    return copy.length;
  }

  /** Writes the input into the lane. @returns its size as far as it is known, or IN_MESSAGE where there is no room for it */
  #write(slot: number, input: Input, maxBytes: number): number {
    const { length } = input;
    if (length > maxBytes) return length;
    const lane = this.#laneFor(slot, length);
    if (lane === undefined) return IN_MESSAGE;
    if (typeof input !== 'string') {
      copyInto(lane.bytes, input);
      return length;
    }
    // Most text is ASCII: where it is not and does not fit, its exact size is found out.
    const { read, written } = encoder.encodeInto(input, lane.bytes);
    if (read === length) return written;
    const size = Buffer.byteLength(input);
    if (size > maxBytes) return size;
    const larger = this.#laneFor(slot, size);
    return larger === undefined ? IN_MESSAGE : encoder.encodeInto(input, larger.bytes).written;
  }

  /** The lane of a slot, with room for so many bytes. */
  #laneFor(slot: number, bytes: number): Lane | undefined {
    const lane = this.#lanes[slot] as Lane;
    if (bytes <= lane.bytes.length) return lane;
    const larger = Lane.withRoomFor(bytes);
    if (larger !== undefined) this.#give(slot, larger);
    return larger;
  }

  /** A lane for a slot in which nothing runs. */
  #give(slot: number, lane: Lane): void {
    this.#lanes[slot] = lane;
    this.#post({ op: 'lane', slot, buffer: lane.buffer });
  }

  open(key: number, plugin: RunnablePlugin): void {
    this.#post({ op: 'plugin', plugin: key, image: imageOf(plugin) });
  }

  forget(key: number): void {
    this.#post({ op: 'forget', plugin: key });
  }

  send(command: SentCommand): void {
    if (command.op === 'answer' || command.op === 'refusal') this.#answer(command);
    else this.#post(command);
  }

  #answer(answer: ServiceAnswer): void {
    const compact = answer.op === 'answer' ? { ...answer, value: ownBytes(answer.value) } : answer;
    if (this.#bridge === undefined) this.#post(compact);
    else this.#bridge.send(compact);
  }

  stop(slot: number): void {
    const lane = this.#lanes[slot];
    if (lane === undefined) return;
    // For code that runs; the message is for a guest that waits.
    Atomics.store(lane.control, CONTROL.stop, 1);
    this.#post({ op: 'interrupt', slot });
    this.#bridge?.wake();
  }

  hasBegun(slot: number): boolean {
    const lane = this.#lanes[slot];
    return lane !== undefined && Atomics.load(lane.control, CONTROL.begun) !== 0;
  }

  setBusy(busy: boolean): void {
    if (busy) this.#worker.ref();
    else this.#worker.unref();
  }

  async memory(): Promise<Pick<WallMemory, 'heap' | 'resident'>> {
    const { used_heap_size, external_memory } = await this.#worker.getHeapStatistics();
    return { heap: used_heap_size + external_memory, resident: undefined };
  }

  async terminate(): Promise<void> {
    await this.#worker.terminate();
  }

  #receive(message: FromWorker): void {
    if (typeof message === 'number') {
      const { control, counters, bytes } = this.#lanes[message] as Lane;
      const output = bytes.subarray(0, control[CONTROL.outputBytes]);
      this.#events.report({ op: 'done', slot: message, counters, output });
      return;
    }
    switch (message.op) {
      case 'done':
        this.#events.report({ ...message, counters: (this.#lanes[message.slot] as Lane).counters });
        // The next output of this size is to fit.
        if (this.#idle.at(-1) === message.slot) this.#widen(message.slot, message.output.length);
        return;
      case 'failed':
        this.#events.report({ ...message, counters: (this.#lanes[message.slot] as Lane).counters });
        return;
      default:
        this.#events.report(message);
    }
  }

  /** A larger lane for a slot that is idle. */
  #widen(slot: number, bytes: number): void {
    const { size } = this.#lanes[slot] as Lane;
    const larger = this.#laneFor(slot, bytes);
    if (larger !== undefined) this.#idleBytes += larger.size - size;
  }

  #post(message: ToWorker, transfer?: ArrayBuffer[]): void {
    // A list, even an empty one, makes Node.js take a longer way.
    if (transfer === undefined) this.#worker.postMessage(message);
    else this.#worker.postMessage(message, transfer);
  }

  /** The worker is beyond help: its end will follow. */
  #fail(error: unknown): void {
    this.#failure ??= error;
    void this.#worker.terminate();
  }

  #ended(code: number): void {
    if (this.#isDown) return;
    this.#isDown = true;
    this.#bridge?.close();
    const failure = this.#failure;
    const why =
      failure instanceof Error ? failure.message : failure === undefined ? `exit code ${code}` : String(failure);
    this.#events.down(why);
  }
}

/** The input goes along with the message. */
const IN_MESSAGE = -1;
