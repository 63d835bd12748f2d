/** The versions that a plugin can go back to: as many as `reload.versions` says, in memory. */
import { RingfenceError } from '../errors.ts';
import type { KeptVersion, PluginRecord } from './plugin-record.ts';

/** Keeps one; of those that are too many the oldest goes. */
export function keepVersion(record: PluginRecord, version: KeptVersion): void {
  const { kept, settings } = record;
  const others = kept.filter(({ origin }) => origin.digest !== version.origin.digest);
  record.kept = settings.reload.versions === 0 ? [] : [...others, version].slice(-settings.reload.versions);
}

/**
 * @param version the one that ran last where it is undefined
 * @throws UNKNOWN_PLUGIN where it is not kept, with those that are
 */
export function findKept({ kept, current, id }: PluginRecord, version: string | undefined): KeptVersion {
  const others = kept.filter(({ origin }) => origin.digest !== current?.origin.digest);
  const found = others.findLast(({ origin }) => version === undefined || origin.version === version);
  if (found !== undefined) return found;
  const versions = others.map(({ origin }) => origin.version);
  throw new RingfenceError(
    'UNKNOWN_PLUGIN',
    `No ${version === undefined ? 'earlier version' : `version ${version}`} of the plugin ${id} is kept. Kept are: ${versions.join(', ') || 'none'}`,
    { plugin: id, details: { version, versions } },
  );
}
