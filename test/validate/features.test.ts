/** Which features are off, each with its reason, and which are on. */
import { describe, expect, it } from 'vitest';
import { checkModule, REFUSED_FEATURES } from '../../engine/validate/index.ts';
import type { Feature } from '../../engine/wasm/opcodes.ts';
import { SECTION, section, vec, wasm } from '../support/hostile/wasm-bytes.ts';
import { expectRefusal } from '../support/refusals.ts';
import { assembleWithBinaryen, assembleWithWabt } from '../support/toolchains.ts';

const wat = assembleWithWabt;
const REFUSED: readonly (readonly [name: string, feature: Feature, bytes: () => Uint8Array, says: string | RegExp])[] =
  [
    ['shared memory', 'threads', () => wat('(module (memory 1 2 shared))'), 'memory 0 is shared'],
    [
      'an atomic instruction',
      'threads',
      () => wat('(module (memory 1) (func (drop (i32.atomic.load (i32.const 0)))))'),
      'function 0: i32.atomic.load',
    ],
    [
      'an imported shared memory',
      'threads',
      () => wat('(module (import "env" "memory" (memory 1 2 shared)))'),
      'import 0 is shared',
    ],
    ['memory64', 'memory64', () => wat('(module (memory i64 1))'), 'memory 0 has 64-bit addresses'],
    ['table64', 'memory64', () => wasm(section(SECTION.table, vec([[0x70, 0x04, 1]]))), 'table 0 has 64-bit addresses'],
    ['two memories', 'multi-memory', () => wat('(module (memory 1) (memory 1))'), 'a second memory'],
    [
      'an imported and an own memory',
      'multi-memory',
      () => wat('(module (import "env" "memory" (memory 1)) (memory 1))'),
      'a second memory',
    ],
    ['nine memories', 'multi-memory', () => wat(`(module ${'(memory 1)'.repeat(8)})`), 'a second memory'],
    [
      'a struct type',
      'gc',
      () =>
        assembleWithBinaryen(
          '(module (type $s (struct (field i32))) (func (export "f") (result anyref) (struct.new $s (i32.const 1))))',
        ),
      'type 0 is a struct',
    ],
    ['an array type', 'gc', () => wasm(section(SECTION.type, vec([[0x5e, 0x7f, 0]]))), /type 0 is an? array/],
    [
      'a type open for subtypes',
      'gc',
      () => wasm(section(SECTION.type, vec([[0x50, 0, 0x60, 0, 0]]))),
      'type 0 declares subtyping',
    ],
    [
      'a recursion group',
      'gc',
      () => wasm(section(SECTION.type, vec([[0x4e, 2, 0x60, 0, 0, 0x60, 0, 0]]))),
      'recursion group',
    ],
    ['a parameter of type anyref', 'gc', () => wasm(section(SECTION.type, vec([[0x60, 1, 0x6e, 0]]))), 'anyref'],
    [
      'relaxed SIMD',
      'relaxed-simd',
      () => wat('(module (func (param v128) (result v128) (f32x4.relaxed_max (local.get 0) (local.get 0))))'),
      'f32x4.relaxed_max',
    ],
    [
      'custom page sizes',
      'custom-page-sizes',
      () => wasm(section(SECTION.memory, vec([[0x08, 1, 0]]))),
      'memory 0 states a page size',
    ],
  ];

const ACCEPTED: readonly (readonly [name: string, bytes: () => Uint8Array])[] = [
  ['multi-value', () => wat('(module (func (result i32 i64) (i32.const 1) (i64.const 2)))')],
  [
    'sign extension and saturating conversions',
    () => wat('(module (func (result i32) (i32.extend8_s (i32.trunc_sat_f64_s (f64.const 1)))))'),
  ],
  ['bulk memory', () => wat('(module (memory 1) (func (memory.fill (i32.const 0) (i32.const 0) (i32.const 9))))')],
  [
    'reference types and several tables',
    () => wat('(module (table 1 funcref) (table 1 externref) (func (drop (table.get 1 (i32.const 0)))))'),
  ],
  ['SIMD', () => wat('(module (func (param v128) (result v128) (i8x16.add (local.get 0) (local.get 0))))')],
  ['tail calls', () => wat('(module (func $f (return_call $f)))')],
  ['extended constants', () => wat('(module (global i32 (i32.add (i32.const 1) (i32.const 2))))')],
  ['legacy exceptions', () => wat('(module (tag $e) (func try throw $e catch_all end))')],
  [
    'exceptions',
    () => assembleWithBinaryen('(module (tag $e) (func (export "f") (block $l (try_table (catch $e $l) (throw $e)))))'),
  ],
  [
    'typed function references',
    () =>
      assembleWithBinaryen(
        '(module (type $t (func)) (func (export "f") (param (ref $t)) (call_ref $t (local.get 0))))',
      ),
  ],
  [
    'imports of every kind',
    () =>
      wat(
        '(module (import "a" "f" (func)) (import "a" "t" (table 1 funcref)) (import "a" "m" (memory 1)) (import "a" "g" (global i32)) (import "a" "e" (tag)))',
      ),
  ],
];

describe('the feature policy', () => {
  it.each(REFUSED)('refuses %s', (_, feature, bytes, says) => {
    const error = expectRefusal(() => checkModule(bytes()), 'UNSUPPORTED_FEATURE', says, /at offset 0x[0-9a-f]+\)$/);
    const { title, reason, fix } = REFUSED_FEATURES[feature] ?? { title: '', reason: '', fix: '' };
    for (const part of [title, reason, fix]) expect(error.message).toContain(part);
    expect(error.details).toMatchObject({ feature });
  });

  it.each(ACCEPTED)('accepts %s', (_, bytes) => {
    expect(checkModule(bytes()).module.bytes.length).toBeGreaterThan(8);
  });

  it('has a test for each feature that it refuses', () => {
    expect(new Set(REFUSED.map(([, feature]) => feature))).toEqual(new Set(Object.keys(REFUSED_FEATURES)));
  });

  it('lists all refused features of a module, the first one in full', () => {
    const error = expectRefusal(
      () => checkModule(wat('(module (memory i64 1 2 shared) (memory 1))')),
      'UNSUPPORTED_FEATURE',
      'It also uses',
    );
    expect(error.details.features).toHaveLength(3);
  });
});
