/** What a function of WASI preview 1 is here: a row as any host function, imported from another module. */
import { WASI_MODULE } from '../../abi/wasi.ts';
import type { NumberType } from '../../wasm/types.ts';
import type { HostContext } from '../context.ts';
import type { Handler, SyncHostFunction } from '../function.ts';

export interface WasiRow extends SyncHostFunction {
  readonly module: typeof WASI_MODULE;
}

/** Fuel of one that does next to nothing. */
const BASE_PRICE = 200;

/** @param answer an error number; rows of i64 parameters get them as bigint */
export function wasiRow(
  name: string,
  params: readonly NumberType[],
  answer: Handler<number>,
  base: number = BASE_PRICE,
): WasiRow {
  return { module: WASI_MODULE, name, capability: 'wasi', params, results: ['i32'], price: { base }, call: answer };
}

/** Whether so many bytes at a pointer lie in the guest's memory, as it is now. */
export function isInside({ memory }: HostContext, pointer: number, length: number): boolean {
  return (pointer >>> 0) + (length >>> 0) <= memory.size;
}
