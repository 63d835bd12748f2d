/** From a JSON value to what a component takes. Memory for it comes from the component's own allocator, which may lie. */
import type { Shape, VariantShape } from '../../../abi/component-shapes.ts';
import { type ComponentType, componentTypeText, type TextEncoding } from '../../../abi/component-types.ts';
import { RingfenceError } from '../../../errors.ts';
import type { GuestCall } from '../../guest-calls.ts';
import { widen } from './bits.ts';
import { type ComponentMemory, encodeText } from './memory.ts';
import { type Scalar, scalarToNumber, storeScalar } from './scalars.ts';

/** Calls of the guest on the way; nothing to read from them but their answers. */
type Steps<Result> = Generator<GuestCall, Result, number | bigint | undefined>;

/** A value that does not fit its type: the caller's mistake. */
export class WrongValue extends Error {
  readonly path: string;

  constructor(path: string, expected: string, came: unknown) {
    super(
      `expected ${expected}${path === '' ? '' : ` at ${path}`}, got ${JSON.stringify(came)?.slice(0, 100) ?? 'nothing'}`,
    );
    this.path = path;
  }
}

export class Lowering {
  readonly #memory: ComponentMemory;
  readonly #encoding: TextEncoding;
  readonly #realloc: (size: number, align: number) => GuestCall;

  constructor(memory: ComponentMemory, encoding: TextEncoding, realloc: (size: number, align: number) => GuestCall) {
    this.#memory = memory;
    this.#encoding = encoding;
    this.#realloc = realloc;
  }

  /** Memory of the guest. @throws BAD_POINTER, MEMORY_LIMIT */
  *allocate(size: number, align: number): Steps<number> {
    if (size === 0) return align;
    const pointer = Number(yield this.#realloc(size, align)) >>> 0;
    if (pointer === 0) {
      throw new RingfenceError('MEMORY_LIMIT', `The component's realloc(${size}) returned 0`, {
        details: { limit: 'memory', requested: size },
      });
    }
    this.#memory.check(pointer, size, align, `realloc(${size})`);
    return pointer;
  }

  /** Writes a value where there is room for it. @throws WrongValue, LIMIT_EXCEEDED, BAD_POINTER, MEMORY_LIMIT */
  *store(shape: Shape, value: unknown, at: number, path: string): Steps<void> {
    this.#memory.spend(1);
    switch (shape.kind) {
      case 'scalar':
        storeScalar(this.#memory.view, at, shape.scalar, scalar(shape.scalar, value, path));
        return;
      case 'string':
      case 'list': {
        const [pointer, length] = yield* this.#block(shape, value, path);
        // What the guest was called for may have grown the memory.
        const { view } = this.#memory;
        view.setUint32(at, pointer, true);
        view.setUint32(at + 4, length, true);
        return;
      }
      case 'record':
      case 'tuple':
        for (const [i, field] of shape.fields.entries()) {
          yield* this.store(field.shape, fieldOf(shape, value, i, path), at + field.offset, `${path}/${field.name}`);
        }
        return;
      case 'flags':
        storeNumber(this.#memory.view, at, shape.size as 1 | 2 | 4, flagBits(shape.names, value, path));
        return;
      default: {
        const [index, payload] = caseFor(shape, value, path);
        storeNumber(this.#memory.view, at, shape.discriminant, index);
        const inner = shape.cases[index]?.shape;
        if (inner !== undefined) yield* this.store(inner, payload, at + shape.payloadOffset, path);
      }
    }
  }

  /** A value as numbers, behind those that are there. */
  *flat(shape: Shape, value: unknown, out: (number | bigint)[], path: string): Steps<void> {
    this.#memory.spend(1);
    switch (shape.kind) {
      case 'scalar':
        out.push(scalar(shape.scalar, value, path));
        return;
      case 'string':
      case 'list':
        out.push(...(yield* this.#block(shape, value, path)));
        return;
      case 'record':
      case 'tuple':
        for (const [i, field] of shape.fields.entries()) {
          yield* this.flat(field.shape, fieldOf(shape, value, i, path), out, `${path}/${field.name}`);
        }
        return;
      case 'flags':
        out.push(flagBits(shape.names, value, path));
        return;
      default: {
        const [index, payload] = caseFor(shape, value, path);
        out.push(index);
        const inner = shape.cases[index]?.shape;
        const numbers: (number | bigint)[] = [];
        if (inner !== undefined) yield* this.flat(inner, payload, numbers, path);
        for (const [i, type] of shape.flat.slice(1).entries()) {
          const from = inner?.flat[i];
          const number = numbers[i];
          if (from === undefined || number === undefined) out.push(type === 'i64' ? 0n : 0);
          else out.push(widen(number, from, type));
        }
      }
    }
  }

  *#block(
    shape: Extract<Shape, { kind: 'string' | 'list' }>,
    value: unknown,
    path: string,
  ): Steps<[pointer: number, length: number]> {
    if (shape.kind === 'string') {
      if (typeof value !== 'string') throw new WrongValue(path, 'text', value);
      this.#memory.spend(value.length);
      const { bytes, units, align } = encodeText(value, this.#encoding);
      const pointer = yield* this.allocate(bytes.length, align);
      this.#memory.bytes(pointer, bytes.length, 'text').set(bytes);
      return [pointer, units];
    }
    if (!Array.isArray(value)) throw new WrongValue(path, 'an array', value);
    const pointer = yield* this.allocate(value.length * shape.of.size, shape.of.align);
    for (const [i, item] of value.entries()) {
      yield* this.store(shape.of, item, pointer + i * shape.of.size, `${path}/${i}`);
    }
    return [pointer, value.length];
  }
}

function scalar(type: Scalar, value: unknown, path: string): number | bigint {
  const number = scalarToNumber(type, value);
  if (number === undefined) throw new WrongValue(path, type, value);
  return number;
}

type RecordShape = Extract<Shape, { kind: 'record' | 'tuple' }>;

function fieldOf({ kind, fields }: RecordShape, value: unknown, index: number, path: string): unknown {
  const { name, shape } = fields[index] as RecordShape['fields'][number];
  if (kind === 'tuple') {
    if (!Array.isArray(value) || value.length !== fields.length) {
      throw new WrongValue(path, `an array of ${fields.length}`, value);
    }
    return value[index];
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new WrongValue(path, `an object with ${fields.map((field) => field.name).join(', ')}`, value);
  }
  if (Object.hasOwn(value, name)) return (value as Record<string, unknown>)[name];
  if (shape.kind === 'option') return null;
  throw new WrongValue(path, `an object with ${JSON.stringify(name)}`, value);
}

/** The number of the case that a value is, and what goes into it. */
function caseFor({ kind, cases }: VariantShape, value: unknown, path: string): [index: number, payload: unknown] {
  if (kind === 'option') return value === null || value === undefined ? [0, undefined] : [1, value];
  const names = cases.map(({ name }) => name);
  if (kind === 'result') {
    if (typeof value === 'object' && value !== null) {
      for (const [i, name] of names.entries()) {
        if (Object.hasOwn(value, name)) return [i, (value as Record<string, unknown>)[name]];
      }
    }
    throw new WrongValue(path, '{ "ok": … } or { "error": … }', value);
  }
  // A case without anything in it may come as its name alone.
  const tag = typeof value === 'string' ? value : (value as { readonly tag?: unknown } | null)?.tag;
  const index = typeof tag === 'string' ? names.indexOf(tag) : -1;
  if (index < 0) throw new WrongValue(path, `${kind === 'enum' ? '' : 'a "tag" of '}${names.join(', ')}`, value);
  return [index, typeof value === 'string' ? undefined : (value as { readonly val?: unknown }).val];
}

function flagBits(names: readonly string[], value: unknown, path: string): number {
  const expected = `an array out of ${names.join(', ')}`;
  if (!Array.isArray(value)) throw new WrongValue(path, expected, value);
  let bits = 0;
  for (const name of value) {
    const index = typeof name === 'string' ? names.indexOf(name) : -1;
    if (index < 0) throw new WrongValue(path, expected, name);
    bits |= 1 << index;
  }
  return bits >>> 0;
}

function storeNumber(view: DataView, at: number, size: 1 | 2 | 4, value: number): void {
  if (size === 1) view.setUint8(at, value);
  else if (size === 2) view.setUint16(at, value, true);
  else view.setUint32(at, value, true);
}

/** A parameter, for messages. */
export const parameterText = ([name, type]: readonly [string, ComponentType]): string =>
  `${name}: ${componentTypeText(type)}`;
