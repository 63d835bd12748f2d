/* Iteration counts over an n x n view of the Mandelbrot set: a hot loop of a few float operations with two exits. */
#include "runtime.h"

EXPORT(run) i32 run(i32 n) {
  u32 hash = MIX_START;
  for (i32 row = 0; row < n; row++) {
    f64 ci = 2.4 * row / n - 1.2;
    u32 inside = 0;
    for (i32 column = 0; column < n; column++) {
      f64 cr = 3.0 * column / n - 2.2;
      f64 r = 0, i = 0, rr = 0, ii = 0;
      u32 count = 0;
      while (count < 200 && rr + ii <= 4.0) {
        i = 2.0 * r * i + ci;
        r = rr - ii + cr;
        rr = r * r;
        ii = i * i;
        count++;
      }
      inside += count;
    }
    hash = mix(hash, inside);
  }
  return (i32)hash;
}
