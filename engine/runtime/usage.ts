/** What a call used against what it was allowed, under the names that limits, metrics and the command line share. */
import type { UsageCounters } from '../host/usage-counters.ts';

export interface UsageRow {
  readonly used: number;
  readonly limit: number;
}

const ROWS = {
  fuel: (counters: UsageCounters): UsageRow => ({ used: counters.fuelUsed, limit: counters.limits.fuel }),
  /** Bytes of linear memory when the call ended. */
  memory: (counters: UsageCounters): UsageRow => ({ used: counters.memoryBytes, limit: counters.limits.memory }),
  /** From the moment of asking, time in the queue included. */
  wallMs: (counters: UsageCounters): UsageRow => ({ used: counters.wallMs, limit: counters.timeoutMs }),
  hostCalls: (counters: UsageCounters): UsageRow => ({ used: counters.hostCalls, limit: counters.limits.hostCalls }),
  bytesIn: (counters: UsageCounters): UsageRow => ({ used: counters.bytesIn, limit: counters.limits.inputBytes }),
  bytesOut: (counters: UsageCounters): UsageRow => ({ used: counters.bytesOut, limit: counters.limits.outputBytes }),
  logBytes: (counters: UsageCounters): UsageRow => ({ used: counters.logBytes, limit: counters.limits.logCallBytes }),
  httpRequests: (counters: UsageCounters): UsageRow => ({
    used: counters.httpRequests,
    limit: counters.limits.httpRequests,
  }),
  events: (counters: UsageCounters): UsageRow => ({ used: counters.events, limit: counters.limits.events }),
  pluginCalls: (counters: UsageCounters): UsageRow => ({
    used: counters.pluginCalls,
    limit: counters.limits.pluginCalls,
  }),
} as const;

export type UsageName = keyof typeof ROWS;
export const USAGE_NAMES = Object.keys(ROWS) as UsageName[];
export type Usage = Readonly<Record<UsageName, UsageRow>>;

export function usageOf(counters: UsageCounters): Usage {
  return Object.fromEntries(USAGE_NAMES.map((name) => [name, ROWS[name](counters)])) as Record<UsageName, UsageRow>;
}
