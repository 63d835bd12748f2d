/** JSON Schemas of strangers: what the dialect takes, what it refuses, and that no check runs away. */
import { describe, expect, it } from 'vitest';
import { STRUCTURE } from '../../engine/limits.ts';
import { checkManifest, compileGuestSchema, type JsonSchema } from '../../engine/validate/index.ts';
import { MANIFEST } from '../support/hostile/plugin-wat.ts';
import { expectRefusal } from '../support/refusals.ts';

/** As the engine gets them: out of a checked manifest. */
const schemaOf = (config: unknown): JsonSchema => checkManifest({ ...MANIFEST, config }).config as JsonSchema;
const list = <T>(length: number, item: (i: number) => T): T[] => Array.from({ length }, (_, i) => item(i));
const object = <T>(length: number, value: (i: number) => T): Record<string, T> =>
  Object.fromEntries(list(length, (i) => [`p${i}`, value(i)]));

const doubling = (levels: number): object => ({
  $ref: '#/$defs/d0',
  $defs: {
    ...Object.fromEntries(
      list(levels, (i) => [`d${i}`, { allOf: [{ $ref: `#/$defs/d${i + 1}` }, { $ref: `#/$defs/d${i + 1}` }] }]),
    ),
    [`d${levels}`]: { type: 'string' },
  },
});

const REFUSED: readonly (readonly [name: string, schema: unknown, ...says: string[]])[] = [
  [
    'a regular expression',
    { properties: { a: { pattern: '^(a+)+$' } } },
    '/config/properties/a/pattern',
    'exponential time',
  ],
  [
    'regular expressions as names',
    { patternProperties: { '(x+x+)+y': true } },
    '/config/patternProperties',
    'exponential time',
  ],
  [
    'a reference to another document',
    { $ref: 'https://example.com/schema.json' },
    '/config/$ref',
    'only references of the form',
  ],
  ['a reference to a file', { $ref: 'file:///etc/passwd' }, '/config/$ref'],
  ['a reference to the root', { properties: { a: { $ref: '#' } } }, '/config/properties/a/$ref'],
  ['a reference to nothing', { $ref: '#/$defs/none' }, 'points to nothing'],
  ['a reference to what every object has', { $ref: '#/$defs/constructor', $defs: {} }, 'points to nothing'],
  [
    'a recursive reference',
    { $ref: '#/$defs/tree', $defs: { tree: { items: { $ref: '#/$defs/tree' } } } },
    'contains itself',
  ],
  [
    'references that contain each other',
    { $ref: '#/$defs/a', $defs: { a: { not: { $ref: '#/$defs/b' } }, b: { not: { $ref: '#/$defs/a' } } } },
    'contains itself',
  ],
  ['references that double thirty times', doubling(30), `more than ${STRUCTURE.schemaParts} parts`],
  ['an identifier', { $id: 'x' }, '$id'],
  ['a dynamic reference', { $dynamicRef: '#x' }, '$dynamicRef'],
  [
    'more parts than allowed',
    { enum: list(STRUCTURE.schemaParts, (i) => i) },
    `more than ${STRUCTURE.schemaParts} parts`,
  ],
  ['uniqueItems without a bound', { uniqueItems: true }, '/config/uniqueItems', 'maxItems'],
  ['uniqueItems with a large bound', { uniqueItems: true, maxItems: 100_000 }, 'at most 256'],
  ['an unknown keyword', { requird: ['a'] }, '"requird" is not a keyword', 'Did you mean "required"?'],
  ['a keyword of an older draft', { dependencies: {} }, 'use dependentRequired'],
  ['a schema that is none', 'string', '/config: expected object or boolean, got "string"'],
  ['a count that is none', { minLength: -1 }, '/config/minLength: expected a whole number from 0, got -1'],
  ['a bound that is none', { minimum: '5' }, '/config/minimum: expected a number, got "5"'],
  ['a step of zero', { multipleOf: 0 }, '/config/multipleOf: expected a number above 0'],
  ['required names that repeat', { required: ['a', 'a'] }, '/config/required: expected a list of different strings'],
  ['an empty choice', { enum: [] }, '/config/enum: expected a list of at least one value'],
  ['an empty allOf', { allOf: [] }, '/config/allOf: expected a list of schemas'],
];

describe('the dialect refuses', () => {
  it.each(REFUSED)('%s', (_, schema, ...says) => {
    expectRefusal(() => schemaOf(schema), 'INVALID_MANIFEST', ...(says as string[]));
  });
});

const CHECKS: readonly (readonly [name: string, schema: unknown, good: unknown, bad: unknown, says: string])[] = [
  ['a type', { type: 'string' }, 'a', 5, '(top level): expected string, got 5'],
  ['one of several types', { type: ['string', 'null'] }, null, [], 'expected string or null, got an empty array'],
  ['a choice', { enum: ['eu', { a: 1 }] }, { a: 1 }, 'us', 'expected one of "eu", an object, got "us"'],
  ['a constant', { const: 3 }, 3, 4, 'expected 3, got 4'],
  ['numbers', { type: 'number', minimum: 0, exclusiveMaximum: 10, multipleOf: 0.5 }, 9.5, 10, 'must be < 10'],
  ['lengths', { minLength: 2, maxLength: 3 }, 'ab🎵', 'abcd', 'must NOT have more than 3 characters'],
  ['members', { properties: { a: { type: 'integer' } }, required: ['a'] }, { a: 1 }, { b: 1 }, '/a: is missing'],
  [
    'no other members',
    { properties: { stopWords: {} }, additionalProperties: false },
    { stopWords: 1 },
    { stopwords: 1 },
    '/stopwords: is not a known name. Did you mean "stopWords"?',
  ],
  ['names of members', { propertyNames: { maxLength: 2 } }, { ab: 1 }, { abc: 1 }, '"abc"'],
  ['items', { items: { type: 'string' }, maxItems: 2 }, ['a', 'b'], ['a', 2], '/1: expected string, got 2'],
  ['tuples', { prefixItems: [{ type: 'string' }], items: false }, ['a'], ['a', 'b'], 'must NOT have more than 1 items'],
  ['different items', { maxItems: 9, uniqueItems: true }, [1, 2, [1]], [[1], [1]], 'must NOT have duplicate items'],
  ['combinations', { anyOf: [{ type: 'string' }, { minimum: 5 }], not: { const: 'x' } }, 'y', 4, 'expected string'],
  [
    'conditions',
    JSON.parse('{ "if": { "required": ["a"] }, "then": { "required": ["b"] }, "else": false }'),
    { a: 1, b: 2 },
    { a: 1 },
    '/b: is missing',
  ],
  ['dependencies', { dependentRequired: { a: ['b'] } }, { b: 1 }, { a: 1 }, 'must have property b'],
  ['references', { $ref: '#/$defs/name', $defs: { name: { type: 'string' } } }, 'a', 1, 'expected string, got 1'],
  [
    'references shared by several',
    { properties: { a: { $ref: '#/$defs/n' }, b: { $ref: '#/$defs/n' } }, $defs: { n: { type: 'number' } } },
    { a: 1, b: 2 },
    { a: 1, b: '' },
    '/b: expected number',
  ],
  [
    'names that every object has',
    { properties: { constructor: { type: 'string' }, toString: { type: 'string' } }, required: ['constructor'] },
    { constructor: 'x' },
    {},
    '/constructor: is missing',
  ],
  [
    'a dialect that is named',
    { $schema: 'https://json-schema.org/draft/2020-12/schema', type: 'null' },
    null,
    1,
    'expected null',
  ],
  ['a format as an annotation', { type: 'string', format: 'email' }, 'not an address', 1, 'expected string'],
  ['nothing at all', false, undefined, 1, 'not allowed here'],
];

describe('a compiled schema checks', () => {
  it.each(CHECKS)('%s', (name, schema, good, bad, says) => {
    const check = compileGuestSchema(schemaOf(schema));
    if (name !== 'nothing at all') expect(check(good)).toBeUndefined();
    expect(check(bad)).toContain(says);
  });

  it('and survives members that are called like methods', () => {
    const check = compileGuestSchema(schemaOf({ enum: [{ a: 1 }], maxItems: 9, uniqueItems: true }));
    expect(check({ valueOf: 1 })).toContain('valueOf');
    expect(check([{ toString: 1 }, { toString: 1 }])).toBeDefined();
  });

  it('and fills in defaults where it is told to', () => {
    const schema = schemaOf({ properties: { region: { default: 'eu' }, tags: { default: [] } } });
    const first: Record<string, unknown> = {};
    const second: Record<string, unknown> = {};
    const fill = compileGuestSchema(schema, { fillDefaults: true });
    fill(first);
    fill(second);
    expect(first).toEqual({ region: 'eu', tags: [] });
    expect(first.tags).not.toBe(second.tags);
    const plain = {};
    compileGuestSchema(schema)(plain);
    expect(plain).toEqual({});
  });
});

describe('no check runs away', () => {
  const parts = 200;
  const EXPENSIVE: readonly (readonly [name: string, schema: unknown, value: unknown])[] = [
    ['many choices for many items', { items: { enum: list(450, (i) => `x${i}`) } }, list(200_000, (i) => i)],
    [
      'the same rule many times',
      { allOf: list(parts, () => ({ items: { type: 'integer' } })) },
      list(200_000, (i) => i),
    ],
    ['a long string', { allOf: list(parts, () => ({ minLength: 1 })) }, 'x'.repeat(1_000_000)],
    ['many names for many objects', { items: { required: list(450, (i) => `x${i}`) } }, list(100_000, () => ({}))],
    [
      'different items in many lists',
      { items: { maxItems: 256, uniqueItems: true } },
      list(400, () => list(256, (i) => ({ a: [i] }))),
    ],
    [
      'properties with rules',
      { items: { properties: object(parts, () => ({ type: 'string' })) } },
      list(100_000, () => ({})),
    ],
  ];
  it.each(EXPENSIVE)('%s is refused as too much work', (_, schema, value) => {
    const check = compileGuestSchema(schemaOf(schema));
    const error = expectRefusal(() => check(value), 'LIMIT_EXCEEDED', 'would take too long', 'make the value smaller');
    expect(error.details).toMatchObject({ limit: 'schemaWork' });
  });

  it('a list that is too long for uniqueItems is refused before its items are compared', () => {
    const check = compileGuestSchema(schemaOf({ maxItems: 256, uniqueItems: true }));
    expect(check(list(300, (i) => ({ i })))).toContain('must NOT have more than 256 items');
  });
});
