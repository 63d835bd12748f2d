/** The module around a function of loop-shapes.ts. */
import { Writer } from '../../../engine/wasm/writer.ts';
import { random } from '../../support/random.ts';
import { Code } from './code.ts';
import { loopFunction, WORLD } from './loop-shapes.ts';
import type { GeneratedModule } from './module-generator.ts';

const HEADER = Uint8Array.of(0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00);
const KIND = { func: 0, memory: 2, global: 3, tag: 4 } as const;
const FUNCTION_TYPE = 0x60;
const I32 = 0x7f;
const MUTABLE = 1;

/** @param seed the same seed gives the same module, on every machine */
export function loopModule(seed: number): GeneratedModule {
  const { body, hasResult, calls } = loopFunction(random(seed));
  const { types, functions, globals, tag } = WORLD;
  const typeSection = new Writer().u32(3);
  typeSection.u8(FUNCTION_TYPE).u32(2).u8(I32).u8(I32);
  if (hasResult) typeSection.u32(1).u8(I32);
  else typeSection.u32(0);
  typeSection.u8(FUNCTION_TYPE).u32(1).u8(I32).u32(1).u8(I32);
  typeSection.u8(FUNCTION_TYPE).u32(1).u8(I32).u32(0);
  const imports = new Writer().u32(2);
  for (const name of ['log', 'fail']) imports.name('env').name(name).u8(KIND.func).u32(types.told);
  const exports = new Writer().u32(5);
  exports.name('f').u8(KIND.func).u32(functions.subject);
  exports.name('memory').u8(KIND.memory).u32(0);
  exports.name('bound').u8(KIND.global).u32(globals.bound);
  exports.name('sink').u8(KIND.global).u32(globals.sink);
  exports.name('tag').u8(KIND.tag).u32(tag);
  const globalSection = new Writer().u32(2);
  for (const value of [100, 0]) globalSection.u8(I32).u8(MUTABLE).bytes(new Code().i32(value).end().writer.view());
  const other = new Code().op('local.get', 0).i32(5).op('i32.xor').end().writer.finish();
  const code = new Writer().u32(2).u32(body.length).bytes(body);
  code
    .u32(other.length + 1)
    .u32(0)
    .bytes(other);
  return {
    bytes: new Writer()
      .bytes(HEADER)
      .section(1, typeSection.view())
      .section(2, imports.view())
      .section(3, Uint8Array.of(2, types.subject, types.other))
      .section(5, Uint8Array.of(1, 1, 1, 1))
      .section(13, Uint8Array.of(1, 0, types.told))
      .section(6, globalSection.view())
      .section(7, exports.view())
      .section(10, code.view())
      .finish(),
    calls,
  };
}
