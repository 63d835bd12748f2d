/* A register machine with a switch: it counts Collatz steps of the numbers below n and is the usual shape of an interpreter. */
#include "runtime.h"

enum { LOAD, MOVE, ADD, ADDI, MUL, AND, SHR, JUMP, JUMP_ZERO, JUMP_LESS, JUMP_NOT_ONE, STORE, FETCH, HALT };

struct instruction { u8 op, a, b, c; i32 value; };

static const struct instruction PROGRAM[] = {
  /*  0 */ { LOAD, 1, 0, 0, 1 },          /* i = 1 */
  /*  1 */ { LOAD, 2, 0, 0, 0 },          /* total = 0 */
  /*  2 */ { MOVE, 3, 1, 0, 0 },          /* x = i */
  /*  3 */ { JUMP_NOT_ONE, 3, 0, 0, 5 },
  /*  4 */ { JUMP, 0, 0, 0, 14 },
  /*  5 */ { ADDI, 2, 2, 0, 1 },          /* total++ */
  /*  6 */ { LOAD, 4, 0, 0, 1 },
  /*  7 */ { AND, 5, 3, 4, 0 },           /* x & 1 */
  /*  8 */ { JUMP_ZERO, 5, 0, 0, 12 },
  /*  9 */ { LOAD, 6, 0, 0, 3 },
  /* 10 */ { MUL, 3, 3, 6, 0 },           /* x = 3x + 1 */
  /* 11 */ { ADDI, 3, 3, 0, 1 },
  /* 12 */ { SHR, 3, 3, 5, 0 },           /* x >>= 1 (an odd step leaves it to the next turn) */
  /* 13 */ { JUMP, 0, 0, 0, 3 },
  /* 14 */ { STORE, 2, 1, 0, 0 },         /* memory[i & 255] = total */
  /* 15 */ { ADDI, 1, 1, 0, 1 },
  /* 16 */ { JUMP_LESS, 1, 0, 0, 2 },     /* i < limit */
  /* 17 */ { FETCH, 7, 0, 0, 0 },
  /* 18 */ { ADD, 2, 2, 7, 0 },
  /* 19 */ { HALT, 2, 0, 0, 0 },
};

static u32 cells[256];

static u32 interpret(const struct instruction *code, u32 limit) {
  u32 r[8] = { limit };
  u32 pc = 0;
  for (;;) {
    const struct instruction *i = &code[pc++];
    switch (i->op) {
      case LOAD: r[i->a] = (u32)i->value; break;
      case MOVE: r[i->a] = r[i->b]; break;
      case ADD: r[i->a] = r[i->b] + r[i->c]; break;
      case ADDI: r[i->a] = r[i->b] + (u32)i->value; break;
      case MUL: r[i->a] = r[i->b] * r[i->c]; break;
      case AND: r[i->a] = r[i->b] & r[i->c]; break;
      case SHR: r[i->a] = r[i->b] >> (1 - r[i->c]); break;
      case JUMP: pc = (u32)i->value; break;
      case JUMP_ZERO: if (r[i->a] == 0) pc = (u32)i->value; break;
      case JUMP_LESS: if (r[i->a] < r[0]) pc = (u32)i->value; break;
      case JUMP_NOT_ONE: if (r[i->a] != 1) pc = (u32)i->value; break;
      case STORE: cells[r[i->b] & 255] = r[i->a]; break;
      case FETCH: r[i->a] = cells[i->b]; break;
      default: return r[i->a];
    }
  }
}

EXPORT(run) i32 run(i32 n) {
  memory_fill(cells, 0, sizeof cells);
  return (i32)interpret(PROGRAM, (u32)n);
}
