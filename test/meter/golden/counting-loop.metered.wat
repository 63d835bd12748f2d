;; 1 functions (0 of constant cost): 1 charge points, 1 checks at entries, 1 at loops
(func $sum (;1;) (type 0) (param i32 i64) (result i32 i64)
  (local i32 i32)
  (local i32)
  (local i32)
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
  loop
    local.get 0
    local.get 2
    local.tee 4
    i32.const 1365
    i32.add
    local.tee 5
    local.get 0
    local.get 5
    i32.lt_u
    select
    local.set 5
    loop
      local.get 3
      local.get 2
      i32.load8_u align=1
      i32.add
      local.set 3
      local.get 2
      i32.const 1
      i32.add
      local.tee 2
      local.get 5
      i32.lt_u
      br_if 0
    end
    local.get 1
    local.get 2
    local.get 4
    i32.sub
    i64.extend_i32_u
    i64.const 786432                    ;; 12 fuel
    i64.mul
    i64.sub
    local.set 1
    local.get 2
    local.get 0
    i32.lt_u
    if
      local.get 1
      i64.const 0
      i64.lt_s
      if
        local.get 1
        global.get 2
        call_ref 2
        local.set 1
      end
      br 1
    end
  end
  local.get 3
  local.get 1
  i64.const 131066                      ;; 2 fuel, -6 words of stack
  i64.sub
)

