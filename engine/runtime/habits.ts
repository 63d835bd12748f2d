/**
 * Which functions of a plugin are called directly, and which so that the guest may be suspended. Suspending costs more than a
 * short call itself; not being able to suspend a long one blocks the event loop until it ends.
 *
 * A function is watched first. After a few short calls in a row it is trusted and called directly. If such a call turns out
 * long, all others of the plugin lose their trust for good: it blocks the event loop once, and not again.
 */

/** Short calls in a row that make a function trusted. */
const TRUSTED_AFTER = 3;

/** Of one plugin, for all its instances: a fresh instance does not forget. */
export class Habits {
  readonly #functions = new Map<string, Habit>();
  /** A trusted function ran long. */
  broken = false;

  of(name: string): Habit {
    let habit = this.#functions.get(name);
    if (habit === undefined) {
      habit = new Habit(this);
      this.#functions.set(name, habit);
    }
    return habit;
  }
}

/** Of one function. */
export class Habit {
  readonly #plugin: Habits;
  #shortCalls = 0;
  #hasBeenLong = false;

  constructor(plugin: Habits) {
    this.#plugin = plugin;
  }

  get isTrusted(): boolean {
    return this.#shortCalls >= TRUSTED_AFTER && !this.#plugin.broken;
  }

  /**
   * Learns from a call, however it ended.
   * @param wasTrusted it was called directly for no other reason
   */
  note(isLong: boolean, wasTrusted: boolean): void {
    if (isLong) {
      this.#hasBeenLong = true;
      this.#shortCalls = 0;
      if (wasTrusted) this.#plugin.broken = true;
    } else if (!this.#hasBeenLong && this.#shortCalls < TRUSTED_AFTER) {
      this.#shortCalls++;
    }
  }
}
