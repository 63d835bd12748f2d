/* n sorts of 20,000 numbers with a generic quicksort: the comparison is a function pointer. */
#include "runtime.h"

typedef i32 (*compare)(const void *, const void *);

static i32 numbers[20000];

static i32 ascending(const void *a, const void *b) {
  i32 x = *(const i32 *)a, y = *(const i32 *)b;
  return x < y ? -1 : x > y;
}
static i32 descending(const void *a, const void *b) { return ascending(b, a); }

static inline void swap(u8 *a, u8 *b, u32 size) {
  for (u32 i = 0; i < size; i++) {
    u8 t = a[i];
    a[i] = b[i];
    b[i] = t;
  }
}

__attribute__((noinline)) static void sort(u8 *base, u32 count, u32 size, compare order) {
  while (count > 12) {
    u8 *pivot = base + count / 2 * size, *last = base + (count - 1) * size;
    swap(pivot, last, size);
    u8 *store = base;
    for (u8 *at = base; at < last; at += size) {
      if (order(at, last) < 0) {
        swap(at, store, size);
        store += size;
      }
    }
    swap(store, last, size);
    u32 left = (u32)(store - base) / size, right = count - left - 1;
    if (left < right) {
      sort(base, left, size, order);
      base = store + size;
      count = right;
    } else {
      sort(store + size, right, size, order);
      count = left;
    }
  }
  for (u32 i = 1; i < count; i++) {
    for (u8 *at = base + i * size; at > base && order(at - size, at) > 0; at -= size) swap(at - size, at, size);
  }
}

EXPORT(run) i32 run(i32 n) {
  u32 hash = MIX_START;
  for (i32 round = 0; round < n; round++) {
    random_seed((u32)round + 1);
    for (u32 i = 0; i < COUNT(numbers); i++) numbers[i] = (i32)random_u32();
    compare order = round & 1 ? descending : ascending;
    sort((u8 *)numbers, COUNT(numbers), sizeof numbers[0], order);
    for (u32 i = 1; i < COUNT(numbers); i++) {
      if (order(&numbers[i - 1], &numbers[i]) > 0) return -1;
    }
    hash = mix(hash, (u32)numbers[(u32)round * 97 % COUNT(numbers)]);
  }
  return (i32)hash;
}
