/**
 * Loops that do one thing many times, as WebAssembly text. What a loop takes beyond its baseline, a loop alike without that
 * thing, is what the thing takes.
 */

export type Type = 'i32' | 'i64' | 'f32' | 'f64' | 'v128';

/** One thing to measure. */
export interface Loop {
  /** Instructions of one repetition. */
  readonly body: string;
  /** The same without what is measured. @default nothing */
  readonly baseline?: string;
  /** Repetitions in the text of the loop. @default REPETITIONS */
  readonly repetitions?: number;
  /** More of the module: functions, tables, tags, segments. */
  readonly module?: string;
}

/** In the text of one loop: the loop itself costs next to nothing then. */
export const REPETITIONS = 32;
/** Bytes from one operand in memory to the next. */
const STRIDE = 16;
const DATA_PAGES = 16;
/** Operands of each kind lie here, so that no value is known when the code is compiled. */
export const DATA = { int: 0, f32: 1024, f64: 2048, f32x4: 3072, f64x2: 4096 } as const;
/** Where what is left over is stored, so that it had to be computed. */
export const RESULTS = 8192;

/** The text of a module that exports `run(rounds: i32)`. `$n` is the round that counts down; `$i $j $f $d $v` are operands. */
export function loopModule({ body, repetitions = REPETITIONS, module = '' }: Loop): string {
  const repeated = Array.from({ length: repetitions }, (_, k) => body.replaceAll('$K', String(k * STRIDE))).join('\n');
  return `(module
    (memory (export "memory") ${DATA_PAGES} 1000)
    ${module}
    (func (export "run") (param $n i32) (param $i i32) (param $j i64) (param $f f32) (param $d f64)
      (local $v v128) (local $w v128)
      (local $x_i32 i32) (local $x_i64 i64) (local $x_f32 f32) (local $x_f64 f64) (local $x_v128 v128) (local $p i32)
      (local.set $v (v128.load (i32.const ${DATA.int})))
      (local.set $w (v128.load (i32.const ${DATA.f32x4})))
      (local.set $x_i32 (local.get $i)) (local.set $x_i64 (local.get $j))
      (local.set $x_f32 (local.get $f)) (local.set $x_f64 (local.get $d)) (local.set $x_v128 (local.get $v))
      (loop $again
        ${repeated}
        (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
      (i32.store (i32.const ${RESULTS}) (local.get $x_i32)) (i64.store (i32.const ${RESULTS + 8}) (local.get $x_i64))
      (f32.store (i32.const ${RESULTS + 16}) (local.get $x_f32)) (f64.store (i32.const ${RESULTS + 24}) (local.get $x_f64))
      (v128.store (i32.const ${RESULTS + 32}) (local.get $x_v128)) (i32.store (i32.const ${RESULTS + 48}) (local.get $p))))`;
}

/** The loop without what is measured. */
export const baselineOf = ({ baseline = '', ...rest }: Loop): Loop => ({ ...rest, body: baseline });
