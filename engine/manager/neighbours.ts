/** Which plugins need which others, as their configuration and their manifests say, and whether they get them. */
import satisfies from 'semver/functions/satisfies.js';
import { RingfenceError } from '../errors.ts';
import { type Dependencies, findCycle } from './dependency-graph.ts';
import type { ManagedPlugin } from './managed-plugin.ts';
import type { PluginVersion } from './plugin-version.ts';

type Plugins = ReadonlyMap<string, ManagedPlugin>;

/** A plugin that another needs, and in which versions; undefined for any. */
interface Need {
  readonly other: string;
  readonly range: string | undefined;
}

/** Who is there at one moment, by id and by name. Made anew for each question: plugins and their versions change. */
export class Neighbourhood {
  readonly plugins: Plugins;
  #ids: ReadonlyMap<string, string> | undefined;
  #dependencies: Dependencies | undefined;

  constructor(plugins: Plugins) {
    this.plugins = plugins;
  }

  /** Ids by id, of plugins that there are. */
  get dependencies(): Dependencies {
    this.#dependencies ??= new Map(
      [...this.plugins].map(([id, plugin]) => [id, this.needsOf(plugin).map(({ other }) => other)]),
    );
    return this.#dependencies;
  }

  /** What a version needs: manifests name plugins by the names in their manifests, configurations by their ids. */
  needsOf(plugin: ManagedPlugin, version = plugin.lifecycle.known): readonly Need[] {
    const configured = plugin.record.settings.dependencies.map((other) => ({ other, range: undefined }));
    const asked = Object.entries(version?.plugin.info.dependencies ?? {});
    return [...configured, ...asked.map(([name, range]) => ({ other: this.#idOf(name), range }))];
  }

  /** Plugins that it needs and that do not run. */
  waitsFor(plugin: ManagedPlugin): readonly string[] {
    return this.needsOf(plugin).flatMap(({ other }) => (this.plugins.get(other)?.state === 'running' ? [] : [other]));
  }

  /** The plugin of that id, or else the first of that name. */
  #idOf(name: string): string {
    if (this.plugins.has(name)) return name;
    this.#ids ??= this.#idsByName();
    return this.#ids.get(name) ?? name;
  }

  #idsByName(): ReadonlyMap<string, string> {
    const ids = new Map<string, string>();
    for (const { id, lifecycle } of this.plugins.values()) {
      const name = lifecycle.known?.plugin.info.name;
      if (name !== undefined && !ids.has(name)) ids.set(name, id);
    }
    return ids;
  }
}

/** Ids by id, of plugins that there are. */
export const dependenciesOf = (plugins: Plugins): Dependencies => new Neighbourhood(plugins).dependencies;

/** Of each of these, why it can never start as things are; undefined where it can. */
export function obstaclesOf(
  plugins: Plugins,
  asked: readonly ManagedPlugin[],
): readonly (RingfenceError | undefined)[] {
  const around = new Neighbourhood(plugins);
  return asked.map((plugin) => obstacleOf(around, plugin));
}

/** Someone that it needs is not there, or is of another version, or needs it. */
function obstacleOf(around: Neighbourhood, plugin: ManagedPlugin): RingfenceError | undefined {
  const { id } = plugin;
  for (const { other, range } of around.needsOf(plugin)) {
    const needed = around.plugins.get(other);
    if (needed === undefined)
      return conflict(id, `it needs ${JSON.stringify(other)}, which is not there`, { missing: other });
    const version = needed.lifecycle.known?.version;
    if (range === undefined || version === undefined || satisfies(version, range)) continue;
    return conflict(id, `it needs ${other} ${range}, and ${version} is there`, { needs: other, range, version });
  }
  const cycle = cycleOf(around.dependencies, id);
  if (cycle === undefined) return undefined;
  return conflict(id, `the dependencies form a cycle: ${cycle.join(' -> ')}`, { cycle });
}

/** The cycle that a plugin stands in. */
function cycleOf(all: Dependencies, id: string): readonly string[] | undefined {
  const reached = new Map<string, readonly string[]>();
  const open = [id];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (reached.has(next)) continue;
    reached.set(next, all.get(next) ?? []);
    open.push(...(all.get(next) ?? []));
  }
  // What it leads to may go round in circles without it: then it waits for them.
  const cycle = findCycle(reached);
  return cycle?.includes(id) === true ? cycle : undefined;
}

/** Refuses a version that does not get what it needs, or that is not what others need. @throws DEPENDENCY_CONFLICT */
export function checkNeighbours(plugins: Plugins, id: string, next: PluginVersion): void {
  const own = plugins.get(id);
  if (own === undefined) return;
  const around = new Neighbourhood(plugins);
  for (const { other, range } of around.needsOf(own, next)) {
    const version = plugins.get(other)?.record.current?.version;
    if (version === undefined)
      throw conflict(id, `version ${next.version} needs ${other}, which does not run`, { missing: other });
    if (range !== undefined && !satisfies(version, range)) {
      throw conflict(id, `version ${next.version} needs ${other} ${range}, and ${version} runs`, {
        needs: other,
        range,
        version,
      });
    }
    const back = reaches(around.dependencies, other, id);
    if (back !== undefined) {
      const cycle = [id, ...back];
      throw conflict(id, `its version ${next.version} closes a cycle of dependencies: ${cycle.join(' -> ')}`, {
        cycle,
      });
    }
  }
  for (const plugin of plugins.values()) {
    if (plugin.record.current === undefined) continue;
    const need = around.needsOf(plugin).find(({ other, range }) => other === id && range !== undefined);
    if (need?.range === undefined || satisfies(next.version, need.range)) continue;
    const { range } = need;
    throw conflict(id, `${plugin.id} needs ${id} ${range}, which version ${next.version} is not`, {
      neededBy: plugin.id,
      range,
      version: next.version,
    });
  }
}

/** Refuses to take out what others need that stay. @throws INVALID_CONFIG */
export function checkRemoval(plugins: Plugins, ids: readonly string[]): void {
  const leaving = new Set(ids);
  for (const [id, needed] of dependenciesOf(plugins)) {
    const gone = leaving.has(id) ? undefined : needed.find((other) => leaving.has(other));
    if (gone === undefined) continue;
    throw new RingfenceError('INVALID_CONFIG', `The plugin ${gone} cannot be taken out: ${id} needs it`, {
      stage: 'options',
      details: { path: '/plugins', plugin: gone, neededBy: id },
    });
  }
}

/** A way from one plugin to another, both included. */
function reaches(dependencies: Dependencies, from: string, to: string): readonly string[] | undefined {
  const before = new Map<string, string | undefined>([[from, undefined]]);
  const open = [from];
  for (let next = open.shift(); next !== undefined; next = open.shift()) {
    if (next === to) {
      const way: string[] = [];
      for (let at: string | undefined = to; at !== undefined; at = before.get(at)) way.unshift(at);
      return way;
    }
    for (const other of dependencies.get(next) ?? []) {
      if (before.has(other)) continue;
      before.set(other, next);
      open.push(other);
    }
  }
  return undefined;
}

const conflict = (plugin: string, why: string, details: Readonly<Record<string, unknown>>): RingfenceError =>
  new RingfenceError('DEPENDENCY_CONFLICT', `The plugin ${plugin} cannot run: ${why}`, { plugin, details });
