/** One compiler thread, from the engine's side: it is asked one thing at a time, and is of no more use once it has failed. */
import { type Transferable, Worker } from 'node:worker_threads';
import { RingfenceError } from '../errors.ts';
import { ownFile } from '../own-file.ts';
import { processTypes } from '../validate/type-budget.ts';
import type { CompilerMessage, CompilerRequest, CompilerThreadData } from './compiler-protocol.ts';
import type { CheckedData, MeteredData, ModuleForm } from './module-work.ts';

interface CompilerWorkerEvents {
  /** It must not be asked again. */
  readonly onUseless: () => void;
  /** Nothing is left of it. */
  readonly onExit: () => void;
}

interface Pending {
  readonly resolve: (answer: CheckedData | MeteredData) => void;
  readonly reject: (reason: unknown) => void;
}

const MiB = 1024 * 1024;
let started = 0;

export class CompilerWorker {
  readonly #worker: Worker;
  readonly #heapBytes: number;
  readonly #events: CompilerWorkerEvents;
  /** How many of this process's types it has been told. */
  #toldTypes = 0;
  #pending: Pending | undefined;
  /** Why it is of no more use. */
  #failure: RingfenceError | undefined;

  /** @throws where the process may not start threads */
  constructor(heapBytes: number, events: CompilerWorkerEvents) {
    this.#heapBytes = heapBytes;
    this.#events = events;
    const workerData: CompilerThreadData = { typePrefix: `${++started}.` };
    this.#worker = new Worker(ownFile('runtime/compiler-thread'), {
      name: 'ringfence compiler',
      workerData,
      // Nothing of the application's: its environment, its flags, the modules that it preloads.
      env: {},
      execArgv: [],
      // Near its limit a thread may collect garbage for seconds before V8 gives up. The deadline of the load ends that, too: who
      // gives up what is under way ends the thread.
      resourceLimits: { maxOldGenerationSizeMb: Math.ceil(heapBytes / MiB) },
    });
    this.#worker.on('message', (message: CompilerMessage) => this.#receive(message));
    this.#worker.on('error', (error) => this.#fail(this.#whyItDied(error)));
    this.#worker.on('exit', (status) => {
      this.#fail(crashed(`it ended with status ${status}`));
      events.onExit();
    });
  }

  /** While it is needed it keeps the process alive, as any work does. */
  set isNeeded(isNeeded: boolean) {
    if (isNeeded) this.#worker.ref();
    else this.#worker.unref();
  }

  /** @param bytes are handed over */
  check(bytes: Uint8Array<ArrayBuffer>): Promise<CheckedData> {
    const types = processTypes.countedSince(this.#toldTypes);
    this.#toldTypes += types.length;
    return this.#ask({ kind: 'check', bytes, types }, [bytes.buffer]) as Promise<CheckedData>;
  }

  /** The module that was checked last. */
  meter(form: ModuleForm): Promise<MeteredData> {
    return this.#ask({ kind: 'meter', form }) as Promise<MeteredData>;
  }

  /** The module is done with. What is still being done can only be stopped together with the thread. */
  release(): void {
    if (this.#failure !== undefined) return;
    if (this.#pending === undefined) this.#send({ kind: 'drop' });
    else void this.end();
  }

  /** Stops the thread, whatever it is doing. */
  async end(): Promise<void> {
    this.#fail(crashed('it was told to'));
    await this.#worker.terminate();
  }

  #ask(request: CompilerRequest, transfer?: Transferable[]): Promise<CheckedData | MeteredData> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) {
        reject(this.#failure);
        return;
      }
      this.#pending = { resolve, reject };
      this.#send(request, transfer);
    });
  }

  #send(request: CompilerRequest, transfer: Transferable[] = []): void {
    this.#worker.postMessage(request, transfer);
  }

  #receive(message: CompilerMessage): void {
    if (message.kind === 'types') {
      processTypes.learn(message.types);
      return;
    }
    const pending = this.#pending;
    this.#pending = undefined;
    if (message.kind === 'checked') pending?.resolve(message.data);
    else if (message.kind === 'metered') pending?.resolve(message.metered);
    else pending?.reject(RingfenceError.fromJSON(message.error));
  }

  #fail(reason: RingfenceError): void {
    if (this.#failure !== undefined) return;
    this.#failure = reason;
    this.#pending?.reject(reason);
    this.#pending = undefined;
    this.#events.onUseless();
  }

  #whyItDied(error: unknown): RingfenceError {
    const isFull = error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY';
    if (!isFull) return crashed(String(error), error);
    const allowed = this.#heapBytes;
    return new RingfenceError(
      'LIMIT_EXCEEDED',
      `Checking and metering the module takes more than ${allowed} bytes of JavaScript heap (limit \`compilerHeapBytes\`)`,
      { stage: 'meter', details: { limit: 'compilerHeapBytes', allowed } },
    );
  }
}

const crashed = (how: string, cause?: unknown): RingfenceError =>
  new RingfenceError('EXECUTOR_CRASHED', `The thread that checks and meters modules ended: ${how}`, {
    stage: 'meter',
    cause,
  });
