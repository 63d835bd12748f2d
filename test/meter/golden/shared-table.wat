;; shows: plain_1 arrive depart found lost
;; Where references cross the border of the module, what is in tables has its original type, and the counter gets through calls of it
;; in a global. $f is only called so and keeps its type; $dispatch is exported through a wrapper.
(module
  (type $unary (func (param i32) (result i32)))
  (table (export "table") 2 funcref)
  (elem (i32.const 0) $f)
  (memory 1)
  (func $f (param $x i32) (result i32)
    (if (result i32) (local.get $x) (then (i32.load (local.get $x))) (else (i32.const 0))))
  (func $dispatch (export "dispatch") (param $which i32) (result i32)
    (call_indirect (type $unary) (local.get $which) (local.get $which))))
