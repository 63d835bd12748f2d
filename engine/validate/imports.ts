/** The import whitelist: a plugin reaches the host through functions of the host table, with their exact signatures. */
import type { SpokenContract } from '../abi/contract.ts';
import { EXTISM_MODULE } from '../abi/extism.ts';
import { WASI_MODULE } from '../abi/wasi.ts';
import { RingfenceError } from '../errors.ts';
import { nearMiss } from '../near-miss.ts';
import type { ExternKind } from '../wasm/module.ts';
import { hex } from '../wasm/reader.ts';
import { type FunctionType, signatureName } from '../wasm/types.ts';
import { foreignModule } from './foreign.ts';
import type { Manifest } from './manifest.ts';
import { asksOf, permissionLines } from './permission-lines.ts';
import { quote } from './quote.ts';
import type { ModuleSurface, SurfaceImport } from './surface.ts';

/** The module that host functions are imported from. */
export const HOST_MODULE = 'env';

/** What the host offers under one name. */
export interface HostSignature {
  readonly type: Pick<FunctionType, 'params' | 'results'>;
  readonly capability: string;
  /** Fuel that a call of it costs, whatever it is given: the metered module pays it. @default 0 */
  readonly cost?: number;
  /** The only contract whose guests may import it. @default all */
  readonly contract?: SpokenContract;
}

/** What the host offers, by key: see {@link hostKey}. */
export type HostSignatures = ReadonlyMap<string, HostSignature>;

/** What a host function is known by: its name, and the module before it where that is another one. */
export const hostKey = (module: string, name: string): string => (module === HOST_MODULE ? name : `${module}.${name}`);

/** One import that is refused, as `details.imports` has it. */
interface DeniedImport {
  readonly module: string;
  readonly name: string;
  readonly kind: ExternKind;
  readonly offset: number;
  /** Signature of an imported function. */
  readonly imported?: string;
  /** Signature of the host function of that name. */
  readonly offered?: string;
  /** Capability that the host function belongs to. */
  readonly capability?: string;
  /** Line to add, where that would help. */
  readonly add?: string;
  readonly problem: string;
}

const KIND_FIXES: Readonly<Record<Exclude<ExternKind, 'func'>, string>> = {
  memory:
    'a plugin brings its own memory and exports it: build without --import-memory (AssemblyScript: --importMemory)',
  table: 'a plugin brings its own table: build without --import-table (AssemblyScript: --importTable)',
  global: 'the host offers functions only: pass the value as configuration',
  tag: 'the host offers functions only, and does not share exceptions',
};

/**
 * What the manifest asks for may be imported, granted or not: until it is granted, the plugin does not run, or gets a function
 * that refuses.
 * @throws IMPORT_DENIED listing every import that is refused, each with what would allow it
 */
export function checkImports(
  { imports }: ModuleSurface,
  host: HostSignatures,
  manifest: Manifest,
  { acceptCustom = false, contract = 'ringfence' }: { acceptCustom?: boolean; contract?: SpokenContract } = {},
): void {
  const isCustom = ({ module, name, kind }: SurfaceImport): boolean =>
    manifest.permissions.custom !== undefined && module === HOST_MODULE && kind === 'func' && !host.has(name);
  const denied = imports.flatMap((item) => {
    if (acceptCustom && isCustom(item)) return [];
    return denial(item, host, manifest, contract) ?? [];
  });
  const [first] = denied;
  if (first === undefined) return;
  throw new RingfenceError(
    'IMPORT_DENIED',
    denied.length === 1
      ? `The import ${titleOf([first])}`
      : `${denied.length} imports are refused:\n${list(byProblem(denied).map(titleOf))}`,
    { stage: 'validate', details: { imports: denied.slice(0, SHOWN) } },
  );
}

/** Functions of a capability that is not asked for have one problem and one line to add. */
function byProblem(denied: readonly DeniedImport[]): readonly (readonly DeniedImport[])[] {
  const groups = Map.groupBy(denied, (item) => (item.add === undefined ? item : item.add));
  return [...groups.values()];
}

/** @param items that have the same problem */
function titleOf(items: readonly DeniedImport[]): string {
  const names = items.map(({ module, name }) => `${quote(module)} ${quote(name)}`);
  const [first] = items as readonly [DeniedImport];
  return `${names.join(', ')}: ${first.problem} (at offset ${items.map(({ offset }) => hex(offset)).join(', ')})`;
}

/** Of a type that is no function type. V8 refuses such modules. */
const NO_SIGNATURE = signatureName({ params: [], results: [] });

/** Of a module with hundreds of wrong imports these say enough. */
const SHOWN = 20;

function list(lines: readonly string[]): string {
  const shown = lines.slice(0, SHOWN).map((line) => `  ${line}`);
  if (lines.length > SHOWN) shown.push(`  and ${lines.length - SHOWN} more`);
  return shown.join('\n');
}

function denial(
  item: SurfaceImport,
  host: HostSignatures,
  manifest: Manifest,
  contract: SpokenContract,
): DeniedImport | undefined {
  const { kind, name, offset, signature: imported = NO_SIGNATURE } = item;
  const base = { module: item.module, name, kind, offset };
  if (kind !== 'func') return { ...base, problem: `imports a ${kind}, but ${KIND_FIXES[kind]}` };
  const offer = host.get(hostKey(item.module, name));
  const isForOthers = offer?.contract !== undefined && offer.contract !== contract;
  if (offer === undefined || isForOthers) return { ...base, imported, problem: unknownFunction(item, host, manifest) };

  const offered = signatureName(offer.type);
  const { capability } = offer;
  const known = { ...base, imported, offered, capability };
  if (imported !== offered) {
    return {
      ...known,
      problem: `is imported as ${imported}, but the host offers it as ${offered}. Correct the declaration, or build with an SDK of this version`,
    };
  }
  const lines = permissionLines(capability);
  if (lines === undefined) return undefined;
  if (asksOf(manifest.permissions, capability).length > 0) return undefined;
  return {
    ...known,
    add: lines.manifest,
    problem:
      `needs the capability ${quote(capability)}, which the manifest does not ask for. ` +
      `Add to its "permissions": ${lines.manifest}. The operator then grants it with ${lines.grant}`,
  };
}

function unknownFunction(
  { module, name }: SurfaceImport,
  host: HostSignatures,
  { permissions: { custom } }: Manifest,
): string {
  if (module !== HOST_MODULE) {
    const hint = foreignModule(module);
    if (hint !== undefined) return `is not offered. ${hint}`;
    if (module === WASI_MODULE) return 'is not a function of WASI preview 1';
    if (host.has(name)) return `is not offered, but ${quote(HOST_MODULE)} ${quote(name)} is`;
    return `is not offered: host functions are imported from ${quote(HOST_MODULE)}`;
  }
  const near = nearMiss(name, ownNames(host));
  if (custom !== undefined && near === undefined) {
    const capabilities = custom.map((item) => (typeof item === 'string' ? item : item.name)).join(', ');
    return (
      `is not a host function here. The plugin asks for capabilities of an application (${capabilities}): ` +
      'load it there, or pass the function as one of `hostFunctions`'
    );
  }
  return near === undefined
    ? `is not a host function. There are: ${ownNames(host).join(', ')}`
    : `is not a host function. Did you mean ${quote(near)}?`;
}

const ownNames = (host: HostSignatures): readonly string[] => [...host.keys()].filter((key) => !isForeignKey(key));

/** Of a function that is imported from another module than `env`. */
const isForeignKey = (key: string): boolean => key.startsWith(`${WASI_MODULE}.`) || key.startsWith(`${EXTISM_MODULE}.`);

/** Keys of all host functions that a module imports, each once. */
export const importKeys = ({ imports }: ModuleSurface): readonly string[] => [
  ...new Set(imports.map(({ module, name }) => hostKey(module, name))),
];
