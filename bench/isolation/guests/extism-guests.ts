/** The same guests for Extism's contract: input, output and logs are blocks of the host. */
import { compileWat } from '../../../test/support/wat.ts';
import { FLOOD_LINE_BYTES, FLOOD_LINES, HUGE_BYTES } from '../cases.ts';
import type { GuestName } from '../peer.ts';
import { BOMBS } from './bombs.ts';
import { enlarge, isLarge, LAST_FUNCTION } from './large-guests.ts';
import { remember } from './remember.ts';

const IMPORTS = `
  (import "extism:host/env" "input_length" (func $input_length (result i64)))
  (import "extism:host/env" "input_load_u8" (func $input_load_u8 (param i64) (result i32)))
  (import "extism:host/env" "alloc" (func $alloc (param i64) (result i64)))
  (import "extism:host/env" "store_u8" (func $store_u8 (param i64 i32)))
  (import "extism:host/env" "output_set" (func $output_set (param i64 i64)))
  (import "extism:host/env" "log_info" (func $log_info (param i64)))`;

const called = (name: string, body: string): string =>
  `(func (export "${name}") (result i32) (local $at i64) (local $n i64) (local $length i64) ${body} (i32.const 0))`;
const bomb = (name: string): string => called(name, `(call $${name})`);

const ECHO = called(
  'echo',
  `(local.set $length (call $input_length))
  (local.set $at (call $alloc (local.get $length)))
  (block $done (loop $byte
    (br_if $done (i64.ge_u (local.get $n) (local.get $length)))
    (call $store_u8 (i64.add (local.get $at) (local.get $n)) (call $input_load_u8 (local.get $n)))
    (local.set $n (i64.add (local.get $n) (i64.const 1)))
    (br $byte)))
  (call $output_set (local.get $at) (local.get $length))`,
);

const FUNCTIONS = `
  ${called(
    'count',
    `(global.set $count (i32.add (global.get $count) (i32.const 1)))
    (local.set $at (call $alloc (i64.const 1)))
    (call $store_u8 (local.get $at) (i32.add (i32.const 48) (global.get $count)))
    (call $output_set (local.get $at) (i64.const 1))`,
  )}
  ${['loop', 'grow', 'offHeap', 'stack', 'fill', 'trap', 'deepLog'].map(bomb).join('\n')}
  ${called(
    'huge',
    `(local.set $length (i64.const ${HUGE_BYTES}))
    (local.set $at (call $alloc (local.get $length)))
    (call $output_set (local.get $at) (local.get $length))`,
  )}
  ${called('hugeLine', `(call $log_info (call $alloc (i64.const ${HUGE_BYTES})))`)}
  ${called(
    'flood',
    // The host gives a block free once it has logged it.
    `(loop $line
      (local.set $at (call $alloc (i64.const ${FLOOD_LINE_BYTES})))
      (call $log_info (local.get $at))
      (br_if $line (i64.lt_u (local.tee $n (i64.add (local.get $n) (i64.const 1))) (i64.const ${FLOOD_LINES}))))`,
  )}
  ${called('hostBomb', '(loop $more (br_if $more (i64.ne (i64.const 0) (call $alloc (i64.const 1048576)))))')}`;

const DEEP_LOG = '(func $deepLog (call $log_info (call $alloc (i64.const 1))) (call $deepLog) (call $deepLog))';

const IMPORT_HTTP = '(import "extism:host/env" "http_request" (func $http_request (param i64 i64) (result i64)))';
/** Puts `{"url":"` and `"}` around the input, in a block. */
const GET = `
  (func $put (param $at i64) (param $text i64)
    (loop $byte
      (call $store_u8 (local.get $at) (i32.wrap_i64 (i64.and (local.get $text) (i64.const 255))))
      (local.set $at (i64.add (local.get $at) (i64.const 1)))
      (br_if $byte (i64.ne (i64.const 0) (local.tee $text (i64.shr_u (local.get $text) (i64.const 8)))))))
  ${called(
    'get',
    `(local.set $length (call $input_length))
    (local.set $at (call $alloc (i64.add (local.get $length) (i64.const 10))))
    (call $put (local.get $at) (i64.const 0x223a226c7275227b))
    (block $done (loop $byte
      (br_if $done (i64.ge_u (local.get $n) (local.get $length)))
      (call $store_u8 (i64.add (i64.add (local.get $at) (i64.const 8)) (local.get $n)) (call $input_load_u8 (local.get $n)))
      (local.set $n (i64.add (local.get $n) (i64.const 1)))
      (br $byte)))
    (call $put (i64.add (i64.add (local.get $at) (i64.const 8)) (local.get $length)) (i64.const 0x7d22))
    (local.set $at (call $http_request (local.get $at) (i64.const 0)))
    (call $output_set (local.get $at) (call $length (local.get $at)))`,
  )}`;
const IMPORT_LENGTH = '(import "extism:host/env" "length" (func $length (param i64) (result i64)))';

export const compileExtismGuest = remember(function make(guest: GuestName): Uint8Array<ArrayBuffer> {
  const start = guest === 'start-loop' ? '(start $loop)' : guest === 'start-trap' ? '(start $trap)' : '';
  if (isLarge(guest)) {
    const bomb = called('bomb', '(drop (call $last (i32.const 1)))');
    return enlarge(
      compileWat(`(module ${IMPORTS} (memory (export "memory") 2) ${ECHO} ${bomb} ${LAST_FUNCTION})`),
      guest,
    );
  }
  if (guest === 'http') {
    return compileWat(
      `(module ${IMPORTS} ${IMPORT_LENGTH} ${IMPORT_HTTP} (memory (export "memory") 2) ${ECHO} ${GET})`,
    );
  }
  return compileWat(`(module ${IMPORTS}
    (memory (export "memory") 2)
    (global $count (mut i32) (i32.const 0))
    ${BOMBS} ${DEEP_LOG} ${ECHO} ${FUNCTIONS} ${start})`);
});
