//! Integers of any size: a façade over the big-integer library, with Python's semantics (floor division, shifts and
//! bitwise operations in two's complement, correctly rounded conversion to float). No other module names the library.

mod bytes;
mod power;
mod ratio;
mod text;

pub use bytes::ToBytesError;
pub use power::PowError;
pub use ratio::{RatioTooLarge, round_to_f64};
pub use text::{DIGIT_LIMIT_DEFAULT, DIGIT_LIMIT_THRESHOLD, IntParseError, TooManyDigits, is_c_space};

use dashu_int::ops::{Abs, BitTest, DivRem, Gcd, SquareRoot};
use dashu_int::{IBig, Sign, UBig};
use std::cmp::Ordering;
use std::fmt;

/// An integer of any size.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct BigInt(pub(crate) IBig);

/// The order of bytes in a conversion from or to bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ByteOrder {
    Little,
    Big,
}

/// Shifts and powers beyond this many bits are refused rather than tried: 2 GiB of magnitude.
pub const MAX_BITS: u64 = 1 << 34;

/// The modulus of number hashes, `2**61 - 1`.
pub const HASH_MODULUS: u64 = (1 << 61) - 1;

macro_rules! from_primitive {
    ($($ty:ty)*) => { $(
        impl From<$ty> for BigInt {
            fn from(value: $ty) -> BigInt {
                BigInt(IBig::from(value))
            }
        }
    )* };
}
from_primitive! { i8 i16 i32 i64 i128 isize u8 u16 u32 u64 u128 usize }

impl Default for BigInt {
    fn default() -> BigInt {
        BigInt(IBig::ZERO)
    }
}

impl fmt::Display for BigInt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for BigInt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl BigInt {
    pub const ZERO: BigInt = BigInt(IBig::ZERO);
    pub const ONE: BigInt = BigInt(IBig::ONE);

    pub fn is_zero(&self) -> bool {
        self.0.is_zero()
    }

    pub fn is_negative(&self) -> bool {
        self.0.sign() == Sign::Negative
    }

    pub fn is_odd(&self) -> bool {
        self.words().first().is_some_and(|word| word & 1 == 1)
    }

    /// -1, 0 or 1.
    pub fn signum(&self) -> i32 {
        match self.0.sign() {
            Sign::Negative => -1,
            Sign::Positive => i32::from(!self.0.is_zero()),
        }
    }

    /// The magnitude, least significant word first.
    pub fn words(&self) -> &[u64] {
        self.0.as_sign_words().1
    }

    /// The bytes that the magnitude takes, for `sys.getsizeof`.
    pub fn byte_size(&self) -> usize {
        self.words().len() * 8
    }

    pub fn from_words(negative: bool, words: &[u64]) -> BigInt {
        let sign = if negative { Sign::Negative } else { Sign::Positive };
        BigInt(IBig::from_parts(sign, UBig::from_words(words)))
    }

    fn magnitude(&self) -> UBig {
        self.0.clone().into_parts().1
    }

    pub fn to_i64(&self) -> Option<i64> {
        i64::try_from(&self.0).ok()
    }

    pub fn to_u64(&self) -> Option<u64> {
        u64::try_from(&self.0).ok()
    }

    pub fn to_i128(&self) -> Option<i128> {
        i128::try_from(&self.0).ok()
    }

    pub fn to_usize(&self) -> Option<usize> {
        self.to_u64().map(|value| value as usize)
    }

    /// The lowest 64 bits of the two's complement.
    pub fn to_u64_wrapping(&self) -> u64 {
        let low = self.words().first().copied().unwrap_or(0);
        if self.is_negative() { low.wrapping_neg() } else { low }
    }

    /// The nearest `i64`, as slice indices are clipped.
    pub fn to_i64_saturating(&self) -> i64 {
        self.to_i64()
            .unwrap_or(if self.is_negative() { i64::MIN } else { i64::MAX })
    }

    pub fn add(&self, other: &BigInt) -> BigInt {
        BigInt(&self.0 + &other.0)
    }

    pub fn sub(&self, other: &BigInt) -> BigInt {
        BigInt(&self.0 - &other.0)
    }

    pub fn mul(&self, other: &BigInt) -> BigInt {
        BigInt(&self.0 * &other.0)
    }

    pub fn neg(&self) -> BigInt {
        BigInt(-&self.0)
    }

    pub fn abs(&self) -> BigInt {
        BigInt((&self.0).abs())
    }

    /// `~self`.
    pub fn invert(&self) -> BigInt {
        BigInt(-&self.0 - IBig::ONE)
    }

    /// Floor division and modulo; `None` for a zero divisor.
    pub fn divmod(&self, other: &BigInt) -> Option<(BigInt, BigInt)> {
        if other.is_zero() {
            return None;
        }
        let (mut quotient, mut remainder) = (&self.0).div_rem(&other.0);
        if !remainder.is_zero() && remainder.sign() != other.0.sign() {
            quotient -= IBig::ONE;
            remainder += &other.0;
        }
        Some((BigInt(quotient), BigInt(remainder)))
    }

    pub fn floor_div(&self, other: &BigInt) -> Option<BigInt> {
        self.divmod(other).map(|(quotient, _)| quotient)
    }

    pub fn modulo(&self, other: &BigInt) -> Option<BigInt> {
        if other.is_zero() {
            return None;
        }
        let mut remainder = &self.0 % &other.0;
        if !remainder.is_zero() && remainder.sign() != other.0.sign() {
            remainder += &other.0;
        }
        Some(BigInt(remainder))
    }

    /// `self << bits`; `None` when the result would be absurdly large.
    pub fn shl(&self, bits: u64) -> Option<BigInt> {
        if self.is_zero() {
            return Some(BigInt::ZERO);
        }
        if bits.saturating_add(self.bit_length()) > MAX_BITS {
            return None;
        }
        Some(BigInt(&self.0 << bits as usize))
    }

    /// `self >> bits`, rounding down.
    pub fn shr(&self, bits: u64) -> BigInt {
        if bits >= self.bit_length() {
            return BigInt::from(if self.is_negative() { -1 } else { 0 });
        }
        BigInt(&self.0 >> bits as usize)
    }

    pub fn and(&self, other: &BigInt) -> BigInt {
        BigInt(&self.0 & &other.0)
    }

    pub fn or(&self, other: &BigInt) -> BigInt {
        BigInt(&self.0 | &other.0)
    }

    pub fn xor(&self, other: &BigInt) -> BigInt {
        BigInt(&self.0 ^ &other.0)
    }

    /// The bits of the magnitude.
    pub fn bit_length(&self) -> u64 {
        match self.words().last() {
            Some(top) => (self.words().len() as u64) * 64 - u64::from(top.leading_zeros()),
            None => 0,
        }
    }

    /// The ones of the magnitude.
    pub fn bit_count(&self) -> u64 {
        self.words().iter().map(|word| u64::from(word.count_ones())).sum()
    }

    /// The zeros below the lowest one; `None` for zero.
    pub fn trailing_zeros(&self) -> Option<u64> {
        let at = self.words().iter().position(|word| *word != 0)?;
        Some(at as u64 * 64 + u64::from(self.words()[at].trailing_zeros()))
    }

    /// Bit `index` of the two's complement.
    pub fn bit(&self, index: u64) -> bool {
        match usize::try_from(index) {
            Ok(index) => self.0.bit(index),
            Err(_) => self.is_negative(),
        }
    }

    pub fn gcd(&self, other: &BigInt) -> BigInt {
        match (self.is_zero(), other.is_zero()) {
            (true, _) => other.abs(),
            (_, true) => self.abs(),
            _ => BigInt(IBig::from((&self.0).gcd(&other.0))),
        }
    }

    /// The integer square root of a number that is not negative.
    pub fn isqrt(&self) -> Option<BigInt> {
        if self.is_negative() {
            return None;
        }
        Some(BigInt(IBig::from(self.magnitude().sqrt())))
    }

    /// `hash(self)`.
    pub fn hash(&self) -> i64 {
        let mut hash: u64 = 0;
        for word in self.words().iter().rev() {
            hash = (((u128::from(hash) << 64) | u128::from(*word)) % u128::from(HASH_MODULUS)) as u64;
        }
        let hash = if self.is_negative() {
            -(hash as i64)
        } else {
            hash as i64
        };
        if hash == -1 { -2 } else { hash }
    }

    /// The order of the two numbers, exactly; `None` for nan.
    pub fn cmp_f64(&self, other: f64) -> Option<Ordering> {
        if other.is_nan() {
            return None;
        }
        if other.is_infinite() {
            return Some(if other > 0.0 { Ordering::Less } else { Ordering::Greater });
        }
        let whole = other.trunc();
        let order = self.cmp(&BigInt::from_f64(whole)?);
        Some(order.then_with(|| 0.0f64.partial_cmp(&(other - whole)).unwrap_or(Ordering::Equal)))
    }
}

/// `hash` of an int that fits a machine word.
pub fn hash_i64(value: i64) -> i64 {
    let hash = (value.unsigned_abs() % HASH_MODULUS) as i64;
    let hash = if value < 0 { -hash } else { hash };
    if hash == -1 { -2 } else { hash }
}
