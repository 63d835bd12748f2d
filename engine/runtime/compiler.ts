/**
 * Checks and meters modules off the event loop, in a thread that is started when it is needed and ends when it has been idle
 * for a while. It works on one module at a time. A module that kills it, or whose work is given up, takes no other with it: the
 * next one gets a fresh thread. Small modules are done in place, where asking a thread costs more than the work; so are all
 * where the process may not start threads.
 */
import { RingfenceError } from '../errors.ts';
import { STRUCTURE } from '../limits.ts';
import { CompilerWorker } from './compiler-worker.ts';
import { type CheckedData, type MeteredData, type ModuleForm, ModuleWork } from './module-work.ts';

/** The work on one module. `check` comes first; whoever opened it closes it, also after a failure. */
export interface CompileJob {
  /** @throws what is wrong with the module; LIMIT_EXCEEDED or EXECUTOR_CRASHED where it ended the thread */
  check(): Promise<CheckedData>;
  /** @throws what meterModule throws; LIMIT_EXCEEDED or EXECUTOR_CRASHED where it ended the thread */
  meter(form: ModuleForm): Promise<MeteredData>;
  /** Gives up what is being done, and lets the next module have its turn. */
  close(): void;
}

/** Where the work is done: here, or in a thread. */
export interface Workbench {
  check(bytes: Uint8Array<ArrayBuffer>): Promise<CheckedData>;
  meter(form: ModuleForm): Promise<MeteredData>;
  /** The module is done with, or given up. */
  release(): void;
}

export interface CompilerOptions {
  /** Modules up to this size are done on the calling thread. @default IN_PLACE_BYTES */
  readonly inPlaceBytes?: number | undefined;
  /** JavaScript heap of the thread. @default STRUCTURE.compilerHeapBytes */
  readonly heapBytes?: number | undefined;
  /** How long an idle thread is kept. @default IDLE_MS */
  readonly idleMs?: number | undefined;
}

export const IN_PLACE_BYTES = 16 * 1024;
const IDLE_MS = 30_000;

export class ModuleCompiler {
  readonly #inPlaceBytes: number;
  readonly #heapBytes: number;
  readonly #idleMs: number;
  readonly #queue: Job[] = [];
  #current: Job | undefined;
  #worker: CompilerWorker | undefined;
  /** Those that have been told to end, too. */
  readonly #workers = new Set<CompilerWorker>();
  #idleTimer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(options: CompilerOptions = {}) {
    this.#inPlaceBytes = options.inPlaceBytes ?? IN_PLACE_BYTES;
    this.#heapBytes = options.heapBytes ?? STRUCTURE.compilerHeapBytes;
    this.#idleMs = options.idleMs ?? IDLE_MS;
  }

  /** Threads that there are, idle ones included. */
  get threads(): number {
    return this.#workers.size;
  }

  /** @param bytes belong to the job from here on: they may be handed to the thread */
  open(bytes: Uint8Array<ArrayBuffer>): CompileJob {
    const job = new Job(bytes, () => this.#leave(job));
    if (bytes.length <= this.#inPlaceBytes) {
      job.begin(new InPlace());
    } else {
      this.#queue.push(job);
      this.#serve();
    }
    return job;
  }

  /** Gives up whatever is still open, and ends the thread. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#idleTimer);
    for (const job of [...this.#queue]) job.close();
    this.#current?.close();
    await Promise.all([...this.#workers].map((worker) => worker.end()));
  }

  #serve(): void {
    if (this.#current !== undefined || this.#isClosed) return;
    const job = this.#queue.shift();
    if (job === undefined) {
      this.#rest();
      return;
    }
    this.#current = job;
    clearTimeout(this.#idleTimer);
    job.begin(this.#workbench());
  }

  #workbench(): Workbench {
    try {
      this.#worker ??= this.#startWorker();
    } catch {
      // The permission model can forbid threads. Then loading is as slow for the event loop as it would be without this file.
      return new InPlace();
    }
    this.#worker.isNeeded = true;
    return this.#worker;
  }

  #startWorker(): CompilerWorker {
    const worker: CompilerWorker = new CompilerWorker(this.#heapBytes, {
      onUseless: () => {
        if (this.#worker === worker) this.#worker = undefined;
      },
      onExit: () => this.#workers.delete(worker),
    });
    this.#workers.add(worker);
    return worker;
  }

  #rest(): void {
    const worker = this.#worker;
    if (worker === undefined) return;
    worker.isNeeded = false;
    this.#idleTimer = setTimeout(() => void worker.end(), this.#idleMs).unref();
  }

  #leave(job: Job): void {
    if (job === this.#current) {
      this.#current = undefined;
      this.#serve();
      return;
    }
    const at = this.#queue.indexOf(job);
    if (at >= 0) this.#queue.splice(at, 1);
  }
}

class Job implements CompileJob {
  readonly #bytes: Uint8Array<ArrayBuffer>;
  readonly #onClosed: () => void;
  readonly #turn = Promise.withResolvers<Workbench>();
  #bench: Workbench | undefined;
  #isClosed = false;

  constructor(bytes: Uint8Array<ArrayBuffer>, onClosed: () => void) {
    this.#bytes = bytes;
    this.#onClosed = onClosed;
    // It may be closed before anybody has asked for anything.
    this.#turn.promise.catch(() => {});
  }

  /** Its turn has come. */
  begin(bench: Workbench): void {
    this.#bench = bench;
    this.#turn.resolve(bench);
  }

  async check(): Promise<CheckedData> {
    const bench = await this.#turn.promise;
    return bench.check(this.#bytes);
  }

  async meter(form: ModuleForm): Promise<MeteredData> {
    const bench = await this.#turn.promise;
    return bench.meter(form);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#bench === undefined) this.#turn.reject(givenUp());
    else this.#bench.release();
    this.#onClosed();
  }
}

class InPlace implements Workbench {
  readonly #work = new ModuleWork();

  async check(bytes: Uint8Array<ArrayBuffer>): Promise<CheckedData> {
    return this.#work.check(bytes);
  }

  async meter(form: ModuleForm): Promise<MeteredData> {
    return this.#work.meter(form);
  }

  release(): void {}
}

/** Nobody waits for what it would have answered. */
const givenUp = (): RingfenceError => new RingfenceError('CANCELLED', 'The loading was given up');
