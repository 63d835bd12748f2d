/* The whole C runtime of these programs: fixed-width types, a random number generator, a checksum, a bump allocator. */
#ifndef RUNTIME_H
#define RUNTIME_H

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef signed char i8;
typedef short i16;
typedef int i32;
typedef long long i64;
typedef float f32;
typedef double f64;
typedef __SIZE_TYPE__ usize;

#define EXPORT(name) __attribute__((export_name(#name)))
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define memory_copy(to, from, size) __builtin_memcpy((to), (from), (size))
#define memory_fill(to, value, size) __builtin_memset((to), (value), (size))

/* xorshift32: the same inputs on every run and machine. */
static u32 random_state;
static inline void random_seed(u32 seed) { random_state = seed * 2654435761u + 1u; }
static inline u32 random_u32(void) {
  u32 x = random_state;
  x ^= x << 13;
  x ^= x >> 17;
  x ^= x << 5;
  return random_state = x;
}

/* FNV-1a over words: order matters, so a result that is right by accident is unlikely. */
static inline u32 mix(u32 hash, u32 word) { return (hash ^ word) * 16777619u; }
static inline u32 mix_f64(u32 hash, f64 value) {
  union { f64 number; u64 bits; } view = { value };
  return mix(mix(hash, (u32)view.bits), (u32)(view.bits >> 32));
}
#define MIX_START 2166136261u

/* A bump allocator that grows the memory; `heap_reset` frees everything. */
extern u8 __heap_base;
static u8 *heap_next;
__attribute__((unused)) static inline void heap_reset(void) { heap_next = &__heap_base; }
__attribute__((unused)) static void *heap_take(u32 size) {
  u32 start = ((u32)(usize)heap_next + 15u) & ~15u;
  u32 end = start + size;
  u32 have = __builtin_wasm_memory_size(0) << 16;
  if (end > have && __builtin_wasm_memory_grow(0, ((end - have) >> 16) + 1) == (usize)-1) __builtin_trap();
  heap_next = (u8 *)(usize)end;
  return (void *)(usize)start;
}

#endif
