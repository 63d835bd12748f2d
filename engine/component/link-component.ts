/**
 * From a component to one core module that speaks guest ABI v1. The core modules inside are laid side by side in one index
 * space, their imports of each other become direct references, and what the canonical ABI would do between them and the host is
 * a few small functions in WebAssembly. The result is a module like any other: it is checked, metered, limited and run as such,
 * and no JavaScript is made for it.
 *
 * Index spaces of the linked module:
 * - functions: host functions, those of all core modules in order of instantiation, what is added here;
 * - tables, globals, tags, segments: those of all core modules in that order, then ours; there is one memory.
 */
import { WORLD_EXPORTS, type WorldExportName } from '../abi/component-world.ts';
import { MEMORY_EXPORT } from '../abi/exports.ts';
import { RingfenceError } from '../errors.ts';
import { LIMITS } from '../limits.ts';
import { checkComponent } from '../validate/component/check-component.ts';
import type { Scope } from '../validate/component/scope.ts';
import type { CoreItem, CoreModuleInstance } from '../validate/component/values.ts';
import { quote } from '../validate/quote.ts';
import { MANIFEST_SECTION, type ModuleSurface, surfaceOf } from '../validate/surface.ts';
import { classifyBytes } from '../wasm/header.ts';
import type { Module } from '../wasm/module.ts';
import { malformed } from '../wasm/reader.ts';
import { sameSignature, signatureName } from '../wasm/types.ts';
import { Adapters } from './adapters.ts';
import { CoreModules } from './core-modules.ts';
import { type InstanceLayout, layOut } from './layout.ts';
import { composed, notUtf8 } from './refusals.ts';
import { liftedSignature, POST_RETURN, REALLOC, type Signature } from './signature.ts';
import { TypeTable } from './type-table.ts';
import { typedLinkage } from './typed-linkage.ts';
import { abiWrappers, type LiftedFunction, type WrapperParts } from './wrappers.ts';
import { type LinkedParts, writeLinked } from './write-linked.ts';

/** What a component is linked to. */
export interface LinkedComponent {
  /** Of a core module, of which nothing is believed because it was made here: it goes through all checks. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Of a component of another world than ours: how its functions are called. */
  readonly typed?: NonNullable<ModuleSurface['typed']>;
  readonly isProgram?: boolean;
}

/**
 * @param maxBytes of the linked module, and of each core module inside
 * @throws whatever is wrong with the component or a core module inside: INVALID_MODULE, LIMIT_EXCEEDED, UNSUPPORTED_FEATURE,
 *   IMPORT_DENIED, NOT_A_PLUGIN, RESERVED_NAME
 */
export function linkComponent(bytes: Uint8Array, maxBytes: number = LIMITS.wasmBytes.max): LinkedComponent {
  const component = checkComponent(bytes);
  const { typed } = component;
  const owner = ownerOf(typed === undefined ? component.exports.values() : typed.map(({ func }) => func));
  const modules = new CoreModules(bytes, maxBytes);
  const types = new TypeTable();
  const adapters = new Adapters(modules);
  checkTotal(owner.instantiated, modules, maxBytes);
  for (const instance of owner.instantiated) resolveFunctions(modules, adapters, instance);

  const hosts = typed === undefined ? worldHosts(adapters) : undefined;
  const layouts = layOut(modules, adapters, types, owner.instantiated);
  checkMemory(owner.instantiated, modules, typed !== undefined);

  const signatureAt = (item: CoreItem, expected: Signature, what: string): number => {
    const resolved = modules.resolveItem(item, 'func');
    if (resolved.kind === 'adapter') throw malformed(`component: ${what} is no function of a core module`, 0);
    const layout = layouts.get(resolved.instance) as InstanceLayout;
    if (layout === undefined) throw composed(what);
    const actual = layout.signatureOf(resolved.index);
    if (actual === undefined || !sameSignature(actual, expected)) {
      throw malformed(
        `component: ${what} must be ${signatureName(expected)}, is ${actual === undefined ? 'nothing' : signatureName(actual)}`,
        0,
      );
    }
    return layout.maps.func[resolved.index] as number;
  };

  const adapterFunctions = adapters.write(types, signatureAt);
  const write = (parts: Pick<LinkedParts, 'added' | 'ownGlobals' | 'exports'>): Uint8Array<ArrayBuffer> =>
    writeLinked({
      ...parts,
      modules,
      adapters,
      types,
      layouts,
      added: [...adapterFunctions, ...parts.added],
      memory: MEMORY_EXPORT,
      customs: component.customs
        .filter(({ name }) => name === MANIFEST_SECTION)
        .map(({ name, data }) => ({ name, data: bytes.subarray(data.start, data.end) })),
    });
  if (typed !== undefined) {
    const { functions, exports } = typedLinkage(typed, signatureAt);
    return {
      bytes: write({ added: [], ownGlobals: 0, exports }),
      typed: functions,
      isProgram: component.isProgram,
    };
  }

  const lifted = new Map<WorldExportName, LiftedFunction>();
  let realloc: number | undefined;
  for (const [name, { core, options }] of component.exports) {
    if (options.encoding !== 'utf8') throw notUtf8(name, options.encoding);
    const index = signatureAt(core, liftedSignature(WORLD_EXPORTS[name]), quote(name));
    const { postReturn } = options;
    lifted.set(name, {
      index,
      postReturn: postReturn && signatureAt(postReturn, POST_RETURN, `post-return of ${quote(name)}`),
    });
    if (name === 'call' && options.realloc !== undefined) realloc = signatureAt(options.realloc, REALLOC, 'realloc');
  }
  if (realloc === undefined) throw malformed('component: the function "call" takes text, but has no realloc', 0);
  const firstGlobal = layouts.globals;
  const wrappers = abiWrappers({
    lifted,
    realloc,
    ...(hosts as WorldHosts),
    pending: { pointer: firstGlobal, result: firstGlobal + 1, owner: firstGlobal + 2 },
  });
  return {
    bytes: write({
      added: [...wrappers.values()],
      ownGlobals: 3,
      exports: [...wrappers.keys()].map((name, i) => ({
        name,
        index: layouts.firstAdded + adapterFunctions.length + i,
      })),
    }),
  };
}

type WorldHosts = Pick<WrapperParts, 'errorSet' | 'functionName'>;

/** Before anything has an index: host functions come first. */
const worldHosts = (adapters: Adapters): WorldHosts => ({
  errorSet: adapters.host('error_set', { params: ['i32', 'i32'], results: [] }),
  functionName: adapters.host('function_name', { params: [], results: ['i64'] }),
});

/** What is checked, metered and run of a file: the module that it is, or the one that a component is linked to. */
export function coreModuleOf(bytes: Uint8Array<ArrayBuffer>): LinkedComponent & { readonly isLinked: boolean } {
  const isLinked = classifyBytes(bytes) === 'component';
  return isLinked ? { ...linkComponent(bytes), isLinked } : { bytes, isLinked };
}

/** What the module of {@link coreModuleOf} shows to the outside, with what linking knows of it. */
export function surfaceOfCore(
  module: Module,
  { bytes: _, ...linked }: Omit<ReturnType<typeof coreModuleOf>, 'bytes'> & { readonly bytes?: unknown },
): ModuleSurface {
  return { ...surfaceOf(module), ...linked };
}

/** All exports of the world must come from one component: one memory, one allocator. */
function ownerOf(lifted: Iterable<{ readonly owner: Scope }>): Scope {
  let owner: Scope | undefined;
  for (const item of lifted) {
    if (owner !== undefined && item.owner !== owner) throw composed('its exports');
    owner = item.owner;
  }
  // `get-info` and `call` are required.
  return owner as Scope;
}

function resolveFunctions(modules: CoreModules, adapters: Adapters, instance: CoreModuleInstance): void {
  const imports = modules.importsOf(instance, 'func');
  const { module } = modules.valid(instance);
  imports.forEach(({ type, module: from, name }, index) => {
    const composite = type.kind === 'func' ? module.types[type.typeIndex]?.composite : undefined;
    if (composite?.kind !== 'func')
      throw malformed('component: an import of a core module has no function type', instance.offset);
    const resolved = modules.resolve(instance, 'func', index);
    if (resolved.kind === 'adapter') adapters.add(resolved.item, composite, `${from} ${name}`, instance.offset);
  });
}

/** @param mayBeNone functions of numbers do without */
function checkMemory(instances: readonly CoreModuleInstance[], modules: CoreModules, mayBeNone: boolean): void {
  const memories = instances.reduce((sum, instance) => sum + modules.valid(instance).module.memories.length, 0);
  if (memories === 1 || (memories === 0 && mayBeNone)) return;
  throw new RingfenceError(
    'UNSUPPORTED_FEATURE',
    memories === 0
      ? 'the component has no memory, and text goes through one'
      : `the component has ${memories} memories: the limit \`memory\` is that of one. Build it as one component, not composed of several`,
    { stage: 'validate', details: { feature: 'multi-memory', memories } },
  );
}

/** A core module that is instantiated twice is there twice. */
function checkTotal(instances: readonly CoreModuleInstance[], modules: CoreModules, maxBytes: number): void {
  const total = instances.reduce((sum, instance) => sum + modules.valid(instance).bytes.length, 0);
  if (total <= maxBytes) return;
  throw new RingfenceError(
    'LIMIT_EXCEEDED',
    `The core modules of the component have ${total} bytes, each counted as often as it is instantiated: at most ${maxBytes} are allowed`,
    { stage: 'validate', details: { limit: 'wasmBytes', used: total, allowed: maxBytes } },
  );
}
