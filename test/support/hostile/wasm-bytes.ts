/**
 * Modules put together from raw bytes: nothing is checked, so that a test can say exactly what is wrong with one.
 * For well-formed guests use a compiler; this is for what no compiler writes.
 */
import { Writer } from '../../../engine/wasm/writer.ts';

export type Bytes = readonly number[] | Uint8Array;

export const SECTION = {
  custom: 0,
  type: 1,
  import: 2,
  function: 3,
  table: 4,
  memory: 5,
  global: 6,
  export: 7,
  start: 8,
  element: 9,
  code: 10,
  data: 11,
  dataCount: 12,
  tag: 13,
} as const;

export const I32 = 0x7f;
export const I64 = 0x7e;
export const F32 = 0x7d;
export const F64 = 0x7c;
export const V128 = 0x7b;
export const FUNCREF = 0x70;
export const EXTERNREF = 0x6f;
export const EMPTY_BLOCK = 0x40;

export const HEADER: Bytes = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
export const END = 0x0b;

export const concat = (...parts: readonly Bytes[]): Uint8Array<ArrayBuffer> => joined(parts);

/** Like concat(...parts), for more parts than a call takes arguments. */
export function joined(parts: readonly Bytes[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** `part`, `times` times over. */
export function repeat(part: Bytes, times: number): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(part.length * times);
  for (let i = 0; i < times; i++) whole.set(part, i * part.length);
  return whole;
}

export const u32 = (value: number): Uint8Array => new Writer(16).u32(value).finish();
export const s32 = (value: number): Uint8Array => new Writer(16).s32(value).finish();
export const name = (text: string): Uint8Array => new Writer().name(text).finish();

/** A count and the items one after the other. */
export const vec = (items: readonly Bytes[]): Uint8Array => concat(u32(items.length), joined(items));
/** A count and the same item so many times. */
export const vecOf = (item: Bytes, times: number): Uint8Array => concat(u32(times), repeat(item, times));

export const section = (id: number, content: Bytes): Uint8Array => concat([id], u32(content.length), content);
export const custom = (title: string, content: Bytes = []): Uint8Array =>
  section(SECTION.custom, concat(name(title), content));

export const functionType = (params: Bytes, results: Bytes = []): Uint8Array =>
  concat([0x60], u32(params.length), params, u32(results.length), results);

/** A body with its length. `end` is added. */
export function body(
  locals: readonly (readonly [count: number, type: number])[],
  ...code: readonly Bytes[]
): Uint8Array {
  const declared = vec(locals.map(([count, type]) => concat(u32(count), [type])));
  const inner = concat(declared, ...code, [END]);
  return concat(u32(inner.length), inner);
}

export const exportItem = (title: string, kind: number, index: number): Uint8Array =>
  concat(name(title), [kind], u32(index));

/** The header and the given sections. */
export const wasm = (...sections: readonly Bytes[]): Uint8Array<ArrayBuffer> => concat(HEADER, ...sections);

/** One function of type () -> (), exported as "run". */
export function oneFunction(bodyBytes: Bytes, before: readonly Bytes[] = []): Uint8Array<ArrayBuffer> {
  return wasm(
    section(SECTION.type, vec([functionType([])])),
    section(SECTION.function, vec([[0]])),
    ...before,
    section(SECTION.export, vec([exportItem('run', 0, 0)])),
    section(SECTION.code, vec([bodyBytes])),
  );
}

/** `count` times the same function of type `() -> ()`, the first exported as "run". */
export function manyFunctions(bodyBytes: Bytes, count: number): Uint8Array<ArrayBuffer> {
  return wasm(
    section(SECTION.type, vec([functionType([])])),
    section(SECTION.function, vecOf([0], count)),
    section(SECTION.export, vec([exportItem('run', 0, 0)])),
    section(SECTION.code, vecOf(bodyBytes, count)),
  );
}
