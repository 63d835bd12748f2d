// Adds `translations` to a message: the text in each language of the configuration that has at least one of its words.

import { Json, json } from "ringfence-guest";

const names = new Array<string>();
const dictionaries = new Array<Map<string, string>>();

export function onInit(config: Json): void {
  const languages = config.get("languages");
  for (let i = 0; i < languages.length; i++) {
    const name = languages.keyAt(i);
    const words = languages.get(name);
    const dictionary = new Map<string, string>();
    for (let k = 0; k < words.length; k++) {
      const word = words.keyAt(k);
      dictionary.set(word.toLowerCase(), words.get(word).asString());
    }
    names.push(name);
    dictionaries.push(dictionary);
  }
}

export function onEvent(event: string, payload: Json): Json {
  const words = payload.get("text").asString().split(" ");
  const translations = json.object();
  let found = false;
  for (let i = 0; i < names.length; i++) {
    const text = translate(words, dictionaries[i]);
    if (text === null) continue;
    translations.set(names[i], text);
    found = true;
  }
  if (!found) return json.object();
  payload.set("translations", translations);
  return json.object().set("payload", payload);
}

/** Null where the dictionary has none of the words. */
function translate(words: string[], dictionary: Map<string, string>): string | null {
  const translated = new Array<string>();
  let isKnown = false;
  for (let i = 0; i < words.length; i++) {
    const word = words[i].toLowerCase();
    if (dictionary.has(word)) {
      translated.push(dictionary.get(word));
      isKnown = true;
    } else {
      translated.push(words[i]);
    }
  }
  return isKnown ? translated.join(" ") : null;
}
