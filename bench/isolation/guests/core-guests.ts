/** Guests as core modules: plugins of Ringfence, which plain V8 runs as they are. */
import { compilePlugin, ECHO } from '../../../test/support/wat.ts';
import { FLOOD_LINE_BYTES, FLOOD_LINES, HUGE_BYTES } from '../cases.ts';
import type { GuestName } from '../peer.ts';
import { BOMBS } from './bombs.ts';
import { enlarge, isLarge, LAST_FUNCTION } from './large-guests.ts';
import { remember } from './remember.ts';

const LOG = '(import "env" "log" (func $log (param i32 i32 i32)))';
const INFO_LEVEL = 2;
const nothingAfter = (bomb: string): string => `(call $${bomb}) (i64.const 0)`;

const FUNCTIONS = {
  echo: ECHO,
  count: `(local $at i32)
    (local.set $at (call $malloc (i32.const 1)))
    (global.set $count (i32.add (global.get $count) (i32.const 1)))
    (i32.store8 (local.get $at) (i32.add (i32.const 48) (global.get $count)))
    (call $pack (local.get $at) (i32.const 1))`,
  loop: nothingAfter('loop'),
  grow: nothingAfter('grow'),
  offHeap: nothingAfter('offHeap'),
  stack: nothingAfter('stack'),
  fill: nothingAfter('fill'),
  trap: nothingAfter('trap'),
  huge: `(local $at i32)
    (local.set $at (call $malloc (i32.const ${HUGE_BYTES})))
    (memory.fill (local.get $at) (i32.const 120) (i32.const ${HUGE_BYTES}))
    (call $pack (local.get $at) (i32.const ${HUGE_BYTES}))`,
  hugeLine: `(local $at i32)
    (local.set $at (call $malloc (i32.const ${HUGE_BYTES})))
    (memory.fill (local.get $at) (i32.const 120) (i32.const ${HUGE_BYTES}))
    (call $log (i32.const ${INFO_LEVEL}) (local.get $at) (i32.const ${HUGE_BYTES}))
    (i64.const 0)`,
  deepLog: nothingAfter('deepLog'),
  flood: `(local $at i32) (local $n i32)
    (local.set $at (call $malloc (i32.const ${FLOOD_LINE_BYTES})))
    (memory.fill (local.get $at) (i32.const 120) (i32.const ${FLOOD_LINE_BYTES}))
    (loop $line
      (call $log (i32.const ${INFO_LEVEL}) (local.get $at) (i32.const ${FLOOD_LINE_BYTES}))
      (br_if $line (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const ${FLOOD_LINES}))))
    (i64.const 0)`,
};

/** Parses an array of 64 Ki empty arrays, again and again, and gives none of them back. */
const HOST_BOMB = `(local $at i32) (local $n i32)
  (local.set $at (call $malloc (i32.const 196608)))
  (loop $item
    (i32.store8 (i32.add (local.get $at) (local.get $n)) (i32.const 91))
    (i32.store8 offset=1 (i32.add (local.get $at) (local.get $n)) (i32.const 93))
    (i32.store8 offset=2 (i32.add (local.get $at) (local.get $n)) (i32.const 44))
    (br_if $item (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 3))) (i32.const 196605))))
  (i32.store8 (local.get $at) (i32.const 91))
  (i32.store8 offset=1 (local.get $at) (i32.const 32))
  (i32.store8 offset=2 (local.get $at) (i32.const 32))
  (i32.store8 offset=196604 (local.get $at) (i32.const 93))
  (loop $more (drop (call $parse (local.get $at) (i32.const 196605))) (br $more))
  (i64.const 0)`;

/** A line that is a zero byte of its own, so that it costs little but the way there. */
const DEEP_LOG = `(func $deepLog
  (call $log (i32.const ${INFO_LEVEL}) (i32.const 0) (i32.const 1)) (call $deepLog) (call $deepLog))`;

const HTTP = `
  (import "env" "http_request" (func $request (param i32 i32 i32 i32) (result i32)))
  (import "env" "http_read" (func $read (param i32 i32 i32) (result i32)))`;
/** `{"url":"` and `"}` stand before the heap; the address is put between them. */
const GET = `(local $head i32) (local $body i32) (local $handle i32) (local $got i32)
  (local.set $head (call $malloc (i32.const 256)))
  (local.set $body (call $malloc (i32.const 1024)))
  (memory.init $open (local.get $head) (i32.const 0) (i32.const 8))
  (memory.copy (i32.add (local.get $head) (i32.const 8)) (local.get $ptr) (local.get $len))
  (memory.init $shut (i32.add (i32.add (local.get $head) (i32.const 8)) (local.get $len)) (i32.const 0) (i32.const 2))
  (local.set $handle (call $request (local.get $head) (i32.add (local.get $len) (i32.const 10)) (i32.const 0) (i32.const 0)))
  (if (i32.eqz (local.get $handle)) (then (return (i64.const 0))))
  (local.set $got (call $read (local.get $handle) (local.get $body) (i32.const 1024)))
  (if (i32.le_s (local.get $got) (i32.const 0)) (then (return (i64.const 0))))
  (call $pack (local.get $body) (local.get $got))`;

const START = (body: string): string => `(func $first ${body}) (start $first)`;

export const compileCoreGuest = remember(function make(guest: GuestName): Uint8Array<ArrayBuffer> {
  if (guest === 'host-bomb') {
    return compilePlugin({
      name: guest,
      imports: '(import "env" "json_parse" (func $parse (param i32 i32) (result i32)))',
      functions: { hostBomb: HOST_BOMB, echo: ECHO },
      memory: '8',
    });
  }
  if (guest === 'http') {
    return compilePlugin({
      name: guest,
      imports: HTTP,
      functions: { get: GET, echo: ECHO },
      extra: `(data $open "{\\22url\\22:\\22") (data $shut "\\22}")`,
      manifest: { permissions: { http: [{ host: 'http://127.0.0.1:*', reason: 'asks for one address' }] } },
    });
  }
  if (isLarge(guest)) {
    const functions = { bomb: '(drop (call $last (i32.const 1))) (i64.const 0)', echo: ECHO };
    return enlarge(compilePlugin({ name: guest, functions, extra: LAST_FUNCTION }), guest);
  }
  const start =
    guest === 'start-loop' ? START('(loop $l (br $l))') : guest === 'start-trap' ? START('(unreachable)') : '';
  return compilePlugin({
    name: guest,
    imports: LOG,
    functions: FUNCTIONS,
    extra: `(global $count (mut i32) (i32.const 0)) ${BOMBS} ${DEEP_LOG} ${start}`,
  });
});
