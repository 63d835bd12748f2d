/**
 * What is done to a module before V8 compiles it: checked, then metered. On this thread or on another; what comes out is
 * plain data either way, and an unchecked module cannot be metered.
 */

import { coreModuleOf, surfaceOfCore } from '../component/link-component.ts';
import { LIMITS } from '../limits.ts';
import { type EngineReport, type ImportCosts, type MappedModule, meterForEngine } from '../meter/index.ts';
import { checkModule, type ValidModule } from '../validate/check-module.ts';
import type { ModuleSurface } from '../validate/surface.ts';
import { decodeFunctionNames, functionNameBytes } from '../wasm/custom-sections.ts';

/** What is known of a module that passed the checks, whatever its limits will be. Plain data. */
export interface CheckedData {
  readonly surface: ModuleSurface;
  /** The names of its functions as its name section has them; see {@link functionNamesOf}. */
  readonly nameBytes: Uint8Array<ArrayBuffer>;
}

/** What a metered module is made for: limits and prices of host functions are built into it. */
export interface ModuleForm {
  readonly memory: number;
  readonly tableEntries: number;
  readonly stackDepth: number;
  /** Fuel that calls of its imports cost. */
  readonly importCosts: ImportCosts;
  /** It tells which functions are entered and left. */
  readonly profile: boolean;
}

/** A metered module, ready to compile, and what is known of it. Plain data. */
export interface MeteredData extends MappedModule<EngineReport> {
  /** Of one made for profiles: where the code of each function that it defines begins and ends in its file, two numbers each. */
  readonly code: Uint32Array<ArrayBuffer> | undefined;
}

/** Names serve messages only: those of very large modules are cut here. */
const NAME_BYTES = 1024 * 1024;

/** The work on one module, in order: `check` once, then `meter`. */
export class ModuleWork {
  #valid: ValidModule | undefined;

  /**
   * @param bytes never changed by anyone from here on
   * @throws what checkModule throws, and what linkComponent does for a component
   */
  check(bytes: Uint8Array<ArrayBuffer>): CheckedData {
    // Whoever read them has looked at the size, under the plugin's own limit.
    const core = coreModuleOf(bytes);
    this.#valid = checkModule(core.bytes, { maxBytes: LIMITS.wasmBytes.max });
    const { module } = this.#valid;
    const names = functionNameBytes(module);
    return {
      surface: surfaceOfCore(module, core),
      nameBytes: new Uint8Array(names.subarray(0, NAME_BYTES)),
    };
  }

  /** @throws MEMORY_LIMIT or LIMIT_EXCEEDED where the module needs more than that */
  meter({ memory, tableEntries, stackDepth, importCosts, profile }: ModuleForm): MeteredData {
    if (this.#valid === undefined) throw new TypeError('check the module first');
    const limits = { memory, tableEntries, stackDepth };
    // Nobody but the engine sees what a module exports, and it asks for no table.
    const mapped = meterForEngine(this.#valid, {
      limits,
      importCosts,
      profile,
      exportState: !profile,
      exportTables: false,
    });
    const { bodies } = this.#valid.module;
    return {
      ...mapped,
      code: profile ? Uint32Array.from(bodies.flatMap(({ code }) => [code.start, code.end])) : undefined,
    };
  }
}

/** Names of a module's functions by index: of its name section, where it has none of its exports; imports by what they import. */
export function functionNamesOf({ surface, nameBytes }: CheckedData): ReadonlyMap<number, string> {
  const { imports, exports } = surface;
  const exported = exports.filter(({ kind }) => kind === 'func').map(({ name, index }) => [index, name] as const);
  const imported = imports.filter(({ kind }) => kind === 'func').map((item) => `${item.module}.${item.name}`);
  return new Map([...exported, ...decodeFunctionNames(nameBytes), ...imported.entries()]);
}
