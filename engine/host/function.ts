/** What a host function is: a row of data. The import object is built from such rows, and so are the validator's signatures. */
import type { NumberType } from '../wasm/types.ts';
import type { HostContext } from './context.ts';

/** Fuel of a host call, charged before its work. One unit is about one simple instruction. */
export interface Price {
  readonly base: number;
  /** Per byte of each span. */
  readonly perByte?: number;
}

interface Signature {
  readonly name: string;
  /** What the plugin needs to be allowed, by the name in `permissions` and `grants`. */
  readonly capability: string;
  readonly params: readonly NumberType[];
  readonly results: readonly NumberType[];
  /** Index of the pointer of each (pointer, length) pair among the parameters. Checked and charged before the handler runs. */
  readonly spans?: readonly number[];
  readonly price: Price;
}
/** Handlers take up to four numbers; a missing one is undefined. Pointers are signed as V8 hands them over: `>>> 0` them. */
export interface SyncHostFunction extends Signature {
  readonly call: (host: HostContext, a: number, b: number, c: number, d: number) => number | bigint | undefined;
}
/** Looks synchronous to the guest, which is suspended meanwhile. */
export interface AsyncHostFunction extends Signature {
  readonly wait: (
    host: HostContext,
    signal: AbortSignal,
    a: number,
    b: number,
    c: number,
    d: number,
  ) => Promise<number>;
}
export type HostFunction = SyncHostFunction | AsyncHostFunction;

export const isAsync = (row: HostFunction): row is AsyncHostFunction => 'wait' in row;
