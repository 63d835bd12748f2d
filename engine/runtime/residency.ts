/**
 * Which instances are live on this thread, and which have to make room. A live instance takes address space (10 GiB, which is
 * why a process has room for some 13,000) and its memory; one that is evicted takes a few kilobytes and comes back when it
 * is called. Nothing happens here while calls run: who was used last is read off the instances when somebody wants to know.
 */

/** An instance that can be evicted. */
export interface Resident {
  /** Since when it could be evicted, on the clock of `performance.now()`; undefined while it cannot. */
  readonly idleSince: number | undefined;
  /** After how long of that it should be. */
  readonly idleMs: number;
  evict(): void;
}

/** When there is no more room, so many are evicted at once (or all that can be): the order is made once for many. */
const SHARE = 1 / 16;
const MOST_SWEEP_MS = 2;
const LONGEST_PAUSE_MS = 5_000;
const SHORTEST_PAUSE_MS = 50;

export class Residency {
  #maxLive: number;
  readonly #live = new Set<Resident>();
  #sweeping: NodeJS.Timeout | undefined;
  /** Where the next sweep goes on. */
  #rest: Iterator<Resident> | undefined;

  constructor(maxLive: number) {
    this.#maxLive = maxLive;
  }

  /** Changes how many may be live: from the next that is made on. */
  limit(maxLive: number): void {
    this.#maxLive = maxLive;
  }

  /** Instances that are live. */
  get size(): number {
    return this.#live.size;
  }

  /** An instance is about to be made: others make room for it, as far as they can. */
  enter(instance: Resident): void {
    if (this.#live.size >= this.#maxLive) this.makeRoom();
    this.#live.add(instance);
    this.#sweepAfter(instance.idleMs);
  }

  /** It is no longer live. */
  leave(instance: Resident): void {
    this.#live.delete(instance);
  }

  /** Evicts those that have been idle for the longest time. @returns how many */
  makeRoom(): number {
    const idle = [...this.#live].flatMap((instance) => {
      const since = instance.idleSince;
      return since === undefined ? [] : [{ instance, since }];
    });
    idle.sort((a, b) => a.since - b.since);
    const chosen = idle.slice(0, Math.ceil(this.#maxLive * SHARE));
    for (const { instance } of chosen) instance.evict();
    return chosen.length;
  }

  #sweepAfter(idleMs: number): void {
    if (this.#sweeping !== undefined) return;
    const pause = Math.min(LONGEST_PAUSE_MS, Math.max(SHORTEST_PAUSE_MS, idleMs / 4));
    this.#sweeping = setTimeout(() => this.#sweep(), pause);
    this.#sweeping.unref();
  }

  /** Evicts what has been idle for too long; what there is no time for now waits for the next sweep. */
  #sweep(): void {
    this.#sweeping = undefined;
    const startedAt = performance.now();
    const rest = this.#rest ?? this.#live.values();
    this.#rest = undefined;
    let shortest = LONGEST_PAUSE_MS * 4;
    for (let next = rest.next(); next.done !== true; next = rest.next()) {
      const { value: instance } = next;
      const since = instance.idleSince;
      shortest = Math.min(shortest, instance.idleMs);
      if (since === undefined || startedAt - since < instance.idleMs) continue;
      instance.evict();
      if (performance.now() - startedAt < MOST_SWEEP_MS) continue;
      this.#rest = rest;
      shortest = 0;
      break;
    }
    if (this.#live.size > 0) this.#sweepAfter(shortest);
  }
}
