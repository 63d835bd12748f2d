/* Solves the same hard sudoku in n relabellings by backtracking over bit masks: recursion with little work per call. */
#include "runtime.h"

static const char PUZZLE[] =
  "8..........36......7..9.2...5...7.......457.....1...3...1....68..85...1..9....4..";

static u16 rows[9], columns[9], boxes[9];
static u8 cells[81];
static u32 steps;

static i32 solve(void) {
  i32 best = -1, fewest = 10;
  u32 open = 0;
  for (i32 at = 0; at < 81; at++) {
    if (cells[at]) continue;
    u32 candidates = 0x3fe & ~(u32)(rows[at / 9] | columns[at % 9] | boxes[at / 27 * 3 + at % 9 / 3]);
    i32 count = __builtin_popcount(candidates);
    if (count < fewest) {
      fewest = count;
      best = at;
      open = candidates;
      if (count <= 1) break;
    }
  }
  if (best < 0) return 1;
  steps++;
  u16 *row = &rows[best / 9], *column = &columns[best % 9], *box = &boxes[best / 27 * 3 + best % 9 / 3];
  for (; open; open &= open - 1) {
    u16 bit = (u16)(open & -open);
    cells[best] = (u8)__builtin_ctz(bit);
    *row |= bit; *column |= bit; *box |= bit;
    if (solve()) return 1;
    *row &= (u16)~bit; *column &= (u16)~bit; *box &= (u16)~bit;
  }
  cells[best] = 0;
  return 0;
}

EXPORT(run) i32 run(i32 n) {
  u32 hash = MIX_START;
  steps = 0;
  for (i32 round = 0; round < n; round++) {
    memory_fill(rows, 0, sizeof rows);
    memory_fill(columns, 0, sizeof columns);
    memory_fill(boxes, 0, sizeof boxes);
    for (i32 at = 0; at < 81; at++) {
      u32 digit = PUZZLE[at] == '.' ? 0 : (u32)(PUZZLE[at] - '1' + round) % 9 + 1;
      cells[at] = (u8)digit;
      if (digit == 0) continue;
      rows[at / 9] |= (u16)(1 << digit);
      columns[at % 9] |= (u16)(1 << digit);
      boxes[at / 27 * 3 + at % 9 / 3] |= (u16)(1 << digit);
    }
    if (!solve()) return -1;
    for (i32 at = 0; at < 81; at++) hash = mix(hash, cells[at]);
  }
  return (i32)mix(hash, steps);
}
