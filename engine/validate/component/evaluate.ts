/**
 * Evaluates a component symbolically: every index is looked up, every instantiation followed, and what is left is who is made
 * of what. Nothing is run. The number of steps is bounded, because a nested component may be instantiated many times.
 */
import { RingfenceError } from '../../errors.ts';
import { STRUCTURE, type StructureLimits } from '../../limits.ts';
import type {
  AliasTarget,
  Canon,
  CanonOptions,
  Component,
  CoreInstanceForm,
  CoreSort,
  DecodedComponent,
  Definition,
  ExternType,
  InstanceForm,
  Reference,
} from '../../wasm/component/component.ts';
import { hex, malformed, overLimit } from '../../wasm/reader.ts';
import { quote } from '../quote.ts';
import { Scope } from './scope.ts';
import type { ComponentValue, CoreInstance, CoreItem, Instance, Item, Options, Type } from './values.ts';

export interface EvaluatedComponent {
  readonly exports: ReadonlyMap<string, Item>;
  /** Names of what the component as a whole imports, with the offsets. */
  readonly imports: readonly { readonly name: string; readonly kind: ExternType['kind']; readonly offset: number }[];
}

/**
 * @throws INVALID_MODULE for indices and names that lead nowhere; LIMIT_EXCEEDED; IMPORT_DENIED for imports of modules, components
 *   and values
 */
export function evaluateComponent(
  component: DecodedComponent,
  limits: StructureLimits = STRUCTURE,
): EvaluatedComponent {
  return new Evaluation(limits).root(component);
}

class Evaluation {
  readonly #limits: StructureLimits;
  #steps = 0;
  #coreInstances = 0;
  /** By the scope that the declarations were evaluated in: once for each type of an instance. */
  readonly #declared = new WeakMap<Type, ReadonlyMap<string, Item>>();
  readonly #imports: { name: string; kind: ExternType['kind']; offset: number }[] = [];

  constructor(limits: StructureLimits) {
    this.#limits = limits;
  }

  root(component: Component): EvaluatedComponent {
    const exports = this.#instantiate({ component, scope: new Scope(undefined) }, undefined);
    return { exports, imports: this.#imports };
  }

  /** @param args undefined for the component as a whole: its imports are what the host is asked for */
  #instantiate({ component, scope }: ComponentValue, args: ReadonlyMap<string, Item> | undefined): Map<string, Item> {
    const inner = new Scope(scope);
    const exports = new Map<string, Item>();
    for (const definition of component.definitions) {
      this.#step(1, definition.offset);
      this.#define(inner, definition, args, exports);
    }
    return exports;
  }

  #step(count: number, offset: number): void {
    this.#steps += count;
    const { componentSteps } = this.#limits;
    if (this.#steps > componentSteps) {
      throw overLimit(`component: ${this.#steps} steps`, 'componentSteps', this.#steps, componentSteps, offset);
    }
  }

  #define(
    scope: Scope,
    definition: Definition,
    args: ReadonlyMap<string, Item> | undefined,
    exports: Map<string, Item>,
  ): void {
    const { offset } = definition;
    switch (definition.kind) {
      case 'core-module':
        scope.coreModules.push(definition.span);
        return;
      case 'core-instance':
        scope.coreInstances.push(this.#coreInstance(scope, definition.instance, offset));
        return;
      case 'component':
        scope.components.push({ component: definition.component, scope });
        return;
      case 'instance':
        scope.instances.push(this.#instance(scope, definition.instance, offset));
        return;
      case 'alias':
        this.#alias(scope, definition.sort, definition.target, offset);
        return;
      case 'type':
        scope.types.push({ kind: 'defined', type: definition.type, scope });
        return;
      case 'canon':
        this.#canon(scope, definition.canon, offset);
        return;
      case 'import':
        this.#put(scope, this.#import(scope, definition.name, definition.type, args, offset));
        return;
      case 'export': {
        const { item } = definition;
        if (!('sort' in item)) throw malformed('component: an export must name what it exports', offset);
        const value = this.#item(scope, item, offset);
        if (exports.has(definition.name)) {
          throw malformed(`component: the export ${quote(definition.name)} stands twice`, offset);
        }
        exports.set(definition.name, value);
        // What is exported gets one more index.
        this.#put(scope, value);
      }
    }
  }

  #coreInstance(scope: Scope, form: CoreInstanceForm, offset: number): CoreInstance {
    if (form.form === 'exports') {
      this.#step(form.exports.length, offset);
      const items = new Map<string, CoreItem>();
      for (const { name, item } of form.exports) {
        items.set(name, scope.at(scope.coreSpace(item.sort, offset), item.index, `core ${item.sort}`, offset));
      }
      return { kind: 'bundle', items };
    }
    const { componentCoreInstances } = this.#limits;
    if (++this.#coreInstances > componentCoreInstances) {
      const used = this.#coreInstances;
      throw overLimit(
        `component: ${used} core instances`,
        'componentCoreInstances',
        used,
        componentCoreInstances,
        offset,
      );
    }
    this.#step(form.args.length, offset);
    const args = new Map<string, CoreInstance>();
    for (const { name, item } of form.args) {
      args.set(name, scope.at(scope.coreInstances, item, 'core instance', offset));
    }
    const module = scope.at(scope.coreModules, form.module, 'core module', offset);
    const instance = { kind: 'module', module, args, offset } as const;
    scope.instantiated.push(instance);
    return instance;
  }

  #instance(scope: Scope, form: InstanceForm, offset: number): Instance {
    const named = form.form === 'exports' ? form.exports : form.args;
    this.#step(named.length, offset);
    const items = new Map<string, Item>();
    for (const { name, item } of named) items.set(name, this.#item(scope, item, offset));
    if (form.form === 'exports') return { kind: 'exports', exports: items };
    const component = scope.at(scope.components, form.component, 'component', offset);
    return { kind: 'exports', exports: this.#instantiate(component, items) };
  }

  #item(scope: Scope, reference: Reference, offset: number): Item {
    const { core, sort, index } = reference;
    if (core) {
      if (sort === 'module') return { sort, module: scope.at(scope.coreModules, index, 'core module', offset) };
      throw malformed(`component: a core ${sort} cannot stand here`, offset);
    }
    switch (sort) {
      case 'func':
        return { sort, func: scope.at(scope.funcs, index, 'function', offset) };
      case 'instance':
        return { sort, instance: scope.at(scope.instances, index, 'instance', offset) };
      case 'type':
        return { sort, type: scope.at(scope.types, index, 'type', offset) };
      case 'component':
        return { sort, component: scope.at(scope.components, index, 'component', offset) };
      default:
        throw malformed('component: values are not taken', offset);
    }
  }

  /** Gives an item the next index of its kind. */
  #put(scope: Scope, item: Item): void {
    switch (item.sort) {
      case 'func':
        scope.funcs.push(item.func);
        return;
      case 'instance':
        scope.instances.push(item.instance);
        return;
      case 'type':
        scope.types.push(item.type);
        return;
      case 'component':
        scope.components.push(item.component);
        return;
      case 'module':
        scope.coreModules.push(item.module);
    }
  }

  #import(
    scope: Scope,
    name: string,
    type: ExternType,
    args: ReadonlyMap<string, Item> | undefined,
    offset: number,
  ): Item {
    if (args !== undefined) {
      const given = args.get(name);
      if (given !== undefined) {
        if (given.sort !== type.kind) {
          throw malformed(
            `component: the import ${quote(name)} is a ${type.kind}, but a ${given.sort} is given`,
            offset,
          );
        }
        return given;
      }
      // Types that equal another need not be given.
      if (type.kind !== 'type') throw malformed(`component: nothing is given for the import ${quote(name)}`, offset);
    } else {
      if (this.#imports.some((other) => other.name === name)) {
        throw malformed(`component: the import ${quote(name)} stands twice`, offset);
      }
      this.#imports.push({ name, kind: type.kind, offset });
    }
    return this.#declare(scope, undefined, name, type, offset);
  }

  /** What an import, or an export of an imported instance, stands for. */
  #declare(scope: Scope, from: string | undefined, name: string, type: ExternType, offset: number): Item {
    switch (type.kind) {
      case 'func': {
        const declared = scope.at(scope.types, type.typeIndex, 'type', offset);
        return { sort: 'func', func: { kind: 'import', from, name, type: declared } };
      }
      case 'instance': {
        const declared = scope.at(scope.types, type.typeIndex, 'type', offset);
        return { sort: 'instance', instance: { kind: 'import', name, type: declared } };
      }
      case 'type': {
        if (type.equal === undefined) return { sort: 'type', type: { kind: 'resource' } };
        return { sort: 'type', type: scope.at(scope.types, type.equal, 'type', offset) };
      }
      default:
        throw new RingfenceError(
          'IMPORT_DENIED',
          `The component imports ${quote(name)}, a ${type.kind}: a plugin may import functions only, and what it runs must be inside its file (at offset ${hex(offset)})`,
          { stage: 'validate', details: { name: quote(name), kind: type.kind, offset } },
        );
    }
  }

  #exportsOf(instance: Instance, offset: number): ReadonlyMap<string, Item> {
    if (instance.kind === 'exports') return instance.exports;
    const { type, name } = instance;
    const known = this.#declared.get(type);
    if (known !== undefined) return known;
    if (type.kind !== 'defined' || type.type.kind !== 'instance') {
      throw malformed(`component: ${quote(name)} has no type of an instance`, offset);
    }
    const inner = new Scope(type.scope);
    const exports = new Map<string, Item>();
    for (const definition of type.type.definitions) {
      this.#step(1, definition.offset);
      this.#declaration(inner, definition, name, exports);
    }
    this.#declared.set(type, exports);
    return exports;
  }

  #declaration(scope: Scope, definition: Definition, from: string, exports: Map<string, Item>): void {
    const { offset } = definition;
    if (definition.kind === 'type') {
      scope.types.push({ kind: 'defined', type: definition.type, scope });
    } else if (definition.kind === 'alias') {
      this.#alias(scope, definition.sort, definition.target, offset);
    } else if (definition.kind === 'export' && !('sort' in definition.item)) {
      const item = this.#declare(scope, from, definition.name, definition.item, offset);
      exports.set(definition.name, item);
      this.#put(scope, item);
    } else {
      throw malformed(`component: a ${definition.kind} cannot stand in the type of an instance`, offset);
    }
  }

  #alias(scope: Scope, sort: Omit<Reference, 'index'>, target: AliasTarget, offset: number): void {
    switch (target.from) {
      case 'outer': {
        const outer = scope.outer(target.levels, offset);
        const isPure = sort.core ? sort.sort === 'module' : sort.sort === 'type' || sort.sort === 'component';
        if (!isPure) throw malformed(`component: a ${sort.sort} of another component cannot be reached`, offset);
        this.#put(scope, this.#item(outer, { ...sort, index: target.index } as Reference, offset));
        return;
      }
      case 'export': {
        const instance = scope.at(scope.instances, target.instance, 'instance', offset);
        const item = this.#exportsOf(instance, offset).get(target.name);
        if (item === undefined || (sort.core ? item.sort !== 'module' : item.sort !== sort.sort)) {
          throw malformed(`component: there is no ${sort.sort} ${quote(target.name)} among the exports`, offset);
        }
        this.#put(scope, item);
        return;
      }
      case 'core-export': {
        if (!sort.core) throw malformed(`component: core instances export no ${sort.sort}`, offset);
        const instance = scope.at(scope.coreInstances, target.instance, 'core instance', offset);
        scope.coreSpace(sort.sort as CoreSort, offset).push({ kind: 'export', instance, name: target.name, offset });
      }
    }
  }

  #canon(scope: Scope, canon: Canon, offset: number): void {
    switch (canon.form) {
      case 'lift': {
        const core = scope.at(scope.coreItems.func, canon.coreFunc, 'core function', offset);
        const type = scope.at(scope.types, canon.typeIndex, 'type', offset);
        const options = this.#options(scope, canon.options, offset);
        scope.funcs.push({ kind: 'lift', owner: scope, core, options, type, offset });
        return;
      }
      case 'lower': {
        const func = scope.at(scope.funcs, canon.func, 'function', offset);
        scope.coreItems.func.push({
          kind: 'lower',
          func,
          options: this.#options(scope, canon.options, offset),
          offset,
        });
        return;
      }
      default: {
        const type = scope.at(scope.types, canon.resource, 'type', offset);
        const own = type.kind === 'defined' && type.type.kind === 'resource' ? type.type : undefined;
        if (canon.form !== 'resource.drop') {
          if (own === undefined) throw malformed(`component: ${canon.form} of what is no resource of its own`, offset);
          scope.coreItems.func.push({ kind: 'handle', form: canon.form });
          return;
        }
        if (type.kind === 'defined' && own === undefined) {
          throw malformed('component: resource.drop of what is no resource', offset);
        }
        const destructor =
          own?.destructor === undefined || type.kind !== 'defined'
            ? undefined
            : type.scope.at(type.scope.coreItems.func, own.destructor, 'core function', offset);
        scope.coreItems.func.push({ kind: 'drop', destructor, offset });
      }
    }
  }

  #options(scope: Scope, { encoding, memory, realloc, postReturn }: CanonOptions, offset: number): Options {
    const func = (index: number | undefined): CoreItem | undefined =>
      index === undefined ? undefined : scope.at(scope.coreItems.func, index, 'core function', offset);
    return {
      encoding,
      memory: memory === undefined ? undefined : scope.at(scope.coreItems.memory, memory, 'core memory', offset),
      realloc: func(realloc),
      postReturn: func(postReturn),
    };
  }
}
