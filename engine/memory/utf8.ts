/** UTF-8 from guests, which may be no UTF-8 at all. */
import { RingfenceError } from '../errors.ts';

const strictText = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** @throws BAD_OUTPUT naming the first bad byte */
export function decodeText(bytes: Uint8Array, what: string): string {
  try {
    return strictText.decode(bytes);
  } catch {
    // The native decoder says only that something is wrong.
    const offset = firstBadUtf8(bytes);
    throw new RingfenceError(
      'BAD_OUTPUT',
      `Expected ${what} to be UTF-8 text, but byte ${offset} of ${bytes.length} does not fit`,
      { details: { what, offset, length: bytes.length } },
    );
  }
}

/** Offset of the first byte that does not continue valid UTF-8; the length if all is well. */
export function firstBadUtf8(bytes: Uint8Array): number {
  let at = 0;
  while (at < bytes.length) {
    const lead = bytes[at] as number;
    const following = followingBytes(lead);
    if (following < 0) return at;
    for (let i = 1; i <= following; i++) {
      const byte = bytes[at + i];
      if (byte === undefined || byte < lowest(lead, i) || byte > highest(lead, i)) return at;
    }
    at += following + 1;
  }
  return at;
}

function followingBytes(lead: number): number {
  if (lead < 0x80) return 0;
  if (lead < 0xc2) return -1;
  if (lead < 0xe0) return 1;
  if (lead < 0xf0) return 2;
  return lead < 0xf5 ? 3 : -1;
}

/** Over-long forms, surrogates and code points above U+10FFFF all show in the second byte. */
function lowest(lead: number, index: number): number {
  if (index > 1) return 0x80;
  return lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
}

function highest(lead: number, index: number): number {
  if (index > 1) return 0xbf;
  return lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
}

/** Bytes of `text` as UTF-8. */
export function utf8Length(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    // A pair of surrogates is 2 units and 4 bytes; a lone one is encoded as U+FFFD, 3 bytes.
    if (unit < 0x80) continue;
    if (unit < 0x800) bytes += 1;
    else if (unit >= 0xd800 && unit < 0xdc00 && isLow(text.charCodeAt(i + 1))) {
      bytes += 2;
      i++;
    } else bytes += 2;
  }
  return bytes;
}

const isLow = (unit: number): boolean => unit >= 0xdc00 && unit < 0xe000;
