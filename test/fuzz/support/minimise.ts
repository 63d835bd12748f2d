/** Makes a failing module smaller while it fails the same way: cuts code wherever what is left is still valid. */
import { decodeModule } from '../../../engine/wasm/decode.ts';
import { decodeInstructions } from '../../../engine/wasm/instructions.ts';
import type { Module } from '../../../engine/wasm/module.ts';
import { SECTION, SECTION_ORDER } from '../../../engine/wasm/sections/layout.ts';
import { Writer } from '../../../engine/wasm/writer.ts';

type Instructions = readonly Uint8Array[];

/** What may stand for a run of instructions, shortest first. */
const SUBSTITUTES: readonly Instructions[] = [
  [],
  [Uint8Array.of(0x1a)], // drop
  [Uint8Array.of(0x41, 0)], // i32.const 0
  [Uint8Array.of(0x1a), Uint8Array.of(0x41, 0)],
  [Uint8Array.of(0x42, 0)], // i64.const 0
  [Uint8Array.of(0x43, 0, 0, 0, 0)], // f32.const 0
  [Uint8Array.of(0x44, 0, 0, 0, 0, 0, 0, 0, 0)], // f64.const 0
  [Uint8Array.of(0x00)], // unreachable
];
const LONGEST_SUBSTITUTED = 12;
const HEADER = Uint8Array.of(0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00);

/** @param fails whether a smaller (and valid) module still shows what is looked for */
export function minimiseModule(
  bytes: Uint8Array<ArrayBuffer>,
  fails: (bytes: Uint8Array<ArrayBuffer>) => boolean,
): Uint8Array<ArrayBuffer> {
  const module = decodeModule(bytes);
  const bodies = module.bodies.map((body): Instructions => {
    const starts = [...decodeInstructions(bytes, body.code)].map(({ offset }) => offset);
    return starts.map((start, i) => bytes.subarray(start, starts[i + 1] ?? body.code.end));
  });
  let best = bytes;
  const accept = (f: number, candidate: Instructions): boolean => {
    const kept = bodies[f] as Instructions;
    bodies[f] = candidate;
    const smaller = assemble(module, bodies);
    if (smaller.length < best.length && WebAssembly.validate(smaller) && fails(smaller)) {
      best = smaller;
      return true;
    }
    bodies[f] = kept;
    return false;
  };
  for (let before = Number.POSITIVE_INFINITY; best.length < before; ) {
    before = best.length;
    for (let f = 0; f < bodies.length; f++) {
      for (
        let size = Math.max(1, (bodies[f] as Instructions).length - 1);
        size >= 1;
        size = size === 1 ? 0 : size >> 1
      ) {
        for (let at = (bodies[f] as Instructions).length - 1 - size; at >= 0; at--) {
          const body = bodies[f] as Instructions;
          const substitutes = size <= LONGEST_SUBSTITUTED ? SUBSTITUTES : SUBSTITUTES.slice(0, 1);
          substitutes.some((substitute) => accept(f, [...body.slice(0, at), ...substitute, ...body.slice(at + size)]));
        }
      }
    }
  }
  return best;
}

/** As few of the items as still fail. */
export function minimiseList<Item>(
  items: readonly Item[],
  fails: (items: readonly Item[]) => boolean,
): readonly Item[] {
  let best = items;
  for (let size = best.length; size >= 1; size >>= 1) {
    for (let at = best.length - size; at >= 0; at--) {
      const fewer = [...best.slice(0, at), ...best.slice(at + size)];
      if (fewer.length < best.length && fails(fewer)) best = fewer;
    }
  }
  return best;
}

function assemble(module: Module, bodies: readonly Instructions[]): Uint8Array<ArrayBuffer> {
  const out = new Writer(module.bytes.length).bytes(HEADER);
  for (const id of SECTION_ORDER) {
    const span = module.sections[id];
    if (span === undefined) continue;
    if (id !== SECTION.code) {
      out.section(id, module.bytes.subarray(span.start, span.end));
      continue;
    }
    const code = new Writer().u32(bodies.length);
    for (const [f, instructions] of bodies.entries()) {
      const body = module.bodies[f];
      if (body === undefined) continue;
      const locals = module.bytes.subarray(body.span.start, body.code.start);
      const size = instructions.reduce((sum, { length }) => sum + length, locals.length);
      code.u32(size).bytes(locals);
      for (const instruction of instructions) code.bytes(instruction);
    }
    out.section(id, code.view());
  }
  return out.finish();
}
