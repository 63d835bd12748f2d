;; 2 functions (0 of constant cost): 2 charge points, 0 checks at entries, 0 at loops
(func $fill (;1;) (type 0) (param i32 i32 i64) (result i64)
  local.get 0
  i32.const 0
  local.get 1
  local.get 2
  call $__ringfence_memory.fill_0_0
  local.set 2
  local.get 2
  i64.const 3538944                     ;; 54 fuel
  i64.sub
)

(func $grow (;2;) (type 1) (param i32 i64) (result i32 i64)
  local.get 0
  local.get 1
  call $__ringfence_memory.grow_0_0
  local.set 1
  ref.null func
  local.get 0
  local.get 1
  call $__ringfence_table.grow_0_0
  local.set 1
  i32.add
  local.get 1
  i64.const 26542080                    ;; 405 fuel
  i64.sub
)

(func $__ringfence_memory.fill_0_0 (;4;) (type 4) (param i32 i32 i32 i64) (result i64)
  local.get 3
  local.get 2
  i64.extend_i32_u
  i64.const 4
  i64.shr_u
  i64.const 65536                       ;; 1 fuel
  i64.mul
  i64.sub
  local.set 3
  local.get 3
  i64.const 0
  i64.lt_s
  if
    local.get 0
    i64.extend_i32_u
    local.get 2
    i64.extend_i32_u
    i64.add
    memory.size
    i64.extend_i32_u
    i64.const 16
    i64.shl
    i64.gt_u
    if
      local.get 0
      local.get 1
      local.get 2
      memory.fill
      unreachable
    end
    local.get 3
    global.get 2
    call_ref 3
    local.set 3
  end
  local.get 0
  local.get 1
  local.get 2
  memory.fill
  local.get 3
)

(func $__ringfence_memory.grow_0_0 (;5;) (type 5) (param i32 i64) (result i32 i64)
  (local i32)
  local.get 0
  i32.eqz
  if
    memory.size
    local.get 1
    return
  end
  memory.size
  i64.extend_i32_u
  local.get 0
  i64.extend_i32_u
  i64.add
  i64.const 10
  i64.gt_u
  if
    i32.const -1
    local.get 1
    return
  end
  local.get 1
  local.get 0
  i64.extend_i32_u
  i64.const 327680000                   ;; 5000 fuel
  i64.mul
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
  local.get 0
  memory.grow
  local.tee 2
  i32.const -1
  i32.eq
  if
    local.get 1
    local.get 0
    i64.extend_i32_u
    i64.const 327680000                 ;; 5000 fuel
    i64.mul
    i64.add
    local.set 1
  end
  local.get 2
  local.get 1
)

(func $__ringfence_table.grow_0_0 (;6;) (type 6) (param funcref i32 i64) (result i32 i64)
  (local i32)
  local.get 1
  i32.eqz
  if
    table.size 0
    local.get 2
    return
  end
  table.size 0
  i64.extend_i32_u
  local.get 1
  i64.extend_i32_u
  i64.add
  i64.const 100
  i64.gt_u
  if
    i32.const -1
    local.get 2
    return
  end
  local.get 2
  local.get 1
  i64.extend_i32_u
  i64.const 6553600                     ;; 100 fuel
  i64.mul
  i64.sub
  local.set 2
  local.get 2
  i64.const 0
  i64.lt_s
  if
    local.get 2
    global.get 2
    call_ref 3
    local.set 2
  end
  local.get 0
  local.get 1
  table.grow 0
  local.tee 3
  i32.const -1
  i32.eq
  if
    local.get 2
    local.get 1
    i64.extend_i32_u
    i64.const 6553600                   ;; 100 fuel
    i64.mul
    i64.add
    local.set 2
  end
  local.get 3
  local.get 2
)

