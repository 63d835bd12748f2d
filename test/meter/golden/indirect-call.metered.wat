;; 3 functions (0 of constant cost): 4 charge points, 0 checks at entries, 0 at loops
(func $constant (;2;) (type 0) (param i32 i64) (result i32 i64)
  local.get 0
  i32.const 1
  i32.add
  local.get 1
  i64.const 262144                      ;; 4 fuel
  i64.sub
)

(func $varying (;3;) (type 0) (param i32 i64) (result i32 i64)
  local.get 0
  if (result i32)
    local.get 0
    i32.load align=4
    local.get 1
    i64.const 327680                    ;; 5 fuel
    i64.sub
    local.set 1
  else
    i32.const 0
    local.get 1
    i64.const 262144                    ;; 4 fuel
    i64.sub
    local.set 1
  end
  local.get 1
)

(func $dispatch (;4;) (type 0) (param i32 i64) (result i32 i64)
  (local i32)
  local.get 0
  local.get 0
  local.set 2
  local.get 1
  local.get 2
  call_indirect 0 (type 0)
  local.set 1
  local.get 1
  i64.const 720896                      ;; 11 fuel
  i64.sub
)

(func $__ringfence_import_0 (;6;) (type 3) (param i32 i64) (result i32 i64)
  (local i32)
  local.get 1
  i64.const 0
  i64.lt_s
  if
    local.get 1
    global.get 2
    call_ref 2
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
    call $imported
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

