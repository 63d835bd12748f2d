;; 2 functions (0 of constant cost): 4 charge points, 0 checks at entries, 0 at loops
(func $diamond (;1;) (type 0) (param i32 i64) (result i32 i64)
  local.get 0
  i32.eqz
  if (result i32)
    i32.const 8
    i32.load align=4
    local.get 1
    i64.const 393216                    ;; 6 fuel
    i64.sub
    local.set 1
  else
    local.get 0
    i32.const 3
    i32.add
    i32.const 1
    local.get 1
    call $__ringfence_memory.grow_0_0
    local.set 1
    i32.mul
    local.get 1
    i64.const 13697024                  ;; 209 fuel
    i64.sub
    local.set 1
  end
  local.get 1
)

(func $one-armed (;2;) (type 1) (param i32 i64) (result i64)
  local.get 0
  if
    i32.const 0
    local.get 0
    local.get 1
    call $__ringfence_memory.grow_0_0
    local.set 1
    i32.store align=4
    local.get 1
    i64.const 13303808                  ;; 203 fuel
    i64.sub
    local.set 1
  end
  local.get 1
  i64.const 196608                      ;; 3 fuel
  i64.sub
)

