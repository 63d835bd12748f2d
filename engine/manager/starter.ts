/** Starts plugins as soon as those that they need run: by priority, several at a time. */
import { inOrder } from './dependency-graph.ts';
import type { ManagedPlugin } from './managed-plugin.ts';
import { dependenciesOf, Neighbourhood, obstaclesOf } from './neighbours.ts';

/** Guests start on few threads: more at once only make each of them slower. */
const AT_ONCE = 8;

export class Starter {
  readonly #plugins: ReadonlyMap<string, ManagedPlugin>;
  /** Prepared, and in want of another that does not run. */
  readonly #blocked = new Set<ManagedPlugin>();
  /** In want of nothing, the first to start at the end. */
  #ready: ManagedPlugin[] = [];
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
    const refused = obstaclesOf(this.#plugins, prepared);
    await Promise.all(
      prepared.map(async (plugin, i) => {
        const error = refused[i];
        if (error === undefined) this.#blocked.add(plugin);
        else await plugin.lifecycle.refuse(error);
      }),
    );
    this.look();
    while (this.#starting > 0) await new Promise<void>((resolve) => this.#onIdle.push(resolve));
  }

  /** Starts what waits and can start now. Called whenever a plugin has changed its state. */
  look(): void {
    if (this.#isClosed || this.#starting >= AT_ONCE) return;
    const around = new Neighbourhood(this.#plugins);
    const freed = [...this.#blocked].filter((plugin) => isReady(around, plugin));
    if (freed.length > 0) {
      for (const plugin of freed) this.#blocked.delete(plugin);
      // The sort is stable: of one priority the first that came stays the first.
      this.#ready = [...this.#ready.toReversed(), ...freed].sort((a, b) => priorityOf(b) - priorityOf(a)).reverse();
    }
    while (this.#starting < AT_ONCE) {
      const next = this.#ready.pop();
      if (next === undefined) return;
      // What it needs may have stopped since.
      if (isReady(around, next)) this.#begin(next);
      else this.#blocked.add(next);
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#blocked.clear();
    this.#ready = [];
  }

  forget(plugin: ManagedPlugin): void {
    this.#blocked.delete(plugin);
    this.#ready = this.#ready.filter((other) => other !== plugin);
  }

  #begin(plugin: ManagedPlugin): void {
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

function isReady(around: Neighbourhood, plugin: ManagedPlugin): boolean {
  const missing = around.waitsFor(plugin);
  if (missing.length > 0) plugin.record.explain(`waits for ${missing.join(', ')}`);
  return missing.length === 0;
}

/** Stops these, each before those that it needs. */
export async function stopInOrder(
  plugins: ReadonlyMap<string, ManagedPlugin>,
  reason: string,
  deadlineMs?: number,
): Promise<void> {
  const dependencies = dependenciesOf(plugins);
  /** By plugin, when those that need it have stopped. */
  const users = new Map<string, Promise<void>[]>();
  const stopped: Promise<void>[] = [];
  // Those that need others come after them: from the end, everyone who needs a plugin has been seen before it.
  for (const id of inOrder(dependencies).toReversed()) {
    const done = Promise.all(users.get(id) ?? []).then(() => plugins.get(id)?.lifecycle.stop(reason, deadlineMs));
    stopped.push(done);
    for (const needed of dependencies.get(id) ?? []) {
      const others = users.get(needed);
      if (others === undefined) users.set(needed, [done]);
      else others.push(done);
    }
  }
  await Promise.all(stopped);
}

export const priorityOf = ({ record, lifecycle }: ManagedPlugin): number =>
  record.settings.priority ?? lifecycle.known?.plugin.info.events?.priority ?? 0;
