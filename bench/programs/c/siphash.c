/* SipHash-2-4 over n short keys of 1 to 40 bytes: 64-bit rotations, one call per key, switch over the tail. */
#include "runtime.h"

static inline u64 rotate(u64 x, int by) { return (x << by) | (x >> (64 - by)); }

#define ROUND \
  v0 += v1; v1 = rotate(v1, 13); v1 ^= v0; v0 = rotate(v0, 32); \
  v2 += v3; v3 = rotate(v3, 16); v3 ^= v2; \
  v0 += v3; v3 = rotate(v3, 21); v3 ^= v0; \
  v2 += v1; v1 = rotate(v1, 17); v1 ^= v2; v2 = rotate(v2, 32);

__attribute__((noinline)) static u64 siphash(u64 k0, u64 k1, const u8 *data, u32 size) {
  u64 v0 = k0 ^ 0x736f6d6570736575ull, v1 = k1 ^ 0x646f72616e646f6dull;
  u64 v2 = k0 ^ 0x6c7967656e657261ull, v3 = k1 ^ 0x7465646279746573ull;
  const u8 *end = data + (size & ~7u);
  for (; data != end; data += 8) {
    u64 word;
    memory_copy(&word, data, 8);
    v3 ^= word;
    ROUND ROUND
    v0 ^= word;
  }
  u64 last = (u64)size << 56;
  switch (size & 7) {
    case 7: last |= (u64)data[6] << 48; /* fall through */
    case 6: last |= (u64)data[5] << 40; /* fall through */
    case 5: last |= (u64)data[4] << 32; /* fall through */
    case 4: last |= (u64)data[3] << 24; /* fall through */
    case 3: last |= (u64)data[2] << 16; /* fall through */
    case 2: last |= (u64)data[1] << 8; /* fall through */
    case 1: last |= (u64)data[0];
  }
  v3 ^= last;
  ROUND ROUND
  v0 ^= last;
  v2 ^= 0xff;
  ROUND ROUND ROUND ROUND
  return v0 ^ v1 ^ v2 ^ v3;
}

/* n = 0: the low word for the key 00..0f and the data 00..0e of the algorithm's paper. */
EXPORT(run) i32 run(i32 n) {
  u8 data[256];
  for (int i = 0; i < 256; i++) data[i] = (u8)i;
  u64 k0 = 0x0706050403020100ull, k1 = 0x0f0e0d0c0b0a0908ull;
  if (n == 0) return (i32)siphash(k0, k1, data, 15);
  u64 hash = 0;
  for (i32 i = 0; i < n; i++) {
    data[hash & 63] = (u8)i;
    hash += siphash(k0, k1 + (u64)i, data + (hash & 7), 1 + (u32)i % 40);
  }
  return (i32)(hash ^ (hash >> 32));
}
