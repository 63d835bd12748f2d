/** JavaScript to a plugin: a component with the QuickJS engine inside, and the manifest in a custom section. */
import { cpSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ABI_VERSION } from '../../abi/exports.ts';
import { RingfenceError, withContext } from '../../errors.ts';
import { checkManifest, type Manifest } from '../../validate/manifest.ts';
import { MANIFEST_SECTION } from '../../validate/surface.ts';
import { SECTION } from '../../wasm/sections/layout.ts';
import { Writer } from '../../wasm/writer.ts';
import { buildFailed, type Diagnostic } from '../diagnostics.ts';
import { type Draft, MANIFEST_FILE } from '../plugin-manifest.ts';
import { entrySource, PRELUDE_FILE } from './entry.ts';
import { exportedFunctions } from './exported-functions.ts';
import type { ScriptPlace } from './place.ts';
import { PRELUDE } from './prelude.ts';

/** The package that makes components of JavaScript, an optional peer, and the version that this was tried with. */
const COMPONENTIZER = 'componentize-qjs';
const COMPONENTIZER_VERSION = '0.4.5';
const ENTRY_FILE = '__ringfence__.js';

/** Files that a plugin may import. Everything else in its directory stays where it is. */
const COPIED: ReadonlySet<string> = new Set(['.js', '.mjs', '.json']);
const LEFT_OUT: ReadonlySet<string> = new Set(['node_modules', 'build', '.git']);

interface Componentizer {
  readonly componentize: (options: {
    readonly witPath: string;
    readonly world: string;
    readonly jsSource: string;
    readonly jsPath: string;
    readonly moduleRoot: string;
    readonly sync: boolean;
    readonly optSize: boolean;
  }) => Promise<{ readonly component: Uint8Array }>;
}

export interface BuiltScript {
  readonly wasm: Uint8Array<ArrayBuffer>;
  readonly manifest: Manifest;
}

/**
 * @param draft the manifest as its author wrote it; its functions are those that the main file exports
 * @throws BUILD_FAILED where the sources do not compile, or the optional peer is not installed; INVALID_MANIFEST
 */
export async function buildScript(place: ScriptPlace, draft: Draft): Promise<BuiltScript> {
  const { componentize } = await loadComponentizer();
  const dir = mkdtempSync(join(tmpdir(), 'ringfence-build-'));
  try {
    copySources(place.dir, dir);
    mkdirSync(dirname(join(dir, PRELUDE_FILE)), { recursive: true });
    writeFileSync(join(dir, PRELUDE_FILE), PRELUDE);
    const entry = entrySource(place.main, draft);
    writeFileSync(join(dir, ENTRY_FILE), entry);
    const { component } = await componentize({
      witPath: worldDirectory(),
      world: 'plugin',
      jsSource: entry,
      jsPath: join(dir, ENTRY_FILE),
      moduleRoot: dir,
      sync: true,
      optSize: true,
    }).catch((error: unknown) => {
      throw buildFailed([diagnosticOf(error, dir)], { cause: error });
    });
    const manifest = completeScriptManifest(draft, exportedFunctions(component));
    return { wasm: withManifest(component, manifest), manifest };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

async function loadComponentizer(): Promise<Componentizer> {
  try {
    // Not a name that bundlers and type checkers look for: it is there only where somebody builds JavaScript plugins.
    const name: string = COMPONENTIZER;
    return (await import(name)) as Componentizer;
  } catch (cause) {
    throw new RingfenceError(
      'BUILD_FAILED',
      `Building a JavaScript plugin takes the package ${COMPONENTIZER}, which is not installed: npm install --save-dev --save-exact ${COMPONENTIZER}@${COMPONENTIZER_VERSION}`,
      { stage: 'build', details: { package: COMPONENTIZER, version: COMPONENTIZER_VERSION }, cause },
    );
  }
}

const worldDirectory = (): string => dirname(fileURLToPath(import.meta.resolve('ringfence-guest/wit/plugin.wit')));

function copySources(from: string, to: string): void {
  cpSync(from, to, {
    recursive: true,
    dereference: true,
    filter: (path) =>
      path === from || (!LEFT_OUT.has(basename(path)) && (COPIED.has(extname(path)) || statSync(path).isDirectory())),
  });
}

/** Places in messages are those of the author, not of the copy. */
function diagnosticOf(error: unknown, dir: string): Diagnostic {
  const message = (error instanceof Error ? error.message : String(error)).replaceAll(`${dir}/`, '').trim();
  return { severity: 'error', message };
}

function completeScriptManifest(draft: Draft, exported: readonly string[]): Manifest {
  const { functions: declared = {} } = draft;
  const said = typeof declared === 'object' && declared !== null ? (declared as Record<string, unknown>) : {};
  const missing = Object.keys(said).filter((name) => !exported.includes(name));
  if (missing.length > 0) {
    const list = exported.join(', ') || 'none';
    throw buildFailed(
      missing.map((name) => ({
        severity: 'error',
        message: `function ${JSON.stringify(name)} is not exported by the plugin's main file (exported: ${list})`,
        file: MANIFEST_FILE,
      })),
    );
  }
  const functions = Object.fromEntries(exported.map((name) => [name, Object.hasOwn(said, name) ? said[name] : {}]));
  try {
    return checkManifest({ abi: ABI_VERSION, ...draft, functions });
  } catch (error) {
    throw withContext(error, { stage: 'build', details: { file: MANIFEST_FILE } });
  }
}

/** Custom sections of components are written as those of modules. */
function withManifest(component: Uint8Array, manifest: Manifest): Uint8Array<ArrayBuffer> {
  const content = new Writer().name(MANIFEST_SECTION).bytes(new TextEncoder().encode(JSON.stringify(manifest)));
  return new Writer(component.length + content.size + 8)
    .bytes(component)
    .section(SECTION.custom, content.view())
    .finish();
}
