/** From a valid module to a plugin: what it imports, exports and says of itself fits this engine. */
import { contractOf, isSpoken } from '../abi/contract.ts';
import { RingfenceError } from '../errors.ts';
import type { ValidModule } from './check-module.ts';
import { askedImports } from './component/asked-imports.ts';
import { checkExports, checkMarker } from './exports.ts';
import { checkForeignPlugin } from './foreign-plugin.ts';
import { checkImports, type HostSignatures, importKeys } from './imports.ts';
import { readManifest } from './manifest.ts';
import type { CheckPluginOptions, PluginFacts } from './plugin-facts.ts';
import { type ModuleSurface, surfaceOf } from './surface.ts';

declare const PLUGIN: unique symbol;

/** A module that passed {@link checkPlugin}. */
export interface PluginModule extends ValidModule, PluginFacts {
  readonly [PLUGIN]: true;
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
  const kind = surface.typed === undefined ? contractOf(surface).kind : 'component';
  if (isSpoken(kind) && kind !== 'ringfence') return checkForeignPlugin(kind, surface, host, options);
  checkMarker(surface);
  checkMemory(surface);
  const manifest = readManifest(surface.manifests, options.manifest);
  checkImports(askedImports(surface, host, manifest), host, manifest, options);
  const { functions, hooks } = checkExports(surface, manifest);
  return {
    contract: 'ringfence',
    manifest,
    functions,
    hooks,
    imports: importKeys(surface),
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
