/**
 * JavaScript Promise Integration: a guest that calls a suspending import is set aside until the promise settles.
 *
 * V8 suspends only between a `promising` export and a `Suspending` import with nothing but wasm frames in between. Where it
 * cannot, it throws an error that guests can catch, and on Node 24 such an error leaves the process in a state in which the
 * next one kills it. And a suspending import makes a promise even where there is nothing to wait for. So a guest never imports
 * a suspending function directly: a small adapter module stands in between, which first calls an ordinary import. As a rule
 * that one has the answer, or ends the call; only when it has opened the gate ({@link openGate}) the guest is suspended.
 */
import { MODULE_HEADER, SECTION } from '../wasm/sections/layout.ts';
import type { NumberType } from '../wasm/types.ts';
import { NUMBER_TYPES } from '../wasm/types.ts';
import { Writer } from '../wasm/writer.ts';
import { Lru } from './lru.ts';

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

/** A function for an adapter module to import: the guest is suspended until its promise settles. */
export function suspending(fn: WasmFunction): object {
  return new (Suspending as NonNullable<typeof Suspending>)(fn);
}

/** A function that may make the guest wait, in two parts. */
export interface WaitingImport {
  readonly name: string;
  readonly params: readonly NumberType[];
  /** One, or none. */
  readonly results: readonly NumberType[];
  /**
   * Called first. Its result is the answer, unless it has opened the gate: then its result is dropped and `wait` is called.
   * It must not open the gate where the guest cannot be suspended.
   */
  readonly enter: WasmFunction;
  /** Takes no arguments: `enter` has kept what there is to wait for. */
  readonly wait: () => Promise<number | bigint | undefined>;
}

const gate = new WebAssembly.Global({ value: 'i32', mutable: true }, 0);

/**
 * Has the guest wait: the last thing that an `enter` does. The gate is one for all instances of the thread. It is open from here
 * until the adapter has looked, and nothing else runs in between.
 */
export function openGate(): void {
  gate.value = 1;
}

/** The functions for a guest to import, by name. */
export function adapt(imports: readonly WaitingImport[]): WebAssembly.Exports {
  const module = adapterModule(imports);
  const enter = Object.fromEntries(imports.map((item) => [item.name, item.enter]));
  const wait = Object.fromEntries(imports.map((item) => [item.name, suspending(item.wait)]));
  return new WebAssembly.Instance(module, { enter, wait, gate: { gate } } as WebAssembly.Imports).exports;
}

/** Few plugins differ in which functions may make them wait. */
const modules = new Lru<string, WebAssembly.Module>(64);

function adapterModule(imports: readonly WaitingImport[]): WebAssembly.Module {
  const key = imports.map(({ name, params, results }) => `${name}(${params})${results}`).join();
  let module = modules.get(key);
  if (module === undefined) {
    module = new WebAssembly.Module(encodeAdapter(imports));
    modules.set(key, module);
  }
  return module;
}

const FUNCTION_KIND = 0;
const GLOBAL_KIND = 3;
const MUTABLE = 1;
const NO_VALUE = 0x40;
const OP = {
  if: 0x04,
  end: 0x0b,
  return: 0x0f,
  call: 0x10,
  localGet: 0x20,
  localSet: 0x21,
  globalGet: 0x23,
  globalSet: 0x24,
  i32Const: 0x41,
} as const;

/** Of each import i: types 2i (of `enter` and of the export) and 2i + 1 (of `wait`), functions 2i and 2i + 1, and an export. */
function encodeAdapter(imports: readonly WaitingImport[]): Uint8Array<ArrayBuffer> {
  const count = imports.length;
  const types = new Writer().u32(count * 2);
  const imported = new Writer().u32(count * 2 + 1);
  const functions = new Writer().u32(count);
  const exported = new Writer().u32(count);
  const code = new Writer().u32(count);
  imported.name('gate').name('gate').u8(GLOBAL_KIND).u8(NUMBER_TYPES.i32).u8(MUTABLE);
  imports.forEach(({ name, params, results }, i) => {
    const [enter, wait, adapted] = [i * 2, i * 2 + 1, count * 2 + i];
    writeFunctionType(types, params, results);
    writeFunctionType(types, [], results);
    imported.name('enter').name(name).u8(FUNCTION_KIND).u32(enter);
    imported.name('wait').name(name).u8(FUNCTION_KIND).u32(wait);
    functions.u32(enter);
    exported.name(name).u8(FUNCTION_KIND).u32(adapted);
    const body = adapterBody(params.length, results[0], enter, wait);
    code.u32(body.length).bytes(body);
  });
  return new Writer()
    .bytes(MODULE_HEADER)
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

/** answer = enter(…args); if (gate) { gate = 0; return wait() }; return answer */
function adapterBody(params: number, result: NumberType | undefined, enter: number, wait: number): Uint8Array {
  const body = new Writer();
  const answer = params;
  if (result === undefined) body.u32(0);
  else body.u32(1).u32(1).u8(NUMBER_TYPES[result]);
  for (let i = 0; i < params; i++) body.u8(OP.localGet).u32(i);
  body.u8(OP.call).u32(enter);
  if (result !== undefined) body.u8(OP.localSet).u32(answer);
  body.u8(OP.globalGet).u32(0).u8(OP.if).u8(NO_VALUE);
  body.u8(OP.i32Const).u8(0).u8(OP.globalSet).u32(0);
  body.u8(OP.call).u32(wait).u8(OP.return).u8(OP.end);
  if (result !== undefined) body.u8(OP.localGet).u32(answer);
  return body.u8(OP.end).finish();
}
