/*
 * Markdown as HTML: headings, paragraphs, quotes, lists, code, rules, emphasis, links, images. All text is escaped, raw HTML with
 * it, and links lead to http, https, mailto or a place of the same site: what comes out is safe to show.
 */
#include "../../guest-sdk/c/ringfence.h"

RF_PLUGIN("markdown", "1.0.0")

/* Quotes and lists inside of each other. */
#define MOST_NESTED 32
#define MOST_BYTES (1 << 20)

static int heading_offset = 0;

int rf_on_init(rf_text config) {
  rf_json offset = rf_json_get(rf_json_parse(config), "headingOffset");
  if (rf_json_type_of(offset) == RF_JSON_NUMBER) heading_offset = (int)rf_json_number(offset);
  return 0;
}

typedef struct {
  const char *at;
  const char *end;
} span;

static size_t length_of(span text) { return (size_t)(text.end - text.at); }
static bool is_space(char c) { return c == ' ' || c == '\t'; }
static bool is_digit(char c) { return c >= '0' && c <= '9'; }
static bool is_word(char c) { return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c & 0x80) != 0; }

static span trimmed(span text) {
  while (text.at < text.end && is_space(*text.at)) text.at++;
  while (text.at < text.end && (is_space(text.end[-1]) || text.end[-1] == '\r')) text.end--;
  return text;
}

static void escaped(rf_builder *out, span text) {
  for (; text.at < text.end; text.at++) {
    switch (*text.at) {
      case '&': rf_puts(out, "&amp;"); break;
      case '<': rf_puts(out, "&lt;"); break;
      case '>': rf_puts(out, "&gt;"); break;
      case '"': rf_puts(out, "&quot;"); break;
      default: rf_putc(out, *text.at);
    }
  }
}

/* ---- Inside of lines ---------------------------------------------------------------------------------------------------- */

static bool begins(span text, const char *with) {
  size_t size = strlen(with);
  return length_of(text) >= size && memcmp(text.at, with, size) == 0;
}

static bool is_safe_link(span url) {
  if (begins(url, "http://") || begins(url, "https://") || begins(url, "mailto:")) return true;
  for (const char *c = url.at; c < url.end && *c != '/' && *c != '?' && *c != '#'; c++)
    if (*c == ':') return false;
  return true;
}

static const char *find(span text, const char *what) {
  size_t size = strlen(what);
  for (; length_of(text) >= size; text.at++)
    if (memcmp(text.at, what, size) == 0) return text.at;
  return NULL;
}

/* [label](url), behind the bracket. Where it ends, or NULL. */
static const char *link_parts(span text, span *label, span *url) {
  int depth = 1;
  const char *c = text.at;
  for (; c < text.end; c++) {
    if (*c == '\\' && c + 1 < text.end) c++;
    else if (*c == '[') depth++;
    else if (*c == ']' && --depth == 0) break;
  }
  if (c + 1 >= text.end || c[1] != '(') return NULL;
  span rest = {c + 2, text.end};
  const char *close = find(rest, ")");
  if (close == NULL) return NULL;
  *label = (span){text.at, c};
  *url = trimmed((span){rest.at, close});
  return close + 1;
}

static void inline_text(rf_builder *out, span text, int depth);

/* `code`, *text*, **text**, ~~text~~: where it ends, or NULL if it is no such thing. */
static const char *marked(rf_builder *out, span text, int depth) {
  static const struct {
    const char *mark;
    const char *tag;
  } MARKS[] = {{"**", "strong"}, {"__", "strong"}, {"~~", "del"}, {"*", "em"}, {"_", "em"}};
  for (size_t i = 0; i < sizeof MARKS / sizeof *MARKS; i++) {
    const char *mark = MARKS[i].mark;
    size_t size = strlen(mark);
    if (!begins(text, mark)) continue;
    span rest = {text.at + size, text.end};
    if (rest.at == rest.end || is_space(*rest.at)) continue;
    for (const char *close = find(rest, mark); close != NULL; close = find((span){close + 1, text.end}, mark)) {
      /* Two of them are another mark. */
      if (size == 1 && close + 1 < text.end && close[1] == *mark) {
        close++;
        continue;
      }
      if (close == rest.at || is_space(close[-1])) continue;
      if (*mark == '_' && close + size < text.end && is_word(close[size])) continue;
      rf_puts(out, "<");
      rf_puts(out, MARKS[i].tag);
      rf_puts(out, ">");
      inline_text(out, (span){rest.at, close}, depth + 1);
      rf_puts(out, "</");
      rf_puts(out, MARKS[i].tag);
      rf_puts(out, ">");
      return close + size;
    }
  }
  return NULL;
}

static const char *code_span(rf_builder *out, span text) {
  size_t ticks = 0;
  while (text.at + ticks < text.end && text.at[ticks] == '`') ticks++;
  for (const char *c = text.at + ticks; c < text.end; c++) {
    if (*c != '`') continue;
    size_t closing = 0;
    while (c + closing < text.end && c[closing] == '`') closing++;
    if (closing == ticks) {
      rf_puts(out, "<code>");
      escaped(out, trimmed((span){text.at + ticks, c}));
      rf_puts(out, "</code>");
      return c + closing;
    }
    c += closing - 1;
  }
  return NULL;
}

static const char *link_or_image(rf_builder *out, span text, int depth) {
  bool image = *text.at == '!';
  span label, url;
  const char *end = link_parts((span){text.at + (image ? 2 : 1), text.end}, &label, &url);
  if (end == NULL || !is_safe_link(url)) return NULL;
  rf_puts(out, image ? "<img src=\"" : "<a href=\"");
  escaped(out, url);
  if (image) {
    rf_puts(out, "\" alt=\"");
    escaped(out, label);
    rf_puts(out, "\">");
  } else {
    rf_puts(out, "\">");
    inline_text(out, label, depth + 1);
    rf_puts(out, "</a>");
  }
  return end;
}

static void inline_text(rf_builder *out, span text, int depth) {
  char before = ' ';
  while (text.at < text.end) {
    const char *end = NULL;
    char c = *text.at;
    if (depth < MOST_NESTED) {
      if (c == '`') end = code_span(out, text);
      else if (c == '[' || (c == '!' && text.at + 1 < text.end && text.at[1] == '[')) end = link_or_image(out, text, depth);
      else if (c == '*' || c == '~' || (c == '_' && !is_word(before))) end = marked(out, text, depth);
    }
    if (end != NULL) {
      before = end[-1];
      text.at = end;
      continue;
    }
    if (c == '\\' && text.at + 1 < text.end && !is_word(text.at[1])) text.at++;
    before = *text.at;
    escaped(out, (span){text.at, text.at + 1});
    text.at++;
  }
}

/* ---- Lines and blocks --------------------------------------------------------------------------------------------------- */

static span next_line(span *text) {
  const char *end = memchr(text->at, '\n', length_of(*text));
  span line = {text->at, end == NULL ? text->end : end};
  text->at = end == NULL ? text->end : end + 1;
  return line;
}

static int heading_level(span line) {
  int level = 0;
  while (line.at < line.end && *line.at == '#' && level < 7) line.at++, level++;
  return level >= 1 && level <= 6 && (line.at == line.end || is_space(*line.at)) ? level : 0;
}

static span heading_text(span line, int level) {
  span text = trimmed((span){line.at + level, line.end});
  while (text.end > text.at && text.end[-1] == '#') text.end--;
  return trimmed(text);
}

static bool is_rule(span line) {
  int count = 0;
  char mark = line.at < line.end ? *line.at : 0;
  if (mark != '-' && mark != '*' && mark != '_') return false;
  for (; line.at < line.end; line.at++) {
    if (*line.at == mark) count++;
    else if (!is_space(*line.at)) return false;
  }
  return count >= 3;
}

/* Bytes of "- " or "1. ", 0 for none. */
static size_t list_mark(span line, bool *ordered) {
  if (length_of(line) < 2) return 0;
  *ordered = is_digit(*line.at);
  if (!*ordered) return (*line.at == '-' || *line.at == '*' || *line.at == '+') && is_space(line.at[1]) ? 2 : 0;
  size_t digits = 0;
  while (digits < length_of(line) && digits < 9 && is_digit(line.at[digits])) digits++;
  if (digits + 1 >= length_of(line) || line.at[digits] != '.' || !is_space(line.at[digits + 1])) return 0;
  return digits + 2;
}

static bool begins_block(span line) {
  bool ordered;
  span text = trimmed(line);
  return length_of(text) == 0 || *text.at == '>' || heading_level(text) > 0 || is_rule(text) || begins(text, "```") ||
         list_mark(text, &ordered) > 0;
}

static void blocks(rf_builder *out, span text, int depth);

static void fence(rf_builder *out, span line, span *rest) {
  span language = trimmed((span){line.at + 3, line.end});
  rf_puts(out, "<pre><code");
  if (length_of(language) > 0) {
    rf_puts(out, " class=\"language-");
    escaped(out, language);
    rf_puts(out, "\"");
  }
  rf_puts(out, ">");
  while (rest->at < rest->end) {
    span code = next_line(rest);
    if (begins(trimmed(code), "```")) break;
    escaped(out, code);
    rf_putc(out, '\n');
  }
  rf_puts(out, "</code></pre>\n");
}

static void quote(rf_builder *out, span line, span *rest, int depth) {
  rf_builder inner = {0};
  for (;;) {
    span text = trimmed(line);
    if (length_of(text) > 0 && *text.at == '>') text.at++;
    if (text.at < text.end && *text.at == ' ') text.at++;
    rf_put(&inner, text.at, length_of(text));
    rf_putc(&inner, '\n');
    span ahead = *rest;
    if (ahead.at == ahead.end) break;
    line = next_line(&ahead);
    span next = trimmed(line);
    if (length_of(next) == 0 || *next.at != '>') break;
    *rest = ahead;
  }
  rf_puts(out, "<blockquote>\n");
  blocks(out, (span){inner.data, inner.data + inner.size}, depth + 1);
  rf_puts(out, "</blockquote>\n");
  free(inner.data);
}

static size_t indent_of(span line) {
  size_t indent = 0;
  while (line.at + indent < line.end && line.at[indent] == ' ') indent++;
  return indent;
}

static void list(rf_builder *out, span line, span *rest, bool ordered, int depth) {
  size_t indent = indent_of(line);
  rf_puts(out, ordered ? "<ol>\n" : "<ul>\n");
  for (bool more = true; more;) {
    bool kind;
    span item = trimmed(line);
    item.at += list_mark(item, &kind);
    rf_builder inner = {0};
    more = false;
    while (rest->at < rest->end) {
      span ahead = *rest;
      line = next_line(&ahead);
      span text = trimmed(line);
      if (length_of(text) == 0) break;
      if (indent_of(line) <= indent) {
        more = list_mark(text, &kind) > 0 && kind == ordered;
        if (more) *rest = ahead;
        break;
      }
      size_t strip = indent_of(line) < indent + 2 ? indent_of(line) : indent + 2;
      rf_put(&inner, line.at + strip, length_of(line) - strip);
      rf_putc(&inner, '\n');
      *rest = ahead;
    }
    rf_puts(out, "<li>");
    inline_text(out, trimmed(item), 0);
    if (inner.size > 0) {
      rf_putc(out, '\n');
      blocks(out, (span){inner.data, inner.data + inner.size}, depth + 1);
    }
    rf_puts(out, "</li>\n");
    free(inner.data);
  }
  rf_puts(out, ordered ? "</ol>\n" : "</ul>\n");
}

static void paragraph(rf_builder *out, span line, span *rest) {
  rf_builder inner = {0};
  for (;;) {
    span text = trimmed(line);
    if (inner.size > 0) rf_putc(&inner, '\n');
    rf_put(&inner, text.at, length_of(text));
    span ahead = *rest;
    if (ahead.at == ahead.end) break;
    line = next_line(&ahead);
    if (begins_block(line)) break;
    *rest = ahead;
  }
  rf_puts(out, "<p>");
  inline_text(out, (span){inner.data, inner.data + inner.size}, 0);
  rf_puts(out, "</p>\n");
  free(inner.data);
}

static void blocks(rf_builder *out, span text, int depth) {
  while (text.at < text.end) {
    bool ordered;
    span line = next_line(&text);
    span content = trimmed(line);
    if (length_of(content) == 0) continue;
    int level = heading_level(content);
    if (level > 0) {
      int shown = level + heading_offset > 6 ? 6 : level + heading_offset;
      char open[] = {'<', 'h', (char)('0' + shown), '>', 0};
      char close[] = {'<', '/', 'h', (char)('0' + shown), '>', '\n', 0};
      rf_puts(out, open);
      inline_text(out, heading_text(content, level), 0);
      rf_puts(out, close);
    } else if (begins(content, "```")) {
      fence(out, content, &text);
    } else if (is_rule(content)) {
      rf_puts(out, "<hr>\n");
    } else if (depth < MOST_NESTED && *content.at == '>') {
      quote(out, line, &text, depth);
    } else if (depth < MOST_NESTED && list_mark(content, &ordered) > 0) {
      list(out, line, &text, ordered, depth);
    } else {
      paragraph(out, line, &text);
    }
  }
}

/* ---- What callers reach -------------------------------------------------------------------------------------------------- */

/* The text of the input; false after a failure. */
static bool text_of(rf_text input, rf_text *text) {
  rf_json value = rf_json_parse(input);
  *text = rf_json_string(value);
  rf_json_free(value);
  if (text->data == NULL) {
    rf_fail("INVALID_INPUT", "expected the text as a JSON string");
    return false;
  }
  if (text->size <= MOST_BYTES) return true;
  free(text->data);
  rf_fail_with("TOO_LONG", "the text is longer than a mebibyte", "{\"most\":1048576}");
  return false;
}

RF_FUNCTION(render) {
  rf_text text;
  if (!text_of(input, &text)) return RF_FAILED;
  rf_builder html = {0};
  blocks(&html, (span){text.data, text.data + text.size}, 0);
  rf_result result = rf_string((rf_text){html.data, html.size});
  free(html.data);
  free(text.data);
  return result;
}

RF_FUNCTION(outline) {
  rf_text text;
  if (!text_of(input, &text)) return RF_FAILED;
  rf_builder json = {0};
  span rest = {text.data, text.data + text.size};
  bool in_code = false;
  rf_putc(&json, '[');
  while (rest.at < rest.end) {
    span line = trimmed(next_line(&rest));
    if (begins(line, "```")) in_code = !in_code;
    int level = in_code ? 0 : heading_level(line);
    if (level == 0) continue;
    span heading = heading_text(line, level);
    rf_puts(&json, json.size > 1 ? ",{\"level\":" : "{\"level\":");
    rf_put_number(&json, level);
    rf_puts(&json, ",\"text\":");
    rf_put_json(&json, heading.at, length_of(heading));
    rf_putc(&json, '}');
  }
  rf_putc(&json, ']');
  free(text.data);
  return rf_built(json);
}
