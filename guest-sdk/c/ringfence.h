/*
 * The SDK of Ringfence for C: this one header, for wasm32 and a libc such as wasi-libc. What a plugin does not use is not imported.
 *
 *     #include "ringfence.h"
 *
 *     RF_PLUGIN("shout", "1.0.0")
 *
 *     RF_FUNCTION(shout) {
 *       rf_json text = rf_json_parse(input);
 *       rf_text words = rf_json_string(text);
 *       if (words.data == NULL) return rf_fail("INVALID_INPUT", "expected a text");
 *       for (size_t i = 0; i < words.size; i++)
 *         if (words.data[i] >= 'a' && words.data[i] <= 'z') words.data[i] -= 32;
 *       return rf_string(words);
 *     }
 *
 * Memory: `rf_text` is a pointer and a length. Input and what is said to be borrowed belongs to the SDK; what is said to be yours is
 * freed with `free(text.data)`. Results that are returned belong to the host.
 */
#ifndef RINGFENCE_H
#define RINGFENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define RF_API_VERSION "1.0.0"

#define RF_EXPORT(name) __attribute__((export_name(name)))
#define RF_IMPORT(name) __attribute__((import_module("env"), import_name(name)))

/* Bytes, mostly UTF-8. There is no zero behind them. No data is `data == NULL`. */
typedef struct {
  char *data;
  size_t size;
} rf_text;

/* What a function of the plugin returns: made by rf_bytes, rf_text_result, rf_string, rf_json_result, rf_fail or RF_NOTHING. */
typedef int64_t rf_result;
#define RF_NOTHING ((rf_result)0)
#define RF_FAILED ((rf_result)-1)

static inline rf_text rf_of(const char *zero_terminated) {
  rf_text text = {(char *)zero_terminated, strlen(zero_terminated)};
  return text;
}

/* ---- Host functions, as the ABI has them ---------------------------------------------------------------------------- */

RF_IMPORT("log") void rf_host_log(int32_t level, const char *data, size_t size);
RF_IMPORT("log_enabled") int32_t rf_host_log_enabled(int32_t level);
RF_IMPORT("error_set") void rf_host_error_set(const char *data, size_t size);
RF_IMPORT("config_get") int64_t rf_host_config_get(const char *key, size_t size);
RF_IMPORT("json_parse") int32_t rf_host_json_parse(const char *data, size_t size);
RF_IMPORT("json_type") int32_t rf_host_json_type(int32_t handle);
RF_IMPORT("json_member") int32_t rf_host_json_member(int32_t handle, const char *name, size_t size);
RF_IMPORT("json_at") int32_t rf_host_json_at(int32_t handle, int32_t index);
RF_IMPORT("json_key") int64_t rf_host_json_key(int32_t handle, int32_t index);
RF_IMPORT("json_length") int32_t rf_host_json_length(int32_t handle);
RF_IMPORT("json_number") double rf_host_json_number(int32_t handle);
RF_IMPORT("json_string") int64_t rf_host_json_string(int32_t handle);
RF_IMPORT("json_new") int32_t rf_host_json_new(int32_t type);
RF_IMPORT("json_new_boolean") int32_t rf_host_json_new_boolean(int32_t value);
RF_IMPORT("json_new_number") int32_t rf_host_json_new_number(double value);
RF_IMPORT("json_new_string") int32_t rf_host_json_new_string(const char *data, size_t size);
RF_IMPORT("json_set") int32_t rf_host_json_set(int32_t handle, const char *name, size_t size, int32_t value);
RF_IMPORT("json_push") int32_t rf_host_json_push(int32_t handle, int32_t value);
RF_IMPORT("json_stringify") int64_t rf_host_json_stringify(int32_t handle);
RF_IMPORT("json_free") void rf_host_json_free(int32_t handle);
RF_IMPORT("kv_get") int32_t rf_host_kv_get(const char *key, size_t size);
RF_IMPORT("kv_set")
int32_t rf_host_kv_set(const char *key, size_t size, const char *data, size_t length, double ttl_ms, double version);
RF_IMPORT("kv_delete") int32_t rf_host_kv_delete(const char *key, size_t size, double version);
RF_IMPORT("kv_value") int64_t rf_host_kv_value(void);
RF_IMPORT("kv_version") double rf_host_kv_version(void);
RF_IMPORT("http_request")
int32_t rf_host_http_request(const char *head, size_t head_size, const char *body, size_t body_size);
RF_IMPORT("http_status") int32_t rf_host_http_status(int32_t handle);
RF_IMPORT("http_headers") int64_t rf_host_http_headers(int32_t handle);
RF_IMPORT("http_read") int32_t rf_host_http_read(int32_t handle, char *data, size_t size);
RF_IMPORT("http_close") void rf_host_http_close(int32_t handle);
RF_IMPORT("http_error") int64_t rf_host_http_error(void);

/* What a host function hands over: it lies in memory from malloc, and is yours. */
static inline rf_text rf_unpack(int64_t packed) {
  rf_text text = {NULL, 0};
  if (packed == RF_NOTHING || packed == RF_FAILED) return text;
  text.data = (char *)(uintptr_t)((uint64_t)packed >> 32);
  text.size = (size_t)(packed & 0xffffffff);
  return text;
}

/* ---- Text that grows ------------------------------------------------------------------------------------------------- */

typedef struct {
  char *data;
  size_t size;
  size_t room;
} rf_builder;

/* Ends the call with a trap when there is no memory left: the host says so. */
static inline void rf_reserve(rf_builder *to, size_t more) {
  if (more <= to->room - to->size) return;
  size_t room = to->room == 0 ? 256 : to->room;
  while (room - to->size < more) {
    if (room > SIZE_MAX / 2) __builtin_trap();
    room *= 2;
  }
  char *grown = (char *)realloc(to->data, room);
  if (grown == NULL) __builtin_trap();
  to->data = grown;
  to->room = room;
}

static inline void rf_put(rf_builder *to, const char *data, size_t size) {
  if (size == 0) return;
  rf_reserve(to, size);
  memcpy(to->data + to->size, data, size);
  to->size += size;
}

static inline void rf_puts(rf_builder *to, const char *zero_terminated) {
  rf_put(to, zero_terminated, strlen(zero_terminated));
}

static inline void rf_putc(rf_builder *to, char byte) { rf_put(to, &byte, 1); }

static inline void rf_put_number(rf_builder *to, int64_t value) {
  char digits[24];
  size_t at = sizeof digits;
  uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
  do digits[--at] = (char)('0' + rest % 10);
  while ((rest /= 10) != 0);
  if (value < 0) digits[--at] = '-';
  rf_put(to, digits + at, sizeof digits - at);
}

/* A JSON string, with its quotes. */
static inline void rf_put_json(rf_builder *to, const char *data, size_t size) {
  static const char HEX[] = "0123456789abcdef";
  rf_putc(to, '"');
  for (size_t i = 0; i < size; i++) {
    unsigned char byte = (unsigned char)data[i];
    if (byte == '"' || byte == '\\') {
      rf_putc(to, '\\');
      rf_putc(to, (char)byte);
    } else if (byte < 0x20) {
      char escape[6] = {'\\', 'u', '0', '0', HEX[byte >> 4], HEX[byte & 15]};
      rf_put(to, escape, sizeof escape);
    } else {
      rf_putc(to, (char)byte);
    }
  }
  rf_putc(to, '"');
}

/* ---- Results and errors ----------------------------------------------------------------------------------------------- */

/* Bytes from malloc, which the host frees. */
static inline rf_result rf_bytes(char *data, size_t size) {
  if (size == 0) {
    free(data);
    return RF_NOTHING;
  }
  return (rf_result)(((uint64_t)(uintptr_t)data << 32) | (uint64_t)size);
}

/* What was built, as it is: JSON for `call`, anything for `callBytes`. */
static inline rf_result rf_built(rf_builder built) { return rf_bytes(built.data, built.size); }

/* Text as a JSON string. */
static inline rf_result rf_string(rf_text text) {
  rf_builder built = {0};
  rf_put_json(&built, text.data, text.size);
  return rf_built(built);
}

/* The function failed: the caller gets a GUEST_ERROR with these. `details` is JSON, or NULL. `return rf_fail_with(…)`. */
static inline rf_result rf_fail_with(const char *code, const char *message, const char *details) {
  rf_builder report = {0};
  rf_puts(&report, "{\"code\":");
  rf_put_json(&report, code, strlen(code));
  rf_puts(&report, ",\"message\":");
  rf_put_json(&report, message, strlen(message));
  if (details != NULL) {
    rf_puts(&report, ",\"details\":");
    rf_puts(&report, details);
  }
  rf_putc(&report, '}');
  rf_host_error_set(report.data, report.size);
  free(report.data);
  return RF_FAILED;
}

static inline rf_result rf_fail(const char *code, const char *message) { return rf_fail_with(code, message, NULL); }

/* ---- Log -------------------------------------------------------------------------------------------------------------- */

enum rf_level { RF_TRACE, RF_DEBUG, RF_INFO, RF_WARN, RF_ERROR };

static inline void rf_log(enum rf_level level, const char *message) { rf_host_log(level, message, strlen(message)); }
static inline bool rf_log_enabled(enum rf_level level) { return rf_host_log_enabled(level) != 0; }

/* ---- JSON, held by the host ------------------------------------------------------------------------------------------- */

/* 0 is what is not there; so is all that is below it. Handles end with the call. */
typedef int32_t rf_json;
enum rf_json_type {
  RF_JSON_NONE,
  RF_JSON_NULL,
  RF_JSON_BOOLEAN,
  RF_JSON_NUMBER,
  RF_JSON_STRING,
  RF_JSON_ARRAY,
  RF_JSON_OBJECT
};

static inline rf_json rf_json_parse(rf_text text) { return rf_host_json_parse(text.data, text.size); }
static inline enum rf_json_type rf_json_type_of(rf_json value) { return (enum rf_json_type)rf_host_json_type(value); }
static inline rf_json rf_json_get(rf_json object, const char *name) {
  return rf_host_json_member(object, name, strlen(name));
}
static inline rf_json rf_json_at(rf_json array, int32_t index) { return rf_host_json_at(array, index); }
static inline int32_t rf_json_length(rf_json value) { return rf_host_json_length(value); }
/* NaN where it is none. */
static inline double rf_json_number(rf_json value) { return rf_host_json_number(value); }
/* Yours. `data` is NULL where it is no string; the empty string has data. */
static inline rf_text rf_json_string(rf_json value) {
  rf_text text = {NULL, 0};
  if (rf_host_json_type(value) != RF_JSON_STRING) return text;
  text = rf_unpack(rf_host_json_string(value));
  if (text.data == NULL) text.data = (char *)malloc(1);
  return text;
}
static inline rf_json rf_json_object(void) { return rf_host_json_new(RF_JSON_OBJECT); }
static inline rf_json rf_json_array(void) { return rf_host_json_new(RF_JSON_ARRAY); }
static inline rf_json rf_json_of_number(double value) { return rf_host_json_new_number(value); }
static inline rf_json rf_json_of_boolean(bool value) { return rf_host_json_new_boolean(value); }
static inline rf_json rf_json_of_text(const char *data, size_t size) { return rf_host_json_new_string(data, size); }
static inline void rf_json_set(rf_json object, const char *name, rf_json value) {
  rf_host_json_set(object, name, strlen(name), value);
}
static inline void rf_json_push(rf_json array, rf_json value) { rf_host_json_push(array, value); }
static inline void rf_json_free(rf_json value) { rf_host_json_free(value); }
static inline rf_result rf_json_result(rf_json value) { return rf_host_json_stringify(value); }

/* ---- Configuration ---------------------------------------------------------------------------------------------------- */

/* JSON text of one value of the configuration, all of it for "". Yours; no data where there is none. */
static inline rf_text rf_config(const char *key) { return rf_unpack(rf_host_config_get(key, strlen(key))); }

/* ---- Data that stays: capability kv ----------------------------------------------------------------------------------- */

/* Yours; no data where there is none, or where it may not be read. */
static inline rf_text rf_kv_get(const char *key) {
  rf_text text = {NULL, 0};
  return rf_host_kv_get(key, strlen(key)) == 1 ? rf_unpack(rf_host_kv_value()) : text;
}
/* Version of the entry that was read or written last. */
static inline double rf_kv_version(void) { return rf_host_kv_version(); }
#define RF_KV_ANY (-1.0)
/* 1: done; 0: another version was there than the expected one; -1: it failed. `ttl_ms` 0 keeps it. */
static inline int32_t rf_kv_set(const char *key, const char *data, size_t size, double ttl_ms, double version) {
  return rf_host_kv_set(key, strlen(key), data, size, ttl_ms, version);
}
static inline int32_t rf_kv_delete(const char *key) { return rf_host_kv_delete(key, strlen(key), RF_KV_ANY); }

/* ---- HTTP: capability http ---------------------------------------------------------------------------------------------- */

typedef struct {
  /* 0 where there is no answer; rf_http_error says why. */
  int32_t handle;
  int32_t status;
} rf_http;

/* `head` is JSON: {"method", "url", "headers"}. */
static inline rf_http rf_http_send(const char *head, const char *body, size_t body_size) {
  rf_http answer;
  answer.handle = rf_host_http_request(head, strlen(head), body, body_size);
  answer.status = answer.handle == 0 ? 0 : rf_host_http_status(answer.handle);
  return answer;
}
/* Bytes written to `data`; 0 at the end, -1 for a failure. */
static inline int32_t rf_http_read(rf_http answer, char *data, size_t size) {
  return rf_host_http_read(answer.handle, data, size);
}
static inline void rf_http_close(rf_http answer) { rf_host_http_close(answer.handle); }
/* JSON {code, message}; yours. */
static inline rf_text rf_http_error(void) { return rf_unpack(rf_host_http_error()); }

/* ---- The plugin itself -------------------------------------------------------------------------------------------------- */

/* A plugin may define these; 0 is success, or use rf_fail and return 1. */
int rf_on_init(rf_text config) __attribute__((weak));
int rf_on_start(void) __attribute__((weak));
int rf_on_stop(void) __attribute__((weak));
int rf_on_cleanup(void) __attribute__((weak));

/* Once per plugin, with the name and version of its manifest. */
#define RF_PLUGIN(name, version)                                                                                     \
  RF_EXPORT("ringfence_abi_v1") void rf_abi_marker(void) {}                                                          \
  RF_EXPORT("malloc") void *rf_export_malloc(size_t size) { return malloc(size); }                                   \
  RF_EXPORT("free") void rf_export_free(void *data) { free(data); }                                                  \
  RF_EXPORT("plugin_get_info") int64_t rf_get_info(void) {                                                           \
    rf_builder built = {0};                                                                                          \
    rf_puts(&built, "{\"name\":\"" name "\",\"version\":\"" version "\",\"apiVersion\":\"" RF_API_VERSION "\"}");    \
    return rf_built(built);                                                                                          \
  }                                                                                                                  \
  RF_EXPORT("plugin_init") int32_t rf_init(char *data, size_t size) {                                                \
    rf_text config = {data, size};                                                                                   \
    return rf_on_init ? rf_on_init(config) : 0;                                                                      \
  }                                                                                                                  \
  RF_EXPORT("plugin_start") int32_t rf_start(void) { return rf_on_start ? rf_on_start() : 0; }                       \
  RF_EXPORT("plugin_stop") int32_t rf_stop(void) { return rf_on_stop ? rf_on_stop() : 0; }                           \
  RF_EXPORT("plugin_cleanup") int32_t rf_cleanup(void) { return rf_on_cleanup ? rf_on_cleanup() : 0; }

/* A function that `plugin.call("name")` reaches; `input` is borrowed. */
#define RF_FUNCTION(name)                                                                                            \
  static rf_result rf_function_##name(rf_text input);                                                                \
  RF_EXPORT("plugin_" #name) int64_t rf_export_##name(char *data, size_t size) {                                     \
    rf_text input = {data, size};                                                                                    \
    return rf_function_##name(input);                                                                                \
  }                                                                                                                  \
  static rf_result rf_function_##name(rf_text input)

#endif
