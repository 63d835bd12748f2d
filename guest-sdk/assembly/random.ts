// `random`: numbers that nobody can guess. The plugin's manifest asks for `random`, the operator grants it. The host allows so
// many bytes in each call (limit `randomBytes`); a call that wants more ends. AssemblyScript's own `Math.random()` works as
// well: it asks the host once, and its numbers can be guessed.

import * as env from "./env";
import { utf8 } from "./text";

/** Where the host puts 64 bits at a time. */
const slot = memory.data(8, 8);

export namespace random {
  /** So many random bytes. */
  export function bytes(count: i32): Uint8Array {
    const target = new Uint8Array(count);
    env.random_get(target.dataStart, target.length);
    return target;
  }

  /** Any whole number that 64 bits hold. */
  export function word(): u64 {
    env.random_get(slot, sizeof<u64>());
    return load<u64>(slot);
  }

  /** A number from 0 up to, but not, 1. */
  export function fraction(): f64 {
    return <f64>(word() >> 11) / 9007199254740992;
  }

  /** A whole number from 0 up to, but not, `limit`, each as likely as any other; 0 for a limit of 0. */
  export function below(limit: u64): u64 {
    if (limit == 0) return 0;
    // Numbers under 2^64 modulo `limit` would come up more often than the others.
    const least = (0 - limit) % limit;
    let value = word();
    while (value < least) value = word();
    return value % limit;
  }

  /** A random UUID (version 4) such as "3b241101-e2bb-4255-8caf-4136c566a962". */
  export function uuid(): string {
    const source = bytes(16);
    source[6] = (source[6] & 0x0f) | 0x40;
    source[8] = (source[8] & 0x3f) | 0x80;
    const text = new Uint8Array(36);
    let at = 0;
    for (let i = 0; i < 16; i++) {
      if (i == 4 || i == 6 || i == 8 || i == 10) text[at++] = 0x2d;
      text[at++] = digit(source[i] >> 4);
      text[at++] = digit(source[i] & 15);
    }
    return utf8.decode(text);
  }

  function digit(value: u32): u8 {
    return <u8>(value < 10 ? 0x30 + value : 0x57 + value);
  }
}
