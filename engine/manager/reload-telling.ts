/** Tells what a change of version has come to: to those who listen, in the metrics and in the log. */
import { RingfenceError, withContext } from '../errors.ts';
import type { ReloadEvent, ReloadStep } from './manager-events.ts';
import type { PluginRecord } from './plugin-record.ts';
import type { ChangeFailure } from './version-change.ts';

/** What {@link ReloadEvent} says, without what the record knows. */
export type Outcome = Omit<ReloadEvent, 'plugin' | 'time' | 'error'> & { readonly step: ReloadStep };

export function tellReload({ id, journal, seams }: PluginRecord, told: Outcome, error?: RingfenceError): void {
  const { outcome, from = 'nothing', to = 'unknown', step, reason } = told;
  const isBad = outcome === 'refused' || outcome === 'rolled-back';
  const event = { ...told, plugin: id, time: seams.clock.date(), error: error && withContext(error, {}).toJSON() };
  const line = `${outcome}: ${from} -> ${to} at ${step}: ${reason}`;
  journal.tell('reload', event, outcome, isBad ? 'warn' : 'info', line);
}

/** @param was the version that runs, and goes on @returns what whoever asked for the change is told */
export function tellRefusal(record: PluginRecord, was: string | undefined, failure: ChangeFailure): RingfenceError {
  const { step, next, cause } = failure;
  const { code, stage, message, details } = cause;
  const told = { from: was, to: next?.version, step, carriedState: false, reason: message };
  tellReload(record, { outcome: 'refused', ...told }, cause);
  const goesOn = was === undefined ? '' : `${/[.?!]$/.test(message) ? '' : '.'} Version ${was} goes on`;
  return new RingfenceError(code, message + goesOn, {
    stage,
    plugin: record.id,
    details: { ...details, step, running: was },
    cause,
  });
}
