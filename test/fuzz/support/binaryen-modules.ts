/** Modules from binaryen's own fuzzer: `wasm-opt -ttf` turns random bytes into a valid module. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { decodeModule } from '../../../engine/wasm/decode.ts';
import { functionTypeOf } from '../../../engine/wasm/module.ts';
import { random } from '../../support/random.ts';
import type { Tally } from './check.ts';
import { binaryenHost } from './hosts.ts';
import type { Call, GeneratedModule } from './module-generator.ts';
import { runCase } from './run-case.ts';

const WASM_OPT = join(dirname(createRequire(import.meta.url).resolve('binaryen/package.json')), 'bin/wasm-opt');
const FEATURES = [
  'simd',
  'bulk-memory',
  'bulk-memory-opt',
  'reference-types',
  'sign-ext',
  'nontrapping-float-to-int',
  'multivalue',
  'mutable-globals',
  'tail-call',
];
const NUMBERS: readonly unknown[] = ['i32', 'i64', 'f32', 'f64'];
const MAX_CALLS = 25;

export function runBinaryenSeed(seed: number): Tally {
  const generated = binaryenModule(seed);
  return runCase(`binaryen seed ${seed}`, generated, seed, binaryenHost(generated.bytes));
}

export function binaryenModule(seed: number): GeneratedModule {
  const below = random(seed);
  const folder = mkdtempSync(join(tmpdir(), 'ringfence-ttf-'));
  try {
    const input = join(folder, 'input');
    const output = join(folder, 'output.wasm');
    writeFileSync(
      input,
      Uint8Array.from({ length: 2_000 + below(20_000) }, () => below(256)),
    );
    // V8 refuses modules with both kinds of exceptions, and binaryen makes the old kind unless told to translate all of it.
    const exceptions = below(2) === 0 ? ['--enable-exception-handling', '--translate-to-exnref'] : [];
    const features = FEATURES.map((name) => `--enable-${name}`);
    const args = [WASM_OPT, input, '-ttf', '--mvp-features', ...features, ...exceptions, '--denan', '-o', output];
    execFileSync(process.execPath, args, { stdio: 'ignore' });
    const bytes = new Uint8Array(readFileSync(output));
    return { bytes, calls: callsOf(bytes) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** One call of each exported function that takes and gives numbers. */
function callsOf(bytes: Uint8Array): Call[] {
  const module = decodeModule(bytes);
  return module.exports
    .flatMap(({ kind, name, index }): Call[] => {
      const type = kind === 'func' ? functionTypeOf(module, index) : undefined;
      if (type === undefined || ![...type.params, ...type.results].every((value) => NUMBERS.includes(value))) return [];
      return [{ name, args: type.params.map((param, i) => (param === 'i64' ? BigInt(i) : i)) }];
    })
    .slice(0, MAX_CALLS);
}
