/* n rounds of packing and unpacking 64 KiB of text-like data with an LZ77 of our own: hash table, match loops, copies. */
#include "runtime.h"

#define SIZE 65536
#define HASH_BITS 13
#define MAX_MATCH 130

static u8 source[SIZE], packed[SIZE * 2], restored[SIZE];
static u32 heads[1 << HASH_BITS];

static inline u32 word_at(const u8 *p) {
  u32 word;
  memory_copy(&word, p, 4);
  return word;
}

/* Tokens: 0..127 = that many literals plus one follow; 128..255 = a match of (token - 128 + 4) bytes, its distance in 2 bytes. */
static u32 pack(const u8 *in, u32 size, u8 *out) {
  u32 at = 0, literals = 0, written = 0;
  memory_fill(heads, 0xff, sizeof heads);
  while (at < size) {
    u32 match = 0, distance = 0;
    if (at + 4 <= size) {
      u32 slot = word_at(in + at) * 2654435761u >> (32 - HASH_BITS);
      u32 candidate = heads[slot];
      heads[slot] = at;
      if (candidate != ~0u && at - candidate < 65535 && word_at(in + candidate) == word_at(in + at)) {
        match = 4;
        while (match < MAX_MATCH && at + match < size && in[candidate + match] == in[at + match]) match++;
        distance = at - candidate;
      }
    }
    if (match == 0 && literals < 128) {
      literals++;
      at++;
      if (at < size) continue;
    }
    while (literals > 0) {
      u32 count = literals > 128 ? 128 : literals, from = at - literals;
      out[written++] = (u8)(count - 1);
      for (u32 i = 0; i < count; i++) out[written++] = in[from + i];
      literals -= count;
    }
    if (match != 0) {
      out[written++] = (u8)(128 + match - 4);
      out[written++] = (u8)distance;
      out[written++] = (u8)(distance >> 8);
      at += match;
    }
  }
  return written;
}

static u32 unpack(const u8 *in, u32 size, u8 *out) {
  u32 at = 0, written = 0;
  while (at < size) {
    u32 token = in[at++];
    if (token < 128) {
      memory_copy(out + written, in + at, token + 1);
      at += token + 1;
      written += token + 1;
    } else {
      u32 count = token - 128 + 4, distance = in[at] | (u32)in[at + 1] << 8;
      at += 2;
      for (u32 i = 0; i < count; i++, written++) out[written] = out[written - distance];
    }
  }
  return written;
}

EXPORT(run) i32 run(i32 n) {
  static const char *WORDS[] = { "fence ", "guest ", "fuel ", "memory ", "the ", "of ", "module ", "function ", "host ", "a ", "pays ", "for ", "every ", "step. " };
  random_seed(5);
  for (u32 at = 0; at < SIZE;) {
    const char *word = WORDS[random_u32() % COUNT(WORDS)];
    while (*word && at < SIZE) source[at++] = (u8)*word++;
    if (random_u32() % 5 == 0 && at < SIZE) source[at++] = (u8)('a' + random_u32() % 26);
  }
  u32 hash = MIX_START;
  for (i32 round = 0; round < n; round++) {
    u32 size = pack(source, SIZE, packed);
    if (unpack(packed, size, restored) != SIZE) return -1;
    for (u32 i = 0; i < SIZE; i++) {
      if (restored[i] != source[i]) return -2;
    }
    hash = mix(hash, size);
    source[(u32)round * 31 % SIZE] ^= 1;
  }
  return (i32)hash;
}
