/** Watches over one plugin: asks how it is from time to time, and draws conclusions from its calls. */
import { isRingfenceError } from '../errors.ts';
import type { Verdict } from './call-outcome.ts';
import { checkHealth, saysNothing } from './health.ts';
import type { CallNews } from './plugin-calls.ts';
import type { PluginRecord } from './plugin-record.ts';
import { SlidingWindow } from './sliding-window.ts';

const SUMS = ['calls', 'failures', 'traps', 'ms'] as const;
/** Failures that a version has to show in its first time before they mean anything. */
const MOST_EARLY_FAILURES = 3;
/** Probes in the time in which a new version is watched. */
const WATCH_PROBES = 10;

export class Supervisor {
  readonly #record: PluginRecord;
  readonly #onIll: (reason: string) => void;
  #window: SlidingWindow<(typeof SUMS)[number]>;
  #cancelProbe: (() => void) | undefined;
  /** Probes in a row that have failed. */
  #failedProbes = 0;
  /** Calls that have ended well, ever. */
  #successes = 0;

  /** @param onIll told why the plugin that runs counts as ill; it is not told again before {@link begin} */
  constructor(record: PluginRecord, onIll: (reason: string) => void) {
    this.#record = record;
    this.#onIll = onIll;
    this.#window = newWindow(record);
  }

  /** Share of the calls in the window that have failed. */
  get errorRate(): number {
    const { calls, failures } = this.#totals();
    return calls === 0 ? 0 : failures / calls;
  }

  /** Calls in the window, and what has become of them. */
  get sums(): Readonly<Record<(typeof SUMS)[number], number>> {
    return { ...this.#totals() };
  }

  /** Another version answers from now on: what is known of the one before is of no use. */
  begin(): void {
    this.#window = newWindow(this.#record);
    this.#failedProbes = 0;
    this.#schedule();
  }

  /** Nothing answers any more. */
  end(): void {
    this.#cancelProbe?.();
    this.#cancelProbe = undefined;
  }

  note({ version, verdict, ms }: CallNews): void {
    if (version !== this.#record.current || verdict === 'neither') return;
    const now = this.#record.seams.clock.now();
    this.#window.add(now, 'calls', 1);
    this.#window.add(now, 'ms', ms);
    if (verdict === 'ok') this.#successes++;
    else this.#noteFailure(now, verdict);
    if (verdict !== 'ok' || this.#record.settings.supervision.maxLatencyMs > 0) this.#judge();
  }

  #noteFailure(now: number, verdict: Verdict): void {
    this.#record.journal.count(this.#record.id, `calls.${verdict}`);
    this.#window.add(now, 'failures', 1);
    if (verdict === 'trap') this.#window.add(now, 'traps', 1);
  }

  #judge(): void {
    const reason = this.#record.watch === undefined ? this.#illness() : this.#earlyIllness();
    if (reason !== undefined) this.#onIll(reason);
  }

  #illness(): string | undefined {
    const { maxTraps, minCalls, maxErrorRate, maxLatencyMs, windowMs } = this.#record.settings.supervision;
    const { calls, failures, traps, ms } = this.#totals();
    if (maxTraps > 0 && traps >= maxTraps) return `${traps} traps within ${windowMs} ms (\`maxTraps\`)`;
    if (calls < minCalls) return undefined;
    if (failures / calls > maxErrorRate) {
      return `${failures} of ${calls} calls failed within ${windowMs} ms (\`maxErrorRate\`)`;
    }
    if (maxLatencyMs > 0 && ms / calls > maxLatencyMs) {
      return `its calls take ${Math.round(ms / calls)} ms on average (\`maxLatencyMs\`)`;
    }
    return undefined;
  }

  /** A version that has just been swapped in is held to what the old one did, and sooner. */
  #earlyIllness(): string | undefined {
    const { calls, failures } = this.#totals();
    const borne = Math.max(this.#record.settings.supervision.maxErrorRate, this.#record.watch?.oldErrorRate ?? 0);
    if (failures >= MOST_EARLY_FAILURES && failures / calls > borne) {
      return `${failures} of its first ${calls} calls failed`;
    }
    return this.#illness();
  }

  #totals(): Readonly<Record<(typeof SUMS)[number], number>> {
    return this.#window.totals(this.#record.seams.clock.now());
  }

  #schedule(): void {
    this.#cancelProbe?.();
    const { settings, current, watch, seams } = this.#record;
    const { healthEveryMs } = settings.supervision;
    if (healthEveryMs === 0 || current === undefined || !current.plugin.info.hooks.includes('health')) return;
    const pause = watch === undefined ? healthEveryMs : Math.min(healthEveryMs, settings.reload.watchMs / WATCH_PROBES);
    this.#cancelProbe = seams.clock.after(pause, () => void this.#probe());
  }

  /** Never rejects. */
  async #probe(): Promise<void> {
    const { current, gate } = this.#record;
    if (current === undefined) return;
    const successes = this.#successes;
    let failure: string | undefined;
    try {
      // While versions change, whoever changes them looks.
      if (!gate.isClosed) await checkHealth(this.#record, current);
    } catch (error) {
      // One that answers others has no time for the probe, and is not ill.
      const isBusy = isRingfenceError(error, 'DEADLINE_EXCEEDED') && this.#successes > successes;
      if (!isBusy && !saysNothing(error)) failure = (error as Error).message;
    }
    if (current !== this.#record.current) return;
    this.#judgeProbe(failure);
    if (current === this.#record.current) this.#schedule();
  }

  #judgeProbe(failure: string | undefined): void {
    const { id, journal, seams, settings, watch } = this.#record;
    const time = seams.clock.date();
    const tell = (healthy: boolean, reason: string): void =>
      journal.tell(
        'health',
        { plugin: id, healthy, reason, time },
        healthy ? 'well' : 'ill',
        healthy ? 'info' : 'warn',
        reason,
      );
    if (failure === undefined) {
      if (this.#failedProbes > 0) tell(true, 'Its health check succeeds again');
      this.#failedProbes = 0;
      return;
    }
    this.#failedProbes++;
    tell(false, `Its health check failed: ${failure}`);
    const borne = watch === undefined ? settings.supervision.unhealthyAfter : 1;
    if (this.#failedProbes >= borne) this.#onIll(`${this.#failedProbes} health checks in a row failed: ${failure}`);
  }
}

const newWindow = ({ settings }: PluginRecord): SlidingWindow<(typeof SUMS)[number]> =>
  new SlidingWindow(settings.supervision.windowMs, SUMS);
