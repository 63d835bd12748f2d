/** How long a frame from a child may be: as long as the largest thing that the limits of its plugins let through. */

import type { CustomShape } from '../../host-function.ts';
import { LIMIT_NAMES, LIMITS, type LimitName, type Limits } from '../../limits.ts';

/** Limits that are no size of a message from a child: of modules, of memory, of sums, and of what only goes there. */
const OTHER: ReadonlySet<LimitName> = new Set([
  'memory',
  'wasmBytes',
  'kvBytes',
  'httpResponseBytes',
  'logCallBytes',
  'blockBytes',
  'varBytes',
]);
const SIZES = LIMIT_NAMES.filter((name) => LIMITS[name].unit === 'bytes' && !OTHER.has(name));
/** For everything around it. */
const MARGIN = 1024 * 1024;

export function largestFrame(limits: Limits, custom: readonly CustomShape[] = []): number {
  const sizes = [...SIZES.map((name) => limits[name]), ...custom.map(({ data }) => data?.maxInputBytes ?? 0)];
  return MARGIN + Math.max(...sizes);
}
