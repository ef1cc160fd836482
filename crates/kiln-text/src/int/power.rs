//! Powers, with and without a modulus.

use super::{BigInt, MAX_BITS};
use dashu_int::fast_div::ConstDivisor;
use dashu_int::{IBig, UBig};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PowError {
    /// The result would be absurdly large.
    TooLarge,
    /// `pow() 3rd argument cannot be 0`
    ModulusZero,
    /// `base is not invertible for the given modulus`
    NotInvertible,
}

impl BigInt {
    /// `self ** exponent` for an exponent that is not negative.
    pub fn pow(&self, exponent: &BigInt) -> Result<BigInt, PowError> {
        debug_assert!(!exponent.is_negative(), "negative powers of ints are floats");
        if exponent.is_zero() {
            return Ok(BigInt::ONE);
        }
        if self.bit_length() <= 1 {
            // 0, 1 and -1.
            return Ok(if self.is_negative() && !exponent.is_odd() {
                BigInt::ONE
            } else {
                self.clone()
            });
        }
        let exponent = exponent.to_u64().ok_or(PowError::TooLarge)?;
        if (self.bit_length() - 1).saturating_mul(exponent) > MAX_BITS {
            return Err(PowError::TooLarge);
        }
        Ok(BigInt(self.0.pow(exponent as usize)))
    }

    /// `pow(self, exponent, modulus)`; the result has the sign of the modulus.
    pub fn pow_mod(&self, exponent: &BigInt, modulus: &BigInt) -> Result<BigInt, PowError> {
        if modulus.is_zero() {
            return Err(PowError::ModulusZero);
        }
        let magnitude: UBig = modulus.magnitude();
        let mut base = self.clone();
        let mut power = exponent.clone();
        if exponent.is_negative() {
            base = self.inverse(&modulus.abs()).ok_or(PowError::NotInvertible)?;
            power = exponent.neg();
        }
        if magnitude.is_one() {
            return Ok(BigInt::ZERO);
        }
        let ring = ConstDivisor::new(magnitude);
        let result = ring.reduce(base.0).pow(&power.magnitude()).residue();
        let result = BigInt(IBig::from(result));
        Ok(if modulus.is_negative() && !result.is_zero() {
            result.add(modulus)
        } else {
            result
        })
    }

    /// The inverse of `self` modulo a positive `modulus`.
    fn inverse(&self, modulus: &BigInt) -> Option<BigInt> {
        if *modulus == BigInt::ONE {
            return Some(BigInt::ZERO);
        }
        let (mut old, mut current) = (self.modulo(modulus)?, modulus.clone());
        let (mut old_factor, mut factor) = (BigInt::ONE, BigInt::ZERO);
        while !current.is_zero() {
            let (quotient, remainder) = old.divmod(&current)?;
            let next = old_factor.sub(&quotient.mul(&factor));
            (old, current) = (current, remainder);
            (old_factor, factor) = (factor, next);
        }
        if old != BigInt::ONE {
            return None;
        }
        old_factor.modulo(modulus)
    }
}
