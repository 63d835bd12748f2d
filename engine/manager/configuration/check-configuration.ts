/** All that can be said of a configuration without running anything: also what its plugins' manifests make of it. */

import { fillGrants } from '../../grants.ts';
import { permissionDenied, requiredOf, resolvePermissions } from '../../host/permissions.ts';
import { compileGuestSchema } from '../../validate/index.ts';
import { pointerStep } from '../../validate/plain-json.ts';
import type { DiscoveredPlugin } from '../discovery/discover.ts';
import type { PluginConfiguration } from './configuration.ts';
import { type ConfigurationFinding, type LoadedConfiguration, loadConfiguration } from './load-configuration.ts';
import type { ReadOptions } from './read-configuration.ts';

/**
 * Loads a configuration as `loadConfiguration` does. Its findings are also those that would keep a plugin from starting: a `config`
 * that does not fit the plugin's schema, and permissions that it needs and is not granted.
 * @throws INVALID_CONFIG
 */
export async function checkConfiguration(file: string, options: ReadOptions = {}): Promise<LoadedConfiguration> {
  const loaded = await loadConfiguration(file, options);
  const found = loaded.configuration.plugins.flatMap((entry) => {
    const { discovered } = loaded.plugins.find(({ id }) => id === entry.id) ?? {};
    return discovered === undefined || entry.enabled === false ? [] : pluginFindings(entry, discovered);
  });
  return { ...loaded, findings: [...loaded.findings, ...found] };
}

function pluginFindings(
  { id, config = {}, grants }: PluginConfiguration,
  { manifest, file }: DiscoveredPlugin,
): readonly ConfigurationFinding[] {
  const path = `/plugins/${pointerStep(id)}`;
  const findings: ConfigurationFinding[] = [];
  const given = JSON.parse(JSON.stringify(config)) as unknown;
  const problem =
    manifest.config === undefined ? undefined : compileGuestSchema(manifest.config, { fillDefaults: true })(given);
  if (problem !== undefined) {
    const [, place = ''] = /^(\/\S*):/.exec(problem) ?? [];
    findings.push({
      kind: 'does-not-fit',
      message: `The configuration of ${id} does not fit what the plugin expects: ${problem}`,
      paths: [file],
      plugin: id,
      path: `${path}/config${place}`,
    });
  }
  const granted = fillGrants(grants);
  const missing = requiredOf(resolvePermissions(manifest.permissions, granted).missing);
  if (missing.length > 0) {
    const { message } = permissionDenied(id, missing, granted);
    findings.push({ kind: 'not-granted', message, paths: [file], plugin: id, path: `${path}/grants` });
  }
  return findings;
}
