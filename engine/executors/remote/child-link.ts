/**
 * A child process as a {@link Link}: frames over two pipes. Whatever it sends is looked at as if a plugin had written it, because
 * one day one might have; a child that breaks the rules is killed.
 */
import type { ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';
import { oneLine } from '../../abi/one-line.ts';
import { bug } from '../../errors.ts';
import type { Limits } from '../../limits.ts';
import type { Input } from '../../runtime/instance.ts';
import type { WallMemory } from '../../runtime/memory-use.ts';
import type { RunnablePlugin } from '../../runtime/runnable.ts';
import {
  type ChildSettings,
  type FromChildControl,
  PIPES,
  SLOTS,
  type ToChild,
  type ToChildControl,
} from './child-messages.ts';
import { ChildModules } from './child-modules.ts';
import { largestFrame } from './frame-limit.ts';
import { callFrame, FRAME, FrameReader, readDone, valueFrame } from './frames.ts';
import { HEARTBEAT, Heartbeat, type HeartbeatOptions } from './heartbeat.ts';
import type { Link, LinkEvents, SentCommand } from './link.ts';
import { imageOf } from './plugin-image.ts';
import type { CallCommand } from './protocol.ts';
import { checkCounters, readControl, readReport } from './report-shape.ts';
import { spawnChild } from './spawn-child.ts';
import { WireError, type WireReader } from './wire.ts';

export interface ChildOptions extends ChildSettings {
  readonly heartbeat?: HeartbeatOptions;
  /** What it runs. @default a guest host */
  readonly entry?: URL;
}

/** Bytes that are kept of what a child writes to its standard output and error. The engine's code writes nothing there. */
const NOISE_BYTES = 8_192;
/** What says in there why Node.js ended. */
const LAST_WORDS = /FATAL ERROR: [^\n]*|^[A-Za-z]*Error: [^\n]*/m;
/** Of a pong, or the reason why a child ends. */
const CONTROL_BYTES = 64 * 1024;
/** Between two questions of the heartbeat. */
const CONTROL_FRAMES = 100;
/** How long a child that has ended may leave its pipes open. */
const PIPES_MS = 1_000;

/** An operation, as the child may speak of it. */
interface OpenSlot {
  hasBegun: boolean;
  /** Frames that it may still cause: two for each host call, a few for itself. */
  frames: number;
}

export class ChildLink implements Link {
  readonly #child: ChildProcess;
  readonly #data: Socket;
  readonly #control: Socket;
  readonly #events: LinkEvents;
  readonly #blocks: boolean;
  readonly #heartbeat: Heartbeat;
  readonly #modules = new ChildModules();
  readonly #plugins = new Map<number, RunnablePlugin>();
  readonly #slots = new Map<number, OpenSlot>();
  /** How often it may still say that an instance was evicted: once after each operation. */
  #evictions = 0;
  readonly #freePlaces: number[] = [];
  #places = 0;
  #serial = 0;
  #largestFrame = 0;
  #controlFrames = 0;
  /** Who wants to know how much memory it takes. */
  readonly #askers: ((memory: Pick<WallMemory, 'heap' | 'resident'>) => void)[] = [];
  #noise = '';
  /** Why the engine has killed it. */
  #killed: string | undefined;
  /** What it said of its end. */
  #said: string | undefined;
  #isDown = false;
  readonly #gone: Promise<void>;

  constructor({ heartbeat = HEARTBEAT, entry, ...settings }: ChildOptions, events: LinkEvents) {
    this.#events = events;
    this.#blocks = settings.blocks;
    const gone = Promise.withResolvers<void>();
    this.#gone = gone.promise;
    this.#child = spawnChild(settings, entry);
    const { stdio } = this.#child;
    this.#data = stdio[PIPES.data] as Socket;
    this.#control = stdio[PIPES.control] as Socket;
    this.#heartbeat = new Heartbeat(
      heartbeat,
      () => this.#ping(),
      () => this.#kill('it does not answer'),
    );
    this.#listen(() => {
      gone.resolve();
      this.#ended();
    });
    this.#unref();
    // Nobody waits for what it may print.
    for (const output of [this.#child.stdout, this.#child.stderr]) (output as Socket | null)?.unref();
  }

  lease(limits: Limits): number {
    const place = this.#freePlaces.pop() ?? this.#places++;
    if (place >= SLOTS) throw bug('more operations in a child than it has places for');
    this.#serial++;
    const slot = this.#serial * SLOTS + place;
    this.#slots.set(slot, { hasBegun: false, frames: 2 * limits.hostCalls + 8 });
    this.#largestFrame = Math.max(this.#largestFrame, largestFrame(limits));
    return slot;
  }

  release(slot: number): void {
    if (this.#slots.delete(slot)) this.#freePlaces.push(slot % SLOTS);
  }

  open(key: number, plugin: RunnablePlugin): void {
    const { bytes } = plugin.prepared;
    if (bytes === undefined) throw bug('a plugin for a child process without its bytes');
    this.#plugins.set(key, plugin);
    this.#largestFrame = Math.max(this.#largestFrame, largestFrame(plugin.prepared.limits, plugin.custom));
    const module = this.#modules.open(bytes, (number) => this.#send({ op: 'module', module: number, bytes }));
    this.#send({ op: 'plugin', plugin: key, image: { ...imageOf(plugin), module } });
  }

  forget(key: number): void {
    const bytes = this.#plugins.get(key)?.prepared.bytes;
    this.#plugins.delete(key);
    this.#send({ op: 'forget', plugin: key });
    if (bytes !== undefined) this.#modules.forget(bytes, (module) => this.#send({ op: 'drop module', module }));
  }

  send(command: SentCommand): void {
    const isAnswer = command.op === 'answer' || command.op === 'refusal';
    if (isAnswer && this.#blocks) this.#sendControl(command);
    else this.#send(command);
  }

  call({ settings, ...command }: Omit<CallCommand, 'op' | 'input'>, input: Input, maxBytes: number): number {
    const { length } = input;
    if (length > maxBytes) return length;
    const size = typeof input === 'string' ? Buffer.byteLength(input) : length;
    if (size > maxBytes) return size;
    if (settings === undefined) this.#write(this.#data, callFrame(command, input));
    else this.#send({ op: 'call', settings, ...command, input: bytesOf(input) });
    return size;
  }

  stop(slot: number): void {
    this.#sendControl({ op: 'stop', slot });
  }

  hasBegun(slot: number): boolean {
    return this.#slots.get(slot)?.hasBegun === true;
  }

  setBusy(busy: boolean): void {
    if (busy) {
      this.#ref();
      this.#heartbeat.start();
    } else {
      this.#unref();
      this.#heartbeat.stop();
    }
  }

  memory(): Promise<Pick<WallMemory, 'heap' | 'resident'>> {
    return new Promise((resolve) => {
      this.#askers.push(resolve);
      this.#sendControl({ op: 'memory' });
    });
  }

  async terminate(): Promise<void> {
    this.#ref();
    this.#kill('it was ended');
    await this.#gone;
  }

  #listen(onGone: () => void): void {
    const { stdout, stderr } = this.#child;
    const data = new FrameReader(
      () => this.#largestFrame,
      (kind, frame) => this.#receive(kind, frame),
    );
    const control = new FrameReader(
      () => CONTROL_BYTES,
      (_, frame) => this.#receiveControl(readControl(frame.only())),
    );
    this.#data.on('data', (bytes: Buffer) => this.#read(data, bytes));
    this.#control.on('data', (bytes: Buffer) => this.#read(control, bytes));
    for (const pipe of [this.#data, this.#control]) {
      // Its end follows, and says more. Without a pipe it must not live on.
      const leave = (): void => {
        setTimeout(() => this.#child.kill('SIGKILL'), PIPES_MS).unref();
      };
      pipe.on('error', leave).on('end', leave);
    }
    const listen = (text: Buffer): void => {
      this.#noise += text.toString('latin1', 0, NOISE_BYTES - this.#noise.length);
    };
    stdout?.on('data', listen).on('error', () => {});
    stderr?.on('data', listen).on('error', () => {});
    this.#child.on('error', (error) => {
      this.#said ??= error.message;
      // One that never was has no exit.
      if (this.#child.pid === undefined) onGone();
    });
    // What it sent before is still in its pipes: they close later.
    let patience: NodeJS.Timeout | undefined;
    this.#child.on('exit', () => {
      patience = setTimeout(onGone, PIPES_MS);
    });
    this.#child.on('close', () => {
      clearTimeout(patience);
      onGone();
    });
  }

  #ref(): void {
    this.#child.ref();
    this.#data.ref();
    this.#control.ref();
  }

  #unref(): void {
    this.#child.unref();
    this.#data.unref();
    this.#control.unref();
  }

  #read(reader: FrameReader, bytes: Buffer): void {
    if (this.#isDown || this.#killed !== undefined) return;
    try {
      reader.push(bytes);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.#kill(`it sent what it must not: ${error.message}`);
    }
  }

  /** @throws WireError */
  #receive(kind: number, frame: WireReader): void {
    switch (kind) {
      case FRAME.begun:
        this.#count(frame.f64()).hasBegun = true;
        return;
      case FRAME.done: {
        const report = readDone(frame);
        this.#count(report.slot);
        checkCounters(report.counters);
        this.#evictions++;
        this.#events.report({ op: 'done', ...report });
        return;
      }
      case FRAME.value: {
        const report = readReport(frame.only());
        if (report.op === 'evicted') this.#countEviction();
        else if (report.op !== 'ready') this.#count(report.slot);
        if (report.op === 'failed') this.#evictions++;
        this.#events.report(report);
        return;
      }
      default:
        throw new WireError(`a frame of kind ${kind}`);
    }
  }

  /** @throws WireError */
  #countEviction(): void {
    if (--this.#evictions < 0) throw new WireError('more evictions than operations that have ended');
  }

  /** The operation that a frame is about. @throws WireError where there is none, or has had its share */
  #count(slot: number): OpenSlot {
    const open = this.#slots.get(slot);
    if (open === undefined) throw new WireError('word of an operation that does not run');
    if (--open.frames < 0) throw new WireError('more than an operation can have to say');
    return open;
  }

  /** @throws WireError */
  #receiveControl(message: FromChildControl): void {
    if (++this.#controlFrames > CONTROL_FRAMES) throw new WireError('answers that nobody asked for');
    if (message.op === 'pong') this.#heartbeat.heard();
    else if (message.op === 'memory') for (const tell of this.#askers.splice(0)) tell(message);
    else this.#said ??= oneLine(message.reason, 500);
  }

  #ping(): void {
    this.#controlFrames = 0;
    this.#sendControl({ op: 'ping' });
  }

  #send(message: ToChild): void {
    this.#write(this.#data, valueFrame(message));
  }

  #sendControl(message: ToChildControl): void {
    this.#write(this.#control, valueFrame(message));
  }

  #write(pipe: Socket, frame: Buffer): void {
    if (!this.#isDown && pipe.writable) pipe.write(frame);
  }

  #kill(why: string): void {
    this.#killed ??= why;
    this.#child.kill('SIGKILL');
  }

  #ended(): void {
    if (this.#isDown) return;
    this.#isDown = true;
    this.#heartbeat.stop();
    const { exitCode, signalCode } = this.#child;
    const [lastWords] = LAST_WORDS.exec(this.#noise) ?? [];
    const how = signalCode === null ? `exit code ${exitCode}` : `signal ${signalCode}`;
    this.#events.down(this.#killed ?? this.#said ?? (lastWords === undefined ? how : oneLine(lastWords, 300)));
    this.#data.destroy();
    this.#control.destroy();
  }
}

const encoder = new TextEncoder();
const bytesOf = (input: Input): Uint8Array => (typeof input === 'string' ? encoder.encode(input) : input);
