// Memory that the host got from `malloc` and handed over: it belongs to the plugin, which frees it.

import { free } from "./exports";

/** A packed pointer and length as bytes of the plugin's own. */
export function takeBytes(packed: i64): Uint8Array {
  const size = <usize>packed & 0xffffffff;
  const bytes = new Uint8Array(<i32>size);
  const at = <usize>(packed >> 32);
  memory.copy(bytes.dataStart, at, size);
  if (at != 0) free(at);
  return bytes;
}
