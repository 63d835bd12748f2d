/* n forward and inverse fast Fourier transforms of 1024 complex numbers: strided access, short inner loops. */
#include "runtime.h"

#define SIZE 1024

static f64 re[SIZE], im[SIZE], cosines[SIZE / 2], sines[SIZE / 2];

/* cos and sin of 2 pi / 1024; the rest of the table follows by rotation. */
static void make_table(void) {
  const f64 c = 0.99998117528260111, s = 0.00613588464915447536;
  f64 x = 1, y = 0;
  for (int i = 0; i < SIZE / 2; i++) {
    cosines[i] = x;
    sines[i] = y;
    f64 next = x * c - y * s;
    y = y * c + x * s;
    x = next;
  }
}

static void reorder(void) {
  for (u32 i = 1, j = 0; i < SIZE; i++) {
    u32 bit = SIZE >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) {
      f64 t = re[i]; re[i] = re[j]; re[j] = t;
      t = im[i]; im[i] = im[j]; im[j] = t;
    }
  }
}

static void transform(f64 direction) {
  reorder();
  for (u32 length = 2; length <= SIZE; length <<= 1) {
    u32 half = length >> 1, stride = SIZE / length;
    for (u32 start = 0; start < SIZE; start += length) {
      for (u32 k = 0; k < half; k++) {
        f64 wr = cosines[k * stride], wi = -direction * sines[k * stride];
        u32 a = start + k, b = a + half;
        f64 tr = re[b] * wr - im[b] * wi, ti = re[b] * wi + im[b] * wr;
        re[b] = re[a] - tr;
        im[b] = im[a] - ti;
        re[a] += tr;
        im[a] += ti;
      }
    }
  }
}

EXPORT(run) i32 run(i32 n) {
  make_table();
  random_seed(7);
  for (int i = 0; i < SIZE; i++) {
    re[i] = (f64)(random_u32() & 0xffff) / 65536.0;
    im[i] = 0;
  }
  for (i32 round = 0; round < n; round++) {
    transform(1);
    transform(-1);
    for (int i = 0; i < SIZE; i++) {
      re[i] *= 1.0 / SIZE;
      im[i] *= 1.0 / SIZE;
    }
  }
  u32 hash = MIX_START;
  for (int i = 0; i < SIZE; i++) hash = mix_f64(mix_f64(hash, re[i]), im[i]);
  return (i32)hash;
}
