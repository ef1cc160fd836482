//! `int(x, base)` and the limit on decimal digits.

use crate::number::text_object;
use kiln_object::call::call_special;
use kiln_object::float::Float;
use kiln_object::int::{AnyInt, Int};
use kiln_object::str::Str;
use kiln_object::{Object, Raised, Special, Value, ops, raise};
use kiln_text::int::IntParseError;
use kiln_text::{BigInt, escape};
use std::sync::atomic::{AtomicUsize, Ordering};

static DIGIT_LIMIT: AtomicUsize = AtomicUsize::new(kiln_text::int::DIGIT_LIMIT_DEFAULT);

/// `sys.get_int_max_str_digits()`; zero means no limit.
pub fn digit_limit() -> usize {
    DIGIT_LIMIT.load(Ordering::Relaxed)
}

pub fn set_digit_limit(limit: usize) {
    DIGIT_LIMIT.store(limit, Ordering::Relaxed);
}

/// An exact int with the value of an int of any class.
pub fn exact(v: Value) -> Object {
    if v.is_exact_int() {
        return v.to_object();
    }
    match v.as_int() {
        Some(AnyInt::Small(i)) => Object::int(i),
        Some(AnyInt::Big(b)) => Int::from_big(b.clone()),
        None => v.to_object(),
    }
}

/// The integer part of a float.
pub fn from_float(x: f64) -> Result<Object, Raised> {
    if x.abs() < (1i64 << 61) as f64 {
        return Ok(Object::int(x as i64));
    }
    match BigInt::from_f64(x) {
        Some(value) => Ok(Int::from_big(value)),
        None if x.is_nan() => Err(raise!(ValueError, "cannot convert float NaN to integer")),
        None => Err(raise!(OverflowError, "cannot convert float infinity to integer")),
    }
}

fn parse_error(error: IntParseError, literal: Value) -> Raised {
    match error {
        IntParseError::BadBase => raise!(ValueError, "int() base must be >= 2 and <= 36, or 0"),
        IntParseError::TooManyDigits(error) => raise!(ValueError, "{}", error.message()),
        IntParseError::Invalid { base } => {
            let repr: String = match literal.cast::<Str>() {
                Some(text) => escape::repr(text.text()).as_text().to_string_lossy(),
                None => ops::repr_lossy(literal),
            };
            let repr: String = repr.chars().take(200).collect();
            raise!(ValueError, "invalid literal for int() with base {base}: {repr}")
        }
    }
}

/// A number of a few decimal digits and nothing else but a sign.
fn short_decimal(text: &[u8]) -> Option<i64> {
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    if digits.is_empty() || digits.len() > 18 {
        return None;
    }
    let mut value = 0;
    for digit in digits {
        let digit = digit.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        value = 10 * value + i64::from(digit);
    }
    Some(if negative { -value } else { value })
}

fn from_text(text: &Str, literal: Value, base: u32) -> Result<Object, Raised> {
    if base == 10
        && let Some(value) = text.latin1().and_then(short_decimal)
    {
        return Ok(Object::int(value));
    }
    match BigInt::parse(&text.text().to_ascii_number(), base, digit_limit()) {
        Ok(value) => Ok(Int::from_big(value)),
        Err(error) => Err(parse_error(error, literal)),
    }
}

fn from_bytes(bytes: &[u8], base: u32) -> Result<Object, Raised> {
    match BigInt::parse(bytes, base, digit_limit()) {
        Ok(value) => Ok(Int::from_big(value)),
        Err(error) => {
            let literal = kiln_object::bytes::Bytes::new_object(bytes);
            Err(parse_error(error, literal.value()))
        }
    }
}

/// `int(v)`: an exact int.
pub fn to_int(v: Value) -> Result<Object, Raised> {
    if v.is_exact_int() {
        return Ok(v.to_object());
    }
    if v.is_float_class() || v.is_exact::<Float>() {
        return from_float(v.as_float().unwrap_or(0.0));
    }
    if let Some(f) = v.class().special(Special::Int) {
        let r = call_special(f, v, &[])?;
        if r.as_int().is_none() {
            return Err(raise!(
                TypeError,
                "__int__ returned non-int (type {})",
                r.class().name()
            ));
        }
        if !r.is_exact_int() {
            crate::warn::deprecation(&format!(
                "__int__ returned non-int (type {}).  The ability to return an instance of a strict subclass of int is \
                 deprecated, and may not be supported in a future version of Python.",
                r.class().name()
            ))?;
        }
        return Ok(exact(r.value()));
    }
    if let Some(i) = ops::index_quiet(v)? {
        return Ok(exact(i.value()));
    }
    if let Some(text) = v.cast::<Str>() {
        return from_text(text, v, 10);
    }
    if let Some(bytes) = crate::bytes::buffer::bytes_of(v)? {
        return from_bytes(&bytes, 10);
    }
    Err(raise!(
        TypeError,
        "int() argument must be a string, a bytes-like object or a real number, not '{}'",
        v.class().name()
    ))
}

/// `int(v, base)`.
pub fn to_int_with_base(v: Value, base: Value) -> Result<Object, Raised> {
    let base = ops::index_clamped(base)?;
    if base != 0 && !(2..=36).contains(&base) {
        return Err(raise!(ValueError, "int() base must be >= 2 and <= 36, or 0"));
    }
    let base = base as u32;
    if let Some(text) = v.cast::<Str>() {
        return from_text(text, v, base);
    }
    match crate::bytes::buffer::literal_bytes(v) {
        Some(bytes) => from_bytes(&bytes, base),
        None => Err(raise!(TypeError, "int() can't convert non-string with explicit base")),
    }
}

/// The decimal text, held to the limit.
pub fn decimal(value: &AnyInt<'_>) -> Result<Object, Raised> {
    match value {
        AnyInt::Small(i) => Ok(kiln_object::int::decimal_text(*i)),
        AnyInt::Big(b) => match b.to_decimal(digit_limit()) {
            Ok(text) => Ok(text_object(kiln_text::Text::Latin1(text.as_bytes()))),
            Err(error) => Err(raise!(ValueError, "{}", error.message())),
        },
    }
}
