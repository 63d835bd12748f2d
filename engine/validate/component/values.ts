/** What the definitions of a component come to when they are evaluated: references to each other, nothing is run or copied. */
import type { Component, DefinedType, StringEncoding } from '../../wasm/component/component.ts';
import type { Span } from '../../wasm/module.ts';
import type { Scope } from './scope.ts';

/** An instance of a core module, or a bundle of items out of others. */
export type CoreInstance =
  | CoreModuleInstance
  | { readonly kind: 'bundle'; readonly items: ReadonlyMap<string, CoreItem> };
export interface CoreModuleInstance {
  readonly kind: 'module';
  readonly module: Span;
  readonly args: ReadonlyMap<string, CoreInstance>;
  readonly offset: number;
}

export type CoreItem =
  /** Whatever that instance exports under the name. */
  | { readonly kind: 'export'; readonly instance: CoreInstance; readonly name: string; readonly offset: number }
  | { readonly kind: 'lower'; readonly func: Func; readonly options: Options; readonly offset: number }
  /** Of a resource of its own, with what it does then; of one of the host's, nothing happens. */
  | { readonly kind: 'drop'; readonly destructor: CoreItem | undefined; readonly offset: number }
  /** `resource.new` and `resource.rep`: a handle is the number that it stands for, since nobody else ever has one. */
  | { readonly kind: 'handle'; readonly form: 'resource.new' | 'resource.rep' };

export interface Options {
  readonly encoding: StringEncoding;
  readonly memory: CoreItem | undefined;
  readonly realloc: CoreItem | undefined;
  readonly postReturn: CoreItem | undefined;
}

export type Func =
  | { readonly kind: 'import'; readonly from: string | undefined; readonly name: string; readonly type: Type }
  | {
      readonly kind: 'lift';
      /** The component instance that it belongs to. */
      readonly owner: Scope;
      readonly core: CoreItem;
      readonly options: Options;
      readonly type: Type;
      readonly offset: number;
    };

/** A type with the scope that its indices count in; or a resource, of which nothing is known. */
export type Type =
  | { readonly kind: 'defined'; readonly type: DefinedType; readonly scope: Scope }
  | { readonly kind: 'resource' };

export type Instance =
  | { readonly kind: 'import'; readonly name: string; readonly type: Type }
  | { readonly kind: 'exports'; readonly exports: ReadonlyMap<string, Item> };

export type Item =
  | { readonly sort: 'func'; readonly func: Func }
  | { readonly sort: 'instance'; readonly instance: Instance }
  | { readonly sort: 'type'; readonly type: Type }
  | { readonly sort: 'component'; readonly component: ComponentValue }
  | { readonly sort: 'module'; readonly module: Span };

/** A component together with the scope that it stands in. */
export interface ComponentValue {
  readonly component: Component;
  readonly scope: Scope;
}
