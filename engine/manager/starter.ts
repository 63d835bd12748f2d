/** Starts plugins as soon as those that they need run: by priority, several at a time. */
import { inOrder } from './dependency-graph.ts';
import type { ManagedPlugin } from './managed-plugin.ts';
import { dependenciesOf, obstacle, waitsFor } from './neighbours.ts';

/** Guests start on few threads: more at once only make each of them slower. */
const AT_ONCE = 8;

export class Starter {
  readonly #plugins: ReadonlyMap<string, ManagedPlugin>;
  /** Prepared, and not started yet. */
  readonly #waiting = new Set<ManagedPlugin>();
  #starting = 0;
  #onIdle: (() => void)[] = [];
  #isClosed = false;

  constructor(plugins: ReadonlyMap<string, ManagedPlugin>) {
    this.#plugins = plugins;
  }

  /** Prepares and starts these. Done when each of them runs, has failed, or waits for one that has. */
  async start(plugins: readonly ManagedPlugin[]): Promise<void> {
    await Promise.all(plugins.map((plugin) => plugin.lifecycle.prepare().catch(() => {})));
    const prepared = plugins.filter(({ state }) => state === 'installed' || state === 'stopped');
    // All are told before any starts: one that stands in a cycle is not to start because another has been taken out of it.
    const refused = prepared.map((plugin) => obstacle(this.#plugins, plugin));
    await Promise.all(
      prepared.map(async (plugin, i) => {
        const error = refused[i];
        if (error === undefined) this.#waiting.add(plugin);
        else await plugin.lifecycle.refuse(error);
      }),
    );
    this.look();
    while (this.#starting > 0) await new Promise<void>((resolve) => this.#onIdle.push(resolve));
  }

  /** Starts what waits and can start now. Called whenever a plugin has changed its state. */
  look(): void {
    if (this.#isClosed || this.#waiting.size === 0 || this.#starting >= AT_ONCE) return;
    const ready = [...this.#waiting].filter((plugin) => this.#isReady(plugin));
    ready.sort((a, b) => priorityOf(b) - priorityOf(a));
    for (const plugin of ready) {
      if (this.#starting >= AT_ONCE) return;
      this.#begin(plugin);
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#waiting.clear();
  }

  forget(plugin: ManagedPlugin): void {
    this.#waiting.delete(plugin);
  }

  #isReady(plugin: ManagedPlugin): boolean {
    const missing = waitsFor(this.#plugins, plugin);
    if (missing.length > 0) plugin.record.explain(`waits for ${missing.join(', ')}`);
    return missing.length === 0;
  }

  #begin(plugin: ManagedPlugin): void {
    this.#waiting.delete(plugin);
    this.#starting++;
    plugin.lifecycle
      .start()
      .catch((error: unknown) => plugin.record.journal.log('error', plugin.id, (error as Error).message))
      .finally(() => {
        this.#starting--;
        this.look();
        if (this.#starting > 0) return;
        const waiting = this.#onIdle;
        this.#onIdle = [];
        for (const resolve of waiting) resolve();
      });
  }
}

/** Stops these, each before those that it needs. */
export async function stopInOrder(
  plugins: ReadonlyMap<string, ManagedPlugin>,
  reason: string,
  deadlineMs?: number,
): Promise<void> {
  const dependencies = dependenciesOf(plugins);
  const stopped = new Map<string, Promise<void>>();
  // Those that need others come after them: from the end, everyone who needs a plugin has been seen before it.
  for (const id of inOrder(dependencies).toReversed()) {
    const users = [...stopped].filter(([user]) => dependencies.get(user)?.includes(id)).map(([, done]) => done);
    stopped.set(
      id,
      Promise.all(users).then(() => plugins.get(id)?.lifecycle.stop(reason, deadlineMs)),
    );
  }
  await Promise.all(stopped.values());
}

export const priorityOf = ({ record, lifecycle }: ManagedPlugin): number =>
  record.settings.priority ?? lifecycle.known?.plugin.info.events?.priority ?? 0;
