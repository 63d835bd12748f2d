//! The host functions of Ringfence as the ABI has them: numbers only. What a plugin does not use is not imported.

#[link(wasm_import_module = "env")]
extern "C" {
    pub fn log(level: i32, data: *const u8, size: usize);
    pub fn log_enabled(level: i32) -> i32;
    pub fn error_set(data: *const u8, size: usize);
    pub fn config_get(key: *const u8, size: usize) -> i64;
    pub fn json_parse(data: *const u8, size: usize) -> i32;
    pub fn json_type(handle: i32) -> i32;
    pub fn json_member(handle: i32, name: *const u8, size: usize) -> i32;
    pub fn json_at(handle: i32, index: i32) -> i32;
    pub fn json_key(handle: i32, index: i32) -> i64;
    pub fn json_length(handle: i32) -> i32;
    pub fn json_number(handle: i32) -> f64;
    pub fn json_string(handle: i32) -> i64;
    pub fn json_stringify(handle: i32) -> i64;
    pub fn json_free(handle: i32);
    pub fn kv_get(key: *const u8, size: usize) -> i32;
    pub fn kv_set(key: *const u8, size: usize, data: *const u8, length: usize, ttl_ms: f64, version: f64) -> i32;
    pub fn kv_delete(key: *const u8, size: usize, version: f64) -> i32;
    pub fn kv_value() -> i64;
    pub fn kv_version() -> f64;
    pub fn kv_error() -> i64;
    pub fn http_request(head: *const u8, head_size: usize, body: *const u8, body_size: usize) -> i32;
    pub fn http_status(handle: i32) -> i32;
    pub fn http_headers(handle: i32) -> i64;
    pub fn http_read(handle: i32, data: *mut u8, size: usize) -> i32;
    pub fn http_close(handle: i32);
    pub fn http_error() -> i64;
}

/// What a host function hands over: it lies in memory from our `malloc`.
pub fn take(packed: i64) -> Vec<u8> {
    if packed == 0 || packed == -1 {
        return Vec::new();
    }
    let data = (packed as u64 >> 32) as usize as *mut u8;
    let size = packed as u32 as usize;
    // SAFETY: the host has got this memory from `malloc` below and written `size` bytes to it.
    unsafe {
        let bytes = core::slice::from_raw_parts(data, size).to_vec();
        crate::memory::free(data);
        bytes
    }
}
