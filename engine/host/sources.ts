/**
 * Where a plugin's time and random numbers come from: the host's own, or fixed ones that say the same on every run.
 * What runs beside the guest asks here and nowhere else, so that a test or a recording can put something in between.
 */
import type { Deterministic } from '../options.ts';

export interface Sources {
  /** Milliseconds since the epoch. */
  wallMs(): number;
  /** Milliseconds since some moment; never less than before. */
  monotonicMs(): number;
  /** Overwrites all of `target`. */
  fillRandom(target: Uint8Array<ArrayBuffer>): void;
}

/** What `crypto.getRandomValues` takes at a time. */
const RANDOM_CHUNK = 65_536;

/** The host's clock and its cryptographic random numbers. The monotonic clock starts at 0 now. */
export function systemSources(): Sources {
  const start = performance.now();
  return {
    wallMs: () => Date.now(),
    monotonicMs: () => performance.now() - start,
    fillRandom(target) {
      for (let at = 0; at < target.length; at += RANDOM_CHUNK) {
        crypto.getRandomValues(target.subarray(at, at + RANDOM_CHUNK));
      }
    },
  };
}

/**
 * Sources of one call in deterministic mode. Time stands still but for `tickMs` at each reading, whichever clock is read; the
 * first reading says `timeMs` (0 on the monotonic clock). Random bytes are the words of {@link Sfc32}, each least significant
 * byte first; a request starts a new word.
 */
export function fixedSources({ timeMs, tickMs, seed }: Deterministic): Sources {
  const generator = new Sfc32(seed);
  let elapsedMs = -tickMs;
  const tick = (): number => {
    elapsedMs += tickMs;
    return elapsedMs;
  };
  return {
    wallMs: () => timeMs + tick(),
    monotonicMs: tick,
    fillRandom(target) {
      for (let at = 0, word = 0; at < target.length; at++, word >>>= 8) {
        if (at % 4 === 0) word = generator.next();
        target[at] = word;
      }
    },
  };
}

/**
 * Chris Doty-Humphrey's sfc32: small, fast, of good quality, and of 32-bit arithmetic only, so that it is the same in every
 * language. Seeded with a = 0, b = low and c = high word of the seed, counter = 1, and twelve outputs thrown away. Anyone who knows the seed knows the numbers.
 */
export class Sfc32 {
  #a = 0;
  #b: number;
  #c: number;
  #counter = 1;

  /** @param seed a whole number from 0 to 2^53 - 1 */
  constructor(seed: number) {
    this.#b = seed | 0;
    this.#c = (seed / 2 ** 32) | 0;
    for (let i = 0; i < 12; i++) this.next();
  }

  /** The next word: a whole number from 0 to 2^32 - 1. */
  next(): number {
    const word = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + word) | 0;
    return word >>> 0;
  }
}
