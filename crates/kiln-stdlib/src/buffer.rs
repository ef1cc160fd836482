//! Bytes in and out of native modules: `bytes` directly, every other bytes-like object through a `memoryview`.

use kiln_object::bytes::Bytes;
use kiln_object::call::{call, call_method_str};
use kiln_object::exception::exc;
use kiln_object::slice::Slice;
use kiln_object::{Object, Raised, Value, ops, raise};

pub fn bytes(data: &[u8]) -> Object {
    Bytes::new_object(data)
}

/// Whether the value is `bytes` or an instance of a subclass.
pub fn is_bytes(v: Value) -> bool {
    v.cast::<Bytes>().is_some()
}

fn builtin(name: &str) -> Result<Object, Raised> {
    let builtins = crate::state::state().builtins.get();
    let found = builtins.and_then(|b| b.cast::<kiln_object::module::Module>().and_then(|m| m.get(name)));
    found.ok_or_else(|| kiln_object::raise!(NameError, "name '{name}' is not defined"))
}

fn memoryview(v: Value) -> Result<Object, Raised> {
    match call(builtin("memoryview")?.value(), &[v]) {
        Ok(view) => Ok(view),
        Err(raised) => {
            let _ = raise::catch(raised, &exc::TypeError)?;
            Err(kiln_object::raise!(TypeError, "a bytes-like object is required, not '{}'", v.class().name()))
        }
    }
}

/// A copy of what a bytes-like object holds.
pub fn to_vec(v: Value) -> Result<Vec<u8>, Raised> {
    if let Some(bytes) = v.cast::<Bytes>() {
        return Ok(bytes.data().to_vec());
    }
    let view = memoryview(v)?;
    let copy = call_method_str(view.value(), "tobytes", &[])?;
    call_method_str(view.value(), "release", &[])?;
    match copy.cast::<Bytes>() {
        Some(bytes) => Ok(bytes.data().to_vec()),
        None => Err(kiln_object::raise!(TypeError, "tobytes() should return bytes")),
    }
}

/// Looks at the bytes of a bytes-like object, without a copy where it is `bytes`.
pub fn with<R>(v: Value, f: impl FnOnce(&[u8]) -> R) -> Result<R, Raised> {
    if let Some(bytes) = v.cast::<Bytes>() {
        return Ok(f(bytes.data()));
    }
    to_vec(v).map(|data| f(&data))
}

/// The length in bytes of a writable buffer.
pub fn writable_len(v: Value) -> Result<usize, Raised> {
    let view = writable(v)?;
    let len = kiln_object::attr::get_attr_str(view.value(), "nbytes")?;
    call_method_str(view.value(), "release", &[])?;
    Ok(len.as_small_int().and_then(|n| usize::try_from(n).ok()).unwrap_or(0))
}

fn writable(v: Value) -> Result<Object, Raised> {
    let wrong = || {
        kiln_object::raise!(
            TypeError,
            "readinto() argument must be read-write bytes-like object, not {}",
            kiln_object::convert::type_name(v)
        )
    };
    let view = match call(builtin("memoryview")?.value(), &[v]) {
        Ok(view) => view,
        Err(raised) => {
            let _ = raise::catch(raised, &exc::TypeError)?;
            return Err(wrong());
        }
    };
    if ops::is_true(kiln_object::attr::get_attr_str(view.value(), "readonly")?.value())? {
        return Err(wrong());
    }
    Ok(view)
}

/// Writes to the beginning of a writable buffer, which is at least as long.
pub fn write_into(v: Value, data: &[u8]) -> Result<(), Raised> {
    if data.is_empty() {
        return Ok(());
    }
    let view = writable(v)?;
    let flat = call_method_str(view.value(), "cast", &[kiln_object::str::Str::new("B").value()])?;
    let none = Object::none();
    let range = Slice::new(none.value(), Object::int(data.len() as i64).value(), none.value());
    let result = ops::set_item(flat.value(), range.value(), bytes(data).value());
    call_method_str(flat.value(), "release", &[])?;
    call_method_str(view.value(), "release", &[])?;
    result
}
