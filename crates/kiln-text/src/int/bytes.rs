//! `int.to_bytes` and `int.from_bytes`.

use super::{BigInt, ByteOrder};
use dashu_int::{IBig, UBig};

/// Why a number has no such representation in bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ToBytesError {
    NegativeToUnsigned,
    TooBig,
}

impl ToBytesError {
    /// The text of the `OverflowError`.
    pub fn message(self) -> &'static str {
        match self {
            ToBytesError::NegativeToUnsigned => "can't convert negative int to unsigned",
            ToBytesError::TooBig => "int too big to convert",
        }
    }
}

impl BigInt {
    pub fn from_bytes(bytes: &[u8], order: ByteOrder, signed: bool) -> BigInt {
        let magnitude = match order {
            ByteOrder::Little => UBig::from_le_bytes(bytes),
            ByteOrder::Big => UBig::from_be_bytes(bytes),
        };
        let top = match order {
            ByteOrder::Little => bytes.last(),
            ByteOrder::Big => bytes.first(),
        };
        let value = IBig::from(magnitude);
        if signed && top.is_some_and(|byte| byte & 0x80 != 0) {
            return BigInt(value - (IBig::ONE << (bytes.len() * 8)));
        }
        BigInt(value)
    }

    pub fn to_bytes(&self, length: usize, order: ByteOrder, signed: bool) -> Result<Vec<u8>, ToBytesError> {
        if self.is_negative() && !signed {
            return Err(ToBytesError::NegativeToUnsigned);
        }
        // The bits of a signed number include one for the sign; -128 takes eight.
        let bits = match (signed, self.is_negative()) {
            (false, _) => self.bit_length(),
            (true, false) if self.is_zero() => 0,
            (true, false) => self.bit_length() + 1,
            (true, true) => self.invert().bit_length() + 1,
        };
        if bits > length as u64 * 8 {
            return Err(ToBytesError::TooBig);
        }
        let fill = if self.is_negative() { 0xff } else { 0 };
        let mut bytes = Vec::with_capacity(length);
        let mut carry = self.is_negative();
        'all: for word in self.words() {
            let word = if self.is_negative() {
                let (value, over) = (!word).overflowing_add(u64::from(carry));
                carry = over;
                value
            } else {
                *word
            };
            for byte in word.to_le_bytes() {
                if bytes.len() == length {
                    break 'all;
                }
                bytes.push(byte);
            }
        }
        bytes.resize(length, fill);
        if order == ByteOrder::Big {
            bytes.reverse();
        }
        Ok(bytes)
    }
}
