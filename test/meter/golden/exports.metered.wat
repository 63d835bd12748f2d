;; 2 functions (1 of constant cost): 2 charge points, 0 checks at entries, 0 at loops
(func $constant (;1;) (type 6) (result i32)
  i32.const 1
)

(func $varying (;2;) (type 1) (param i32 i64) (result i32 i64 i64)
  local.get 0
  if (result i32)
    local.get 0
    i32.load align=4
    local.get 1
    i64.const 393216                    ;; 6 fuel
    i64.sub
    local.set 1
  else
    i32.const 0
    local.get 1
    i64.const 327680                    ;; 5 fuel
    i64.sub
    local.set 1
  end
  i64.const 1
  local.get 1
)

(func $__ringfence_get_fuel (;4;) (type 4) (result f64)
  global.get 0
  f64.convert_i64_s
)

(func $__ringfence_set_fuel (;5;) (type 5) (param f64)
  local.get 0
  i64.trunc_f64_s
  global.set 0
)

(func $__ringfence_spend (;6;) (type 2) (param f64) (result f64)
  global.get 0
  local.get 0
  i64.trunc_f64_s
  i64.sub
  global.set 0
  global.get 0
  f64.convert_i64_s
)

(func $__ringfence_begin (;7;) (type 2) (param f64) (result f64)
  global.get 0
  f64.convert_i64_s
  local.get 0
  i64.trunc_f64_s
  global.set 0
  i32.const 32000
  global.set 1
)

(func $__ringfence_plain_0 (;8;) (type 6) (result i32)
  (local i64)
  global.get 0
  i64.const 16
  i64.shl
  i64.const 0
  global.set 0
  global.get 1
  i64.extend_i32_u
  i64.or
  i64.const 131072                      ;; 2 fuel
  i64.sub
  local.set 0
  local.get 0
  i64.const 0
  i64.lt_s
  if
    local.get 0
    global.get 2
    call_ref 3
    local.set 0
  end
  call $constant
  local.get 0
  i64.const 16
  i64.shr_s
  global.set 0
)

(func $__ringfence_plain_1 (;9;) (type 7) (param i32) (result i32 i64)
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
    call_ref 3
    local.set 1
  end
  local.get 0
  local.get 1
  call $varying
  local.set 1
  local.get 1
  i64.const 16
  i64.shr_s
  global.set 0
)

