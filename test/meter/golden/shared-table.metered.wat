;; 2 functions (0 of constant cost): 3 charge points, 1 checks at entries, 0 at loops
(func $f (;1;) (type 7) (param i32 i64) (result i32 i64)
  local.get 1
  i64.const 5
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
)

(func $dispatch (;2;) (type 7) (param i32 i64) (result i32 i64)
  local.get 0
  local.get 0
  local.get 1
  call $__ringfence_indirect_0_0
  local.set 1
  local.get 1
  i64.const 720896                      ;; 11 fuel
  i64.sub
)

(func $__ringfence_indirect_0_0 (;4;) (type 3) (param i32 i32 i64) (result i32 i64)
  (local i32)
  local.get 2
  i64.const 0
  i64.lt_s
  if
    local.get 2
    global.get 2
    call_ref 2
    local.set 2
  end
  local.get 2
  i64.const 16
  i64.shr_s
  global.set 0
  global.get 1
  local.set 3
  local.get 2
  i32.wrap_i64
  i32.const 16
  i32.sub
  i32.const 65535
  i32.and
  global.set 1
  try (result i32)
    local.get 0
    local.get 1
    call_indirect 0 (type 0)
  catch_all
    i64.const 0
    global.set 0
    local.get 3
    global.set 1
    rethrow 0
  end
  local.get 3
  global.set 1
  global.get 0
  i64.const 16
  i64.shl
  i64.const 0
  global.set 0
  local.get 2
  i64.const 65535
  i64.and
  i64.or
)

(func $__ringfence_plain_0 (;5;) (type 4) (param i32) (result i32)
  (local i64)
  global.get 0
  i64.const 16
  i64.shl
  i64.const 0
  global.set 0
  global.get 1
  i64.extend_i32_u
  i64.or
  local.set 1
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
  call $f
  local.set 1
  local.get 1
  i64.const 16
  i64.shr_s
  global.set 0
)

(func $__ringfence_plain_1 (;10;) (type 4) (param i32) (result i32)
  (local i64)
  global.get 0
  i64.const 16
  i64.shl
  i64.const 0
  global.set 0
  global.get 1
  i64.extend_i32_u
  i64.or
  local.set 1
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
  local.get 1
  i64.const 16
  i64.shr_s
  global.set 0
)

