// Strings and numbers of JSON texts, in both directions.

import { byte, bytes, reserve, advance } from "../output";
import { decodeUtf8, decodeUtf8To, isLead, isTrail, putCodePoint } from "../utf8";
import { hexValue } from "./tape";
import { parseDecimal } from "./decimal";
import { dtoa_buffered, itoa_buffered } from "util/number";

/** Decodes the text between the quotes of a string token. */
export function readString(ptr: usize, end: usize, escaped: bool): string {
  const len = end - ptr;
  if (len == 0) return "";
  if (!escaped) return decodeUtf8(ptr, len);
  // No escape sequence is longer decoded than written.
  const text = changetype<string>(__new(len << 1, idof<string>()));
  let target = changetype<usize>(text);
  while (ptr < end) {
    let plain = ptr;
    while (plain < end && load<u8>(plain) != 0x5c) plain++;
    target = decodeUtf8To(ptr, plain - ptr, target);
    if (plain == end) break;
    const letter = <u32>load<u8>(plain, 1);
    store<u16>(target, letter == 0x75 ? unicodeEscape(plain + 2) : simpleEscape(letter));
    target += 2;
    ptr = plain + (letter == 0x75 ? 6 : 2);
  }
  return changetype<string>(__renew(changetype<usize>(text), target - changetype<usize>(text)));
}

function unicodeEscape(digits: usize): u32 {
  let unit = 0;
  for (let i: usize = 0; i < 4; i++) unit = (unit << 4) | hexValue(load<u8>(digits + i));
  return unit;
}

function simpleEscape(letter: u32): u32 {
  switch (letter) {
    case 0x62: return 0x08;
    case 0x66: return 0x0c;
    case 0x6e: return 0x0a;
    case 0x72: return 0x0d;
    case 0x74: return 0x09;
  }
  return letter;
}

/** Is `key` the text between the quotes of a string token? */
export function sameString(key: string, ptr: usize, end: usize, escaped: bool): bool {
  if (escaped) return readString(ptr, end, true) == key;
  const units = changetype<usize>(key);
  const len = <usize>key.length;
  // An ASCII key has as many units as bytes; any other has fewer.
  if (end - ptr < len) return false;
  if (end - ptr > len) return isAscii(ptr, end) ? false : decodeUtf8(ptr, end - ptr) == key;
  for (let i: usize = 0; i < len; i++) {
    if (<u32>load<u16>(units + (i << 1)) != <u32>load<u8>(ptr + i)) return false;
  }
  // Equal unit for byte; a byte beyond ASCII equals no unit that it would decode to.
  return isAscii(ptr, end);
}

function isAscii(ptr: usize, end: usize): bool {
  while (ptr < end) if (load<i8>(ptr++) < 0) return false;
  return true;
}

/** The value of a number token, correctly rounded. */
export function readNumber(ptr: usize, end: usize): f64 {
  return parseDecimal(ptr, end);
}

/** Writes text as a JSON string. Lone surrogates are escaped, as JavaScript does it, so they survive the way. */
export function writeString(text: string): void {
  byte(0x22);
  let at = changetype<usize>(text);
  const end = at + (<usize>text.length << 1);
  while (at < end) {
    // At most 6 bytes for a unit; in runs, so that `reserve` is not asked for each.
    const run = min(end, at + 128);
    let target = reserve((run - at) * 3 + 8);
    while (at < run) {
      const unit = <u32>load<u16>(at);
      at += 2;
      if (unit >= 0x20 && unit < 0x80) {
        if (unit == 0x22 || unit == 0x5c) store<u8>(target++, 0x5c);
        store<u8>(target++, unit);
      } else if (unit < 0x20) {
        target = putControl(target, unit);
      } else if ((unit & 0xf800) != 0xd800) {
        target = putCodePoint(target, unit);
      } else if (isLead(unit) && at < end && isTrail(load<u16>(at))) {
        target = putCodePoint(target, 0x10000 + ((unit & 0x3ff) << 10) + (<u32>load<u16>(at) & 0x3ff));
        at += 2;
      } else {
        target = putUnicodeEscape(target, unit);
      }
    }
    advance(target);
  }
  byte(0x22);
}

function putControl(target: usize, unit: u32): usize {
  const letter: u32 = unit == 0x08 ? 0x62 : unit == 0x0c ? 0x66 : unit == 0x0a ? 0x6e : unit == 0x0d ? 0x72 : unit == 0x09 ? 0x74 : 0;
  if (letter == 0) return putUnicodeEscape(target, unit);
  store<u8>(target, 0x5c);
  store<u8>(target, letter, 1);
  return target + 2;
}

function putUnicodeEscape(target: usize, unit: u32): usize {
  store<u16>(target, 0x755c);
  for (let i: usize = 0; i < 4; i++) {
    const digit = (unit >> (12 - (<u32>i << 2))) & 15;
    store<u8>(target + 2 + i, digit < 10 ? 0x30 + digit : 0x57 + digit);
  }
  return target + 6;
}

/** Room for the longest number in UTF-16: "-1.2345678901234567e-308". */
const digits = memory.data(64);

/** Writes a number as JSON; NaN and the infinities, which JSON has not, as `null`. */
export function writeNumber(value: f64): void {
  if (!isFinite(value)) {
    bytes(changetype<usize>(NULL), 4);
    return;
  }
  const whole = <i64>value;
  if (<f64>whole == value && value > -9007199254740992.0 && value < 9007199254740992.0) writeInteger(whole);
  else writeUnits(dtoa_buffered(digits, value));
}

export function writeInteger<T extends number>(value: T): void {
  writeUnits(itoa_buffered(digits, value));
}

/** The buffer's units as bytes; a float that is whole comes with ".0", which JSON does not need. */
function writeUnits(length: u32): void {
  let units = <usize>length;
  if (units > 2 && load<u32>(digits + ((units - 2) << 1)) == 0x0030002e) units -= 2;
  const target = reserve(units);
  for (let i: usize = 0; i < units; i++) store<u8>(target + i, <u8>load<u16>(digits + (i << 1)));
  advance(target + units);
}

/** "null" as bytes. */
const NULL: StaticArray<u8> = [0x6e, 0x75, 0x6c, 0x6c];
