;; 3 functions (0 of constant cost): 6 charge points, 2 checks at entries, 1 at loops
(func $work (;2;) (type 1) (param i32 i64) (result i32 i64)
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

(func $imports (;3;) (type 2) (param i32 i64) (result i64)
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
  loop
    local.get 1
    i64.const 589824                    ;; 9 fuel
    i64.sub
    call $__ringfence_import_0
    local.set 1
    local.get 0
    i32.const 1
    i32.sub
    local.tee 0
    br_if 0
  end
  local.get 1
  i64.const 65531
  i64.sub
)

(func $works (;4;) (type 1) (param i32 i64) (result i32 i64)
  local.get 1
  i64.const 10
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
  loop
    local.get 1
    i64.const 0
    i64.lt_s
    if
      local.get 1
      global.get 2
      call_ref 4
      local.set 1
    end
    local.get 0
    local.get 1
    i64.const 655360                    ;; 10 fuel
    i64.sub
    call $work
    local.set 1
    drop
    local.get 0
    i32.const 1
    i32.sub
    local.tee 0
    br_if 0
  end
  local.get 0
  local.get 1
  i64.const 131062                      ;; 2 fuel, -10 words of stack
  i64.sub
)

