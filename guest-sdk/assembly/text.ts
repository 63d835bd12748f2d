// Text as bytes, for functions that take or return bytes, and numbers as text.

import { writeNumber } from "./json/scalar";
import { begin, finishText } from "./output";
import { decodeUtf8, encodeUtf8, utf8Length } from "./utf8";

/** A number as JavaScript and JSON write it: "3" where AssemblyScript's own `toString` says "3.0". */
export function formatNumber(value: f64): string {
  if (!isFinite(value)) return value.toString();
  begin();
  writeNumber(value);
  return finishText();
}

export namespace utf8 {
  /** The text as UTF-8; a lone surrogate becomes U+FFFD. */
  export function encode(text: string): Uint8Array {
    const bytes = new Uint8Array(<i32>utf8Length(text));
    encodeUtf8(text, bytes.dataStart);
    return bytes;
  }

  /** The text of UTF-8 bytes; what is malformed becomes U+FFFD. */
  export function decode(bytes: Uint8Array): string {
    return decodeUtf8(bytes.dataStart, bytes.length);
  }
}
