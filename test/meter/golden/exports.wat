;; shows: plain_0 plain_1 get_fuel set_fuel spend begin
;; Exports keep their types: wrappers take the counter from the globals, look at it, and put it back.
(module
  (memory (export "memory") 1)
  (func $constant (export "constant") (result i32) (i32.const 1))
  (func $varying (export "varying") (param $x i32) (result i32 i64)
    (if (result i32) (local.get $x) (then (i32.load (local.get $x))) (else (i32.const 0)))
    (i64.const 1)))
