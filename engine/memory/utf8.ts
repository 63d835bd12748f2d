/** Where UTF-8 goes wrong: for messages. The native decoder only says that it does. */

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
