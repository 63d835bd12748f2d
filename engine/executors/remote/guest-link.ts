/** The guest host's side of a {@link Link}: what carries its reports to the engine. */
import type { ErrorData } from '../../errors.ts';
import type { UsageCounters } from '../../host/usage-counters.ts';
import type { InstanceState, OutputSink } from '../../runtime/instance.ts';
import type { Report } from './protocol.ts';

/** Those that are not the end of an operation. */
export type GuestReport = Exclude<Report, { op: 'done' | 'failed' }>;

export interface GuestLink {
  /** Guest code is about to run for the operation in this slot. @param go called once the engine knows, or can find out */
  begin(slot: number, go: () => void): void;
  /** Whether the engine wants the operation in this slot to end. Asked while guest code runs. */
  isStopped(slot: number): boolean;
  /** Where the output of the call in this slot goes. */
  sink(slot: number): OutputSink;
  /** @param output what the sink returned; undefined where there is none */
  done(slot: number, usage: UsageCounters, output: Uint8Array<ArrayBuffer> | undefined): void;
  failed(slot: number, usage: UsageCounters, error: ErrorData, state: InstanceState): void;
  post(report: GuestReport): void;
}
