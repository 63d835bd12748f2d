/**
 * Getting to know one module: from the disk cache, or by checking and metering it. All loads of the same bytes that are under
 * way share a session; when the last of them has left, whatever is still being done is given up.
 */
import type { CompiledModule } from './compiled-module.ts';
import { compileMetered } from './compiled-module.ts';
import type { CompileJob, ModuleCompiler } from './compiler.ts';
import { sha256 } from './digest.ts';
import type { DiskCache, FoundEntry } from './disk-cache.ts';
import { formKey } from './module-cache.ts';
import type { CheckedData, ModuleForm } from './module-work.ts';

export interface SessionParts {
  readonly compiler: ModuleCompiler;
  readonly disk: DiskCache | undefined;
}

export class ModuleSession {
  readonly #parts: SessionParts;
  readonly #bytes: Uint8Array<ArrayBuffer>;
  readonly #onLeft: () => void;
  #holders = 0;
  #digest: Promise<string> | undefined;
  #entry: FoundEntry | undefined;
  #job: CompileJob | undefined;
  #checked: Promise<CheckedData> | undefined;
  readonly #compiled = new Map<string, Promise<CompiledModule>>();
  /** The compiler meters one thing at a time. */
  #metering: Promise<unknown> = Promise.resolve();

  /** @param bytes belong to the session from here on */
  constructor(parts: SessionParts, bytes: Uint8Array<ArrayBuffer>, onLeft: () => void) {
    this.#parts = parts;
    this.#bytes = bytes;
    this.#onLeft = onLeft;
  }

  join(): void {
    this.#holders++;
  }

  leave(): void {
    if (--this.#holders > 0) return;
    this.#job?.close();
    this.#onLeft();
  }

  /**
   * SHA-256 of the module, in hexadecimal. An entry of the disk cache has it, and need not have it computed.
   * @param diskKey of the entry that would have it; undefined where none is looked for
   */
  digest(diskKey: string | undefined): Promise<string> {
    this.#digest ??= this.#findOut(diskKey);
    return this.#digest;
  }

  /** Only after {@link digest}. @throws what is wrong with the module */
  async data(): Promise<CheckedData> {
    return this.#entry?.data ?? this.#check();
  }

  /**
   * Only after {@link data}.
   * @param keepBytes whether it keeps what it was compiled from
   * @throws what metering it may throw
   */
  compiled(form: ModuleForm, diskKey: string | undefined, keepBytes: boolean): Promise<CompiledModule> {
    const key = `${formKey('', form)},${keepBytes}`;
    let compiled = this.#compiled.get(key);
    if (compiled === undefined) {
      compiled = this.#compile(form, diskKey, keepBytes);
      this.#compiled.set(key, compiled);
    }
    return compiled;
  }

  async #findOut(diskKey: string | undefined): Promise<string> {
    const { disk } = this.#parts;
    if (diskKey !== undefined) this.#entry = await disk?.read(diskKey, largestEntry(this.#bytes.length));
    return this.#entry?.digest ?? sha256(this.#bytes);
  }

  #check(): Promise<CheckedData> {
    if (this.#checked === undefined) {
      this.#job = this.#parts.compiler.open(this.#bytes);
      // The last load may have left while the disk was read.
      if (this.#holders === 0) this.#job.close();
      this.#checked = this.#job.check();
    }
    return this.#checked;
  }

  async #compile(form: ModuleForm, diskKey: string | undefined, keepBytes: boolean): Promise<CompiledModule> {
    const { disk } = this.#parts;
    const entry = this.#entry;
    if (entry !== undefined && formKey('', entry.form) === formKey('', form)) {
      return compileMetered({ ...entry.metered, code: undefined }, keepBytes, entry.module);
    }
    const [data, digest] = await Promise.all([this.#check(), this.digest(diskKey)]);
    const metering = this.#metering.then(() => (this.#job as CompileJob).meter(form));
    this.#metering = metering.catch(() => {});
    const metered = await metering;
    if (diskKey !== undefined) disk?.write(diskKey, { digest, data, form, metered });
    return compileMetered(metered, keepBytes);
  }
}

/** What an entry may take at most: a bound on what is read into memory for a module of this size, not an estimate. */
const largestEntry = (moduleBytes: number): number => 1024 * 1024 + 32 * moduleBytes;
