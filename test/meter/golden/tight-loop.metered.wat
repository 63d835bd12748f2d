;; 1 functions (0 of constant cost): 2 charge points, 1 checks at entries, 1 at loops
(func $length (;1;) (type 0) (param i32 i64) (result i32 i64)
  (local i32)
  local.get 1
  i64.const 6
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
  block
    block
      loop
        block
          loop
            local.get 1
            i64.const 0
            i64.lt_s
            br_if 1
            local.get 0
            i32.eqz
            br_if 4
            local.get 0
            i32.load align=4
            local.set 0
            local.get 2
            local.get 0
            i32.load offset=4 align=4
            i32.add
            local.set 2
            local.get 1
            i64.const 786432            ;; 12 fuel
            i64.sub
            local.set 1
            br 0
          end
          br 2
        end
        local.get 1
        global.get 2
        call_ref 2
        local.set 1
        br 0
      end
      unreachable
    end
    unreachable
  end
  local.get 2
  local.get 1
  i64.const 327674                      ;; 5 fuel, -6 words of stack
  i64.sub
)

