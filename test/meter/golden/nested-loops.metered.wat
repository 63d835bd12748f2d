;; 1 functions (0 of constant cost): 2 charge points, 1 checks at entries, 2 at loops
(func $fill (;1;) (type 0) (param i32 i32 i64) (result i64)
  (local i32 i32)
  (local i32)
  (local i32)
  local.get 2
  i64.const 7
  i64.sub
  local.tee 2
  i64.const -9223372036854743040
  i64.and
  i64.const 0
  i64.ne
  if
    local.get 2
    global.get 2
    call_ref 2
    local.set 2
  end
  loop
    local.get 2
    i64.const 0
    i64.lt_s
    if
      local.get 2
      global.get 2
      call_ref 2
      local.set 2
    end
    i32.const 0
    local.set 4
    local.get 2
    i64.const 589824                    ;; 9 fuel
    i64.sub
    local.set 2
    loop
      local.get 1
      local.get 4
      local.tee 5
      i32.const 1170
      i32.add
      local.tee 6
      local.get 1
      local.get 6
      i32.lt_u
      select
      local.set 6
      loop
        local.get 3
        local.get 1
        i32.mul
        local.get 4
        i32.add
        local.get 3
        i32.store8 align=1
        local.get 4
        i32.const 1
        i32.add
        local.tee 4
        local.get 6
        i32.lt_u
        br_if 0
      end
      local.get 2
      local.get 4
      local.get 5
      i32.sub
      i64.extend_i32_u
      i64.const 917504                  ;; 14 fuel
      i64.mul
      i64.sub
      local.set 2
      local.get 4
      local.get 1
      i32.lt_u
      if
        local.get 2
        i64.const 0
        i64.lt_s
        if
          local.get 2
          global.get 2
          call_ref 2
          local.set 2
        end
        br 1
      end
    end
    local.get 3
    i32.const 1
    i32.add
    local.tee 3
    local.get 0
    i32.lt_u
    br_if 0
  end
  local.get 2
  i64.const 65529
  i64.sub
)

