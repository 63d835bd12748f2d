;; The loop further in is tight; the one around it checks once for each time round.
(module
  (memory 1)
  (func $fill (export "fill") (param $rows i32) (param $columns i32) (local $row i32) (local $column i32)
    (loop $next-row
      (local.set $column (i32.const 0))
      (loop $next-column
        (i32.store8 (i32.add (i32.mul (local.get $row) (local.get $columns)) (local.get $column)) (local.get $row))
        (br_if $next-column
          (i32.lt_u (local.tee $column (i32.add (local.get $column) (i32.const 1))) (local.get $columns))))
      (br_if $next-row (i32.lt_u (local.tee $row (i32.add (local.get $row) (i32.const 1))) (local.get $rows))))))
