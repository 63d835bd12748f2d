// `config`: what the operator set for this plugin.

import { config_get } from "./env";
import { takeBytes } from "./given";
import { Json } from "./json/json";
import { parseAt } from "./json/parse";

let text: StaticArray<u8> | null = null;
let parsed: Json | null = null;

export namespace config {
  /** The value of one key of the configuration; of type `Missing` if it is not set. */
  export function get(key: string): Json {
    return all().get(key);
  }

  /** The whole configuration: an object. */
  export function all(): Json {
    const known = parsed;
    if (known != null) return known;
    const bytes = text;
    const value = bytes == null ? Json.missing : parseAt(changetype<usize>(bytes), bytes.length);
    parsed = value;
    return value;
  }
}

/** Keeps the configuration text that the host passed to `plugin_init`; it is parsed when somebody asks. */
export function keepConfig(ptr: usize, len: usize): void {
  const copy = new StaticArray<u8>(<i32>len);
  memory.copy(changetype<usize>(copy), ptr, len);
  text = copy;
  parsed = null;
}

/** Bytes in front of the name of an event, as the host writes it: `{"event":"`. */
const NAME_AT: usize = 10;
const CHANGED = "config.changed";

/** Takes the configuration from the host anew if this is the event that says so. Who else sends such an event changes nothing. */
export function heedConfig(ptr: usize, len: usize): void {
  if (len <= NAME_AT + <usize>CHANGED.length) return;
  for (let i = 0; i < CHANGED.length; i++) {
    if (load<u8>(ptr + NAME_AT + i) != <u8>CHANGED.charCodeAt(i)) return;
  }
  const bytes = takeBytes(config_get(ptr, 0));
  keepConfig(bytes.dataStart, bytes.length);
}
