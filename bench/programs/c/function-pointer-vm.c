/* A stack machine whose instructions are function pointers, n turns of its loop: nothing but indirect calls to small functions. */
#include "runtime.h"

struct machine { i32 stack[16]; u32 top; u32 pc; i32 variables[4]; };
struct step { void (*act)(struct machine *, i32); i32 operand; };

static void push(struct machine *m, i32 value) { m->stack[m->top++ & 15] = value; }
static i32 pop(struct machine *m) { return m->stack[--m->top & 15]; }

static void constant(struct machine *m, i32 operand) { push(m, operand); }
static void get(struct machine *m, i32 operand) { push(m, m->variables[operand & 3]); }
static void set(struct machine *m, i32 operand) { m->variables[operand & 3] = pop(m); }
static void add(struct machine *m, i32 operand) { (void)operand; i32 b = pop(m); push(m, (i32)((u32)pop(m) + (u32)b)); }
static void multiply(struct machine *m, i32 operand) { (void)operand; i32 b = pop(m); push(m, (i32)((u32)pop(m) * (u32)b)); }
static void exclusive_or(struct machine *m, i32 operand) { (void)operand; i32 b = pop(m); push(m, pop(m) ^ b); }
static void shift_right(struct machine *m, i32 operand) { push(m, (i32)((u32)pop(m) >> (operand & 31))); }
static void jump_if(struct machine *m, i32 operand) { if (pop(m) != 0) m->pc = (u32)operand; }

/* h = (h ^ i) * 16777619 ^ (h >> 7); i = i - 1; repeat while i */
static const struct step PROGRAM[] = {
  { get, 1 }, { get, 0 }, { exclusive_or, 0 }, { constant, 16777619 }, { multiply, 0 },
  { get, 1 }, { shift_right, 7 }, { exclusive_or, 0 }, { set, 1 },
  { get, 0 }, { constant, -1 }, { add, 0 }, { set, 0 },
  { get, 0 }, { jump_if, 0 },
};

EXPORT(run) i32 run(i32 n) {
  static struct machine m;
  memory_fill(&m, 0, sizeof m);
  m.variables[0] = n;
  m.variables[1] = (i32)MIX_START;
  while (m.pc < COUNT(PROGRAM)) {
    const struct step *step = &PROGRAM[m.pc++];
    step->act(&m, step->operand);
  }
  return m.variables[1];
}
