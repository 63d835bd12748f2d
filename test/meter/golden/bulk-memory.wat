;; shows: memory.fill_0_0 memory.grow_0_0 table.grow_0_0
;; Work that an operand sizes is looked at and paid before it starts, unless it is about to trap or fail.
(module
  (memory 1 10)
  (table 1 100 funcref)
  (func $fill (export "fill") (param $at i32) (param $length i32)
    (memory.fill (local.get $at) (i32.const 0) (local.get $length)))
  (func $grow (export "grow") (param $pages i32) (result i32)
    (i32.add (memory.grow (local.get $pages)) (table.grow (ref.null func) (local.get $pages)))))
