//! What `bytes(x)` and `bytearray(x)` accept.

use super::buffer::Buffer;
use kiln_object::bytes::Bytes;
use kiln_object::call::call_special;
use kiln_object::exception::exc;
use kiln_object::int::AnyInt;
use kiln_object::list::List;
use kiln_object::str::Str;
use kiln_object::tuple::Tuple;
use kiln_object::{Object, Raised, Special, Value, ops, raise};

/// A byte out of an int, with the error of `what`: "byte", "bytes".
pub fn byte(v: Value, what: &str) -> Result<u8, Raised> {
    let i = ops::index(v)?;
    match i.as_int() {
        Some(AnyInt::Small(b @ 0..=255)) => Ok(b as u8),
        _ => Err(raise!(ValueError, "{what} must be in range(0, 256)")),
    }
}

/// `PyObject_Bytes`: the bytes of an object that is bytes-like, has `__bytes__`, or holds ints.
pub fn to_bytes(v: Value) -> Result<Vec<u8>, Raised> {
    if let Some(bytes) = v.exact::<Bytes>() {
        return Ok(bytes.data().to_vec());
    }
    if let Some(f) = v.class().special(Special::Bytes) {
        let r = call_special(f, v, &[])?;
        return match r.cast::<Bytes>() {
            Some(bytes) => Ok(bytes.data().to_vec()),
            None => Err(raise!(
                TypeError,
                "__bytes__ returned non-bytes (type {})",
                r.class().name()
            )),
        };
    }
    from_object(v, "bytes")
}

/// The bytes of a bytes-like object or of an iterable of ints.
pub fn from_object(v: Value, what: &str) -> Result<Vec<u8>, Raised> {
    if let Some(buffer) = Buffer::get(v)? {
        return Ok(buffer.data().to_vec());
    }
    let mut out = Vec::new();
    if v.exact::<List>().is_some() || v.exact::<Tuple>().is_some() {
        // Read anew at each step: `__index__` of an item may change the list.
        ops::for_each(v, |item| {
            out.push(byte(item.value(), "bytes")?);
            Ok(())
        })?;
        return Ok(out);
    }
    if v.cast::<Str>().is_some() {
        return Err(raise!(TypeError, "cannot convert 'str' object to {what}"));
    }
    let it = match ops::iter(v) {
        Ok(it) => it,
        Err(r) => {
            drop(kiln_object::raise::catch(r, &exc::TypeError)?);
            return Err(raise!(
                TypeError,
                "cannot convert '{}' object to {what}",
                v.class().name()
            ));
        }
    };
    while let Some(item) = ops::next(it.value())? {
        out.push(byte(item.value(), what_of(what))?);
    }
    Ok(out)
}

fn what_of(what: &str) -> &str {
    if what == "bytearray" { "byte" } else { "bytes" }
}

/// The arguments of both constructors: `(source, encoding, errors)`.
pub fn construct(
    source: Option<Value>,
    encoding: Option<&Str>,
    errors: Option<&Str>,
    name: &str,
) -> Result<Vec<u8>, Raised> {
    let Some(source) = source else {
        return match (encoding, errors) {
            (None, None) => Ok(Vec::new()),
            (Some(_), _) => Err(raise!(TypeError, "encoding without a string argument")),
            (None, Some(_)) => Err(raise!(TypeError, "errors without a string argument")),
        };
    };
    if let Some(text) = source.cast::<Str>() {
        let Some(encoding) = encoding else {
            return Err(raise!(TypeError, "string argument without an encoding"));
        };
        let (encoding, errors) = (encoding.to_string_lossy(), errors.map(Str::to_string_lossy));
        let bytes = crate::str::codecs::encode(text, source, Some(&encoding), errors.as_deref())?;
        return Ok(bytes.expect::<Bytes>().data().to_vec());
    }
    if encoding.is_some() {
        return Err(raise!(TypeError, "encoding without a string argument"));
    }
    if errors.is_some() {
        return Err(raise!(TypeError, "errors without a string argument"));
    }
    if name == "bytes"
        && let Some(f) = source.class().special(Special::Bytes)
    {
        let r = call_special(f, source, &[])?;
        return match r.cast::<Bytes>() {
            Some(bytes) => Ok(bytes.data().to_vec()),
            None => Err(raise!(
                TypeError,
                "__bytes__ returned non-bytes (type {})",
                r.class().name()
            )),
        };
    }
    // A count of zero bytes, unless the class says that it is no number.
    if source.as_int().is_some() || source.class().special(Special::Index).is_some() {
        match ops::index(source) {
            Ok(count) => return zeros(&count),
            Err(r) => drop(kiln_object::raise::catch(r, &exc::TypeError)?),
        }
    }
    from_object(source, name)
}

fn zeros(count: &Object) -> Result<Vec<u8>, Raised> {
    match count.as_int() {
        Some(AnyInt::Small(count)) if count < 0 => Err(raise!(ValueError, "negative count")),
        Some(AnyInt::Small(count)) => {
            let mut out = Vec::new();
            if out.try_reserve_exact(count as usize).is_err() {
                return Err(kiln_object::raise::memory_error());
            }
            out.resize(count as usize, 0);
            Ok(out)
        }
        _ => Err(raise!(OverflowError, "cannot fit 'int' into an index-sized integer")),
    }
}
