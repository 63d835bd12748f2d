/** Lets so many pieces of work be under way at the same time. The others wait, in order, and the event loop has a turn in between. */
import { Fifo } from './fifo.ts';

export class Gate {
  readonly #width: number;
  readonly #waiting = new Fifo<() => void>();
  #inside = 0;

  constructor(width: number) {
    this.#width = width;
  }

  /** @throws what the work throws */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#inside < this.#width) this.#inside++;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#inside--;
      else setImmediate(next);
    }
  }
}
