/**
 * The peer: @extism/extism, with an echo plugin written by hand for it. Its guests reach input and output only through host
 * functions that move eight bytes at a time; nothing that they could do faster is left out here.
 */
import { createPlugin } from '@extism/extism';
import { compileWat } from '../../test/support/wat.ts';
import type { Echo } from './echoes.ts';

const ECHO = `(module
  (import "extism:host/env" "input_length" (func $input_length (result i64)))
  (import "extism:host/env" "input_load_u8" (func $input_load_u8 (param i64) (result i32)))
  (import "extism:host/env" "input_load_u64" (func $input_load_u64 (param i64) (result i64)))
  (import "extism:host/env" "alloc" (func $alloc (param i64) (result i64)))
  (import "extism:host/env" "store_u8" (func $store_u8 (param i64 i32)))
  (import "extism:host/env" "store_u64" (func $store_u64 (param i64 i64)))
  (import "extism:host/env" "output_set" (func $output_set (param i64 i64)))
  (memory (export "memory") 1)
  (func (export "echo") (result i32) (local $length i64) (local $out i64) (local $at i64)
    (local.set $length (call $input_length))
    (if (i64.eqz (local.get $length)) (then (return (i32.const 0))))
    (local.set $out (call $alloc (local.get $length)))
    (block $words
      (loop $word
        (br_if $words (i64.gt_u (i64.add (local.get $at) (i64.const 8)) (local.get $length)))
        (call $store_u64 (i64.add (local.get $out) (local.get $at)) (call $input_load_u64 (local.get $at)))
        (local.set $at (i64.add (local.get $at) (i64.const 8)))
        (br $word)))
    (block $bytes
      (loop $byte
        (br_if $bytes (i64.ge_u (local.get $at) (local.get $length)))
        (call $store_u8 (i64.add (local.get $out) (local.get $at)) (call $input_load_u8 (local.get $at)))
        (local.set $at (i64.add (local.get $at) (i64.const 1)))
        (br $byte)))
    (call $output_set (local.get $out) (local.get $length))
    (i32.const 0)))`;

const NOTHING = new Uint8Array(0);

/** The plugin, for whoever runs Extism's. */
export const compileExtismEcho = (): Uint8Array<ArrayBuffer> => compileWat(ECHO);

/** On the caller's thread: its fastest form. */
export async function startExtismEcho(): Promise<Echo> {
  const plugin = await createPlugin({ wasm: [{ data: compileExtismEcho() }] }, { runInWorker: false });
  return {
    echo: async (input) => (await plugin.call('echo', input))?.bytes() ?? NOTHING,
    close: () => void plugin.close(),
  };
}
