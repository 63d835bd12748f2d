;; 2 functions (0 of constant cost): 3 charge points, 1 checks at entries, 0 at loops
(func $f (;1;) (type 0) (param i32) (result i32)
  (local i64)
  global.get 3
  i64.const -1
  i64.const 62
  i64.shl
  global.set 3
  i64.const 5
  i64.sub
  local.tee 1
  i64.const -9223372036854743040
  i64.and
  i64.const 0
  i64.ne
  if
    local.get 1
    i64.const -1
    i64.const 62
    i64.shl
    i64.const 5
    i64.sub
    i64.eq
    if
      i64.const 5
      call $__ringfence_arrive
      try (result i32)
        local.get 0
        call $f
      catch_all
        call $__ringfence_lost
        rethrow 0
      end
      i64.const 5
      call $__ringfence_depart
      return
    end
    local.get 1
    global.get 2
    call_ref 2
    local.set 1
  end
  local.get 0
  if (result i32)
    local.get 0
    i32.load align=4
  else
    i32.const 0
    local.get 1
    i64.const -65536                    ;; -1 fuel
    i64.sub
    local.set 1
  end
  local.get 1
  i64.const 327675                      ;; 5 fuel, -5 words of stack
  i64.sub
  global.set 3
)

(func $dispatch (;2;) (type 9) (param i32 i64) (result i32 i64)
  (local i64)
  try (result i32)
    local.get 0
    local.get 0
    local.get 1
    i64.const 16
    i64.sub
    global.set 3
    call_indirect 0 (type 0)
    global.get 3
    local.tee 2
    i64.const 0
    i64.lt_s
    if
      local.get 2
      local.get 1
      call $__ringfence_found
      local.set 2
    end
    i64.const -1
    i64.const 62
    i64.shl
    global.set 3
    local.get 2
    i64.const 16
    i64.add
    local.set 1
  catch_all
    call $__ringfence_lost
    rethrow 0
  end
  local.get 1
  i64.const 720896                      ;; 11 fuel
  i64.sub
)

(func $__ringfence_arrive (;4;) (type 3) (param i64)
  global.get 0
  i64.const 16
  i64.shl
  i64.const 0
  global.set 0
  global.get 1
  i64.extend_i32_u
  i64.or
  local.get 0
  i64.sub
  global.set 3
)

(func $__ringfence_lost (;5;) (type 4)
  i64.const 0
  global.set 0
  i64.const -1
  i64.const 62
  i64.shl
  global.set 3
)

(func $__ringfence_depart (;6;) (type 3) (param i64)
  global.get 3
  local.get 0
  i64.add
  i64.const 16
  i64.shr_s
  global.set 0
  i64.const -1
  i64.const 62
  i64.shl
  global.set 3
)

(func $__ringfence_found (;7;) (type 5) (param i64 i64) (result i64)
  local.get 0
  i64.const -1
  i64.const 62
  i64.shl
  i64.ne
  if
    local.get 0
    return
  end
  global.get 0
  i64.const 16
  i64.shl
  i64.const 0
  global.set 0
  local.get 1
  i64.const 65535
  i64.and
  i64.or
  i64.const 16
  i64.sub
)

(func $__ringfence_plain_1 (;12;) (type 8) (param i32) (result i32)
  (local i64)
  (local i32)
  global.get 3
  local.tee 1
  i64.const -1
  i64.const 62
  i64.shl
  i64.eq
  local.tee 2
  if
    global.get 0
    i64.const 16
    i64.shl
    i64.const 0
    global.set 0
    global.get 1
    i64.extend_i32_u
    i64.or
    local.set 1
  else
    i64.const -1
    i64.const 62
    i64.shl
    global.set 3
  end
  local.get 1
  i64.const 0
  i64.lt_s
  if
    local.get 1
    global.get 2
    call_ref 2
    local.set 1
  end
  local.get 0
  local.get 1
  call $dispatch
  local.set 1
  local.get 2
  if
    local.get 1
    i64.const 16
    i64.shr_s
    global.set 0
  else
    local.get 1
    global.set 3
  end
)

