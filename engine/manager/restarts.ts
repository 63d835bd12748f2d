/** A plugin that has failed is started anew after a pause, until its budget of restarts is used up. */
import type { PluginRecord } from './plugin-record.ts';
import { RestartPolicy } from './restart-policy.ts';

export class Restarts {
  readonly #record: PluginRecord;
  readonly #startAnew: () => void;
  #policy: RestartPolicy;
  #cancel: (() => void) | undefined;

  /** @param startAnew is called when the pause is over */
  constructor(record: PluginRecord, startAnew: () => void) {
    this.#record = record;
    this.#startAnew = startAnew;
    this.#policy = newPolicy(record);
  }

  /** Goes by the settings as they are now. */
  adjust(): void {
    this.#policy = newPolicy(this.#record);
  }

  /** An operator has taken care of the plugin: its budget is whole again. */
  reset(): void {
    this.#policy.reset();
  }

  /** Starts the pause, or gives the plugin up. */
  schedule(reason: string): void {
    const { id, journal, seams } = this.#record;
    const delay = this.#policy.next(seams.clock.now());
    if (delay === undefined) {
      this.#record.enter('failed', `given up after its restarts were used up: ${reason}`);
      return;
    }
    journal.log('info', id, `It is started anew in ${Math.round(delay)} ms`);
    this.#cancel = seams.clock.after(delay, this.#startAnew);
  }

  /** Ends the pause without a restart. */
  cancel(): void {
    this.#cancel?.();
  }
}

const newPolicy = ({ settings, seams }: PluginRecord): RestartPolicy =>
  new RestartPolicy(settings.supervision, seams.random);
