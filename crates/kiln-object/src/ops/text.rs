//! Texts of objects: `repr`, `str`, `format`.

use crate::call::call_special;
use crate::raise;
use crate::raise::Raised;
use crate::special::Special;
use crate::str::Str;
use crate::thread::{NativeDepth, check_native_stack, thread};
use crate::value::{Object, Value};

/// `repr(v)`.
pub fn repr(v: Value) -> Result<Object, Raised> {
    if v.is_int() {
        return Ok(crate::int::decimal_text(v.int()));
    }
    let r = repr_unchecked(v)?;
    if r.cast::<Str>().is_none() {
        return Err(crate::raise!(
            TypeError,
            "__repr__ returned non-string (type {})",
            r.class().name()
        ));
    }
    Ok(r)
}

/// What `__repr__` gives, whatever that is: who asks for it sees to it that it is a str.
pub fn repr_unchecked(v: Value) -> Result<Object, Raised> {
    let _depth = NativeDepth::enter(" while getting the repr of an object")?;
    let class = v.class();
    match class.special(Special::Repr) {
        Some(f) => call_special(f, v, &[]),
        None => Ok(Str::new(&format!("<{} object at {:#x}>", class.name(), v.0 - 1))),
    }
}
/// `str(v)`.
pub fn to_str(v: Value) -> Result<Object, Raised> {
    if v.is_exact::<Str>() {
        return Ok(v.to_object());
    }
    if v.is_int() {
        return Ok(crate::int::decimal_text(v.int()));
    }
    check_native_stack(" while getting the str of an object")?;
    match v.class().special(Special::Str) {
        None => repr(v),
        Some(f) => {
            let r = call_special(f, v, &[])?;
            if r.cast::<Str>().is_none() {
                return Err(crate::raise!(
                    TypeError,
                    "__str__ returned non-string (type {})",
                    r.class().name()
                ));
            }
            Ok(r)
        }
    }
}

/// `repr(v)` for messages: errors become a placeholder.
pub fn repr_lossy(v: Value) -> String {
    crate::frame::settle_caller();
    let saved = thread().pending.take();
    let text = match repr(v) {
        Ok(s) => s.expect::<Str>().to_string_lossy(),
        Err(r) => {
            raise::clear(r);
            format!("<unprintable {} object>", v.class().name())
        }
    };
    drop(thread().pending.replace(saved));
    text
}

/// `format(v, spec)`.
pub fn format(v: Value, spec: Value) -> Result<Object, Raised> {
    if spec.exact::<Str>().is_some_and(Str::is_empty) {
        if v.is_exact::<Str>() {
            return Ok(v.to_object());
        }
        if v.is_int() {
            return Ok(crate::int::decimal_text(v.int()));
        }
    }
    let Some(f) = v.class().special(Special::Format) else {
        return Err(crate::raise!(
            TypeError,
            "Type {} doesn't define __format__",
            v.class().name()
        ));
    };
    let r = call_special(f, v, &[spec])?;
    if r.cast::<Str>().is_none() {
        return Err(crate::raise!(
            TypeError,
            "__format__ must return a str, not {}",
            r.class().name()
        ));
    }
    Ok(r)
}
