;; shows: import_0 plain_import_0
;; import costs: {"env":{"log":2000}}
;; A call pays before the function runs, also where a reference leads to it. What has no price costs its call alone.
(module
  (import "env" "log" (func $log (param i32) (result i32)))
  (import "env" "free" (func $free))
  (table (export "table") 1 funcref)
  (elem (i32.const 0) $log)
  (func $run (export "run") (param $x i32) (result i32)
    (call $free)
    (call $log (local.get $x))))
