//! Between ints and floats: exact, or rounded to nearest with ties to even, once.

use super::BigInt;
use dashu_int::ops::DivRem;

/// `mantissa * 2**exponent`, plus something below one unit of the mantissa when `sticky`, rounded to the nearest float.
/// Infinite when it is out of range.
pub fn round_to_f64(mantissa: u128, exponent: i64, sticky: bool) -> f64 {
    if mantissa == 0 {
        return 0.0;
    }
    let bits = 128 - i64::from(mantissa.leading_zeros());
    // The weight of the lowest bit of the result: 53 bits, fewer for subnormals.
    let lowest = (exponent + bits - 53).max(-1074);
    let shift = lowest - exponent;
    let (mut kept, half, rest) = if shift <= 0 {
        if -shift > 64 {
            return f64::INFINITY;
        }
        (mantissa << -shift, false, sticky)
    } else if shift > 128 {
        (0, false, true)
    } else {
        let kept = if shift == 128 { 0 } else { mantissa >> shift };
        let half = mantissa >> (shift - 1) & 1 == 1;
        let rest = sticky || mantissa & ((1u128 << (shift - 1)) - 1) != 0;
        (kept, half, rest)
    };
    if half && (rest || kept & 1 == 1) {
        kept += 1;
    }
    if kept == 1 << 53 {
        return finish(1 << 52, lowest + 1);
    }
    finish(kept as u64, lowest)
}

fn finish(kept: u64, lowest: i64) -> f64 {
    if kept < 1 << 52 {
        // Subnormal (or zero): its bits are the number.
        return f64::from_bits(kept);
    }
    let biased = lowest + 1075;
    if biased >= 2047 {
        return f64::INFINITY;
    }
    f64::from_bits((biased as u64) << 52 | (kept & ((1 << 52) - 1)))
}

impl BigInt {
    /// The integer part of a float; `None` for nan and infinities.
    pub fn from_f64(value: f64) -> Option<BigInt> {
        if !value.is_finite() {
            return None;
        }
        if value.abs() < 9.0e18 {
            return Some(BigInt::from(value as i64));
        }
        let bits = value.to_bits();
        let exponent = (bits >> 52 & 0x7ff) as usize;
        let mantissa = bits & ((1 << 52) - 1) | 1 << 52;
        let magnitude = BigInt(dashu_int::IBig::from(mantissa) << (exponent - 1075));
        Some(if value < 0.0 { magnitude.neg() } else { magnitude })
    }

    /// The nearest float; `None` when it is out of range (`int too large to convert to float`).
    pub fn to_f64(&self) -> Option<f64> {
        let bits = self.bit_length();
        let (top, dropped) = if bits > 128 {
            (self.abs().shr(bits - 128), bits - 128)
        } else {
            (self.abs(), 0)
        };
        let words = top.words();
        let word = |index: usize| u128::from(words.get(index).copied().unwrap_or(0));
        let sticky = dropped > 0 && self.trailing_zeros().is_some_and(|zeros| zeros < dropped);
        let value = round_to_f64(word(0) | word(1) << 64, dropped as i64, sticky);
        if value.is_infinite() {
            return None;
        }
        Some(if self.is_negative() { -value } else { value })
    }

    /// `self / other`, rounded once. `Err` when the result is out of range; the divisor is not zero.
    pub fn true_div(&self, other: &BigInt) -> Result<f64, RatioTooLarge> {
        debug_assert!(!other.is_zero(), "the caller raises ZeroDivisionError");
        if self.is_zero() {
            return Ok(if other.is_negative() { -0.0 } else { 0.0 });
        }
        let negative = self.is_negative() != other.is_negative();
        let difference = self.bit_length() as i64 - other.bit_length() as i64;
        if difference > 1025 {
            return Err(RatioTooLarge);
        }
        if difference < -1080 {
            return Ok(if negative { -0.0 } else { 0.0 });
        }
        // Scale so that the quotient has 66 or 67 bits: 53 and enough to round from.
        let shift = 66 - difference;
        let (a, b) = (self.magnitude(), other.magnitude());
        let (quotient, remainder) = if shift >= 0 {
            (a << shift as usize).div_rem(b)
        } else {
            a.div_rem(b << (-shift) as usize)
        };
        let quotient = u128::try_from(&quotient).unwrap_or(u128::MAX);
        let value = round_to_f64(quotient, -shift, !remainder.is_zero());
        if value.is_infinite() {
            return Err(RatioTooLarge);
        }
        Ok(if negative { -value } else { value })
    }
}

/// `integer division result too large for a float`
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RatioTooLarge;
