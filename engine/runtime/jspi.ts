/**
 * JavaScript Promise Integration: a guest that calls a suspending import is set aside until the promise settles.
 *
 * V8 suspends only between a `promising` export and a `Suspending` import with nothing but wasm frames in between. Where it
 * cannot, it throws an error that guests can catch, and on Node 24 such an error leaves the process in a state in which the
 * next one kills it. So a guest never imports a suspending function directly: a small adapter module stands in between,
 * which first calls an ordinary import. That one ends the call where suspending is impossible, or makes it unnecessary.
 */
import type { NumberType } from '../wasm/types.ts';
import { NUMBER_TYPES } from '../wasm/types.ts';
import { Writer } from '../wasm/writer.ts';

type WasmFunction = (...args: never[]) => unknown;
/** Not in TypeScript's library yet. */
interface PromiseIntegration {
  readonly Suspending?: new (fn: WasmFunction) => object;
  readonly promising?: (fn: WasmFunction) => (...args: number[]) => Promise<unknown>;
}
const { Suspending, promising } = WebAssembly as unknown as PromiseIntegration;

/** Whether this JavaScript engine can suspend a guest. */
export const canSuspend: boolean = typeof Suspending === 'function' && typeof promising === 'function';

/** An export as a function that answers with a promise, inside which the guest may be suspended. */
export function toPromising<Result>(fn: WasmFunction): (...args: number[]) => Promise<Result> {
  return (promising as NonNullable<typeof promising>)(fn) as (...args: number[]) => Promise<Result>;
}

/** A function that makes the guest wait, in two parts. */
export interface WaitingImport {
  readonly name: string;
  readonly params: readonly NumberType[];
  readonly results: readonly NumberType[];
  /**
   * Called first, with the same arguments. Of a `hasty` import its result counts: anything but NaN is the answer, and nothing
   * waits. Otherwise it returns nothing, and ends the call if the guest cannot wait here.
   */
  readonly enter: WasmFunction;
  readonly wait: (...args: never[]) => Promise<number>;
  /** (f64) -> f64 only. */
  readonly hasty: boolean;
}

/** The functions for a guest to import, by name. */
export function adapt(imports: readonly WaitingImport[]): WebAssembly.Exports {
  const module = adapterModule(imports);
  const enter = Object.fromEntries(imports.map((item) => [item.name, item.enter]));
  const wait = Object.fromEntries(
    imports.map((item) => [item.name, new (Suspending as NonNullable<typeof Suspending>)(item.wait)]),
  );
  return new WebAssembly.Instance(module, { enter, wait } as WebAssembly.Imports).exports;
}

/** Few plugins differ in which functions make them wait. */
const modules = new Map<string, WebAssembly.Module>();

function adapterModule(imports: readonly WaitingImport[]): WebAssembly.Module {
  const key = imports.map(({ name }) => name).join();
  let module = modules.get(key);
  if (module === undefined) {
    module = new WebAssembly.Module(encodeAdapter(imports));
    modules.set(key, module);
  }
  return module;
}

const SECTION = { type: 1, import: 2, function: 3, export: 7, code: 10 } as const;
const FUNCTION_KIND = 0;
const OP = { if: 0x04, else: 0x05, end: 0x0b, call: 0x10, localGet: 0x20, localTee: 0x22, f64Eq: 0x61 } as const;
const HEADER = Uint8Array.of(0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00);

/** Of each import i: types 2i (of `enter`) and 2i + 1 (of `wait` and of the export), functions 2i and 2i + 1, and an export. */
function encodeAdapter(imports: readonly WaitingImport[]): Uint8Array<ArrayBuffer> {
  const count = imports.length;
  const types = new Writer().u32(count * 2);
  const imported = new Writer().u32(count * 2);
  const functions = new Writer().u32(count);
  const exported = new Writer().u32(count);
  const code = new Writer().u32(count);
  imports.forEach(({ name, params, results, hasty }, i) => {
    writeFunctionType(types, params, hasty ? results : []);
    writeFunctionType(types, params, results);
    imported
      .name('enter')
      .name(name)
      .u8(FUNCTION_KIND)
      .u32(i * 2);
    imported
      .name('wait')
      .name(name)
      .u8(FUNCTION_KIND)
      .u32(i * 2 + 1);
    functions.u32(i * 2 + 1);
    exported
      .name(name)
      .u8(FUNCTION_KIND)
      .u32(count * 2 + i);
    const body = hasty ? hastyBody(i * 2, i * 2 + 1) : plainBody(params.length, i * 2, i * 2 + 1);
    code.u32(body.length).bytes(body);
  });
  return new Writer()
    .bytes(HEADER)
    .section(SECTION.type, types.finish())
    .section(SECTION.import, imported.finish())
    .section(SECTION.function, functions.finish())
    .section(SECTION.export, exported.finish())
    .section(SECTION.code, code.finish())
    .finish();
}

function writeFunctionType(types: Writer, params: readonly NumberType[], results: readonly NumberType[]): void {
  types.u8(0x60);
  for (const list of [params, results]) {
    types.u32(list.length);
    for (const type of list) types.u8(NUMBER_TYPES[type]);
  }
}

/** enter(…args); return wait(…args) */
function plainBody(params: number, enter: number, wait: number): Uint8Array {
  const body = new Writer().u32(0);
  for (const target of [enter, wait]) {
    for (let i = 0; i < params; i++) body.u8(OP.localGet).u32(i);
    body.u8(OP.call).u32(target);
  }
  return body.u8(OP.end).finish();
}

/** answer = enter(x); return answer == answer ? answer : wait(x) */
function hastyBody(enter: number, wait: number): Uint8Array {
  const answer = 1;
  return new Writer()
    .u32(1)
    .u32(1)
    .u8(NUMBER_TYPES.f64)
    .u8(OP.localGet)
    .u32(0)
    .u8(OP.call)
    .u32(enter)
    .u8(OP.localTee)
    .u32(answer)
    .u8(OP.localGet)
    .u32(answer)
    .u8(OP.f64Eq)
    .u8(OP.if)
    .u8(NUMBER_TYPES.f64)
    .u8(OP.localGet)
    .u32(answer)
    .u8(OP.else)
    .u8(OP.localGet)
    .u32(0)
    .u8(OP.call)
    .u32(wait)
    .u8(OP.end)
    .u8(OP.end)
    .finish();
}
