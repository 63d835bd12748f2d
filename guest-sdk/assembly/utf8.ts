// UTF-8 in and out of AssemblyScript's strings, which are UTF-16 and may hold lone surrogates.
//
// The standard library's codec neither checks what it decodes nor writes valid UTF-8 for a lone surrogate, and the host
// takes nothing but valid UTF-8. So: a lone surrogate is encoded as U+FFFD, and malformed input decodes to U+FFFD the way
// browsers and Node do it (one for each maximal part of an ill-formed sequence).

const REPLACEMENT: u32 = 0xfffd;

/** How many bytes `encodeUtf8` will write. */
export function utf8Length(text: string): usize {
  let at = changetype<usize>(text);
  const end = at + (<usize>text.length << 1);
  let size: usize = 0;
  while (at < end) {
    // Four ASCII units at once: no bit above the low seven of any.
    while (at + 8 <= end && (load<u64>(at) & 0xff80ff80ff80ff80) == 0) {
      size += 4;
      at += 8;
    }
    if (at >= end) break;
    const unit = <u32>load<u16>(at);
    at += 2;
    if (unit < 0x80) size += 1;
    else if (unit < 0x800) size += 2;
    else if (isLead(unit) && at < end && isTrail(load<u16>(at))) {
      size += 4;
      at += 2;
    } else size += 3;
  }
  return size;
}

/** Writes `text` to `target`, which has room for `utf8Length(text)` bytes. Returns the address behind the last one. */
export function encodeUtf8(text: string, target: usize): usize {
  let at = changetype<usize>(text);
  const end = at + (<usize>text.length << 1);
  while (at < end) {
    while (at + 8 <= end) {
      const four = load<u64>(at);
      if (four & 0xff80ff80ff80ff80) break;
      store<u32>(target, narrow(four));
      target += 4;
      at += 8;
    }
    if (at >= end) break;
    let code = <u32>load<u16>(at);
    at += 2;
    if ((code & 0xf800) == 0xd800) {
      if (isLead(code) && at < end && isTrail(load<u16>(at))) {
        code = 0x10000 + ((code & 0x3ff) << 10) + (<u32>load<u16>(at) & 0x3ff);
        at += 2;
      } else {
        code = REPLACEMENT;
      }
    }
    target = putCodePoint(target, code);
  }
  return target;
}

/** Writes one code point as one to four bytes and returns the address behind it. */
export function putCodePoint(target: usize, code: u32): usize {
  if (code < 0x80) {
    store<u8>(target, code);
    return target + 1;
  }
  if (code < 0x800) {
    store<u8>(target, 0xc0 | (code >> 6));
    store<u8>(target, 0x80 | (code & 0x3f), 1);
    return target + 2;
  }
  if (code < 0x10000) {
    store<u8>(target, 0xe0 | (code >> 12));
    store<u8>(target, 0x80 | ((code >> 6) & 0x3f), 1);
    store<u8>(target, 0x80 | (code & 0x3f), 2);
    return target + 3;
  }
  store<u8>(target, 0xf0 | (code >> 18));
  store<u8>(target, 0x80 | ((code >> 12) & 0x3f), 1);
  store<u8>(target, 0x80 | ((code >> 6) & 0x3f), 2);
  store<u8>(target, 0x80 | (code & 0x3f), 3);
  return target + 4;
}

/** The text of `len` bytes at `ptr`; malformed parts become U+FFFD. */
export function decodeUtf8(ptr: usize, len: usize): string {
  // Never more units than bytes. `__new` may collect garbage, but `ptr` is not the collector's to move or free.
  const text = changetype<string>(__new(len << 1, idof<string>()));
  const written = decodeUtf8To(ptr, len, changetype<usize>(text)) - changetype<usize>(text);
  return written == len << 1 ? text : changetype<string>(__renew(changetype<usize>(text), written));
}

/** Decodes to `target`, which has room for two bytes for each byte given. Returns the address behind the last unit. */
export function decodeUtf8To(ptr: usize, len: usize, target: usize): usize {
  const end = ptr + len;
  while (ptr < end) {
    while (ptr + 4 <= end) {
      const four = load<u32>(ptr);
      if (four & 0x80808080) break;
      store<u64>(target, widen(four));
      target += 8;
      ptr += 4;
    }
    if (ptr >= end) break;
    const size = sequenceLength(ptr, end);
    if (size > 0) {
      target = putUnits(target, codePointAt(ptr, size));
      ptr += size;
    } else {
      target = putUnits(target, REPLACEMENT);
      ptr += -size;
    }
  }
  return target;
}

/**
 * Length of the well-formed sequence at `ptr`, or minus the number of bytes that one U+FFFD stands for.
 * The bounds of the second byte are those of table 3-7 of the Unicode standard: no overlong forms, no surrogates.
 */
export function sequenceLength(ptr: usize, end: usize): i32 {
  const first = <u32>load<u8>(ptr);
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4) return -1;
  const size = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  let low: u32 = 0x80;
  let high: u32 = 0xbf;
  if (first == 0xe0) low = 0xa0;
  else if (first == 0xed) high = 0x9f;
  else if (first == 0xf0) low = 0x90;
  else if (first == 0xf4) high = 0x8f;
  for (let i = 1; i < size; i++) {
    if (ptr + i >= end) return -i;
    const byte = <u32>load<u8>(ptr + i);
    if (byte < low || byte > high) return -i;
    low = 0x80;
    high = 0xbf;
  }
  return size;
}

/** The code point of a well-formed sequence of `size` bytes. */
// @ts-ignore: decorator
@inline
function codePointAt(ptr: usize, size: i32): u32 {
  const first = <u32>load<u8>(ptr);
  if (size == 1) return first;
  const second = <u32>load<u8>(ptr, 1) & 0x3f;
  if (size == 2) return ((first & 0x1f) << 6) | second;
  const third = <u32>load<u8>(ptr, 2) & 0x3f;
  if (size == 3) return ((first & 0x0f) << 12) | (second << 6) | third;
  return ((first & 0x07) << 18) | (second << 12) | (third << 6) | (<u32>load<u8>(ptr, 3) & 0x3f);
}

/** Writes a code point as one or two UTF-16 units. */
function putUnits(target: usize, code: u32): usize {
  if (code < 0x10000) {
    store<u16>(target, code);
    return target + 2;
  }
  code -= 0x10000;
  store<u16>(target, 0xd800 | (code >> 10));
  store<u16>(target, 0xdc00 | (code & 0x3ff), 2);
  return target + 4;
}

// @ts-ignore: decorator
@inline
export function isLead(unit: u32): bool {
  return (unit & 0xfc00) == 0xd800;
}

// @ts-ignore: decorator
@inline
export function isTrail(unit: u32): bool {
  return (unit & 0xfc00) == 0xdc00;
}

/** Four ASCII units to four bytes. */
// @ts-ignore: decorator
@inline
function narrow(units: u64): u32 {
  const pairs = units | (units >> 8);
  return <u32>((pairs & 0xffff) | ((pairs >> 16) & 0xffff0000));
}

/** Four ASCII bytes to four units. */
// @ts-ignore: decorator
@inline
function widen(bytes: u32): u64 {
  const pairs = (<u64>bytes | (<u64>bytes << 16)) & 0x0000ffff0000ffff;
  return (pairs | (pairs << 8)) & 0x00ff00ff00ff00ff;
}
