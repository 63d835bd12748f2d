/* A backtracking matcher for a small regular expression language, over a text, n times: deep mutual recursion, byte compares. */
#include "runtime.h"

/* Understands literals, ., [a-z], \d, ^, $ and the suffixes * + ?. */
static const char *after_atom(const char *p) {
  if (*p == '\\') return p + 2;
  if (*p == '[') {
    while (*p != ']') p++;
  }
  return p + 1;
}

static i32 atom_fits(const char *p, char c) {
  if (c == 0) return 0;
  if (*p == '.') return 1;
  if (*p == '\\') return p[1] == 'd' ? c >= '0' && c <= '9' : p[1] == c;
  if (*p != '[') return *p == c;
  i32 negated = p[1] == '^', found = 0;
  for (p += 1 + negated; *p != ']'; p++) {
    if (p[1] == '-' && p[2] != ']') {
      found |= c >= p[0] && c <= p[2];
      p += 2;
    } else {
      found |= *p == c;
    }
  }
  return found != negated;
}

static const char *match_here(const char *pattern, const char *text);

static const char *match_repeat(const char *atom, const char *rest, const char *text, i32 least, i32 most) {
  i32 count = 0;
  while (count != most && atom_fits(atom, text[count])) count++;
  for (; count >= least; count--) {
    const char *end = match_here(rest, text + count);
    if (end) return end;
  }
  return 0;
}

static const char *match_here(const char *pattern, const char *text) {
  if (*pattern == 0) return text;
  if (*pattern == '$' && pattern[1] == 0) return *text == 0 ? text : 0;
  const char *next = after_atom(pattern);
  switch (*next) {
    case '*': return match_repeat(pattern, next + 1, text, 0, -1);
    case '+': return match_repeat(pattern, next + 1, text, 1, -1);
    case '?': return match_repeat(pattern, next + 1, text, 0, 1);
  }
  return atom_fits(pattern, *text) ? match_here(next, text + 1) : 0;
}

static char text[8192];

EXPORT(run) i32 run(i32 n) {
  static const char *PATTERNS[] = { "[a-z]+@[a-z]+\\.com", "\\d\\d\\d\\d-\\d\\d-\\d\\d", "x*x*x*y", "err?or.*[^ ]+", "h[aeiou]+st", "q.*z" };
  random_seed(23);
  for (u32 i = 0; i < sizeof text - 1; i++) {
    u32 r = random_u32() % 64;
    text[i] = (char)(r < 40 ? 'a' + r % 26 : r < 50 ? '0' + r % 10 : r < 53 ? '-' : r < 55 ? '@' : r < 56 ? '\n' : ' ');
  }
  static const char PLANTED[] = "host someone@example.com 2024-06-30 xxxxxxxxy error: fell";
  for (u32 i = 0; i < 8; i++) memory_copy(text + 100 + i * 950, PLANTED, sizeof PLANTED - 1);
  u32 hash = MIX_START;
  for (i32 round = 0; round < n; round++) {
    for (u32 p = 0; p < COUNT(PATTERNS); p++) {
      u32 found = 0;
      for (const char *at = text; *at;) {
        const char *end = match_here(PATTERNS[p], at);
        if (end && end > at) {
          found = mix(found, (u32)(at - text));
          at = end;
        } else {
          at++;
        }
      }
      hash = mix(hash, found);
    }
    text[(u32)round % 97] = (char)('a' + round % 26);
  }
  return (i32)hash;
}
