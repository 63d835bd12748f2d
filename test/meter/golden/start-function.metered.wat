;; 1 functions (0 of constant cost): 1 charge points, 1 checks at entries, 1 at loops
(func $start (;1;) (type 0) (param i64) (result i64)
  local.get 0
  i64.const 4
  i64.sub
  local.tee 0
  i64.const -9223372036854743040
  i64.and
  i64.const 0
  i64.ne
  if
    local.get 0
    global.get 2
    call_ref 2
    local.set 0
  end
  block
    loop
      block
        loop
          local.get 0
          i64.const 0
          i64.lt_s
          br_if 1
          local.get 0
          i64.const 65536               ;; 1 fuel
          i64.sub
          local.set 0
          br 0
        end
        br 2
      end
      local.get 0
      global.get 2
      call_ref 2
      local.set 0
      br 0
    end
    unreachable
  end
  unreachable
  local.get 0
  i64.const -4
  i64.sub
)

(func $__ringfence_plain_0 (;7;) (type 5)
  (local i64)
  global.get 0
  i64.const 16
  i64.shl
  i64.const 0
  global.set 0
  global.get 1
  i64.extend_i32_u
  i64.or
  local.set 0
  local.get 0
  i64.const 0
  i64.lt_s
  if
    local.get 0
    global.get 2
    call_ref 2
    local.set 0
  end
  local.get 0
  call $start
  local.set 0
  local.get 0
  i64.const 16
  i64.shr_s
  global.set 0
)

