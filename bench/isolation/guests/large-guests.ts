/** Guests that do harm by their size: a module whose last function is repeated, or replaced. As text they would take minutes. */
import { decodeModule } from '../../../engine/wasm/decode.ts';
import { encodeModule } from '../../../engine/wasm/encode.ts';
import { COMPILE_BOMB_SIZE, MANY_FUNCTIONS, MANY_FUNCTIONS_BYTES } from '../cases.ts';
import type { GuestName } from '../peer.ts';

/** A function that has something to compile; some 840 bytes. The last one of every large guest. */
export const LAST_FUNCTION = `(func $last (param $n i32) (result i32)
  ${Array.from(
    { length: 46 },
    (_, i) => `(if (i32.and (local.get $n) (i32.const 1))
      (then (local.set $n (i32.add (i32.mul (local.get $n) (i32.const 3)) (i32.const ${i})))))`,
  ).join('\n')}
  (local.get $n))`;

// A block, branches out of it under the condition that the parameter is, and the parameter as result. At each branch a compiler
// looks at all variables.
const OPEN = [0x02, 0x40];
const BRANCH = [0x20, 0, 0x0d, 0];
const SHUT = [0x0b, 0x20, 0, 0x0b];

export const isLarge = (guest: GuestName): boolean => guest === 'many-functions' || guest === 'compile-bomb';

/** @param small a module whose last function is LAST_FUNCTION */
export function enlarge(small: Uint8Array, guest: GuestName): Uint8Array<ArrayBuffer> {
  const module = decodeModule(small);
  const last = module.bodies.at(-1);
  const type = module.functions.at(-1);
  if (last === undefined || type === undefined) throw new Error('the module has no functions');
  if (guest === 'many-functions') {
    const copies = Math.max(MANY_FUNCTIONS, Math.round(MANY_FUNCTIONS_BYTES / (last.span.end - last.span.start)));
    const functions = new Uint32Array(module.functions.length + copies).fill(type);
    functions.set(module.functions);
    const bodies = [...module.bodies, ...new Array<typeof last>(copies).fill(last)];
    return encodeModule({ ...module, functions, bodies });
  }
  // Bodies are copied from the bytes of the module: behind them there is room.
  const bytes = new Uint8Array(small.length + OPEN.length + COMPILE_BOMB_SIZE * BRANCH.length + SHUT.length);
  bytes.set(small);
  bytes.set(OPEN, small.length);
  for (let i = 0; i < COMPILE_BOMB_SIZE; i++) bytes.set(BRANCH, small.length + OPEN.length + i * BRANCH.length);
  bytes.set(SHUT, bytes.length - SHUT.length);
  const code = { start: small.length, end: bytes.length };
  const locals = [{ count: COMPILE_BOMB_SIZE - 10, type: 'i32' as const }];
  return encodeModule({ ...module, bytes, bodies: [...module.bodies.slice(0, -1), { ...last, locals, code }] });
}
