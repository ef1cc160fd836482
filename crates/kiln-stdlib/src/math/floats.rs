//! Functions of floats and what goes wrong in them.

use super::libm;
use kiln_object::call::call_special;
use kiln_object::int::{AnyInt, Int};
use kiln_object::ops;
use kiln_object::{Object, Raised, Special, Value, raise};
use kiln_text::BigInt;

/// Whether an infinite result for a finite argument is an overflow; else the argument was outside the domain.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Overflow {
    Can,
    Cannot,
}
/// What the message says is expected.
pub struct Domain(pub &'static str);

pub fn domain_error() -> Raised {
    raise::value_error("math domain error")
}
pub fn range_error() -> Raised {
    raise::overflow_error("math range error")
}
fn expected(domain: &str, x: f64) -> Raised {
    if domain.is_empty() {
        return domain_error();
    }
    kiln_object::raise!(ValueError, "expected {domain}, got {}", kiln_text::float::repr(x))
}

/// `f(x)` with C's silent errors made loud.
#[inline]
pub fn apply(x: f64, f: impl Fn(f64) -> f64, overflow: Overflow, domain: Domain) -> Result<f64, Raised> {
    let r = f(x);
    if r.is_nan() && !x.is_nan() {
        return Err(expected(domain.0, x));
    }
    if r.is_infinite() && x.is_finite() {
        return Err(if overflow == Overflow::Can {
            range_error()
        } else {
            expected(domain.0, x)
        });
    }
    Ok(r)
}

const GAMMA_DOMAIN: &str = "a noninteger or positive integer";

pub fn gamma(x: f64) -> Result<f64, Raised> {
    if x == f64::NEG_INFINITY || x == 0.0 || x < 0.0 && x.floor() == x {
        return Err(expected(GAMMA_DOMAIN, x));
    }
    let r = super::gamma::gamma(x);
    if r.is_infinite() && x.is_finite() {
        return Err(range_error());
    }
    Ok(r)
}
pub fn lgamma(x: f64) -> Result<f64, Raised> {
    if x.is_finite() && x <= 0.0 && x.floor() == x {
        return Err(expected(GAMMA_DOMAIN, x));
    }
    let r = super::gamma::log_gamma(x);
    if r.is_infinite() && x.is_finite() {
        return Err(range_error());
    }
    Ok(r)
}

/// A logarithm of a positive number; ints may be larger than any float.
pub fn log_with(x: Value, log: fn(f64) -> f64) -> Result<f64, Raised> {
    const POSITIVE: &str = "a positive input";
    if let Some(i) = x.as_int() {
        if i.is_negative() || i.to_i64() == Some(0) {
            return Err(kiln_object::raise!(ValueError, "expected {POSITIVE}"));
        }
        let big = match i {
            AnyInt::Small(i) => return Ok(log(i as f64)),
            AnyInt::Big(b) => b,
        };
        if let Some(f) = big.to_f64() {
            return Ok(log(f));
        }
        // Take the leading bits apart from the exponent.
        let shift = big.bit_length() - 64;
        let high = big.shr(shift).to_u64().unwrap_or(u64::MAX);
        let mantissa = high as f64 / 2f64.powi(64);
        return Ok(log(mantissa) + log(2.0) * (shift + 64) as f64);
    }
    let x = ops::to_float(x)?;
    if x.is_nan() || x == f64::INFINITY {
        return Ok(x);
    }
    if x <= 0.0 {
        return Err(expected(POSITIVE, x));
    }
    Ok(log(x))
}
pub fn log(x: Value, base: Option<Value>) -> Result<Object, Raised> {
    let above = log_with(x, libm::log)?;
    let Some(base) = base else {
        return Ok(Object::float(above));
    };
    let below = log_with(base, libm::log)?;
    if below == 0.0 {
        return Err(kiln_object::raise!(ZeroDivisionError, "division by zero"));
    }
    Ok(Object::float(above / below))
}
pub fn pow(x: f64, y: f64) -> Result<f64, Raised> {
    let r = libm::pow(x, y);
    if r.is_finite() || !x.is_finite() || !y.is_finite() {
        return Ok(r);
    }
    if r.is_nan() {
        return Err(domain_error());
    }
    Err(if x == 0.0 { domain_error() } else { range_error() })
}
pub fn fmod(x: f64, y: f64) -> Result<f64, Raised> {
    if y.is_infinite() && x.is_finite() {
        return Ok(x);
    }
    let r = libm::fmod(x, y);
    if r.is_nan() && !x.is_nan() && !y.is_nan() {
        return Err(domain_error());
    }
    Ok(r)
}
pub fn remainder(x: f64, y: f64) -> Result<f64, Raised> {
    let r = libm::remainder(x, y);
    if r.is_nan() && !x.is_nan() && !y.is_nan() {
        return Err(domain_error());
    }
    Ok(r)
}
pub fn fma(x: f64, y: f64, z: f64) -> Result<f64, Raised> {
    let r = libm::fma(x, y, z);
    if r.is_finite() {
        return Ok(r);
    }
    if r.is_nan() {
        if !x.is_nan() && !y.is_nan() && !z.is_nan() {
            return Err(raise::value_error("invalid operation in fma"));
        }
    } else if x.is_finite() && y.is_finite() && z.is_finite() {
        return Err(raise::overflow_error("overflow in fma"));
    }
    Ok(r)
}
pub fn frexp(x: f64) -> (f64, i64) {
    if x == 0.0 || !x.is_finite() {
        return (x, 0);
    }
    // Subnormals are scaled first.
    let (x, more) = if x.abs() < f64::MIN_POSITIVE {
        (x * 2f64.powi(54), 54)
    } else {
        (x, 0)
    };
    let bits = x.to_bits();
    let exponent = ((bits >> 52) & 0x7ff) as i64 - 1022;
    (f64::from_bits(bits & !(0x7ff << 52) | 1022 << 52), exponent - more)
}
pub fn ldexp(x: f64, i: Value) -> Result<f64, Raised> {
    let Some(exponent) = i.as_int() else {
        return Err(kiln_object::raise!(
            TypeError,
            "Expected an int as second argument to ldexp."
        ));
    };
    if x == 0.0 || !x.is_finite() {
        return Ok(x);
    }
    let exponent = match exponent.to_i64() {
        Some(i) => i,
        None if exponent.is_negative() => i64::MIN,
        None => i64::MAX,
    };
    let exponent = exponent.clamp(i64::from(i32::MIN), i64::from(i32::MAX)) as i32;
    let r = libm::ldexp(x, exponent);
    if r.is_infinite() {
        return Err(range_error());
    }
    Ok(r)
}

pub fn next_after(x: f64, y: f64, steps: Option<Value>) -> Result<f64, Raised> {
    let Some(steps) = steps else {
        return Ok(libm::nextafter(x, y));
    };
    let steps = ops::index(steps)?;
    let steps = steps.as_int().map_or(BigInt::ZERO, |i| i.to_big());
    if steps.is_negative() {
        return Err(raise::value_error("steps must be a non-negative integer"));
    }
    if x.is_nan() || y.is_nan() {
        return Ok(x + y);
    }
    let steps = steps.to_u64().unwrap_or(u64::MAX);
    if steps == 0 {
        return Ok(x);
    }
    if x == y {
        return Ok(y);
    }
    // Floats of one sign are ordered as their bit patterns are.
    const SIGN: u64 = 1 << 63;
    let (ux, uy) = (x.to_bits(), y.to_bits());
    let (ax, ay) = (ux & !SIGN, uy & !SIGN);
    let bits = if (ux ^ uy) & SIGN != 0 {
        // On the way through zero.
        if ax + ay <= steps {
            uy
        } else if ax < steps {
            uy & SIGN | (steps - ax)
        } else {
            ux - steps
        }
    } else if ax > ay {
        if ax - ay >= steps { ux - steps } else { uy }
    } else if ay - ax >= steps {
        ux + steps
    } else {
        uy
    };
    Ok(f64::from_bits(bits))
}
pub fn ulp(x: f64) -> f64 {
    if x.is_nan() {
        return x;
    }
    let x = x.abs();
    if x.is_infinite() {
        return x;
    }
    let up = libm::nextafter(x, f64::INFINITY);
    if up.is_infinite() {
        return x - libm::nextafter(x, f64::NEG_INFINITY);
    }
    up - x
}
pub fn is_close(a: f64, b: f64, relative: f64, absolute: f64) -> Result<bool, Raised> {
    if relative < 0.0 || absolute < 0.0 {
        return Err(raise::value_error("tolerances must be non-negative"));
    }
    if a == b {
        return Ok(true);
    }
    if a.is_infinite() || b.is_infinite() {
        return Ok(false);
    }
    let difference = (b - a).abs();
    Ok(difference <= (relative * b).abs() || difference <= (relative * a).abs() || difference <= absolute)
}

fn to_int(f: f64) -> Result<Object, Raised> {
    match BigInt::from_f64(f) {
        Some(b) => Ok(Int::from_big(b)),
        None if f.is_nan() => Err(raise::value_error("cannot convert float NaN to integer")),
        None => Err(raise::overflow_error("cannot convert float infinity to integer")),
    }
}
fn rounded(x: Value, special: Special, f: fn(f64) -> f64) -> Result<Object, Raised> {
    if !x.is_exact_float()
        && let Some(method) = x.class().special(special)
    {
        return call_special(method, x, &[]);
    }
    to_int(f(ops::to_float(x)?))
}
pub fn floor(x: Value) -> Result<Object, Raised> {
    rounded(x, Special::Floor, f64::floor)
}
pub fn ceil(x: Value) -> Result<Object, Raised> {
    rounded(x, Special::Ceil, f64::ceil)
}
pub fn trunc(x: Value) -> Result<Object, Raised> {
    if x.is_exact_float() {
        return to_int(ops::to_float(x)?.trunc());
    }
    match x.class().special(Special::Trunc) {
        Some(method) => call_special(method, x, &[]),
        None => Err(kiln_object::raise!(
            TypeError,
            "type {} doesn't define __trunc__ method",
            x.class().name()
        )),
    }
}
