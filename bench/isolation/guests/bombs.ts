/** What the wasm guests of all peers do, as functions without parameters that return once they are refused. */

export const BOMBS = `
  (func $loop (loop $l (br $l)))
  (func $grow (local $at i32)
    (block $refused
      (loop $more
        (local.set $at (memory.grow (i32.const 256)))
        (br_if $refused (i32.eq (local.get $at) (i32.const -1)))
        (memory.fill (i32.shl (local.get $at) (i32.const 16)) (i32.const 1) (i32.const 16777216))
        (br $more))))
  ${Array.from({ length: 8 }, (_, i) => `(table $t${i} 0 funcref)`).join('\n')}
  (func $offHeap
    ${Array.from(
      { length: 8 },
      (_, i) => `(block $refused
      (loop $more
        (br_if $refused (i32.eq (i32.const -1) (table.grow $t${i} (ref.null func) (i32.const 100000))))
        (br $more)))`,
    ).join('\n')})
  (func $stack (call $stack) (call $stack))
  (func $fill
    (drop (memory.grow (i32.sub (i32.const 65536) (memory.size))))
    (memory.fill (i32.const 0) (i32.const 1) (i32.const 0xffffffff)))
  (func $trap (unreachable))
`;
