/* n passes of a 3 x 3 blur over a 512 x 256 grey picture, sixteen pixels at a time: integer lanes, unaligned loads. */
#include "runtime.h"
#include <wasm_simd128.h>

#define WIDTH 512
#define HEIGHT 256

static u8 pictures[2][HEIGHT][WIDTH + 16] __attribute__((aligned(16)));

static inline v128_t row_sum(const u8 *at) {
  v128_t left = wasm_v128_load(at - 1), middle = wasm_v128_load(at), right = wasm_v128_load(at + 1);
  return wasm_u8x16_avgr(wasm_u8x16_avgr(left, right), middle);
}

static void blur(u8 (*from)[WIDTH + 16], u8 (*to)[WIDTH + 16]) {
  for (u32 y = 1; y < HEIGHT - 1; y++) {
    for (u32 x = 1; x + 16 < WIDTH; x += 16) {
      v128_t above = row_sum(&from[y - 1][x]), here = row_sum(&from[y][x]), below = row_sum(&from[y + 1][x]);
      wasm_v128_store(&to[y][x], wasm_u8x16_avgr(wasm_u8x16_avgr(above, below), here));
    }
  }
}

EXPORT(run) i32 run(i32 n) {
  random_seed(17);
  for (u32 y = 0; y < HEIGHT; y++) {
    for (u32 x = 0; x < WIDTH; x++) pictures[0][y][x] = pictures[1][y][x] = (u8)random_u32();
  }
  u32 hash = MIX_START;
  for (i32 pass = 0; pass < n; pass++) {
    blur(pictures[pass & 1], pictures[~pass & 1]);
    /* Fresh noise each pass, else the picture turns grey. */
    u8 *row = pictures[~pass & 1][(u32)pass % HEIGHT];
    for (u32 x = 0; x < WIDTH; x += 16) row[x] = (u8)random_u32();
  }
  for (u32 y = 0; y < HEIGHT; y++) hash = mix(hash, pictures[n & 1][y][y * 2]);
  return (i32)hash;
}
