// Counts what is said. It only looks: nobody waits for it.

import { Json, json } from "ringfence-guest";

/** Names are what people type: not any number of them is kept. */
const MOST_USERS = 1000;
const OTHERS = "(others)";

let messages: i32 = 0;
let words: i32 = 0;
const byUser = new Map<string, i32>();

export function onEvent(event: string, payload: Json): void {
  messages++;
  words += payload.get("text").asString().split(" ").length;
  const name = payload.get("user").asString();
  const user = byUser.has(name) || byUser.size < MOST_USERS ? name : OTHERS;
  byUser.set(user, (byUser.has(user) ? byUser.get(user) : 0) + 1);
}

/** What was counted: messages, words, and messages by user. */
export function summary(): Json {
  const users = json.object();
  const names = byUser.keys();
  for (let i = 0; i < names.length; i++) users.set(names[i], byUser.get(names[i]));
  return json.object().set("messages", messages).set("words", words).set("users", users);
}

export function saveState(): Json {
  return summary();
}

export function restoreState(state: Json): void {
  messages = <i32>state.get("messages").asInteger();
  words = <i32>state.get("words").asInteger();
  const users = state.get("users");
  for (let i = 0; i < users.length; i++) {
    const name = users.keyAt(i);
    byUser.set(name, <i32>users.get(name).asInteger());
  }
}
