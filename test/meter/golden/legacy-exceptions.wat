;; What may throw is settled before it runs; a handler takes the counter up again, and looks at the fuel.
(module
  (import "env" "may-throw" (func $may-throw))
  (tag $t (param i32))
  (func $throws (param $x i32) (if (local.get $x) (then (throw $t (local.get $x)))))
  (func $catches (export "catches") (param $x i32) (result i32)
    (try (result i32)
      (do (call $throws (local.get $x)) (call $may-throw) (i32.const 0))
      (catch $t (i32.mul (i32.const 2)))
      (catch_all (i32.const -1)))))
