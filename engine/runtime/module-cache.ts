/** Modules that this engine has seen, in memory: what is known of each, and its compiled forms. */
import { ALL_SIGNATURES } from '../host/foreign-table.ts';
import type { ImportCosts } from '../meter/index.ts';
import { checkSurface, type HostSignatures, hostKey, type ModuleSurface, type PluginFacts } from '../validate/index.ts';
import type { CompiledModule } from './compiled-module.ts';
import { Lru } from './lru.ts';
import type { CheckedData, ModuleForm } from './module-work.ts';

/** A module that was checked once. It is held against each load's own manifest. */
export class KnownModule {
  readonly digest: string;
  /** Of the plugin's file. */
  readonly bytes: number;
  readonly data: CheckedData;
  /** Of the form that was asked for last: nearly always it is the same again. */
  #key: { readonly form: ModuleForm; readonly key: string } | undefined;
  #costs: { readonly host: HostSignatures; readonly costs: ImportCosts } | undefined;
  /** The text beside the module that was read last, the functions that there were, and what came of it. */
  #read:
    | { readonly manifest: string | undefined; readonly host: HostSignatures; readonly facts: PluginFacts }
    | undefined;

  constructor(digest: string, bytes: number, data: CheckedData) {
    this.digest = digest;
    this.bytes = bytes;
    this.data = data;
  }

  /**
   * @param manifest from outside the module
   * @param host the host functions that there are for it
   * @throws what checkPlugin throws
   */
  check(manifest: unknown, host: HostSignatures = ALL_SIGNATURES): PluginFacts {
    const read = this.#read;
    if (read !== undefined && read.manifest === manifest && read.host === host) return read.facts;
    const facts = checkSurface(this.data.surface, host, { manifest });
    if (manifest === undefined || typeof manifest === 'string') this.#read = { manifest, host, facts };
    return facts;
  }

  /** What its compiled module is kept under, in a form. */
  keyOf(form: ModuleForm): string {
    if (this.#key === undefined || !isSameForm(this.#key.form, form)) {
      this.#key = { form, key: formKey(this.digest, form) };
    }
    return this.#key.key;
  }

  /** What calls of its imports cost. @param host the host functions that there are for it; all of its imports are among them */
  importCosts(host: HostSignatures = ALL_SIGNATURES): ImportCosts {
    if (this.#costs?.host !== host) this.#costs = { host, costs: importCosts(this.data.surface, host) };
    return this.#costs.costs;
  }
}

/** Those of one module under the same host functions share the object with the prices. */
const isSameForm = (a: ModuleForm, b: ModuleForm): boolean =>
  a.memory === b.memory &&
  a.tableEntries === b.tableEntries &&
  a.stackDepth === b.stackDepth &&
  a.importCosts === b.importCosts &&
  a.profile === b.profile;

function importCosts({ imports }: ModuleSurface, host: HostSignatures): ImportCosts {
  const costs: Record<string, Record<string, number>> = Object.create(null);
  for (const { module, name } of imports) {
    const cost = host.get(hostKey(module, name))?.cost ?? 0;
    if (cost === 0) continue;
    costs[module] ??= Object.create(null) as Record<string, number>;
    costs[module][name] = cost;
  }
  return costs;
}

/** What V8 keeps of a module besides its code, about. */
const MODULE_OVERHEAD_BYTES = 64 * 1024;
const COMPILED_BYTES = 64 * 1024 * 1024;
const KNOWN_OVERHEAD_BYTES = 8 * 1024;
const KNOWN_BYTES = 16 * 1024 * 1024;
const NAMES = 2_000;

export class ModuleCache {
  /** By digest. */
  readonly #known = new Lru<string, KnownModule>(KNOWN_BYTES, weighKnown);
  /** By digest and form. */
  readonly #compiled = new Lru<string, CompiledModule>(
    COMPILED_BYTES,
    ({ report, offsets, bytes }) => report.bytesOut + offsets.length + (bytes?.length ?? 0) + MODULE_OVERHEAD_BYTES,
  );
  /** Digests by name. A name may outlive the module. */
  readonly #names = new Lru<string, string>(NAMES);

  byDigest(digest: string): KnownModule | undefined {
    return this.#known.get(digest);
  }

  /**
   * By a name that was given to its digest: the fingerprint of its content. What has the name has the content, so that nobody
   * need copy or hash it again.
   */
  find(name: string): KnownModule | undefined {
    const digest = this.#names.get(name);
    return digest === undefined ? undefined : this.#known.get(digest);
  }

  name(digest: string, name: string): void {
    this.#names.set(name, digest);
  }

  compiled(known: KnownModule, form: ModuleForm): CompiledModule | undefined {
    return this.#compiled.get(known.keyOf(form));
  }

  /** Nobody is about to load it again. */
  forget(digest: string): void {
    this.#known.delete(digest);
    for (const key of [...this.#compiled.keys()]) if (key.startsWith(`${digest},`)) this.#compiled.delete(key);
  }

  add(known: KnownModule, form: ModuleForm, compiled: CompiledModule): void {
    this.#known.set(known.digest, known);
    this.#compiled.set(known.keyOf(form), compiled);
  }
}

export const formKey = (
  digest: string,
  { memory, tableEntries, stackDepth, importCosts, profile }: ModuleForm,
): string => `${digest},${memory},${tableEntries},${stackDepth},${profile},${JSON.stringify(importCosts)}`;

function weighKnown({ data: { surface, nameBytes } }: KnownModule): number {
  const items = surface.imports.length + surface.exports.length;
  return KNOWN_OVERHEAD_BYTES + nameBytes.length + items * 200;
}
