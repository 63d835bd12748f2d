/** What ajv found, in words: where, what was expected, what came. */
import type { ErrorObject } from 'ajv/dist/2020.js';
import { nearMiss } from '../near-miss.ts';
import { pointerStep } from './plain-json.ts';
import { describeValue, escapeInvisible, quote } from './quote.ts';

/** One line: the JSON pointer, what was expected, what came. ajv must run with `verbose`. */
export function describeSchemaError(error: ErrorObject): string {
  const path = pathOf(error);
  return `${path === '' ? '(top level)' : shortPath(path)}: ${schemaProblem(error)}`;
}

const SHOWN_PATH = 120;

/** A JSON pointer safe to show: its end is what helps to find the place. */
export function shortPath(path: string): string {
  const quoted = escapeInvisible(path);
  return quoted.length <= SHOWN_PATH ? quoted : `…${quoted.slice(-SHOWN_PATH)}`;
}

/** The JSON pointer of what is wrong: of the missing or unknown member itself, where ajv names its object. */
export function pathOf({ instancePath, keyword, params }: ErrorObject): string {
  const member =
    keyword === 'required'
      ? params.missingProperty
      : keyword === 'additionalProperties'
        ? params.additionalProperty
        : undefined;
  return typeof member === 'string' ? `${instancePath}/${pointerStep(member)}` : instancePath;
}

/** What was expected and what came, without the place. ajv must run with `verbose`. */
export function schemaProblem({ keyword, params, data, schema, parentSchema, message }: ErrorObject): string {
  switch (keyword) {
    case 'required':
      return 'is missing';
    case 'additionalProperties': {
      const names = Object.keys((parentSchema?.properties as object | undefined) ?? {});
      const near = nearMiss(String(params.additionalProperty), names);
      const hint =
        near === undefined
          ? names.length === 0
            ? ''
            : `. Known: ${names.join(', ')}`
          : `. Did you mean ${quote(near)}?`;
      return `is not a known name${hint}`;
    }
    case 'type':
      return `expected ${[params.type].flat().join(' or ')}, got ${describeValue(data)}`;
    case 'enum':
      return `expected one of ${(schema as unknown[]).map(describeValue).slice(0, 20).join(', ')}, got ${describeValue(data)}`;
    case 'const':
      return `expected ${describeValue(schema)}, got ${describeValue(data)}`;
    case 'pattern':
    case 'anyOf':
      if (typeof parentSchema?.description === 'string')
        return `expected ${parentSchema.description}, got ${describeValue(data)}`;
      break;
    case 'propertyNames':
      return `the name ${quote(String(params.propertyName))} is not allowed`;
    case 'false schema':
      return 'is not allowed here';
  }
  return `${message ?? 'does not fit the schema'}, got ${describeValue(data)}`;
}
