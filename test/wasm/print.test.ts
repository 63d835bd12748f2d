/** Text of modules: what it looks like, and that assemblers read the same module back from it. */
import { describe, expect, it } from 'vitest';
import { STRUCTURE } from '../../engine/limits.ts';
import { decodeModule } from '../../engine/wasm/decode.ts';
import { encodeModule } from '../../engine/wasm/encode.ts';
import { printFunction, printLines, printModule } from '../../engine/wasm/print.ts';
import { Writer } from '../../engine/wasm/writer.ts';
import { binaryenModules, wabtModules } from '../support/real-modules.ts';
import { hasSpecArchive, readSpecModules } from '../support/spec-archive.ts';
import { assembleWithBinaryen, assembleWithWabt } from '../support/toolchains.ts';
import { body, custom, leb, section, TYPES, vector, wasm } from '../support/wasm-bytes.ts';

const print = (bytes: Uint8Array): string => printModule(decodeModule(bytes));

const SOURCE = `(module
  (type $t (func (param i32) (result i32)))
  (import "env" "log" (func $log (param i32 i64)))
  (memory (export "memory") 1)
  (table 1 funcref)
  (global $g (mut i32) (i32.const -5))
  (elem (i32.const 0) $main)
  (data (i32.const 8) "a\\22\\00b")
  (func $main (export "main") (param i32) (result i32) (local i32 i32 f64)
    block
      loop
        local.get 0
        if (result i32)
          i32.const 1
        else
          f32.const 0.1 f64.const -0 drop drop i32.const 2
        end
        br_table 0 1 1
      end
    end
    i32.const 4 i32.load16_u offset=12
    i32.const 0
    call_indirect (type $t)))`;

const TEXT = `(module
  (type (;0;) (func (param i32) (result i32)))
  (type (;1;) (func (param i32 i64)))
  (import "env" "log" (func $log (;0;) (type 1)))
  (table (;0;) 1 funcref)
  (memory (;0;) 1)
  (global (;0;) (mut i32) (i32.const -5))
  (export "memory" (memory 0))
  (export "main" (func $main))
  (elem (;0;) (offset (i32.const 0)) func $main)
  (func $main (;1;) (type 0) (param i32) (result i32)
    (local i32 i32)
    (local f64)
    block
      loop
        local.get 0
        if (result i32)
          i32.const 1
        else
          f32.const 0.1
          f64.const -0
          drop
          drop
          i32.const 2
        end
        br_table 0 1 1
      end
    end
    i32.const 4
    i32.load16_u offset=12 align=2
    i32.const 0
    call_indirect 0 (type 0)
  )
  (data (;0;) (offset (i32.const 8)) "a\\22\\00b")
)
`;

const ANNOTATED = `(func $main (;1;) (type 0) (param i32) (result i32)
  (local i32 i32)
  (local f64)
  block                                 ;; 0x5e f1 block 1
    loop                                ;; 0x60 f1 loop 1
      local.get 0                       ;; 0x62
      if (result i32)                   ;; 0x64 f1 if 1
        i32.const 1                     ;; 0x66
      else                              ;; 0x68 f1 else 0
        f32.const 0.1                   ;; 0x69
        f64.const -0                    ;; 0x6e
        drop                            ;; 0x77
        drop                            ;; 0x78
        i32.const 2                     ;; 0x79
      end                               ;; 0x7b f1 end 0
      br_table 0 1 1                    ;; 0x7c f1 br-table 1
    end                                 ;; 0x81 f1 end 0
  end                                   ;; 0x82 f1 end 0
  i32.const 4                           ;; 0x83
  i32.load16_u offset=12 align=2        ;; 0x85
  i32.const 0                           ;; 0x88
  call_indirect 0 (type 0)              ;; 0x8a f1 call-indirect 2
                                        ;; 0x8d f1 end 0
)
`;

const lengthPrefixed = (bytes: readonly number[]): number[] => [...leb(bytes.length), ...bytes];

describe('printModule', () => {
  it('prints sections in order and code by lines, indented by block', () => {
    expect(print(assembleWithWabt(SOURCE, { names: true }))).toBe(TEXT);
  });

  it.each(wabtModules)('$name: wabt reads the same bytes back', ({ bytes }) => {
    const { customs: _, ...module } = decodeModule(bytes);
    expect(assembleWithWabt(print(bytes))).toEqual(encodeModule({ ...module, customs: [] }));
  });

  it.each(binaryenModules)('$name: binaryen reads the same bytes back', ({ bytes }) => {
    expect(assembleWithBinaryen(print(bytes))).toEqual(bytes);
  });

  it.runIf(hasSpecArchive)('the official test suite: wabt reads the same bytes back', () => {
    const different: string[] = [];
    const limits = { ...STRUCTURE, brTableTargets: 65_520 };
    let same = 0;
    for (const { file, bytes, verdict } of readSpecModules()) {
      if (verdict !== 'valid') continue;
      const module = decodeModule(bytes, limits);
      const canonical = encodeModule({ ...module, customs: [], sections: [] }, { reencodeCode: true });
      if (Buffer.compare(assembleWithWabt(printModule(module)), canonical) === 0) same++;
      else different.push(file);
    }
    // Groups of no locals, and element segments in a longer form than they need: assemblers do not write those.
    expect({ same, different }).toEqual({
      same: 1_666,
      different: ['binary-leb128.5.wasm', 'binary.50.wasm', 'binary.115.wasm', 'binary.128.wasm'],
    });
  });

  it('does not name what the text format cannot write, and names twice nothing', () => {
    const names = [1, ...lengthPrefixed(vector([0, 3, 0x61, 0x20, 0x62], [1, 1, 0x66], [2, 1, 0x66]))];
    const bytes = wasm(
      TYPES,
      section(3, vector([0], [0], [0])),
      section(10, vector(body([0x10, 0, 0x10, 1, 0x10, 2, 0x0b]), body([0x0b]), body([0x0b]))),
      custom('name', names),
    );
    const text = print(bytes);
    expect(text).toContain('(func (;0;) (type 0)\n    call 0\n    call $f\n    call $f#2\n  )');
    expect(text).toContain('(func $f (;1;) (type 0)');
  });

  it('prints indices that lead nowhere as they are', () => {
    const bytes = wasm(
      section(3, vector([7])),
      section(7, vector([1, 0x78, 0, 99])),
      section(8, [55]),
      section(10, vector(body([0x10, 0xff, 0x01, 0x0b]))),
    );
    const text = print(bytes);
    expect(text).toContain('(export "x" (func 99))');
    expect(text).toContain('(start 55)');
    expect(text).toContain('(func (;0;) (type 7)\n    call 255\n  )');
  });

  it('survives blocks that do not close, and very deep ones', () => {
    const deep = [...Array.from({ length: 5_000 }, () => [0x02, 0x40]).flat(), 0x0b, 0x0b];
    const bytes = wasm(TYPES, section(3, vector([0], [0])), section(10, vector(body([0x0b, 0x0b, 0x0b]), body(deep))));
    const longest = Math.max(
      ...print(bytes)
        .split('\n')
        .map((line) => line.length),
    );
    expect(longest).toBeLessThan(300);
  });
});

describe('printFunction', () => {
  const module = decodeModule(assembleWithWabt(SOURCE, { names: true }));

  it('prints one function, with offsets and notes at the ends of lines', () => {
    const text = printFunction(module, 1, {
      offsets: true,
      note: ({ row, immediates }, funcIndex) =>
        row.control === 'none' ? undefined : `f${funcIndex} ${row.control} ${immediates.length}`,
    });
    expect(text).toBe(ANNOTATED);
  });

  it('prints an imported function as its import', () => {
    expect(printFunction(module, 0)).toBe('(import "env" "log" (func $log (;0;) (type 1)))\n');
  });

  it.each([2, -1, 0.5, Number.NaN])('refuses the index %s', (funcIndex) => {
    expect(() => printFunction(module, funcIndex)).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION', message: expect.stringContaining('from 0 to 1') }),
    );
  });
});

describe('text that is too long for one string', () => {
  it('is an error of ours, and goes through printLines', () => {
    // A name of 250 characters, called 300,000 times: two bytes of code become a line of 260.
    const name = 'n'.repeat(250);
    const calls = new Uint8Array(600_001);
    for (let i = 0; i < calls.length - 1; i += 2) calls[i] = 0x10;
    calls[calls.length - 1] = 0x0b;
    const names = [1, ...lengthPrefixed(vector([0, ...leb(name.length), ...new TextEncoder().encode(name)]))];
    const bodies = new Writer()
      .u32(1)
      .u32(calls.length + 1)
      .u8(0)
      .bytes(calls)
      .finish();
    const bytes = new Writer()
      .bytes(wasm(TYPES, section(3, vector([0]))))
      .section(10, bodies)
      .bytes(Uint8Array.from(custom('name', names)))
      .finish();
    const module = decodeModule(bytes, { ...STRUCTURE, functionBytes: bytes.length });
    expect(() => printModule(module)).toThrow(expect.objectContaining({ code: 'LIMIT_EXCEEDED' }));
    let lines = 0;
    printLines(module, () => lines++);
    expect(lines).toBe(300_000 + 5);
  });
});
