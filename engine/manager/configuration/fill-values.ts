/** From what was written to what is meant: variables of the environment, other spellings, paths from the file's folder. */
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isRingfenceError } from '../../errors.ts';
import { fillPlaceholders } from '../../host/placeholders.ts';
import { pointerStep } from '../../validate/plain-json.ts';
import type { FoundProblem } from './check-shape.ts';
import { keyAt, PLUGIN_KEY_SPELLINGS } from './keys.ts';
import { DocumentProblem } from './problems.ts';
import type { FileConfiguration } from './shape.ts';

/** Where a value comes from that is not in the text as it stands. */
export interface ValueOrigin {
  /** Names of variables of the environment that it was made from. */
  readonly variables: readonly string[];
}

export interface FilledDocument {
  readonly value: unknown;
  /** By JSON pointer. */
  readonly origins: ReadonlyMap<string, ValueOrigin>;
  readonly problems: readonly FoundProblem[];
}

type Environment = Readonly<Record<string, string | undefined>>;
type Tree = Record<string, unknown>;

const PLACEHOLDER_NAME = /\$?\$\{([A-Za-z_][A-Za-z0-9_]*)(?=\}|:-)/g;
/** Nothing but one placeholder. */
const WHOLE = /^\$\{[^}]*\}$/;

/**
 * Plugins' entries under the names that the table of keys has.
 * @throws DocumentProblem for a name that stands twice, in two spellings
 */
export function spellNames(document: unknown): unknown {
  if (!isTree(document) || !isTree(document.plugins)) return document;
  const plugins = Object.entries(document.plugins).map(([id, plugin]) => {
    if (!isTree(plugin)) return [id, plugin];
    const entries = Object.entries(plugin).map(([name, value]) => {
      const known = Object.hasOwn(PLUGIN_KEY_SPELLINGS, name) ? PLUGIN_KEY_SPELLINGS[name] : undefined;
      if (known !== undefined && Object.hasOwn(plugin, known)) {
        throw new DocumentProblem(
          `/plugins/${pointerStep(id)}/${name}`,
          `is another spelling of ${known}, which is there too`,
        );
      }
      return [known ?? name, value];
    });
    return [id, Object.fromEntries(entries)];
  });
  return { ...document, plugins: Object.fromEntries(plugins) };
}

/**
 * The document with variables of the environment filled in.
 * @param allowed names that may be read, besides those that the document lists itself; inside of a plugin's `config`, also those
 *   of its own `env`
 * @returns problems name the place, never a value
 */
export function fillVariables(document: unknown, allowed: readonly string[], environment: Environment): FilledDocument {
  const problems: FoundProblem[] = [];
  const listed = [...allowed, ...names(isTree(document) ? document.env : undefined)];
  const origins = new Map<string, ValueOrigin>();
  const walk = (value: unknown, path: string, may: readonly string[]): unknown => {
    if (typeof value === 'string') return fillText(value, path, may);
    if (Array.isArray(value)) return value.map((item, i) => walk(item, `${path}/${i}`, may));
    if (!isTree(value)) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, item]) => {
        const at = `${path}/${pointerStep(name)}`;
        const own = /^\/plugins\/[^/]*$/.test(path) && name === 'config' ? names(value.env) : [];
        return [name, walk(item, at, own.length === 0 ? may : [...may, ...own])];
      }),
    );
  };
  const fillText = (text: string, path: string, may: readonly string[]): unknown => {
    const filled = fillOne(text, may, environment);
    if (typeof filled !== 'string') {
      problems.push({ path, message: filled.problem, part: 'value' });
      return text;
    }
    const variables = [...text.matchAll(PLACEHOLDER_NAME)].flatMap(([found, name = '']) =>
      found.startsWith('$$') ? [] : [name],
    );
    if (variables.length > 0) origins.set(path, { variables });
    return WHOLE.test(text) ? asKeyWants(filled, path) : filled;
  };
  return { value: walk(document, '', listed), origins, problems };
}

function fillOne(
  text: string,
  allowed: readonly string[],
  environment: Environment,
): string | { readonly problem: string } {
  try {
    // Secrets are put in by the engine, where they are sent.
    return fillPlaceholders(text, { allowed, environment, secrets: [], secret: () => '' });
  } catch (error) {
    if (!isRingfenceError(error, 'INVALID_CONFIG')) throw error;
    return { problem: error.message.replace('The configuration at the top level ', '') };
  }
}

/** Variables are text: where a key wants a number, or true or false, a text that is one becomes one. */
function asKeyWants(text: string, path: string): unknown {
  const type = keyAt(path)?.schema.type;
  if (type === 'boolean' && (text === 'true' || text === 'false')) return text === 'true';
  if ((type === 'integer' || type === 'number') && /^-?\d+(?:\.\d+)?$/.test(text)) return Number(text);
  return text;
}

/** Every path as an absolute one. */
export function resolvePaths(document: FileConfiguration, directory: string): FileConfiguration {
  const absolute = (path: string): string =>
    path.startsWith('file:') ? fileURLToPath(path) : resolve(directory, path);
  const { engine, plugins, directories } = document;
  const resolved = Object.entries(plugins ?? {}).map(([id, plugin]) => {
    const { path, secrets } = plugin ?? {};
    const places = Object.entries(secrets ?? {}).map(([name, source]) => [
      name,
      'file' in source ? { file: absolute(source.file) } : source,
    ]);
    return [
      id,
      {
        ...plugin,
        ...(path === undefined ? {} : { path: absolute(path) }),
        ...(secrets === undefined ? {} : { secrets: Object.fromEntries(places) }),
      },
    ];
  });
  return {
    ...document,
    ...(directories === undefined ? {} : { directories: directories.map(absolute) }),
    ...(plugins === undefined ? {} : { plugins: Object.fromEntries(resolved) }),
    ...(engine === undefined ? {} : { engine: resolveEnginePaths(engine, absolute) }),
  };
}

function resolveEnginePaths(
  engine: NonNullable<FileConfiguration['engine']>,
  absolute: (path: string) => string,
): NonNullable<FileConfiguration['engine']> {
  const { cache, kv } = engine;
  return {
    ...engine,
    ...(typeof cache === 'string' ? { cache: absolute(cache) } : {}),
    ...(typeof kv === 'object' && 'path' in kv ? { kv: { path: absolute(kv.path) } } : {}),
  };
}

const isTree = (value: unknown): value is Tree => typeof value === 'object' && value !== null && !Array.isArray(value);

const names = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((name) => typeof name === 'string') : [];
