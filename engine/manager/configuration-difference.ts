/** What has to be done to get from one configuration to another. Pure. */
import { isDeepStrictEqual } from 'node:util';
import type { FilledConfiguration, FilledPlugin } from './filled-configuration.ts';

export interface ConfigurationDifference {
  readonly added: readonly FilledPlugin[];
  /** Taken out, or not enabled any more. */
  readonly removed: readonly string[];
  /** What they are loaded with differs. */
  readonly reloaded: readonly FilledPlugin[];
  /** Something else differs. */
  readonly adjusted: readonly FilledPlugin[];
  readonly unchanged: readonly string[];
}

/** @param before what runs, by id */
export function differenceOf(
  before: ReadonlyMap<string, FilledPlugin>,
  { plugins }: FilledConfiguration,
): ConfigurationDifference {
  const wanted = [...plugins.values()].filter(({ enabled }) => enabled);
  const added: FilledPlugin[] = [];
  const reloaded: FilledPlugin[] = [];
  const adjusted: FilledPlugin[] = [];
  const unchanged: string[] = [];
  for (const plugin of wanted) {
    const old = before.get(plugin.id);
    if (old === undefined) added.push(plugin);
    else if (!isDeepStrictEqual(loadedWith(old), loadedWith(plugin))) reloaded.push(plugin);
    else if (isDeepStrictEqual(old, plugin)) unchanged.push(plugin.id);
    else adjusted.push(plugin);
  }
  const ids = new Set(wanted.map(({ id }) => id));
  return { added, reloaded, adjusted, unchanged, removed: [...before.keys()].filter((id) => !ids.has(id)) };
}

const loadedWith = ({ source, digest, load }: FilledPlugin): unknown => [String(source), source, digest, load];
