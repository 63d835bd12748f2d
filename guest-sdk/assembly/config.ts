// `config`: what the operator set for this plugin.

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
