;; 2 functions (0 of constant cost): 6 charge points, 1 checks at entries, 0 at loops
(func $throws (;2;) (type 1) (param i32 i64) (result i64)
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
    call_ref 4
    local.set 1
  end
  local.get 0
  if
    local.get 0
    local.get 1
    i64.const 327942144                 ;; 5004 fuel
    i64.sub
    local.set 1
    local.get 1
    i64.const 16
    i64.shr_s
    global.set 0
    throw 0
  end
  local.get 1
  i64.const 196603                      ;; 3 fuel, -5 words of stack
  i64.sub
)

(func $catches (;3;) (type 2) (param i32 i64) (result i32 i64)
  local.get 1
  i64.const 393216                      ;; 6 fuel
  i64.sub
  local.set 1
  try (result i32)
    local.get 0
    local.get 1
    call $throws
    local.set 1
    local.get 1
    i64.const 262144                    ;; 4 fuel
    i64.sub
    call $__ringfence_import_0
    local.set 1
    i32.const 0
  catch 0
    global.get 0
    i64.const 16
    i64.shl
    i64.const 0
    global.set 0
    local.get 1
    i64.const 65535
    i64.and
    i64.or
    local.set 1
    local.get 1
    i64.const 0
    i64.lt_s
    if
      local.get 1
      global.get 2
      call_ref 4
      local.set 1
    end
    i32.const 2
    i32.mul
    local.get 1
    i64.const 65536                     ;; 1 fuel
    i64.sub
    local.set 1
  catch_all
    global.get 0
    i64.const 16
    i64.shl
    i64.const 0
    global.set 0
    local.get 1
    i64.const 65535
    i64.and
    i64.or
    local.set 1
    local.get 1
    i64.const 0
    i64.lt_s
    if
      local.get 1
      global.get 2
      call_ref 4
      local.set 1
    end
    i32.const -1
  end
  local.get 1
  i64.const 65536                       ;; 1 fuel
  i64.sub
)

