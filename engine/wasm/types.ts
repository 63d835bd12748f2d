/** Types of the binary format: value types, reference types, type definitions. Knows bytes only through Reader and Writer. */

/** Abstract heap types with their byte in the binary. */
export const HEAP_TYPES = {
  noexn: 0x74,
  nofunc: 0x73,
  noextern: 0x72,
  none: 0x71,
  func: 0x70,
  extern: 0x6f,
  any: 0x6e,
  eq: 0x6d,
  i31: 0x6c,
  struct: 0x6b,
  array: 0x6a,
  exn: 0x69,
} as const;

/** Number and vector types with their byte. */
export const NUMBER_TYPES = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b } as const;
/** Types that only a field of a struct or array may have. */
export const PACKED_TYPES = { i8: 0x78, i16: 0x77 } as const;

export type AbstractHeapType = keyof typeof HEAP_TYPES;
export type NumberType = keyof typeof NUMBER_TYPES;
export type PackedType = keyof typeof PACKED_TYPES;
/** An abstract heap type or the index of a defined type. */
export type HeapType = AbstractHeapType | number;

export interface RefType {
  readonly kind: 'ref';
  readonly nullable: boolean;
  readonly heap: HeapType;
}
export type ValueType = NumberType | RefType;

export interface FieldType {
  readonly type: ValueType | PackedType;
  readonly mutable: boolean;
}
export interface FunctionType {
  readonly kind: 'func';
  readonly params: readonly ValueType[];
  readonly results: readonly ValueType[];
}
export interface StructType {
  readonly kind: 'struct';
  readonly fields: readonly FieldType[];
}
export interface ArrayType {
  readonly kind: 'array';
  readonly field: FieldType;
}
export type CompositeType = FunctionType | StructType | ArrayType;

/** One entry of the type index space. */
export interface SubType {
  /** `sub final` or a bare composite type is final. */
  readonly final: boolean;
  readonly supertypes: readonly number[];
  readonly composite: CompositeType;
  /** Written with the `sub` or `sub final` byte; a bare composite type is not. Kept so that encoding is canonical. */
  readonly explicit: boolean;
  readonly offset: number;
}
/** Types defined together may refer to each other. A plain type is a group of one without the `rec` byte. */
export interface RecGroup {
  readonly explicit: boolean;
  readonly types: readonly SubType[];
}

export interface Limits {
  /** Entries of a table, pages of a memory. Above 2^53 (memory64 only) precision is lost; such modules are refused anyway. */
  readonly min: number;
  readonly max: number | undefined;
  readonly shared: boolean;
  /** 64-bit addresses. */
  readonly is64: boolean;
  /** log2 of the page size, where the module states it (custom page sizes). */
  readonly pageSizeLog2?: number | undefined;
}

export const FUNCREF: RefType = { kind: 'ref', nullable: true, heap: 'func' };
export const EXTERNREF: RefType = { kind: 'ref', nullable: true, heap: 'extern' };

export function typeName(type: ValueType | PackedType): string {
  if (typeof type === 'string') return type;
  if (type.nullable && typeof type.heap === 'string') {
    return type.heap.startsWith('no') ? `null${type.heap === 'none' ? '' : type.heap.slice(2)}ref` : `${type.heap}ref`;
  }
  return `(ref ${type.nullable ? 'null ' : ''}${type.heap})`;
}

/** "(i32, i32) -> i64": how signatures are written in messages. */
export function signatureName(type: Pick<FunctionType, 'params' | 'results'>): string {
  return `(${type.params.map(typeName).join(', ')}) -> ${type.results.length === 1 ? typeName(type.results[0] as ValueType) : `(${type.results.map(typeName).join(', ')})`}`;
}

export function sameType(a: ValueType | PackedType, b: ValueType | PackedType): boolean {
  if (typeof a === 'string' || typeof b === 'string') return a === b;
  return a.nullable === b.nullable && a.heap === b.heap;
}

export function sameSignature(
  a: Pick<FunctionType, 'params' | 'results'>,
  b: Pick<FunctionType, 'params' | 'results'>,
): boolean {
  const same = (x: readonly ValueType[], y: readonly ValueType[]): boolean =>
    x.length === y.length && x.every((type, i) => sameType(type, y[i] as ValueType));
  return same(a.params, b.params) && same(a.results, b.results);
}
