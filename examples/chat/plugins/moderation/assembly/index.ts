// Stops messages, or masks words in them, before anybody else sees them.

import { Json, json, log } from "ringfence-guest";

const banned = new Set<string>();
const masked = new Set<string>();

export function onInit(config: Json): void {
  addAll(banned, config.get("banned"));
  addAll(masked, config.get("masked"));
}

export function onEvent(event: string, payload: Json): Json {
  const words = payload.get("text").asString().split(" ");
  let isChanged = false;
  for (let i = 0; i < words.length; i++) {
    const word = bare(words[i]);
    if (banned.has(word)) {
      log.warn(`stopped a message of ${payload.get("user").asString()}`);
      return json.object().set("stop", true).set("reason", `the word "${word}" is not allowed here`);
    }
    if (masked.has(word)) {
      words[i] = "*".repeat(words[i].length);
      isChanged = true;
    }
  }
  if (!isChanged) return json.object();
  payload.set("text", words.join(" "));
  return json.object().set("payload", payload);
}

function addAll(set: Set<string>, list: Json): void {
  for (let i = 0; i < list.length; i++) set.add(list.at(i).asString().toLowerCase());
}

/** In lower case, without punctuation around it. */
function bare(word: string): string {
  let start = 0;
  let end = word.length;
  while (start < end && isMark(word.charCodeAt(start))) start++;
  while (end > start && isMark(word.charCodeAt(end - 1))) end--;
  return word.substring(start, end).toLowerCase();
}

function isMark(unit: i32): bool {
  return unit == 0x21 || unit == 0x22 || unit == 0x27 || unit == 0x2c || unit == 0x2e || unit == 0x3a || unit == 0x3b || unit == 0x3f;
}
