//! JSON: documents that the host parses and holds, read by name and index; and a writer for what is returned.

use crate::host;
use std::fmt::Write as _;

/// A value of a document on the host. What is not there is `None` in [`Json::get`] and [`Json::at`].
pub struct Json(i32);

impl Json {
    /// `None` for what is no JSON.
    pub fn parse(text: &[u8]) -> Option<Json> {
        Self::open(unsafe { host::json_parse(text.as_ptr(), text.len()) })
    }

    fn open(handle: i32) -> Option<Json> {
        if handle == 0 {
            None
        } else {
            Some(Json(handle))
        }
    }

    /// A member of an object.
    pub fn get(&self, name: &str) -> Option<Json> {
        Self::open(unsafe { host::json_member(self.0, name.as_ptr(), name.len()) })
    }

    /// An element of an array, or the value of a member by its place.
    pub fn at(&self, index: usize) -> Option<Json> {
        Self::open(unsafe { host::json_at(self.0, index as i32) })
    }

    /// Name of a member by its place.
    pub fn key(&self, index: usize) -> String {
        text(host::take(unsafe { host::json_key(self.0, index as i32) }))
    }

    /// Elements of an array, members of an object.
    pub fn len(&self) -> usize {
        unsafe { host::json_length(self.0) as usize }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub fn is_string(&self) -> bool {
        self.kind() == 4
    }

    pub fn is_array(&self) -> bool {
        self.kind() == 5
    }

    pub fn is_object(&self) -> bool {
        self.kind() == 6
    }

    fn kind(&self) -> i32 {
        unsafe { host::json_type(self.0) }
    }

    pub fn as_str(&self) -> Option<String> {
        if !self.is_string() {
            return None;
        }
        Some(text(host::take(unsafe { host::json_string(self.0) })))
    }

    pub fn as_f64(&self) -> Option<f64> {
        if self.kind() != 3 {
            return None;
        }
        Some(unsafe { host::json_number(self.0) })
    }

    pub fn as_bool(&self) -> Option<bool> {
        if self.kind() != 2 {
            return None;
        }
        Some(unsafe { host::json_number(self.0) } != 0.0)
    }

    /// Its text.
    pub fn text(&self) -> String {
        text(host::take(unsafe { host::json_stringify(self.0) }))
    }
}

impl Drop for Json {
    fn drop(&mut self) {
        unsafe { host::json_free(self.0) }
    }
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_default()
}

/// Appends `value` as a JSON string, with its quotes.
pub fn quote(out: &mut String, value: &str) {
    out.push('"');
    for c in value.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            c if (c as u32) < 0x20 => {
                let _ = write!(out, "\\u{:04x}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

/// `value` as a JSON string.
pub fn quoted(value: &str) -> String {
    let mut out = String::with_capacity(value.len() + 2);
    quote(&mut out, value);
    out
}
