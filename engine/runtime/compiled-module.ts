/** A metered module, compiled: what instances are made of. */
import { RingfenceError } from '../errors.ts';
import type { EngineReport } from '../meter/index.ts';
import type { MeteredData } from './module-work.ts';

export interface CompiledModule {
  readonly module: WebAssembly.Module;
  readonly report: EngineReport;
  /** Where its code came from, for messages: see OffsetMap of the meter. */
  readonly offsets: Uint8Array<ArrayBuffer>;
  /** Of one made for profiles: see MeteredData. */
  readonly code: Uint32Array<ArrayBuffer> | undefined;
  /** What was compiled, where the engine's executor sends it to other processes. V8 has a copy of its own in any case. */
  readonly bytes: Uint8Array<ArrayBuffer> | undefined;
}

/** To have another thread compile so little takes longer than to do it. */
const AT_ONCE_BYTES = 64 * 1024;

/** Compiles on V8's own threads, but for small modules. */
export async function compile(bytes: Uint8Array<ArrayBuffer>): Promise<WebAssembly.Module> {
  return bytes.length <= AT_ONCE_BYTES ? new WebAssembly.Module(bytes) : WebAssembly.compile(bytes);
}

/** @param compiling the module, where that has begun already */
export async function compileMetered(
  { bytes, report, offsets, code }: MeteredData,
  keepBytes: boolean,
  compiling: Promise<WebAssembly.Module> = compile(bytes),
): Promise<CompiledModule> {
  try {
    return { module: await compiling, report, offsets, code, bytes: keepBytes ? bytes : undefined };
  } catch (cause) {
    // V8 has validated the module before it was metered.
    const said = cause instanceof Error ? cause.message : String(cause);
    throw new RingfenceError('BUG', `BUG: the metered module does not compile: ${said}`, { stage: 'compile', cause });
  }
}
