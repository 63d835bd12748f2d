/** The application's own functions as host functions reach them, on the engine's side of the wall. */
import { oneLine } from '../../abi/one-line.ts';
import type { CustomFunction, CustomShape, DataForm, HostNumberType } from '../../host-function.ts';
import { show } from '../../option-checks.ts';
import { CUSTOM_PREFIX } from '../../validate/permission-lines.ts';
import { JsonProblem, parseJson } from '../../validate/plain-json.ts';
import type { Permits } from '../permissions.ts';
import type { Service, ServiceCall } from '../services.ts';
import type { Whenever } from '../whenever.ts';
import { type BoundFunction, boundFunction } from './bound.ts';
import type { CustomFunctions } from './functions.ts';
import { HandlerCall } from './handler-call.ts';
import { type CustomAnswer, failed, isOfType, isPromiseLike, misbehaved, promised, refuse } from './outcome.ts';

/** Of functions of numbers, numbers; of data functions, bytes. */
export type CustomInput = readonly (number | bigint)[] | Uint8Array;

export interface CustomService extends Service {
  /** @throws HOST_FUNCTION_FAILED: whatever the handler does that it should not */
  invoke(call: ServiceCall, name: string, input: CustomInput): Whenever<CustomAnswer>;
  /**
   * The function itself, for a guest on this thread: its numbers come from V8 in the types of the signature, so nobody need look at
   * them again. Undefined where it has to be invoked: it takes data, waits or is not permitted. A proxy has no such method.
   */
  bind?(name: string): BoundFunction | undefined;
}

/** The functions that one plugin may call. */
export class CustomDesk implements CustomService {
  /** The shape of each function says whether that one does. */
  readonly mayWait = true;
  readonly #plugin: string;
  /** By name, with why the plugin may not call it. */
  readonly #functions: ReadonlyMap<string, { readonly fn: CustomFunction; readonly refusal: CustomAnswer | undefined }>;

  constructor(plugin: string, functions: CustomFunctions, permits: Permits) {
    this.#plugin = plugin;
    this.#functions = new Map(
      [...functions].map(([name, fn]) => [name, { fn, refusal: refusalOf(fn.shape, permits) }] as const),
    );
  }

  /** Looks at everything once more: what asks may be a process that a plugin has taken over. */
  invoke(call: ServiceCall, name: string, input: CustomInput): Whenever<CustomAnswer> {
    const known = this.#functions.get(name);
    if (known === undefined) return refuse('UNKNOWN_FUNCTION', `There is no host function ${show(name)}`);
    const { fn, refusal } = known;
    if (refusal !== undefined) return refusal;
    const args = argumentsOf(fn.shape, input, call.limits.jsonDepth);
    if (!Array.isArray(args)) return args as CustomAnswer;
    return this.#run(fn, call, args);
  }

  bind(name: string): BoundFunction | undefined {
    const known = this.#functions.get(name);
    if (known === undefined || known.refusal !== undefined) return undefined;
    const { fn } = known;
    return fn.shape.data !== undefined || fn.shape.mayWait ? undefined : boundFunction(this.#plugin, fn);
  }

  #run({ shape, call: handler }: CustomFunction, call: ServiceCall, args: readonly unknown[]): Whenever<CustomAnswer> {
    let result: unknown;
    try {
      result = handler(new HandlerCall(this.#plugin, call), ...args);
      if (!isPromiseLike(result)) return answerOf(shape, result);
    } catch (error) {
      return failed(shape, error);
    }
    if (!shape.mayWait) throw promised(shape, result);
    // Whatever becomes of it: its failure must not go unhandled.
    return Promise.resolve(result).then(
      (value) => answerOf(shape, value),
      (error: unknown) => failed(shape, error),
    );
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** What the handler gets; or the answer, if it gets nothing. */
function argumentsOf(
  { data, params }: CustomShape,
  input: CustomInput,
  maxDepth: number,
): readonly unknown[] | CustomAnswer {
  if (data === undefined) {
    return Array.isArray(input) && areOfTypes(params, input)
      ? input
      : refuse('INVALID_INPUT', 'Expected numbers of the types in the signature');
  }
  if (!(input instanceof Uint8Array)) return refuse('INVALID_INPUT', 'Expected bytes');
  if (input.length > data.maxInputBytes) {
    return refuse('LIMIT_EXCEEDED', `The input has ${input.length} bytes: at most ${data.maxInputBytes} are allowed`);
  }
  try {
    return decode(data.input, input, maxDepth);
  } catch (error) {
    return refuse(
      'INVALID_INPUT',
      `The input ${error instanceof JsonProblem ? oneLine(error.message) : 'is not UTF-8'}`,
    );
  }
}

function decode(form: DataForm, bytes: Uint8Array, maxDepth: number): readonly unknown[] {
  if (form === 'none') return [];
  if (form === 'bytes') return [bytes];
  return [form === 'text' ? utf8.decode(bytes) : bytes.length === 0 ? undefined : parseJson(bytes, maxDepth)];
}

/** @throws HOST_FUNCTION_FAILED for a value that is not what the function said it returns */
function answerOf(shape: CustomShape, value: unknown): CustomAnswer {
  const { data, results } = shape;
  if (data === undefined) {
    const [type] = results;
    if (type === undefined) return { ok: true, value: undefined };
    if (!isOfType(type, value)) throw misbehaved(shape, `answered with ${show(value)}, expected ${type}`);
    return { ok: true, value: value as number | bigint };
  }
  switch (data.output) {
    case 'none':
      return { ok: true, value: undefined };
    case 'bytes':
      if (!(value instanceof Uint8Array))
        throw misbehaved(shape, `answered with ${show(value)}, expected a Uint8Array`);
      return { ok: true, value };
    case 'text':
      if (typeof value !== 'string') throw misbehaved(shape, `answered with ${show(value)}, expected text`);
      return { ok: true, value };
    case 'json':
      return { ok: true, value: jsonOf(shape, value) };
  }
}

function jsonOf(shape: CustomShape, value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch (error) {
    throw misbehaved(shape, `answered with what JSON cannot carry: ${(error as Error).message}`);
  }
}

function areOfTypes(types: readonly HostNumberType[], values: readonly unknown[]): boolean {
  if (values.length !== types.length) return false;
  for (let i = 0; i < types.length; i++) if (!isOfType(types[i] as HostNumberType, values[i])) return false;
  return true;
}

function refusalOf({ capability }: CustomShape, permits: Permits): CustomAnswer | undefined {
  const permit = permits.get(CUSTOM_PREFIX + capability);
  if (permit?.granted === true) return undefined;
  return refuse('PERMISSION_DENIED', permit?.refusal ?? `The plugin was not granted custom ${capability}`);
}
