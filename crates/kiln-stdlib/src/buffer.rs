//! Bytes in and out of native modules.

use kiln_builtins::bytes::buffer::Buffer;
use kiln_object::bytes::Bytes;
use kiln_object::{Object, Raised, Value};

pub fn bytes(data: &[u8]) -> Object {
    Bytes::new_object(data)
}

/// Whether the value is `bytes` or an instance of a subclass.
pub fn is_bytes(v: Value) -> bool {
    v.cast::<Bytes>().is_some()
}

/// A copy of what a bytes-like object holds.
pub fn to_vec(v: Value) -> Result<Vec<u8>, Raised> {
    Ok(Buffer::require(v)?.data().to_vec())
}

/// Looks at the bytes of a bytes-like object; `f` runs no Python.
pub fn with<R>(v: Value, f: impl FnOnce(&[u8]) -> R) -> Result<R, Raised> {
    Ok(f(Buffer::require(v)?.data()))
}

fn writable(v: Value) -> Result<Buffer, Raised> {
    Buffer::require_writable(v, "readinto() argument")
}

/// The length in bytes of a writable buffer.
pub fn writable_len(v: Value) -> Result<usize, Raised> {
    Ok(writable(v)?.len())
}

/// Writes to the beginning of a writable buffer, which is at least as long.
pub fn write_into(v: Value, data: &[u8]) -> Result<(), Raised> {
    if !data.is_empty() {
        writable(v)?.data_mut()[..data.len()].copy_from_slice(data);
    }
    Ok(())
}
