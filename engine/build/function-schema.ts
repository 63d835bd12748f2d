/** JSON Schemas of a plugin function's input and output, from its signature: what the generated code accepts. */
import { typeSchema } from './guest-type.ts';
import { type ExportedFunction, isOptional, mayBeBare, takesMembers } from './signature-reader.ts';

export interface FunctionEntry {
  readonly description?: string | undefined;
  readonly input?: Readonly<Record<string, unknown>> | undefined;
  readonly output?: Readonly<Record<string, unknown>> | undefined;
}

/** What the manifest says about a function. Bytes and nothing have no schema. */
export function functionEntry(fn: ExportedFunction): FunctionEntry {
  const { result, description } = fn;
  return {
    ...(description === undefined ? {} : { description }),
    ...withSchema('input', inputSchema(fn)),
    ...withSchema('output', result === undefined ? undefined : typeSchema(result)),
  };
}

function withSchema(key: 'input' | 'output', schema: Record<string, unknown> | undefined): FunctionEntry {
  return schema === undefined || Object.keys(schema).length === 0 ? {} : { [key]: schema };
}

function inputSchema(fn: ExportedFunction): Record<string, unknown> | undefined {
  const { parameters } = fn;
  const [first] = parameters;
  if (first === undefined || !takesMembers(fn)) return undefined;
  const required = parameters.filter((parameter) => !isOptional(parameter)).map(({ name }) => name);
  const named = {
    type: 'object',
    properties: Object.fromEntries(parameters.map(({ name, type }) => [name, typeSchema(type)])),
    ...(required.length > 0 ? { required } : {}),
    additionalProperties: false,
  };
  return mayBeBare(fn) ? { anyOf: [typeSchema(first.type), named] } : named;
}
