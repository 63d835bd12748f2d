/** Bytes that no part of the engine may accept: each has its own code, and a message that says what, where and what to do. */
import { describe, expect, it } from 'vitest';
import type { ErrorCode } from '../../engine/errors.ts';
import { checkModule } from '../../engine/validate/index.ts';
import {
  body,
  concat,
  custom,
  functionType,
  HEADER,
  I32,
  name,
  SECTION,
  section,
  u32,
  vec,
  wasm,
} from '../support/hostile/wasm-bytes.ts';
import { expectRefusal } from '../support/refusals.ts';

interface Case {
  readonly name: string;
  readonly bytes: readonly number[] | Uint8Array;
  readonly code: ErrorCode;
  readonly says: readonly (string | RegExp)[];
}

const text = (source: string): Uint8Array => new TextEncoder().encode(source);
const TYPES = section(SECTION.type, vec([functionType([])]));
const FUNCTIONS = section(SECTION.function, vec([[0]]));
const CODE = section(SECTION.code, vec([body([])]));
const AT = /at offset 0x[0-9a-f]+\)/;

const CASES: readonly Case[] = [
  { name: 'an empty file', bytes: [], code: 'INVALID_MODULE', says: ['empty file', AT] },
  {
    name: 'not wasm at all: a script',
    bytes: text('#!/bin/sh\nexit 0\n'),
    code: 'INVALID_MODULE',
    says: ['a script', AT],
  },
  {
    name: 'not wasm at all: an HTML page',
    bytes: text('<!doctype html><title>Log in'),
    code: 'INVALID_MODULE',
    says: ['HTML page'],
  },
  {
    name: 'not wasm at all: random bytes',
    bytes: [0x93, 0x18, 0xee, 0x01, 0x77, 0x00, 0xc3, 0x9b],
    code: 'INVALID_MODULE',
    says: ['first bytes: 93 18 ee 01'],
  },
  { name: 'WebAssembly text', bytes: text('(module)'), code: 'INVALID_MODULE', says: ['WebAssembly text', 'wat2wasm'] },
  { name: 'the magic number alone', bytes: HEADER.slice(0, 4), code: 'INVALID_MODULE', says: ['cut off', AT] },
  {
    name: 'wrong version',
    bytes: [0, 0x61, 0x73, 0x6d, 2, 0, 0, 0],
    code: 'INVALID_MODULE',
    says: ['version 1', '02 00 00 00', '(at offset 0x4)'],
  },
  {
    name: 'a component',
    bytes: [0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0],
    code: 'UNSUPPORTED_FEATURE',
    says: ['component', 'core', '(at offset 0x4)'],
  },
  {
    name: 'a section repeated',
    bytes: wasm(TYPES, TYPES),
    code: 'INVALID_MODULE',
    says: ['type section', 'twice', AT],
  },
  {
    name: 'a section out of order',
    bytes: wasm(FUNCTIONS, TYPES),
    code: 'INVALID_MODULE',
    says: ['type section', 'before the function section', AT],
  },
  {
    name: 'an unknown section',
    bytes: wasm(section(14, [])),
    code: 'INVALID_MODULE',
    says: ['unknown section id 0xe', AT],
  },
  {
    name: 'a section longer than the file',
    bytes: wasm(concat([SECTION.type], u32(1_000), [0])),
    code: 'INVALID_MODULE',
    says: ['1000 bytes', AT],
  },
  {
    name: 'a section that is not used to its end',
    bytes: wasm(section(SECTION.type, concat(vec([functionType([])]), [0]))),
    code: 'INVALID_MODULE',
    says: ['left over', AT],
  },
  {
    name: 'a function without a body',
    bytes: wasm(TYPES, FUNCTIONS),
    code: 'INVALID_MODULE',
    says: ['declares 1 functions', 'has 0 bodies'],
  },
  {
    name: 'a body without its end',
    bytes: wasm(TYPES, FUNCTIONS, section(SECTION.code, vec([[2, 0, 0x01]]))),
    code: 'INVALID_MODULE',
    says: ['function 0', 'end', AT],
  },
  {
    name: 'a LEB128 number of six bytes',
    bytes: wasm(concat([SECTION.type], [0x80, 0x80, 0x80, 0x80, 0x80, 0x00])),
    code: 'INVALID_MODULE',
    says: ['longer than 5 bytes', AT],
  },
  {
    name: 'a LEB128 number with stray high bits',
    bytes: wasm(concat([SECTION.type], [0x80, 0x80, 0x80, 0x80, 0x70])),
    code: 'INVALID_MODULE',
    says: ['does not fit in 32 bits', AT],
  },
  {
    name: 'ten gigabytes claimed in ten bytes: types',
    bytes: wasm(section(SECTION.type, u32(0xffff_ffff))),
    code: 'INVALID_MODULE',
    says: ['claims 4294967295 types', 'bytes are left', AT],
  },
  {
    name: 'ten gigabytes claimed in ten bytes: a data segment',
    bytes: wasm(section(SECTION.data, concat([1, 1], u32(0xffff_ffff)))),
    code: 'INVALID_MODULE',
    says: ['4294967295', AT],
  },
  {
    name: 'ten gigabytes claimed in ten bytes: locals',
    bytes: wasm(TYPES, FUNCTIONS, section(SECTION.code, vec([concat([8, 1], u32(0xffff_ffff), [I32, 0x0b])]))),
    code: 'LIMIT_EXCEEDED',
    says: ['4294967295 locals', '10000', AT],
  },
  {
    name: 'ten gigabytes claimed in ten bytes: a name',
    bytes: wasm(section(SECTION.custom, u32(0xffff_fff0))),
    code: 'INVALID_MODULE',
    says: ['4294967280', AT],
  },
  {
    name: 'a name that is not UTF-8',
    bytes: wasm(section(SECTION.custom, [2, 0xff, 0xfe])),
    code: 'INVALID_MODULE',
    says: ['UTF-8', AT],
  },
  {
    name: 'an unknown opcode',
    bytes: wasm(TYPES, FUNCTIONS, section(SECTION.code, vec([body([], [0xff])]))),
    code: 'INVALID_MODULE',
    says: ['function 0', '0xff', AT],
  },
  {
    name: 'code that does not type-check',
    bytes: wasm(TYPES, FUNCTIONS, section(SECTION.code, vec([body([], [0x41, 0])]))),
    code: 'INVALID_MODULE',
    says: ['does not validate', 'function #0', AT],
  },
  {
    name: 'an index that does not exist',
    bytes: wasm(TYPES, FUNCTIONS, section(SECTION.export, vec([concat(name('f'), [0, 7])])), CODE),
    code: 'INVALID_MODULE',
    says: ['does not validate', AT],
  },
  {
    name: 'two exports of one name',
    bytes: wasm(
      TYPES,
      FUNCTIONS,
      section(SECTION.export, vec([concat(name('f'), [0, 0]), concat(name('f'), [0, 0])])),
      CODE,
    ),
    code: 'INVALID_MODULE',
    says: [AT],
  },
];

describe('bad modules are refused', () => {
  it.each(CASES)('$name', ({ bytes, code, says }) => {
    const error = expectRefusal(() => checkModule(Uint8Array.from(bytes)), code, ...says);
    expect(error.stage).toMatch(/^(decode|validate)$/);
  });

  it('names the limit when the file is too large', () => {
    const error = expectRefusal(
      () => checkModule(wasm(custom('padding', new Uint8Array(2_000))), { maxBytes: 1_000 }),
      'LIMIT_EXCEEDED',
      'at most 1000',
      'wasmBytes',
    );
    expect(error.details).toMatchObject({ limit: 'wasmBytes', allowed: 1_000 });
  });

  it('reads nothing of a file that is too large', () => {
    expectRefusal(() => checkModule(new Uint8Array(11 * 1024 * 1024)), 'LIMIT_EXCEEDED', 'wasmBytes');
  });

  it('copies bytes that another thread could change', () => {
    const shared = new Uint8Array(new SharedArrayBuffer(8));
    shared.set(Uint8Array.from(HEADER));
    const { bytes, module } = checkModule(shared);
    shared[4] = 9;
    expect([...bytes]).toEqual([...HEADER]);
    expect(module.bytes).toBe(bytes);
  });
});
