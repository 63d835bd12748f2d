/** A guest that hides state wherever a module can: tests look whether it is still there. */
import type { PluginWat } from './wat.ts';

const HEX = `(func $hex (param $at i32) (param $value i64) (local $i i32) (local $digit i32)
  (loop $l
    (local.set $digit (i32.and (i32.wrap_i64 (local.get $value)) (i32.const 15)))
    (i32.store8 (i32.add (local.get $at) (i32.sub (i32.const 15) (local.get $i)))
      (i32.add (local.get $digit) (select (i32.const 48) (i32.const 87) (i32.lt_u (local.get $digit) (i32.const 10)))))
    (local.set $value (i64.shr_u (local.get $value) (i64.const 4)))
    (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 16)))))`;

/** Numbers that `look` tells, in order: each as text of 16 hexadecimal digits. */
const SEEN = [
  '(i64.extend_i32_u (global.get $i32))',
  '(global.get $i64)',
  '(i64.extend_i32_u (i32.reinterpret_f32 (global.get $f32)))',
  '(i64.reinterpret_f64 (global.get $f64))',
  '(i64x2.extract_lane 0 (global.get $v128))',
  '(i64x2.extract_lane 1 (global.get $v128))',
  '(i64.load (i32.const 65536))',
  '(i64.load (i32.const 131064))',
  '(i64.extend_i32_u (memory.size))',
];

const GLOBALS = `(global $i32 (mut i32) (i32.const 1))
  (global $i64 (mut i64) (i64.const 2))
  (global $f32 (mut f32) (f32.const 3))
  (global $f64 (mut f64) (f64.const 4))
  (global $v128 (mut v128) (v128.const i64x2 5 6))`;

const STAIN = `
  (global.set $i32 (i32.const -1)) (global.set $i64 (i64.const -2))
  (global.set $f32 (f32.reinterpret_i32 (i32.const 0x7fa00001)))
  (global.set $f64 (f64.reinterpret_i64 (i64.const 0x7ff4000000000001)))
  (global.set $v128 (v128.const i64x2 -5 -6))
  (i64.store (i32.const 65536) (i64.const 0x1122334455667788))
  (i64.store (i32.const 131064) (i64.const -1))`;

/**
 * `look` tells the state as text, `stain` changes it, `grow` makes memory larger and leaves something there, `spend` uses fuel that
 * depends on what is in memory. `plugin_start` sets the first global to 42.
 */
export const STATEFUL: PluginWat = {
  name: 'stateful',
  memory: '2 20',
  functions: {
    look: `(local $at i32)
      (local.set $at (call $malloc (i32.const ${16 * SEEN.length})))
      ${SEEN.map((value, i) => `(call $hex (i32.add (local.get $at) (i32.const ${16 * i})) ${value})`).join('\n')}
      (call $pack (local.get $at) (i32.const ${16 * SEEN.length}))`,
    stain: `${STAIN} (i64.const 0)`,
    grow: `(drop (memory.grow (i32.const 3))) (i64.store (i32.const 200000) (i64.const 99)) ${STAIN} (i64.const 0)`,
    spend: `(local $n i32)
      (local.set $n (i32.add (i32.const 1000) (i32.wrap_i64 (i64.load (i32.const 65536)))))
      (loop $l (br_if $l (i32.gt_s (local.tee $n (i32.sub (local.get $n) (i32.const 1))) (i32.const 0))))
      (i64.store (i32.const 65536) (i64.const 5000))
      (i64.const 0)`,
    trap: '(unreachable)',
  },
  replace: {
    plugin_start: '(func (export "plugin_start") (result i32) (global.set $i32 (i32.const 42)) (i32.const 0))',
  },
  extra: `${GLOBALS} ${HEX}`,
};

/** What `look` tells of an instance that nobody has stained. */
export const CLEAN = [42n, 2n, 0x40400000n, 0x4010000000000000n, 5n, 6n, 0n, 0n, 2n];
export const STAINED = [
  0xffffffffn,
  0xfffffffffffffffen,
  0x7fa00001n,
  0x7ff4000000000001n,
  0xfffffffffffffffbn,
  0xfffffffffffffffan,
  0x1122334455667788n,
  0xffffffffffffffffn,
  2n,
];

export function readSeen(bytes: Uint8Array): bigint[] {
  const text = new TextDecoder().decode(bytes);
  return (text.match(/.{16}/g) ?? []).map((digits) => BigInt(`0x${digits}`));
}
