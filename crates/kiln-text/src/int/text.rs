//! Ints from text and to text.

use super::BigInt;
use dashu_int::{IBig, UBig};

/// What `sys.int_info.default_max_str_digits` says.
pub const DIGIT_LIMIT_DEFAULT: usize = 4300;
/// No limit applies to fewer digits.
pub const DIGIT_LIMIT_THRESHOLD: usize = 640;

/// A number has more digits than `sys.set_int_max_str_digits` allows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TooManyDigits {
    pub limit: usize,
    /// How many it has; unknown when an int is converted to text.
    pub digits: Option<usize>,
}

impl TooManyDigits {
    /// The text of the `ValueError`.
    pub fn message(self) -> String {
        let limit = self.limit;
        let has = self
            .digits
            .map(|digits| format!(": value has {digits} digits"))
            .unwrap_or_default();
        format!(
            "Exceeds the limit ({limit} digits) for integer string conversion{has}; \
             use sys.set_int_max_str_digits() to increase the limit"
        )
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum IntParseError {
    /// `invalid literal for int() with base 10: 'x'`; `base` is what the literal's prefix made of it.
    Invalid {
        base: u32,
    },
    /// `int() base must be >= 2 and <= 36, or 0`
    BadBase,
    TooManyDigits(TooManyDigits),
}

fn digit_value(byte: u8) -> u32 {
    match byte {
        b'0'..=b'9' => u32::from(byte - b'0'),
        b'a'..=b'z' => u32::from(byte - b'a') + 10,
        b'A'..=b'Z' => u32::from(byte - b'A') + 10,
        _ => 37,
    }
}

pub fn is_c_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}

impl BigInt {
    /// `int(text, base)`. Text outside ASCII goes through `Text::to_ascii_number` first. `limit` 0 means none.
    pub fn parse(text: &[u8], base: u32, limit: usize) -> Result<BigInt, IntParseError> {
        if base == 1 || base > 36 {
            return Err(IntParseError::BadBase);
        }
        let mut rest = text;
        while let [first, others @ ..] = rest
            && is_c_space(*first)
        {
            rest = others;
        }
        while let [others @ .., last] = rest
            && is_c_space(*last)
        {
            rest = others;
        }
        let mut negative = false;
        if let [sign @ (b'+' | b'-'), others @ ..] = rest {
            negative = *sign == b'-';
            rest = others;
        }
        let mut radix = base;
        let mut plain_zero = false;
        let prefix = match rest {
            [b'0', letter, ..] => match letter.to_ascii_lowercase() {
                b'x' => 16,
                b'o' => 8,
                b'b' => 2,
                _ => 0,
            },
            _ => 0,
        };
        if base == 0 {
            radix = match (rest.first(), prefix) {
                (Some(b'0'), 0) => {
                    // "0", "00" and "0_0" are zero; "01" is an old octal literal and an error.
                    plain_zero = true;
                    10
                }
                (Some(b'0'), prefix) => prefix,
                _ => 10,
            };
        }
        let invalid = IntParseError::Invalid { base };
        if prefix != 0 && prefix == radix && (base == 0 || base == prefix) {
            rest = &rest[2..];
            if let [b'_', others @ ..] = rest {
                rest = others;
            }
        }
        let mut digits = String::with_capacity(rest.len());
        let mut after_underscore = true;
        for &byte in rest {
            if byte == b'_' {
                if after_underscore {
                    return Err(invalid);
                }
                after_underscore = true;
                continue;
            }
            if digit_value(byte) >= radix {
                return Err(invalid);
            }
            digits.push(char::from(byte));
            after_underscore = false;
        }
        if after_underscore {
            return Err(invalid);
        }
        if plain_zero && digits.bytes().any(|digit| digit != b'0') {
            return Err(invalid);
        }
        if !radix.is_power_of_two() && limit > 0 && digits.len() > limit && digits.len() > DIGIT_LIMIT_THRESHOLD {
            return Err(IntParseError::TooManyDigits(TooManyDigits {
                limit,
                digits: Some(digits.len()),
            }));
        }
        let magnitude = match digits.len() {
            // Enough for any radix to fit a word.
            0..=12 => UBig::from(u64::from_str_radix(&digits, radix).map_err(|_| invalid)?),
            _ => UBig::from_str_radix(&digits, radix).map_err(|_| invalid)?,
        };
        let value = BigInt(IBig::from(magnitude));
        Ok(if negative { value.neg() } else { value })
    }

    /// `str(self)`, held to the digit limit (0 means none).
    pub fn to_decimal(&self, limit: usize) -> Result<String, TooManyDigits> {
        let too_many = Err(TooManyDigits { limit, digits: None });
        // 10 bits hold three digits and some: an early exit that spares the conversion.
        if limit > 0
            && self.bit_length() > 640 * 3
            && self.bit_length() / 10 * 3 > limit.max(DIGIT_LIMIT_THRESHOLD) as u64 + 3
        {
            return too_many;
        }
        let text = self.0.to_string();
        let digits = text.len() - usize::from(self.is_negative());
        if limit > 0 && digits > limit && digits > DIGIT_LIMIT_THRESHOLD {
            return too_many;
        }
        Ok(text)
    }

    /// The digits in base 2 to 36, a minus sign in front, no prefix, lower case.
    pub fn to_radix(&self, radix: u8) -> String {
        self.0.in_radix(radix).to_string()
    }
}
