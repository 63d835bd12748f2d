/** Reads a version of a plugin and loads it beside the one that runs. Nothing of it has run when it is returned. */
import type { Engine } from '../engine.ts';
import { RingfenceError } from '../errors.ts';
import { type LimitsInput, resolveLimits } from '../limits.ts';
import type { LoadOptions } from '../options.ts';
import { sha256 } from '../runtime/digest.ts';
import { MACHINE_RATES } from '../runtime/fuel-rate.ts';
import { type PluginSource, readSource } from '../runtime/source.ts';
import type { FilledPlugin } from './filled-configuration.ts';
import { PluginVersion, type VersionOrigin } from './plugin-version.ts';
import type { Faults } from './seams.ts';

/** A version that was kept, or where to read one. */
export type VersionSource = { readonly kept: VersionOrigin } | { readonly source: PluginSource };

/**
 * @param signal gives it up
 * @param requireGrants refuses a version that was not granted what it cannot do without
 * @throws INTEGRITY_MISMATCH for a digest that is not the one in the configuration; UNKNOWN_PLUGIN where the file changes while it
 *   is read; whatever loading may throw
 */
export async function loadVersion(
  engine: Engine,
  { id, digest: pinned, load, saysInstances }: FilledPlugin,
  from: VersionSource,
  options: { readonly requireGrants: boolean; readonly signal: AbortSignal; readonly faults: Faults },
): Promise<PluginVersion> {
  const { requireGrants, signal, faults } = options;
  await faults.before?.('load', id, '');
  const read = 'kept' in from ? from.kept : await readVersion(engine, id, load, from.source, faults);
  if (pinned !== undefined && read.digest !== pinned) throw otherDigest(id, pinned, read.digest);
  // By its path, where it has one: a trap then says lines of the source map beside it.
  const path = 'path' in read ? read.path : undefined;
  const manifest = load.manifest ?? (path === undefined ? read.beside : undefined);
  const terms: LoadOptions = { ...load, id, manifest, requireGrants, signal, aside: true, start: false };
  const { bytes, beside } = read;
  const open = async (limits: LimitsInput | undefined): Promise<PluginVersion> => {
    const plugin = await engine.load(path ?? bytes, { ...terms, limits });
    const { digest, version } = plugin.info;
    return new PluginVersion(plugin, { bytes, digest, beside, version }, load.reset);
  };
  let version = await open(load.limits);
  const { limits } = version.plugin.info;
  if (!saysInstances && limits.instances > 1 && version.savesState && version.restoresState) {
    // A state that is spread over instances cannot go along. What has been loaded just now costs little to load again.
    await version.plugin.unload();
    version = await open({ ...load.limits, instances: 1 });
  }
  if (version.origin.digest !== read.digest) {
    await version.plugin.unload();
    throw new RingfenceError('UNKNOWN_PLUGIN', `The file of the plugin ${id} was replaced while it was being loaded`, {
      stage: 'read',
      plugin: id,
      details: { path, read: read.digest, loaded: version.origin.digest },
    });
  }
  return version;
}

type ReadVersion = Omit<VersionOrigin, 'version'> & { readonly path?: string | undefined };

async function readVersion(
  engine: Engine,
  id: string,
  load: LoadOptions,
  source: PluginSource,
  faults: Faults,
): Promise<ReadVersion> {
  const { wasmBytes } = resolveLimits(load.limits, engine.options.limits, MACHINE_RATES);
  const { bytes, digest, manifest: beside, path } = await readSource(source, wasmBytes);
  if (faults.read === undefined) return { bytes, digest, beside, path };
  const changed = faults.read(id, bytes);
  return { bytes: changed, digest: await sha256(changed), beside };
}

const otherDigest = (id: string, expected: string, actual: string): RingfenceError =>
  new RingfenceError(
    'INTEGRITY_MISMATCH',
    `The file of the plugin ${id} has the digest ${actual}, but its configuration pins ${expected}`,
    { stage: 'read', plugin: id, details: { expected, actual } },
  );
