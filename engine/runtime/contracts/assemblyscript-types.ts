/** Types of AssemblyScript as its runtime knows them: names in signatures, and the flags of classes in guest memory. */

export type Scalar = 'i8' | 'u8' | 'i16' | 'u16' | 'i32' | 'u32' | 'i64' | 'u64' | 'f32' | 'f64' | 'bool';
export type Container = 'Array' | 'StaticArray' | 'View';

export type ValueType =
  | { readonly kind: 'scalar'; readonly scalar: Scalar }
  | { readonly kind: 'string' }
  | { readonly kind: 'buffer' }
  | { readonly kind: 'array'; readonly container: Container; readonly item: ValueType }
  | { readonly kind: 'void' }
  /** Nobody has said: values say it by themselves, as far as they do. */
  | { readonly kind: 'unknown' };

export interface DeclaredSignature {
  readonly params: readonly ValueType[];
  readonly result: ValueType;
}

/** Ids that every module has. */
export const BUFFER_ID = 1;
export const STRING_ID = 2;

const SCALARS: Readonly<
  Record<Scalar, { readonly bytes: 1 | 2 | 4 | 8; readonly signed: boolean; readonly float: boolean }>
> = {
  i8: { bytes: 1, signed: true, float: false },
  u8: { bytes: 1, signed: false, float: false },
  bool: { bytes: 1, signed: false, float: false },
  i16: { bytes: 2, signed: true, float: false },
  u16: { bytes: 2, signed: false, float: false },
  i32: { bytes: 4, signed: true, float: false },
  u32: { bytes: 4, signed: false, float: false },
  i64: { bytes: 8, signed: true, float: false },
  u64: { bytes: 8, signed: false, float: false },
  f32: { bytes: 4, signed: true, float: true },
  f64: { bytes: 8, signed: true, float: true },
};

const VIEWS: Readonly<Record<string, Scalar>> = {
  Int8Array: 'i8',
  Uint8Array: 'u8',
  Uint8ClampedArray: 'u8',
  Int16Array: 'i16',
  Uint16Array: 'u16',
  Int32Array: 'i32',
  Uint32Array: 'u32',
  Int64Array: 'i64',
  Uint64Array: 'u64',
  Float32Array: 'f32',
  Float64Array: 'f64',
};

const KIND_BITS = { View: 1, Array: 2, StaticArray: 4 } as const;
const ALIGN_SHIFT = 6;
const SIGNED = 1 << 11;
const FLOAT = 1 << 12;
const MANAGED = 1 << 14;
const VALUE_BITS = (31 << ALIGN_SHIFT) | SIGNED | FLOAT | MANAGED;

export const bytesOf = (type: ValueType): number => (type.kind === 'scalar' ? SCALARS[type.scalar].bytes : 4);

/** Flags of the class of such an array, as far as they are about its values. */
export function flagsOf(container: Container, item: ValueType): number {
  const { bytes, signed, float } =
    item.kind === 'scalar' ? SCALARS[item.scalar] : { bytes: 4, signed: false, float: false };
  const align = 1 << (ALIGN_SHIFT + Math.log2(bytes));
  const managed = item.kind === 'scalar' ? 0 : MANAGED;
  return KIND_BITS[container] | align | (signed ? SIGNED : 0) | (float ? FLOAT : 0) | managed;
}

/** Whether a class with these flags is such an array. */
export const isClassOf = (flags: number, wanted: number): boolean =>
  (flags & 7) === (wanted & 7) && (flags & VALUE_BITS) === (wanted & VALUE_BITS);

/** What a class with these flags is; undefined for one that is no array. */
export function arrayOf(flags: number): { readonly container: Container; readonly item: ValueType } | undefined {
  const container = (Object.keys(KIND_BITS) as Container[]).find((name) => (flags & 7) === KIND_BITS[name]);
  if (container === undefined) return undefined;
  if ((flags & MANAGED) !== 0) return { container, item: UNKNOWN };
  const bytes = 1 << (31 - Math.clz32((flags >>> ALIGN_SHIFT) & 31));
  const scalar = (Object.keys(SCALARS) as Scalar[]).find((name) => {
    const row = SCALARS[name];
    return row.bytes === bytes && row.float === ((flags & FLOAT) !== 0) && row.signed === ((flags & SIGNED) !== 0);
  });
  return scalar === undefined ? undefined : { container, item: { kind: 'scalar', scalar } };
}

export const UNKNOWN: ValueType = { kind: 'unknown' };

const SIGNATURE = /^\s*\(([^()]*)\)\s*(?:->|=>|:)\s*([^()]+?)\s*$/;
const MOST_NESTED = 4;

/** Of "(string, i32[]) -> string". Undefined for what is none. */
export function parseDeclared(text: string): DeclaredSignature | undefined {
  const [, params = '', result = ''] = SIGNATURE.exec(text) ?? [];
  if (result === '') return undefined;
  const types = params.trim() === '' ? [] : params.split(',').map((name) => parseType(name.trim(), 0));
  const answer = result === 'void' ? ({ kind: 'void' } as const) : parseType(result, 0);
  if (answer === undefined || types.includes(undefined)) return undefined;
  return { params: types as ValueType[], result: answer };
}

function parseType(name: string, depth: number): ValueType | undefined {
  if (depth > MOST_NESTED) return undefined;
  if (name === 'string' || name === 'String') return { kind: 'string' };
  if (name === 'ArrayBuffer') return { kind: 'buffer' };
  if (Object.hasOwn(SCALARS, name)) return { kind: 'scalar', scalar: name as Scalar };
  if (Object.hasOwn(VIEWS, name)) {
    return { kind: 'array', container: 'View', item: { kind: 'scalar', scalar: VIEWS[name] as Scalar } };
  }
  const short = /^(.+)\[\]$/.exec(name)?.[1];
  const [, container, inner] = /^(Array|StaticArray)<(.+)>$/.exec(name) ?? [];
  const item = short ?? inner;
  if (item === undefined) return undefined;
  const type = parseType(item.trim(), depth + 1);
  return type && { kind: 'array', container: (container ?? 'Array') as Container, item: type };
}
