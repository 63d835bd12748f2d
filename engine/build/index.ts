/** Building plugins: AssemblyScript sources and plugin.json to one wasm file with its manifest inside. Node only. */
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { RingfenceError } from '../errors.ts';
import { appendCustomSection } from '../wasm/custom-sections.ts';
import { compile, type GuestRuntime, loadToolchain } from './compiler.ts';
import type { Diagnostic } from './diagnostics.ts';
import { generateGlue } from './glue.ts';
import { readPluginExports } from './plugin-exports.ts';
import { completeManifest, type Draft, pluginInfo, readManifestFile } from './plugin-manifest.ts';
import { sourceFiles } from './source-files.ts';

export type { GuestRuntime } from './compiler.ts';
export { type Diagnostic, formatDiagnostic } from './diagnostics.ts';

export interface BuildOptions {
  /** The plugin's directory (with plugin.json and assembly/index.ts), or its main file. */
  readonly source: string;
  /** Optimised, without debug names. @default true */
  readonly release?: boolean | undefined;
  /** Where build/<name>.wasm and its source map go; false writes nothing. @default 'build' in the plugin's directory */
  readonly outDir?: string | false | undefined;
  /** How the guest manages memory. @default 'incremental' */
  readonly runtime?: GuestRuntime | undefined;
}

export interface BuiltPlugin {
  /** The module with its manifest in the custom section `ringfence.manifest`. */
  readonly wasm: Uint8Array<ArrayBuffer>;
  /** Source map (version 3) of `wasm`, with the sources inside. */
  readonly sourceMap: string;
  readonly manifest: Draft;
  readonly warnings: readonly Diagnostic[];
  /** Where the module was written; undefined if it was not. */
  readonly file: string | undefined;
}

const MANIFEST_FILE = 'plugin.json';
const MANIFEST_SECTION = 'ringfence.manifest';
const MAIN_FILE = 'assembly/index.ts';
/** Beside the plugin's main file, so that the compiler resolves its imports as the author's own. */
const GLUE_FILE = '__ringfence_exports.ts';

/**
 * Compiles a plugin.
 * @throws BUILD_FAILED with `details.diagnostics`, INVALID_MANIFEST, UNKNOWN_PLUGIN if there is no such source
 */
export async function buildPlugin(options: BuildOptions): Promise<BuiltPlugin> {
  const { release = true, runtime = 'incremental' } = options;
  const place = locate(options.source);
  const warnings: Diagnostic[] = [];
  const found = readManifestFile(join(place.dir, MANIFEST_FILE), MANIFEST_FILE);
  if (found === undefined) {
    warnings.push({
      severity: 'warning',
      message: `there is no ${MANIFEST_FILE}: the plugin is called "${place.name}", version 0.0.0`,
      file: MANIFEST_FILE,
    });
  }
  const draft = found ?? { name: place.name, version: '0.0.0' };
  const name = typeof draft.name === 'string' ? draft.name : place.name;

  const toolchain = await loadToolchain();
  let manifest: Draft = draft;
  const compiled = compile(toolchain, {
    entry: place.entry,
    read: sourceFiles(place.dir, toolchain.library),
    glue: (program) => {
      const exports = readPluginExports(toolchain.compiler, program, place.entry);
      manifest = completeManifest(draft, exports, MANIFEST_FILE);
      const text = generateGlue(exports, `./${basename(place.entry)}`, pluginInfo(manifest));
      return { path: join(dirname(place.entry), GLUE_FILE), text };
    },
    runtime,
    optimizeLevel: release ? 3 : 0,
    shrinkLevel: 0,
    debug: !release,
    sourceMapUrl: `./${name}.wasm.map`,
  });
  warnings.push(...compiled.warnings);

  const wasm = appendCustomSection(compiled.wasm, MANIFEST_SECTION, new TextEncoder().encode(JSON.stringify(manifest)));
  const outDir = options.outDir === undefined ? join(place.dir, 'build') : options.outDir;
  let file: string | undefined;
  if (outDir !== false) {
    mkdirSync(outDir, { recursive: true });
    file = join(outDir, `${name}.wasm`);
    writeFileSync(file, wasm);
    writeFileSync(`${file}.map`, compiled.sourceMap);
  }
  return { wasm, sourceMap: compiled.sourceMap, manifest, warnings, file };
}

interface Place {
  readonly dir: string;
  /** Internal path of the main file: relative to `dir`, without extension. */
  readonly entry: string;
  /** What the plugin is called if nothing else says so. */
  readonly name: string;
}

function locate(source: string): Place {
  const path = resolve(source);
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) {
    throw new RingfenceError(
      'UNKNOWN_PLUGIN',
      `expected a plugin's directory or its main file, but there is no ${source}`,
      { stage: 'build', details: { source } },
    );
  }
  if (stats.isDirectory()) return { dir: path, entry: MAIN_FILE.replace(/\.ts$/, ''), name: basename(path) };
  const dir = basename(dirname(path)) === dirname(MAIN_FILE) ? dirname(dirname(path)) : dirname(path);
  const name = basename(path, '.ts');
  return {
    dir,
    entry: relative(dir, path).replaceAll('\\', '/').replace(/\.ts$/, ''),
    name: name === 'index' ? basename(dir) : name,
  };
}
