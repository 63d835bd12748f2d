;; A loop that calls: of an import (which looks at the fuel, so the loop need not), and of a function that does not look.
(module
  (import "env" "tick" (func $tick))
  (memory 1)
  (func $work (param $x i32) (result i32)
    (if (result i32) (local.get $x) (then (i32.load (local.get $x))) (else (i32.const 0))))
  (func $imports (export "imports") (param $n i32)
    (loop $again
      (call $tick)
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
  (func $works (export "works") (param $n i32) (result i32)
    (loop $again
      (drop (call $work (local.get $n)))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $n)))
