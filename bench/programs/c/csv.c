/* n passes over a CSV text: fields with quotes, numbers parsed and summed per column: a byte-wise state machine. */
#include "runtime.h"

static char text[200000];
static u32 size;

static void put(const char *s) { while (*s) text[size++] = *s++; }
static void put_number(i32 value) {
  char digits[12];
  int count = 0;
  if (value < 0) {
    text[size++] = '-';
    value = -value;
  }
  do digits[count++] = (char)('0' + value % 10); while ((value /= 10) != 0);
  while (count > 0) text[size++] = digits[--count];
}

struct totals { u32 rows, fields, quoted, letters; i64 columns[8]; };

static void parse(const char *p, const char *end, struct totals *out) {
  u32 column = 0;
  while (p < end) {
    if (*p == '"') {
      out->quoted++;
      for (p++; p < end; p++) {
        if (*p == '"') {
          if (p + 1 < end && p[1] == '"') p++;
          else break;
        }
        out->letters++;
      }
      p++;
    } else {
      i32 sign = 1, value = 0, number = 0;
      if (*p == '-') {
        sign = -1;
        p++;
      }
      for (; p < end && *p != ',' && *p != '\n'; p++) {
        if (*p >= '0' && *p <= '9') {
          value = value * 10 + (*p - '0');
          number = 1;
        } else {
          out->letters++;
        }
      }
      if (number && column < 8) out->columns[column] += sign * value;
    }
    out->fields++;
    if (p < end && *p == ',') {
      column++;
    } else {
      column = 0;
      out->rows++;
    }
    p++;
  }
}

EXPORT(run) i32 run(i32 n) {
  random_seed(29);
  size = 0;
  while (size < sizeof text - 200) {
    put_number((i32)(random_u32() % 100000));
    put(random_u32() & 1 ? ",\"a quoted, field\"," : ",\"she said \"\"no\"\"\",");
    put_number(-(i32)(random_u32() % 1000));
    put(random_u32() & 1 ? ",plain text," : ",,");
    put_number((i32)(random_u32() & 0xffff));
    put("\n");
  }
  u32 hash = MIX_START;
  for (i32 round = 0; round < n; round++) {
    struct totals totals;
    memory_fill(&totals, 0, sizeof totals);
    parse(text, text + size, &totals);
    hash = mix(mix(mix(mix(hash, totals.rows), totals.fields), totals.quoted), totals.letters);
    for (int i = 0; i < 8; i++) hash = mix(hash, (u32)totals.columns[i]);
    text[0] = (char)('1' + round % 9);
  }
  return (i32)hash;
}
