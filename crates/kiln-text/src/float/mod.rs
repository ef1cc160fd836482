//! Floats: arithmetic with Python's rules, exact conversions, text.

mod hex;
mod text;

pub use hex::{FromHexError, from_hex, to_hex};
pub use text::{Digits, digits, format_double, parse, parse_prefix, repr};
pub(crate) use text::{trim_c_space, without_underscores};

use crate::int::BigInt;

/// The mantissa and exponent of a finite float that is not negative: `value == mantissa * 2**exponent`.
pub fn decode(value: f64) -> (u64, i32) {
    let bits = value.to_bits();
    let (fraction, exponent) = (bits & ((1 << 52) - 1), (bits >> 52 & 0x7ff) as i32);
    if exponent == 0 {
        (fraction, -1074)
    } else {
        (fraction | 1 << 52, exponent - 1075)
    }
}

/// `divmod(x, y)` for a divisor that is not zero.
pub fn divmod(x: f64, y: f64) -> (f64, f64) {
    let mut remainder = x % y;
    // x - remainder is about a multiple of y; its quotient is within rounding of a whole number.
    let mut quotient = (x - remainder) / y;
    if remainder != 0.0 {
        if (y < 0.0) != (remainder < 0.0) {
            remainder += y;
            quotient -= 1.0;
        }
    } else {
        remainder = 0.0f64.copysign(y);
    }
    let whole = if quotient != 0.0 {
        let floor = quotient.floor();
        if quotient - floor > 0.5 { floor + 1.0 } else { floor }
    } else {
        0.0f64.copysign(x / y)
    };
    (whole, remainder)
}

pub fn floor_div(x: f64, y: f64) -> f64 {
    divmod(x, y).0
}

pub fn modulo(x: f64, y: f64) -> f64 {
    let remainder = x % y;
    if remainder == 0.0 {
        0.0f64.copysign(y)
    } else if (y < 0.0) != (remainder < 0.0) {
        remainder + y
    } else {
        remainder
    }
}

/// What `x ** y` comes to.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Power {
    Float(f64),
    /// A negative base and an exponent that is not whole: the caller goes on with complex numbers.
    Complex,
    /// `zero to a negative power`
    ZeroDivision,
    /// `OverflowError: (34, 'Numerical result out of range')`
    Overflow,
}

pub fn pow(x: f64, y: f64) -> Power {
    if x == 0.0 && y < 0.0 && y.is_finite() {
        return Power::ZeroDivision;
    }
    if x < 0.0 && x.is_finite() && y.is_finite() && y != y.floor() {
        return Power::Complex;
    }
    let result = x.powf(y);
    if result.is_infinite() && x.is_finite() && y.is_finite() {
        return Power::Overflow;
    }
    Power::Float(result)
}

pub fn is_integer(value: f64) -> bool {
    value.is_finite() && value == value.floor()
}

/// `float.as_integer_ratio()` of a finite float: lowest terms, positive denominator.
pub fn as_integer_ratio(value: f64) -> Option<(BigInt, BigInt)> {
    if !value.is_finite() {
        return None;
    }
    let (mut mantissa, mut exponent) = decode(value.abs());
    if mantissa == 0 {
        return Some((BigInt::ZERO, BigInt::ONE));
    }
    let zeros = mantissa.trailing_zeros();
    mantissa >>= zeros;
    exponent += zeros as i32;
    let magnitude = BigInt::from(mantissa).shl(exponent.max(0) as u64)?;
    let denominator = BigInt::ONE.shl((-exponent).max(0) as u64)?;
    Some((if value < 0.0 { magnitude.neg() } else { magnitude }, denominator))
}

/// `round(value, digits)`: correctly rounded, ties to even. `None`: `rounded value too large to represent`.
pub fn round(value: f64, digits: i64) -> Option<f64> {
    // More digits than a float has, or more than it has in front of the point.
    if !value.is_finite() || value == 0.0 || digits > 323 {
        return Some(value);
    }
    if digits < -308 {
        return Some(0.0 * value);
    }
    let rounded = if digits >= 0 {
        format!("{value:.*}", digits as usize).parse().unwrap_or(value)
    } else {
        let unit = BigInt::from(10).pow(&BigInt::from(-digits)).ok()?;
        let (numerator, denominator) = as_integer_ratio(value.abs())?;
        let divisor = denominator.mul(&unit);
        let (mut quotient, remainder) = numerator.divmod(&divisor)?;
        let twice = remainder.add(&remainder);
        if twice > divisor || (twice == divisor && quotient.is_odd()) {
            quotient = quotient.add(&BigInt::ONE);
        }
        quotient.mul(&unit).to_f64()?.copysign(value)
    };
    rounded.is_finite().then_some(rounded)
}

/// `round(value)`, to the nearest whole number with ties to even.
pub fn round_to_whole(value: f64) -> f64 {
    value.round_ties_even()
}
