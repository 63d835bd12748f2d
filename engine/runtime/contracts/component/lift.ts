/** From what a component returns to a JSON value. */
import type { Shape, VariantShape } from '../../../abi/component-shapes.ts';
import type { TextEncoding } from '../../../abi/component-types.ts';
import { RingfenceError } from '../../../errors.ts';
import { narrow } from './bits.ts';
import type { ComponentMemory } from './memory.ts';
import { loadScalar, scalarToValue } from './scalars.ts';

/** Numbers in the order in which they came. */
export interface FlatValues {
  readonly values: readonly (number | bigint)[];
  next: number;
}

export class Lifting {
  readonly #memory: ComponentMemory;
  readonly #encoding: TextEncoding;

  constructor(memory: ComponentMemory, encoding: TextEncoding) {
    this.#memory = memory;
    this.#encoding = encoding;
  }

  /** @throws BAD_POINTER, BAD_OUTPUT, LIMIT_EXCEEDED */
  load(shape: Shape, at: number): unknown {
    const memory = this.#memory;
    // What an option has in it is all that there is of it in JSON.
    if (shape.kind !== 'option') memory.spend(1);
    const { view } = memory;
    switch (shape.kind) {
      case 'scalar':
        return value(shape.scalar, loadScalar(view, at, shape.scalar));
      case 'string':
        return memory.readText(view.getUint32(at, true), view.getUint32(at + 4, true), this.#encoding);
      case 'list':
        return this.#list(shape.of, view.getUint32(at, true), view.getUint32(at + 4, true));
      case 'record':
      case 'tuple':
        return collect(shape, (field) => this.load(field.shape, at + field.offset));
      case 'flags':
        return flagNames(shape.names, loadNumber(view, at, shape.size as 1 | 2 | 4));
      default: {
        const chosen = caseOf(shape, loadNumber(view, at, shape.discriminant));
        return caseValue(shape, chosen, () =>
          chosen.shape === undefined ? undefined : this.load(chosen.shape, at + shape.payloadOffset),
        );
      }
    }
  }

  /** Of a value that came as numbers. */
  flat(shape: Shape, from: FlatValues): unknown {
    const take = (): number | bigint => from.values[from.next++] as number | bigint;
    if (shape.kind !== 'option') this.#memory.spend(1);
    switch (shape.kind) {
      case 'scalar':
        return value(shape.scalar, take());
      case 'string':
      case 'list': {
        const [pointer, length] = [Number(take()), Number(take())];
        if (shape.kind === 'string') return this.#memory.readText(pointer, length, this.#encoding);
        return this.#list(shape.of, pointer, length);
      }
      case 'record':
      case 'tuple':
        return collect(shape, (field) => this.flat(field.shape, from));
      case 'flags':
        return flagNames(shape.names, Number(take()));
      default: {
        const chosen = caseOf(shape, Number(take()) >>> 0);
        const first = from.next;
        from.next += shape.flat.length - 1;
        const { shape: payload } = chosen;
        const values = payload?.flat.map((type, i) =>
          narrow(from.values[first + i] as number | bigint, shape.flat[i + 1] ?? type, type),
        );
        return caseValue(shape, chosen, () =>
          payload === undefined ? undefined : this.flat(payload, { values: values ?? [], next: 0 }),
        );
      }
    }
  }

  /** A list is looked at as a whole before its first element is: it has no more elements than memory has room for. */
  #list(of: Shape, pointer: number, length: number): unknown[] {
    const count = length >>> 0;
    if (count === 0) return [];
    this.#memory.spend(count);
    const size = count * of.size;
    if (size > 0xffff_ffff)
      throw new RingfenceError('BAD_POINTER', `A list of ${count} elements does not lie in memory`);
    this.#memory.check(pointer, size, of.align, `a list of ${count} elements`);
    const start = pointer >>> 0;
    if (of.kind === 'scalar' && of.scalar === 'u8') return [...this.#memory.bytes(start, size, 'a list')];
    const items: unknown[] = [];
    for (let i = 0; i < count; i++) items.push(this.load(of, start + i * of.size));
    return items;
  }
}

function value(scalar: Parameters<typeof scalarToValue>[0], number: number | bigint): unknown {
  const found = scalarToValue(scalar, number);
  if (found === undefined) throw badOutput(`${number} is no ${scalar}`);
  return found;
}

function collect(
  { kind, fields }: Extract<Shape, { kind: 'record' | 'tuple' }>,
  read: (field: (typeof fields)[number]) => unknown,
): unknown {
  if (kind === 'tuple') return fields.map(read);
  // The component has chosen the names.
  const record: Record<string, unknown> = Object.create(null);
  for (const field of fields) record[field.name] = read(field);
  return record;
}

type Case = VariantShape['cases'][number];

function caseOf({ kind, cases }: VariantShape, index: number): Case {
  const chosen = cases[index];
  if (chosen === undefined) throw badOutput(`case ${index} of a ${kind} that has ${cases.length}`);
  return chosen;
}

function caseValue({ kind }: VariantShape, { name, shape }: Case, payload: () => unknown): unknown {
  if (kind === 'enum') return name;
  if (kind === 'option') return shape === undefined ? null : payload();
  if (kind === 'result') return { [name]: shape === undefined ? null : payload() };
  return shape === undefined ? { tag: name } : { tag: name, val: payload() };
}

function flagNames(names: readonly string[], bits: number): string[] {
  return names.filter((_, i) => ((bits >>> i) & 1) === 1);
}

function loadNumber(view: DataView, at: number, size: 1 | 2 | 4): number {
  return size === 1 ? view.getUint8(at) : size === 2 ? view.getUint16(at, true) : view.getUint32(at, true);
}

const badOutput = (what: string): RingfenceError =>
  new RingfenceError('BAD_OUTPUT', `The component returned ${what}`, { details: { what } });
