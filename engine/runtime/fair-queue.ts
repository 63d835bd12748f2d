/**
 * Guests that wait for their turn, fair between plugins: one of each plugin in turn, and of one plugin in order of arrival.
 * A plugin with many instances waits no less than one with a single instance.
 */
import { Fifo, type FifoEntry } from '../fifo.ts';

/** A place in the queue. */
export interface Place {
  /** Fulfilled when it is this one's turn; never, once it has left. */
  readonly reached: Promise<void>;
  /** Leaves the queue. False if the turn has come already, or this one has left before. */
  leave(): boolean;
}

/** Those of one plugin. */
interface Line {
  readonly plugin: object;
  readonly guests: Fifo<() => void>;
  /** Its place among the lines. */
  at: FifoEntry<Line>;
}

export class FairQueue {
  readonly #byPlugin = new Map<object, Line>();
  readonly #lines = new Fifo<Line>();
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** @param plugin any object that stands for it */
  join(plugin: object): Place {
    const line = this.#lineOf(plugin);
    let entry!: FifoEntry<() => void>;
    const reached = new Promise<void>((resolve) => {
      entry = line.guests.push(resolve);
    });
    this.#length++;
    return { reached, leave: () => this.#leave(line, entry) };
  }

  /** The next has its turn. False if nobody waits. */
  serve(): boolean {
    const line = this.#lines.shift();
    const resume = line?.guests.shift();
    if (line === undefined || resume === undefined) return false;
    this.#length--;
    if (line.guests.length > 0) line.at = this.#lines.push(line);
    else this.#byPlugin.delete(line.plugin);
    resume();
    return true;
  }

  #lineOf(plugin: object): Line {
    const known = this.#byPlugin.get(plugin);
    if (known !== undefined) return known;
    const line = { plugin, guests: new Fifo<() => void>() } as Line;
    line.at = this.#lines.push(line);
    this.#byPlugin.set(plugin, line);
    return line;
  }

  #leave(line: Line, entry: FifoEntry<() => void>): boolean {
    if (!line.guests.remove(entry)) return false;
    this.#length--;
    if (line.guests.length === 0) {
      this.#lines.remove(line.at);
      this.#byPlugin.delete(line.plugin);
    }
    return true;
  }
}
