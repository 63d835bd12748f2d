// The host functions of Ringfence, one line each, as the ABI has them: numbers only. The rest of the SDK is the pleasant
// side of this table. Only what a plugin uses ends up among its imports.

// Pointers and lengths are unsigned and in bytes. An `i64` packs (pointer << 32) | length of memory that the host got from
// `malloc`; 0 is "nothing".

// @ts-ignore: decorator
@external("env", "log")
export declare function log(level: i32, ptr: usize, len: usize): void;
// @ts-ignore: decorator
@external("env", "log_fields")
export declare function log_fields(level: i32, ptr: usize, len: usize, fieldsPtr: usize, fieldsLen: usize): void;
// @ts-ignore: decorator
@external("env", "log_enabled")
export declare function log_enabled(level: i32): i32;

// @ts-ignore: decorator
@external("env", "error_set")
export declare function error_set(ptr: usize, len: usize): void;

// @ts-ignore: decorator
@external("env", "config_get")
export declare function config_get(ptr: usize, len: usize): i64;

// @ts-ignore: decorator
@external("env", "json_parse")
export declare function json_parse(ptr: usize, len: usize): i32;
// @ts-ignore: decorator
@external("env", "json_error")
export declare function json_error(): i64;
// @ts-ignore: decorator
@external("env", "json_type")
export declare function json_type(handle: i32): i32;
// @ts-ignore: decorator
@external("env", "json_get")
export declare function json_get(handle: i32, ptr: usize, len: usize): i32;
// @ts-ignore: decorator
@external("env", "json_member")
export declare function json_member(handle: i32, ptr: usize, len: usize): i32;
// @ts-ignore: decorator
@external("env", "json_at")
export declare function json_at(handle: i32, index: i32): i32;
// @ts-ignore: decorator
@external("env", "json_key")
export declare function json_key(handle: i32, index: i32): i64;
// @ts-ignore: decorator
@external("env", "json_length")
export declare function json_length(handle: i32): i32;
// @ts-ignore: decorator
@external("env", "json_number")
export declare function json_number(handle: i32): f64;
// @ts-ignore: decorator
@external("env", "json_string")
export declare function json_string(handle: i32): i64;
// @ts-ignore: decorator
@external("env", "json_new")
export declare function json_new(type: i32): i32;
// @ts-ignore: decorator
@external("env", "json_new_boolean")
export declare function json_new_boolean(value: i32): i32;
// @ts-ignore: decorator
@external("env", "json_new_number")
export declare function json_new_number(value: f64): i32;
// @ts-ignore: decorator
@external("env", "json_new_string")
export declare function json_new_string(ptr: usize, len: usize): i32;
// @ts-ignore: decorator
@external("env", "json_set")
export declare function json_set(handle: i32, ptr: usize, len: usize, value: i32): i32;
// @ts-ignore: decorator
@external("env", "json_push")
export declare function json_push(handle: i32, value: i32): i32;
// @ts-ignore: decorator
@external("env", "json_remove")
export declare function json_remove(handle: i32, ptr: usize, len: usize): i32;
// @ts-ignore: decorator
@external("env", "json_stringify")
export declare function json_stringify(handle: i32): i64;
// @ts-ignore: decorator
@external("env", "json_free")
export declare function json_free(handle: i32): void;

// Nanoseconds.
// @ts-ignore: decorator
@external("env", "clock_now")
export declare function clock_now(): i64;
// @ts-ignore: decorator
@external("env", "clock_monotonic")
export declare function clock_monotonic(): i64;

// @ts-ignore: decorator
@external("env", "random_get")
export declare function random_get(ptr: usize, len: usize): void;

// @ts-ignore: decorator
@external("env", "host_error")
export declare function host_error(): i64;

// @ts-ignore: decorator
@external("env", "emit")
export declare function emit(namePtr: usize, nameLen: usize, payloadPtr: usize, payloadLen: usize): i32;

// @ts-ignore: decorator
@external("env", "plugin_call")
export declare function plugin_call(targetPtr: usize, targetLen: usize, inputPtr: usize, inputLen: usize): i64;

// @ts-ignore: decorator
@external("env", "permission_granted")
export declare function permission_granted(ptr: usize, len: usize): i32;

// Versions and milliseconds are whole numbers.
// @ts-ignore: decorator
@external("env", "kv_get")
export declare function kv_get(keyPtr: usize, keyLen: usize): i32;
// @ts-ignore: decorator
@external("env", "kv_set")
export declare function kv_set(keyPtr: usize, keyLen: usize, ptr: usize, len: usize, ttlMs: f64, version: f64): i32;
// @ts-ignore: decorator
@external("env", "kv_delete")
export declare function kv_delete(keyPtr: usize, keyLen: usize, version: f64): i32;
// @ts-ignore: decorator
@external("env", "kv_list")
export declare function kv_list(prefixPtr: usize, prefixLen: usize, afterPtr: usize, afterLen: usize, limit: i32): i32;
// @ts-ignore: decorator
@external("env", "kv_value")
export declare function kv_value(): i64;
// @ts-ignore: decorator
@external("env", "kv_version")
export declare function kv_version(): f64;
// @ts-ignore: decorator
@external("env", "kv_page")
export declare function kv_page(): i64;
// @ts-ignore: decorator
@external("env", "kv_error")
export declare function kv_error(): i64;

// @ts-ignore: decorator
@external("env", "http_request")
export declare function http_request(headPtr: usize, headLen: usize, bodyPtr: usize, bodyLen: usize): i32;
// @ts-ignore: decorator
@external("env", "http_open")
export declare function http_open(headPtr: usize, headLen: usize): i32;
// @ts-ignore: decorator
@external("env", "http_write")
export declare function http_write(handle: i32, ptr: usize, len: usize): i32;
// @ts-ignore: decorator
@external("env", "http_finish")
export declare function http_finish(handle: i32): i32;
// @ts-ignore: decorator
@external("env", "http_url")
export declare function http_url(handle: i32): i64;
// @ts-ignore: decorator
@external("env", "http_status")
export declare function http_status(handle: i32): i32;
// @ts-ignore: decorator
@external("env", "http_headers")
export declare function http_headers(handle: i32): i64;
// @ts-ignore: decorator
@external("env", "http_read")
export declare function http_read(handle: i32, ptr: usize, len: usize): i32;
// @ts-ignore: decorator
@external("env", "http_close")
export declare function http_close(handle: i32): void;
// @ts-ignore: decorator
@external("env", "http_error")
export declare function http_error(): i64;
