/**
 * From the source of a plugin to a compiled, metered module, by the shortest way there is:
 *
 *     known in memory ────────────────────────────────────────────> compiled
 *     read, name ──> in the disk cache ──> verify ──────> compile ──>
 *                └─> hash ──> check ──> meter ──────────> compile ──>
 *
 * Whatever the way, the manifest and the imports are checked here. Unchecked modules cannot be metered
 * (module-work.ts), and what is compiled has been metered by this very code: now, or before, as the disk cache vouches.
 */
import { basename } from 'node:path';
import type { SpokenContract } from '../abi/contract.ts';
import type { HookName } from '../abi/exports.ts';
import { cancelled, tooLate } from '../host/account.ts';
import type { Limits } from '../limits.ts';
import { COST_TABLE_VERSION, OffsetMap } from '../meter/index.ts';
import type { HostSignatures, Manifest, PluginFacts } from '../validate/index.ts';
import type { Span } from '../wasm/module.ts';
import { codeDigest } from './code-digest.ts';
import { CodePlaces } from './code-places.ts';
import type { CompiledModule } from './compiled-module.ts';
import { type CompilerOptions, ModuleCompiler } from './compiler.ts';
import { fingerprint } from './digest.ts';
import type { DiskCache } from './disk-cache.ts';
import { GivenBytes } from './given-bytes.ts';
import { KnownFiles } from './known-files.ts';
import { KnownModule, ModuleCache } from './module-cache.ts';
import { ModuleSession } from './module-session.ts';
import { type CheckedData, functionNamesOf, type ModuleForm } from './module-work.ts';
import { checkSize, givenBytes, isBytes, lookBeside, type PluginSource, pathOf, readPluginFile } from './source.ts';

/** A plugin, ready to be instantiated. */
export interface PreparedPlugin extends CompiledModule {
  /** How it is started, called and stopped. */
  readonly contract: SpokenContract;
  /** Types of `functions`, one for each, where they are called by type. */
  readonly signatures?: readonly string[] | undefined;
  readonly manifest: Manifest;
  /** SHA-256 of the plugin's file, in hexadecimal. */
  readonly digest: string;
  /** Names that `plugin.call` reaches. */
  readonly functions: readonly string[];
  /** Optional exports of the ABI that it has. */
  readonly hooks: readonly HookName[];
  /** Names of the host functions that it imports. */
  readonly imports: readonly string[];
  readonly limits: Limits;
  /** What the module shows, and the names that it carries. Plain data. */
  readonly data: CheckedData;
  /** Names of its functions by index, for messages: worked out when first asked for. */
  readonly functionNames: () => ReadonlyMap<number, string>;
  /** Code of a function that it defines, in its file; only where it was prepared for profiles. */
  readonly functionCode: (funcIndex: number) => Span | undefined;
  /** Where in its code things happen, for messages. */
  readonly places: CodePlaces;
}

export interface PrepareOptions {
  /** The manifest from outside the module. @default the `plugin.json` beside the file */
  readonly manifest?: unknown;
  /** Limit on the size of the plugin's file. */
  readonly maxBytes: number;
  /** The host functions that there are for it. @default those of the table */
  readonly host?: HostSignatures | undefined;
  /** The limits of the plugin, once its manifest is known. */
  readonly limits: (manifest: Pick<Manifest, 'limits'>) => Limits;
  /** Prepared for fuel profiles. @default false */
  readonly profile?: boolean;
  /** It has `bytes`: for executors that compile it in other processes. @default false */
  readonly keepBytes?: boolean | undefined;
  /** Ends it. */
  readonly signal?: AbortSignal | undefined;
  /** When loading began, on the clock of `performance.now()`, and how long it may take. */
  readonly time?: { readonly startedAt: number; readonly startTimeoutMs: number } | undefined;
}

export interface PreparerOptions {
  readonly disk?: DiskCache | undefined;
  readonly compiler?: CompilerOptions | undefined;
}

/** What was read of a plugin that is not known yet. */
interface Unknown {
  /** Nobody else holds these bytes. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Their fingerprint. */
  readonly name: string;
  /** Called with its digest: notes what it will be recognised by when it comes again. */
  readonly note?: (digest: string) => void;
  readonly path: string | undefined;
}

/** Checks, meters and compiles plugins, each once: the same bytes under the same limits share one module. */
export class Preparer {
  readonly #cache = new ModuleCache();
  readonly #given = new GivenBytes();
  readonly #files = new KnownFiles();
  readonly #compiler: ModuleCompiler;
  readonly #disk: DiskCache | undefined;
  /** By fingerprint. */
  readonly #sessions = new Map<string, ModuleSession>();

  constructor({ disk, compiler }: PreparerOptions = {}) {
    this.#compiler = new ModuleCompiler(compiler);
    this.#disk = disk;
  }

  /**
   * @param source bytes are read before this returns: whoever gave them may change them then
   * @throws whatever is wrong with the source, the module or its manifest; CANCELLED, DEADLINE_EXCEEDED
   */
  async prepare(source: PluginSource, options: PrepareOptions): Promise<PreparedPlugin> {
    return isBytes(source) ? this.#prepareBytes(source, options) : this.#prepareFile(pathOf(source), options);
  }

  /** Lets go of what is kept in memory of a module: it is read, checked and compiled anew when it comes again. */
  forget(digest: string): void {
    this.#cache.forget(digest);
  }

  /** Gives up what is under way, and ends the thread. What is being written to the disk cache is finished. */
  async close(): Promise<void> {
    await Promise.all([this.#compiler.close(), this.#disk?.settle()]);
  }

  #prepareBytes(source: Uint8Array | ArrayBuffer, options: PrepareOptions): PreparedPlugin | Promise<PreparedPlugin> {
    const given = givenBytes(source, options.maxBytes);
    const name = this.#given.nameOf(source, given);
    const known = this.#cache.find(name);
    const ready = known && this.#ready(known, options, undefined);
    if (ready !== undefined) return ready;
    const bytes = new Uint8Array(given);
    // In shared memory another thread may have written since.
    const isShared = !(given.buffer instanceof ArrayBuffer);
    return this.#getReady({ bytes, name: isShared ? fingerprint(bytes) : name, path: undefined }, options);
  }

  #prepareFile(path: string, options: PrepareOptions): PreparedPlugin | Promise<PreparedPlugin> {
    const file = this.#files.find(path, (options.manifest ?? undefined) === undefined);
    const known = file && this.#cache.byDigest(file.digest);
    const manifest = options.manifest ?? file?.beside?.manifest;
    return (known && this.#ready(known, { ...options, manifest }, path)) ?? this.#prepareUnread(path, options);
  }

  async #prepareUnread(path: string, options: PrepareOptions): Promise<PreparedPlugin> {
    const [{ bytes, identity }, beside] = await Promise.all([
      readPluginFile(path, options.maxBytes),
      (options.manifest ?? undefined) === undefined ? lookBeside(path) : undefined,
    ]);
    const note = (digest: string): void => {
      if (identity !== undefined) this.#files.remember(path, { identity, digest, beside });
    };
    return this.#getReady(
      { bytes, name: fingerprint(bytes), note, path },
      { ...options, manifest: options.manifest ?? beside?.manifest },
    );
  }

  /** What can be had at once. @throws what checkPlugin throws, LIMIT_EXCEEDED */
  #ready(known: KnownModule, options: PrepareOptions, path: string | undefined): PreparedPlugin | undefined {
    checkSize(known.bytes, options.maxBytes, path ?? 'The plugin');
    const facts = known.check(options.manifest, options.host);
    const limits = options.limits(facts.manifest);
    const compiled = this.#cache.compiled(known, formOf(known, limits, options));
    if (compiled === undefined || (options.keepBytes === true && compiled.bytes === undefined)) return undefined;
    return prepared(known, facts, limits, compiled, path);
  }

  async #getReady({ bytes, name, note, path }: Unknown, options: PrepareOptions): Promise<PreparedPlugin> {
    const patience = new Patience(options);
    const session = this.#join(name, bytes);
    // The session may hand the bytes to another thread.
    const size = bytes.length;
    try {
      const diskKey = await patience.with(this.#diskKey(bytes, options));
      const digest = await patience.with(session.digest(diskKey));
      this.#cache.name(digest, name);
      note?.(digest);
      const before = this.#cache.byDigest(digest);
      const ready = before && this.#ready(before, options, path);
      if (ready !== undefined) return ready;

      const known = before ?? new KnownModule(digest, size, await patience.with(session.data()));
      const facts = known.check(options.manifest, options.host);
      const limits = options.limits(facts.manifest);
      const form = formOf(known, limits, options);
      const compiled = await patience.with(session.compiled(form, diskKey, options.keepBytes ?? false));
      this.#cache.add(known, form, compiled);
      return prepared(known, facts, limits, compiled, path);
    } finally {
      patience.end();
      session.leave();
    }
  }

  /** Undefined where no entry is looked for or written: profiles are made while a plugin is being worked on. */
  async #diskKey(bytes: Uint8Array, { limits, profile }: PrepareOptions): Promise<string | undefined> {
    const name = profile === true ? undefined : await this.#disk?.nameOf(bytes);
    return name === undefined ? undefined : diskKeyOf(name, limits({}));
  }

  #join(name: string, bytes: Uint8Array<ArrayBuffer>): ModuleSession {
    let session = this.#sessions.get(name);
    if (session === undefined) {
      const parts = { compiler: this.#compiler, disk: this.#disk };
      session = new ModuleSession(parts, bytes, () => this.#sessions.delete(name));
      this.#sessions.set(name, session);
    }
    session.join();
    return session;
  }
}

function prepared(
  { data, digest }: KnownModule,
  { contract, manifest, functions, hooks, signatures, imports, isUnnamed }: PluginFacts,
  limits: Limits,
  compiled: CompiledModule,
  path: string | undefined,
): PreparedPlugin {
  return {
    ...compiled,
    contract,
    signatures,
    manifest: isUnnamed === true && path !== undefined ? { ...manifest, name: nameFrom(path) } : manifest,
    digest,
    functions,
    hooks,
    imports,
    limits,
    data,
    functionNames: once(() => functionNamesOf(data)),
    functionCode: (funcIndex) => codeOf(compiled, funcIndex),
    places: new CodePlaces(() => new OffsetMap(compiled.offsets), path),
  };
}

/** What a plugin is called that nobody has named: its file, in letters that names may have. */
export function nameFrom(path: string): string {
  const plain = basename(path, '.wasm')
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-');
  return plain.replace(/^[^a-z0-9]+/, '').slice(0, 100) || 'plugin';
}

const formOf = (
  known: KnownModule,
  { memory, tableEntries, stackDepth }: Limits,
  { host, profile = false }: PrepareOptions,
): ModuleForm => ({ memory, tableEntries, stackDepth, importCosts: known.importCosts(host), profile });

function codeOf({ code, report }: CompiledModule, funcIndex: number): Span | undefined {
  const at = (funcIndex - report.importedFunctions) * 2;
  const start = code?.[at];
  const end = code?.[at + 1];
  return start === undefined || end === undefined ? undefined : { start, end };
}

/**
 * All that a metered module depends on. The limits are those that a plugin gets whose manifest asks for none: the manifest is
 * inside. An entry whose manifest lowers them differently, because another stood beside the file, is of no use and replaced; so
 * is one with other prices of the application's functions (those of the table are the engine's).
 * @param name of the module, as the cache calls it
 */
export async function diskKeyOf(name: string, { memory, tableEntries, stackDepth }: Limits): Promise<string> {
  return [
    `module ${name}`,
    `limits ${memory} ${tableEntries} ${stackDepth}`,
    `costs ${COST_TABLE_VERSION}`,
    `engine ${await codeDigest()}`,
    // Its verdict on the module is part of the check.
    `v8 ${process.versions.v8}`,
  ].join('\n');
}

/** How long a load waits for what others do: until its signal fires, or its time is up. Leaves nothing behind once it has ended. */
class Patience {
  readonly #lost = Promise.withResolvers<never>();
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort = (): void => this.#lost.reject(cancelled(this.#signal as AbortSignal));
  readonly #timer: NodeJS.Timeout | undefined;

  constructor({ signal, time }: PrepareOptions) {
    this.#signal = signal;
    // There may be nobody who waits just then.
    this.#lost.promise.catch(() => {});
    if (signal?.aborted === true) this.#onAbort();
    signal?.addEventListener('abort', this.#onAbort, { once: true });
    if (time === undefined) return;
    const { startedAt, startTimeoutMs } = time;
    const left = Math.max(0, startedAt + startTimeoutMs - performance.now());
    this.#timer = setTimeout(() => this.#lost.reject(tooLate('startTimeoutMs', startTimeoutMs)), left);
  }

  with<T>(work: Promise<T>): Promise<T> {
    return Promise.race([work, this.#lost.promise]);
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#signal?.removeEventListener('abort', this.#onAbort);
  }
}

function once<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
