;; 1 functions (0 of constant cost): 1 charge points, 0 checks at entries, 0 at loops
(func $run (;3;) (type 4) (param i32 i64) (result i32 i64)
  local.get 1
  call $__ringfence_import_1
  local.set 1
  local.get 0
  local.get 1
  call $__ringfence_import_0
  local.set 1
  local.get 1
  i64.const 655360                      ;; 10 fuel
  i64.sub
)

(func $__ringfence_import_0 (;6;) (type 4) (param i32 i64) (result i32 i64)
  (local i32)
  local.get 1
  i64.const 131072000                   ;; 2000 fuel
  i64.sub
  local.set 1
  local.get 1
  i64.const 0
  i64.lt_s
  if
    local.get 1
    global.get 2
    call_ref 3
    local.set 1
  end
  local.get 1
  i64.const 16
  i64.shr_s
  global.set 0
  global.get 1
  local.set 2
  local.get 1
  i32.wrap_i64
  i32.const 16
  i32.sub
  i32.const 65535
  i32.and
  global.set 1
  try (result i32)
    local.get 0
    call $log
  catch_all
    i64.const 0
    global.set 0
    local.get 2
    global.set 1
    rethrow 0
  end
  local.get 2
  global.set 1
  global.get 0
  i64.const 16
  i64.shl
  i64.const 0
  global.set 0
  local.get 1
  i64.const 65535
  i64.and
  i64.or
)

(func $__ringfence_plain_import_0 (;7;) (type 5) (param i32) (result i32)
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
  i64.const 131072000                   ;; 2000 fuel
  i64.sub
  local.set 1
  local.get 1
  i64.const 0
  i64.lt_s
  if
    local.get 1
    global.get 2
    call_ref 3
    local.set 1
  end
  local.get 1
  i64.const 16
  i64.shr_s
  global.set 0
  local.get 0
  call $log
)

