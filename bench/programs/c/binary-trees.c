/* n rounds of building, walking and freeing binary trees on a free-list allocator: pointers, recursion, allocation. */
#include "runtime.h"

struct node { struct node *left, *right; u32 value; };

static struct node *free_list;

__attribute__((noinline)) static struct node *allocate(void) {
  struct node *node = free_list;
  if (node) {
    free_list = node->left;
    return node;
  }
  return heap_take(sizeof(struct node));
}

static void release(struct node *node) {
  if (node->left) {
    release(node->left);
    release(node->right);
  }
  node->left = free_list;
  free_list = node;
}

static struct node *build(u32 depth, u32 value) {
  struct node *node = allocate();
  node->value = value;
  node->left = node->right = 0;
  if (depth > 0) {
    node->left = build(depth - 1, value * 2);
    node->right = build(depth - 1, value * 2 + 1);
  }
  return node;
}

static u32 check(const struct node *node) {
  return node->left ? node->value + check(node->left) - check(node->right) : node->value;
}

EXPORT(run) i32 run(i32 n) {
  heap_reset();
  free_list = 0;
  u32 hash = MIX_START;
  struct node *kept = build(12, 1);
  for (i32 round = 0; round < n; round++) {
    struct node *tree = build(8 + (u32)round % 6, (u32)round);
    hash = mix(hash, check(tree));
    release(tree);
  }
  return (i32)mix(hash, check(kept));
}
