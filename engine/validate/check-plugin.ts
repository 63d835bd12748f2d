/** From a valid module to a plugin: what it imports, exports and says of itself fits this engine. */
import { RingfenceError } from '../errors.ts';
import type { Module } from '../wasm/module.ts';
import type { ValidModule } from './check-module.ts';
import { checkExports, checkMarker, type OptionalExports } from './exports.ts';
import { checkImports, type HostSignatures } from './imports.ts';
import { type Manifest, readManifest } from './manifest.ts';

declare const PLUGIN: unique symbol;

/** A module that passed {@link checkPlugin}. */
export interface PluginModule extends ValidModule {
  readonly [PLUGIN]: true;
  readonly manifest: Manifest;
  /** The names that `plugin.call` reaches, each behind the export `plugin_<name>`. */
  readonly functions: readonly string[];
  readonly optional: OptionalExports;
  /** Names of the host functions that it imports, each once. */
  readonly imports: readonly string[];
}

export interface CheckPluginOptions {
  /** The manifest from beside the file: JSON text or its value. */
  readonly manifest?: unknown;
  /** Whether the operator granted a capability that the manifest asks for. @default all: for inspection, where nobody grants */
  readonly allowed?: ((capability: string) => boolean) | undefined;
}

/**
 * Marker, memory, manifest, imports and exports, in that order: a module that is no plugin at all is told so first.
 *
 * @throws NOT_A_PLUGIN, ABI_MISMATCH, INVALID_MANIFEST, IMPORT_DENIED
 *
 * @example
 * const plugin = checkPlugin(checkModule(bytes), hostSignatures, { allowed: (capability) => capability in grants });
 */
export function checkPlugin(valid: ValidModule, host: HostSignatures, options: CheckPluginOptions = {}): PluginModule {
  const { module } = valid;
  checkMarker(module);
  checkMemory(module);
  const manifest = readManifest(module, options.manifest);
  checkImports(module, host, manifest, options.allowed ?? (() => true));
  const { functions, optional } = checkExports(module, manifest);
  const imports = [...new Set(module.imports.map(({ name }) => name))];
  const plugin: Omit<PluginModule, typeof PLUGIN> = { ...valid, manifest, functions, optional, imports };
  return plugin as PluginModule;
}

/** Imported memories are refused with the other imports; more than one, shared and 64-bit ones by the feature policy. */
function checkMemory({ imported, memories }: Module): void {
  if (imported.memory + memories.length === 1) return;
  throw new RingfenceError(
    'NOT_A_PLUGIN',
    'not a Ringfence plugin: it has no memory, and the host passes arguments through one. Declare one and export it as "memory"',
    { stage: 'validate' },
  );
}
