/**
 * Compiles the benchmark programs: `npm run bench:programs` (all) or `npm run bench:programs -- crc32 queens` (some).
 *
 * The artefacts in `wasm/` are committed, so only a change of a source needs the compilers. AssemblyScript comes with
 * `npm ci`; C and Rust use what Debian packages as: clang lld libclang-rt-14-dev-wasm32 rustc libstd-rust-dev-wasm32.
 * Other versions work (set CLANG and RUSTC), but give other bytes.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, delimiter, extname, join, resolve } from 'node:path';

const here = import.meta.dirname;
const asc = join(createRequire(import.meta.url).resolve('assemblyscript/package.json'), '../bin/asc.js');
const clang = process.env.CLANG ?? 'clang';
const rustc = process.env.RUSTC ?? '/usr/bin/rustc';

interface Language {
  readonly folder: string;
  readonly command: (source: string, wasm: string) => [string, ...string[]];
}

const LANGUAGES: Readonly<Record<string, Language>> = {
  '.ts': {
    folder: 'assembly',
    command: (source, wasm) => [process.execPath, asc, source, '-o', wasm, '-O3', '--use', 'abort='],
  },
  '.c': {
    folder: 'c',
    command: (source, wasm) => [
      clang,
      ...['--target=wasm32', '-std=c11', '-O2', '-Wall', '-Wextra', '-Werror', '-nostdlib'],
      ...['-mbulk-memory', '-msign-ext', '-mnontrapping-fptoint', ...(source.includes('simd') ? ['-msimd128'] : [])],
      ...['-Wl,--no-entry', '-Wl,--strip-all', '-Wl,-z,stack-size=65536', '-o', wasm, source],
    ],
  },
  '.rs': {
    folder: 'rust',
    command: (source, wasm) => [
      rustc,
      ...[
        // Panic messages name source files: not by where this checkout happens to lie.
        `--remap-path-prefix=${resolve(import.meta.dirname, '../..')}=/ringfence`,
        '--target',
        'wasm32-unknown-unknown',
        '--crate-type',
        'cdylib',
        '--edition',
        '2021',
        '-D',
        'warnings',
      ],
      ...['-C', 'opt-level=3', '-C', 'lto=fat', '-C', 'codegen-units=1', '-C', 'panic=abort', '-C', 'strip=symbols'],
      ...[
        '-C',
        'target-feature=+bulk-memory,+nontrapping-fptoint',
        '-C',
        'link-arg=-zstack-size=65536',
        '-o',
        wasm,
        source,
      ],
    ],
  },
};

// clang runs any `wasm-opt` that it finds; npm puts binaryen's on the path, whose defaults refuse clang's output.
const PATH = (process.env.PATH ?? '')
  .split(delimiter)
  .filter((folder) => !folder.includes('node_modules'))
  .join(delimiter);

const wanted = new Set(process.argv.slice(2));
for (const [extension, { folder, command }] of Object.entries(LANGUAGES)) {
  for (const file of readdirSync(join(here, folder)).sort()) {
    const name = basename(file, extension);
    if (extname(file) !== extension || (wanted.size > 0 && !wanted.has(name))) continue;
    const wasm = join(here, 'wasm', `${name}.wasm`);
    const [compiler, ...args] = command(join(here, folder, file), wasm);
    execFileSync(compiler, args, { stdio: ['ignore', 'inherit', 'inherit'], env: { ...process.env, PATH } });
    console.log(`${folder}/${file} -> wasm/${name}.wasm, ${statSync(wasm).size} bytes`);
  }
}
