/** Seeded damage to bytes: what a bad disk, a bad network or an attacker without a plan would do. Same seed, same damage. */
import type { Random } from './random.ts';

/** Bytes that mean something in the binary format: section ids, LEB128 edges, types, opcodes that open and close. */
const MEANINGFUL = [
  0x00, 0x01, 0x0a, 0x0b, 0x3f, 0x40, 0x60, 0x63, 0x6f, 0x70, 0x7b, 0x7f, 0x80, 0xfb, 0xfc, 0xfd, 0xfe, 0xff,
];

type Mutation = (bytes: Uint8Array, random: Random) => Uint8Array;

/** Overwrites `count` bytes, each at a random place. */
const overwrite =
  (count: number, value: (old: number, random: Random) => number): Mutation =>
  (bytes, random) => {
    const copy = bytes.slice();
    for (let i = 0; i < count; i++) {
      const at = random(copy.length);
      copy[at] = value(copy[at] ?? 0, random);
    }
    return copy;
  };

const splice = (bytes: Uint8Array, at: number, removed: number, added: Uint8Array): Uint8Array => {
  const changed = new Uint8Array(bytes.length - removed + added.length);
  changed.set(bytes.subarray(0, at));
  changed.set(added, at);
  changed.set(bytes.subarray(at + removed), at + added.length);
  return changed;
};

const MUTATIONS: readonly Mutation[] = [
  overwrite(1, (old, random) => old ^ (1 << random(8))),
  overwrite(1, (_, random) => random(256)),
  overwrite(1, (_, random) => MEANINGFUL[random(MEANINGFUL.length)] ?? 0),
  overwrite(1, (old, random) => old + (random(2) === 0 ? 1 : -1)),
  overwrite(4, (_, random) => random(256)),
  overwrite(16, (old, random) => old ^ (1 << random(8))),
  // Cut off.
  (bytes, random) => bytes.slice(0, random(bytes.length)),
  // A piece removed, doubled, or moved over another.
  (bytes, random) => splice(bytes, random(bytes.length), 0, Uint8Array.of(random(256))),
  (bytes, random) => {
    const at = random(bytes.length);
    return splice(bytes, at, Math.min(1 + random(8), bytes.length - at), new Uint8Array());
  },
  (bytes, random) => {
    const at = random(bytes.length);
    return splice(bytes, at, 0, bytes.slice(at, at + 1 + random(64)));
  },
  (bytes, random) => {
    const from = random(bytes.length);
    const piece = bytes.slice(from, from + 1 + random(64));
    const at = random(bytes.length);
    return splice(bytes, at, Math.min(piece.length, bytes.length - at), piece);
  },
  // A number made as large as it gets.
  (bytes, random) => splice(bytes, random(bytes.length), 1, Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x0f)),
];

/** A damaged copy. */
export function mutate(bytes: Uint8Array, random: Random): Uint8Array {
  const mutation = MUTATIONS[random(MUTATIONS.length)] as Mutation;
  return mutation(bytes, random);
}
