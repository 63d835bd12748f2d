/** The signature of a plugin function from the schemas of its manifest: "add(a: number, b: number): number". */
import { escapeInvisible } from '../validate/quote.ts';

interface FunctionSchemas {
  readonly input?: unknown;
  readonly output?: unknown;
}

interface Schema {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly required?: readonly string[];
  readonly items?: unknown;
  readonly anyOf?: readonly unknown[];
}

export function functionSignature(name: string, { input, output }: FunctionSchemas): string {
  const result = output === undefined ? '' : `: ${typeText(output)}`;
  return escapeInvisible(`${name}(${parameters(input)})${result}`);
}

function parameters(input: unknown): string {
  const named = [input, ...(asSchema(input)?.anyOf ?? [])]
    .map(asSchema)
    .find((schema) => schema?.properties !== undefined);
  if (named === undefined) return input === undefined ? '' : `input: ${typeText(input)}`;
  const { properties = {}, required = [] } = named;
  return Object.entries(properties)
    .map(([name, schema]) => `${name}${required.includes(name) ? '' : '?'}: ${typeText(schema)}`)
    .join(', ');
}

function typeText(given: unknown): string {
  const schema = asSchema(given);
  if (schema === undefined) return 'any';
  const types = typeof schema.type === 'string' ? [schema.type] : (schema.type ?? []);
  if (types.length === 0) return schema.anyOf === undefined ? 'any' : schema.anyOf.map(typeText).join(' | ');
  return types
    .map((type) => (type === 'array' && schema.items !== undefined ? `${typeText(schema.items)}[]` : type))
    .join(' | ');
}

function asSchema(value: unknown): Schema | undefined {
  return typeof value === 'object' && value !== null ? value : undefined;
}
