;; The newer form: each catch clause gets a landing pad that takes the counter up again.
(module
  (tag $t (param i32))
  (func $throws (param $x i32) (if (local.get $x) (then (throw $t (local.get $x)))))
  (func $catches (export "catches") (param $x i32) (result i32)
    (block $all
      (return
        (block $caught (result i32)
          (try_table (catch $t $caught) (catch_all $all)
            (call $throws (local.get $x)))
          (i32.const 0))))
    (i32.const -1)))
