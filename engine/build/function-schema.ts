/** JSON Schemas of a plugin function's input and output, from its signature: what the generated code accepts. */
import { typeSchema } from './guest-type.ts';
import type { ExportedFunction } from './signature-reader.ts';

export interface FunctionEntry {
  readonly description?: string | undefined;
  readonly input?: Readonly<Record<string, unknown>> | undefined;
  readonly output?: Readonly<Record<string, unknown>> | undefined;
}

/** What the manifest says about a function. Bytes and nothing have no schema. */
export function functionEntry({ parameters, result, description }: ExportedFunction): FunctionEntry {
  return {
    ...(description === undefined ? {} : { description }),
    ...withSchema('input', inputSchema(parameters)),
    ...withSchema('output', result === undefined ? undefined : typeSchema(result)),
  };
}

function withSchema(key: 'input' | 'output', schema: Record<string, unknown> | undefined): FunctionEntry {
  return schema === undefined || Object.keys(schema).length === 0 ? {} : { [key]: schema };
}

function inputSchema(parameters: ExportedFunction['parameters']): Record<string, unknown> | undefined {
  const [first] = parameters;
  if (first === undefined || (parameters.length === 1 && (first.type.kind === 'json' || first.type.kind === 'bytes')))
    return undefined;
  const required = parameters
    .filter(({ type, fallback }) => fallback === undefined && !type.nullable)
    .map(({ name }) => name);
  const named = {
    type: 'object',
    properties: Object.fromEntries(parameters.map(({ name, type }) => [name, typeSchema(type)])),
    ...(required.length > 0 ? { required } : {}),
    additionalProperties: false,
  };
  return parameters.length === 1 ? { anyOf: [typeSchema(first.type), named] } : named;
}
