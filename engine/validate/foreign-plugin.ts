/**
 * Plugins that speak another contract than ours: which of their exports can be called, and what they ask for. They bring no
 * manifest as a rule; then one is made of what they export and import. One that stands beside the file has the last word.
 */
import type { SpokenContract } from '../abi/contract.ts';
import { MEMORY_EXPORT } from '../abi/exports.ts';
import { EXTISM_MODULE } from '../abi/extism.ts';
import { WASI_MODULE } from '../abi/wasi.ts';
import { RingfenceError } from '../errors.ts';
import { askedImports } from './component/asked-imports.ts';
import { HTTP_METHODS } from './http-methods.ts';
import { checkImports, HOST_MODULE, type HostSignatures, importKeys } from './imports.ts';
import { type Manifest, type ManifestFunction, type Permissions, readManifest } from './manifest.ts';
import type { CheckPluginOptions, PluginFacts } from './plugin-facts.ts';
import { quote } from './quote.ts';
import type { ModuleSurface } from './surface.ts';

export type ForeignContract = Exclude<SpokenContract, 'ringfence'>;

const NUMBERS = /^\((?:(?:i32|i64|f32|f64)(?:, (?:i32|i64|f32|f64))*)?\) -> (?:i32|i64|f32|f64|\(\))$/;
/** Called by no name: they belong to the runtime of a language. */
const RUNTIME = /^(?:_.*|malloc|free|calloc|realloc|aligned_alloc|posix_memalign|hs_init|setArgumentsLength)$/;

interface ContractExports {
  /** Signatures of exports that can be called. */
  readonly signature: RegExp;
  readonly name: (name: string) => boolean;
  readonly what: string;
}

const EXPORTS: Readonly<Record<ForeignContract, ContractExports>> = {
  extism: {
    signature: /^\(\) -> (?:i32|\(\))$/,
    name: (name) => !RUNTIME.test(name) || name === '_start',
    what: 'exports of type () -> i32',
  },
  'wasi-p1-command': {
    signature: /^\(\) -> \(\)$/,
    name: (name) => name === '_start',
    what: 'an export _start: () -> ()',
  },
  'wasi-p1': { signature: NUMBERS, name: (name) => !RUNTIME.test(name), what: 'exports of numbers' },
  assemblyscript: { signature: NUMBERS, name: (name) => !RUNTIME.test(name), what: 'exports of numbers' },
  component: {
    signature: NUMBERS,
    name: () => true,
    what: 'functions of the component, by the names that `inspect` shows',
  },
};

const CALLABLE_NAME = /^[A-Za-z_][A-Za-z0-9_.:-]{0,99}$/;
/** More are not listed. */
const MOST_FUNCTIONS = 1_000;

/** @throws NOT_A_PLUGIN, INVALID_MANIFEST, IMPORT_DENIED */
export function checkForeignPlugin(
  contract: ForeignContract,
  surface: ModuleSurface,
  host: HostSignatures,
  { manifest: beside, acceptCustom = false }: CheckPluginOptions,
): PluginFacts {
  checkMemory(surface);
  const callable = surface.typed === undefined ? callableExports(contract, surface) : typedExports(surface.typed);
  const isUnnamed = beside === undefined && surface.manifests.length === 0;
  const manifest = isUnnamed
    ? madeManifest(contract, surface, [...callable.keys()])
    : readManifest(surface.manifests, beside);
  const functions = Object.keys(manifest.functions);
  const signatures = functions.map((name) => {
    const signature =
      callable.get(name) ?? (contract === 'component' ? callable.get(name.replaceAll('_', '-')) : undefined);
    if (signature === undefined) throw notCallable(name, contract);
    const declared = manifest.functions[name]?.signature;
    // "(i32) -> i32", and what the manifest declares it to mean: "(i32) -> i32 = (string) -> string".
    return declared === undefined ? signature : `${signature} = ${declared}`;
  });
  checkImports(askedImports(surface, host, manifest), host, manifest, { acceptCustom, contract });
  return {
    contract,
    manifest,
    isUnnamed,
    functions,
    signatures,
    hooks: [],
    imports: importKeys(surface),
  };
}

/** One memory or none, and nothing of it hidden: the host reads and bounds what it sees. */
function checkMemory({ memories, exports }: ModuleSurface): void {
  const isExported = exports.some(({ name, kind }) => name === MEMORY_EXPORT && kind === 'memory');
  const isOther = exports.some(({ name, kind }) => name === MEMORY_EXPORT && kind !== 'memory');
  if (!isOther && (isExported ? memories === 1 : memories === 0)) return;
  throw new RingfenceError(
    'NOT_A_PLUGIN',
    `The module has ${memories === 1 ? 'a memory that it does' : `${memories} memories that it does`} not export as "memory": the host reads and writes there. Export it`,
    { stage: 'validate' },
  );
}

/** How each function is called that can be, by its name. */
function callableExports(contract: ForeignContract, { exports }: ModuleSurface): ReadonlyMap<string, string> {
  const { signature, name: isCallable, what } = EXPORTS[contract];
  const callable = exports.filter(
    (item) =>
      item.kind === 'func' &&
      signature.test(item.signature ?? '') &&
      CALLABLE_NAME.test(item.name) &&
      !(item.name in Object.prototype) &&
      isCallable(item.name),
  );
  if (callable.length === 0) {
    throw new RingfenceError('NOT_A_PLUGIN', `Nothing in the module can be called: expected ${what}, and found none`, {
      stage: 'validate',
      details: { exports: exports.slice(0, 20).map(({ name }) => name) },
    });
  }
  return new Map(callable.slice(0, MOST_FUNCTIONS).map(({ name, signature = '' }) => [name, signature]));
}

/** Names of a manifest have no hyphens: `get_area` is `get-area`. */
function typedExports(typed: NonNullable<ModuleSurface['typed']>): ReadonlyMap<string, string> {
  return new Map(typed.map(([name, fn]) => [name, JSON.stringify(fn)]));
}

function notCallable(name: string, contract: ForeignContract): RingfenceError {
  return new RingfenceError(
    'NOT_A_PLUGIN',
    `The manifest lists ${quote(name)}, but the module has no such function that can be called: expected ${EXPORTS[contract].what}`,
    { stage: 'validate', details: { function: name } },
  );
}

const TITLES: Readonly<Record<ForeignContract, string>> = {
  extism: 'Extism plugin',
  'wasi-p1-command': 'WASI program',
  'wasi-p1': 'WASI library',
  assemblyscript: 'AssemblyScript module',
  component: 'Component',
};

function madeManifest(contract: ForeignContract, surface: ModuleSurface, functions: readonly string[]): Manifest {
  const listed: Record<string, ManifestFunction> = Object.create(null);
  for (const name of functions) listed[name] = NO_FACTS;
  return Object.freeze({
    name: contract,
    version: '0.0.0',
    abi: 1,
    description: TITLES[contract],
    functions: Object.freeze(listed),
    permissions: permissionsOf(surface),
    // A program runs once, from its beginning.
    ...(contract === 'wasi-p1-command' || surface.isProgram === true ? { reset: 'per-call' } : {}),
  } as const);
}

const NO_FACTS: ManifestFunction = Object.freeze({});

/** What it could use, by what it imports. It runs without. */
function permissionsOf({ imports }: ModuleSurface): Permissions {
  const asked = (from: string, names: RegExp): string | undefined =>
    imports.find(({ module, name }) => module === from && names.test(name))?.name;
  const simple = (name: string | undefined) =>
    name === undefined ? undefined : { reason: `it imports ${name}`, optional: true };
  const http = asked(EXTISM_MODULE, /^http_request$/) ?? asked(HOST_MODULE, /^http_/);
  const clock = asked(WASI_MODULE, /^clock_time_get$/) ?? asked(HOST_MODULE, /^(?:clock_.*|Date\.now)$/);
  const random = asked(HOST_MODULE, /^(?:random_get|seed)$/);
  const kv = asked(HOST_MODULE, /^kv_/);
  return Object.freeze({
    ...(http === undefined
      ? {}
      : {
          http: ANY_ORIGIN.map((host) => ({
            host,
            methods: HTTP_METHODS,
            reason: `it imports ${http}`,
            optional: true,
          })),
        }),
    ...(clock === undefined ? {} : { clock: simple(clock) }),
    ...(random === undefined ? {} : { random: simple(random) }),
    ...(kv === undefined ? {} : { kv: simple(kv) }),
  }) as Permissions;
}

const ANY_ORIGIN = ['https://*:*', 'http://*:*'];
