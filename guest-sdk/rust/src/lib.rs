//! The SDK of Ringfence for Rust: guest ABI v1 for `wasm32-unknown-unknown`, without dependencies.
//!
//! ```ignore
//! use ringfence::{Error, Json, Output};
//!
//! fn shout(input: &[u8]) -> Result<Output, Error> {
//!     let text = Json::parse(input).and_then(|value| value.as_str());
//!     let text = text.ok_or_else(|| Error::new("INVALID_INPUT", "expected a text"))?;
//!     Ok(Output::json(ringfence::quoted(&text.to_uppercase())))
//! }
//!
//! ringfence::plugin! { name: "shout", version: "1.0.0", functions: { plugin_shout => shout } }
//! ```

#[doc(hidden)]
pub mod host;
mod json;
#[doc(hidden)]
pub mod memory;

pub use json::{quote, quoted, Json};

/// Version of the host API that this SDK is for.
pub const API_VERSION: &str = "1.0.0";

/// Why a function failed: the caller gets a `GUEST_ERROR` with all of it.
pub struct Error {
    code: String,
    message: String,
    details: Option<String>,
}

impl Error {
    /// `code` is stable, for programs; `message` is for people.
    pub fn new(code: &str, message: impl Into<String>) -> Error {
        Error { code: code.into(), message: message.into(), details: None }
    }

    /// More, as JSON text.
    pub fn with_details(mut self, json: impl Into<String>) -> Error {
        self.details = Some(json.into());
        self
    }

    /// Hands the error to the host.
    pub fn report(&self) {
        let mut text = String::from("{\"code\":");
        quote(&mut text, &self.code);
        text.push_str(",\"message\":");
        quote(&mut text, &self.message);
        if let Some(details) = &self.details {
            text.push_str(",\"details\":");
            text.push_str(details);
        }
        text.push('}');
        unsafe { host::error_set(text.as_ptr(), text.len()) }
    }
}

/// What a function returns.
pub struct Output(Vec<u8>);

impl Output {
    /// No value.
    pub fn nothing() -> Output {
        Output(Vec::new())
    }

    /// JSON text.
    pub fn json(text: impl Into<String>) -> Output {
        Output(text.into().into_bytes())
    }

    /// Bytes, for `callBytes`.
    pub fn bytes(bytes: impl Into<Vec<u8>>) -> Output {
        Output(bytes.into())
    }

    #[doc(hidden)]
    pub fn give(&self) -> i64 {
        memory::give(&self.0)
    }
}

#[derive(Clone, Copy)]
pub enum Level {
    Trace,
    Debug,
    Info,
    Warn,
    Error,
}

/// A line for the log of the host.
pub fn log(level: Level, message: &str) {
    unsafe { host::log(level as i32, message.as_ptr(), message.len()) }
}

/// Whether anybody reads lines of this level.
pub fn log_enabled(level: Level) -> bool {
    unsafe { host::log_enabled(level as i32) != 0 }
}

/// A value of the configuration; all of it for the empty key.
pub fn config(key: &str) -> Option<Json> {
    let text = host::take(unsafe { host::config_get(key.as_ptr(), key.len()) });
    Json::parse(&text)
}

/// Data that stays from call to call: capability `kv`.
pub mod kv {
    use crate::host;

    /// An entry, with its version.
    pub fn get(key: &str) -> Result<Option<(Vec<u8>, f64)>, String> {
        match unsafe { host::kv_get(key.as_ptr(), key.len()) } {
            1 => Ok(Some((host::take(unsafe { host::kv_value() }), unsafe { host::kv_version() }))),
            0 => Ok(None),
            _ => Err(failure()),
        }
    }

    /// False where another version is there than the expected one. Without `ttl_ms` it stays.
    pub fn set(key: &str, value: &[u8], ttl_ms: Option<f64>, version: Option<f64>) -> Result<bool, String> {
        let (ttl, expected) = (ttl_ms.unwrap_or(0.0), version.unwrap_or(-1.0));
        done(unsafe { host::kv_set(key.as_ptr(), key.len(), value.as_ptr(), value.len(), ttl, expected) })
    }

    /// False where there was nothing.
    pub fn delete(key: &str) -> Result<bool, String> {
        done(unsafe { host::kv_delete(key.as_ptr(), key.len(), -1.0) })
    }

    fn done(status: i32) -> Result<bool, String> {
        if status < 0 {
            return Err(failure());
        }
        Ok(status == 1)
    }

    /// JSON `{ code, message }`.
    fn failure() -> String {
        String::from_utf8(host::take(unsafe { host::kv_error() })).unwrap_or_default()
    }
}

/// Requests to granted origins: capability `http`.
pub mod http {
    use crate::host;

    /// An answer; it is closed when it is dropped.
    pub struct Response(i32);

    /// `head` is JSON: `{"method", "url", "headers"}`. The error is JSON `{ code, message }`.
    pub fn send(head: &str, body: &[u8]) -> Result<Response, String> {
        match unsafe { host::http_request(head.as_ptr(), head.len(), body.as_ptr(), body.len()) } {
            0 => Err(failure()),
            handle => Ok(Response(handle)),
        }
    }

    impl Response {
        pub fn status(&self) -> u16 {
            unsafe { host::http_status(self.0) as u16 }
        }

        /// JSON.
        pub fn headers(&self) -> String {
            String::from_utf8(host::take(unsafe { host::http_headers(self.0) })).unwrap_or_default()
        }

        /// The whole body.
        pub fn body(&self) -> Result<Vec<u8>, String> {
            let mut body = Vec::new();
            let mut piece = [0u8; 16_384];
            loop {
                match unsafe { host::http_read(self.0, piece.as_mut_ptr(), piece.len()) } {
                    0 => return Ok(body),
                    read if read > 0 => body.extend_from_slice(&piece[..read as usize]),
                    _ => return Err(failure()),
                }
            }
        }
    }

    impl Drop for Response {
        fn drop(&mut self) {
            unsafe { host::http_close(self.0) }
        }
    }

    fn failure() -> String {
        String::from_utf8(host::take(unsafe { host::http_error() })).unwrap_or_default()
    }
}

/// The plugin: its name and version as in its manifest, its functions (`plugin_<name> => function`), and what it does when it is
/// initialised, started, stopped and cleaned up.
#[macro_export]
macro_rules! plugin {
    (
        name: $name:literal, version: $version:literal, functions: { $($export:ident => $function:path),* $(,)? }
        $(, init: $init:path)? $(, start: $start:path)? $(, stop: $stop:path)? $(, cleanup: $cleanup:path)? $(,)?
    ) => {
        #[no_mangle]
        pub extern "C" fn ringfence_abi_v1() {}
        #[no_mangle]
        pub unsafe extern "C" fn malloc(size: usize) -> *mut u8 { $crate::memory::malloc(size) }
        #[no_mangle]
        pub unsafe extern "C" fn free(data: *mut u8) { $crate::memory::free(data) }
        #[no_mangle]
        pub extern "C" fn plugin_get_info() -> i64 {
            let info = format!(
                "{{\"name\":\"{}\",\"version\":\"{}\",\"apiVersion\":\"{}\"}}", $name, $version, $crate::API_VERSION
            );
            $crate::memory::give(info.as_bytes())
        }
        #[no_mangle]
        pub unsafe extern "C" fn plugin_init(data: *const u8, size: usize) -> i32 {
            let _config: &[u8] = $crate::slice(data, size);
            $crate::status(|| { $($init(_config)?;)? Ok(()) })
        }
        #[no_mangle]
        pub extern "C" fn plugin_start() -> i32 { $crate::status(|| { $($start()?;)? Ok(()) }) }
        #[no_mangle]
        pub extern "C" fn plugin_stop() -> i32 { $crate::status(|| { $($stop()?;)? Ok(()) }) }
        #[no_mangle]
        pub extern "C" fn plugin_cleanup() -> i32 { $crate::status(|| { $($cleanup()?;)? Ok(()) }) }
        $(
            #[no_mangle]
            pub unsafe extern "C" fn $export(data: *const u8, size: usize) -> i64 {
                match $function($crate::slice(data, size)) {
                    Ok(output) => output.give(),
                    Err(error) => { error.report(); -1 }
                }
            }
        )*
    };
}

/// # Safety
/// The host has written `size` bytes at `data`.
#[doc(hidden)]
pub unsafe fn slice<'a>(data: *const u8, size: usize) -> &'a [u8] {
    if size == 0 {
        return &[];
    }
    core::slice::from_raw_parts(data, size)
}

#[doc(hidden)]
pub fn status(step: impl FnOnce() -> Result<(), Error>) -> i32 {
    match step() {
        Ok(()) => 0,
        Err(error) => {
            error.report();
            1
        }
    }
}
