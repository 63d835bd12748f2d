/** From a configuration file to what a manager runs: the file is read and checked, and the plugins that it speaks of are found. */
import { realpath } from 'node:fs/promises';
import { isRingfenceError } from '../../errors.ts';
import { parseLimit } from '../../limits.ts';
import { pointerStep } from '../../validate/plain-json.ts';
import { type DiscoveredPlugin, discover, duplicate, identify } from '../discovery/discover.ts';
import { type Finding, NotFound } from '../discovery/finding.ts';
import { fillConfiguration } from '../filled-configuration.ts';
import type { VariantChoice } from '../variants/choose-variant.ts';
import type { ManagerConfiguration, PluginConfiguration } from './configuration.ts';
import { invalidConfiguration } from './problems.ts';
import { locate, type ReadConfiguration, type ReadOptions, readConfiguration } from './read-configuration.ts';
import type { FilePlugin } from './shape.ts';

/** What became of a plugin's entry, or of a plugin that was found without one. */
export interface FoundPlugin {
  readonly id: string;
  /** Undefined where its module could not be read. */
  readonly discovered: DiscoveredPlugin | undefined;
  /** Why its build was chosen, where there are several. */
  readonly choice: VariantChoice | undefined;
}

/** A finding, and where the configuration speaks of it. */
export interface ConfigurationFinding extends Finding {
  /** JSON pointer; undefined for what no line of the configuration is about. */
  readonly path?: string | undefined;
}

export interface LoadedConfiguration extends ReadConfiguration {
  /** What `createManager` takes. */
  readonly configuration: ManagerConfiguration;
  readonly plugins: readonly FoundPlugin[];
  /** What is not as it should be, and keeps no other plugin from running. */
  readonly findings: readonly ConfigurationFinding[];
}

/**
 * Reads a configuration and finds its plugins.
 *
 * @param source path of a file, or an object of the same shape
 * @throws INVALID_CONFIG as {@link readConfiguration} does. A plugin that cannot be found or read is a finding, and not an error
 *
 * @example
 * const { configuration, findings } = await loadConfiguration('ringfence.yaml');
 * const manager = await createManager({ configuration });
 */
export async function loadConfiguration(
  source: string | object,
  options: ReadOptions = {},
): Promise<LoadedConfiguration> {
  const read = await readConfiguration(source, options);
  const found = await findPlugins(read);
  checkWhole(found.configuration, read);
  return { ...read, ...found };
}

/** What the manager would say of it. @throws INVALID_CONFIG */
function checkWhole(configuration: ManagerConfiguration, { locations }: ReadConfiguration): void {
  try {
    fillConfiguration(configuration);
  } catch (error) {
    if (!isRingfenceError(error, 'INVALID_CONFIG')) throw error;
    const { path: given } = error.details;
    const place = typeof given === 'string' ? given : '';
    // Its plugins are a list, those of a file have names.
    const path = place.replace(/^\/plugins\/(\d+)/, (_, i) => {
      return `/plugins/${pointerStep(configuration.plugins[Number(i)]?.id ?? '')}`;
    });
    const message = error.message.replace(/^The configuration(?: at [^:]*)?: /, '');
    throw invalidConfiguration(locations.file, locate([{ path, message, part: 'value' }], locations), error);
  }
}

type Found = Pick<LoadedConfiguration, 'configuration' | 'plugins' | 'findings'>;

async function findPlugins({ value, directory }: ReadConfiguration): Promise<Found> {
  const { engine, supervision, reload, directories = [], packages = false, plugins: entries = {} } = value;
  const { wasmBytes } = engine?.limits ?? {};
  const maxBytes = wasmBytes === undefined ? undefined : parseLimit('wasmBytes', wasmBytes);
  const discovery = await discover({ directories, packages, directory, maxBytes });
  const findings: ConfigurationFinding[] = [...discovery.findings];
  const found: FoundPlugin[] = [];
  const configured: PluginConfiguration[] = [];
  const taken = new Set<string>();
  for (const [id, entry] of Object.entries(entries)) {
    const path = `/plugins/${pointerStep(id)}`;
    const { path: given, ...rest } = entry ?? {};
    const elsewhere = discovery.plugins.find((plugin) => plugin.id === id);
    const discovered =
      given === undefined ? elsewhere : await identified(given, id, `${path}/path`, maxBytes, findings);
    const source = discovered?.file ?? given;
    if (discovered !== undefined) {
      taken.add(await realpath(discovered.file));
      if (elsewhere !== undefined && (await realpath(elsewhere.file)) !== (await realpath(discovered.file))) {
        findings.push({ ...duplicate(id, discovered.file, elsewhere.file), path: `${path}/path` });
      }
    }
    if (source === undefined) {
      findings.push(notFound(id, path));
      continue;
    }
    found.push({ id, discovered, choice: discovered?.choice });
    configured.push(pluginOf(id, source, rest, discovered));
  }
  for (const discovered of discovery.plugins) {
    const { id, file, choice } = discovered;
    if (Object.hasOwn(entries, id) || taken.has(await realpath(file))) continue;
    found.push({ id, discovered, choice });
    configured.push(pluginOf(id, file, {}, discovered));
  }
  return { configuration: { engine, supervision, reload, plugins: configured }, plugins: found, findings };
}

/** The plugin at a path that the configuration names; undefined, with a finding, where there is none. */
async function identified(
  given: string,
  plugin: string,
  path: string,
  maxBytes: number | undefined,
  findings: ConfigurationFinding[],
): Promise<DiscoveredPlugin | undefined> {
  try {
    return await identify(given, maxBytes);
  } catch (error) {
    if (!(error instanceof NotFound)) throw error;
    findings.push({ ...error.finding, plugin, path });
    return undefined;
  }
}

function pluginOf(
  id: string,
  source: string,
  { env: _, ...rest }: Omit<FilePlugin, 'path'>,
  discovered: DiscoveredPlugin | undefined,
): PluginConfiguration {
  // Variables are filled in already: what looks like one from here on is text.
  return { ...rest, id, source, ...(discovered?.given === undefined ? {} : { manifest: discovered.given }) };
}

const notFound = (id: string, path: string): ConfigurationFinding => ({
  kind: 'nothing-found',
  message: `The plugin ${id} has no \`path\`, and no plugin of that name is in \`directories\` or \`packages\``,
  paths: [],
  plugin: id,
  path,
});
