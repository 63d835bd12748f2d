/**
 * An AssemblyScript module with its runtime exported: functions that take and return numbers, strings and arrays. Objects are made by
 * the guest's own `__new`, and pinned while the call runs, so that its garbage collector leaves them alone.
 */
import { RingfenceError } from '../../errors.ts';
import type { HostContext } from '../../host/context.ts';
import type { GuestCalls, Input, OutputKind, OutputSink } from '../guest-calls.ts';
import type { Instantiable, RunnablePlugin } from '../runnable.ts';
import { parseArguments } from './arguments.ts';
import { ObjectMemory, plain, putScalar } from './assemblyscript-memory.ts';
import {
  BUFFER_ID,
  bytesOf,
  type DeclaredSignature,
  flagsOf,
  isClassOf,
  parseDeclared,
  STRING_ID,
  UNKNOWN,
  type ValueType,
} from './assemblyscript-types.ts';
import { ForeignFunctions } from './foreign-function.ts';
import type { ForeignAnswer, SequenceGuest } from './foreign-guest.ts';
import { wrongArgument } from './library-guest.ts';
import { numberToGuest, parseSignature, type Signature } from './numbers.ts';
import { giveOutput } from './output.ts';

const ARRAY_HEAD = 16;
const VIEW_HEAD = 12;

interface TypedFunction {
  readonly wasm: Signature;
  readonly declared: DeclaredSignature | undefined;
}

export class AssemblyScriptGuest implements SequenceGuest {
  readonly imports: WebAssembly.Imports = {};
  readonly byteLength = 0;
  readonly #host: HostContext;
  readonly #types: ReadonlyMap<string, TypedFunction>;
  #functions!: ForeignFunctions;
  #objects!: ObjectMemory;
  /** Of the running call. */
  #pinned: number[] = [];

  constructor({ prepared: { functions, signatures = [] } }: RunnablePlugin<Instantiable>, host: HostContext) {
    this.#host = host;
    this.#types = new Map(functions.map((name, i) => [name, typedFunction(name, signatures[i] ?? '')]));
  }

  attach(exports: WebAssembly.Exports): void {
    this.#functions = new ForeignFunctions(exports);
    const rtti = exports.__rtti_base;
    this.#objects = new ObjectMemory(this.#host, rtti instanceof WebAssembly.Global ? Number(rtti.value) >>> 0 : 0);
  }

  *start(): GuestCalls {
    if (this.#functions.has('_initialize')) yield this.#functions.call('_initialize');
  }

  *call(name: string, input: Input, as: OutputKind | OutputSink): GuestCalls<ForeignAnswer> {
    const { wasm, declared } = this.#types.get(name) as TypedFunction;
    const count = wasm.params.length;
    const countsArguments = this.#functions.has('__setArgumentsLength');
    // Nobody has said which parameters are optional.
    const canOmit = countsArguments && declared === undefined;
    const given = parseArguments(this.#host, name, input, count, canOmit);
    if (given instanceof Error) return given;
    this.#pinned = [];
    const args: (number | bigint)[] = [];
    for (const [i, type] of wasm.params.entries()) {
      const value =
        i < given.length ? yield* this.#lower(given[i], type, declared?.params[i] ?? UNKNOWN, 0) : zeroOf(type);
      if (value === undefined) {
        yield* this.#unpin();
        return wrongArgument(name, i, typeName(declared?.params[i], type), given[i]);
      }
      args.push(value);
    }
    if (countsArguments) yield this.#functions.call('__setArgumentsLength', [given.length]);
    const answer = yield this.#functions.call(name, args);
    const text = this.#lift(answer, wasm, declared?.result ?? UNKNOWN);
    yield* this.#unpin();
    return text instanceof RingfenceError ? text : giveOutput(this.#host, text, as);
  }

  reset(): void {}

  *#unpin(): GuestCalls {
    for (const pointer of this.#pinned) yield this.#functions.call('__unpin', [pointer]);
    this.#pinned = [];
  }

  /** A JSON value as an argument; undefined for what does not fit. */
  *#lower(
    value: unknown,
    wasm: Signature['params'][number],
    type: ValueType,
    depth: number,
  ): Generator<GuestCallOf, number | bigint | undefined, number | bigint | undefined> {
    if (wasm !== 'i32' || type.kind === 'scalar') {
      return type.kind === 'scalar' && type.scalar === 'u64' ? numberToGuest(value, 'i64') : numberToGuest(value, wasm);
    }
    if (value === null) return 0;
    if (typeof value === 'string') {
      return type.kind === 'string' || type.kind === 'unknown' ? yield* this.#newString(value) : undefined;
    }
    if (Array.isArray(value)) {
      if (depth > 4) return undefined;
      return type.kind === 'string' ? undefined : yield* this.#newArray(value, type, depth);
    }
    return type.kind === 'unknown' ? numberToGuest(value, wasm) : undefined;
  }

  /** Memory from the guest, pinned. @throws BAD_POINTER */
  *#new(size: number, id: number): Generator<GuestCallOf, number, number | bigint | undefined> {
    const pointer = Number(yield this.#functions.call('__new', [size, id])) >>> 0;
    this.#host.memory.check(pointer, size, `__new(${size})`);
    if (pointer === 0) throw new RingfenceError('MEMORY_LIMIT', `The plugin's __new(${size}) returned 0`);
    yield this.#functions.call('__pin', [pointer]);
    this.#pinned.push(pointer);
    return pointer;
  }

  *#newString(text: string): Generator<GuestCallOf, number, number | bigint | undefined> {
    const pointer = yield* this.#new(text.length * 2, STRING_ID);
    const { view } = this.#objects;
    for (let i = 0; i < text.length; i++) view.setUint16(pointer + i * 2, text.charCodeAt(i), true);
    return pointer;
  }

  *#newArray(
    values: readonly unknown[],
    type: ValueType,
    depth: number,
  ): Generator<GuestCallOf, number | undefined, number | bigint | undefined> {
    if (type.kind === 'buffer') return yield* this.#newBuffer(values, { kind: 'scalar', scalar: 'u8' }, depth);
    const array = this.#classFor(values, type);
    if (array === undefined) return undefined;
    const { id, item, container } = array;
    if (container === 'StaticArray') {
      const pointer = yield* this.#new(values.length * bytesOf(item), id);
      return (yield* this.#fill(pointer, values, item, depth)) ? pointer : undefined;
    }
    const buffer = yield* this.#newBuffer(values, item, depth);
    if (buffer === undefined) return undefined;
    const pointer = yield* this.#new(container === 'View' ? VIEW_HEAD : ARRAY_HEAD, id);
    const { view } = this.#objects;
    view.setUint32(pointer, buffer, true);
    view.setUint32(pointer + 4, buffer, true);
    view.setUint32(pointer + 8, values.length * bytesOf(item), true);
    if (container === 'Array') view.setUint32(pointer + 12, values.length, true);
    return pointer;
  }

  *#newBuffer(
    values: readonly unknown[],
    item: ValueType,
    depth: number,
  ): Generator<GuestCallOf, number | undefined, number | bigint | undefined> {
    const pointer = yield* this.#new(values.length * bytesOf(item), BUFFER_ID);
    return (yield* this.#fill(pointer, values, item, depth)) ? pointer : undefined;
  }

  /** Writes values, one after the other; making one may grow the memory. */
  *#fill(
    pointer: number,
    values: readonly unknown[],
    item: ValueType,
    depth: number,
  ): Generator<GuestCallOf, boolean, number | bigint | undefined> {
    const bytes = bytesOf(item);
    let { view } = this.#objects;
    for (const [i, value] of values.entries()) {
      if (item.kind === 'scalar') {
        if (!putScalar(view, pointer + i * bytes, item.scalar, value)) return false;
        continue;
      }
      const made = yield* this.#lower(value, 'i32', item, depth + 1);
      if (made === undefined) return false;
      view = this.#objects.view;
      view.setUint32(pointer + i * bytes, Number(made), true);
    }
    return true;
  }

  /** The class of an array: the declared one, or the first that its values fit into. */
  #classFor(
    values: readonly unknown[],
    type: ValueType,
  ):
    | { readonly id: number; readonly item: ValueType; readonly container: 'Array' | 'StaticArray' | 'View' }
    | undefined {
    const wanted = type.kind === 'array' ? [type] : guesses(values);
    for (const { container, item } of wanted) {
      const flags = flagsOf(container, item);
      const id = this.#objects.findClass((found) => isClassOf(found, flags));
      if (id !== undefined) return { id, item, container };
    }
    return undefined;
  }

  /** The result as JSON text, or what is wrong with it. */
  #lift(answer: number | bigint | undefined, { result }: Signature, type: ValueType): string | RingfenceError {
    if (result === undefined || answer === undefined || type.kind === 'void') return '';
    if (typeof answer === 'bigint') {
      return JSON.stringify(
        plain(type.kind === 'scalar' && type.scalar === 'u64' ? BigInt.asUintN(64, answer) : answer),
      );
    }
    if (type.kind === 'scalar') {
      if (type.scalar === 'bool') return String(answer !== 0);
      return JSON.stringify(type.scalar.startsWith('u') ? answer >>> 0 : answer);
    }
    if (result !== 'i32' || (type.kind === 'unknown' && !this.#objects.isObject(answer))) return JSON.stringify(answer);
    try {
      return JSON.stringify(this.#objects.read(answer, type));
    } catch (error) {
      // What is over the limit, or no value, leaves the instance in order.
      if (error instanceof RingfenceError && error.code !== 'BAD_POINTER') return error;
      throw error;
    }
  }
}

/** @throws INVALID_MANIFEST for a declaration that its function does not have */
function typedFunction(name: string, text: string): TypedFunction {
  const [wasmText = '', declaredText] = text.split(' = ');
  const wasm = parseSignature(wasmText);
  if (declaredText === undefined) return { wasm, declared: undefined };
  const declared = parseDeclared(declaredText);
  if (declared?.params.length === wasm.params.length) return { wasm, declared };
  throw new RingfenceError(
    'INVALID_MANIFEST',
    `Expected \`signature\` of \`${name}\` to name ${wasm.params.length} types of parameters and a result, such as "(string, i32[]) -> string", got ${JSON.stringify(declaredText)}`,
    { details: { paths: [`/functions/${name}/signature`] } },
  );
}

type GuestCallOf = ReturnType<ForeignFunctions['call']>;

const zeroOf = (type: string): number | bigint => (type === 'i64' ? 0n : 0);

/** What an array could be that nobody has declared, the likeliest first. */
function guesses(values: readonly unknown[]): readonly Extract<ValueType, { kind: 'array' }>[] {
  const containers = ['Array', 'View', 'StaticArray'] as const;
  const scalars =
    values.length > 0 && values.every((value) => typeof value === 'boolean')
      ? (['bool', 'i32', 'u8'] as const)
      : values.every((value) => Number.isInteger(value))
        ? (['i32', 'f64', 'u32', 'u8', 'i64', 'f32', 'i16', 'u16', 'i8'] as const)
        : (['f64', 'f32'] as const);
  const items: readonly ValueType[] = values.some((value) => typeof value === 'string' || Array.isArray(value))
    ? [typeof values[0] === 'string' ? { kind: 'string' } : UNKNOWN]
    : scalars.map((scalar) => ({ kind: 'scalar', scalar }) as const);
  return items.flatMap((item) => containers.map((container) => ({ kind: 'array', container, item }) as const));
}

function typeName(type: ValueType | undefined, wasm: string): string {
  if (type === undefined || type.kind === 'unknown') return `a value of type ${wasm}, a string or an array`;
  return type.kind === 'scalar' ? type.scalar : `a value of type ${type.kind === 'array' ? type.container : type.kind}`;
}
