/** Plugins that npm installed: packages in `node_modules` whose package.json has a field `ringfence`. */
import { readdir, realpath } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { isRingfenceError } from '../../errors.ts';
import { readFileUpTo } from '../../runtime/source.ts';
import { quote } from '../../validate/quote.ts';
import { type Finding, fileProblem, NotFound } from './finding.ts';
import type { SearchResult } from './search.ts';

const MOST_PACKAGES = 20_000;
const PACKAGE_BYTES = 1_048_576;
const utf8 = new TextDecoder();

/**
 * The plugins of installed packages, from the `node_modules` of a directory and of those above it, the nearest first. The field is
 * a path inside of the package: of a `.wasm` file or a plugin's folder; or an object with such a `plugin`.
 * @param wanted names of packages; true for every one that has the field
 */
export async function searchPackages(directory: string, wanted: true | readonly string[]): Promise<SearchResult> {
  const candidates = new Map<string, string>();
  const findings: Finding[] = [];
  const places = modulesDirectories(directory);
  for (const place of places) {
    const names = wanted === true ? await packageNames(place) : wanted;
    for (const name of names) {
      if (candidates.has(name)) continue;
      try {
        const path = await pluginOf(join(place, name), name, wanted !== true);
        if (path !== undefined) candidates.set(name, path);
      } catch (error) {
        if (!(error instanceof NotFound)) throw error;
        findings.push(error.finding);
      }
    }
  }
  if (wanted !== true) {
    const said = new Set(findings.flatMap(({ plugin }) => plugin ?? []));
    for (const name of wanted.filter((each) => !candidates.has(each) && !said.has(each))) {
      findings.push({
        kind: 'nothing-found',
        message: `There is no package ${quote(name)} with a plugin in ${places[0]} or above: install it with npm`,
        paths: [places[0] as string],
      });
    }
  }
  return { candidates: [...candidates.values()], findings };
}

function modulesDirectories(directory: string): readonly string[] {
  const places: string[] = [];
  for (let at = directory; ; at = dirname(at)) {
    places.push(join(at, 'node_modules'));
    if (dirname(at) === at) return places;
  }
}

/** `a`, `@scope/b`. None where there is no such directory. */
async function packageNames(place: string): Promise<readonly string[]> {
  const list = async (path: string): Promise<readonly string[]> => {
    try {
      return (await readdir(path)).filter((name) => !name.startsWith('.')).sort();
    } catch {
      // Most directories have no node_modules, and what lies in one need not be a directory.
      return [];
    }
  };
  const names: string[] = [];
  for (const name of await list(place)) {
    if (name.startsWith('@')) names.push(...(await list(join(place, name))).map((inner) => `${name}/${inner}`));
    else names.push(name);
    if (names.length > MOST_PACKAGES) break;
  }
  return names;
}

/** @throws NotFound for a field that makes no sense; with `isWanted`, also for a package without one */
async function pluginOf(directory: string, name: string, isWanted: boolean): Promise<string | undefined> {
  const about = await readPackage(directory, isWanted);
  if (about === undefined) return undefined;
  const file = join(directory, 'package.json');
  const { ringfence: field } = about;
  if (field === undefined) {
    if (!isWanted) return undefined;
    throw new NotFound('not-a-plugin', `The package ${quote(name)} has no field \`ringfence\` in ${file}`, file);
  }
  const path = typeof field === 'object' && field !== null ? (field as { readonly plugin?: unknown }).plugin : field;
  if (typeof path !== 'string' || path === '' || path.includes('\0')) {
    throw new NotFound('not-a-plugin', `Expected the field \`ringfence\` of ${file} to be the path of a plugin`, file);
  }
  return insideOf(directory, path, file);
}

/** A package is a stranger's: it names what is its own, links included. */
async function insideOf(directory: string, path: string, file: string): Promise<string> {
  try {
    const [root, target] = [await realpath(directory), await realpath(resolve(directory, path))];
    if (target === root || target.startsWith(root + sep)) return target;
  } catch (error) {
    throw new NotFound(
      'unreadable',
      `Cannot read ${quote(path)}, which ${file} names as its plugin: ${fileProblem(error)}`,
      file,
    );
  }
  throw new NotFound(
    'not-a-plugin',
    `${file} names ${quote(path)} as its plugin, which is outside of the package`,
    file,
  );
}

async function readPackage(directory: string, isWanted: boolean): Promise<Record<string, unknown> | undefined> {
  const file = join(directory, 'package.json');
  try {
    const { bytes } = await readFileUpTo(file, PACKAGE_BYTES, 'packageBytes');
    const value: unknown = JSON.parse(utf8.decode(bytes));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch (error) {
    const isAbsent = isRingfenceError(error, 'UNKNOWN_PLUGIN') && error.details.reason === 'ENOENT';
    // What is broken and was not asked for is not ours to judge.
    if (isAbsent || !isWanted) return undefined;
    throw new NotFound('unreadable', `Cannot read ${file}: ${(error as Error).message}`, file);
  }
}
