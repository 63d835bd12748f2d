/** Text from a guest, made safe to print: it stays one line and cannot move the cursor or turn the direction of text. */

/**
 * Controls (C0, DEL, C1), line and paragraph separators, directional marks, overrides and isolates; and what is invisible, so
 * that two texts which look the same are the same: zero-width spaces, the byte order mark, interlinear and tag characters.
 * Joiners (U+200C, U+200D) stay: scripts and emoji need them.
 */
const UNSAFE =
  /[\p{Cc}\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;
const NAMED: ReadonlyMap<string, string> = new Map([
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
]);
/** Of each character that was met, how it is written: there are few hundred, and a text may be made of nothing else. */
const written = new Map<string, string>();

/** `text` with everything unsafe written as an escape, cut to `maxUnits`. */
export function oneLine(text: string, maxUnits = Number.POSITIVE_INFINITY): string {
  const safe = text.replace(UNSAFE, escapeOf);
  return safe.length > maxUnits ? `${safe.slice(0, maxUnits)}…` : safe;
}

function escapeOf(character: string): string {
  let known = written.get(character);
  if (known === undefined) {
    known = NAMED.get(character) ?? escaped(character.codePointAt(0) as number);
    written.set(character, known);
  }
  return known;
}

const escaped = (codePoint: number): string =>
  codePoint > 0xffff ? `\\u{${codePoint.toString(16)}}` : `\\u${codePoint.toString(16).padStart(4, '0')}`;
