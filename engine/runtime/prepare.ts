/**
 * From bytes to a compiled, metered plugin: check, meter, compile. Each step takes the type that the one before it returns, so
 * that nothing unchecked is metered and nothing unmetered is compiled.
 */
import { RingfenceError } from '../errors.ts';
import { HOST_SIGNATURES } from '../host/table.ts';
import type { Limits } from '../limits.ts';
import {
  COST_TABLE_VERSION,
  type MeteredModule,
  type MeterReport,
  mapOffsets,
  meterModule,
  type OffsetMap,
} from '../meter/index.ts';
import { checkModule, checkPlugin, type Manifest, type PluginModule, type ValidModule } from '../validate/index.ts';
import { moduleNames } from '../wasm/custom-sections.ts';
import type { Module, Span } from '../wasm/module.ts';
import { CodePlaces } from './code-places.ts';
import { Lru } from './lru.ts';
import type { SourceBytes } from './source.ts';

/** A metered module, compiled: what instances are made of. */
export interface CompiledModule {
  readonly module: WebAssembly.Module;
  readonly report: MeterReport;
  /** Where its code came from: worked out when first asked for. */
  readonly offsets: () => OffsetMap;
}

/** A plugin, ready to be instantiated. */
export interface PreparedPlugin extends CompiledModule {
  readonly manifest: Manifest;
  readonly digest: string;
  /** Names that `plugin.call` reaches. */
  readonly functions: readonly string[];
  /** Names of the host functions that it imports. */
  readonly imports: readonly string[];
  readonly limits: Limits;
  /** Names of its functions by index, for messages: read from the module when first asked for. */
  readonly functionNames: () => ReadonlyMap<number, string>;
  /** Code of a function that it defines, in its file. */
  readonly functionCode: (funcIndex: number) => Span | undefined;
  /** Where in its code things happen, for messages. */
  readonly places: CodePlaces;
}

export interface PrepareOptions {
  /** The manifest from outside the module. */
  readonly manifest: unknown;
  /** The limits of the plugin, once its manifest is known. */
  readonly limits: (manifest: Manifest) => Limits;
  /** Prepared for fuel profiles. @default false */
  readonly profile?: boolean;
}

/** Modules kept for the next load of the same bytes. */
const CACHED = 64;

/** Checks, meters and compiles plugins, each once: the same bytes under the same limits share one module. */
export class Preparer {
  readonly #checked = new Lru<string, ValidModule>(CACHED);
  /** Promises, so that two loads at the same time compile once. A failure is forgotten. */
  readonly #compiled = new Lru<string, Promise<CompiledModule>>(CACHED);

  /** @throws whatever is wrong with the module, its manifest or its permissions */
  async prepare(source: SourceBytes, options: PrepareOptions): Promise<PreparedPlugin> {
    const { digest } = source;
    const plugin = checkPlugin(this.#check(source), HOST_SIGNATURES, options);
    const { manifest, functions, imports } = plugin;
    const limits = options.limits(manifest);
    const compiled = await this.#compile(plugin, digest, limits, options.profile ?? false);
    return {
      ...compiled,
      manifest,
      digest,
      functions,
      imports,
      limits,
      functionNames: once(() => functionNames(plugin.module)),
      functionCode: (funcIndex) => plugin.module.bodies[funcIndex - plugin.module.imported.func]?.code,
      places: new CodePlaces(compiled.offsets, source.path),
    };
  }

  #check({ bytes, digest }: SourceBytes): ValidModule {
    const known = this.#checked.get(digest);
    if (known !== undefined) return known;
    // The reader has looked at the size, under the plugin's own limit.
    const valid = checkModule(bytes, { maxBytes: bytes.length });
    this.#checked.set(digest, valid);
    return valid;
  }

  #compile(
    plugin: PluginModule,
    digest: string,
    { memory, tableEntries, stackDepth }: Limits,
    profile: boolean,
  ): Promise<CompiledModule> {
    const key = [digest, COST_TABLE_VERSION, memory, tableEntries, stackDepth, profile].join();
    const known = this.#compiled.get(key);
    if (known !== undefined) return known;
    const options = { limits: { memory, tableEntries, stackDepth }, profile };
    const compiling = compile(
      meterModule(plugin, options),
      once(() => mapOffsets(plugin, options)),
    );
    this.#compiled.set(key, compiling);
    compiling.catch(() => this.#compiled.delete(key));
    return compiling;
  }
}

async function compile({ bytes, report }: MeteredModule, offsets: () => OffsetMap): Promise<CompiledModule> {
  try {
    return { module: await WebAssembly.compile(bytes), report, offsets };
  } catch (cause) {
    // V8 has validated the module before it was metered.
    const said = cause instanceof Error ? cause.message : String(cause);
    throw new RingfenceError('BUG', `BUG: the metered module does not compile: ${said}`, { stage: 'compile', cause });
  }
}

/** Names of the name section, and where it has none the names of exports; imports by what they import. */
function functionNames(module: Module): ReadonlyMap<number, string> {
  const { imports, exports } = module;
  const exported = exports.filter(({ kind }) => kind === 'func').map(({ name, index }) => [index, name] as const);
  const imported = imports.filter(({ type }) => type.kind === 'func').map((item) => `${item.module}.${item.name}`);
  return new Map([...exported, ...moduleNames(module).functions, ...imported.entries()]);
}

function once<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
