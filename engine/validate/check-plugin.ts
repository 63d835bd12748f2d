/** From a valid module to a plugin: what it imports, exports and says of itself fits this engine. */
import type { SpokenContract } from '../abi/contract.ts';
import type { HookName } from '../abi/exports.ts';
import { RingfenceError } from '../errors.ts';
import type { ValidModule } from './check-module.ts';
import { askedImports } from './component/asked-imports.ts';
import { checkExports, checkMarker } from './exports.ts';
import { checkImports, type HostSignatures } from './imports.ts';
import { type Manifest, readManifest } from './manifest.ts';
import { type ModuleSurface, surfaceOf } from './surface.ts';

declare const PLUGIN: unique symbol;

/** What is known of a module that is a plugin. Plain data. */
export interface PluginFacts {
  /** How it is started, called and stopped. */
  readonly contract: SpokenContract;
  readonly manifest: Manifest;
  /** The names that `plugin.call` reaches, each behind the export `plugin_<name>`. */
  readonly functions: readonly string[];
  /** Optional exports of the ABI that it has. */
  readonly hooks: readonly HookName[];
  /** Names of the host functions that it imports, each once. */
  readonly imports: readonly string[];
}

/** A module that passed {@link checkPlugin}. */
export interface PluginModule extends ValidModule, PluginFacts {
  readonly [PLUGIN]: true;
}

export interface CheckPluginOptions {
  /** The manifest from beside the file: JSON text or its value. */
  readonly manifest?: unknown;
  /**
   * Accepts imports that only an application can offer, where the manifest asks for capabilities of its own: for looking at
   * plugins without that application. @default false
   */
  readonly acceptCustom?: boolean;
}

/**
 * Marker, memory, manifest, imports and exports, in that order: a module that is no plugin at all is told so first.
 *
 * @throws NOT_A_PLUGIN, ABI_MISMATCH, INVALID_MANIFEST, IMPORT_DENIED
 *
 * @example
 * const plugin = checkPlugin(checkModule(bytes), hostSignatures);
 */
export function checkPlugin(valid: ValidModule, host: HostSignatures, options: CheckPluginOptions = {}): PluginModule {
  const plugin: Omit<PluginModule, typeof PLUGIN> = {
    ...valid,
    ...checkSurface(surfaceOf(valid.module), host, options),
  };
  return plugin as PluginModule;
}

/** As {@link checkPlugin}, where the module itself is elsewhere, or its metered form was kept. */
export function checkSurface(
  surface: ModuleSurface,
  host: HostSignatures,
  options: CheckPluginOptions = {},
): PluginFacts {
  checkMarker(surface);
  checkMemory(surface);
  const manifest = readManifest(surface.manifests, options.manifest);
  checkImports(askedImports(surface, host, manifest), host, manifest, options.acceptCustom);
  const { functions, hooks } = checkExports(surface, manifest);
  return {
    contract: 'ringfence',
    manifest,
    functions,
    hooks,
    imports: [...new Set(surface.imports.map(({ name }) => name))],
  };
}

/** Imported memories are refused with the other imports; more than one, shared and 64-bit ones by the feature policy. */
function checkMemory({ memories }: ModuleSurface): void {
  if (memories === 1) return;
  throw new RingfenceError(
    'NOT_A_PLUGIN',
    'not a Ringfence plugin: it has no memory, and the host passes arguments through one. Declare one and export it as "memory"',
    { stage: 'validate' },
  );
}
