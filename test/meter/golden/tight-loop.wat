;; A loop without calls and without an induction variable: charged inside, checked by the loop around it.
(module
  (memory 1)
  (func $length (export "length") (param $node i32) (result i32) (local $n i32)
    (block $done
      (loop $again
        (br_if $done (i32.eqz (local.get $node)))
        (local.set $node (i32.load (local.get $node)))
        (local.set $n (i32.add (local.get $n) (i32.load offset=4 (local.get $node))))
        (br $again)))
    (local.get $n)))
