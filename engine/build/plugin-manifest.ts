/** plugin.json: finding it, reading it, and filling in what the sources already say. */
import { readFileSync } from 'node:fs';
import { ABI_VERSION, API_VERSION } from '../abi/exports.ts';
import { RingfenceError, withContext } from '../errors.ts';
import { checkManifest, type Manifest } from '../validate/manifest.ts';
import { buildFailed } from './diagnostics.ts';
import { functionEntry } from './function-schema.ts';
import type { PluginExports } from './plugin-exports.ts';

export const MANIFEST_FILE = 'plugin.json';

/** A manifest as its author wrote it. */
export type Draft = Readonly<Record<string, unknown>>;

/**
 * The JSON object in a plugin.json; undefined if there is no such file.
 * @throws INVALID_MANIFEST if it is not a JSON object
 */
export function readManifestFile(path: string): Draft | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw invalid(`expected JSON: ${(error as Error).message}`, error);
  }
  if (isObject(value)) return value;
  throw invalid(
    `expected a JSON object, got ${value === null ? 'null' : Array.isArray(value) ? 'an array' : typeof value}`,
  );
}

/**
 * The manifest with ABI version and functions filled in from the sources, checked. What the file itself says about a
 * function wins over what its signature and comment say.
 * @throws BUILD_FAILED if the file names a function that the sources do not export; INVALID_MANIFEST
 */
export function completeManifest(draft: Draft, exports: PluginExports): Manifest {
  const manifest = { abi: ABI_VERSION, ...draft, functions: completeFunctions(draft.functions ?? {}, exports) };
  try {
    return checkManifest(manifest);
  } catch (error) {
    throw withContext(error, { stage: 'build', details: { file: MANIFEST_FILE } });
  }
}

function completeFunctions(declared: unknown, { functions }: PluginExports): unknown {
  // What is not an object at all is for the manifest's own check to refuse.
  if (!isObject(declared)) return declared;
  const missing = Object.keys(declared).filter((name) => !functions.some((fn) => fn.name === name));
  if (missing.length > 0) {
    const exported = functions.map(({ name }) => name).join(', ') || 'none';
    throw buildFailed(
      missing.map((name) => ({
        severity: 'error',
        message: `function ${JSON.stringify(name)} is not exported by the plugin's main file (exported: ${exported})`,
        file: MANIFEST_FILE,
      })),
    );
  }
  return Object.fromEntries(
    functions.map((fn) => {
      const said = Object.hasOwn(declared, fn.name) ? declared[fn.name] : {};
      return [fn.name, isObject(said) ? { ...functionEntry(fn), ...said } : said];
    }),
  );
}

/** What `plugin_get_info` answers. */
export function pluginInfo({ name, version, description, author, functions, permissions }: Manifest): string {
  return JSON.stringify({
    name,
    version,
    description,
    author,
    apiVersion: API_VERSION,
    capabilities: Object.keys(permissions),
    functions: Object.keys(functions),
  });
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function invalid(message: string, cause?: unknown): RingfenceError {
  return new RingfenceError('INVALID_MANIFEST', `${MANIFEST_FILE}: ${message}`, {
    stage: 'build',
    details: { file: MANIFEST_FILE },
    cause,
  });
}
