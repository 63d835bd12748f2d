/** Versions that are on their way out: they finish their calls and go, and nobody waits for them but those who stop the plugin. */
import type { PluginRecord } from './plugin-record.ts';
import type { PluginVersion } from './plugin-version.ts';

export class Retirement {
  readonly #record: PluginRecord;
  readonly #going = new Map<PluginVersion, Promise<void>>();

  constructor(record: PluginRecord) {
    this.#record = record;
  }

  get going(): readonly PluginVersion[] {
    return [...this.#going.keys()];
  }

  /** @param now does not wait for its calls longer than unloading does */
  retire(version: PluginVersion, now: boolean): void {
    const retiring = this.#letGo(version, now).finally(() => this.#going.delete(version));
    this.#going.set(version, retiring);
    const { journal, id } = this.#record;
    retiring.catch((error: unknown) =>
      journal.log('warn', id, `While letting go of a version: ${(error as Error).message}`),
    );
  }

  /** Done when all have gone. Never rejects. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#going.values());
  }

  async #letGo(version: PluginVersion, now: boolean): Promise<void> {
    if (!now) await version.drained();
    await version.plugin.unload();
    const { engine, origin } = this.#record;
    // What is about to be started anew is not compiled anew.
    if (version.origin.digest !== origin?.digest) engine.forget(version.origin.digest);
  }
}
