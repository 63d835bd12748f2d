/** JSON from strangers as frozen plain data: capped in size and depth, with no name that could reach a prototype. */
import { setMember } from '../abi/sparse-object.ts';
import { quote } from './quote.ts';

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

/** What is wrong with a document: where (a JSON pointer) and what. */
export class JsonProblem extends Error {
  override readonly name = 'JsonProblem';
  readonly path: string;

  constructor(path: string, message: string) {
    super(message);
    this.path = path;
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * JSON text as plain data.
 * @throws JsonProblem when it is not UTF-8, not JSON, or nested deeper than `maxDepth`
 */
export function parseJson(text: string | Uint8Array, maxDepth: number): Json {
  let value: unknown;
  try {
    // V8's parser does not recurse, so depth is checked on what it made.
    value = JSON.parse(typeof text === 'string' ? text : utf8.decode(text));
  } catch (error) {
    const what = error instanceof SyntaxError ? `is not JSON: ${error.message}` : 'is not UTF-8';
    throw new JsonProblem('', what);
  }
  return toPlainData(value, maxDepth);
}

/**
 * A frozen deep copy whose objects have no prototype: `manifest.functions['constructor']` is undefined unless it was written.
 * @throws JsonProblem for anything that JSON cannot carry, for depth above `maxDepth`, and for the name `__proto__`
 */
export function toPlainData(value: unknown, maxDepth: number, path = ''): Json {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      if (Number.isFinite(value)) return value;
      throw new JsonProblem(path, `is ${value}, which JSON cannot carry`);
    case 'object':
      break;
    default:
      throw new JsonProblem(path, `is of type ${typeof value}, which JSON cannot carry`);
  }
  if (value === null) return null;
  if (maxDepth === 0) throw new JsonProblem(path, 'is nested too deeply');
  if (Array.isArray(value)) {
    return Object.freeze(value.map((item: unknown, i) => toPlainData(item, maxDepth - 1, `${path}/${i}`)));
  }
  const copy: Record<string, Json> = Object.create(null);
  for (const [key, item] of Object.entries(value)) {
    const at = `${path}/${pointerStep(key)}`;
    if (key === '__proto__') throw new JsonProblem(at, `the name ${quote(key)} is not allowed`);
    // As JSON.stringify does it.
    if (item !== undefined) setMember(copy, key, toPlainData(item, maxDepth - 1, at));
  }
  return Object.freeze(copy);
}

/** One step of a JSON pointer (RFC 6901). */
export const pointerStep = (key: string): string => key.replaceAll('~', '~0').replaceAll('/', '~1');

export const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
