/**
 * What lies in the memory of an AssemblyScript guest: objects with a head that says their class and size. All of it is the guest's
 * word: each pointer, length and class is held against the memory as it is before anything is read, and what is read is paid for.
 */
import { RingfenceError } from '../../errors.ts';
import { overLimit } from '../../host/account.ts';
import type { HostContext } from '../../host/context.ts';
import { arrayOf, BUFFER_ID, bytesOf, type Scalar, STRING_ID, type ValueType } from './assemblyscript-types.ts';

/** Before each object: its class, and its size. */
const ID_OFFSET = 8;
const SIZE_OFFSET = 4;
const HEAD_BYTES = 20;
const POINTER_UNIT = 16;
/** Arrays inside of each other. */
const MOST_NESTED = 16;
const MOST_CLASSES = 100_000;
const utf16 = new TextDecoder('utf-16le', { ignoreBOM: true });

export class ObjectMemory {
  readonly #host: HostContext;
  readonly #rtti: number;
  /** Of what one call hands over: bytes that may still be read. */
  #left = 0;

  /** @param rtti where the table of classes begins */
  constructor(host: HostContext, rtti: number) {
    this.#host = host;
    this.#rtti = rtti;
  }

  get view(): DataView<ArrayBuffer> {
    return new DataView(this.#host.memory.view(0, 0, 'memory').buffer);
  }

  isInside(pointer: number, length: number): boolean {
    return pointer + length <= this.#host.memory.size;
  }

  /** Flags of the class with this id; undefined where there is none. */
  flagsOf(id: number): number | undefined {
    const view = this.view;
    if (!this.isInside(this.#rtti, 4) || id >= view.getUint32(this.#rtti, true)) return undefined;
    const at = this.#rtti + 4 + id * 4;
    return this.isInside(at, 4) ? view.getUint32(at, true) : undefined;
  }

  /** The first class that fits. */
  findClass(fits: (flags: number) => boolean): number | undefined {
    const count = this.isInside(this.#rtti, 4) ? this.view.getUint32(this.#rtti, true) : 0;
    for (let id = 0; id < Math.min(count, MOST_CLASSES); id++) {
      const flags = this.flagsOf(id);
      if (flags !== undefined && fits(flags)) return id;
    }
    return undefined;
  }

  /** A JSON value of what the guest returned. @throws BAD_POINTER, BAD_OUTPUT, LIMIT_EXCEEDED */
  read(pointer: number, type: ValueType): unknown {
    this.#left = this.#host.account.limits.outputBytes;
    return this.#read(pointer >>> 0, type, 0);
  }

  /** Whether there seems to be an object that can be handed over. */
  isObject(pointer: number): boolean {
    const at = pointer >>> 0;
    if (at < HEAD_BYTES || at % POINTER_UNIT !== 0 || !this.isInside(at, 0)) return false;
    const size = this.#sizeOf(at);
    const id = this.#idOf(at);
    if (!this.isInside(at, size)) return false;
    if (id === STRING_ID) return size % 2 === 0;
    const flags = this.flagsOf(id);
    const array = flags === undefined ? undefined : arrayOf(flags);
    return id === BUFFER_ID || (array !== undefined && (array.container === 'StaticArray' || size >= 12));
  }

  #idOf(at: number): number {
    return this.view.getUint32(at - ID_OFFSET, true);
  }

  #sizeOf(at: number): number {
    return this.view.getUint32(at - SIZE_OFFSET, true);
  }

  #read(at: number, type: ValueType, depth: number): unknown {
    if (at === 0) return null;
    if (at < HEAD_BYTES || !this.isInside(at, 0)) throw badObject(at, 'a pointer to an object');
    const id = this.#idOf(at);
    const size = this.#sizeOf(at);
    if (!this.isInside(at, size)) throw badObject(at, 'an object inside of the memory');
    if (id === STRING_ID && type.kind !== 'array') {
      const length = size & ~1;
      this.#spend(length);
      return utf16.decode(new Uint8Array(this.view.buffer, at, length));
    }
    if (id === BUFFER_ID && type.kind !== 'array') {
      this.#spend(size);
      return [...new Uint8Array(this.view.buffer, at, size)];
    }
    const flags = this.flagsOf(id);
    const found = flags === undefined ? undefined : arrayOf(flags);
    if (found === undefined) throw notHandedOver(at, id);
    if (depth >= MOST_NESTED) throw badObject(at, `arrays that nest at most ${MOST_NESTED} deep`);
    const item = type.kind === 'array' && found.item.kind === 'unknown' ? type.item : found.item;
    return this.#items(at, size, found.container === 'StaticArray', found.container === 'View', item, depth);
  }

  #items(at: number, size: number, isStatic: boolean, isView: boolean, item: ValueType, depth: number): unknown[] {
    const bytes = bytesOf(item);
    const { view } = this;
    if (!isStatic && size < (isView ? 12 : 16)) throw badObject(at, 'an array with its head');
    const start = isStatic ? at : view.getUint32(at + 4, true);
    const length = isStatic
      ? Math.floor(size / bytes)
      : isView
        ? Math.floor(view.getUint32(at + 8, true) / bytes)
        : view.getUint32(at + 12, true);
    if (!this.isInside(start, length * bytes)) throw badObject(at, 'an array whose values lie inside of the memory');
    this.#spend(length * Math.max(bytes, 4));
    return Array.from({ length }, (_, i) => {
      const place = start + i * bytes;
      return item.kind === 'scalar'
        ? scalarAt(view, place, item.scalar)
        : this.#read(view.getUint32(place, true), item, depth + 1);
    });
  }

  /** Of the fuel and of the limit on output: the same bytes may be pointed to from many places. */
  #spend(bytes: number): void {
    const { account } = this.#host;
    this.#left -= bytes + 1;
    const { outputBytes } = account.limits;
    if (this.#left < 0) throw overLimit('outputBytes', outputBytes, 'bytes of output');
    account.pay(bytes + 1);
  }
}

function scalarAt(view: DataView, at: number, scalar: Scalar): unknown {
  switch (scalar) {
    case 'i8':
      return view.getInt8(at);
    case 'u8':
      return view.getUint8(at);
    case 'bool':
      return view.getUint8(at) !== 0;
    case 'i16':
      return view.getInt16(at, true);
    case 'u16':
      return view.getUint16(at, true);
    case 'i32':
      return view.getInt32(at, true);
    case 'u32':
      return view.getUint32(at, true);
    case 'i64':
      return plain(view.getBigInt64(at, true));
    case 'u64':
      return plain(view.getBigUint64(at, true));
    case 'f32':
      return view.getFloat32(at, true);
    case 'f64':
      return view.getFloat64(at, true);
  }
}

/** JSON has no room for numbers of 64 bits: those that a double would not hold are text. */
export const plain = (value: bigint): number | string =>
  Number.isSafeInteger(Number(value)) ? Number(value) : value.toString();

/** Writes one value of an array. False for what has no place in the type. */
export function putScalar(view: DataView, at: number, scalar: Scalar, value: unknown): boolean {
  if (scalar === 'i64' || scalar === 'u64') {
    const isWhole = typeof value === 'number' ? Number.isSafeInteger(value) : /^-?\d{1,20}$/.test(String(value));
    if (!isWhole) return false;
    view.setBigUint64(at, BigInt.asUintN(64, BigInt(value as number | string)), true);
    return true;
  }
  const number = typeof value === 'boolean' ? Number(value) : value;
  if (typeof number !== 'number') return false;
  if (scalar === 'f32') view.setFloat32(at, number, true);
  else if (scalar === 'f64') view.setFloat64(at, number, true);
  else if (!Number.isInteger(number)) return false;
  else if (scalar === 'i8' || scalar === 'u8' || scalar === 'bool') view.setUint8(at, number);
  else if (scalar === 'i16' || scalar === 'u16') view.setUint16(at, number, true);
  else view.setUint32(at, number, true);
  return true;
}

const hex = (at: number): string => `0x${at.toString(16)}`;

function badObject(at: number, expected: string): RingfenceError {
  return new RingfenceError('BAD_POINTER', `Expected ${expected} in the result, got the pointer ${hex(at)}`, {
    details: { pointer: at },
  });
}

function notHandedOver(at: number, id: number): RingfenceError {
  return new RingfenceError(
    'BAD_OUTPUT',
    `Expected a number, a string or an array as the result, got an object of class ${id} at ${hex(at)}`,
    { stage: 'call', details: { pointer: at, class: id } },
  );
}
