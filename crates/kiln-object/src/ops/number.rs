//! Conversions to machine numbers, for arguments and indices.

use crate::call::call_special;
use crate::exception::exc;
use crate::float::Float;
use crate::int::AnyInt;
use crate::raise::Raised;
use crate::special::Special;
use crate::value::{Object, Value};

/// `operator.index(v)`: an int (of class int or a subclass).
pub fn index(v: Value) -> Result<Object, Raised> {
    match index_quiet(v)? {
        Some(o) => Ok(o),
        None => Err(crate::raise!(
            TypeError,
            "'{}' object cannot be interpreted as an integer",
            v.class().name()
        )),
    }
}

/// Warns that a conversion returned an instance of a subclass.
fn strict_subclass(what: &str, class: &str, r: Value) -> Result<(), Raised> {
    let message = format!(
        "{what} (type {}).  The ability to return an instance of a strict subclass of {class} is deprecated, and may not be supported in a future version of Python.",
        r.class().name()
    );
    (crate::hooks::hooks().warn)(&exc::DeprecationWarning, &message)
}

/// As [`index`], with `None` where the class has no `__index__`.
pub fn index_quiet(v: Value) -> Result<Option<Object>, Raised> {
    if v.as_int().is_some() {
        return Ok(Some(v.to_object()));
    }
    let Some(f) = v.class().special(Special::Index) else {
        return Ok(None);
    };
    let r = call_special(f, v, &[])?;
    if r.as_int().is_none() {
        return Err(crate::raise!(
            TypeError,
            "__index__ returned non-int (type {})",
            r.class().name()
        ));
    }
    if !Value::is_int(r.value()) && !r.is_exact::<crate::int::Int>() {
        strict_subclass("__index__ returned non-int", "int", r.value())?;
    }
    Ok(Some(r))
}

/// An index or slice bound as `i64`, clamped where it does not fit.
pub fn index_clamped(v: Value) -> Result<i64, Raised> {
    let o = index(v)?;
    Ok(match o.as_int() {
        Some(AnyInt::Small(i)) => i,
        Some(AnyInt::Big(b)) => {
            if b.is_negative() {
                i64::MIN
            } else {
                i64::MAX
            }
        }
        None => 0,
    })
}

/// `float(v)` for arguments: floats, ints and what has `__float__` or `__index__`.
pub fn to_float(v: Value) -> Result<f64, Raised> {
    if v.is_flonum() {
        return Ok(v.flonum_value());
    }
    if Value::is_int(v) {
        return Ok(Value::int(v) as f64);
    }
    if let Some(f) = v.cast::<Float>() {
        return Ok(f.value.get());
    }
    if let Some(f) = v.class().special(Special::Float) {
        let r = call_special(f, v, &[])?;
        return match r.as_float() {
            Some(x) => Ok(x),
            None => Err(crate::raise!(
                TypeError,
                "{}.__float__() must return a float, not {}",
                v.class().name(),
                r.class().name()
            )),
        };
    }
    match index_quiet(v)? {
        Some(i) => match i.as_int() {
            Some(AnyInt::Small(n)) => Ok(n as f64),
            Some(AnyInt::Big(b)) => b
                .to_f64()
                .ok_or_else(|| crate::raise!(OverflowError, "int too large to convert to float")),
            None => Ok(0.0),
        },
        None => Err(crate::raise!(
            TypeError,
            "must be real number, not {}",
            v.class().name()
        )),
    }
}
