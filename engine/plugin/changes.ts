/** What changes about a plugin while it is loaded: its grants and its configuration, one change after the other. */
import { fillGrants, type Grants, type GrantsInput } from '../grants.ts';
import type { Granted } from './granted.ts';
import type { PluginInstances } from './instances.ts';
import type { PluginLifecycle } from './lifecycle.ts';
import type { PluginParts } from './parts.ts';

export class PluginChanges {
  readonly #parts: PluginParts;
  readonly #granted: Granted;
  readonly #instances: PluginInstances;
  readonly #life: PluginLifecycle;
  /** Done when the last of them has taken effect, or has failed to. */
  #last: Promise<void> = Promise.resolve();

  constructor(parts: PluginParts, granted: Granted, instances: PluginInstances, life: PluginLifecycle) {
    this.#parts = parts;
    this.#granted = granted;
    this.#instances = instances;
    this.#life = life;
  }

  /** @throws INVALID_OPTION, CLOSED; whatever starting may throw */
  grant(grants: GrantsInput): Promise<void> {
    const more = fillGrants(grants);
    return this.#next(() => this.#grant(more));
  }

  /** @throws INVALID_CONFIG: nothing has changed then; CLOSED; whatever a restart may throw */
  async setConfig(config: unknown): Promise<void> {
    const text = this.#parts.configure(config);
    return this.#next(() => this.#setConfig(text));
  }

  #next(change: () => Promise<void>): Promise<void> {
    const changed = this.#last.then(change);
    this.#last = changed.catch(() => {});
    return changed;
  }

  async #grant(more: Grants): Promise<void> {
    this.#life.checkLoaded();
    const before = this.#granted.add(more);
    try {
      if (this.#life.state !== 'pending-permission') await this.#life.restartAnew();
      else if (this.#granted.denied() === undefined) await this.#life.startGranted();
    } finally {
      await before.release();
    }
  }

  async #setConfig(text: string): Promise<void> {
    this.#life.checkLoaded();
    const { config, hearOfConfig } = this.#instances;
    config.text = text;
    const { state, pool } = this.#life;
    if (state === 'installed' || state === 'pending-permission') return;
    if (!hearOfConfig) return this.#life.restartAnew();
    const told = pool.takeIdle().map((instance) => config.tell(instance).then(() => pool.give(instance)));
    await Promise.all(told);
  }
}
