/* A program over wasi-libc: what it was given goes through its formatted output. */
#include <stdio.h>
#include <string.h>

int main(void) {
  char name[64] = "world";
  size_t length = fread(name, 1, sizeof name - 1, stdin);
  if (length > 0) name[length] = 0;
  printf("Hello, %s: %zu bytes\n", name, strlen(name));
  return 0;
}
