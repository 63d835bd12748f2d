/* CRC-32 of 64 KiB, n times: a byte-wise table loop, one dependent load per byte. */
#include "runtime.h"

static u32 table[256];
static u8 data[65536];

static u32 crc(const u8 *bytes, u32 size) {
  u32 value = ~0u;
  for (u32 i = 0; i < size; i++) value = table[(value ^ bytes[i]) & 0xff] ^ (value >> 8);
  return ~value;
}

/* n = 0: the check value, the CRC of "123456789". */
EXPORT(run) i32 run(i32 n) {
  for (u32 i = 0; i < 256; i++) {
    u32 value = i;
    for (int bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320u ^ (value >> 1) : value >> 1;
    table[i] = value;
  }
  if (n == 0) return (i32)crc((const u8 *)"123456789", 9);
  random_seed(3);
  for (u32 i = 0; i < sizeof data; i++) data[i] = (u8)random_u32();
  u32 value = 0;
  for (i32 round = 0; round < n; round++) {
    value = crc(data, sizeof data);
    data[(u32)round * 61 & 0xffff] = (u8)(value + (u32)round);
  }
  return (i32)value;
}
