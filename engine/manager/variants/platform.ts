/** What this process can run, of what a build may need: asked of V8 itself, with a module of a few bytes for each feature. */
import { canSuspend } from '../../runtime/jspi.ts';
import { REFUSED_FEATURES, type VariantNeed } from '../../validate/index.ts';

export interface Platform {
  /** Version of Node.js. */
  readonly node: string;
  /** Undefined where it can run it; otherwise why not, as the end of a sentence: "which …". */
  readonly lacks: (need: VariantNeed) => string | undefined;
}

/** A function without parameters, from its result types and its code. */
function moduleWith(results: readonly number[], code: readonly number[]): Uint8Array<ArrayBuffer> {
  const type = [1, 0x60, 0, results.length, ...results];
  const body = [0, ...code];
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...[1, type.length, ...type],
    ...[3, 2, 1, 0],
    ...[10, body.length + 2, 1, body.length, ...body],
  ]);
}

const END = 0x0b;
const VOID = 0x40;
/** One instruction of each feature. */
const PROBES: Readonly<Partial<Record<VariantNeed, Uint8Array<ArrayBuffer>>>> = {
  // v128.const
  simd: moduleWith([0x7b], [0xfd, 0x0c, ...new Array<number>(16).fill(0), END]),
  // try_table without clauses
  exceptions: moduleWith([], [0x1f, VOID, 0, END, END]),
  // try
  'legacy-exceptions': moduleWith([], [0x06, VOID, END, END]),
  // return_call of itself
  'tail-calls': moduleWith([], [0x12, 0, END]),
};

/** The platform of this process. */
export const HOST_PLATFORM: Platform = { node: process.versions.node, lacks: hostLacks };

function hostLacks(need: VariantNeed): string | undefined {
  const off = need === 'jspi' ? undefined : REFUSED_FEATURES[need];
  if (off !== undefined) return `which is off in Ringfence because ${off.reason}`;
  const probe = PROBES[need];
  const has = probe === undefined ? canSuspend : WebAssembly.validate(probe);
  return has ? undefined : `which Node.js ${process.versions.node} does not have`;
}
