/** The schema of a configuration, applied: what is unknown, missing or of another type. */
import { type ErrorObject, type ValidateFunction, Ajv2020 as Validator } from 'ajv/dist/2020.js';
import { pointerStep } from '../../validate/plain-json.ts';
import { pathOf, schemaProblem } from '../../validate/schema-errors.ts';
import { CONFIGURATION_SCHEMA, SECRET_SOURCE } from './keys.ts';

/** Something wrong, and whether its name or its value is. */
export interface FoundProblem {
  readonly path: string;
  readonly message: string;
  readonly part: 'name' | 'value';
}

let compiled: ValidateFunction | undefined;
function validator(): ValidateFunction {
  compiled ??= new Validator({ allErrors: true, verbose: true, ownProperties: true, strictTypes: false }).compile(
    CONFIGURATION_SCHEMA,
  );
  return compiled;
}

/** Empty where the document has the shape of a configuration. */
export function shapeProblems(document: unknown): readonly FoundProblem[] {
  const validate = validator();
  if (validate(document)) return [];
  const problems = new Map<string, FoundProblem>();
  for (const error of outermost(validate.errors ?? [])) {
    const found = describe(error);
    problems.set(`${found.path} ${found.message}`, found);
  }
  return [...problems.values()];
}

/** What stands in the place of a secret may be one: it is never shown. */
function describe(error: ErrorObject): FoundProblem {
  if (error.keyword === 'propertyNames') {
    const { description } = error.schema as { readonly description: string };
    const path = `${error.instancePath}/${pointerStep(String(error.params.propertyName))}`;
    return { path, message: `expected a name of ${description}`, part: 'name' };
  }
  const path = pathOf(error);
  if (/^\/plugins\/[^/]*\/secrets\//.test(path)) return { path, message: `expected ${SECRET_SOURCE}`, part: 'value' };
  const part = error.keyword === 'additionalProperties' ? 'name' : 'value';
  return { path, message: schemaProblem(error), part };
}

/** ajv reports a failed `anyOf` and each of its branches, and a wrong name and why it is: one of each is enough. */
function outermost(errors: readonly ErrorObject[]): readonly ErrorObject[] {
  const outer = errors.filter(
    ({ schemaPath, propertyName }) => !schemaPath.includes('/anyOf/') && propertyName === undefined,
  );
  return outer.length === 0 ? errors : outer;
}
