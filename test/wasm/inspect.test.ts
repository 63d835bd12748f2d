/** The summary of a module: plain data that says what it needs, offers and holds. */
import { describe, expect, it } from 'vitest';
import * as subpath from '../../engine/wasm/index.ts';
import { inspectModule } from '../../engine/wasm/inspect.ts';
import { binaryenModules } from '../support/real-modules.ts';
import { assembleWithWabt } from '../support/toolchains.ts';
import { name, section, vector, wasm } from '../support/wasm-bytes.ts';

const SOURCE = `(module $demo
  (import "env" "log" (func (param i32 i32) (result i64)))
  (import "env" "table" (table 1 10 funcref))
  (import "env" "limit" (global i32))
  (import "env" "error" (tag (param externref)))
  (memory (export "memory") 2 16)
  (global $count (export "count") (mut i64) (i64.const 0))
  (table (export "own") 3 externref)
  (export "table" (table 0)) (export "log" (func 0)) (export "error" (tag 0))
  (func $run (export "run") (result i32) i32.const 1 i32.extend8_s)
  (func $start) (start $start)
  (data (i32.const 0) "hello"))`;

describe('inspectModule', () => {
  it('summarises imports, exports, memories, tables, counts, sections and features', () => {
    const bytes = assembleWithWabt(SOURCE, { names: true });
    const summary = inspectModule(bytes);
    expect(JSON.parse(JSON.stringify(summary))).toEqual(summary);
    const { sections, features, ...rest } = summary;
    expect(rest).toEqual({
      bytes: bytes.length,
      name: 'demo',
      imports: [
        { module: 'env', name: 'log', kind: 'func', type: '(i32, i32) -> i64' },
        { module: 'env', name: 'table', kind: 'table', type: '1..10 funcref' },
        { module: 'env', name: 'limit', kind: 'global', type: 'i32' },
        { module: 'env', name: 'error', kind: 'tag', type: '(externref) -> ()' },
      ],
      exports: [
        { name: 'memory', kind: 'memory', index: 0, type: '2..16 pages' },
        { name: 'count', kind: 'global', index: 1, type: 'mut i64' },
        { name: 'own', kind: 'table', index: 1, type: '3.. externref' },
        { name: 'table', kind: 'table', index: 0, type: '1..10 funcref' },
        { name: 'log', kind: 'func', index: 0, type: '(i32, i32) -> i64' },
        { name: 'error', kind: 'tag', index: 0, type: '(externref) -> ()' },
        { name: 'run', kind: 'func', index: 1, type: '() -> i32' },
      ],
      memories: [{ imported: false, min: 2, max: 16, shared: false, is64: false }],
      tables: [
        { imported: true, element: 'funcref', min: 1, max: 10, shared: false, is64: false },
        { imported: false, element: 'externref', min: 3, max: null, shared: false, is64: false },
      ],
      start: 2,
      counts: {
        types: 4,
        functions: 2,
        globals: 1,
        tags: 0,
        elementSegments: 0,
        dataSegments: 1,
        dataBytes: 5,
        codeBytes: 7,
      },
      producers: [],
    });
    expect(features.map(({ name: feature, what }) => `${feature}: ${what}`)).toEqual([
      'exceptions: import 3 is a tag',
      'reference-types: type 1 has the type externref',
      'sign-extension: function 1: i32.extend8_s',
    ]);
    expect(sections.map(({ name: title, custom }) => (custom ? `(${title})` : title))).toEqual([
      'type',
      'import',
      'function',
      'table',
      'memory',
      'global',
      'export',
      'start',
      'code',
      'data',
      '(name)',
    ]);
    expect(sections.reduce((sum, section) => sum + section.bytes, 0)).toBe(bytes.length - 8 - 2 * sections.length);
    for (const section of sections) expect(bytes[section.offset] === 0).toBe(section.custom);
  });

  it('shows shared and 64-bit memories', () => {
    const summary = inspectModule(wasm(section(5, vector([5, 1, 2]))));
    expect(summary.memories).toEqual([{ imported: false, min: 1, max: 2, shared: false, is64: true }]);
    expect(inspectModule(wasm(section(2, vector([0, 0, 2, 3, 1, 2])))).imports[0]?.type).toBe('shared 1..2 pages');
  });

  it('shows producers', () => {
    const producers = vector([...name('language'), ...vector([...name('C'), ...name('17')])]);
    expect(inspectModule(wasm(section(0, [...name('producers'), ...producers]))).producers).toEqual([
      ['language', 'C', '17'],
    ]);
  });

  it('shows indices that lead nowhere as such', () => {
    const bytes = wasm(section(2, vector([0, 0, 0, 9])), section(7, vector([1, 0x61, 0, 5])));
    expect(inspectModule(bytes)).toMatchObject({ imports: [{ type: '?' }], exports: [{ type: '?' }] });
  });

  it('takes garbage-collected types', () => {
    const gc = binaryenModules.find(({ name: title }) => title.includes('garbage'));
    const summary = inspectModule(gc?.bytes ?? wasm());
    expect(summary.exports).toEqual([{ name: 'f', kind: 'func', index: 0, type: '(anyref) -> i32' }]);
    expect(summary.features.map((feature) => feature.name)).toContain('gc');
  });

  it('refuses what is not a module', () => {
    expect(() => inspectModule(new Uint8Array())).toThrow(expect.objectContaining({ code: 'INVALID_MODULE' }));
  });
});

describe('the subpath ringfence/wasm', () => {
  it('offers this and nothing else', () => {
    expect(Object.keys(subpath).sort()).toMatchInlineSnapshot(`
      [
        "OPCODES",
        "Writer",
        "appendCustomSection",
        "checkHeader",
        "classifyBytes",
        "decodeInstructions",
        "decodeModule",
        "decodeNameSection",
        "decodeProducersSection",
        "encodeInstruction",
        "encodeModule",
        "featuresUsed",
        "findCustomSection",
        "functionPrinter",
        "functionTypeOf",
        "inspectModule",
        "listCustomSections",
        "moduleNames",
        "opcode",
        "printFunction",
        "printInstruction",
        "printLines",
        "printModule",
        "removeCustomSection",
        "replaceCustomSection",
        "sameSignature",
        "sameType",
        "signatureName",
        "typeName",
      ]
    `);
  });
});
