/**
 * A decoded component: its definitions in their order, as plain readonly data with offsets. What they mean together (index
 * spaces, instantiation) is for those who evaluate them; nothing is expanded here, so that what is decoded is never larger
 * than a few times its bytes.
 */
import type { Span } from '../module.ts';

/** What core index spaces hold. */
export type CoreSort = 'func' | 'table' | 'memory' | 'global' | 'tag' | 'type' | 'module' | 'instance';
export type ComponentSort = 'func' | 'value' | 'type' | 'component' | 'instance';

export interface CoreReference {
  readonly sort: CoreSort;
  readonly index: number;
}
export type Reference =
  | { readonly core: true; readonly sort: CoreSort; readonly index: number }
  | { readonly core: false; readonly sort: ComponentSort; readonly index: number };

export interface Named<Item> {
  readonly name: string;
  readonly item: Item;
}

export type PrimitiveType =
  | 'bool'
  | 's8'
  | 'u8'
  | 's16'
  | 'u16'
  | 's32'
  | 'u32'
  | 's64'
  | 'u64'
  | 'f32'
  | 'f64'
  | 'char'
  | 'string'
  | 'error-context';

/** A primitive type or an index into the type index space. */
export type ComponentValueType = PrimitiveType | number;

export type DefinedType =
  | { readonly kind: 'primitive'; readonly type: PrimitiveType }
  | { readonly kind: 'record' | 'variant'; readonly fields: readonly Named<ComponentValueType | undefined>[] }
  | { readonly kind: 'list' | 'option'; readonly element: ComponentValueType }
  | { readonly kind: 'tuple'; readonly elements: readonly ComponentValueType[] }
  | { readonly kind: 'flags' | 'enum'; readonly names: readonly string[] }
  | {
      readonly kind: 'result';
      readonly ok: ComponentValueType | undefined;
      readonly error: ComponentValueType | undefined;
    }
  | { readonly kind: 'own' | 'borrow'; readonly resource: number }
  | { readonly kind: 'resource'; readonly destructor: number | undefined }
  | {
      readonly kind: 'func';
      readonly params: readonly Named<ComponentValueType>[];
      readonly result: ComponentValueType | undefined;
    }
  /** Of an instance or a component: its own definitions, of which only types, aliases, imports and exports may stand there. */
  | { readonly kind: 'instance' | 'component'; readonly definitions: readonly Definition[] };

/** What an import or export is declared to be. */
export type ExternType =
  | { readonly kind: 'func' | 'component' | 'instance' | 'module'; readonly typeIndex: number }
  | { readonly kind: 'type'; readonly equal: number | undefined }
  | { readonly kind: 'value' };

export type CoreInstanceForm =
  | { readonly form: 'instantiate'; readonly module: number; readonly args: readonly Named<number>[] }
  | { readonly form: 'exports'; readonly exports: readonly Named<CoreReference>[] };
export type InstanceForm =
  | { readonly form: 'instantiate'; readonly component: number; readonly args: readonly Named<Reference>[] }
  | { readonly form: 'exports'; readonly exports: readonly Named<Reference>[] };

export type AliasTarget =
  | { readonly from: 'export'; readonly instance: number; readonly name: string }
  | { readonly from: 'core-export'; readonly instance: number; readonly name: string }
  | { readonly from: 'outer'; readonly levels: number; readonly index: number };

export type StringEncoding = 'utf8' | 'utf16' | 'latin1+utf16';
export interface CanonOptions {
  readonly encoding: StringEncoding;
  readonly memory: number | undefined;
  readonly realloc: number | undefined;
  readonly postReturn: number | undefined;
}
export type Canon =
  | { readonly form: 'lift'; readonly coreFunc: number; readonly options: CanonOptions; readonly typeIndex: number }
  | { readonly form: 'lower'; readonly func: number; readonly options: CanonOptions }
  | { readonly form: 'resource.new' | 'resource.rep' | 'resource.drop'; readonly resource: number };

export type Definition = { readonly offset: number } & (
  | { readonly kind: 'core-module'; readonly span: Span }
  | { readonly kind: 'core-instance'; readonly instance: CoreInstanceForm }
  | { readonly kind: 'component'; readonly component: Component }
  | { readonly kind: 'instance'; readonly instance: InstanceForm }
  | { readonly kind: 'alias'; readonly sort: Omit<Reference, 'index'>; readonly target: AliasTarget }
  | { readonly kind: 'type'; readonly type: DefinedType }
  | { readonly kind: 'canon'; readonly canon: Canon }
  | { readonly kind: 'import'; readonly name: string; readonly type: ExternType }
  | {
      readonly kind: 'export';
      readonly name: string;
      readonly item: Reference | ExternType;
      readonly type?: ExternType | undefined;
    }
);

/** Where the contents of a custom section lie. */
export interface ComponentCustom {
  readonly name: string;
  readonly data: Span;
  readonly offset: number;
}

export interface Component {
  readonly definitions: readonly Definition[];
  readonly customs: readonly ComponentCustom[];
}

/** A component with the bytes that its spans point into. */
export interface DecodedComponent extends Component {
  readonly bytes: Uint8Array;
}
