/** Loops for what is not a plain operation on values: control, calls, references, memory, exceptions. Each repetition does one. */
import type { Loop } from './loop.ts';

/** Big enough, and branching, so that V8 does not put it into its caller. */
const CALLEE_WORK = '(if (i32.eqz (local.get $x)) (then (unreachable)))'.repeat(40);
const TABLE = '(table $t 10000 1000000 funcref) (elem declare func $callee)';
const CALLEE = `(type $v (func (param i32))) (func $callee (type $v) (param $x i32) ${CALLEE_WORK})`;

export interface SpecialLoop extends Loop {
  /** The instructions whose price it judges: their prices are added up. */
  readonly prices: readonly string[];
  readonly note?: string;
}

export const SPECIAL_LOOPS: Readonly<Record<string, SpecialLoop>> = {
  call: {
    prices: ['call'],
    module: `${CALLEE} (func $empty (type $v) (param $x i32) ${CALLEE_WORK})`,
    body: '(call $callee (local.get $n))',
    note: 'with the body of the callee: 40 branches that are not taken',
  },
  call_indirect: {
    prices: ['call_indirect'],
    module: `${CALLEE} (table $t 2 2 funcref) (elem (i32.const 0) func $callee $callee)`,
    body: '(call_indirect $t (type $v) (local.get $n) (i32.and (local.get $n) (i32.const 1)))',
    baseline: '(call $callee (local.get $n))',
    note: 'beyond a direct call',
  },
  return_call: {
    prices: ['return_call'],
    module: `${CALLEE} (func $passes (param $x i32) ${CALLEE_WORK} (return_call $callee (local.get $x)))`,
    body: '(call $passes (local.get $n))',
    baseline: '(call $callee (local.get $n)) (call $callee (local.get $n))',
    note: 'against another direct call',
  },
  select: {
    prices: ['select'],
    body: '(local.set $x_i32 (select (local.get $x_i32) (i32.load offset=4 (i32.const $K)) (i32.load (i32.const $K))))',
    baseline:
      '(local.set $x_i32 (i32.xor (local.get $x_i32) (i32.add (i32.load offset=4 (i32.const $K)) (i32.load (i32.const $K)))))',
  },
  'br_if, guessed right': {
    prices: ['br_if'],
    body: '(block $b (br_if $b (i32.eqz (local.get $n))) (local.set $x_i32 (i32.add (local.get $x_i32) (local.get $n))))',
    baseline: '(local.set $x_i32 (i32.add (local.get $x_i32) (local.get $n)))',
  },
  'br_if, guessed wrong half of the time': {
    prices: ['br_if'],
    body: `(local.set $p (i32.add (i32.mul (local.get $p) (i32.const 1664525)) (i32.const 1013904223)))
      (block $b (br_if $b (i32.lt_s (local.get $p) (i32.const 0))) (i32.store offset=9000 (i32.const $K) (local.get $p)))`,
    baseline: `(local.set $p (i32.add (i32.mul (local.get $p) (i32.const 1664525)) (i32.const 1013904223)))
      (i32.store offset=9000 (i32.const $K) (local.get $p))`,
    note: 'the processor guesses',
  },
  'br_table, at random': {
    prices: ['br_table'],
    body: `(local.set $p (i32.add (i32.mul (local.get $p) (i32.const 1664525)) (i32.const 1013904223)))
      (block $d (block $c (block $b (block $a (br_table $a $b $c $d (i32.shr_u (local.get $p) (i32.const 30))))
      (local.set $x_i32 (i32.add (local.get $x_i32) (i32.const 3))) (br $d)) (local.set $x_i32 (i32.xor (local.get $x_i32) (i32.const 7))) (br $d))
      (local.set $x_i32 (i32.sub (local.get $x_i32) (local.get $p))))`,
    baseline: `(local.set $p (i32.add (i32.mul (local.get $p) (i32.const 1664525)) (i32.const 1013904223)))
      (local.set $x_i32 (i32.add (local.get $x_i32) (i32.const 3)))`,
    note: 'the processor guesses',
  },
  'global.get, global.set': {
    prices: ['global.get', 'global.set'],
    module: '(global $g (mut i64) (i64.const 1))',
    body: '(global.set $g (i64.add (global.get $g) (local.get $j)))',
    baseline: '(local.set $x_i64 (i64.add (local.get $x_i64) (local.get $j)))',
  },
  'i64.load, far away': {
    prices: ['i64.load'],
    body: `(local.set $p (i32.add (i32.mul (local.get $p) (i32.const 1664525)) (i32.const 1013904223)))
      (local.set $p (i32.add (local.get $p) (i32.wrap_i64 (i64.load offset=16384 (i32.and (i32.shr_u (local.get $p) (i32.const 8)) (i32.const 0x7_fff8))))))`,
    baseline: '(local.set $p (i32.add (i32.mul (local.get $p) (i32.const 1664525)) (i32.const 1013904223)))',
    note: 'at random in half a MiB; in a memory of a gigabyte each may take a hundred nanoseconds',
  },
  'i32.store': {
    prices: ['i32.store'],
    body: '(i32.store offset=9000 (i32.const $K) (local.get $n))',
  },
  'f64.mul of subnormal numbers': {
    prices: ['f64.mul'],
    body: '(local.set $x_i64 (i64.xor (local.get $x_i64) (i64.reinterpret_f64 (f64.mul (f64.reinterpret_i64 (i64.const 0x000fffffffffffff)) (f64.load offset=2048 (i32.const $K))))))',
    baseline:
      '(local.set $x_i64 (i64.xor (local.get $x_i64) (i64.reinterpret_f64 (f64.load offset=2048 (i32.const $K)))))',
    note: 'some processors need help from microcode',
  },
  'memory.size': {
    prices: ['memory.size'],
    body: '(local.set $x_i32 (i32.add (local.get $x_i32) (memory.size)))',
    baseline: '(local.set $x_i32 (i32.add (local.get $x_i32) (local.get $n)))',
  },
  'table.size': {
    prices: ['table.size'],
    module: '(table $t 10 funcref)',
    body: '(local.set $x_i32 (i32.add (local.get $x_i32) (table.size $t)))',
    baseline: '(local.set $x_i32 (i32.add (local.get $x_i32) (local.get $n)))',
  },
  'ref.func, table.set': {
    prices: ['ref.func', 'table.set'],
    module: `${CALLEE} ${TABLE}`,
    body: '(table.set $t (i32.const 5) (ref.func $callee))',
  },
  'table.get, ref.is_null': {
    prices: ['table.get', 'ref.is_null'],
    module: `${CALLEE} ${TABLE}`,
    body: '(local.set $x_i32 (i32.add (local.get $x_i32) (ref.is_null (table.get $t (i32.and (local.get $n) (i32.const 1023))))))',
  },
  'throw, caught where it is thrown': {
    prices: ['throw'],
    module: '(tag $e (param i32))',
    repetitions: 4,
    body: '(try (do (throw $e (local.get $n))) (catch $e (local.set $x_i32)))',
  },
  'throw, through a call': {
    prices: ['throw'],
    module: `(tag $e) (func $thrower (param $x i32) ${CALLEE_WORK} (throw $e))`,
    repetitions: 4,
    body: '(try (do (call $thrower (local.get $n))) (catch_all))',
  },
  'memory.grow of nothing': {
    prices: ['memory.grow'],
    repetitions: 4,
    body: '(drop (memory.grow (i32.const 0)))',
    note: 'metered code asks for the size instead',
  },
  'memory.grow that fails': {
    prices: ['memory.grow'],
    repetitions: 4,
    body: '(drop (memory.grow (i32.const 10000)))',
    note: 'metered code answers itself',
  },
  'table.grow that fails': {
    prices: ['table.grow'],
    module: '(table $t 10 20 funcref)',
    repetitions: 4,
    body: '(drop (table.grow $t (ref.null func) (i32.const 100)))',
    note: 'metered code answers itself',
  },
  'data.drop': { prices: ['data.drop'], module: '(data $s "0123456789")', body: '(data.drop $s)' },
  'elem.drop': { prices: ['elem.drop'], module: `${CALLEE} (elem $s func $callee)`, body: '(elem.drop $s)' },
};

/** Work that an operand sizes: the same loop with a small and a large operand, `$L`. What the second takes longer is the price of its units. */
export interface SizedLoop extends Loop {
  readonly instruction: string;
  readonly small: number;
  readonly large: number;
}

const SEGMENT = '0123456789abcdef'.repeat(256);
const FUNCTIONS = '$callee '.repeat(1_000);

export const SIZED_LOOPS: readonly SizedLoop[] = [
  ...[16, 256, 65_536].map(
    (large): SizedLoop => ({
      instruction: 'memory.fill',
      small: 0,
      large,
      repetitions: 1,
      body: '(memory.fill (i32.const 16384) (local.get $n) (i32.const $L))',
    }),
  ),
  ...[16, 256, 65_536].map(
    (large): SizedLoop => ({
      instruction: 'memory.copy',
      small: 0,
      large,
      repetitions: 1,
      body: '(memory.copy (i32.const 16384) (i32.const 131072) (i32.const $L))',
    }),
  ),
  {
    instruction: 'memory.copy',
    small: 0,
    large: 400_000,
    repetitions: 1,
    body: '(memory.copy (i32.const 16385) (i32.const 524288) (i32.const $L))',
  },
  {
    instruction: 'memory.init',
    small: 0,
    large: 4_096,
    repetitions: 1,
    module: `(data $s "${SEGMENT}")`,
    body: '(memory.init $s (i32.const 16384) (i32.const 0) (i32.const $L))',
  },
  {
    instruction: 'table.fill',
    small: 0,
    large: 1_000,
    repetitions: 1,
    module: `${CALLEE} ${TABLE}`,
    body: '(table.fill $t (i32.const 0) (ref.func $callee) (i32.const $L))',
  },
  {
    instruction: 'table.copy',
    small: 0,
    large: 1_000,
    repetitions: 1,
    module: `${CALLEE} ${TABLE}`,
    body: '(table.copy $t $t (i32.const 0) (i32.const 5000) (i32.const $L))',
  },
  {
    instruction: 'table.init',
    small: 0,
    large: 1_000,
    repetitions: 1,
    module: `${CALLEE} ${TABLE} (elem $s func ${FUNCTIONS})`,
    body: '(table.init $t $s (i32.const 0) (i32.const 0) (i32.const $L))',
  },
];

/** Growth, a unit at a time and all at once. */
export interface GrowthLoop {
  readonly instruction: 'memory.grow' | 'table.grow';
  readonly unit: string;
  readonly count: number;
  readonly text: string;
}

const growing = (module: string, grow: string): string => `(module ${module}
  (func (export "each") (param $n i32)
    (loop $l (drop (${grow} (i32.const 1))) (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
  (func (export "all") (param $n i32) (drop (${grow} (local.get $n)))))`;

export const GROWTH_LOOPS: readonly GrowthLoop[] = [
  { instruction: 'memory.grow', unit: 'page', count: 500, text: growing('(memory 1 1000)', 'memory.grow') },
  {
    instruction: 'table.grow',
    unit: 'entry',
    count: 5_000,
    text: growing('(table 1 100000 funcref)', 'table.grow (ref.null func)'),
  },
];
