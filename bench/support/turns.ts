/** Variants of one piece of work that take turns, round by round, in one process. */
import type { Sample } from './comparison.ts';
import { shuffle } from './shuffle.ts';
import { microsecondsSince, now } from './stopwatch.ts';

export interface Variant {
  readonly subject: string;
  /** Microseconds that so many runs take. */
  readonly time: (runs: number) => number | Promise<number>;
}

export interface TurnsOptions {
  readonly rounds: number;
  /** Of each variant, before anything is measured. */
  readonly warmUpUs: number;
  /** How long a variant has in each round: long against the clocks. */
  readonly batchUs: number;
  /** Random whole numbers. */
  readonly below: (limit: number) => number;
}

export const atOnce = (subject: string, run: () => unknown): Variant => ({
  subject,
  time(runs) {
    const start = now();
    for (let i = 0; i < runs; i++) run();
    return microsecondsSince(start);
  },
});

export const awaited = (subject: string, run: () => Promise<unknown>): Variant => ({
  subject,
  async time(runs) {
    const start = now();
    for (let i = 0; i < runs; i++) await run();
    return microsecondsSince(start);
  },
});

export async function takeTurns(
  size: string,
  variants: readonly Variant[],
  { rounds, warmUpUs, batchUs, below }: TurnsOptions,
): Promise<Sample[]> {
  const live: { readonly variant: Variant; readonly runs: number; readonly us: number[] }[] = [];
  for (const variant of shuffle(variants, below)) {
    live.push({ variant, runs: await calibrate(variant, warmUpUs, batchUs), us: [] });
  }
  for (let round = 0; round < rounds; round++) {
    for (const { variant, runs, us } of shuffle(live, below)) us.push((await variant.time(runs)) / runs);
  }
  return live.map(({ variant: { subject }, us }) => ({ subject, size, us }));
}

/** Warms it up. @returns the runs of a batch, from those that were long enough for the clocks */
async function calibrate({ time }: Variant, warmUpUs: number, batchUs: number): Promise<number> {
  let fastest = Number.POSITIVE_INFINITY;
  let runs = 1;
  for (let spent = 0; spent < warmUpUs || fastest === Number.POSITIVE_INFINITY; ) {
    const batch = await time(runs);
    spent += batch;
    if (batch >= batchUs / 2) fastest = Math.min(fastest, batch / runs);
    else runs *= 2;
  }
  return Math.max(1, Math.round(batchUs / fastest));
}
