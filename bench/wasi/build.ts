/**
 * Compiles hello.c: `node bench/wasi/build.ts`. The artefact is committed, so only a change of the source needs the compiler: what Debian
 * packages as clang, lld, wasi-libc and libclang-rt-dev-wasm32. Others work, too (set CLANG), but give other bytes.
 */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

const here = import.meta.dirname;
execFileSync(
  process.env.CLANG ?? '/usr/bin/clang',
  [
    ...['--target=wasm32-wasi', '-std=c11', '-Os', '-Wall', '-Wextra', '-Werror', '-Wl,--strip-all'],
    ...['-o', join(here, 'hello.wasm'), join(here, 'hello.c')],
  ],
  { stdio: 'inherit' },
);
