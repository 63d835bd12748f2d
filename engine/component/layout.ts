/** Where the items of each core module are in the linked module. */
import type { CoreModuleInstance } from '../validate/component/values.ts';
import { type ExternKind, functionTypeOf, type Import } from '../wasm/module.ts';
import { malformed } from '../wasm/reader.ts';
import { type FunctionType, sameSignature, sameType, signatureName } from '../wasm/types.ts';
import type { Adapters } from './adapters.ts';
import type { CoreModules, Resolved } from './core-modules.ts';
import type { IndexMaps } from './map-code.ts';
import { composed } from './refusals.ts';
import type { TypeTable } from './type-table.ts';

export interface InstanceLayout {
  readonly instance: CoreModuleInstance;
  readonly maps: IndexMaps;
  /** Of a function by its index in the core module. */
  readonly signatureOf: (funcIndex: number) => FunctionType | undefined;
}

export interface Layouts extends ReadonlyMap<CoreModuleInstance, InstanceLayout> {
  /** Index of the first function that is added. */
  readonly firstAdded: number;
  /** How many globals and segments there are in all core modules. */
  readonly globals: number;
  readonly elements: number;
  readonly data: number;
}

type Counted = 'func' | 'table' | 'global' | 'tag';

/** @throws INVALID_MODULE where an import has another type than what it is given */
export function layOut(
  modules: CoreModules,
  adapters: Adapters,
  types: TypeTable,
  instances: readonly CoreModuleInstance[],
): Layouts {
  const next = { func: adapters.hosts.length, table: 0, global: 0, tag: 0, elem: 0, data: 0 };
  const first = new Map<CoreModuleInstance, typeof next>();
  for (const instance of instances) {
    const { module } = modules.valid(instance);
    first.set(instance, { ...next });
    next.func += module.functions.length;
    next.table += module.tables.length;
    next.global += module.globals.length;
    next.tag += module.tags.length;
    next.elem += module.elements.length;
    next.data += module.data.length;
  }
  const firstAdded = next.func;

  const indexOf = (resolved: Resolved, kind: Counted, importing: FunctionType | undefined): number => {
    if (resolved.kind === 'adapter') {
      const place = adapters.placeOf(resolved.item, importing as FunctionType);
      return place.space === 'host' ? place.index : firstAdded + place.index;
    }
    const { instance, index } = resolved;
    const start = first.get(instance);
    if (start === undefined) throw composed('a core module of another');
    return start[kind] + index - modules.valid(instance).module.imported[kind];
  };

  const layouts = new Map<CoreModuleInstance, InstanceLayout>();
  for (const instance of instances) {
    const { module } = modules.valid(instance);
    const start = first.get(instance) as typeof next;
    const mapOf = (kind: Counted, defined: number): Uint32Array => {
      const imports = modules.importsOf(instance, kind);
      const map = new Uint32Array(imports.length + defined);
      imports.forEach((item, i) => {
        const resolved = modules.resolve(instance, kind, i);
        const importing = kind === 'func' ? functionTypeOf(module, i) : undefined;
        checkGiven(modules, instance, item, importing, resolved);
        map[i] = indexOf(resolved, kind, importing);
      });
      for (let i = 0; i < defined; i++) map[imports.length + i] = start[kind] + i;
      return map;
    };
    for (let i = 0; i < module.imported.memory; i++) modules.resolve(instance, 'memory', i);
    layouts.set(instance, {
      instance,
      maps: {
        func: mapOf('func', module.functions.length),
        table: mapOf('table', module.tables.length),
        global: mapOf('global', module.globals.length),
        tag: mapOf('tag', module.tags.length),
        type: types.addModule(module),
        elem: start.elem,
        data: start.data,
        referenced: new Set(),
      },
      signatureOf: (funcIndex) => functionTypeOf(module, funcIndex),
    });
  }
  return Object.assign(layouts, { firstAdded, globals: next.global, elements: next.elem, data: next.data });
}

/** That what is given has the type that is imported. V8 looks at the linked module as well; this says whose fault it is. */
function checkGiven(
  modules: CoreModules,
  instance: CoreModuleInstance,
  { module: from, name, type }: Import,
  importing: FunctionType | undefined,
  resolved: Resolved,
): void {
  if (resolved.kind === 'adapter') return;
  const { module } = modules.valid(resolved.instance);
  const wrong = (imported: string, given: string): Error =>
    malformed(
      `component: a core module imports "${from}" "${name}" as ${imported}, but is given ${given}`,
      instance.offset,
    );
  const own = (kind: ExternKind): number => resolved.index - module.imported[kind];
  if (type.kind === 'func') {
    const given = functionTypeOf(module, resolved.index);
    if (importing === undefined || given === undefined || !sameSignature(importing, given)) {
      throw wrong(importing ? signatureName(importing) : 'nothing', given ? signatureName(given) : 'nothing');
    }
  } else if (type.kind === 'global') {
    const given = module.globals[own('global')];
    if (given === undefined || given.mutable !== type.global.mutable || !sameType(given.type, type.global.type)) {
      throw wrong('a global of one type', 'one of another');
    }
  } else if (type.kind === 'table') {
    const given = module.tables[own('table')];
    if (given === undefined || !sameType(given.element, type.table.element))
      throw wrong('a table of one type', 'one of another');
  }
}
