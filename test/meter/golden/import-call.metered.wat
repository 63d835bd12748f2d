;; 1 functions (0 of constant cost): 2 charge points, 0 checks at entries, 0 at loops
(func $run (;2;) (type 0) (param i32 i64) (result i32 i64)
  local.get 0
  local.get 1
  call $__ringfence_import_0
  local.set 1
  i32.eqz
  if
    i32.const 0
    local.get 1
    i64.const 655360                    ;; 10 fuel
    i64.sub
    return
  end
  local.get 0
  i32.const 1
  i32.add
  local.get 1
  i64.const 720896                      ;; 11 fuel
  i64.sub
)

(func $__ringfence_slow (;3;) (type 2) (param i64) (result i64)
  (local f64)
  local.get 0
  i64.const 48
  i64.shl
  i64.const 0
  i64.lt_s
  if
    i64.const -4503599627370496
    global.set 0
    unreachable
  end
  local.get 0
  i64.const 16
  i64.shr_s
  global.set 0
  local.get 0
  i64.const 16
  i64.shr_s
  f64.convert_i64_s
  call $refill
  local.tee 1
  f64.const 0
  f64.ge
  i32.eqz
  if
    unreachable
  end
  local.get 1
  f64.const 70368744177664
  f64.min
  i64.trunc_f64_s
  global.set 0
  global.get 0
  i64.const 16
  i64.shl
  i64.const 0
  global.set 0
  local.get 0
  i64.const 65535
  i64.and
  i64.or
  nop  ;; 422 times
)

(func $__ringfence_import_0 (;4;) (type 3) (param i32 i64) (result i32 i64)
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

