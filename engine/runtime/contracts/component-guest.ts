/**
 * A component of another world than ours, linked to a core module: its functions are called by type. Arguments come as JSON, each
 * in its place or by its name, and go into memory that the component's own allocator gives; the result goes out as JSON.
 */
import { type CoreForm, coreFormOf, recordOf, type Shape, shapeOf } from '../../abi/component-shapes.ts';
import type { ComponentFunction } from '../../abi/component-types.ts';
import { guestError } from '../../abi/guest-error.ts';
import { isShallow } from '../../abi/json.ts';
import { RingfenceError } from '../../errors.ts';
import type { HostContext } from '../../host/context.ts';
import type { GuestCalls, Input, OutputKind, OutputSink } from '../guest-calls.ts';
import type { Instantiable, RunnablePlugin } from '../runnable.ts';
import { Lifting } from './component/lift.ts';
import { Lowering, parameterText, WrongValue } from './component/lower.ts';
import { ComponentMemory } from './component/memory.ts';
import { ForeignFunctions } from './foreign-function.ts';
import type { ForeignAnswer, SequenceGuest } from './foreign-guest.ts';
import { giveOutput, inputTextOf } from './output.ts';

interface KnownFunction extends ComponentFunction {
  readonly shape: Extract<Shape, { kind: 'record' | 'tuple' }>;
  readonly resultShape: Shape | undefined;
  readonly form: CoreForm;
}

export class ComponentGuest implements SequenceGuest {
  readonly imports: WebAssembly.Imports = {};
  readonly byteLength = 0;
  readonly #host: HostContext;
  readonly #memory: ComponentMemory;
  readonly #texts: ReadonlyMap<string, string>;
  readonly #known = new Map<string, KnownFunction>();
  #functions!: ForeignFunctions;

  constructor({ prepared: { functions, signatures = [] } }: RunnablePlugin<Instantiable>, host: HostContext) {
    this.#host = host;
    this.#memory = new ComponentMemory(host);
    this.#texts = new Map(functions.map((name, i) => [name, signatures[i] as string]));
  }

  attach(exports: WebAssembly.Exports): void {
    this.#functions = new ForeignFunctions(exports);
  }

  *start(): GuestCalls {}

  *call(name: string, input: Input, as: OutputKind | OutputSink): GuestCalls<ForeignAnswer> {
    const fn = this.#get(name);
    const given = this.#arguments(name, fn, input);
    if (given instanceof Error) return given;
    let args: (number | bigint)[];
    try {
      args = yield* this.#lower(fn, given);
    } catch (error) {
      // What was allocated for the arguments before stays: the component has nothing to give it back with.
      if (error instanceof WrongValue) return wrongInput(name, fn, error.message);
      if (error instanceof RingfenceError && error.code === 'LIMIT_EXCEEDED') return error;
      throw error;
    }
    const answer = yield this.#functions.call(fn.core, args);
    const lifted = this.#lift(name, fn, answer);
    if (fn.postReturn !== null) yield this.#functions.call(fn.postReturn, answer === undefined ? [] : [answer]);
    return lifted instanceof RingfenceError ? lifted : giveOutput(this.#host, lifted, as);
  }

  reset(): void {}

  #get(name: string): KnownFunction {
    let known = this.#known.get(name);
    if (known === undefined) {
      const fn = JSON.parse(this.#texts.get(name) as string) as ComponentFunction;
      known = {
        ...fn,
        shape: recordOf('tuple', fn.params),
        resultShape: fn.result === null ? undefined : shapeOf(fn.result),
        form: coreFormOf(fn),
      };
      this.#known.set(name, known);
    }
    return known;
  }

  /** An array of all, an object of them by name, or the only one by itself where it is neither. Options may be left out. */
  #arguments(name: string, fn: ComponentFunction, input: Input): readonly unknown[] | RingfenceError {
    const text = inputTextOf(this.#host, input);
    if (text instanceof Error) return text;
    const { params } = fn;
    let value: unknown;
    try {
      value = text === '' ? [] : isShallow(text) ? JSON.parse(text) : undefined;
    } catch {
      value = undefined;
    }
    if (value === undefined) return wrongInput(name, fn, 'got what is no JSON, or is nested too deep');
    if (Array.isArray(value)) {
      if (value.length > params.length) return wrongInput(name, fn, `got ${value.length} of them`);
      return params.map((_, i) => value[i]);
    }
    if (typeof value === 'object' && value !== null) {
      const keys = Object.keys(value);
      if (keys.length > 0 && keys.every((key) => params.some(([param]) => param === key))) {
        return params.map(([param]) =>
          Object.hasOwn(value, param) ? (value as Record<string, unknown>)[param] : undefined,
        );
      }
    }
    if (params.length === 1) return [value];
    return wrongInput(name, fn, `got ${JSON.stringify(value).slice(0, 100)}`);
  }

  *#lower(fn: KnownFunction, given: readonly unknown[]): GuestCalls<(number | bigint)[]> {
    this.#memory.open('inputBytes');
    const lowering = new Lowering(this.#memory, fn.encoding, (size, align) =>
      this.#functions.call(fn.realloc as string, [0, 0, align, size]),
    );
    const args: (number | bigint)[] = [];
    if (fn.form.isIndirect) {
      const place = yield* lowering.allocate(fn.shape.size, fn.shape.align);
      yield* lowering.store(fn.shape, given, place, '');
      args.push(place);
    } else {
      yield* lowering.flat(fn.shape, given, args, '');
    }
    return args;
  }

  /** JSON text, or what is wrong with the result. @throws BAD_POINTER */
  #lift(name: string, { result, resultShape, form, encoding }: KnownFunction, answer: number | bigint | undefined) {
    if (resultShape === undefined || answer === undefined) return '';
    this.#memory.open('outputBytes');
    const lifting = new Lifting(this.#memory, encoding);
    let value: unknown;
    try {
      if (resultShape.flat.length > form.results.length) {
        const place = Number(answer) >>> 0;
        this.#memory.check(place, resultShape.size, resultShape.align, `result of \`${name}\``);
        value = lifting.load(resultShape, place);
      } else {
        value = lifting.flat(resultShape, { values: [answer], next: 0 });
      }
    } catch (error) {
      // What is over the limit, or no value, leaves the instance in order.
      if (error instanceof RingfenceError && error.code !== 'BAD_POINTER') return error;
      throw error;
    }
    if (typeof result === 'object' && result?.kind === 'result') {
      const { ok, error } = value as { readonly ok?: unknown; readonly error?: unknown };
      if (error !== undefined) return failed(name, error);
      return ok === null && result.ok === null ? '' : JSON.stringify(ok);
    }
    return JSON.stringify(value);
  }
}

function wrongInput(name: string, { params }: ComponentFunction, problem: string): RingfenceError {
  return new RingfenceError(
    'INVALID_INPUT',
    `Expected the input of \`${name}\` to be its arguments, an array or an object: (${params.map(parameterText).join(', ')}): ${problem}`,
    { stage: 'call', details: { function: name, parameters: params.length } },
  );
}

/** The error of a result: text that says so in the form of ours is taken apart. */
function failed(name: string, error: unknown): RingfenceError {
  if (error === null) return guestError(undefined, `\`${name}\``);
  const text = typeof error === 'string' ? error : JSON.stringify(error);
  const report =
    typeof error === 'string' && /^\s*\{/.test(error)
      ? text
      : JSON.stringify({ code: 'ERROR', message: text, ...(typeof error === 'string' ? {} : { details: error }) });
  return guestError(new TextEncoder().encode(report), `\`${name}\``);
}
