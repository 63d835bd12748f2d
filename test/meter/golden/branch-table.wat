;; No code can stand on the edges of a br_table: what differs is charged where the arms begin.
(module
  (memory 1)
  (func $switch (export "switch") (param $which i32) (result i32)
    (block $default
      (block $two
        (block $one
          (block $zero
            (br_table $zero $one $two $default (local.get $which)))
          (return (i32.const 10)))
        (return (i32.load (i32.const 20))))
      (return (i32.mul (i32.load (i32.const 30)) (i32.const 3))))
    (i32.const -1)))
