/** Which version of a plugin answers, and which stands by until its successor has proved itself. All of it happens in one step each. */
import { bug, type RingfenceError } from '../errors.ts';
import type { PluginRecord } from './plugin-record.ts';
import type { PluginVersion } from './plugin-version.ts';
import { tellReload } from './reload-telling.ts';
import type { Retirement } from './retirement.ts';
import type { Supervisor } from './supervisor.ts';

export interface Handover {
  readonly old: PluginVersion;
  readonly next: PluginVersion;
  /** How long the old one stands by; 0: not at all. */
  readonly watchMs: number;
  readonly oldErrorRate: number;
  readonly carriedState: boolean;
}

export class Succession {
  readonly #record: PluginRecord;
  readonly #supervisor: Supervisor;
  readonly #retirement: Retirement;

  constructor(record: PluginRecord, supervisor: Supervisor, retirement: Retirement) {
    this.#record = record;
    this.#supervisor = supervisor;
    this.#retirement = retirement;
  }

  /** Calls go to this version from now on. */
  answerFrom(next: PluginVersion): void {
    const record = this.#record;
    record.engine.swap(next.plugin);
    record.current = next;
    record.lastInfo = next.plugin.info;
    record.origin = next.origin;
    record.breaker.reset();
  }

  /** The old version is kept ready for as long as the new one is watched. */
  standBy({ old, next, watchMs, oldErrorRate, carriedState }: Handover): void {
    if (watchMs === 0) {
      this.#retirement.retire(old, false);
      return;
    }
    const end = this.#record.seams.clock.after(watchMs, () => {
      this.accept();
      this.#supervisor.begin();
      const [from, to, reason] = [old.version, next.version, `well for ${watchMs} ms`];
      tellReload(this.#record, { outcome: 'accepted', from, to, step: 'watch', carriedState, reason });
    });
    this.#record.watch = { old, oldErrorRate, end };
  }

  /** The version that stood by, if there is one, goes. */
  accept(): void {
    const { watch } = this.#record;
    if (watch === undefined) return;
    watch.end();
    this.#record.watch = undefined;
    this.#retirement.retire(watch.old, false);
  }

  /**
   * The version that stands by answers again, with the state that it had.
   * @param error what is wrong with the other one; undefined where somebody asked for it
   * @returns the one that has to go
   */
  swapBack(reason: string, error: RingfenceError | undefined): PluginVersion {
    const record = this.#record;
    const { watch, current: bad } = record;
    if (watch === undefined || bad === undefined) throw bug(`no version of ${record.id} stands by`);
    watch.end();
    record.watch = undefined;
    record.kept = record.kept.filter(({ origin }) => origin !== watch.old.origin);
    this.answerFrom(watch.old);
    this.#supervisor.begin();
    record.explain(`rolled back: ${reason}`);
    record.onChange();
    this.#retirement.retire(bad, false);
    const [from, to] = [bad.version, watch.old.version];
    tellReload(record, { outcome: 'rolled-back', from, to, step: 'watch', carriedState: true, reason }, error);
    return bad;
  }
}
