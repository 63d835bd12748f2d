/**
 * The plugins that are loaded: real code of three sizes. A committed benchmark program, its functions repeated up to the size,
 * gets what makes it a plugin: the exports of the ABI, written here, and a manifest.
 */
import { MANIFEST_SECTION } from '../../engine/validate/index.ts';
import { appendCustomSection } from '../../engine/wasm/custom-sections.ts';
import { decodeModule } from '../../engine/wasm/decode.ts';
import { encodeModule } from '../../engine/wasm/encode.ts';
import type { Module, Span } from '../../engine/wasm/module.ts';
import { compileWat, escapeWat } from '../../test/support/wat.ts';
import { synthesise } from '../fuel/synthesise.ts';
import { readProgram } from '../programs/programs.ts';

interface Source {
  readonly program: string;
  readonly bytes: number;
}

/** By the name of the row. */
export const SOURCES: Readonly<Record<string, Source>> = {
  '10 KB': { program: 'blake2s', bytes: 10_000 },
  '200 KB': { program: 'word-count', bytes: 200_000 },
  '2 MB': { program: 'word-count', bytes: 2_000_000 },
};

const PAGE = 65_536;
const ABOUT = { name: 'bench', version: '1.0.0' };
/** Data of the module that each copy has for itself, so that V8 and the engine take it for one never seen. */
const STAMP = 'never seen: ........';
const STAMP_DIGITS = 8;
/** Number of the first copy that another process has put into the disk cache. */
export const FIRST_ON_DISK = 50_000_000;

/** Makes copies of a plugin, each with bytes of its own. */
export class PluginPress {
  readonly #bytes: Uint8Array<ArrayBuffer>;
  readonly #digitsAt: number;
  #copies = 0;

  constructor({ program, bytes }: Source) {
    this.#bytes = makePlugin(synthesise(readProgram({ name: program }), bytes));
    this.#digitsAt = Buffer.from(this.#bytes.buffer).indexOf(STAMP) + STAMP.length - STAMP_DIGITS;
  }

  get size(): number {
    return this.#bytes.length;
  }

  /** @param number the same bytes for the same number @default one that no copy has had */
  copy(number = this.#copies++): Uint8Array<ArrayBuffer> {
    const bytes = this.#bytes.slice();
    const digits = String(number).padStart(STAMP_DIGITS, '0');
    bytes.set(new TextEncoder().encode(digits), this.#digitsAt);
    return bytes;
  }
}

/** A program that exports its memory and imports nothing, as a plugin. */
function makePlugin(program: Uint8Array): Uint8Array<ArrayBuffer> {
  const module = decodeModule(program);
  const manifest = { ...ABOUT, abi: 1, functions: { run: {} }, permissions: {} };
  return appendCustomSection(
    join(module, decodeModule(compileWat(abiWat(module)))),
    MANIFEST_SECTION,
    new TextEncoder().encode(JSON.stringify(manifest)),
  ) as Uint8Array<ArrayBuffer>;
}

/**
 * The exports of the ABI for a program. They name no function, type or global, so that their bodies mean the same behind the
 * program's. What the plugin says of itself stands in a page behind the program's memory, and each `malloc` takes pages of its own.
 */
function abiWat({ memories }: Module): string {
  const at = (memories[0]?.limits.min ?? 0) * PAGE;
  const info = JSON.stringify({ ...ABOUT, apiVersion: '1', capabilities: [], functions: ['run'] });
  const packed = (BigInt(at) << 32n) | BigInt(info.length);
  return `(module
    (memory 1)
    (data (i32.const ${at}) "${escapeWat(info + STAMP)}")
    (func (export "malloc") (param $size i32) (result i32)
      (i32.shl (memory.grow (i32.shr_u (i32.add (local.get $size) (i32.const ${PAGE - 1})) (i32.const 16))) (i32.const 16)))
    (func (export "free") (param i32))
    (func (export "ringfence_abi_v1"))
    (func (export "plugin_get_info") (result i64) (i64.const ${packed}))
    (func (export "plugin_init") (param i32 i32) (result i32) (i32.const 0))
    (func (export "plugin_start") (result i32) (i32.const 0))
    (func (export "plugin_stop") (result i32) (i32.const 0))
    (func (export "plugin_cleanup") (result i32) (i32.const 0))
    (func (export "plugin_run") (param i32 i32) (result i64) (i64.const 0)))`;
}

/** The program with the types, functions, exports and data of `abi` behind its own, and one more page of memory. */
function join(program: Module, abi: Module): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(program.bytes.length + abi.bytes.length);
  bytes.set(program.bytes);
  bytes.set(abi.bytes, program.bytes.length);
  const moved = ({ start, end }: Span): Span => ({
    start: start + program.bytes.length,
    end: end + program.bytes.length,
  });
  return encodeModule({
    ...program,
    bytes,
    recGroups: [...program.recGroups, ...abi.recGroups],
    functions: Uint32Array.from([...program.functions, ...abi.functions.map((type) => type + program.types.length)]),
    memories: program.memories.map(({ limits, offset }) => ({
      limits: { ...limits, min: limits.min + 1, max: undefined },
      offset,
    })),
    exports: [
      ...program.exports,
      ...abi.exports.map((exported) => ({ ...exported, index: exported.index + program.functions.length })),
    ],
    bodies: [
      ...program.bodies,
      ...abi.bodies.map((body) => ({ ...body, code: moved(body.code), span: moved(body.span) })),
    ],
    dataCount: program.dataCount === undefined ? undefined : program.dataCount + abi.data.length,
    data: [
      ...program.data,
      ...abi.data.map((segment) => ({ ...segment, at: segment.at && moved(segment.at), data: moved(segment.data) })),
    ],
    customs: program.customs.filter(({ name }) => name !== 'name'),
  });
}
