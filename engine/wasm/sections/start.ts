/** Start section: the function that instantiation runs. */
import type { Module } from '../module.ts';
import type { Reader } from '../reader.ts';
import type { Writer } from '../writer.ts';

type Start = NonNullable<Module['start']>;

export function decodeStart(reader: Reader): Start {
  const offset = reader.offset;
  return { funcIndex: reader.u32('function index'), offset };
}

export function encodeStart(writer: Writer, start: Start): void {
  writer.u32(start.funcIndex);
}
