/** Tells what happens: each thing as an event, a line in the log, and a counter. Nothing that a listener does comes back here. */
import { Emitter, type Listener, type Unlisten } from '../emitter.ts';
import type { Engine } from '../engine.ts';
import { LogChannel } from '../host/log-channel.ts';
import type { LogLevel } from '../options.ts';
import { MANAGER_EVENTS, type ManagerEvents } from './manager-events.ts';

/** What has happened so often: under names such as `state.running` and `reload.rolled-back`. */
export type ManagerCounters = Readonly<Record<string, number>>;

export class Journal {
  readonly #engine: Engine;
  readonly #events: Emitter<ManagerEvents>;
  readonly #counters = new Map<string, Map<string, number>>();

  constructor(engine: Engine) {
    this.#engine = engine;
    this.#events = new Emitter<ManagerEvents>(MANAGER_EVENTS, (error, name) =>
      this.log('warn', '', `A listener to ${name} failed: ${error instanceof Error ? error.message : String(error)}`),
    );
  }

  on<Name extends keyof ManagerEvents>(name: Name, listener: Listener<ManagerEvents[Name]>): Unlisten {
    return this.#events.on(name, listener);
  }

  /** @param kind what is counted: `state.running` */
  tell<Name extends keyof ManagerEvents>(
    name: Name,
    value: ManagerEvents[Name],
    kind: string,
    level: LogLevel,
    message: string,
  ): void {
    this.count(value.plugin, `${name}.${kind}`);
    this.log(level, value.plugin, message);
    this.#events.emit(name, value);
  }

  count(plugin: string, what: string, amount = 1): void {
    let counters = this.#counters.get(plugin);
    if (counters === undefined) {
      counters = new Map();
      this.#counters.set(plugin, counters);
    }
    counters.set(what, (counters.get(what) ?? 0) + amount);
  }

  countersOf(plugin: string): ManagerCounters {
    return Object.fromEntries(this.#counters.get(plugin) ?? []);
  }

  /** The plugin is not managed any more. */
  forget(plugin: string): void {
    this.#counters.delete(plugin);
  }

  /** A logger that throws has no call here that it could end. */
  log(level: LogLevel, plugin: string, message: string): void {
    try {
      const channel = new LogChannel(this.#engine.options.logger, plugin, '', 1);
      if (channel.enabled(level)) channel.write(level, message, 'engine', undefined);
    } catch {
      // There is nobody else to tell.
    }
  }
}
