/** Capability `clock`: what time it is, and how much has passed. Coarse, so that a plugin learns little from how long things take. */
import type { HostFunction, Price } from './function.ts';

const PRICE: Price = { base: 2_000 };
const NANOSECONDS = 1_000_000n;

export const CLOCK: readonly HostFunction[] = [
  {
    name: 'clock_now',
    capability: 'clock',
    params: [],
    results: ['i64'],
    price: PRICE,
    call: (host) => wholeMilliseconds(host.sources.wallMs()),
  },
  {
    name: 'clock_monotonic',
    capability: 'clock',
    params: [],
    results: ['i64'],
    price: PRICE,
    call: (host) => wholeMilliseconds(host.sources.monotonicMs()),
  },
  {
    // What AssemblyScript's own `Date.now()` imports.
    name: 'Date.now',
    capability: 'clock',
    params: [],
    results: ['f64'],
    price: PRICE,
    call: (host) => Math.floor(host.sources.wallMs()),
  },
];

/** Nanoseconds, of whole milliseconds: finer ones would let a plugin time the caches that it shares with others. */
const wholeMilliseconds = (ms: number): bigint => BigInt(Math.floor(ms)) * NANOSECONDS;
