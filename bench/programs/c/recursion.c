/* Fibonacci and Ackermann by plain recursion: the price of a call and nothing else. */
#include "runtime.h"

__attribute__((noinline)) static u32 fibonacci(u32 n) { return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2); }

__attribute__((noinline)) static u32 ackermann(u32 m, u32 n) {
  if (m == 0) return n + 1;
  return ackermann(m - 1, n == 0 ? 1 : ackermann(m, n - 1));
}

/* n = 8 gives fib(8) * 31 + ack(3, 2) = 21 * 31 + 29. */
EXPORT(run) i32 run(i32 n) { return (i32)(fibonacci((u32)n) * 31 + ackermann(3, (u32)n / 4)); }
