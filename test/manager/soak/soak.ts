/**
 * One plugin that counts, called all the time while its versions change, a third of them broken in one way or another. Every call
 * has to settle once, be answered by one version, and count exactly once; every broken version has to be gone again; memory has
 * to stay where it is.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { createManager, type Manager, type ReloadEvent } from '../../../engine/index.ts';
import { type CountingPlugin, countingPlugin } from '../../support/counting-plugin.ts';
import { type Random, random } from '../../support/random.ts';
import { compilePlugin } from '../../support/wat.ts';

export interface SoakOptions {
  readonly seed: number;
  readonly reloads: number;
  readonly callsPerSecond: number;
  readonly executor: 'inline' | 'worker';
  readonly onProgress?: ((reload: number, rssMiB: number) => void) | undefined;
  /** Collects garbage before memory is looked at: what is left is held by somebody. @default nothing does */
  readonly collect?: (() => void) | undefined;
}

export interface SoakReport {
  readonly reloads: number;
  readonly broken: number;
  readonly swapped: number;
  readonly refused: number;
  readonly rolledBack: number;
  readonly calls: number;
  readonly answered: number;
  /** Calls that a version which only broke after its swap has failed. */
  readonly failed: number;
  readonly seconds: number;
  /** What should not have happened. */
  readonly problems: readonly string[];
  /** Resident memory after the first twenty reloads, and after the last. */
  readonly rssMiB: { readonly early: number; readonly late: number };
}

/** Ways to be broken. `lies` shows only in its calls, once it has taken over. */
const BREAKS: Readonly<Record<string, CountingPlugin>> = {
  'fails to start': { replace: { plugin_start: '(func (export "plugin_start") (result i32) (i32.const 5))' } },
  'is ill': { hooks: { health: '(i32.const 1)' } },
  'traps when it restores': { hooks: { restore_state: '(unreachable)' } },
  'refuses the state': { hooks: { restore_state: '(i32.const 2)' } },
  'is another plugin': { name: 'other' },
  'has state of another form': { manifest: { state: { version: 9 } } },
  lies: { functions: { add: '(unreachable)' } },
};
const TRUNCATED = 'half-written';
const WATCH_MS = 150;
/** Reloads between two looks at memory; the first look is what the last is compared with. */
const SAMPLE_EVERY = 20;
const MOST_PROBLEMS = 20;
const MOST_CALLS = 4_000_000;

/** One version of the plugin. */
interface Version {
  readonly version: string;
  /** Undefined: it is good. */
  readonly kind: string | undefined;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

class Soak {
  readonly #options: SoakOptions;
  readonly #random: Random;
  readonly #manager: Manager;
  readonly #problems: string[] = [];
  readonly #events: ReloadEvent[] = [];
  /** Versions that have been swapped in, and the first. */
  readonly #versions = new Set(['1.0.0']);
  /** Counts that have been answered. All the room at once: what is measured is the manager's memory. */
  readonly #counts = new Uint8Array(MOST_CALLS);
  #calls = 0;
  #answered = 0;
  #failed = 0;
  #inFlight = 0;
  #isDone = false;

  constructor(options: SoakOptions, manager: Manager) {
    this.#options = options;
    this.#random = random(options.seed);
    this.#manager = manager;
    manager.on('reload', (event) => this.#events.push(event));
  }

  async run(): Promise<SoakReport> {
    // Before anything is measured: the compiler of these plugins needs memory of its own.
    const versions = Array.from({ length: this.#options.reloads }, (_, i) => this.#compile(i));
    const startedAt = performance.now();
    await this.#manager.start();
    const calling = this.#keepCalling();
    const rss: number[] = [];
    let broken = 0;
    let reloads = 0;
    for (const version of versions) {
      await this.#reload(version);
      if (version.kind !== undefined) broken++;
      reloads++;
      if (reloads % SAMPLE_EVERY !== 0) continue;
      this.#options.collect?.();
      const now = process.memoryUsage.rss() / 2 ** 20;
      rss.push(now);
      this.#options.onProgress?.(reloads, now);
    }
    this.#isDone = true;
    await calling;
    await this.#checkCount();
    const seconds = (performance.now() - startedAt) / 1_000;
    const outcomes = (outcome: ReloadEvent['outcome']): number =>
      this.#events.filter((one) => one.outcome === outcome).length;
    const report = {
      reloads: this.#options.reloads,
      broken,
      swapped: outcomes('swapped'),
      refused: outcomes('refused'),
      rolledBack: outcomes('rolled-back'),
    };
    if (report.refused + report.rolledBack !== broken)
      this.#problem(`${broken} versions were broken: ${JSON.stringify(report)}`);
    return {
      ...report,
      calls: this.#calls,
      answered: this.#answered,
      failed: this.#failed,
      seconds,
      problems: this.#problems,
      rssMiB: { early: rss[0] ?? 0, late: rss.at(-1) ?? 0 },
    };
  }

  #compile(i: number): Version {
    const version = `2.0.${i}`;
    const kinds = [...Object.keys(BREAKS), TRUNCATED];
    const kind = this.#random(3) === 0 ? kinds[this.#random(kinds.length)] : undefined;
    const bytes = compilePlugin(countingPlugin({ ...BREAKS[kind ?? ''], version }));
    return { version, kind, bytes: kind === TRUNCATED ? bytes.slice(0, bytes.length >> 1) : bytes };
  }

  async #reload({ version, kind, bytes }: Version): Promise<void> {
    const isBroken = kind !== undefined;
    const before = this.#manager.get('counter')?.info?.version;
    this.#versions.add(version);
    const failure = await this.#manager.reload('counter', bytes).then(
      () => undefined,
      (error: unknown) => error as Error,
    );
    const isCaught = isBroken && kind !== 'lies';
    if (isCaught !== (failure !== undefined))
      this.#problem(`${version} (${kind ?? 'good'}): ${failure?.message ?? 'taken'}`);
    // Some are looked at for as long as they are watched, others are replaced before.
    if (kind === 'lies') await this.#rolledBack(version);
    else await sleep(this.#random(4) === 0 ? WATCH_MS + 20 : this.#random(30));
    const after = this.#manager.get('counter')?.info?.version;
    const expected = isBroken ? before : version;
    if (after !== expected) this.#problem(`after ${version} (${kind ?? 'good'}) ${after} answers, not ${expected}`);
  }

  async #rolledBack(version: string): Promise<void> {
    for (let i = 0; i < 500; i++) {
      if (this.#events.some(({ outcome, from }) => outcome === 'rolled-back' && from === version)) return;
      await sleep(10);
    }
    this.#problem(`${version} was not rolled back`);
  }

  /** As many calls a second as are asked for, whether those before have been answered or not. */
  async #keepCalling(): Promise<void> {
    const startedAt = performance.now();
    const pending = new Set<Promise<void>>();
    while (!this.#isDone) {
      const due = ((performance.now() - startedAt) * this.#options.callsPerSecond) / 1_000;
      while (this.#calls < due && this.#inFlight < 900) {
        const call = this.#call().finally(() => pending.delete(call));
        pending.add(call);
      }
      await sleep(5);
    }
    await Promise.all(pending);
  }

  async #call(): Promise<void> {
    this.#calls++;
    this.#inFlight++;
    try {
      const bytes = await this.#manager.get('counter')?.callBytes('add', new Uint8Array(0));
      this.#check(new TextDecoder().decode(bytes));
    } catch (error) {
      this.#failed++;
      const { code, details } = error as { code?: string; details?: { version?: string } };
      if (code !== 'TRAP') this.#problem(`a call ended with ${String(error)}`);
      if (!this.#versions.has(details?.version ?? '')) this.#problem(`${details?.version} answered`);
    } finally {
      this.#inFlight--;
    }
  }

  /** `"<version> <count>"`: of one version, and no count twice. */
  #check(answer: string): void {
    this.#answered++;
    const [version = '', digits = ''] = answer.split(' ');
    const count = Number(digits);
    if (!this.#versions.has(version)) this.#problem(`an answer of no version: ${answer}`);
    if (this.#counts[count] !== 0) this.#problem(`counted twice: ${answer}`);
    this.#counts[count] = 1;
  }

  async #checkCount(): Promise<void> {
    const bytes = await this.#manager.get('counter')?.callBytes('count', new Uint8Array(0));
    const count = Number(new TextDecoder().decode(bytes));
    if (count !== this.#answered)
      this.#problem(`the plugin counted ${count} calls, and ${this.#answered} were answered`);
  }

  #problem(text: string): void {
    if (this.#problems.length < MOST_PROBLEMS) this.#problems.push(text.slice(0, 400));
  }
}

export async function soak(options: SoakOptions): Promise<SoakReport> {
  await using manager = await createManager({
    configuration: {
      engine: { executor: options.executor, workers: 1, limits: { fuel: '50M', timeoutMs: '1m' } },
      reload: { watchMs: WATCH_MS, drainMs: '30s' },
      supervision: { breakerFailures: 0 },
      plugins: [{ id: 'counter', source: compilePlugin(countingPlugin()) }],
    },
  });
  return await new Soak(options, manager).run();
}
