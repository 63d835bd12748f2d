/** Plain data as bytes: what comes out is what went in, and whatever else comes is refused with a reason. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { WireError, WireReader, WireWriter } from '../../../engine/executors/remote/wire.ts';

const write = (value: unknown): Buffer => new WireWriter(1).value(value).finish();
const read = (bytes: Uint8Array): unknown => new WireReader(bytes).only();
/** As its reader gives it: objects without a prototype. */
const bare = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(bare);
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
  return Object.assign(Object.create(null), Object.fromEntries(Object.entries(value).map(([k, v]) => [k, bare(v)])));
};

const plain: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(undefined, null, true, false),
    fc.double(),
    fc.string({ unit: 'grapheme' }),
    fc.bigInt({ min: -(2n ** 64n) + 1n, max: 2n ** 64n - 1n }),
    fc.uint8Array(),
    fc.array(tie('value')),
    fc.dictionary(fc.string(), tie('value')),
  ),
})).value;

describe('data', () => {
  test('of every kind comes back as it was', () => {
    fc.assert(
      fc.property(plain, (value) => {
        expect(read(write(value))).toStrictEqual(bare(value));
      }),
    );
  });

  test.each(['__proto__', 'constructor', 'toString'])('a member %s is a member like any other', (name) => {
    const object = read(write(JSON.parse(`{"${name}": {"polluted": true}}`))) as Record<string, unknown>;
    expect(Object.keys(object)).toEqual([name]);
    expect(Object.getPrototypeOf(object)).toBe(null);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  test('half of a surrogate pair becomes the replacement character', () => {
    expect(read(write('a\ud800b'))).toBe('a\ufffdb');
  });

  test.each<[string, unknown]>([
    ['a function', () => {}],
    ['a symbol', Symbol('x')],
    ['an object of a class', new Map()],
    ['an error', new Error('x')],
    ['a date inside a list', [new Date()]],
    ['a bigint of more than 64 bits', 2n ** 64n],
    [
      'data nested without end',
      (() => {
        const ring: unknown[] = [];
        ring.push(ring);
        return ring;
      })(),
    ],
  ])('%s is not written', (_, value) => {
    expect(() => write(value)).toThrow(TypeError);
  });
});

describe('bytes that nobody wrote', () => {
  test('every beginning of a message is cut off', () => {
    const message = write({ op: 'log', list: [1, 'two', 3n, new Uint8Array(4)], none: null });
    for (let length = 0; length < message.length; length++) {
      expect(() => read(message.subarray(0, length)), `${length} bytes`).toThrow(WireError);
    }
  });

  test('something after the end of a message', () => {
    expect(() => read(Buffer.concat([write('x'), Buffer.of(0)]))).toThrow(/1 bytes too many/);
  });

  test('any bytes at all are data or refused, and cost no more than they are long', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        try {
          read(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(WireError);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  test('a message with one byte changed is data or refused', () => {
    const message = write({ op: 'request', slot: 65_536, args: ['http', { deep: [[[1n]]] }, new Uint8Array(9)] });
    fc.assert(
      fc.property(fc.nat(message.length - 1), fc.nat(255), (at, byte) => {
        const changed = Buffer.from(message);
        changed[at] = byte;
        try {
          read(changed);
        } catch (error) {
          expect(error).toBeInstanceOf(WireError);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  // Tags as wire.ts has them: 5 text, 6 bytes, 7 list, 8 object. What they promise would fill any memory.
  test.each<[string, number]>([
    ['text', 5],
    ['bytes', 6],
    ['a list', 7],
    ['an object', 8],
  ])('%s of four billion is refused before anything is made for it', (_, tag) => {
    expect(() => read(Buffer.of(tag, 0xff, 0xff, 0xff, 0xff, 0, 0, 0))).toThrow(WireError);
  });

  test('a list of a million lists of a million, each of which would fit alone', () => {
    const list = Buffer.of(7, 0x40, 0x42, 0x0f, 0);
    expect(() => read(Buffer.concat(Array.from({ length: 1_000 }, () => list)))).toThrow(WireError);
  });

  test('lists in lists, as deep as the bytes last', () => {
    const list = Buffer.of(7, 1, 0, 0, 0);
    const deep = Buffer.concat([...Array.from({ length: 100_000 }, () => list), Buffer.of(0)]);
    expect(() => read(deep)).toThrow(/nested more than/);
  });

  test('a tag that there is not', () => {
    expect(() => read(Buffer.of(200))).toThrow('no value begins with 200');
  });
});
