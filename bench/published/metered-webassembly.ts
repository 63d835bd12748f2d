/** Puts the meter between the packages and V8: whatever they compile is metered, and whatever they instantiate runs on fuel. */
import { meter } from '../../engine/meter/index.ts';
import { Driver, type HiddenNames } from '../../test/meter/support/driver.ts';

const PLENTY = 2 ** 46;

export interface MeteredWebAssembly {
  /** Modules that have been metered. */
  readonly modules: number;
}

/** Replaces the functions of the global `WebAssembly`. There is no way back. */
export function meterAllWebAssembly(exportTables: boolean): MeteredWebAssembly {
  const { Module, Instance } = WebAssembly;
  const hiddenNames = new WeakMap<WebAssembly.Module, HiddenNames>();
  const told = { modules: 0 };

  const compile = (source: BufferSource): WebAssembly.Module => {
    const bytes =
      source instanceof ArrayBuffer
        ? new Uint8Array(source.slice(0))
        : new Uint8Array(new Uint8Array(source.buffer, source.byteOffset, source.byteLength));
    const metered = meter(bytes, { exportTables });
    const module = new Module(metered.bytes);
    hiddenNames.set(module, metered.report.hidden);
    told.modules++;
    return module;
  };
  const instantiate = (module: WebAssembly.Module, imports?: WebAssembly.Imports): WebAssembly.Instance => {
    const hidden = hiddenNames.get(module);
    if (hidden === undefined) return new Instance(module, imports);
    const driver = new Driver(hidden);
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
