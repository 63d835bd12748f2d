;; 2 functions (0 of constant cost): 4 charge points, 1 checks at entries, 0 at loops
(func $even (;1;) (type 0) (param i32 i64) (result i32 i64)
  local.get 1
  i64.const 393226                      ;; 6 fuel, 10 words of stack
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
  i32.eqz
  if
    i32.const 1
    local.get 1
    i64.const -10
    i64.sub
    return
  end
  local.get 0
  i32.const 1
  i32.sub
  local.get 1
  i64.const 327670                      ;; 5 fuel, -10 words of stack
  i64.sub
  return_call $odd
  local.get 1
  i64.const -10
  i64.sub
)

(func $odd (;2;) (type 0) (param i32 i64) (result i32 i64)
  local.get 0
  i32.eqz
  if
    i32.const 0
    local.get 1
    i64.const 393216                    ;; 6 fuel
    i64.sub
    return
  end
  local.get 0
  i32.const 1
  i32.sub
  local.get 1
  i64.const 720896                      ;; 11 fuel
  i64.sub
  return_call $even
  local.get 1
)

