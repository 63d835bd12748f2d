/** A decoded module: plain readonly data with the offset of each item, so that later stages can point at bytes. */
import type { FunctionType, Limits, RecGroup, RefType, SubType, ValueType } from './types.ts';

/** A run of bytes of the module, as absolute offsets. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** An instruction sequence that ends with `end` (the `end` is inside the span). Decode it with decodeInstructions. */
export type Expression = Span;

export type ExternKind = 'func' | 'table' | 'memory' | 'global' | 'tag';
/** In the order of their bytes in the binary. */
export const EXTERN_KINDS: readonly ExternKind[] = ['func', 'table', 'memory', 'global', 'tag'];

export interface TableType {
  readonly element: RefType;
  readonly limits: Limits;
}
export interface GlobalType {
  readonly type: ValueType;
  readonly mutable: boolean;
}
export type ImportType =
  | { readonly kind: 'func'; readonly typeIndex: number }
  | { readonly kind: 'table'; readonly table: TableType }
  | { readonly kind: 'memory'; readonly limits: Limits }
  | { readonly kind: 'global'; readonly global: GlobalType }
  | { readonly kind: 'tag'; readonly typeIndex: number };
export interface Import {
  readonly module: string;
  readonly name: string;
  readonly type: ImportType;
  readonly offset: number;
}
/** A table defined here. `init` is there only in the form 0x40 0x00. */
export interface Table extends TableType {
  readonly init: Expression | undefined;
  readonly offset: number;
}
export interface Memory {
  readonly limits: Limits;
  readonly offset: number;
}
export interface Global extends GlobalType {
  readonly init: Expression;
  readonly offset: number;
}
export interface Tag {
  readonly typeIndex: number;
  readonly offset: number;
}
export interface Export {
  readonly name: string;
  readonly kind: ExternKind;
  readonly index: number;
  readonly offset: number;
}
export interface ElementSegment {
  /** The flag word 0..7 of the binary; it says mode, and whether items are function indices or expressions. */
  readonly flags: number;
  readonly mode: 'active' | 'passive' | 'declarative';
  readonly tableIndex: number;
  /** Active segments only. */
  readonly at: Expression | undefined;
  readonly type: RefType;
  readonly items:
    | { readonly kind: 'functions'; readonly indices: Uint32Array }
    | { readonly kind: 'expressions'; readonly expressions: readonly Expression[] };
  readonly offset: number;
}
export interface DataSegment {
  readonly flags: 0 | 1 | 2;
  readonly mode: 'active' | 'passive';
  readonly memoryIndex: number;
  readonly at: Expression | undefined;
  readonly data: Span;
  readonly offset: number;
}
export interface LocalGroup {
  readonly count: number;
  readonly type: ValueType;
}
/** A function body of the code section. */
export interface Body {
  /** Groups as they stand in the binary: a group may declare many locals in few bytes, so they stay grouped. */
  readonly locals: readonly LocalGroup[];
  /** Sum over the groups. */
  readonly localCount: number;
  /** Instructions, the final `end` included. */
  readonly code: Span;
  /** The whole body: local declarations and instructions, without its length. */
  readonly span: Span;
}
export interface CustomSection {
  readonly name: string;
  readonly data: Span;
  /** Id of the section that it stands before; 0x7f for the end: encoding puts it back there. */
  readonly before: number;
  readonly offset: number;
}

/** All index spaces start with the imports of their kind. */
export interface Module {
  readonly bytes: Uint8Array;
  readonly recGroups: readonly RecGroup[];
  /** The type index space: the groups, flattened. */
  readonly types: readonly SubType[];
  readonly imports: readonly Import[];
  /** Type index of each function defined here. */
  readonly functions: Uint32Array;
  readonly tables: readonly Table[];
  readonly memories: readonly Memory[];
  readonly tags: readonly Tag[];
  readonly globals: readonly Global[];
  readonly exports: readonly Export[];
  readonly start: { readonly funcIndex: number; readonly offset: number } | undefined;
  readonly elements: readonly ElementSegment[];
  readonly dataCount: number | undefined;
  readonly bodies: readonly Body[];
  readonly data: readonly DataSegment[];
  readonly customs: readonly CustomSection[];
  /** Where each non-custom section's content is; undefined for sections that are not there. Index: section id. */
  readonly sections: readonly (Span | undefined)[];
  /** How many imports there are of each kind: where each index space's own definitions begin. */
  readonly imported: Readonly<Record<ExternKind, number>>;
}

/** The function type of a function by its index (imports first); undefined for an index or type that does not exist. */
export function functionTypeOf(module: Module, funcIndex: number): FunctionType | undefined {
  const typeIndex = typeIndexOf(module, funcIndex);
  const composite = typeIndex === undefined ? undefined : module.types[typeIndex]?.composite;
  return composite?.kind === 'func' ? composite : undefined;
}

export function typeIndexOf(module: Module, funcIndex: number): number | undefined {
  if (funcIndex >= module.imported.func) return module.functions[funcIndex - module.imported.func];
  let seen = 0;
  for (const { type } of module.imports) {
    if (type.kind === 'func' && seen++ === funcIndex) return type.typeIndex;
  }
  return undefined;
}
