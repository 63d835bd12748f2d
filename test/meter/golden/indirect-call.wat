;; shows: import_0
;; Functions in a table take the counter and look at the fuel, also those that cost the same on every call; imported ones are
;; reached through thunks.
(module
  (import "env" "imported" (func $imported (param i32) (result i32)))
  (type $unary (func (param i32) (result i32)))
  (table 3 funcref)
  (elem (i32.const 0) $constant $imported $varying)
  (memory 1)
  (func $constant (param $x i32) (result i32) (i32.add (local.get $x) (i32.const 1)))
  (func $varying (param $x i32) (result i32)
    (if (result i32) (local.get $x) (then (i32.load (local.get $x))) (else (i32.const 0))))
  (func $dispatch (export "dispatch") (param $which i32) (result i32)
    (call_indirect (type $unary) (local.get $which) (local.get $which))))
