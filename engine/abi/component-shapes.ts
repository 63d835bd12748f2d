/** How values of a component's types lie in its memory and in the parameters of its functions (canonical ABI). */
import type { ComponentScalar, ComponentSignature, ComponentType } from './component-types.ts';

/** Types of parameters and results. */
export type FlatType = 'i32' | 'i64' | 'f32' | 'f64';

/** A type with its layout. `flat` is what it takes as parameters or results. */
export type Shape = { readonly size: number; readonly align: number; readonly flat: readonly FlatType[] } & (
  | { readonly kind: 'scalar'; readonly scalar: Exclude<ComponentScalar, 'string'> }
  | { readonly kind: 'string' }
  | { readonly kind: 'list'; readonly of: Shape }
  | { readonly kind: 'record' | 'tuple'; readonly fields: readonly Field[] }
  | VariantShape
  | { readonly kind: 'flags'; readonly names: readonly string[] }
);

export interface Field {
  readonly name: string;
  readonly shape: Shape;
  readonly offset: number;
}

/** One of several cases, by number. The payloads of all lie in the same place. */
export interface VariantShape {
  readonly kind: 'variant' | 'enum' | 'option' | 'result';
  readonly cases: readonly { readonly name: string; readonly shape: Shape | undefined }[];
  /** Bytes of the number. */
  readonly discriminant: 1 | 2 | 4;
  readonly payloadOffset: number;
}

const SCALARS: Readonly<Record<Exclude<ComponentScalar, 'string'>, readonly [size: number, flat: FlatType]>> = {
  bool: [1, 'i32'],
  s8: [1, 'i32'],
  u8: [1, 'i32'],
  s16: [2, 'i32'],
  u16: [2, 'i32'],
  s32: [4, 'i32'],
  u32: [4, 'i32'],
  s64: [8, 'i64'],
  u64: [8, 'i64'],
  f32: [4, 'f32'],
  f64: [8, 'f64'],
  char: [4, 'i32'],
};

const POINTER_AND_LENGTH: readonly FlatType[] = ['i32', 'i32'];

/** The validator has bounded the type. */
export function shapeOf(type: ComponentType): Shape {
  if (type === 'string') return { kind: 'string', size: 8, align: 4, flat: POINTER_AND_LENGTH };
  if (typeof type === 'string') {
    const [size, flat] = SCALARS[type];
    return { kind: 'scalar', scalar: type, size, align: size, flat: [flat] };
  }
  switch (type.kind) {
    case 'list':
      return { kind: 'list', of: shapeOf(type.of), size: 8, align: 4, flat: POINTER_AND_LENGTH };
    case 'record':
      return recordOf('record', type.fields);
    case 'tuple':
      return recordOf(
        'tuple',
        type.of.map((item, i) => [String(i), item]),
      );
    case 'variant':
      return variantOf('variant', type.cases);
    case 'enum':
      return variantOf(
        'enum',
        type.names.map((name) => [name, null]),
      );
    case 'option':
      return variantOf('option', [
        ['none', null],
        ['some', type.of],
      ]);
    case 'result':
      return variantOf('result', [
        ['ok', type.ok],
        ['error', type.error],
      ]);
    case 'flags': {
      const size = type.names.length <= 8 ? 1 : type.names.length <= 16 ? 2 : 4;
      return { kind: 'flags', names: type.names, size, align: size, flat: ['i32'] };
    }
  }
}

/** What several values take one after the other: parameters, or the fields of a record. */
export function recordOf(
  kind: 'record' | 'tuple',
  fields: readonly (readonly [name: string, type: ComponentType])[],
): Shape & { readonly kind: 'record' | 'tuple' } {
  let offset = 0;
  let align = 1;
  const placed = fields.map(([name, type]): Field => {
    const shape = shapeOf(type);
    offset = alignTo(offset, shape.align);
    align = Math.max(align, shape.align);
    const field = { name, shape, offset };
    offset += shape.size;
    return field;
  });
  return { kind, fields: placed, size: alignTo(offset, align), align, flat: placed.flatMap(({ shape }) => shape.flat) };
}

function variantOf(
  kind: VariantShape['kind'],
  cases: readonly (readonly [name: string, type: ComponentType | null])[],
): Shape {
  const shapes = cases.map(([name, type]) => ({ name, shape: type === null ? undefined : shapeOf(type) }));
  const discriminant = cases.length <= 0x100 ? 1 : cases.length <= 0x1_0000 ? 2 : 4;
  const most = (of: (shape: Shape) => number): number =>
    shapes.reduce((so, { shape }) => Math.max(so, shape === undefined ? 0 : of(shape)), 0);
  const align = Math.max(
    discriminant,
    most((shape) => shape.align),
  );
  const payloadOffset = alignTo(
    discriminant,
    Math.max(
      1,
      most((shape) => shape.align),
    ),
  );
  const payload: FlatType[] = [];
  for (const { shape } of shapes) {
    shape?.flat.forEach((type, i) => {
      payload[i] = joined(payload[i], type);
    });
  }
  return {
    kind,
    cases: shapes,
    discriminant,
    payloadOffset,
    size: alignTo(payloadOffset + most((shape) => shape.size), align),
    align,
    flat: ['i32', ...payload],
  };
}

/** What holds either. */
function joined(one: FlatType | undefined, other: FlatType): FlatType {
  if (one === undefined || one === other) return other;
  const isNarrow = (type: FlatType): boolean => type === 'i32' || type === 'f32';
  return isNarrow(one) && isNarrow(other) ? 'i32' : 'i64';
}

const alignTo = (offset: number, align: number): number => Math.ceil(offset / align) * align;

/** Parameters beyond these lie in memory, as do results of more than one number. */
const FLAT_PARAMETERS = 16;
const FLAT_RESULTS = 1;

/** A function as the core module has it. */
export interface CoreForm {
  readonly params: readonly FlatType[];
  readonly results: readonly FlatType[];
  /** All parameters lie in memory, behind one address. */
  readonly isIndirect: boolean;
}

export function coreFormOf({ params, result }: ComponentSignature): CoreForm {
  const { flat } = recordOf('tuple', params);
  const results = result === null ? [] : shapeOf(result).flat;
  const isIndirect = flat.length > FLAT_PARAMETERS;
  return {
    params: isIndirect ? ['i32'] : flat,
    results: results.length > FLAT_RESULTS ? ['i32'] : results,
    isIndirect,
  };
}
