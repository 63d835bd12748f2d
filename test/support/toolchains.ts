/** Real modules from real compilers, for tests: wabt and binaryen assemble text, AssemblyScript compiles programs. */
import { Buffer } from 'node:buffer';
import asc from 'assemblyscript/asc';
import binaryen from 'binaryen';
import loadWabt from 'wabt';

const WABT_FEATURES = {
  exceptions: true,
  mutable_globals: true,
  sat_float_to_int: true,
  sign_extension: true,
  simd: true,
  threads: true,
  function_references: true,
  multi_value: true,
  tail_call: true,
  bulk_memory: true,
  reference_types: true,
  memory64: true,
  extended_const: true,
  multi_memory: true,
  relaxed_simd: true,
};

const wabt = await loadWabt();

/** Assembles with wabt: everything but GC, exnref and typed function references. */
export function assembleWithWabt(text: string, options: { readonly names?: boolean } = {}): Uint8Array<ArrayBuffer> {
  const module = wabt.parseWat('test.wat', text, WABT_FEATURES);
  try {
    return new Uint8Array(module.toBinary({ write_debug_names: options.names ?? false }).buffer);
  } finally {
    module.destroy();
  }
}

/** Assembles with binaryen, whose text parser knows the newest features. It may rearrange what it assembles. */
export function assembleWithBinaryen(text: string): Uint8Array<ArrayBuffer> {
  const module = binaryen.parseText(text);
  try {
    module.setFeatures(binaryen.Features.All);
    return new Uint8Array(module.emitBinary());
  } finally {
    module.dispose();
  }
}

/** Compiles one AssemblyScript source. */
export async function compileAssemblyScript(
  source: string,
  flags: readonly string[] = [],
): Promise<Uint8Array<ArrayBuffer>> {
  let binary: Uint8Array | undefined;
  const { error, stderr } = await asc.main(['input.ts', '--outFile', 'output.wasm', '--baseDir', '.', ...flags], {
    readFile: (name) => (name === 'input.ts' ? source : null),
    writeFile: (_, contents) => {
      if (typeof contents !== 'string') binary = contents;
    },
    listFiles: () => [],
  });
  if (error !== null || binary === undefined) throw new Error(`asc failed: ${stderr.toString()}`, { cause: error });
  return new Uint8Array(Buffer.from(binary));
}
