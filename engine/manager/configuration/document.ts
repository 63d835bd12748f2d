/**
 * The text of a configuration as plain data, with the place of each value. The text is a stranger's as far as this file is
 * concerned: its size, depth and number of values are bounded, an alias counts as often as it is used, and no name in it
 * reaches a prototype.
 */
import {
  type Alias,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  type Scalar,
  type YAMLError,
} from 'yaml';
import { setMember } from '../../abi/sparse-object.ts';
import { STRUCTURE } from '../../limits.ts';
import { type Json, pointerStep } from '../../validate/plain-json.ts';
import { quote } from '../../validate/quote.ts';
import { DocumentProblem, type Locations, type TextPlace } from './problems.ts';

/** A document that was read: its objects are frozen and have no prototype. */
export interface ConfigurationDocument extends Locations {
  /** Null for an empty file. */
  readonly value: Json;
}

const CORE_TAGS = new Set(
  ['str', 'int', 'float', 'bool', 'null', 'map', 'seq'].map((name) => `tag:yaml.org,2002:${name}`),
);
/** In what V8 says of a text that is not JSON. */
const JSON_POSITION = /\bat position (\d+)/;

/**
 * Reads YAML or JSON.
 * @param file as messages name it
 * @param format what `json` refuses and `yaml` does not: comments, names without quotes and so on
 * @throws DocumentProblem
 */
export function readDocument(text: string, file: string, format: 'yaml' | 'json'): ConfigurationDocument {
  if (format === 'json') checkJson(text);
  const lines = new LineCounter();
  const placeOf = (offset: number): TextPlace => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  let parsed: ReturnType<typeof parseDocument>;
  try {
    // Names that stand twice are found below: the parser compares each with each.
    parsed = parseDocument(text, { lineCounter: lines, prettyErrors: false, stringKeys: true, uniqueKeys: false });
  } catch (error) {
    // It recurses.
    if (error instanceof RangeError) throw new DocumentProblem('', 'is nested too deeply');
    throw error;
  }
  const [problem] = [...parsed.errors, ...parsed.warnings];
  if (problem !== undefined) {
    throw new DocumentProblem('', syntaxProblem(problem), placeOf(problem.pos[0]));
  }
  const reader = new DocumentReader(placeOf);
  const value = parsed.contents === null ? null : reader.read(parsed.contents as Node, '', 0);
  return {
    value,
    file,
    locate: (path, part = 'value') => reader.locate(path, part),
    has: (path) => reader.has(path),
  };
}

/** The parser of JSON is the judge of what is JSON. @throws DocumentProblem */
function checkJson(text: string): void {
  try {
    JSON.parse(text);
  } catch (error) {
    const message = (error as Error).message;
    const at = JSON_POSITION.exec(message)?.[1];
    const offset = at === undefined ? (/end of JSON/.test(message) ? text.length : undefined) : Number(at);
    const said = firstLine(message).replace(/ at position \d+.*$/, '');
    throw new DocumentProblem('', `is not JSON: ${said}`, offset === undefined ? undefined : placeIn(text, offset));
  }
}

function placeIn(text: string, offset: number): TextPlace {
  const before = text.slice(0, offset).split('\n');
  return { line: before.length, column: (before.at(-1) ?? '').length + 1 };
}

/** One walk over the nodes of a document, in the order of the text. */
class DocumentReader {
  readonly #placeOf: (offset: number) => TextPlace;
  /** Offsets of values and of the names in front of them, by JSON pointer. */
  readonly #places = new Map<string, { readonly value: number; readonly name: number }>();
  readonly #anchors = new Map<string, Node>();
  /** What an alias stands for is settled when it is met first: an anchor may be used again further down. */
  readonly #targets = new Map<Alias, Node | undefined>();
  /** Nodes that the one at hand is inside of. */
  readonly #inside = new Set<Node>();
  #count = 0;

  constructor(placeOf: (offset: number) => TextPlace) {
    this.#placeOf = placeOf;
  }

  locate(path: string, part: 'value' | 'name'): TextPlace | undefined {
    for (let at = path; ; at = at.slice(0, at.lastIndexOf('/'))) {
      const found = this.#places.get(at);
      if (found !== undefined) return this.#placeOf(at === path ? found[part] : found.name);
      if (at === '') return undefined;
    }
  }

  has(path: string): boolean {
    return this.#places.has(path);
  }

  /** @param nameOffset of the name in front of the node; that of the node itself where there is none */
  read(node: Node, path: string, depth: number, nameOffset?: number): Json {
    const offset = node.range?.[0] ?? nameOffset ?? 0;
    const fail = (message: string): DocumentProblem => new DocumentProblem(path, message, this.#placeOf(offset));
    if (!this.#places.has(path)) this.#places.set(path, { value: offset, name: nameOffset ?? offset });
    if (++this.#count > STRUCTURE.configValues) {
      throw fail(`the document has more than ${STRUCTURE.configValues} values, what aliases stand for included`);
    }
    if (depth > STRUCTURE.configDepth) throw fail('is nested too deeply');
    if (isAlias(node)) {
      const target = this.#targetOf(node);
      if (target === undefined) throw fail(`there is no anchor &${node.source} above`);
      if (this.#inside.has(target)) throw fail(`the alias *${node.source} stands inside of what it stands for`);
      return this.read(target, path, depth, nameOffset);
    }
    if (node.anchor !== undefined) this.#anchors.set(node.anchor, node);
    if (node.tag !== undefined && !CORE_TAGS.has(node.tag))
      throw fail(`has the tag ${quote(node.tag)}: tags have no meaning here`);
    if (isScalar(node)) return scalar(node, fail);
    this.#inside.add(node);
    try {
      if (isSeq<Node>(node)) {
        return Object.freeze(node.items.map((item, i) => this.read(item, `${path}/${i}`, depth + 1)));
      }
      if (isMap<Scalar<string>, Node | null>(node)) return this.#readMap(node.items, path, depth);
    } finally {
      this.#inside.delete(node);
    }
    throw fail('is neither a value nor a list nor a map');
  }

  #readMap(items: readonly Pair<Scalar<string>, Node | null>[], path: string, depth: number): Json {
    const map: Record<string, Json> = Object.create(null);
    const seen = new Map<string, number>();
    for (const { key, value } of items) {
      const offset = key.range?.[0] ?? 0;
      const name = String(key.value);
      const at = `${path}/${pointerStep(name)}`;
      const fail = (message: string): DocumentProblem => new DocumentProblem(at, message, this.#placeOf(offset));
      const before = seen.get(name);
      if (before !== undefined) {
        const { line } = this.#placeOf(before);
        throw fail(`stands here for the second time: the first is in line ${line}`);
      }
      if (name === '__proto__') throw fail('this name is not allowed');
      seen.set(name, offset);
      setMember(map, name, value === null ? null : this.read(value, at, depth + 1, offset));
    }
    return Object.freeze(map);
  }

  #targetOf(alias: Alias): Node | undefined {
    if (!this.#targets.has(alias)) this.#targets.set(alias, this.#anchors.get(alias.source));
    return this.#targets.get(alias);
  }
}

function scalar({ value }: Scalar, fail: (message: string) => DocumentProblem): Json {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw fail(`is ${String(value)}, which JSON cannot carry`);
}

function syntaxProblem({ code, message }: YAMLError): string {
  if (code === 'MULTIPLE_DOCS') return 'a second document begins here: one file is one configuration';
  // The parser recurses, and hands over what V8 says about it.
  if (/call stack/.test(message)) return 'is nested too deeply';
  return firstLine(message);
}

const firstLine = (message: string): string => (message.split('\n')[0] as string).replace(/:$/, '');
