/** Plugins that compute until they are stopped, each in a way of its own, and one that answers at once. */
import { compilePlugin, ECHO } from '../../test/support/wat.ts';

/** What a spinning plugin does, as the body of its function. */
const SPIN = {
  arithmetic: `(local $n i32)
    (loop $l (local.set $n (i32.add (i32.mul (local.get $n) (i32.const 1664525)) (i32.const 1013904223))) (br $l))
    (unreachable)`,
  /** Reads 16 MiB in an order that no cache foresees: little fuel for much time. */
  'random reads': `(local $n i32) (local $at i32)
    (loop $l
      (local.set $n (i32.add (i32.mul (local.get $n) (i32.const 1664525)) (i32.const 1013904223)))
      (local.set $at (i32.load (i32.add (i32.const 65536)
        (i32.and (i32.add (local.get $at) (i32.shr_u (local.get $n) (i32.const 8))) (i32.const 0xfffffc)))))
      (br $l))
    (unreachable)`,
  /** One instruction at a time moves a megabyte. */
  copies: `(loop $l (memory.copy (i32.const 65536) (i32.const 2000000) (i32.const 1048576)) (br $l)) (unreachable)`,
} as const;

export type SpinKind = keyof typeof SPIN;

export const SPIN_FUNCTION = 'spin';
export const compileSpinPlugin = (kind: SpinKind): Uint8Array<ArrayBuffer> =>
  compilePlugin({ name: 'spin', functions: { [SPIN_FUNCTION]: SPIN[kind] }, memory: '300' });

/** Counts up to a number, and answers nothing. */
export const count = (times: number): string => `(local $n i32)
  (loop $l (br_if $l (i32.ne (i32.const ${times}) (local.tee $n (i32.add (local.get $n) (i32.const 1))))))
  (i64.const 0)`;
/** Some 0.3 ms of work: it comes back for a second slice of fuel. */
const WORK = count(200_000);

export const ANSWER_FUNCTIONS = ['echo', 'work'] as const;
export const compileAnswerPlugin = (): Uint8Array<ArrayBuffer> =>
  compilePlugin({ name: 'answer', functions: { echo: ECHO, work: WORK } });
