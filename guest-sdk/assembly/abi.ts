// Between the ABI and the plugin's own functions. For the code that `ringfence build` generates; plugins do not need it.
//
// A call: arguments are decoded (`argument…`), the function runs, its result is encoded (`result`) or its failure is
// reported (`report`).

import * as env from "./env";
import { free, takeLarge } from "./exports";
import { failed, recover } from "./failure";
import { Json } from "./json/json";
import { writeInteger, writeNumber, writeString } from "./json/scalar";
import { writeJson } from "./json/write";
import { begin, byte, bytes, finish, text } from "./output";

export { config, heedConfig, keepConfig } from "./config";
export { failed } from "./failure";
export { argument, argumentOr, closeArguments, inputBytes, inputJson, openArguments } from "./arguments";

/** Packed result of a function that failed. */
const FAILED: i64 = -1;

/** Pages of memory at the last look. */
let pages: i32 = memory.size();
/** The call before handled something large. */
let leftMuch = false;

/**
 * Begins a call. If the call before it left large garbage or made the memory grow, that is collected now, while no frame of
 * the plugin holds on to anything. The collector alone would let a few large objects pile up.
 */
export function enter(): void {
  const isLarge = takeLarge();
  if (isLarge || leftMuch || memory.size() != pages) {
    __collect();
    pages = memory.size();
  }
  leftMuch = isLarge;
}

/** Encodes a result: bytes as they are, everything else as JSON. */
export function result<T>(value: T): i64 {
  if (failed()) return report();
  begin();
  if (isReference<T>() && idof<T>() == idof<Uint8Array>()) {
    const array = changetype<Uint8Array>(value);
    if (changetype<usize>(value) != 0) bytes(array.dataStart, array.length);
  } else {
    write(value);
  }
  return finish();
}

/** The packed result of a function that returns nothing. */
export function nothing(): i64 {
  return failed() ? report() : 0;
}

/** What a lifecycle function returns: 0, or 1 after handing the failure over. */
export function status(healthy: bool = true): i32 {
  if (failed()) report();
  else if (healthy) return 0;
  return 1;
}

/** Text of the plugin's own making, as UTF-8. */
export function literal(value: string): i64 {
  begin();
  text(value);
  return finish();
}

/** Hands the failure of the call to the host and returns what a failed function returns. */
export function report(): i64 {
  const failure = recover()!;
  begin();
  text('{"code":');
  writeString(failure.code);
  text(',"message":');
  writeString(failure.message);
  const details = failure.details;
  if (details != null) {
    text(',"details":');
    writeJson(details);
  }
  byte(0x7d);
  const packed = finish();
  const at = <usize>(packed >> 32);
  env.error_set(at, <usize>packed);
  free(at);
  return FAILED;
}

function write<T>(value: T): void {
  if (isReference<T>() && changetype<usize>(value) == 0) {
    text("null");
  } else if (isBoolean<T>()) {
    text(value ? "true" : "false");
  } else if (isInteger<T>()) {
    writeInteger(value);
  } else if (isFloat<T>()) {
    writeNumber(value);
  } else if (isString<T>()) {
    writeString(changetype<string>(value));
  } else if (isArray<T>()) {
    byte(0x5b);
    for (let i = 0; i < value.length; i++) {
      if (i > 0) byte(0x2c);
      write(value[i]);
    }
    byte(0x5d);
  } else {
    writeJson(changetype<Json>(value));
  }
}
