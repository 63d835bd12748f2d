/**
 * JSON Schemas that come inside a manifest, from a stranger. A schema is a small program: regular expressions that take
 * exponential time, `$ref`s that multiply, `uniqueItems` over a million objects. So only keywords whose cost is bounded
 * are taken, and the work of a check is bounded beforehand by size of schema x size of value.
 *
 * The dialect is draft 2020-12 without what REFUSED lists. `format` is an annotation, as that draft has it by default.
 */
import { STRUCTURE } from '../limits.ts';
import { nearMiss } from '../near-miss.ts';
import { isJsonObject, type Json, type JsonObject, JsonProblem, pointerStep } from './plain-json.ts';
import { describeValue, quote } from './quote.ts';

/** A JSON Schema: `true`, `false` or an object of keywords. */
export type JsonSchema = boolean | JsonObject;

/** The keywords of the dialect, by what their values are. */
const KEYWORDS_BY_KIND = {
  schema: 'additionalProperties propertyNames items contains not if then else',
  schemas: 'prefixItems allOf anyOf oneOf',
  schemaMap: 'properties dependentSchemas',
  definitions: '$defs definitions',
  reference: '$ref',
  count: 'minLength maxLength minProperties maxProperties minItems maxItems minContains maxContains',
  number: 'minimum maximum exclusiveMinimum exclusiveMaximum',
  positive: 'multipleOf',
  boolean: 'deprecated readOnly writeOnly',
  unique: 'uniqueItems',
  text: '$schema $comment title description format',
  texts: 'required',
  textLists: 'dependentRequired',
  types: 'type',
  list: 'examples',
  choices: 'enum',
  any: 'default const',
} as const;
type KeywordKind = keyof typeof KEYWORDS_BY_KIND;

const KEYWORDS: ReadonlyMap<string, KeywordKind> = new Map(
  Object.entries(KEYWORDS_BY_KIND).flatMap(([kind, names]) =>
    names.split(' ').map((name) => [name, kind as KeywordKind] as const),
  ),
);

const REGULAR_EXPRESSIONS =
  'regular expressions of a plugin may take exponential time. Use enum, const, minLength or maxLength';
const REFERENCES = 'only references of the form "#/$defs/<name>" are followed';
/** Keywords of JSON Schema that the dialect leaves out, with the reason or the way around. */
const REFUSED: ReadonlyMap<string, string> = new Map([
  ['pattern', REGULAR_EXPRESSIONS],
  ['patternProperties', `${REGULAR_EXPRESSIONS}, or additionalProperties`],
  ...'$id $anchor $dynamicRef $dynamicAnchor $recursiveRef $recursiveAnchor $vocabulary'
    .split(' ')
    .map((name) => [name, REFERENCES] as const),
  ['unevaluatedProperties', 'use additionalProperties'],
  ['unevaluatedItems', 'use `"items": false` behind prefixItems'],
  ['additionalItems', 'use items behind prefixItems'],
  ['dependencies', 'use dependentRequired or dependentSchemas'],
]);

const TYPES = ['null', 'boolean', 'integer', 'number', 'string', 'array', 'object'];
/** `uniqueItems` compares every item with every other. */
const UNIQUE_ITEMS_MAX = 256;

/**
 * Refuses what the dialect does not have.
 * @param path JSON pointer of the schema in the manifest, for messages
 * @returns the parts of the schema, references counted where they are used: the unit of the work of a check
 * @throws JsonProblem
 */
export function checkGuestSchema(schema: Json, path: string): number {
  return new SchemaWalk(schema).measure(schema, path);
}

class SchemaWalk {
  readonly #root: Json;
  /** Parts by target of a reference; undefined while the target is being measured. */
  readonly #targets = new Map<string, number | undefined>();

  constructor(root: Json) {
    this.#root = root;
  }

  measure(schema: Json, path: string): number {
    if (typeof schema === 'boolean') return 1;
    if (!isJsonObject(schema)) throw unexpected(path, 'a JSON Schema (an object or a boolean)', schema);
    let parts = 1;
    for (const [keyword, value] of Object.entries(schema)) {
      parts += this.#measureKeyword(schema, keyword, value, `${path}/${pointerStep(keyword)}`);
      if (parts > STRUCTURE.schemaParts) throw tooManyParts(path);
    }
    return parts;
  }

  #measureKeyword(schema: JsonObject, keyword: string, value: Json, path: string): number {
    const kind = KEYWORDS.get(keyword);
    if (kind === undefined) throw new JsonProblem(path, unknownKeyword(keyword));
    switch (kind) {
      case 'schema':
        return this.measure(value, path);
      case 'schemas': {
        if (!Array.isArray(value) || value.length === 0) throw unexpected(path, 'a list of schemas', value);
        return this.#sum(value.entries(), path);
      }
      case 'schemaMap':
      case 'definitions': {
        if (!isJsonObject(value)) throw unexpected(path, 'an object of schemas', value);
        const parts = this.#sum(Object.entries(value), path);
        // Definitions cost nothing where they stand: they are counted where they are used.
        return kind === 'definitions' ? 0 : parts;
      }
      case 'reference':
        return this.#measureReference(value, path);
      case 'unique':
        return value === true ? uniqueItemsParts(schema, path) : 1;
      default:
        if (!VALUES[kind].fits(value)) throw unexpected(path, VALUES[kind].expected, value);
        return kind === 'text' ? 0 : countParts(value);
    }
  }

  #sum(schemas: Iterable<readonly [string | number, Json]>, path: string): number {
    let parts = 0;
    for (const [step, schema] of schemas) {
      parts += this.measure(schema, `${path}/${typeof step === 'string' ? pointerStep(step) : step}`);
      if (parts > STRUCTURE.schemaParts) throw tooManyParts(path);
    }
    return parts;
  }

  #measureReference(value: Json, path: string): number {
    const match = /^#\/(\$defs|definitions)\/([A-Za-z0-9_.-]+)$/.exec(typeof value === 'string' ? value : '');
    const [reference = '', group = '', name = ''] = match ?? [];
    if (match === null) throw new JsonProblem(path, `${REFERENCES}, got ${describeValue(value)}`);
    const definitions = isJsonObject(this.#root) ? this.#root[group] : undefined;
    const target = isJsonObject(definitions) && Object.hasOwn(definitions, name) ? definitions[name] : undefined;
    if (target === undefined) throw new JsonProblem(path, `${quote(reference)} points to nothing`);
    if (this.#targets.has(reference)) {
      const known = this.#targets.get(reference);
      if (known === undefined)
        throw new JsonProblem(
          path,
          `${quote(reference)} contains itself: recursive schemas are not allowed, leave the inner level open (true)`,
        );
      return known;
    }
    this.#targets.set(reference, undefined);
    const parts = this.measure(target, path);
    this.#targets.set(reference, parts);
    return parts;
  }
}

const isCount = (value: Json): boolean => Number.isInteger(value) && (value as number) >= 0;
const isTexts = (value: Json): boolean =>
  Array.isArray(value) &&
  value.every((item) => typeof item === 'string') &&
  new Set<unknown>(value).size === value.length;
const isTypes = (value: Json): boolean =>
  typeof value === 'string'
    ? TYPES.includes(value)
    : isTexts(value) && (value as string[]).every((type) => TYPES.includes(type)) && (value as string[]).length > 0;

/** The keywords that hold no schema. */
const VALUES: Readonly<
  Record<
    'count' | 'number' | 'positive' | 'boolean' | 'text' | 'texts' | 'textLists' | 'types' | 'list' | 'choices' | 'any',
    { readonly expected: string; fits(value: Json): boolean }
  >
> = {
  count: { expected: 'a whole number from 0', fits: isCount },
  number: { expected: 'a number', fits: (value) => typeof value === 'number' },
  positive: { expected: 'a number above 0', fits: (value) => typeof value === 'number' && value > 0 },
  boolean: { expected: 'true or false', fits: (value) => typeof value === 'boolean' },
  text: { expected: 'a string', fits: (value) => typeof value === 'string' },
  texts: { expected: 'a list of different strings', fits: isTexts },
  textLists: {
    expected: 'an object of lists of strings',
    fits: (value) => isJsonObject(value) && Object.values(value).every(isTexts),
  },
  types: { expected: `one or more of ${TYPES.join(', ')}`, fits: isTypes },
  list: { expected: 'a list of values', fits: Array.isArray },
  choices: { expected: 'a list of at least one value', fits: (value) => Array.isArray(value) && value.length > 0 },
  any: { expected: 'a value', fits: () => true },
};

function unexpected(path: string, expected: string, value: Json): JsonProblem {
  return new JsonProblem(path, `expected ${expected}, got ${describeValue(value)}`);
}

function tooManyParts(path: string): JsonProblem {
  return new JsonProblem(
    path,
    `has more than ${STRUCTURE.schemaParts} parts (what $ref points to counts at each place): make the schema simpler`,
  );
}

function unknownKeyword(keyword: string): string {
  const reason = REFUSED.get(keyword);
  if (reason !== undefined) return `the keyword ${quote(keyword)} is not allowed in the schemas of a plugin: ${reason}`;
  const near = nearMiss(keyword, KEYWORDS.keys());
  return `${quote(keyword)} is not a keyword of the schemas of a plugin${near === undefined ? '' : `. Did you mean ${quote(near)}?`}`;
}

function uniqueItemsParts({ maxItems }: JsonObject, path: string): number {
  if (typeof maxItems === 'number' && maxItems <= UNIQUE_ITEMS_MAX) return Math.max(1, maxItems);
  throw new JsonProblem(
    path,
    `uniqueItems compares every item with every other: it needs a maxItems of at most ${UNIQUE_ITEMS_MAX} beside it`,
  );
}

/** Characters of a string that cost about as much to look at as one more value. */
const CHARACTERS_PER_PART = 8;

/** The size of a value, as the cost of looking at all of it. */
export function countParts(value: unknown): number {
  if (typeof value === 'string') return 1 + Math.ceil(value.length / CHARACTERS_PER_PART);
  if (typeof value !== 'object' || value === null) return 1;
  let parts = 1;
  if (Array.isArray(value)) for (const item of value) parts += countParts(item);
  else for (const [key, item] of Object.entries(value)) parts += countParts(key) + countParts(item);
  return parts;
}
