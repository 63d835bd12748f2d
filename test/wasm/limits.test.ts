/** Structural limits: each is enforced at its number, names itself, and no claim allocates what the bytes cannot hold. */
import { describe, expect, it } from 'vitest';
import { STRUCTURE, type StructureLimits } from '../../engine/limits.ts';
import { CodeBuffer, scanCode } from '../../engine/wasm/code.ts';
import { decodeModule } from '../../engine/wasm/decode.ts';
import { body, custom, leb, name, section, TYPES, vector, wasm } from '../support/wasm-bytes.ts';

const FUNC = [0x60, 0, 0];
const I32_CONST_0 = [0x41, 0, 0x0b];
const repeat = <Item>(item: Item, count: number): Item[] => Array.from({ length: count }, () => item);
const functions = (...bodies: readonly number[][]): Uint8Array =>
  wasm(TYPES, section(3, vector(...repeat([0], bodies.length))), section(10, vector(...bodies)));

/** For each limit of the decoder a module that has `n` of what it bounds. */
const MODULE_OF: Readonly<Partial<Record<keyof StructureLimits, (n: number) => Uint8Array>>> = {
  types: (n) => wasm(section(1, vector(...repeat(FUNC, n)))),
  functionParams: (n) => wasm(section(1, vector([0x60, n, ...repeat(0x7f, n), 0]))),
  functionResults: (n) => wasm(section(1, vector([0x60, 0, n, ...repeat(0x7f, n)]))),
  totalParams: (n) => wasm(section(1, vector(...repeat([0x60, 1, 0x7f, 0], n - 1), [0x5f, 1, 0x7f, 0]))),
  structFields: (n) => wasm(section(1, vector([0x5f, n, ...repeat([0x7f, 0], n).flat()]))),
  imports: (n) => wasm(TYPES, section(2, vector(...repeat([0, 0, 0, 0], n)))),
  functions: (n) => functions(...repeat(body([0x0b]), n)),
  tables: (n) => wasm(section(4, vector(...repeat([0x70, 0, 0], n)))),
  memories: (n) => wasm(section(5, vector(...repeat([0, 0], n)))),
  globals: (n) => wasm(section(6, vector(...repeat([0x7f, 0, ...I32_CONST_0], n)))),
  tags: (n) => wasm(TYPES, section(13, vector(...repeat([0, 0], n)))),
  exports: (n) => wasm(section(7, vector(...Array.from({ length: n }, (_, i) => [1, 0x61 + i, 0, 0])))),
  nameBytes: (n) => wasm(section(7, vector([...name('x'.repeat(n)), 0, 0]))),
  totalNameBytes: (n) =>
    wasm(TYPES, section(2, vector([0, 0, 0, 0])), section(7, vector([...name('x'.repeat(n - 3)), 0, 0]))),
  elementSegments: (n) => wasm(section(9, vector(...repeat([1, 0, 0], n)))),
  elementItems: (n) => wasm(section(9, vector([1, 0, n - 1, ...repeat(0, n - 1)], [1, 0, 1, 0]))),
  dataSegments: (n) => wasm(section(11, vector(...repeat([1, 0], n)))),
  customSections: (n) => wasm(...repeat(custom('c'), n)),
  functionBytes: (n) => functions(body([...repeat(0x01, n - 2), 0x0b])),
  functionLocals: (n) => functions(body([0x0b], vector([n, 0x7f]))),
  totalLocals: (n) => functions(body([0x0b], vector([n - 1, 0x7f])), body([0x0b], vector([1, 0x7e]))),
  constantExpressionBytes: (n) => wasm(section(6, vector([0x7f, 0, ...repeat(0x6a, n - 1), 0x0b]))),
};

describe('limits of the decoder', () => {
  it.each(Object.entries(MODULE_OF))('%s', (limit, moduleOf) => {
    const limits = { ...STRUCTURE, [limit]: 5 };
    expect(() => decodeModule(moduleOf(5), limits)).not.toThrow();
    expect(() => decodeModule(moduleOf(6), limits)).toThrow(
      expect.objectContaining({
        code: 'LIMIT_EXCEEDED',
        stage: 'decode',
        message: expect.stringMatching(/at most 5 are allowed \(at offset 0x[0-9a-f]+\)$/),
        details: expect.objectContaining({ limit, used: 6, allowed: 5, offset: expect.any(Number) }),
      }),
    );
  });

  it('count groups of no locals as well', () => {
    const groups = (n: number): Uint8Array => functions(body([0x0b], vector(...repeat([0, 0x7f], n))));
    expect(() => decodeModule(groups(6), { ...STRUCTURE, functionLocals: 5 })).toThrow(/6 groups of locals: at most 5/);
    expect(() => decodeModule(groups(6), { ...STRUCTURE, totalLocals: 5 })).toThrow(
      /6 locals of all functions: at most 5/,
    );
  });

  it('count types in recursion groups one by one', () => {
    const bytes = wasm(section(1, vector([0x4e, 3, ...repeat(FUNC, 3).flat()], [0x4e, 3, ...repeat(FUNC, 3).flat()])));
    expect(() => decodeModule(bytes, { ...STRUCTURE, types: 5 })).toThrow(/6 types: at most 5/);
  });
});

describe('limits of the scanner', () => {
  const scan = (code: readonly number[], limits: Partial<StructureLimits>): CodeBuffer => {
    const buffer = new CodeBuffer();
    scanCode(Uint8Array.from(code), 0, code.length, buffer, 'function 0', { ...STRUCTURE, ...limits });
    return buffer;
  };

  it('bounds depth, labels of one br_table and labels of all', () => {
    const nested = (n: number): number[] => [...repeat([0x02, 0x40], n).flat(), ...repeat(0x0b, n + 1)];
    expect(scan(nested(4), { blockDepth: 5 }).maxDepth).toBe(5);
    expect(() => scan(nested(5), { blockDepth: 5 })).toThrow(
      expect.objectContaining({ code: 'LIMIT_EXCEEDED', details: expect.objectContaining({ limit: 'blockDepth' }) }),
    );
    const tables = [0x0e, 2, 0, 0, 0, 0x0e, 1, 0, 0, 0x0b];
    expect(scan(tables, { totalBrTableTargets: 5 }).count).toBe(3);
    expect(() => scan(tables, { totalBrTableTargets: 4 })).toThrow(/5 br_table targets: at most 4/);
    expect(() => scan(tables, { brTableTargets: 1 })).toThrow(/2 br_table labels: at most 1/);
  });

  it.each([
    ['an end too few', [0x02, 0x40, 0x0b], /its final end is missing \(1 blocks are open\)/],
    ['an end too many', [0x0b, 0x0b], /1 bytes after its final end/],
    ['nothing', [], /its final end is missing/],
    ['an instruction cut off', [0x43, 0, 0], /f32.const is cut off/],
    ['an unknown opcode', [0x01, 0x27, 0x0b], /unknown opcode 0x27 \(at offset 0x1\)/],
  ])('refuses %s', (_, code, message) => {
    expect(() => scan(code, {})).toThrow(
      expect.objectContaining({ code: 'INVALID_MODULE', message: expect.stringMatching(message) }),
    );
  });
});

describe('memory that decoding takes', () => {
  const HUGE = [0xff, 0xff, 0xff, 0xff, 0x0f];
  const unlimited = Object.fromEntries(
    Object.keys(STRUCTURE).map((key) => [key, 0xffff_ffff]),
  ) as unknown as StructureLimits;

  it.each([
    ['types', wasm(section(1, HUGE))],
    ['parameters', wasm(section(1, vector([0x60, ...HUGE])))],
    ['fields', wasm(section(1, vector([0x5f, ...HUGE])))],
    ['types of a recursion group', wasm(section(1, vector([0x4e, ...HUGE])))],
    ['imports', wasm(section(2, HUGE))],
    ['a name', wasm(section(2, vector([...HUGE, 0, 0, 0])))],
    ['functions', wasm(section(3, HUGE))],
    ['element items', wasm(section(9, vector([1, 0, ...HUGE])))],
    ['groups of locals', functions(body([0x0b], HUGE))],
    ['data', wasm(section(11, vector([1, ...HUGE])))],
    ['a body', wasm(TYPES, section(3, vector([0])), section(10, [...leb(1), ...HUGE, 0, 0x0b]))],
    ['a section', wasm([1, ...HUGE])],
    ['a custom name', wasm(section(0, HUGE))],
  ])('does not follow a claim of four billion: %s', (_, bytes) => {
    expect(() => decodeModule(bytes, unlimited)).toThrow(expect.objectContaining({ code: 'INVALID_MODULE' }));
  });

  it('four billion locals in a group are a number, not an array', () => {
    const module = decodeModule(functions(body([0x0b], vector([...HUGE, 0x7f]))), unlimited);
    expect(module.bodies[0]?.locals).toEqual([{ count: 0xffff_ffff, type: 'i32' }]);
    expect(() => decodeModule(functions(body([0x0b], vector([...HUGE, 0x7f], [...HUGE, 0x7f]))))).toThrow(
      /4294967295 locals: at most 10000/,
    );
  });
});
