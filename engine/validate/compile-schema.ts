/** Checks values against the schemas of a manifest. */
import { Ajv2020 as Validator } from 'ajv/dist/2020.js';
import { RingfenceError } from '../errors.ts';
import { checkGuestSchema, countParts, type JsonSchema } from './guest-schema.ts';
import { isJsonObject } from './plain-json.ts';
import { describeSchemaError } from './schema-errors.ts';

/** Parts of schema x parts of value that one check may come to: about a second at worst, far less as a rule. */
const MAX_CHECK_WORK = 10_000_000;

export interface SchemaCheckOptions {
  /** Fills in what the schema gives as `default`, in the value itself. @default false */
  readonly fillDefaults?: boolean | undefined;
}

/** Answers what is wrong with a value, in one line that starts with its JSON pointer; undefined when nothing is. */
export type SchemaCheck = (value: unknown) => string | undefined;

/** Of schemas whose manifests are still around: many plugins may have the same one. By whether defaults are filled in. */
const compiled = { asIs: new WeakMap<object, SchemaCheck>(), filling: new WeakMap<object, SchemaCheck>() };

/**
 * A schema of a checked manifest, ready to check values. Nobody changes it from here on: it is compiled once.
 *
 * The check throws LIMIT_EXCEEDED for a value that is too large for how complicated the schema is.
 */
export function compileGuestSchema(schema: JsonSchema, options: SchemaCheckOptions = {}): SchemaCheck {
  if (typeof schema !== 'object') return compile(schema, options);
  const known = options.fillDefaults === true ? compiled.filling : compiled.asIs;
  let check = known.get(schema);
  if (check === undefined) {
    check = compile(schema, options);
    known.set(schema, check);
  }
  return check;
}

function compile(schema: JsonSchema, options: SchemaCheckOptions): SchemaCheck {
  const schemaParts = checkGuestSchema(schema, '');
  const validate = new Validator({
    // Checked above, by the rules of this file.
    meta: false,
    validateSchema: false,
    strict: false,
    validateFormats: false,
    addUsedSchema: false,
    ownProperties: true,
    allErrors: false,
    verbose: true,
    logger: false,
    useDefaults: options.fillDefaults === true,
  }).compile(plainSchema(schema));
  return (value) => {
    const work = schemaParts * countParts(value);
    if (work > MAX_CHECK_WORK) {
      throw new RingfenceError(
        'LIMIT_EXCEEDED',
        `Checking a value of ${countParts(value)} parts against a schema of ${schemaParts} parts would take too long: make the value smaller or the schema simpler`,
        { stage: 'validate', details: { limit: 'schemaWork', used: work, allowed: MAX_CHECK_WORK } },
      );
    }
    try {
      if (validate(value)) return undefined;
    } catch {
      // Comparing objects, ajv calls their `valueOf` and `toString`, which in JSON may be anything.
      return '(top level): holds names such as "valueOf" that keep its objects from being compared';
    }
    return (validate.errors ?? []).map(describeSchemaError)[0];
  };
}

/**
 * For ajv: without `$schema`, whose meta-schema it would look for, and with ordinary objects, because it takes objects with
 * different prototypes for different (`enum`, `const`).
 */
function plainSchema(schema: JsonSchema): JsonSchema {
  const copy: unknown = JSON.parse(JSON.stringify(schema));
  if (!isJsonObject(copy)) return schema;
  const { $schema: _, ...rest } = copy;
  return rest;
}
