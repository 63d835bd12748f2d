;; One way through: one charge. A function of constant cost that nobody refers to is charged by its callers.
(module
  (func $square (param $x i32) (result i32) (i32.mul (local.get $x) (local.get $x)))
  (func $sum (export "sum") (param $a i32) (param $b i32) (result i32)
    (i32.add (call $square (local.get $a)) (call $square (local.get $b))))
  (memory 1)
  (func $grow (export "store") (param $at i32) (drop (memory.grow (i32.const 0))) (i32.store (local.get $at) (i32.const 7))))
