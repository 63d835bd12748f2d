/** plugin.json: finding it, reading it, and filling in what the sources already say. */
import { readFileSync } from 'node:fs';
import { RingfenceError } from '../errors.ts';
import { buildFailed } from './diagnostics.ts';
import { functionEntry } from './function-schema.ts';
import type { PluginExports } from './plugin-exports.ts';

export const ABI_VERSION = 1;

/** A manifest on its way to being complete; its schema is checked when it is. */
export type Draft = Readonly<Record<string, unknown>>;

/**
 * The JSON object in the file; undefined if there is no such file.
 * @throws INVALID_MANIFEST if it is not a JSON object
 */
export function readManifestFile(path: string, shown: string): Draft | undefined {
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
    const message = `${shown}: expected JSON: ${(error as Error).message}`;
    throw new RingfenceError('INVALID_MANIFEST', message, { stage: 'build', details: { file: shown }, cause: error });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    const came = value === null ? 'null' : Array.isArray(value) ? 'an array' : typeof value;
    throw new RingfenceError('INVALID_MANIFEST', `${shown}: expected a JSON object, got ${came}`, {
      stage: 'build',
      details: { file: shown },
    });
  }
  return value as Draft;
}

/**
 * The manifest with ABI version and functions filled in from the sources. What the file itself says about a function wins.
 * @throws BUILD_FAILED if the file names a function that the sources do not export
 */
export function completeManifest(draft: Draft, { functions }: PluginExports, shown: string): Draft {
  const declared = (draft.functions ?? {}) as Record<string, Record<string, unknown>>;
  const missing = Object.keys(declared).filter((name) => !functions.some((fn) => fn.name === name));
  if (missing.length > 0) {
    const exported = functions.map(({ name }) => name).join(', ') || 'none';
    throw buildFailed(
      missing.map((name) => ({
        severity: 'error',
        message: `function \`${name}\` is not exported by the plugin's main file (exported: ${exported})`,
        file: shown,
      })),
    );
  }
  return {
    ...draft,
    abi: draft.abi ?? ABI_VERSION,
    functions: Object.fromEntries(functions.map((fn) => [fn.name, { ...functionEntry(fn), ...declared[fn.name] }])),
  };
}

/** What `plugin_get_info` answers. */
export function pluginInfo(manifest: Draft): string {
  const { name, version, description, author, functions, permissions } = manifest as Record<string, unknown>;
  return JSON.stringify({
    name,
    version,
    description,
    author,
    apiVersion: String(ABI_VERSION),
    capabilities: Object.keys((permissions ?? {}) as object),
    functions: Object.keys((functions ?? {}) as object),
  });
}
