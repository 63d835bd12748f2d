/** What a host function is: a row of data. The import object is built from such rows, and so are the validator's signatures. */
import type { NumberType } from '../wasm/types.ts';
import type { HostContext, HostServices } from './context.ts';
import type { Whenever } from './whenever.ts';

/** Fuel of a host call, charged before its work. One unit is about one simple instruction. */
export interface Price {
  readonly base: number;
  /** Per byte of each span. */
  readonly perByte?: number;
}

interface Signature {
  readonly name: string;
  /** What it is imported from. @default 'env' */
  readonly module?: string;
  /** What the plugin needs to be allowed, by the name in `permissions` and `grants`. */
  readonly capability: string;
  readonly params: readonly NumberType[];
  readonly results: readonly NumberType[];
  /** Index of the pointer of each (pointer, length) pair among the parameters. Checked and charged before the handler runs. */
  readonly spans?: readonly number[];
  readonly price: Price;
  /**
   * What it answers where its capability is not granted: the plugin may be able to do without.
   * @default none: the call ends with PERMISSION_DENIED
   */
  readonly refuse?: (host: HostContext, refusal: string) => Answer;
}
/** What a handler hands to the guest: a number as its signature has it, a bigint for i64, undefined where it returns nothing. */
export type Answer = number | bigint | undefined;

/** Handlers take up to {@link MOST_PARAMS} numbers. Pointers are signed as V8 hands them over: `>>> 0` them. */
export type Handler<Result, Host = HostContext> = (
  host: Host,
  a: number,
  b: number,
  c: number,
  d: number,
  e: number,
  f: number,
) => Result;

export const MOST_PARAMS = 6;

export interface SyncHostFunction extends Signature {
  readonly call: Handler<Answer>;
  /**
   * The handler of one instance, where there is a shorter one: what its services say once need not be asked for in every call.
   * @default none: `call` it is
   */
  readonly bind?: (host: HostContext) => Handler<Answer> | undefined;
}
/** Looks synchronous to the guest. */
export interface AsyncHostFunction extends Signature {
  /**
   * Answers at once where it can: that costs no more than a synchronous function. For a promise the guest is suspended. What
   * comes after the promise of a service goes through `whenever`: the call may have ended meanwhile, and another begun.
   */
  readonly wait: Handler<Whenever<Answer>>;
  /**
   * Whether `wait` may answer with a promise, given these services. Where it never does, the plugin needs nothing that can
   * suspend it, and can be called synchronously.
   */
  readonly mayWait: (services: HostServices) => boolean;
}
export type HostFunction = SyncHostFunction | AsyncHostFunction;

export const isAsync = (row: HostFunction): row is AsyncHostFunction => 'wait' in row;
