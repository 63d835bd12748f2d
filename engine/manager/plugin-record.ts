/** What the parts of a managed plugin share: its configuration, its state, and the version that answers calls. */
import type { Engine } from '../engine.ts';
import { bug } from '../errors.ts';
import type { LogLevel } from '../options.ts';
import type { PluginInfo } from '../plugin.ts';
import { NEXT_STATES, type PluginState } from '../runtime/state.ts';
import { CallGate } from './call-gate.ts';
import { CircuitBreaker } from './circuit-breaker.ts';
import type { FilledPlugin } from './filled-configuration.ts';
import type { Journal } from './journal.ts';
import type { PluginVersion, VersionOrigin } from './plugin-version.ts';
import type { ManagerSeams } from './seams.ts';

/** A version that can be gone back to. */
export interface KeptVersion {
  readonly origin: VersionOrigin;
  /** What it had when another took its place; undefined where it keeps none. */
  readonly state: KeptState | undefined;
}
export interface KeptState {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Its form: `state.version` of the manifest. */
  readonly form: number;
}

/** A new version is looked at, and the old one stands by. */
export interface Watch {
  readonly old: PluginVersion;
  /** Share of its calls that failed. */
  readonly oldErrorRate: number;
  readonly end: () => void;
}

const LEVELS: Partial<Readonly<Record<PluginState, LogLevel>>> = { degraded: 'warn', failed: 'error' };

export class PluginRecord {
  readonly id: string;
  readonly engine: Engine;
  readonly journal: Journal;
  readonly seams: ManagerSeams;
  readonly gate = new CallGate();
  settings: FilledPlugin;
  breaker: CircuitBreaker;
  /** Answers calls. */
  current: PluginVersion | undefined;
  /** Of the version that answered last: what is known of it while none does. */
  lastInfo: PluginInfo | undefined;
  /** What is loaded when it is started anew. */
  origin: VersionOrigin | undefined;
  watch: Watch | undefined;
  /** The one that was swapped out last comes last. */
  kept: KeptVersion[] = [];
  /** Told of every change of state and version. */
  onChange: () => void = () => {};
  #state: PluginState = 'installed';
  #reason = 'configured';
  #since: number;

  constructor(settings: FilledPlugin, engine: Engine, journal: Journal, seams: ManagerSeams) {
    this.id = settings.id;
    this.settings = settings;
    this.engine = engine;
    this.journal = journal;
    this.seams = seams;
    this.#since = seams.clock.date();
    this.breaker = this.#newBreaker();
  }

  get state(): PluginState {
    return this.#state;
  }

  /** Why it is in this state. */
  get reason(): string {
    return this.#reason;
  }

  /** Since when, in milliseconds since the epoch. */
  get since(): number {
    return this.#since;
  }

  /** What is not on a list of next states is a mistake of ours. */
  enter(to: PluginState, reason: string): void {
    const from = this.#state;
    if (!NEXT_STATES[from].includes(to)) throw bug(`plugin ${this.id} from ${from} to ${to}: ${reason}`);
    this.#state = to;
    this.#reason = reason;
    const time = this.seams.clock.date();
    this.#since = time;
    const version = this.current?.version ?? this.origin?.version;
    const change = { plugin: this.id, from, to, version, reason, time };
    this.journal.tell('state', change, to, LEVELS[to] ?? 'info', `${from} -> ${to}: ${reason}`);
    this.onChange();
  }

  /** The same state for another reason. */
  explain(reason: string): void {
    this.#reason = reason;
  }

  /** Takes other settings: rules begin to count anew. */
  adjust(settings: FilledPlugin): void {
    this.settings = settings;
    this.breaker = this.#newBreaker();
    this.onChange();
  }

  #newBreaker(): CircuitBreaker {
    return new CircuitBreaker(this.settings.supervision, (state) => {
      const level = state === 'open' ? 'warn' : 'info';
      const change = { plugin: this.id, state, time: this.seams.clock.date() };
      this.journal.tell('breaker', change, state, level, `The circuit breaker is ${state}`);
    });
  }
}
