/**
 * From one version of a plugin to another, without a call being lost. The new one is loaded beside the old, and has to show that
 * it is well before it takes over in one step; until then the old one answers, and it goes on answering if anything fails.
 *
 *     load -> verify -> start -> health -> warm -> state -> swap -> watch
 *
 * Only where state goes along are calls held back, from the moment at which the old version has finished its last one until the
 * swap.
 */
import { RingfenceError, withContext } from '../errors.ts';
import { within } from './deadline.ts';
import type { FilledPlugin } from './filled-configuration.ts';
import { checkHealth } from './health.ts';
import type { ReloadStep } from './manager-events.ts';
import type { KeptState, PluginRecord } from './plugin-record.ts';
import type { PluginVersion } from './plugin-version.ts';
import { type MigrateState, restoreState, saveState } from './state-transfer.ts';
import { loadVersion, type VersionSource } from './version-loader.ts';

export interface ChangeOptions {
  readonly from: VersionSource;
  readonly settings: FilledPlugin;
  /** Refuses a version that does not fit its neighbours. @throws DEPENDENCY_CONFLICT */
  readonly verify: (next: PluginVersion) => void;
  readonly migrate: MigrateState | undefined;
  /** Given to the new version where the old one has none that it takes. */
  readonly fallback?: KeptState | undefined;
  /** Puts the new version in its place. Must not throw once it has begun. */
  readonly swap: (next: PluginVersion, state: KeptState | undefined) => void;
  readonly signal: AbortSignal;
}

export interface Changed {
  readonly next: PluginVersion;
  readonly carriedState: boolean;
}

/** What went wrong, and where. */
export class ChangeFailure extends Error {
  readonly step: ReloadStep;
  readonly next: PluginVersion | undefined;
  override readonly cause: RingfenceError;

  constructor(step: ReloadStep, next: PluginVersion | undefined, cause: RingfenceError) {
    super(cause.message);
    this.step = step;
    this.next = next;
    this.cause = cause;
  }
}

/** @throws ChangeFailure: whatever ran before still does, and nothing of the new version is left */
export async function changeVersion(record: PluginRecord, options: ChangeOptions): Promise<Changed> {
  const { engine, seams, gate, id } = record;
  const { settings, signal } = options;
  const before = (point: 'start' | 'warm' | 'swap', version: string): Promise<void> | void =>
    seams.faults.before?.(point, id, version);
  let step: ReloadStep = 'load';
  let next: PluginVersion | undefined;
  try {
    next = await loadVersion(engine, settings, options.from, { requireGrants: true, signal, faults: seams.faults });
    step = 'verify';
    checkName(id, record.current, next);
    options.verify(next);
    step = 'start';
    await startVersion(record, next, signal);
    step = 'health';
    await checkHealth(record, next, signal);
    step = 'warm';
    await before('warm', next.version);
    const { current } = record;
    if (current !== undefined) await next.plugin.warm(current.plugin.instances);
    step = 'state';
    const carried = await carryState(record, next, options);
    step = 'swap';
    await before('swap', next.version);
    if (signal.aborted) throw new RingfenceError('CLOSED', `The plugin ${id} is being stopped`);
    options.swap(next, carried.saved);
    return { next, carriedState: carried.restored };
  } catch (error) {
    gate.open();
    await next?.plugin.unload({ deadlineMs: 0 });
    if (next !== undefined) engine.forget(next.origin.digest);
    throw new ChangeFailure(step, next, withContext(error, { plugin: id }));
  } finally {
    gate.open();
  }
}

/** Starts what has been loaded, within its limit `startTimeoutMs`. @throws whatever starting may throw */
export async function startVersion(record: PluginRecord, next: PluginVersion, signal: AbortSignal): Promise<void> {
  const { seams, id } = record;
  const { startTimeoutMs } = next.plugin.info.limits;
  const abandoned = new AbortController();
  const start = async (): Promise<void> => {
    await seams.faults.before?.('start', id, next.version);
    await next.plugin.start(performance.now(), abandoned.signal);
  };
  await within(seams.clock, startTimeoutMs, `Starting ${id}`, start(), signal, () => abandoned.abort(signal.reason));
}

/** Of the version that answers at that moment: it may have changed while the next one was being loaded. */
async function carryState(
  record: PluginRecord,
  next: PluginVersion,
  { migrate, fallback, signal }: ChangeOptions,
): Promise<{ saved: KeptState | undefined; restored: boolean }> {
  const { current, gate, settings, seams, id } = record;
  if (current === undefined || !(current.savesState || (fallback !== undefined && next.restoresState))) {
    return { saved: undefined, restored: false };
  }
  gate.close();
  const { drainMs } = settings.reload;
  await within(
    seams.clock,
    drainMs,
    `${current.inFlight} calls of ${id} that are in flight`,
    current.drained(),
    signal,
  );
  const saved = await saveState(record, current);
  const restored = await restoreEither(record, next, saved, fallback, current.version, migrate);
  // A state may make ill what was well without it.
  if (restored) await checkHealth(record, next, signal);
  return { saved, restored };
}

async function restoreEither(
  record: PluginRecord,
  next: PluginVersion,
  saved: KeptState | undefined,
  fallback: KeptState | undefined,
  fromVersion: string,
  migrate: MigrateState | undefined,
): Promise<boolean> {
  try {
    return await restoreState(record, next, saved ?? fallback, fromVersion, migrate);
  } catch (error) {
    // An older version need not know the form of a newer state; then it has the one that it left behind.
    if ((error as RingfenceError).code !== 'STATE_MISMATCH' || fallback === undefined) throw error;
    return restoreState(record, next, fallback, next.version, migrate);
  }
}

function checkName(id: string, current: PluginVersion | undefined, next: PluginVersion): void {
  const [was, is] = [current?.plugin.info.name, next.plugin.info.name];
  if (was === undefined || was === is) return;
  throw new RingfenceError(
    'INVALID_MANIFEST',
    `The new version of ${id} is another plugin: its manifest says ${JSON.stringify(is)}, and that of the one that runs ${JSON.stringify(was)}`,
    { stage: 'validate', plugin: id, details: { expected: was, came: is } },
  );
}
