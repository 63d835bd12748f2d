/* n dot products of two vectors of 4,096 floats, four lanes at a time: the tightest vector loop there is. */
#include "runtime.h"
#include <wasm_simd128.h>

#define SIZE 4096

static f32 a[SIZE] __attribute__((aligned(16))), b[SIZE] __attribute__((aligned(16)));

__attribute__((noinline)) static f32 dot(const f32 *x, const f32 *y, u32 count) {
  v128_t sum = wasm_f32x4_const(0, 0, 0, 0);
  for (u32 i = 0; i < count; i += 4) {
    sum = wasm_f32x4_add(sum, wasm_f32x4_mul(wasm_v128_load(x + i), wasm_v128_load(y + i)));
  }
  return wasm_f32x4_extract_lane(sum, 0) + wasm_f32x4_extract_lane(sum, 1) + wasm_f32x4_extract_lane(sum, 2) + wasm_f32x4_extract_lane(sum, 3);
}

EXPORT(run) i32 run(i32 n) {
  random_seed(13);
  for (u32 i = 0; i < SIZE; i++) {
    a[i] = (f32)(random_u32() & 0xff) / 256.0f;
    b[i] = (f32)(random_u32() & 0xff) / 256.0f;
  }
  u32 hash = MIX_START;
  for (i32 round = 0; round < n; round++) {
    hash = mix_f64(hash, (f64)dot(a, b, SIZE));
    a[(u32)round % SIZE] += 0.25f;
  }
  return (i32)hash;
}
