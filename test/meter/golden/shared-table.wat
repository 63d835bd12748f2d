;; shows: indirect_0_0 plain_0 plain_1
;; Where references cross the border of the module, what is in tables has its original type, and every call through them is as
;; one of an import.
(module
  (type $unary (func (param i32) (result i32)))
  (table (export "table") 2 funcref)
  (elem (i32.const 0) $f)
  (memory 1)
  (func $f (param $x i32) (result i32)
    (if (result i32) (local.get $x) (then (i32.load (local.get $x))) (else (i32.const 0))))
  (func $dispatch (export "dispatch") (param $which i32) (result i32)
    (call_indirect (type $unary) (local.get $which) (local.get $which))))
