/** Code section: local declarations and the extent of each body. The instructions inside are decoded by their users. */
import type { StructureLimits } from '../../limits.ts';
import { reencodeInstructions } from '../instructions.ts';
import type { Body, LocalGroup } from '../module.ts';
import { hex, Reader } from '../reader.ts';
import { readValueType, writeValueType } from '../type-codec.ts';
import { Writer } from '../writer.ts';
import { readItems } from './items.ts';

const END = 0x0b;

export function decodeCode(reader: Reader, limits: StructureLimits, first: number): Body[] {
  let totalLocals = 0;
  return readItems(reader, { item: 'function', items: 'functions', max: limits.functions, first, itemBytes: 3 }, () => {
    const offset = reader.offset;
    const size = reader.u32('length of the body');
    if (size > limits.functionBytes) {
      throw reader.overLimit(`body of ${size} bytes`, 'functionBytes', size, limits.functionBytes, offset);
    }
    const start = reader.offset;
    reader.skip(size, 'body');
    const window = new Reader(reader.bytes, start, reader.offset, reader.what);
    window.item = reader.item;
    window.index = reader.index;
    const body = readBody(window, limits);
    // Groups of no locals count too: they take memory here.
    totalLocals += Math.max(body.localCount, body.locals.length);
    if (totalLocals > limits.totalLocals) {
      throw reader.overLimit(
        `${totalLocals} locals of all functions`,
        'totalLocals',
        totalLocals,
        limits.totalLocals,
        start,
      );
    }
    return body;
  });
}

function readBody(reader: Reader, limits: StructureLimits): Body {
  const start = reader.offset;
  const groups = reader.count('groups of locals', limits.functionLocals, 2, 'functionLocals');
  const locals: LocalGroup[] = [];
  let localCount = 0;
  for (let i = 0; i < groups; i++) {
    const at = reader.offset;
    const count = reader.u32('number of locals');
    // A sum of u32 numbers is exact here, and it is checked before the next one is added.
    localCount += count;
    if (localCount > limits.functionLocals) {
      throw reader.overLimit(`${localCount} locals`, 'functionLocals', localCount, limits.functionLocals, at);
    }
    locals.push({ count, type: readValueType(reader, 'type of a local') });
  }
  const code = { start: reader.offset, end: reader.end };
  const last = code.end - 1;
  if (last < code.start) throw reader.malformed('has no instructions: at least `end` (0x0b) was expected');
  if (reader.bytes[last] !== END) {
    throw reader.malformed(`must end with 0x0b (end), got ${hex(reader.bytes[last] as number)}`, last);
  }
  return { locals, localCount, code, span: { start, end: reader.end } };
}

/** @param reencode writes the instructions from their decoded form instead of copying their bytes */
export function encodeCode(writer: Writer, bodies: readonly Body[], bytes: Uint8Array, reencode: boolean): void {
  writer.u32(bodies.length);
  const body = new Writer();
  for (const { locals, code } of bodies) {
    body.reset();
    body.u32(locals.length);
    for (const { count, type } of locals) {
      body.u32(count);
      writeValueType(body, type);
    }
    if (reencode) reencodeInstructions(body, bytes, code);
    else body.bytes(bytes, code.start, code.end);
    writer.u32(body.size).bytes(body.view());
  }
}
