/** Which events a permission or a grant means: `order.created`, or `order.*` for all that begin with `order.`. */

/** Whether every event that `narrow` means is one that `wide` means. */
export function coversEvent(wide: string, narrow: string): boolean {
  return wide === narrow || (wide.endsWith('.*') && narrow.startsWith(wide.slice(0, -1)));
}

export function eventsOverlap(a: string, b: string): boolean {
  return coversEvent(a, b) || coversEvent(b, a);
}
