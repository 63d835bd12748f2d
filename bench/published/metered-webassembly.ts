/** Puts the meter between the packages and V8: whatever they compile is metered, and whatever they instantiate runs on fuel. */
import { meter } from '../../engine/meter/index.ts';
import { Driver, type HiddenNames } from '../../test/meter/support/driver.ts';

const PLENTY = 2 ** 46;

interface MeteredPart {
  readonly hidden: HiddenNames;
}

export interface MeteredWebAssembly {
  /** Modules that have been metered. */
  readonly modules: number;
  /** How often a slice has ended. */
  readonly refills: number;
}

/** Replaces the functions of the global `WebAssembly`. There is no way back. */
export function meterAllWebAssembly(exportTables: boolean): MeteredWebAssembly {
  const { Module, Instance } = WebAssembly;
  const parts = new WeakMap<WebAssembly.Module, MeteredPart>();
  const drivers: Driver[] = [];
  const told = {
    modules: 0,
    get refills(): number {
      return drivers.reduce((sum, { refills }) => sum + refills, 0);
    },
  };

  const compile = (source: BufferSource): WebAssembly.Module => {
    const bytes =
      source instanceof ArrayBuffer
        ? new Uint8Array(source.slice(0))
        : new Uint8Array(new Uint8Array(source.buffer, source.byteOffset, source.byteLength));
    const metered = meter(bytes, { exportTables });
    const module = new Module(metered.bytes);
    parts.set(module, { hidden: metered.report.hidden });
    told.modules++;
    return module;
  };
  const instantiate = (module: WebAssembly.Module, imports?: WebAssembly.Imports): WebAssembly.Instance => {
    const part = parts.get(module);
    if (part === undefined) return new Instance(module, imports);
    const driver = new Driver(part.hidden);
    drivers.push(driver);
    const instance = new Instance(module, driver.imports(imports));
    driver.attach(instance);
    // All calls of the glue run on this one budget: slices end as they would, the budget does not.
    driver.spend(PLENTY, () => driver.start(instance));
    return instance;
  };

  Object.assign(WebAssembly, {
    Module: new Proxy(Module, { construct: (_, [source]: [BufferSource]) => compile(source) }),
    Instance: new Proxy(Instance, {
      construct: (_, [module, imports]: [WebAssembly.Module, WebAssembly.Imports?]) => instantiate(module, imports),
    }),
    compile: async (source: BufferSource) => compile(source),
    instantiate: async (source: BufferSource | WebAssembly.Module, imports?: WebAssembly.Imports) => {
      if (source instanceof Module) return instantiate(source, imports);
      const module = compile(source);
      return { module, instance: instantiate(module, imports) };
    },
    compileStreaming: undefined,
    instantiateStreaming: undefined,
  });
  return told;
}
