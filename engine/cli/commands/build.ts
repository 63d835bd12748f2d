/** `ringfence build`: AssemblyScript to a plugin, checked as the engine will check it. */
import { relative, resolve } from 'node:path';
import { Command } from 'commander';
import type { BuiltPlugin } from '../../build/index.ts';
import { locateScript } from '../../build/js/place.ts';
import { locatePlugin } from '../../build/place.ts';
import { isRingfenceError, withContext } from '../../errors.ts';
import type { Manifest } from '../../validate/index.ts';
import { diagnosticLines, shownDiagnostics } from '../diagnostic-lines.ts';
import { functionSignature } from '../function-signature.ts';
import { tableLines } from '../table.ts';
import { notes, output, printable } from '../terminal.ts';
import { formatBytes, formatMs } from '../units.ts';

interface BuildCommandOptions {
  readonly out?: string;
  readonly debug?: true;
  readonly json?: true;
}

const EXAMPLES = `
Examples:
  ringfence build                        the plugin of this directory, to build/<name>.wasm
  ringfence build plugins/word-count
  ringfence build plugin.js              JavaScript (with componentize-qjs installed)
  ringfence build src/filter.ts --out dist --debug`;

export function buildCommand(): Command {
  return new Command('build')
    .summary('compile a plugin')
    .description('Compiles a plugin from AssemblyScript or JavaScript to one .wasm file with its manifest inside.')
    .argument(
      '[source]',
      "the plugin's directory (with plugin.json, and assembly/index.ts or plugin.js), or its main file",
      '.',
    )
    .option('-o, --out <dir>', "where the files go (default: build in the plugin's directory)")
    .option('-d, --debug', 'without optimisation, with names of functions')
    .option('--json', 'print one JSON document')
    .addHelpText('after', EXAMPLES)
    .action(build);
}

async function build(source: string, { out, debug, json }: BuildCommandOptions): Promise<void> {
  const startedAt = performance.now();
  const built = await compile(source, out, debug !== true);
  const manifest = await check(built);
  const ms = performance.now() - startedAt;
  const functions = Object.entries(manifest.functions);
  const files = [
    { file: shown(built.file), bytes: built.wasm.length },
    ...(built.sourceMap === ''
      ? []
      : [{ file: `${shown(built.file)}.map`, bytes: Buffer.byteLength(built.sourceMap) }]),
  ];
  if (json) {
    const { name, version } = manifest;
    const value = { name, version, files, functions: functions.map(([id]) => id), ms, warnings: built.warnings };
    output.line(JSON.stringify({ ok: true, value }));
    return;
  }
  for (const warning of shownDiagnostics(built.warnings)) {
    for (const line of diagnosticLines(warning, directoryOf(source))) notes.line(line);
  }
  const title = output.paint('bold', `${manifest.name} ${manifest.version}`);
  output.line(`${output.paint('green', 'built')} ${title} in ${formatMs(ms)}`);
  const sizes = files.map(({ file, bytes }) => [file, formatBytes(bytes)]);
  for (const line of tableLines([{}, { align: 'right' }], sizes)) output.line(`  ${line}`);
  if (functions.length > 0) output.line();
  const described = functions.map(([id, about]) => [
    functionSignature(id, about),
    output.paint('dim', printable(about.description ?? '')),
  ]);
  for (const line of tableLines([{}, {}], described)) output.line(`  ${line}`);
}

/** The compiler is loaded when it is needed: it takes half a second. */
async function compile(source: string, outDir: string | undefined, release: boolean): Promise<BuiltPlugin> {
  const { buildPlugin } = await import('../../build/index.ts');
  try {
    return await buildPlugin({ source, outDir, release });
  } catch (error) {
    // Paths in diagnostics start there.
    throw isRingfenceError(error, 'BUILD_FAILED')
      ? withContext(error, { details: { dir: directoryOf(source) } })
      : error;
  }
}

const directoryOf = (source: string): string => (locateScript(source) ?? locatePlugin(source)).dir;

/** What the engine would say when it loads the plugin is better heard now. */
async function check({ wasm }: BuiltPlugin): Promise<Manifest> {
  const [{ checkModule, checkSurface }, { ALL_SIGNATURES }, { coreModuleOf, surfaceOfCore }] = await Promise.all([
    import('../../validate/index.ts'),
    import('../../host/foreign-table.ts'),
    import('../../component/link-component.ts'),
  ]);
  const core = coreModuleOf(wasm);
  const surface = surfaceOfCore(checkModule(core.bytes).module, core);
  return checkSurface(surface, ALL_SIGNATURES, { acceptCustom: true }).manifest;
}

function shown(file: string | undefined): string {
  if (file === undefined) return '';
  const near = relative('', file);
  return near.startsWith('..') ? resolve(file) : near;
}
