/** What calls of a plugin take, from the samples of `ringfence bench`, and the limits that follow from it. */
import { LIMITS, type LimitName } from '../limits.ts';
import type { Usage } from '../runtime/usage.ts';

export interface Distribution {
  readonly min: number;
  readonly median: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

export interface Measurement {
  readonly calls: number;
  /** Units of fuel of one call. */
  readonly fuel: Distribution;
  /** Bytes of linear memory, bytes of output, calls of host functions: the most of any call. */
  readonly memory: number;
  readonly bytesOut: number;
  readonly hostCalls: number;
  /** Microseconds from the call to its answer. */
  readonly us: Distribution;
  /** The same on plain V8, or why that is not known. */
  readonly raw: { readonly us: Distribution; readonly ratio: number } | { readonly without: string };
  /** What to allow a call with such an input. */
  readonly limits: Readonly<Partial<Record<LimitName, number>>>;
}

/** Of at least one value. */
function distributionOf(values: readonly number[]): Distribution {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { min: at(0), median: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) };
}

/** Fuel and memory do not depend on the machine: twice as much is room for inputs that are a little different. */
const MARGIN = 2;
/** Time does, and on whatever else it is doing. */
const TIME_MARGIN = 20;
const LEAST_TIMEOUT_MS = 100;
const MiB = 1024 * 1024;
const KiB = 1024;

export interface Sampled {
  /** What loading used: it is held to the same limits. */
  readonly loading: Usage;
  readonly usages: readonly Usage[];
  readonly us: readonly number[];
  /** Empty without a comparison; then `without` says why. */
  readonly rawUs: readonly number[];
  readonly without: string | undefined;
}

export function measurementOf({ loading, usages, us, rawUs, without }: Sampled): Measurement {
  const most = (name: keyof Usage): number => Math.max(...usages.map((usage) => usage[name].used));
  const fuel = distributionOf(usages.map((usage) => usage.fuel.used));
  const time = distributionOf(us);
  const rawTime = distributionOf(rawUs);
  const [memory, bytesOut, hostCalls] = [most('memory'), most('bytesOut'), most('hostCalls')];
  const limits: Partial<Record<LimitName, number>> = {
    fuel: roundUp(Math.max(fuel.max, loading.fuel.used) * MARGIN),
    memory: Math.ceil((Math.max(memory, loading.memory.used) * MARGIN) / MiB) * MiB,
    timeoutMs: Math.max(LEAST_TIMEOUT_MS, roundUp((time.max / 1000) * TIME_MARGIN)),
    outputBytes: Math.ceil((Math.max(bytesOut, loading.bytesOut.used) * MARGIN) / KiB) * KiB,
    hostCalls: roundUp(Math.max(hostCalls, loading.hostCalls.used) * MARGIN),
  };
  return {
    calls: us.length,
    fuel,
    memory,
    bytesOut,
    hostCalls,
    us: time,
    raw: without === undefined ? { us: rawTime, ratio: time.median / rawTime.median } : { without },
    limits: Object.fromEntries(
      Object.entries(limits).map(([name, value]) => [name, Math.min(value, LIMITS[name as LimitName].max)]),
    ),
  };
}

/** To two digits that count: 1,234 to 1,300. */
function roundUp(value: number): number {
  const step = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(1, value))) - 1);
  return Math.ceil(value / step) * step;
}
