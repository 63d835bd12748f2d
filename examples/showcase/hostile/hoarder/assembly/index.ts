// A plugin that would eat the memory of a host which trusts it.

const hoard: Uint8Array[] = [];

/** Takes a megabyte at a time, writes to it so that it counts, and keeps it. */
export function grow(): u32 {
  while (true) hoard.push(new Uint8Array(1 << 20).fill(1));
  return hoard.length;
}
