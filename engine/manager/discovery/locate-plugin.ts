/** From a path that is said to be a plugin to the one module that is meant: a file, or the best build in a plugin's folder. */

import type { Stats } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, join, sep } from 'node:path';
import { oneLine } from '../../abi/one-line.ts';
import { isRingfenceError } from '../../errors.ts';
import { readBeside } from '../../runtime/source.ts';
import { checkManifest, type Manifest } from '../../validate/index.ts';
import { chooseVariant, type VariantChoice } from '../variants/choose-variant.ts';
import { fileProblem, NotFound } from './finding.ts';

export interface LocatedPlugin {
  /** The module, absolute. */
  readonly file: string;
  /** The `plugin.json` of its folder as it was written, without what is about builds; undefined where there is none. */
  readonly manifest: unknown;
  /** Of a plugin with several builds. */
  readonly choice: VariantChoice | undefined;
}

const WASM = '.wasm';
const BUILD_DIRECTORY = 'build';

/**
 * Finds the module of a plugin.
 * @param path absolute; symbolic links are followed
 * @throws NotFound
 */
export async function locatePluginFile(path: string): Promise<LocatedPlugin> {
  const found = await look(path);
  if (found.isDirectory()) return locateIn(path);
  if (!found.isFile()) throw new NotFound('not-a-plugin', `${path} is neither a file nor a directory`, path);
  if (!path.endsWith(WASM)) {
    throw new NotFound('not-a-plugin', `${path} is not a plugin: expected a .wasm file or a plugin's directory`, path);
  }
  return { file: path, manifest: undefined, choice: undefined };
}

/** Whether a directory is a plugin's, and not one with plugins in it. @throws NotFound for what cannot be read */
export async function isPluginDirectory(directory: string): Promise<boolean> {
  if (await isFile(join(directory, 'plugin.json'))) return true;
  return (await modulesIn(join(directory, BUILD_DIRECTORY))).length > 0;
}

async function locateIn(directory: string): Promise<LocatedPlugin> {
  const text = await manifestText(directory);
  if (text === undefined) return { file: await onlyModule(directory), manifest: undefined, choice: undefined };
  const { name, variants, ...rest } = readManifest(text, directory);
  const manifest = { name, ...rest };
  if (variants !== undefined) {
    const choice = await chooseBuild(directory, variants);
    if (choice.file !== undefined) return { file: join(directory, choice.file), manifest, choice };
    const reasons = choice.verdicts.map(({ file, reason }) => `${file} ${reason}`).join('; ');
    throw new NotFound(
      'no-variant',
      `None of the builds of ${name} in ${directory} can run here: ${reasons}`,
      directory,
    );
  }
  const usual = [join(directory, BUILD_DIRECTORY, `${name}${WASM}`), join(directory, `${basename(name)}${WASM}`)];
  for (const file of usual) {
    if (await isFile(file)) return { file, manifest, choice: undefined };
  }
  return { file: await onlyModule(directory), manifest, choice: undefined };
}

/** Functions are filled in by the build: a `plugin.json` of sources says less than a manifest has to. */
function readManifest(text: string, directory: string): Pick<Manifest, 'name' | 'variants'> & Record<string, unknown> {
  try {
    const draft: unknown = JSON.parse(text);
    const whole = typeof draft === 'object' && draft !== null ? { abi: 1, functions: {}, ...draft } : draft;
    const { name, variants } = checkManifest(whole);
    return { ...(draft as Record<string, unknown>), name, ...(variants === undefined ? {} : { variants }) };
  } catch (error) {
    const file = join(directory, 'plugin.json');
    throw new NotFound('not-a-plugin', `${file} is not a manifest: ${oneLine((error as Error).message)}`, file);
  }
}

async function manifestText(directory: string): Promise<string | undefined> {
  try {
    if (!(await isFile(join(directory, 'plugin.json')))) return undefined;
    return await readBeside(join(directory, 'any.wasm'));
  } catch (error) {
    if (!isRingfenceError(error)) throw error;
    throw new NotFound('unreadable', error.message, join(directory, 'plugin.json'));
  }
}

async function chooseBuild(directory: string, variants: NonNullable<Manifest['variants']>): Promise<VariantChoice> {
  const root = await realpath(directory);
  const problems = new Map<string, string>();
  for (const { file } of variants) {
    const problem = await problemOf(join(directory, file), root);
    if (problem !== undefined) problems.set(file, problem);
  }
  return chooseVariant(variants, (file) => problems.get(file));
}

/** A manifest is a stranger's: what it names stays below its folder, links included. */
async function problemOf(file: string, root: string): Promise<string | undefined> {
  try {
    if (!(await stat(file)).isFile()) return 'is not a file';
    return (await realpath(file)).startsWith(root + sep) ? undefined : 'leads out of the folder of the plugin';
  } catch (error) {
    return `cannot be read: ${fileProblem(error)}`;
  }
}

/** The one module of a directory without any that is named. */
async function onlyModule(directory: string): Promise<string> {
  const modules = await modulesIn(directory);
  const found = modules.length > 0 ? modules : await modulesIn(join(directory, BUILD_DIRECTORY));
  const [first, second] = found;
  if (first === undefined) {
    throw new NotFound(
      'not-a-plugin',
      `${directory} is not a plugin: there is no .wasm file in it or in its ${BUILD_DIRECTORY}`,
      directory,
    );
  }
  if (second !== undefined) {
    throw new NotFound(
      'not-a-plugin',
      `${directory} has ${found.length} .wasm files (${found
        .map((file) => basename(file))
        .slice(0, 5)
        .join(', ')}): name the one that is meant`,
      ...found.slice(0, 5),
    );
  }
  return first;
}

/** The `.wasm` files directly in a directory, in the order of their names; none where there is no such directory. */
export async function modulesIn(directory: string): Promise<readonly string[]> {
  try {
    const names = await readdir(directory);
    return names
      .filter((name) => name.endsWith(WASM) && !name.startsWith('.'))
      .sort()
      .map((name) => join(directory, name));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw new NotFound('unreadable', `Cannot read ${directory}: ${fileProblem(error)}`, directory);
  }
}

async function look(path: string): Promise<Stats> {
  try {
    return await stat(path);
  } catch (error) {
    throw new NotFound('unreadable', `Cannot read ${path}: ${fileProblem(error)}`, path);
  }
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch {
    // Whoever needs it says what is wrong.
    return false;
  }
}
