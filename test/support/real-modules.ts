/** Small programs that between them use every feature of the opcode table. */
import { assembleWithBinaryen, assembleWithWabt } from './toolchains.ts';

export interface RealModule {
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

const WABT: Readonly<Record<string, string>> = {
  empty: '(module)',
  mvp: `(module $mvp
    (type $binary (func (param i32 i32) (result i32)))
    (import "env" "log" (func $log (param i32)))
    (import "env" "base" (global $base i32))
    (memory (export "memory") 1 10)
    (table 4 8 funcref)
    (global $count (mut i64) (i64.const -1))
    (global $pi f64 (f64.const 3.141592653589793))
    (global $from (mut i32) (global.get $base))
    (elem (i32.const 0) $add $sub)
    (data (i32.const 16) "hello\\00\\ff")
    (func $add (type $binary) local.get 0 local.get 1 i32.add)
    (func $sub (type $binary) local.get 0 local.get 1 i32.sub)
    (func $main (export "main") (param $n i32) (result i32) (local $i i32) (local $sum i64) (local f32 f32 f64)
      (block $out
        (loop $again
          (br_if $out (i32.ge_u (local.get $i) (local.get $n)))
          (local.set $sum (i64.add (local.get $sum) (i64.extend_i32_u (local.get $i))))
          (local.set $i (i32.add (local.get $i) (i32.const 1)))
          (br $again)))
      (call $log (i32.load offset=65535 align=2 (i32.const 4)))
      (i64.store32 offset=8 (i32.const 0) (i64.const 0x8000000000000000))
      (if (result i32) (i32.eqz (local.get 0)) (then (i32.const -2147483648)) (else (i32.const 128)))
      (block (block (block (br_table 0 1 2 1 (local.get 0)))))
      (call_indirect (type $binary) (i32.const 1) (i32.const 1))
      (drop (f32.const nan:0x200001)) (drop (f64.const -inf)) (drop (f32.const -0.1))
      (select (i32.const 1) (i32.const 2)))
    (func $init (global.set $count (i64.const 64)))
    (start $init))`,
  names: `(module $named (func $first (param $x i32)) (func $second/two (export "f")) (func))`,
  'multi-value': `(module
    (func $swap (param i32 i64) (result i64 i32) local.get 1 local.get 0)
    (func (export "f") (result i32 i64)
      i32.const 1 i64.const 2
      block (param i32 i64) (result i64 i32) call $swap end
      drop i32.wrap_i64 i64.const 9))`,
  'bulk memory and reference types': `(module
    (memory 1) (table $t 10 20 externref) (table $f 3 funcref)
    (elem declare func $g) (elem $e func $g $g) (elem (table $f) (i32.const 0) funcref (ref.func $g) (ref.null func))
    (data $d "abc") (data (i32.const 0) "x")
    (func $g
      (memory.init $d (i32.const 0) (i32.const 1) (i32.const 2)) (data.drop $d)
      (memory.copy (i32.const 0) (i32.const 8) (i32.const 16)) (memory.fill (i32.const 0) (i32.const 1) (i32.const 2))
      (table.init $f $e (i32.const 0) (i32.const 0) (i32.const 1)) (elem.drop $e)
      (table.copy $f $f (i32.const 0) (i32.const 0) (i32.const 1))
      (table.set $t (i32.const 0) (table.get $t (i32.const 1)))
      (drop (table.grow $t (ref.null extern) (i32.const 1))) (drop (table.size $t))
      (table.fill $t (i32.const 0) (ref.null extern) (i32.const 2))
      (drop (ref.is_null (select (result funcref) (ref.func $g) (ref.null func) (i32.const 1))))))`,
  simd: `(module (memory 1)
    (func (export "f") (param v128) (result v128)
      (v128.store offset=16 (i32.const 0) (local.get 0))
      (v128.load8_lane offset=3 15 (i32.const 0) (v128.const i32x4 1 2 3 0xffffffff))
      (i8x16.shuffle 0 1 2 3 4 5 6 7 16 17 18 19 20 21 30 31 (local.get 0))
      (i64x2.replace_lane 1 (i64.const 7))
      (f64x2.relaxed_max (local.get 0))
      (i32x4.dot_i16x8_s (v128.load64_zero (i32.const 8)))))`,
  'tail calls, sign extension, saturating conversions': `(module
    (type $t (func (param i32) (result i32))) (table 1 funcref)
    (func $f (export "f") (param i32) (result i32)
      (if (i32.extend8_s (local.get 0)) (then (return_call $f (i32.trunc_sat_f64_u (f64.const 1e300)))))
      (return_call_indirect (type $t) (local.get 0) (i32.const 0))))`,
  'legacy exceptions': `(module (tag $e (export "e") (param i32)) (tag $n)
    (func (result i32)
      try (result i32) i32.const 1 throw $e catch $e catch_all i32.const 2 end
      try try throw $n delegate 0 catch_all try rethrow 1 catch $n end end))`,
  threads: `(module (memory 1 2 shared)
    (func (drop (i64.atomic.rmw16.cmpxchg_u offset=8 (i32.const 0) (i64.const 1) (i64.const 2)))
      (drop (memory.atomic.wait64 (i32.const 0) (i64.const 1) (i64.const -1))) (atomic.fence)
      (i32.atomic.store8 (i32.const 0) (i32.const 1))))`,
  memory64: `(module (memory i64 1 0x10000) (data (i64.const 0) "a")
    (func (drop (i32.load offset=0x100000000 (i64.const 8))) (drop (memory.grow (i64.const 1)))))`,
  'extended constants': `(module (global (import "a" "b") i32) (memory 1)
    (global i32 (i32.add (global.get 0) (i32.mul (i32.const 3) (i32.const 4)))) (data (offset (i32.sub (global.get 0) (i32.const 1))) "z"))`,
  'imports of every kind': `(module
    (import "m" "f" (func)) (import "m" "t" (table 1 2 externref)) (import "m" "m" (memory 1 2))
    (import "m" "g" (global (mut f32))) (import "m" "e" (tag (param i64))) (import "\\c3\\bc" "" (func (param i32)))
    (export "f" (func 0)) (export "t" (table 0)) (export "m" (memory 0)) (export "g" (global 0)) (export "e" (tag 0)))`,
};

const BINARYEN: Readonly<Record<string, string>> = {
  'multi-memory': `(module (memory $a 1) (memory $b 1) (data (memory $b) (i32.const 0) "b")
    (func (drop (i32.load8_u $b offset=200 (i32.const 0))) (memory.copy $a $b (i32.const 0) (i32.const 0) (i32.const 1))
      (drop (memory.size $b)) (memory.fill $b (i32.const 0) (i32.const 0) (i32.const 0))))`,
  'garbage-collected types': `(module
    (rec (type $node (sub (struct (field $next (mut (ref null $node))) (field $value i32))))
         (type $leaf (sub final $node (struct (field (mut (ref null $node))) (field i32) (field $tag (mut i8))))))
    (type $bytes (array (mut i8))) (type $words (array (mut i32))) (type $funcs (array (mut funcref)))
    (data $d "abcdef") (elem $e func $f)
    (func $f (export "f") (param $any anyref) (result i32) (local $n (ref null $leaf)) (local $b (ref null $bytes))
      (local.set $n (struct.new $leaf (ref.null none) (i32.const 1) (i32.const 2)))
      (struct.set $leaf $tag (local.get $n) (i32.const 300))
      (drop (struct.get_s $leaf $tag (local.get $n)))
      (local.set $b (array.new_data $bytes $d (i32.const 0) (i32.const 3)))
      (array.fill $bytes (local.get $b) (i32.const 0) (i32.const 7) (i32.const 1))
      (array.copy $bytes $bytes (local.get $b) (i32.const 0) (local.get $b) (i32.const 1) (i32.const 1))
      (array.init_data $bytes $d (local.get $b) (i32.const 0) (i32.const 0) (i32.const 1))
      (drop (array.new_elem $funcs $e (i32.const 0) (i32.const 1)))
      (drop (array.new_fixed $words 3 (i32.const 1) (i32.const 2) (i32.const 3)))
      (drop (array.get_u $bytes (local.get $b) (i32.const 0)))
      (drop (ref.cast (ref null $leaf) (local.get $any)))
      (drop (block $is (result (ref $node)) (drop (br_on_cast $is anyref (ref $node) (local.get $any))) (unreachable)))
      (drop (block $not (result anyref) (drop (br_on_cast_fail $not anyref (ref i31) (local.get $any))) (unreachable)))
      (drop (extern.convert_any (local.get $any)))
      (drop (ref.eq (ref.i31 (i32.const 5)) (local.get $n)))
      (i32.add (ref.test (ref $leaf) (local.get $any)) (i31.get_s (ref.i31 (i32.const 3))))))`,
  'exceptions with exnref': `(module (tag $e (param i32)) (tag $n)
    (func (export "f") (result i32) (local $x exnref)
      (block $none
        (block $any (result exnref)
          (try_table (catch $n $none) (catch_all_ref $any) (throw_ref (local.get $x)))
          (unreachable))
        (local.set $x))
      (block $caught (result i32)
        (try_table (catch $e $caught) (throw $e (i32.const 3)))
        (unreachable))))`,
  'typed function references': `(module
    (type $t (func (param i32) (result i32)))
    (table $table 2 4 (ref $t) (ref.func $id))
    (elem declare func $id)
    (func $id (type $t) (local.get 0))
    (func (export "f") (param $r (ref null $t)) (result i32)
      (block $null
        (return (call_ref $t (i32.const 1) (br_on_null $null (local.get $r)))))
      (drop (block $non (result (ref $t)) (br_on_non_null $non (local.get $r)) (ref.func $id)))
      (return_call_ref $t (i32.const 2) (ref.as_non_null (local.get $r)))))`,
};

export const wabtModules: readonly RealModule[] = Object.entries(WABT).map(([name, text]) => ({
  name: `wabt: ${name}`,
  bytes: assembleWithWabt(text, { names: name === 'names' }),
}));

export const binaryenModules: readonly RealModule[] = Object.entries(BINARYEN).map(([name, text]) => ({
  name: `binaryen: ${name}`,
  bytes: assembleWithBinaryen(text),
}));

export const realModules: readonly RealModule[] = [...wabtModules, ...binaryenModules];
