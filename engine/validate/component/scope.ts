/** The index spaces of one component instance, or of the type of one. */
import type { CoreSort } from '../../wasm/component/component.ts';
import type { Span } from '../../wasm/module.ts';
import { malformed } from '../../wasm/reader.ts';
import type { ComponentValue, CoreInstance, CoreItem, CoreModuleInstance, Func, Instance, Type } from './values.ts';

export class Scope {
  readonly parent: Scope | undefined;
  readonly types: Type[] = [];
  readonly funcs: Func[] = [];
  readonly instances: Instance[] = [];
  readonly components: ComponentValue[] = [];
  readonly coreModules: Span[] = [];
  readonly coreInstances: CoreInstance[] = [];
  readonly coreItems: Readonly<Record<'func' | 'table' | 'memory' | 'global' | 'tag', CoreItem[]>> = {
    func: [],
    table: [],
    memory: [],
    global: [],
    tag: [],
  };
  /** The core modules that are instantiated here, in that order. */
  readonly instantiated: CoreModuleInstance[] = [];

  constructor(parent: Scope | undefined) {
    this.parent = parent;
  }

  /** @throws INVALID_MODULE for an index that leads nowhere */
  at<Value>(space: readonly Value[], index: number, what: string, offset: number): Value {
    const value = space[index];
    if (value === undefined) throw malformed(`component: there is no ${what} ${index}, only ${space.length}`, offset);
    return value;
  }

  coreSpace(sort: CoreSort, offset: number): CoreItem[] {
    if (sort === 'func' || sort === 'table' || sort === 'memory' || sort === 'global' || sort === 'tag') {
      return this.coreItems[sort];
    }
    throw malformed(`component: a core ${sort} cannot stand here`, offset);
  }

  /** So many scopes out. @throws INVALID_MODULE */
  outer(levels: number, offset: number): Scope {
    let scope: Scope = this;
    for (let i = 0; i < levels; i++) {
      if (scope.parent === undefined) throw malformed(`component: there are no ${levels} components around it`, offset);
      scope = scope.parent;
    }
    return scope;
  }
}
