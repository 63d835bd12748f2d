/** A guest of our own ABI: how input gets into it and output out of it, and what its start and stop are. */
import { DISPATCH_EXPORT, FUNCTION_PREFIX } from '../../abi/exports.ts';
import { guestError } from '../../abi/guest-error.ts';
import { checkInfo } from '../../abi/info.ts';
import { type LifecycleStep, START_STEPS, STOP_STEPS } from '../../abi/lifecycle.ts';
import { bug, type RingfenceError } from '../../errors.ts';
import { type CallAccount, overLimit } from '../../host/account.ts';
import type { HostContext } from '../../host/context.ts';
import type { GuestMemory } from '../../memory/guest-memory.ts';
import { isFailed, packedLength, packedPointer, unpack } from '../../memory/packed.ts';
import type { GuestCall, GuestCalls, Input, Output, OutputKind, OutputSink } from '../guest-calls.ts';
import { GuestFunction } from '../guest-function.ts';
import type { Instantiable, RunnablePlugin } from '../runnable.ts';
import type { StackShape } from '../standing-stack.ts';

/** Of every `plugin_<name>`. */
const FUNCTION_SHAPE: StackShape = { params: 2, result: 'i64' };

export class OwnGuest {
  readonly #manifest: Instantiable['manifest'];
  readonly #host: HostContext;
  readonly #account: CallAccount;
  readonly #memory: GuestMemory;
  readonly #exports: WebAssembly.Exports;
  readonly #functions = new Map<string, GuestFunction>();
  /** Called last. */
  #last: GuestFunction | undefined;

  constructor(plugin: RunnablePlugin<Instantiable>, host: HostContext, exports: WebAssembly.Exports) {
    this.#manifest = plugin.prepared.manifest;
    this.#host = host;
    this.#account = host.account;
    this.#memory = host.memory;
    this.#exports = exports;
    const shape = plugin.isSelfContained ? FUNCTION_SHAPE : undefined;
    const functions = new Set(plugin.prepared.functions);
    for (const name of plugin.callable) {
      const exported = exports[FUNCTION_PREFIX + name] ?? exports[DISPATCH_EXPORT];
      const direct = exported as unknown as GuestFunction['direct'];
      this.#functions.set(name, new GuestFunction(name, direct, functions.has(name) ? shape : undefined));
    }
  }

  /** One that the caller may call. */
  functionOf(name: string): GuestFunction {
    // Names are the same text as a rule, and the same function is called again.
    if (name === this.#last?.name) return this.#last;
    const fn = this.#functions.get(name);
    if (fn === undefined) throw bug(`no function ${name}`);
    this.#last = fn;
    return fn;
  }

  /** Writes the input into guest memory. @returns its pointer; `memory.givenBytes` is its length; -1 if that is over the limit */
  give(input: Input): number {
    const account = this.#account;
    const { inputBytes } = account.limits;
    const pointer =
      typeof input === 'string' ? this.#memory.giveText(input, inputBytes) : this.#memory.give(input, inputBytes);
    account.bytesIn = this.#memory.givenBytes;
    return pointer;
  }

  /** What is wrong with input that was not given. */
  tooMuchInput(): RingfenceError {
    const { limits, bytesIn } = this.#account;
    return overLimit('inputBytes', limits.inputBytes, 'bytes of input', bytesIn);
  }

  /**
   * Takes the result of a call out of guest memory and gives back what was allocated for it.
   * @param given pointer of the input
   * @returns the output; or GUEST_ERROR, BAD_OUTPUT, LIMIT_EXCEEDED: the guest has returned in good order, and the instance lives on
   * @throws BAD_POINTER, OUT_OF_FUEL and traps of `free`: it does not
   */
  take(
    fn: GuestFunction,
    given: number,
    answer: bigint | number,
    as: OutputKind | OutputSink,
  ): Output | RingfenceError {
    // A hook that answers with a status, 0 for success.
    const status = typeof answer === 'number' ? answer : undefined;
    unpack(status === undefined ? (answer as bigint) : status === 0 ? 0n : -1n);
    const hasFailed = isFailed();
    const pointer = hasFailed ? 0 : packedPointer();
    const length = hasFailed ? 0 : packedLength();
    let output: Output | RingfenceError;
    if (hasFailed) output = guestError(this.#host.guestError, `\`${fn.name}\``, status);
    else output = this.#read(pointer, length, fn.output, as);
    if (pointer !== 0) this.#memory.free(pointer);
    // A guest may hand back the very memory that it was given.
    if (given !== 0 && given !== pointer) this.#memory.free(given);
    this.#account.bytesOut = length;
    return output;
  }

  /** A call as a sequence, where it has to wait first. */
  *call(fn: GuestFunction, input: Input, as: OutputKind | OutputSink): GuestCalls<Output | RingfenceError> {
    this.#host.functionName = fn.name;
    const pointer = this.give(input);
    if (pointer === -1) return this.tooMuchInput();
    const answer = yield { fn, a: pointer, b: this.#memory.givenBytes };
    return this.take(fn, pointer, answer as bigint | number, as);
  }

  /** What comes after the module's start function. @param configText what `plugin_init` gets */
  *start(configText: string): GuestCalls {
    for (const step of START_STEPS) {
      const pointer = step.takesConfig ? this.give(configText) : 0;
      if (pointer === -1) throw this.tooMuchInput();
      const answer = yield this.#callOf(step.name, pointer, step.takesConfig ? this.#memory.givenBytes : 0);
      if (step.answer === 'packed') checkInfo(this.#text(answer as bigint, step.name), this.#manifest);
      else this.#checkStatus(step, answer as number);
      if (pointer !== 0) this.#memory.free(pointer);
    }
  }

  /** A plugin that cannot stop still gets to clean up. */
  *stop(): GuestCalls {
    const failures: RingfenceError[] = [];
    for (const step of STOP_STEPS) {
      const status = (yield this.#callOf(step.name, 0, 0)) as number;
      if (status !== 0) failures.push(guestError(this.#host.guestError, step.name, status));
    }
    if (failures[0] !== undefined) throw failures[0];
  }

  #callOf(name: string, a: number, b: number): GuestCall {
    return { fn: new GuestFunction(name, this.#exports[name] as unknown as GuestFunction['direct']), a, b };
  }

  #checkStatus(step: LifecycleStep, status: number): void {
    if (status !== 0) throw guestError(this.#host.guestError, step.name, status);
  }

  /** @returns the output, or what is wrong with it. @throws BAD_POINTER */
  #read(pointer: number, length: number, what: string, as: OutputKind | OutputSink): Output | RingfenceError {
    const { outputBytes } = this.#account.limits;
    const isOver = length > outputBytes;
    if (isOver || as === 'text') this.#memory.check(pointer, length, what);
    if (isOver) return overLimit('outputBytes', outputBytes, `bytes of output`, length);
    // These two check for themselves.
    if (as === 'bytes') return this.#memory.read(pointer, length, what);
    if (as !== 'text') return as.take(this.#memory.view(pointer, length, what));
    if (length === 0) return '';
    try {
      return this.#memory.readText(pointer, length, what);
    } catch (error) {
      return error as RingfenceError;
    }
  }

  /** Text that a lifecycle function returned. */
  #text(packed: bigint, name: string): string {
    unpack(packed);
    if (isFailed()) throw guestError(this.#host.guestError, name);
    const pointer = packedPointer();
    const output = this.#read(pointer, packedLength(), `output of ${name}`, 'text');
    if (typeof output !== 'string') throw output;
    if (pointer !== 0) this.#memory.free(pointer);
    return output;
  }
}
