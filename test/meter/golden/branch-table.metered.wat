;; 1 functions (0 of constant cost): 4 charge points, 0 checks at entries, 0 at loops
(func $switch (;1;) (type 0) (param i32 i64) (result i32 i64)
  block
    block
      block
        block
          local.get 0
          br_table 0 1 2 3
        end
        i32.const 10
        local.get 1
        i64.const 458752                ;; 7 fuel
        i64.sub
        return
      end
      i32.const 20
      i32.load align=4
      local.get 1
      i64.const 524288                  ;; 8 fuel
      i64.sub
      return
    end
    i32.const 30
    i32.load align=4
    i32.const 3
    i32.mul
    local.get 1
    i64.const 655360                    ;; 10 fuel
    i64.sub
    return
  end
  i32.const -1
  local.get 1
  i64.const 393216                      ;; 6 fuel
  i64.sub
)

