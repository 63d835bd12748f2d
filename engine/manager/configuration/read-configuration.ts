/** A configuration from a file or an object, checked: what is wrong with it is told all at once. Plugins are not looked at. */
import { basename, dirname, extname, relative, resolve } from 'node:path';
import { isRingfenceError, RingfenceError } from '../../errors.ts';
import { STRUCTURE } from '../../limits.ts';
import { readFileUpTo } from '../../runtime/source.ts';
import { JsonProblem, toPlainData } from '../../validate/plain-json.ts';
import { type FoundProblem, shapeProblems } from './check-shape.ts';
import { valueProblems } from './check-values.ts';
import { fillVariables, resolvePaths, spellNames, type ValueOrigin } from './fill-values.ts';
import { type ConfigurationProblem, DocumentProblem, invalidConfiguration, type Locations } from './problems.ts';
import type { FileConfiguration } from './shape.ts';

/** Looked for where no file is named, in this order. */
export const CONFIGURATION_FILES = ['ringfence.yaml', 'ringfence.yml', 'ringfence.json'] as const;

export interface ReadOptions {
  /** Variables of the environment that may be read besides those that the configuration lists itself. @default none */
  readonly env?: readonly string[] | undefined;
  /** @default process.env */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
  /** Where the relative paths of an object start. Those of a file start in its folder. @default the working directory */
  readonly directory?: string | undefined;
}

/** A configuration that was read and checked. */
export interface ReadConfiguration {
  /** With variables filled in, and paths absolute. */
  readonly value: FileConfiguration;
  /** Where values come from that were not written as they are, by JSON pointer. */
  readonly origins: ReadonlyMap<string, ValueOrigin>;
  readonly locations: Locations;
  /** Where relative paths started. */
  readonly directory: string;
}

/**
 * Reads a configuration.
 * @param source path of a file that ends in .yaml, .yml or .json, or an object of the same shape
 * @throws INVALID_CONFIG: each line of the message names file, line, column and path, as `details.problems` does
 */
export async function readConfiguration(
  source: string | object,
  options: ReadOptions = {},
): Promise<ReadConfiguration> {
  if (typeof source !== 'string') {
    return checkDocument(source, NOWHERE, resolve(options.directory ?? ''), options);
  }
  const path = resolve(source);
  return checkText(await readText(path), path, options);
}

async function checkText(text: string, path: string, options: ReadOptions = {}): Promise<ReadConfiguration> {
  // The parser of YAML is loaded when there is something to parse.
  const { readDocument } = await import('./document.ts');
  const file = shown(path);
  const format = extname(path).toLowerCase() === '.json' ? 'json' : 'yaml';
  return asConfigurationError(file, undefined, () => {
    const document = readDocument(text, file, format);
    return checkDocument(document.value, document, dirname(path), options);
  });
}

const NOWHERE: Locations = { file: undefined, locate: () => undefined, has: () => false };
/** The text, and nothing else: another encoding would be read as other characters. */
const utf8 = new TextDecoder('utf-8', { fatal: true });

async function readText(path: string): Promise<string> {
  const file = shown(path);
  if (!/\.(?:ya?ml|json)$/i.test(path)) {
    throw invalidConfiguration(file, [{ path: '', message: 'expected a file that ends in .yaml, .yml or .json' }]);
  }
  try {
    return utf8.decode((await readFileUpTo(path, STRUCTURE.configBytes, 'configBytes')).bytes);
  } catch (error) {
    if (isRingfenceError(error, 'LIMIT_EXCEEDED')) {
      const message = `has ${String(error.details.used)} bytes: at most ${STRUCTURE.configBytes} are allowed`;
      throw invalidConfiguration(file, [{ path: '', message }], error);
    }
    if (error instanceof TypeError) throw invalidConfiguration(file, [{ path: '', message: 'is not UTF-8' }], error);
    const { message } = error as Error;
    throw new RingfenceError('INVALID_CONFIG', `Expected a configuration in ${file}. ${message}`, {
      stage: 'options',
      details: { file, problems: [{ path: '', message }] },
      cause: error,
    });
  }
}

function checkDocument(
  document: unknown,
  locations: Locations,
  directory: string,
  options: ReadOptions,
): ReadConfiguration {
  const { file } = locations;
  return asConfigurationError(file, locations, () => {
    // An empty file is one with nothing in it.
    const plain = toPlainData(document ?? {}, STRUCTURE.configDepth + 1);
    const filled = fillVariables(spellNames(plain), options.env ?? [], options.environment ?? process.env);
    let problems = filled.problems;
    if (problems.length === 0) problems = shapeProblems(filled.value);
    if (problems.length === 0) problems = valueProblems(filled.value as FileConfiguration);
    if (problems.length > 0) throw invalidConfiguration(file, locate(problems, locations));
    const value = resolvePaths(filled.value as FileConfiguration, directory);
    return { value, origins: filled.origins, locations, directory };
  });
}

/** The problems with their places, in the order of the text. */
export function locate(problems: readonly FoundProblem[], locations: Locations): readonly ConfigurationProblem[] {
  return problems
    .map(({ path, message, part }) => ({ path, message, ...locations.locate(written(path, locations), part) }))
    .sort((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));
}

/** Where a value stands in the text: its key may be there in its other spelling. */
export function written(path: string, { has }: Locations): string {
  const other = path.replace(/^(\/plugins\/[^/]*\/)onFailure$/, '$1on-failure');
  return has(other) ? other : path;
}

function asConfigurationError<Value>(
  file: string | undefined,
  locations: Locations | undefined,
  step: () => Value,
): Value {
  try {
    return step();
  } catch (error) {
    if (error instanceof JsonProblem) throw invalidConfiguration(file, [{ path: error.path, message: error.message }]);
    if (!(error instanceof DocumentProblem)) throw error;
    const { path, message, place = locations?.locate(path, 'name') } = error;
    throw invalidConfiguration(file, [{ path, message, ...place }]);
  }
}

/** A path as people would write it where they stand. */
export function shown(path: string): string {
  const near = relative('', path);
  return near === '' ? basename(path) : near.startsWith('..') ? path : near;
}
