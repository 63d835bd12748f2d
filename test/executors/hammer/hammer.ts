/**
 * Very many calls at the same time, over all executors, while workers and children are killed and plugins restarted and loaded
 * anew. Every call has to settle, none with a wrong answer, none with an error that nothing has caused; a call that may not run
 * twice must not have, and one that has answered must have run.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { isRingfenceError } from '../../../engine/errors.ts';
import { type CallOptions, createEngine, EXECUTORS, hostFunction, type Plugin } from '../../../engine/index.ts';
import { type Random, random } from '../../support/random.ts';
import { HEAP_BYTES, Spawned } from '../support/spawned.ts';
import { hammered } from './plugins.ts';

export interface HammerOptions {
  readonly seed: number;
  /** At the same time. */
  readonly callers: number;
  /** Calls of each. */
  readonly rounds: number;
  /** Of workers, children and plugins, in milliseconds about. */
  readonly faultEveryMs: number;
  readonly onProgress?: (calls: number) => void;
}

export interface HammerReport {
  readonly calls: number;
  /** How the calls ended, by code; `ok` for an answer. */
  readonly outcomes: Readonly<Record<string, number>>;
  readonly faults: number;
  /** What should not have happened. */
  readonly problems: readonly string[];
  /** Workers and children that were still there after `close`. */
  readonly leftBehind: number;
}

const PLUGINS_PER_EXECUTOR = 2;
const MOST_PROBLEMS = 20;
/** What an executor that is torn down may answer to a call that is under way, whatever it does. */
const TURBULENCE = ['EXECUTOR_CRASHED', 'CLOSED', 'BUSY'];

/** One call: what it does, and how it may end. */
interface Shot {
  readonly name: string;
  readonly input: unknown;
  readonly options?: CallOptions;
  /** What is wrong with an answer; undefined for none. */
  readonly check: (answer: unknown) => string | undefined;
  /** Codes that it may end with, besides those of {@link TURBULENCE}. */
  readonly codes: readonly string[];
}

const anything = (): undefined => undefined;
const never = (): string => 'answered';
/** Long against everything but a call that is lost. */
const PATIENCE = { timeoutMs: 120_000 };

class Hammer {
  readonly #options: HammerOptions;
  readonly #random: Random;
  readonly #outcomes: Record<string, number> = {};
  readonly #problems: string[] = [];
  /** How often the call of this number has reached the host function. */
  readonly #notes = new Map<string, number>();
  #calls = 0;
  #faults = 0;

  constructor(options: HammerOptions) {
    this.#options = options;
    this.#random = random(options.seed);
  }

  async run(): Promise<HammerReport> {
    using spawned = new Spawned();
    const note = hostFunction({
      name: 'note',
      capability: 'notes',
      input: 'json',
      output: 'json',
      async: true,
      call: (_, id) => this.#note(String(id)),
    });
    const engine = await createEngine({
      workers: 2,
      workerHeap: HEAP_BYTES,
      hostFunctions: [note],
      logger: { log: () => {} },
      limits: { ...PATIENCE, startTimeoutMs: '5m', instances: 8, queue: 10_000, fuel: '2G' },
    });
    const load = (executor: (typeof EXECUTORS)[number], i: number): Promise<Plugin> => {
      const id = `${executor}-${i}`;
      return engine.load(hammered(`hammered-${i}`), { id, executor, grants: { custom: ['notes'] } });
    };
    const plugins = await Promise.all(
      EXECUTORS.flatMap((executor) => Array.from({ length: PLUGINS_PER_EXECUTOR }, (_, i) => load(executor, i))),
    );
    const faults = new AbortController();
    const breaking = this.#breakThings(plugins, spawned, faults.signal);
    await Promise.all(Array.from({ length: this.#options.callers }, () => this.#caller(plugins)));
    faults.abort();
    await breaking;
    await engine.close();
    return {
      calls: this.#calls,
      outcomes: this.#outcomes,
      faults: this.#faults,
      problems: this.#problems,
      leftBehind: spawned.alive,
    };
  }

  async #caller(plugins: readonly Plugin[]): Promise<void> {
    for (let round = 0; round < this.#options.rounds; round++) {
      await this.#fire(plugins[this.#random(plugins.length)] as Plugin, this.#shot());
      this.#options.onProgress?.(this.#calls);
    }
  }

  async #fire(plugin: Plugin, { name, input, options, check, codes }: Shot): Promise<void> {
    const what = `${name} of ${plugin.id}`;
    let outcome = 'ok';
    try {
      const problem = check(await plugin.call(name, input, options));
      if (problem !== undefined) this.#problem(`${what} ${problem}`);
    } catch (error) {
      outcome = isRingfenceError(error) ? error.code : String(error);
      if (!codes.includes(outcome) && !TURBULENCE.includes(outcome))
        this.#problem(`${what} ended with ${String(error)}`);
      // Nothing takes the caller's own thread away.
      if (outcome === 'EXECUTOR_CRASHED' && plugin.info.executor === 'inline') this.#problem(`${what} crashed`);
    }
    this.#calls++;
    this.#outcomes[outcome] = (this.#outcomes[outcome] ?? 0) + 1;
    if (name === 'note' || name === 'again') this.#checkNotes(what, name, String(input), outcome);
  }

  #checkNotes(what: string, name: string, id: string, outcome: string): void {
    const times = this.#notes.get(id) ?? 0;
    if (name === 'note' && times > 1) this.#problem(`${what} ran ${times} times`);
    if (outcome === 'ok' && times === 0) this.#problem(`${what} answered and never ran`);
  }

  async #note(id: string): Promise<unknown> {
    this.#notes.set(id, (this.#notes.get(id) ?? 0) + 1);
    if (this.#random(2) === 0) await new Promise((resolve) => setTimeout(resolve, this.#random(4)));
    return id;
  }

  #shot(): Shot {
    const id = `${this.#calls}.${this.#random(2 ** 31)}`;
    switch (this.#random(12)) {
      case 0:
        return { name: 'trap', input: 1, check: never, codes: ['TRAP'] };
      case 1:
        return { name: 'fail', input: 1, check: never, codes: ['GUEST_ERROR'] };
      case 2:
        return { name: 'spin', input: 1, options: { limits: { fuel: 200_000 } }, check: never, codes: ['OUT_OF_FUEL'] };
      case 3: {
        const limits = { fuel: '64G', timeoutMs: 1 + this.#random(30) };
        return { name: 'spin', input: 1, options: { limits }, check: never, codes: ['DEADLINE_EXCEEDED'] };
      }
      case 4: {
        const controller = new AbortController();
        setTimeout(() => controller.abort(), this.#random(20));
        const { signal } = controller;
        return {
          name: 'spin',
          input: 1,
          options: { signal, limits: { fuel: '64G' } },
          check: never,
          codes: ['CANCELLED'],
        };
      }
      case 5:
        return { name: 'log', input: id, check: anything, codes: [] };
      case 6: {
        const options = { limits: { inputBytes: 10 } };
        return { name: 'echo', input: 'x'.repeat(100), options, check: never, codes: ['LIMIT_EXCEEDED'] };
      }
      case 7:
      case 8:
        return { name: 'note', input: id, check: (answer) => differs(answer, id), codes: [] };
      case 9:
        return { name: 'again', input: id, check: (answer) => differs(answer, id), codes: [] };
      default: {
        const size = this.#random(4) === 0 ? this.#random(200_000) : this.#random(200);
        const text = `${id}${String.fromCharCode(32 + this.#random(90)).repeat(size)}é`;
        return { name: 'echo', input: text, check: (answer) => differs(answer, text), codes: [] };
      }
    }
  }

  /** Until the signal fires: kills a worker or child, or restarts a plugin. */
  async #breakThings(plugins: readonly Plugin[], spawned: Spawned, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const pause = 1 + this.#random(this.#options.faultEveryMs * 2);
      await sleep(pause, undefined, { signal }).catch(() => {});
      if (signal.aborted) return;
      this.#faults++;
      if (this.#random(3) > 0) {
        await spawned.killOne(this.#random(1_000));
        continue;
      }
      const plugin = plugins[this.#random(plugins.length)] as Plugin;
      await plugin
        .restart({ deadlineMs: this.#random(100) })
        .catch((error: unknown) => this.#failedRestart(plugin, error));
    }
  }

  /** What it was to be started in may be killed, too: it is tried again. */
  async #failedRestart(plugin: Plugin, error: unknown): Promise<void> {
    if (!isRingfenceError(error, 'EXECUTOR_CRASHED')) this.#problem(`restart of ${plugin.id} failed: ${String(error)}`);
    for (let tries = 0; plugin.state !== 'running' && tries < 100; tries++) {
      await sleep(50);
      await plugin.restart({ deadlineMs: 0 }).catch(() => {});
    }
    if (plugin.state !== 'running') this.#problem(`${plugin.id} is ${plugin.state}`);
  }

  #problem(text: string): void {
    if (this.#problems.length < MOST_PROBLEMS) this.#problems.push(text.slice(0, 400));
  }
}

const differs = (answer: unknown, expected: string): string | undefined =>
  answer === expected ? undefined : `answered ${JSON.stringify(answer)?.slice(0, 60)} for ${expected.slice(0, 60)}`;

export const hammer = (options: HammerOptions): Promise<HammerReport> => new Hammer(options).run();
