/** What a call has used, in the units of the limits: the one place that names each counter. */
import type { Limits } from '../limits.ts';

export interface UsageCounters {
  readonly limits: Limits;
  readonly fuelUsed: number;
  /** Linear memory of the instance when the call ended. */
  readonly memoryBytes: number;
  readonly wallMs: number;
  /** The limit on `wallMs`: which of the limits on time that was depends on the call. */
  readonly timeoutMs: number;
  readonly hostCalls: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly logBytes: number;
  readonly httpRequests: number;
  readonly events: number;
  readonly pluginCalls: number;
}

/** The counters of one call after the other. Written in place: nothing is allocated per call. */
export class UsageRecord implements UsageCounters {
  limits: Limits;
  fuelUsed = 0;
  memoryBytes = 0;
  wallMs = 0;
  timeoutMs = 0;
  hostCalls = 0;
  bytesIn = 0;
  bytesOut = 0;
  logBytes = 0;
  httpRequests = 0;
  events = 0;
  pluginCalls = 0;

  constructor(limits: Limits) {
    this.limits = limits;
  }

  // Written out: a loop over names costs as much as a short call.

  /** Starts counting anew, against these limits. */
  clear(limits: Limits, timeoutMs: number): void {
    this.limits = limits;
    this.fuelUsed = 0;
    this.memoryBytes = 0;
    this.wallMs = 0;
    this.timeoutMs = timeoutMs;
    this.hostCalls = 0;
    this.bytesIn = 0;
    this.bytesOut = 0;
    this.logBytes = 0;
    this.httpRequests = 0;
    this.events = 0;
    this.pluginCalls = 0;
  }

  copy(from: UsageCounters): void {
    this.limits = from.limits;
    this.fuelUsed = from.fuelUsed;
    this.memoryBytes = from.memoryBytes;
    this.wallMs = from.wallMs;
    this.timeoutMs = from.timeoutMs;
    this.hostCalls = from.hostCalls;
    this.bytesIn = from.bytesIn;
    this.bytesOut = from.bytesOut;
    this.logBytes = from.logBytes;
    this.httpRequests = from.httpRequests;
    this.events = from.events;
    this.pluginCalls = from.pluginCalls;
  }
}
