// JSON values as text, into the output.

import { Json, JsonType } from "./json";
import { writeNumber, writeString } from "./scalar";
import { byte, bytes, text } from "../output";

/** A value nested deeper than this contains itself, or no reader will take it. */
const MAX_DEPTH = 500;

/** Writes the value; what is missing as `null`. */
export function writeJson(value: Json, depth: i32 = 0): void {
  const source = value.source;
  if (source != 0) {
    // It was checked when it was parsed, so it can go out as it came.
    bytes(source, value.sourceEnd - source);
    return;
  }
  switch (value.type) {
    case JsonType.Boolean:
      text(value.asBoolean() ? "true" : "false");
      return;
    case JsonType.Number:
      writeNumber(value.asNumber());
      return;
    case JsonType.String:
      writeString(value.asString());
      return;
    case JsonType.Array:
    case JsonType.Object:
      writeContainer(value, depth);
      return;
  }
  text("null");
}

function writeContainer(value: Json, depth: i32): void {
  if (depth == MAX_DEPTH) throw new Error(`a JSON value is nested deeper than ${MAX_DEPTH}: does it contain itself?`);
  const isObject = value.isObject;
  byte(isObject ? 0x7b : 0x5b);
  for (let i = 0; i < value.length; i++) {
    if (i > 0) byte(0x2c);
    if (isObject) {
      writeString(value.keyAt(i));
      byte(0x3a);
    }
    writeJson(value.at(i), depth + 1);
  }
  byte(isObject ? 0x7d : 0x5d);
}
