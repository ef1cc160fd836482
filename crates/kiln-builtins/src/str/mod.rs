//! `str`.

pub mod codecs;
pub mod format;
mod iter;
mod methods;
pub mod percent;
mod translate;

use kiln_object::str::Str;
use kiln_object::types::define;
use kiln_object::{Object, Raised, Value, ops, raise};

const DOC: &str = "str(object='') -> str\nstr(bytes_or_buffer[, encoding[, errors]]) -> str\n\n\
Create a new string object from the given object. If encoding or\n\
errors is specified, then the object must expose a data buffer\n\
that will be decoded using the given encoding and error handler.\n\
Otherwise, returns the result of object.__str__() (if defined)\n\
or repr(object).\n\
encoding defaults to 'utf-8'.\n\
errors defaults to 'strict'.";

pub fn init() {
    define::<Str>("str", "builtins", None, 0, methods::StrMethods::METHODS, Some(DOC));
    iter::init();
}

/// The value behind a typed view.
pub(crate) fn value_of(text: &Str) -> Value {
    Value::from_ptr(&raw const text.header)
}

/// The same text as an exact str: the object itself where it is one.
pub(crate) fn exact(text: &Str) -> Object {
    let value = value_of(text);
    if value.is_exact::<Str>() {
        value.to_object()
    } else {
        Str::from_text(text.text())
    }
}

/// A part of the text; all of it is the object itself.
pub(crate) fn part(text: &Str, start: usize, end: usize) -> Object {
    if start == 0 && end == text.len() {
        return exact(text);
    }
    match text.as_ascii() {
        Some(ascii) => Str::from_ascii(&ascii.as_bytes()[start..end]),
        None => Str::from_text(text.text().slice(start, end)),
    }
}

/// The optional bounds of `find`, `count` and their like.
pub(crate) fn bounds(start: Option<Value>, end: Option<Value>) -> Result<(isize, isize), Raised> {
    let bound = |v: Option<Value>, default: isize| -> Result<isize, Raised> {
        let Some(v) = v.filter(|v| !v.is_none()) else {
            return Ok(default);
        };
        if Value::is_int(v) {
            return Ok(Value::int(v) as isize);
        }
        if ops::index_quiet(v)?.is_none() {
            return Err(raise!(
                TypeError,
                "slice indices must be integers or None or have an __index__ method"
            ));
        }
        Ok(ops::index_clamped(v)? as isize)
    };
    Ok((bound(start, 0)?, bound(end, isize::MAX)?))
}
