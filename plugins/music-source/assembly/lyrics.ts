// Lyrics in the LRC format: "[01:05.20]A line", or several times before a line that comes back. Tags such as "[ti:Title]"
// say something about the song; lines without a time are kept where no line has one.

import { Json, json } from "ringfence-guest";

class Line {
  constructor(
    public timeMs: i32,
    public text: string,
  ) {}
}

/** Lines with times in the order in which they are sung, or plain lines if there are no times. */
export function parseLyrics(id: string, lrc: string): Json {
  const timed: Line[] = [];
  const plain: string[] = [];
  const rows = lrc.replaceAll("\r\n", "\n").split("\n");
  for (let i = 0; i < rows.length; i++) {
    const before = timed.length;
    const text = takeTags(rows[i], timed);
    for (let j = before; j < timed.length; j++) timed[j].text = text;
    if (timed.length == before && !(rows[i].startsWith("[") && text.length == 0)) plain.push(text);
  }
  timed.sort((a, b) => a.timeMs - b.timeMs);
  const lines = json.array();
  for (let i = 0; i < timed.length; i++) lines.push(json.object().set("timeMs", timed[i].timeMs).set("text", timed[i].text));
  if (timed.length == 0) for (let i = 0; i < plain.length; i++) lines.push(json.object().set("text", plain[i]));
  return json.object().set("id", id).set("synced", timed.length > 0).set("lines", lines);
}

/** Adds a line for each time before the text, and returns the text. */
function takeTags(row: string, lines: Line[]): string {
  let at = 0;
  while (at < row.length && row.charCodeAt(at) == 0x5b) {
    const close = row.indexOf("]", at);
    if (close < 0) break;
    const time = parseTime(row.substring(at + 1, close));
    if (time >= 0) lines.push(new Line(time, ""));
    at = close + 1;
  }
  return row.substring(at).trim();
}

/** "01:05.20" in milliseconds; -1 for anything else. */
function parseTime(tag: string): i32 {
  const colon = tag.indexOf(":");
  if (colon < 1) return -1;
  const minutes = parseInt(tag.substring(0, colon));
  const seconds = parseFloat(tag.substring(colon + 1));
  if (isNaN(minutes) || isNaN(seconds) || minutes < 0 || minutes > 600 || seconds < 0 || seconds >= 60) return -1;
  return <i32>Math.round((minutes * 60 + seconds) * 1000);
}
