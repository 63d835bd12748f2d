/** Text from a guest, made safe to print: it stays one line and cannot move the cursor or turn the direction of text. */

/** Controls (C0, DEL, C1), line and paragraph separators, directional marks, overrides and isolates. */
const UNSAFE = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;
const NAMED: ReadonlyMap<string, string> = new Map([
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
]);

/** `text` with everything unsafe written as an escape, cut to `maxUnits`. */
export function oneLine(text: string, maxUnits = Number.POSITIVE_INFINITY): string {
  const safe = text.replace(
    UNSAFE,
    (unit) => NAMED.get(unit) ?? `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return safe.length > maxUnits ? `${safe.slice(0, maxUnits)}…` : safe;
}
