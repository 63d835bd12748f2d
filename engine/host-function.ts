/** Host functions of the application's own: what it writes down, and what is checked before any plugin sees them. */
import { checkNames, invalid, show } from './option-checks.ts';

/** What a handler gets to know of the call that it works for. */
export interface HostCall {
  /** Id of the plugin. */
  readonly plugin: string;
  /** The `context` of the call, as its caller gave it. */
  readonly context: unknown;
  /** Fires when nobody waits for the answer any more: the call has ended, however it did. */
  readonly signal: AbortSignal;
  /** When the call ends at the latest, on the clock of `performance.now()`. */
  readonly deadline: number;
  /** Ids of the plugins whose calls led to this one, outermost first. */
  readonly callers: readonly string[];
}

/** How input or output of a data function goes over: any JSON value, text, bytes, or nothing. */
export type DataForm = 'json' | 'text' | 'bytes' | 'none';

/** Types of parameters and results. */
const TYPES = ['i32', 'i64', 'f32', 'f64'] as const;
export type HostNumberType = (typeof TYPES)[number];

/** Fuel, charged before the work. One unit is about one simple instruction. */
export interface HostPrice {
  readonly base: number;
  /** For each byte of the input. @default 0 */
  readonly perByte?: number | undefined;
}

interface Definition<Async extends boolean> {
  /** What plugins import it by, from the module `env`: lower-case letters, digits and underscores. */
  readonly name: string;
  /** What a plugin asks for under `custom` and the operator grants. Several functions may share one. */
  readonly capability: string;
  /** Fuel that a call of it costs the plugin: what it costs you. @default { base: 5000 }, and by the form of the input 300 per byte (json), 10 (text) or 4 (bytes) */
  readonly price?: HostPrice | undefined;
  /** The handler may answer with a promise; the plugin waits for it. @default false */
  readonly async?: Async | undefined;
}

type Answer<Async extends boolean, Value> = Async extends true ? Value | PromiseLike<Value> : Value;
/** A handler of nothing may be one that returns nothing. */
// biome-ignore lint/suspicious/noConfusingVoidType: it is where a return type comes from
type Nothing = void;
type NumberOf<Type extends HostNumberType | undefined> = Type extends undefined
  ? Nothing
  : Type extends 'i64'
    ? bigint
    : number;
type NumbersOf<Types extends readonly HostNumberType[]> = { -readonly [i in keyof Types]: NumberOf<Types[i]> };
type InputOf<Form extends DataForm> = Form extends 'none'
  ? []
  : [input: Form extends 'bytes' ? Uint8Array : Form extends 'text' ? string : unknown];
type OutputOf<Form extends DataForm> = Form extends 'bytes'
  ? Uint8Array
  : Form extends 'text'
    ? string
    : Form extends 'none'
      ? Nothing
      : unknown;

/** Numbers in, a number or nothing out. An error ends the plugin's call. */
export interface NumberFunction<
  Params extends readonly HostNumberType[],
  Result extends HostNumberType | undefined,
  Async extends boolean,
> extends Definition<Async> {
  /** Up to six. An `i64` is a bigint. */
  readonly params: Params;
  /** @default none */
  readonly result?: Result | undefined;
  readonly call: (call: HostCall, ...numbers: NumbersOf<Params>) => Answer<Async, NumberOf<Result>>;
}

/**
 * Data in, data out: `(pointer, length) -> i64` to the plugin. Throw a {@link HostFunctionError} to tell the plugin what is
 * wrong; any other error ends its call.
 */
export interface DataFunction<Input extends DataForm, Output extends DataForm, Async extends boolean>
  extends Definition<Async> {
  /** JSON comes as frozen data whose objects have no prototype. */
  readonly input: Input;
  readonly output: Output;
  /** Longer inputs are refused before the handler runs. @default 1 MiB */
  readonly maxInputBytes?: number | undefined;
  readonly call: (call: HostCall, ...input: InputOf<Input>) => Answer<Async, OutputOf<Output>>;
}

/** Thrown by the handler of a data function: the plugin gets code and message, and its call goes on. */
export class HostFunctionError extends Error {
  override readonly name = 'HostFunctionError';
  readonly code: string;

  /** @param code such as `NO_SUCH_USER` */
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** All of a function but its handler: plain data, which goes to wherever plugins run. */
export interface CustomShape {
  readonly name: string;
  readonly capability: string;
  readonly params: readonly HostNumberType[];
  readonly results: readonly HostNumberType[];
  /** Undefined for functions of numbers. */
  readonly data: { readonly input: DataForm; readonly output: DataForm; readonly maxInputBytes: number } | undefined;
  readonly price: { readonly base: number; readonly perByte: number };
  readonly mayWait: boolean;
}

/** Made by {@link hostFunction}. */
export class CustomFunction {
  readonly shape: CustomShape;
  readonly call: (call: HostCall, ...args: readonly unknown[]) => unknown;

  constructor(shape: CustomShape, call: CustomFunction['call']) {
    this.shape = Object.freeze(shape);
    this.call = call;
    Object.freeze(this);
  }
}

/**
 * A function that plugins may import, for `hostFunctions` of `createEngine` or `load`.
 * @throws INVALID_OPTION
 *
 * @example
 * const convert = hostFunction({
 *   name: 'convert',
 *   capability: 'currency',
 *   params: ['f64', 'i32'],
 *   result: 'f64',
 *   call: (call, amount, currency) => amount * rates[currency],
 * });
 * const findUser = hostFunction({
 *   name: 'find_user',
 *   capability: 'users',
 *   input: 'json',
 *   output: 'json',
 *   async: true,
 *   call: async ({ signal }, query) => database.find(query, { signal }),
 * });
 * const engine = await createEngine({ hostFunctions: [convert, findUser] });
 */
export function hostFunction<
  const Params extends readonly HostNumberType[],
  Result extends HostNumberType | undefined = undefined,
  Async extends boolean = false,
>(definition: NumberFunction<Params, Result, Async>): CustomFunction;
export function hostFunction<Input extends DataForm, Output extends DataForm, Async extends boolean = false>(
  definition: DataFunction<Input, Output, Async>,
): CustomFunction;
export function hostFunction(
  given: NumberFunction<readonly HostNumberType[], HostNumberType, boolean> | DataFunction<DataForm, DataForm, boolean>,
): CustomFunction {
  const isNumeric = typeof given === 'object' && given !== null && 'params' in given;
  checkNames('hostFunction', given, [...COMMON, ...(isNumeric ? NUMERIC : DATA)]);
  const { name, capability, call, async: mayWait = false } = given;
  checkName(name);
  if (typeof capability !== 'string' || !CAPABILITY.test(capability)) {
    throw wrong('capability', 'up to 64 lower-case letters, digits and dashes, starting with a letter', capability);
  }
  if (typeof call !== 'function') throw wrong('call', 'a function', call);
  if (typeof mayWait !== 'boolean') throw wrong('async', 'true or false', mayWait);
  const signature = isNumeric ? numbersOf(given) : dataOf(given as DataFunction<DataForm, DataForm, boolean>);
  const price = priceOf(given.price, signature.data?.input ?? 'numbers');
  return new CustomFunction({ name, capability, price, mayWait, ...signature }, call as CustomFunction['call']);
}

const COMMON = ['name', 'capability', 'price', 'async', 'call'];
const NUMERIC = ['params', 'result'];
const DATA = ['input', 'output', 'maxInputBytes'];
const NAME = /^[a-z][a-z0-9_]{0,63}$/;
const CAPABILITY = /^[a-z][a-z0-9-]{0,63}$/;
/** Later versions of the engine may have more functions that begin so. */
const RESERVED =
  /^(?:log|error|host|function|abort|seed|json|config|permission|clock|random|http|kv|secret|event|emit|plugin|ringfence|state|trace)(?:_|$)/;
/** That handlers in the table take. */
const MOST_PARAMS = 6;
/** JSON is parsed, and text decoded, before the handler has it. */
const DEFAULT_PRICES = {
  numbers: { base: 5_000, perByte: 0 },
  json: { base: 5_000, perByte: 300 },
  text: { base: 5_000, perByte: 10 },
  bytes: { base: 5_000, perByte: 4 },
  none: { base: 5_000, perByte: 0 },
} as const;
/** That a call, or a byte of its input, may cost. */
export const MOST_FUEL = 1_000_000_000;
const DEFAULT_INPUT_BYTES = 1024 * 1024;
const MOST_INPUT_BYTES = 1024 * DEFAULT_INPUT_BYTES;

function checkName(name: unknown): asserts name is string {
  if (typeof name !== 'string' || !NAME.test(name)) {
    throw wrong('name', 'up to 64 lower-case letters, digits and underscores, starting with a letter', name);
  }
  if (RESERVED.test(name)) {
    throw invalid(
      `The name \`${name}\` of a host function is one that the engine keeps for its own: call it something else, such as \`my_${name}\``,
      { option: 'hostFunctions', name },
    );
  }
}

function priceOf(given: HostPrice | undefined, input: DataForm | 'numbers'): CustomShape['price'] {
  if (given === undefined) return DEFAULT_PRICES[input];
  checkNames('price', given, ['base', 'perByte']);
  const { base, perByte = 0 } = given;
  const isFuel = (fuel: unknown): boolean => Number.isInteger(fuel) && Number(fuel) >= 0 && Number(fuel) <= MOST_FUEL;
  if (!isFuel(base) || !isFuel(perByte)) {
    throw wrong('price', `{ base, perByte? } in whole units of fuel up to ${MOST_FUEL}`, given);
  }
  return Object.freeze({ base, perByte });
}

function numbersOf({ params, result }: NumberFunction<readonly HostNumberType[], HostNumberType, boolean>) {
  const isNumber = (type: unknown): boolean => TYPES.includes(type as HostNumberType);
  const types = TYPES.join(', ');
  if (!Array.isArray(params) || params.length > MOST_PARAMS || !params.every(isNumber)) {
    throw wrong('params', `a list of up to ${MOST_PARAMS} of ${types}: for more than that there is \`input\``, params);
  }
  if (result !== undefined && !isNumber(result)) throw wrong('result', `one of ${types}`, result);
  return { params: [...params], results: result === undefined ? [] : [result], data: undefined };
}

const FORMS: readonly DataForm[] = ['json', 'text', 'bytes', 'none'];

function dataOf({ input, output, maxInputBytes = DEFAULT_INPUT_BYTES }: DataFunction<DataForm, DataForm, boolean>) {
  for (const [option, form] of [
    ['input', input],
    ['output', output],
  ] as const) {
    if (!FORMS.includes(form)) throw wrong(option, `one of ${FORMS.join(', ')}; or \`params\` and \`result\``, form);
  }
  if (!Number.isInteger(maxInputBytes) || maxInputBytes < 0 || maxInputBytes > MOST_INPUT_BYTES) {
    throw wrong('maxInputBytes', `a number of bytes up to ${MOST_INPUT_BYTES}`, maxInputBytes);
  }
  const params: readonly HostNumberType[] = input === 'none' ? [] : ['i32', 'i32'];
  return { params, results: ['i64'] as readonly HostNumberType[], data: { input, output, maxInputBytes } };
}

const wrong = (option: string, expected: string, given: unknown) =>
  invalid(`Expected \`${option}\` of a host function to be ${expected}, got ${show(given)}`, {
    option: `hostFunctions.${option}`,
    given: show(given),
  });
