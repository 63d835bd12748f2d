/** Finds the plugins of a configuration: what is in its directories and packages, each once, by the name in its manifest. */
import { realpath } from 'node:fs/promises';
import { contractOf, isSpoken } from '../../abi/contract.ts';
import { isRingfenceError } from '../../errors.ts';
import { ALL_SIGNATURES } from '../../host/foreign-table.ts';
import { LIMITS } from '../../limits.ts';
import { ModuleWork } from '../../runtime/module-work.ts';
import { nameFrom } from '../../runtime/prepare.ts';
import { readSource } from '../../runtime/source.ts';
import { checkSurface } from '../../validate/check-plugin.ts';
import { checkManifest, MANIFEST_SECTION, type Manifest, surfaceOf } from '../../validate/index.ts';
import { findCustomSection } from '../../wasm/custom-sections.ts';
import { decodeModule } from '../../wasm/decode.ts';
import { classifyBytes } from '../../wasm/header.ts';
import type { VariantChoice } from '../variants/choose-variant.ts';
import { type Finding, NotFound } from './finding.ts';
import { locatePluginFile } from './locate-plugin.ts';
import { searchPackages } from './packages.ts';
import { searchEntry } from './search.ts';

export interface DiscoveredPlugin {
  /** The name in its manifest. */
  readonly id: string;
  /** The module, absolute. */
  readonly file: string;
  readonly manifest: Manifest;
  /** That of the folder, where the module carries none: what `load` takes. */
  readonly given: unknown;
  /** Of a plugin with several builds: which one, and why. */
  readonly choice: VariantChoice | undefined;
}

export interface DiscoverOptions {
  /** Directories, files and patterns, absolute; the first that has a plugin counts. */
  readonly directories: readonly string[];
  /** Names of packages, or all that have a plugin. */
  readonly packages: boolean | readonly string[];
  /** Where `node_modules` is looked for. */
  readonly directory: string;
  /** Larger modules are findings. @default the limit `wasmBytes` */
  readonly maxBytes?: number | undefined;
}

export interface Discovery {
  /** In the order in which they were found. */
  readonly plugins: readonly DiscoveredPlugin[];
  readonly findings: readonly Finding[];
}

/** Looks everywhere that it is told to, and goes on whatever it finds there. */
export async function discover(options: DiscoverOptions): Promise<Discovery> {
  const { directories, packages, directory, maxBytes } = options;
  const searches = await Promise.all([
    ...directories.map(searchEntry),
    ...(packages === false ? [] : [searchPackages(directory, packages)]),
  ]);
  const findings = searches.flatMap((search) => search.findings);
  const plugins = new Map<string, DiscoveredPlugin>();
  const seen = new Set<string>();
  for (const candidate of searches.flatMap((search) => search.candidates)) {
    try {
      const plugin = await identify(candidate, maxBytes);
      const real = await realpath(plugin.file);
      // One file under two names is one plugin.
      if (seen.has(real)) continue;
      seen.add(real);
      const first = plugins.get(plugin.id);
      if (first === undefined) plugins.set(plugin.id, plugin);
      else findings.push(duplicate(plugin.id, first.file, plugin.file));
    } catch (error) {
      if (!(error instanceof NotFound)) throw error;
      findings.push(error.finding);
    }
  }
  return { plugins: [...plugins.values()], findings };
}

/** Two plugins of one id: which is taken never depends on chance. */
export function duplicate(id: string, taken: string, left: string): Finding {
  const message = `Two plugins have the id ${id}: ${taken} and ${left}. The first is taken; give the other a path and an id of its own under \`plugins\`, or remove it`;
  return { kind: 'duplicate-id', message, paths: [taken, left], plugin: id };
}

/**
 * What a plugin says of itself: its module is read, and nothing of it runs.
 * @param path absolute, of a module or a plugin's folder
 * @throws NotFound
 */
export async function identify(path: string, maxBytes: number = LIMITS.wasmBytes.default): Promise<DiscoveredPlugin> {
  const { file, manifest: besideFolder, choice } = await locatePluginFile(path);
  try {
    const { bytes, manifest: beside } = await readSource(file, maxBytes);
    const section = manifestInside(bytes);
    const written = section ?? beside ?? besideFolder;
    const manifest = written === undefined ? impliedManifest(bytes, file) : checkManifest(written);
    const given = section === undefined && beside === undefined ? besideFolder : undefined;
    return { id: manifest.name, file, manifest, given, choice };
  } catch (error) {
    if (!isRingfenceError(error)) throw error;
    const kind = isRingfenceError(error, 'UNKNOWN_PLUGIN') ? 'unreadable' : 'not-a-plugin';
    throw new NotFound(kind, `${file} is not a plugin: ${error.message}`, file);
  }
}

/** A component has to be linked before it can be said what is in it. */
function manifestInside(bytes: Uint8Array<ArrayBuffer>): Uint8Array | string | undefined {
  if (classifyBytes(bytes) !== 'component') return findCustomSection(bytes, MANIFEST_SECTION);
  return new ModuleWork().check(bytes).surface.manifests[0]?.data;
}

/** Modules of other contracts need none. @throws NotFound, and what is wrong with the module */
function impliedManifest(bytes: Uint8Array<ArrayBuffer>, file: string): Manifest {
  const surface = classifyBytes(bytes) === 'component' ? undefined : surfaceOf(decodeModule(bytes));
  const kind = surface === undefined ? undefined : contractOf(surface).kind;
  if (surface === undefined || kind === undefined || kind === 'ringfence' || !isSpoken(kind)) {
    const lack = 'it carries no manifest, and there is no plugin.json beside it';
    throw new NotFound('not-a-plugin', `${file} is not a plugin: ${lack}`, file);
  }
  const { manifest, isUnnamed } = checkSurface(surface, ALL_SIGNATURES, { acceptCustom: true });
  return isUnnamed === true ? { ...manifest, name: nameFrom(file) } : manifest;
}
