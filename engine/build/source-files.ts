/** Where AssemblyScript source files come from: the plugin's directory, the packages it uses, and the SDK. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { buildFailed } from './diagnostics.ts';

export interface SourceFile {
  /** How the compiler and its messages name the file: relative to the plugin's directory, or "~lib/<package>/…". */
  readonly path: string;
  readonly text: string;
}

export type ReadSource = (internalPath: string, dependee: string | undefined) => SourceFile | undefined;

/** Prefix of what is not the plugin's own. */
export const LIBRARY_PREFIX = '~lib/';
export const SDK_PACKAGE = 'ringfence-guest';

const EXTENSION = '.ts';
const PACKAGE_PATH = /^~lib\/((?:@[^/]+\/)?[^/]+)(?:\/(.+))?$/;

/**
 * Reads files by the compiler's rules: `import './x'` is x.ts or x/index.ts; `import 'pkg'` is looked for in node_modules
 * from the importing package upwards. The SDK is always found: a plugin outside any npm project builds as well.
 * @param standardLibrary AssemblyScript's own library, by path without extension.
 */
export function sourceFiles(baseDir: string, standardLibrary: Readonly<Record<string, string>>): ReadSource {
  /** Directory of the package that a library file was found in. */
  const packageDirs = new Map<string, string>();

  const fromPackage = (internalPath: string, dependee: string | undefined): SourceFile | undefined => {
    const [, name = '', inner = 'index'] = PACKAGE_PATH.exec(internalPath) ?? [];
    const importer = (dependee !== undefined && packageDirs.get(dependee)) || baseDir;
    const from = (dir: string): SourceFile | undefined => {
      const prefix = `${LIBRARY_PREFIX}${name}/`;
      const file = firstOf([inner, `${inner}/index`], (path) => readText(join(dir, path + EXTENSION)), prefix);
      if (file !== undefined) packageDirs.set(file.path.slice(0, -EXTENSION.length), dir);
      return file;
    };
    for (const modules of nodeModules(importer)) {
      const file = from(join(modules, name));
      if (file !== undefined) return file;
    }
    return name === SDK_PACKAGE ? from(sdkDir()) : undefined;
  };

  return (internalPath, dependee) => {
    if (!internalPath.startsWith(LIBRARY_PREFIX)) {
      return firstOf(
        [internalPath, `${internalPath}/index`],
        (path) => readText(resolve(baseDir, path + EXTENSION)),
        '',
      );
    }
    const inner = internalPath.slice(LIBRARY_PREFIX.length);
    const standard = (path: string): string | undefined =>
      Object.hasOwn(standardLibrary, path) ? standardLibrary[path] : undefined;
    return firstOf([inner, `${inner}/index`], standard, LIBRARY_PREFIX) ?? fromPackage(internalPath, dependee);
  };
}

function firstOf(
  paths: readonly string[],
  read: (path: string) => string | undefined,
  prefix: string,
): SourceFile | undefined {
  for (const path of paths) {
    const text = read(path);
    if (text !== undefined) return { path: prefix + path + EXTENSION, text };
  }
  return undefined;
}

/** The node_modules directories that Node would search from a directory, the nearest first. */
function nodeModules(from: string): string[] {
  const found: string[] = [];
  for (let dir = resolve(from); ; dir = dirname(dir)) {
    if (!dir.endsWith('node_modules')) found.push(join(dir, 'node_modules'));
    if (dirname(dir) === dir) return found;
  }
}

/** Where the SDK that came with this engine is installed. */
function sdkDir(): string {
  try {
    return dirname(createRequire(import.meta.url).resolve(`${SDK_PACKAGE}/package.json`));
  } catch (error) {
    const message = `the SDK is not installed: npm install --save-dev ${SDK_PACKAGE}`;
    throw buildFailed([{ severity: 'error', message }], { cause: error });
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EISDIR') return undefined;
    throw error;
  }
}
