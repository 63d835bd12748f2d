;; 3 functions (2 of constant cost): 1 charge points, 0 checks at entries, 0 at loops
(func $square (;1;) (type 10) (param i32) (result i32)
  local.get 0
  local.get 0
  i32.mul
)

(func $sum (;2;) (type 8) (param i32 i32) (result i32)
  local.get 0
  call $square
  local.get 1
  call $square
  i32.add
)

(func $grow (;3;) (type 2) (param i32 i64) (result i64)
  i32.const 0
  local.get 1
  call $__ringfence_memory.grow_0_0
  local.set 1
  drop
  local.get 0
  i32.const 7
  i32.store align=4
  local.get 1
  i64.const 13434880                    ;; 205 fuel
  i64.sub
)

