/* The digits of n factorial in base 10^9, then their sum: carry loops with 64-bit multiply, divide and remainder. */
#include "runtime.h"

#define LIMBS 8000

static u32 limbs[LIMBS];

EXPORT(run) i32 run(i32 n) {
  memory_fill(limbs, 0, sizeof limbs);
  limbs[0] = 1;
  u32 used = 1;
  for (u32 factor = 2; factor <= (u32)n; factor++) {
    u64 carry = 0;
    for (u32 i = 0; i < used; i++) {
      u64 value = (u64)limbs[i] * factor + carry;
      limbs[i] = (u32)(value % 1000000000u);
      carry = value / 1000000000u;
    }
    while (carry != 0) {
      if (used == LIMBS) __builtin_trap();
      limbs[used++] = (u32)(carry % 1000000000u);
      carry /= 1000000000u;
    }
  }
  i32 sum = 0;
  for (u32 i = 0; i < used; i++) {
    for (u32 limb = limbs[i]; limb != 0; limb /= 10) sum += (i32)(limb % 10);
  }
  return sum;
}
