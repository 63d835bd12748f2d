/** Everything that can be said of a file without running it, as plain data; what the engine would refuse comes with the refusal. */
import { coreModuleOf, surfaceOfCore } from '../component/link-component.ts';
import { isRingfenceError, type RingfenceError } from '../errors.ts';
import { ALL_SIGNATURES } from '../host/foreign-table.ts';
import { type PermissionDifference, permissionDifference } from '../host/permission-difference.ts';
import { LIMIT_NAMES, LIMITS, type LimitName, type Limits, resolveLimits } from '../limits.ts';
import type { VariantVerdict } from '../manager/variants/choose-variant.ts';
import { readSource } from '../runtime/source.ts';
import {
  checkModule,
  checkSurface,
  HOST_MODULE,
  hostKey,
  type Manifest,
  manifestSections,
  readManifest,
} from '../validate/index.ts';
import { type ComponentSummary, inspectComponent } from '../wasm/component/inspect.ts';
import {
  type BytesKind,
  classifyBytes,
  decodeModule,
  type InspectedImport,
  inspectModule,
  type ModuleSummary,
} from '../wasm/index.ts';
import { COMPONENT, type Contract, describeContract } from './contract.ts';
import { chooseModule } from './plugin-folder.ts';

export interface InspectedHostImport extends InspectedImport {
  /** That the host function belongs to; `custom` for what only an application can have, null for what nobody offers. */
  readonly capability: string | null;
}

export interface Inspection {
  readonly file: string;
  readonly bytes: number;
  /** SHA-256 in hexadecimal. */
  readonly digest: string;
  readonly kind: BytesKind;
  readonly contract: Contract | null;
  /** Of a folder with several builds: this file is the one that is chosen here. */
  readonly builds?: readonly VariantVerdict[];
  /** Null where there is none that is valid. */
  readonly manifest: Manifest | null;
  /** What it asks for against another version of itself. */
  readonly against?: ComparedPermissions;
  /** Those that the manifest asks for, out of all limits, as the engine would grant them by default. */
  readonly limits: Partial<Limits> | null;
  /** Of a component, what it is made of. */
  readonly component?: ComponentSummary;
  /** Of a component, the module that it is linked to. Null for what is neither. */
  readonly module:
    | (Omit<ModuleSummary, 'bytes' | 'imports'> & { readonly imports: readonly InspectedHostImport[] })
    | null;
}

export interface ComparedPermissions {
  readonly file: string;
  readonly name: string;
  readonly version: string;
  readonly difference: PermissionDifference;
}

export interface Inspected {
  readonly inspection: Inspection;
  /** Why the engine would refuse to load the file, whoever granted what. */
  readonly refusal: RingfenceError | undefined;
}

/**
 * @param path of a module or a plugin's folder
 * @param against another version of the plugin, to compare permissions with
 * @throws UNKNOWN_PLUGIN, LIMIT_EXCEEDED for what cannot be read; whatever is wrong with the manifest of `against`
 */
export async function inspectFile(path: string, against?: string): Promise<Inspected> {
  const { file, builds } = await chooseModule(path);
  const source = await readSource(file, LIMITS.wasmBytes.max);
  const { bytes, digest } = source;
  const kind = classifyBytes(bytes);
  const core = attempt(() => coreModuleOf(bytes));
  const checked = attempt(() =>
    checkSurface(surfaceOfCore(checkModule(coreOf(core).bytes).module, coreOf(core)), ALL_SIGNATURES, {
      manifest: source.manifest,
      acceptCustom: true,
    }),
  );
  const summary = attempt(() => inspectModule(coreOf(core).bytes)).value;
  const manifest =
    checked.value?.manifest ??
    attempt(() => readManifest(manifestSections(decodeModule(coreOf(core).bytes)), source.manifest)).value ??
    null;
  const component = kind === 'component' ? attempt(() => inspectComponent(bytes)).value : undefined;
  return {
    refusal: checked.error,
    inspection: {
      file,
      bytes: bytes.length,
      digest,
      kind,
      contract: kind === 'component' ? COMPONENT : summary === undefined ? null : describeContract(summary),
      ...(builds === undefined ? {} : { builds }),
      manifest,
      ...(manifest === null || against === undefined ? {} : { against: await compare(manifest, against) }),
      limits: manifest === null ? null : askedLimits(manifest),
      ...(component === undefined ? {} : { component }),
      module: summary === undefined ? null : describeModule(summary, manifest?.permissions.custom !== undefined),
    },
  };
}

async function compare({ permissions }: Manifest, file: string): Promise<ComparedPermissions> {
  const { bytes, manifest: beside } = await readSource(file, LIMITS.wasmBytes.max);
  const core = coreModuleOf(bytes).bytes;
  const { name, version, permissions: before } = readManifest(manifestSections(decodeModule(core)), beside);
  return { file, name, version, difference: permissionDifference(before, permissions) };
}

/** @param asksApplication the plugin asks for capabilities of an application's own */
function describeModule({ bytes: _, imports, ...rest }: ModuleSummary, asksApplication: boolean): Inspection['module'] {
  return {
    ...rest,
    imports: imports.map((item) => ({
      ...item,
      capability: capabilityOf(item, asksApplication),
    })),
  };
}

function capabilityOf({ module, name, kind }: InspectedImport, asksApplication: boolean): string | null {
  const offer = ALL_SIGNATURES.get(hostKey(module, name));
  if (offer !== undefined) return offer.capability;
  return asksApplication && module === HOST_MODULE && kind === 'func' ? 'custom' : null;
}

/** A manifest may ask for less than the default; more than that only the operator gives. */
function askedLimits(manifest: Manifest): Partial<Limits> {
  const resolved = resolveLimits(manifest.limits);
  const asked = LIMIT_NAMES.filter((name) => manifest.limits?.[name] !== undefined);
  return Object.fromEntries(asked.map((name) => [name, resolved[name]])) as Partial<Record<LimitName, number>>;
}

/** The module, or what was wrong with the component that it was to be linked from. */
function coreOf<Core>({ value, error }: Attempt<Core>): Core {
  if (value === undefined) throw error;
  return value;
}

interface Attempt<Value> {
  readonly value?: Value;
  readonly error?: RingfenceError | undefined;
}

/** What a step gives, or why it does not. */
function attempt<Value>(step: () => Value): Attempt<Value> {
  try {
    return { value: step() };
  } catch (error) {
    if (isRingfenceError(error)) return { error };
    throw error;
  }
}
