/** Guests as core modules: plugins of Ringfence, which plain V8 runs as they are. */
import { compilePlugin, ECHO } from '../../../test/support/wat.ts';
import { FLOOD_LINE_BYTES, FLOOD_LINES, HUGE_OUTPUT_BYTES } from '../cases.ts';
import type { GuestName } from '../peer.ts';
import { BOMBS } from './bombs.ts';

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
    (local.set $at (call $malloc (i32.const ${HUGE_OUTPUT_BYTES})))
    (memory.fill (local.get $at) (i32.const 120) (i32.const ${HUGE_OUTPUT_BYTES}))
    (call $pack (local.get $at) (i32.const ${HUGE_OUTPUT_BYTES}))`,
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

const START = (body: string): string => `(func $first ${body}) (start $first)`;

export function compileCoreGuest(guest: GuestName): Uint8Array<ArrayBuffer> {
  if (guest === 'host-bomb') {
    return compilePlugin({
      name: guest,
      imports: '(import "env" "json_parse" (func $parse (param i32 i32) (result i32)))',
      functions: { hostBomb: HOST_BOMB, echo: ECHO },
      memory: '8',
    });
  }
  const start = { good: '', 'start-loop': START('(loop $l (br $l))'), 'start-trap': START('(unreachable)') }[guest];
  return compilePlugin({
    name: guest,
    imports: LOG,
    functions: FUNCTIONS,
    extra: `(global $count (mut i32) (i32.const 0)) ${BOMBS} ${start}`,
  });
}
