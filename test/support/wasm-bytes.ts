/** Modules byte by byte, for tests that need what no assembler emits. */
import { Writer } from '../../engine/wasm/writer.ts';

export const HEADER: readonly number[] = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];

export type Bytes = readonly number[] | Uint8Array;

export const leb = (value: number): number[] => [...new Writer().u32(value).finish()];
export const name = (text: string): number[] => [...new Writer().name(text).finish()];
/** A count and the items. */
export const vector = (...items: readonly Bytes[]): number[] => [
  ...leb(items.length),
  ...items.flatMap((item) => [...item]),
];
export const section = (id: number, content: Bytes): number[] => [id, ...leb(content.length), ...content];
export const custom = (title: string, data: Bytes = []): number[] => section(0, [...name(title), ...data]);
/** A body of the code section: its length, local groups, instructions. */
export const body = (code: Bytes, locals: Bytes = [0]): number[] => [
  ...leb(locals.length + code.length),
  ...locals,
  ...code,
];
export const wasm = (...sections: readonly Bytes[]): Uint8Array<ArrayBuffer> =>
  Uint8Array.from([...HEADER, ...sections.flatMap((bytes) => [...bytes])]);

/** Type section with `() -> ()` as type 0. */
export const TYPES = section(1, vector([0x60, 0, 0]));
/** Function section with one function of type 0. */
export const FUNCTIONS = section(3, vector([0]));
/** Code section with one empty function. */
export const CODE = section(10, vector(body([0x0b])));

export function parseHex(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text.match(/[0-9a-f]{2}/gi) ?? [], (byte) => Number.parseInt(byte, 16));
}
