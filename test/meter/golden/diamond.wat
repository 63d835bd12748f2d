;; Two arms of different cost that meet again: the tree keeps one of them free.
(module
  (memory 1)
  (func $diamond (export "diamond") (param $x i32) (result i32)
    (if (result i32) (i32.eqz (local.get $x))
      (then (i32.load (i32.const 8)))
      (else (i32.mul (i32.add (local.get $x) (i32.const 3)) (memory.grow (i32.const 1))))))
  (func $one-armed (export "one-armed") (param $x i32)
    (if (local.get $x) (then (i32.store (i32.const 0) (memory.grow (local.get $x)))))))
