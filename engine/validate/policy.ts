/** Which WebAssembly features are off, and why. Everything else that V8 takes by default is on. */
import { RingfenceError } from '../errors.ts';
import type { FeatureUse } from '../wasm/features.ts';
import type { Feature } from '../wasm/opcodes.ts';
import { hex } from '../wasm/reader.ts';

interface Refusal {
  /** What it is called in messages. */
  readonly title: string;
  /** Why it is off. */
  readonly reason: string;
  /** What the author of the plugin can do. */
  readonly fix: string;
}

/** The features that are off. */
export const REFUSED_FEATURES: Readonly<Partial<Record<Feature, Refusal>>> = {
  threads: {
    title: 'threads (shared memory and atomic instructions)',
    reason:
      'what runs at the same time cannot be metered deterministically, and shared memory changes under the host while it reads',
    fix: 'compile without threads (clang: without -pthread; AssemblyScript: without --enable threads)',
  },
  memory64: {
    title: 'memory64 (64-bit addresses)',
    reason: 'the guest ABI passes 32-bit pointers, and a plugin is capped far below 4 GiB',
    fix: 'compile for wasm32',
  },
  'multi-memory': {
    title: 'more than one memory',
    reason: 'the limit `memory` is that of the one memory that the host reads and writes',
    fix: 'link everything into one memory',
  },
  gc: {
    title: 'garbage-collected types (struct, array, i31, subtypes, recursion groups)',
    reason: 'V8 puts their objects on its own heap, where no limit per plugin holds',
    fix: 'compile to linear memory (Kotlin, Dart and Java compilers that need GC types are not supported)',
  },
  'relaxed-simd': {
    title: 'relaxed SIMD',
    reason: 'its results differ from processor to processor, and a plugin is to answer the same everywhere',
    fix: 'compile with plain SIMD (-msimd128 without -mrelaxed-simd)',
  },
  'custom-page-sizes': {
    title: 'custom page sizes',
    reason: 'the limit `memory` counts pages of 64 KiB',
    fix: 'compile with the default page size',
  },
};

/**
 * @param found the features that a module uses
 * @throws UNSUPPORTED_FEATURE for the first use of the refused feature that stands first in the module; `details.features`
 *   lists all that are refused
 */
export function checkFeatures(found: ReadonlyMap<Feature, FeatureUse>): void {
  const refused = [...found]
    .flatMap(([feature, use]) => {
      const refusal = REFUSED_FEATURES[feature];
      return refusal === undefined ? [] : [{ feature, ...use, ...refusal }];
    })
    .sort((a, b) => a.offset - b.offset);
  const [first] = refused;
  if (first === undefined) return;
  const { feature, title, reason, fix, what, offset } = first;
  const others = refused.slice(1).map((other) => other.title);
  throw new RingfenceError(
    'UNSUPPORTED_FEATURE',
    `${what}: the module uses ${title}, which is off because ${reason}. To load it, ${fix}` +
      `${others.length === 0 ? '' : `. It also uses ${others.join(', ')}`} (at offset ${hex(offset)})`,
    {
      stage: 'validate',
      details: { feature, offset, features: refused.map((item) => ({ feature: item.feature, offset: item.offset })) },
    },
  );
}
