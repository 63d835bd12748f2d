/**
 * What is metered: two large programs in C++ that stand in packages, and committed programs whose functions are repeated up
 * to sizes from 100 KB to 10 MB.
 */

import { synthesise } from '../fuel/synthesise.ts';
import { readProgram } from '../programs/programs.ts';

export interface MeteredSource {
  readonly name: string;
  /** Sources of one family differ in nothing but their size: from them it is read whether time grows linearly. */
  readonly family?: string;
  readonly load: () => Promise<Uint8Array<ArrayBuffer>>;
}

/** The family is of one program, so that all its sizes hold the same code. */
const FAMILY = 'word-count';
const FAMILY_BYTES = {
  '100 KB': 100_000,
  '300 KB': 300_000,
  '1 MB': 1_000_000,
  '3 MB': 3_000_000,
  '10 MB': 10_000_000,
};
/** AssemblyScript, C, C with SIMD, Rust. */
const REPEATED = ['json-parser', 'sha256', 'simd-blur', 'hash-map'];
const REPEATED_BYTES = 1_000_000;

const repeated = (program: string, bytes: number): MeteredSource['load'] => {
  return async () => synthesise(readProgram({ name: program }), bytes);
};

export const SOURCES: readonly MeteredSource[] = [
  { name: 'wabt', load: () => wasmInside(async () => (await import('wabt')).default()) },
  { name: 'binaryen', load: () => wasmInside(() => import('binaryen')) },
  ...REPEATED.map((program) => ({ name: program, load: repeated(program, REPEATED_BYTES) })),
  ...Object.entries(FAMILY_BYTES).map(([size, bytes]) => ({
    name: `${FAMILY} ${size}`,
    family: FAMILY,
    load: repeated(FAMILY, bytes),
  })),
];

/** The WebAssembly that a package carries inside its JavaScript, taken when it hands it to V8. */
async function wasmInside(start: () => Promise<unknown>): Promise<Uint8Array<ArrayBuffer>> {
  const { instantiate } = WebAssembly;
  let found: Uint8Array<ArrayBuffer> | undefined;
  WebAssembly.instantiate = ((source: BufferSource, imports?: WebAssembly.Imports) => {
    const view = ArrayBuffer.isView(source)
      ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
      : new Uint8Array(source);
    found = Uint8Array.from(view);
    return instantiate(source, imports);
  }) as typeof WebAssembly.instantiate;
  try {
    await start();
  } finally {
    WebAssembly.instantiate = instantiate;
  }
  if (found === undefined) throw new Error('the package instantiated nothing');
  return found;
}
