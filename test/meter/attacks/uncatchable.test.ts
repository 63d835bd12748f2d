/** The end of a guest cannot be caught: no handler of either form sees it, and nothing runs after it. */
import { describe, expect, test } from 'vitest';
import { assembleWithBinaryen, assembleWithWabt } from '../../support/toolchains.ts';
import { HostileGuest } from './guest.ts';

const BUDGET = 500_000;

/** What ends the guest, in `$end`. */
const ENDS: Readonly<Record<string, string>> = {
  'no fuel, in a loop': '(func $end (loop $l (br $l)))',
  'no fuel, in a loop that counts':
    '(func $end (local $x i32) (loop $l (br_if $l (i32.or (i32.const 1) (local.tee $x (i32.add (local.get $x) (i32.const 1)))))))',
  'no fuel, in tail calls': '(func $end (return_call $end))',
  'no fuel, at a bulk operation':
    '(func $end (loop $l (memory.fill (i32.const 0) (i32.const 0) (i32.const 65536)) (br $l)))',
  'no fuel, at a call of the host': '(func $end (loop $l (call $host) (br $l)))',
  'no stack': '(func $end (call $end))',
  unreachable: '(func $end (unreachable))',
  'a load outside': '(func $end (drop (i32.load (i32.const -1))))',
  'a division': '(func $end (drop (i32.div_s (i32.const 1) (i32.load (i32.const 0)))))',
};

/** Handlers around it. Whatever is caught sets `$caught`. */
const CAUGHT = '(global.set $caught (i32.const 1))';
const HANDLERS: Readonly<Record<string, readonly [assemble: typeof assembleWithWabt, body: string]>> = {
  catch_all: [assembleWithWabt, `(try (do (call $end)) (catch_all ${CAUGHT}))`],
  'catch, by its tag': [assembleWithWabt, `(try (do (call $end)) (catch $t ${CAUGHT}))`],
  'catch_all, again and again': [assembleWithWabt, `(loop $l (try (do (call $end)) (catch_all ${CAUGHT} (br $l))))`],
  delegate: [assembleWithWabt, `(try $o (do (try (do (call $end)) (delegate $o))) (catch_all ${CAUGHT}))`],
  'catch_all in a frame further out': [assembleWithWabt, `(try (do (call $middle)) (catch_all ${CAUGHT}))`],
  try_table: [assembleWithBinaryen, `(block $h (try_table (catch_all $h) (call $end)) (return)) ${CAUGHT}`],
  'try_table with catch_all_ref': [
    assembleWithBinaryen,
    `(drop (block $h (result exnref) (try_table (catch_all_ref $h) (call $end)) (return))) ${CAUGHT}`,
  ],
};

describe.each(Object.entries(ENDS))('%s', (_, end) => {
  test.each(Object.entries(HANDLERS))('%s', (__, [assemble, body]) => {
    const bytes = assemble(`(module
      (import "env" "host" (func $host))
      (memory 1) (tag $t)
      (global $caught (export "caught") (mut i32) (i32.const 0))
      ${end}
      (func $middle (call $end))
      (func (export "run") ${body}))`);
    let hostCalls = 0;
    const env = { host: () => hostCalls++ };
    for (const slice of [undefined, 100]) {
      const guest = new HostileGuest(
        bytes,
        { env },
        slice === undefined ? {} : { firstSlice: slice, largestSlice: slice },
      );
      expect(guest.run(BUDGET)).toBeInstanceOf(WebAssembly.RuntimeError);
      expect((guest.instance.exports.caught as WebAssembly.Global).value).toBe(0);
    }
  });
});

test('the host is not called once the fuel is gone', () => {
  let calls = 0;
  const bytes = assembleWithWabt(`(module (import "env" "host" (func $host))
    (func (export "run") (loop $l (call $host) (br $l))))`);
  const guest: HostileGuest = new HostileGuest(bytes, {
    env: {
      host: () => {
        calls++;
        guest.driver.charge(100_000);
      },
    },
  });
  expect(guest.run(250_000)).toBeInstanceOf(WebAssembly.RuntimeError);
  expect(calls).toBe(3);
});
