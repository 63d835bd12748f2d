/**
 * Compiles the example plugins in C and Rust: `npm run build:native` (all) or `npm run build:native -- markdown` (some).
 *
 * What comes out is committed, so that only a change of a source needs the compilers: what Debian packages as clang, lld, wasi-libc,
 * libclang-rt-dev-wasm32, rustc and libstd-rust-dev-wasm32. Others work, too (set CLANG and RUSTC), but give other bytes.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { MANIFEST_SECTION } from '../engine/validate/index.ts';
import { appendCustomSection } from '../engine/wasm/custom-sections.ts';

const repository = resolve(import.meta.dirname, '..');
/** Messages name source files: not by where this checkout happens to lie. */
const PUBLIC_ROOT = '/ringfence';
const STACK_BYTES = 65_536;

export const NATIVE_COMPILERS = {
  clang: process.env.CLANG ?? '/usr/bin/clang',
  rustc: process.env.RUSTC ?? '/usr/bin/rustc',
} as const;
export type NativeCompiler = keyof typeof NATIVE_COMPILERS;

export const NATIVE_PLUGINS: Readonly<Record<string, NativeCompiler>> = { markdown: 'clang', 'csv-query': 'rustc' };

/** The plugin's module with its manifest inside. */
export function buildNative(name: string): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), 'ringfence-native-'));
  try {
    const wasm = join(folder, `${name}.wasm`);
    if (NATIVE_PLUGINS[name] === 'clang') compileC(name, wasm);
    else compileRust(name, wasm, folder);
    const manifest: unknown = JSON.parse(readFileSync(pluginFile(name, 'plugin.json'), 'utf8'));
    return appendCustomSection(
      new Uint8Array(readFileSync(wasm)),
      MANIFEST_SECTION,
      new TextEncoder().encode(JSON.stringify(manifest)),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export const pluginFile = (name: string, file: string): string => join(repository, 'plugins', name, file);

function compileC(name: string, wasm: string): void {
  run(NATIVE_COMPILERS.clang, [
    ...['--target=wasm32-wasi', '-std=c11', '-O2', '-Wall', '-Wextra', '-Werror', '-nostartfiles'],
    ...['-Wl,--no-entry', '-Wl,--strip-all', `-Wl,-z,stack-size=${STACK_BYTES}`],
    ...[`-ffile-prefix-map=${repository}=${PUBLIC_ROOT}`, '-o', wasm, pluginFile(name, `${name}.c`)],
  ]);
}

function compileRust(name: string, wasm: string, folder: string): void {
  const common = [
    ...['--edition', '2021', '--target', 'wasm32-unknown-unknown', '-D', 'warnings'],
    ...['-C', 'opt-level=s', '-C', 'codegen-units=1', '-C', 'panic=abort'],
    `--remap-path-prefix=${repository}=${PUBLIC_ROOT}`,
  ];
  const sdk = join(folder, 'libringfence.rlib');
  const { rustc } = NATIVE_COMPILERS;
  run(rustc, [
    ...[...common, '--crate-type', 'rlib', '--crate-name', 'ringfence', '-o', sdk],
    join(repository, 'guest-sdk/rust/src/lib.rs'),
  ]);
  run(rustc, [
    ...[...common, '-C', 'lto=fat', '-C', 'strip=symbols', '-C', `link-arg=-zstack-size=${STACK_BYTES}`],
    ...['--crate-type', 'cdylib', '--extern', `ringfence=${sdk}`, '-o', wasm, pluginFile(name, 'src/lib.rs')],
  ]);
}

function run(compiler: string, args: readonly string[]): void {
  // clang runs any `wasm-opt` that it finds, and npm puts one on the path.
  const PATH = (process.env.PATH ?? '')
    .split(delimiter)
    .filter((folder) => !folder.includes('node_modules'))
    .join(delimiter);
  execFileSync(compiler, args, {
    cwd: repository,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, PATH },
  });
}

if (import.meta.main) {
  const wanted = process.argv.slice(2);
  for (const name of wanted.length === 0 ? Object.keys(NATIVE_PLUGINS) : wanted) {
    const wasm = buildNative(name);
    writeFileSync(pluginFile(name, `${name}.wasm`), wasm);
    console.log(`plugins/${name}/${name}.wasm, ${wasm.length} bytes`);
  }
}
