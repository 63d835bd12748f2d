;; 1 functions (0 of constant cost): 3 charge points, 1 checks at entries, 0 at loops
(func $fib (;1;) (type 0) (param i32 i64) (result i32 i64)
  local.get 1
  i64.const 6
  i64.sub
  local.tee 1
  i64.const -9223372036854743040
  i64.and
  i64.const 0
  i64.ne
  if
    local.get 1
    global.get 2
    call_ref 2
    local.set 1
  end
  local.get 0
  i32.const 2
  i32.lt_u
  local.get 1
  i64.const 1310720                     ;; 20 fuel
  i64.sub
  local.set 1
  if (result i32)
    local.get 0
  else
    local.get 0
    i32.const 1
    i32.sub
    local.get 1
    call $fib
    local.set 1
    local.get 0
    i32.const 2
    i32.sub
    local.get 1
    call $fib
    local.set 1
    i32.add
    local.get 1
    i64.const 917504                    ;; 14 fuel
    i64.sub
    local.set 1
  end
  local.get 1
  i64.const -917510                     ;; -14 fuel, -6 words of stack
  i64.sub
)

