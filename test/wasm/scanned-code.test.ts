/** Scans that are kept answer as fresh ones do, whatever was scanned in between. */
import { expect, it } from 'vitest';
import { readProgram } from '../../bench/programs/programs.ts';
import { CodeBuffer, scanCode } from '../../engine/wasm/code.ts';
import { decodeModule } from '../../engine/wasm/decode.ts';
import type { Module } from '../../engine/wasm/module.ts';
import { ScannedCode } from '../../engine/wasm/scanned-code.ts';

interface Scan {
  readonly ids: Uint16Array;
  readonly starts: Uint32Array;
  readonly a: Int32Array;
  readonly maxDepth: number;
}

const copyOf = ({ ids, starts, a, count, maxDepth }: CodeBuffer): Scan => ({
  ids: ids.slice(0, count),
  starts: starts.slice(0, count + 1),
  a: a.slice(0, count),
  maxDepth,
});

function fresh({ bytes, bodies }: Module): Scan[] {
  return bodies.map(({ code }) => {
    const buffer = new CodeBuffer();
    scanCode(bytes, code.start, code.end, buffer, 'function');
    return copyOf(buffer);
  });
}

const readAll = (module: Module, scanned: ScannedCode): Scan[] => module.bodies.map((_, f) => copyOf(scanned.read(f)));
const load = (name: string): Module => decodeModule(readProgram({ name }));

it('reads the same the first time, from what is kept, and after it was forgotten', () => {
  const module = load('word-count');
  const expected = fresh(module);
  const scanned = new ScannedCode(module);
  expect(readAll(module, scanned)).toEqual(expected);
  expect(readAll(module, scanned)).toEqual(expected);
  scanned.release();
  expect(readAll(module, scanned)).toEqual(expected);
  scanned.release();
});

it('keeps the code of one module; that of the others is scanned again', () => {
  const [one, other] = [load('json-parser'), load('hash-map')];
  const [scannedOne, scannedOther] = [new ScannedCode(one), new ScannedCode(other)];
  for (let round = 0; round < 2; round++) {
    expect(readAll(one, scannedOne)).toEqual(fresh(one));
    expect(readAll(other, scannedOther)).toEqual(fresh(other));
  }
});

it('reads functions in any order, and those that are too large to be kept', () => {
  const nops = 70_000;
  const large = Uint8Array.from([0, ...Array.from({ length: nops }, () => 0x01), 0x0b]);
  const small = Uint8Array.of(0, 0x41, 5, 0x1a, 0x0b);
  const bytes = Uint8Array.from([...large, ...small]);
  const span = (start: number, end: number): Module['bodies'][number] => ({
    locals: [],
    localCount: 0,
    code: { start: start + 1, end },
    span: { start, end },
  });
  const empty = decodeModule(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0));
  const bodies = [span(0, large.length), span(large.length, bytes.length)];
  const scanned = new ScannedCode({ ...empty, bytes, bodies });
  for (const f of [1, 0, 1, 0]) expect(scanned.read(f).count).toBe(f === 0 ? nops + 1 : 3);
  scanned.release();
});
