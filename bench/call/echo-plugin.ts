/**
 * The plugin that is called: it copies its input into fresh memory and returns that. The bridge calls the same bytes, so its
 * `malloc` is on both sides: one free list for each power of two, a header of 8 bytes with the power before each piece.
 */
import { compilePlugin } from '../../test/support/wat.ts';

/** Where the heads of the free lists stand: above the text that the plugin says of itself, below its heap. */
const LISTS_AT = 2_048;

const MALLOC = `(func $malloc (export "malloc") (param $size i32) (result i32) (local $class i32) (local $at i32)
  (local.set $class (i32.sub (i32.const 32) (i32.clz (i32.add (local.get $size) (i32.const 15)))))
  (local.set $at (i32.load offset=${LISTS_AT} (i32.shl (local.get $class) (i32.const 2))))
  (if (local.get $at)
    (then
      (i32.store offset=${LISTS_AT} (i32.shl (local.get $class) (i32.const 2)) (i32.load (local.get $at)))
      (return (local.get $at))))
  (local.set $at (global.get $top))
  (global.set $top (i32.add (local.get $at) (i32.shl (i32.const 1) (local.get $class))))
  (block $fits
    (br_if $fits (i32.le_u (global.get $top) (i32.mul (memory.size) (i32.const 65536))))
    (br_if $fits (i32.ne (i32.const -1) (memory.grow (i32.add (i32.const 1)
      (i32.shr_u (i32.sub (global.get $top) (i32.mul (memory.size) (i32.const 65536))) (i32.const 16))))))
    (global.set $top (local.get $at))
    (return (i32.const 0)))
  (i32.store (local.get $at) (local.get $class))
  (i32.add (local.get $at) (i32.const 8)))`;

const FREE = `(func $free (export "free") (param $at i32) (local $list i32)
  (local.set $list (i32.shl (i32.load (i32.sub (local.get $at) (i32.const 8))) (i32.const 2)))
  (i32.store (local.get $at) (i32.load offset=${LISTS_AT} (local.get $list)))
  (i32.store offset=${LISTS_AT} (local.get $list) (local.get $at)))`;

const ECHO = `(local $out i32)
  (if (i32.eqz (local.get $len)) (then (return (i64.const 0))))
  (local.set $out (call $malloc (local.get $len)))
  (memory.copy (local.get $out) (local.get $ptr) (local.get $len))
  (call $pack (local.get $out) (local.get $len))`;

/** Name of the function, for `plugin.callBytes`. */
export const ECHO_FUNCTION = 'echo';

export const compileEchoPlugin = (): Uint8Array<ArrayBuffer> =>
  compilePlugin({ name: 'echo', functions: { [ECHO_FUNCTION]: ECHO }, replace: { malloc: MALLOC, free: FREE } });
