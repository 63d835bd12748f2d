/** Function section: the type of each function defined in the code section. */
import type { StructureLimits } from '../../limits.ts';
import type { Reader } from '../reader.ts';
import type { Writer } from '../writer.ts';
import { readIndices } from './items.ts';

export function decodeFunctions(reader: Reader, limits: StructureLimits, first: number): Uint32Array {
  return readIndices(reader, { item: 'function', items: 'functions', max: limits.functions, first, itemBytes: 1 });
}

export function encodeFunctions(writer: Writer, functions: Uint32Array): void {
  writer.u32(functions.length);
  for (const typeIndex of functions) writer.u32(typeIndex);
}
