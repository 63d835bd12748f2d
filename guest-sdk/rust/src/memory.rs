//! `malloc` and `free` as the host calls them, over the allocator of Rust: the size stands before the bytes.

use std::alloc::{alloc, dealloc, Layout};

/// Room for the size; what comes after it is aligned for anything.
const HEAD: usize = 16;

fn layout(size: usize) -> Option<Layout> {
    Layout::from_size_align(size.checked_add(HEAD)?, HEAD).ok()
}

/// # Safety
/// What it returns is given back with [`free`], and with nothing else. Null where there is no memory left.
pub unsafe fn malloc(size: usize) -> *mut u8 {
    match layout(size) {
        None => core::ptr::null_mut(),
        Some(layout) => {
            let block = alloc(layout);
            if block.is_null() {
                return block;
            }
            (block as *mut usize).write(size);
            block.add(HEAD)
        }
    }
}

/// # Safety
/// `data` comes from [`malloc`], or is null.
pub unsafe fn free(data: *mut u8) {
    if data.is_null() {
        return;
    }
    let block = data.sub(HEAD);
    if let Some(layout) = layout((block as *const usize).read()) {
        dealloc(block, layout);
    }
}

/// Bytes for the host, which frees them: pointer and length in one number.
pub fn give(bytes: &[u8]) -> i64 {
    if bytes.is_empty() {
        return 0;
    }
    // SAFETY: as many bytes as were asked for.
    unsafe {
        let data = malloc(bytes.len());
        if data.is_null() {
            core::arch::wasm32::unreachable();
        }
        core::ptr::copy_nonoverlapping(bytes.as_ptr(), data, bytes.len());
        ((data as usize as u64) << 32 | bytes.len() as u64) as i64
    }
}
