/** Lyrics in the LRC format, as plugins/music-source/assembly/lyrics.ts reads them. */

interface Line {
  readonly timeMs: number;
  readonly text: string;
}

/** Lines with times in the order in which they are sung, or plain lines if there are no times. */
export function parseLyrics(id: string, lrc: string): { id: string; synced: boolean; lines: unknown[] } {
  const timed: Line[] = [];
  const plain: string[] = [];
  for (const row of lrc.replaceAll('\r\n', '\n').split('\n')) {
    const { times, text } = takeTags(row);
    for (const timeMs of times) timed.push({ timeMs, text });
    if (times.length === 0 && !(row.startsWith('[') && text.length === 0)) plain.push(text);
  }
  timed.sort((a, b) => a.timeMs - b.timeMs);
  const synced = timed.length > 0;
  return { id, synced, lines: synced ? timed : plain.map((text) => ({ text })) };
}

/** The times that stand before the text, and the text. */
function takeTags(row: string): { readonly times: readonly number[]; readonly text: string } {
  const times: number[] = [];
  let at = 0;
  while (row[at] === '[') {
    const close = row.indexOf(']', at);
    if (close < 0) break;
    const time = parseTime(row.slice(at + 1, close));
    if (time !== undefined) times.push(time);
    at = close + 1;
  }
  return { times, text: row.slice(at).trim() };
}

/** "01:05.20" in milliseconds. */
function parseTime(tag: string): number | undefined {
  const colon = tag.indexOf(':');
  if (colon < 1) return undefined;
  const minutes = Number.parseInt(tag.slice(0, colon), 10);
  const seconds = Number.parseFloat(tag.slice(colon + 1));
  const isTime = minutes >= 0 && minutes <= 600 && seconds >= 0 && seconds < 60;
  return isTime ? Math.round((minutes * 60 + seconds) * 1000) : undefined;
}
