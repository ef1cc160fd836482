//! `float.hex()` and `float.fromhex()`.

use super::decode;
use crate::int::round_to_f64;

pub fn to_hex(value: f64) -> String {
    let sign = if value.is_sign_negative() && !value.is_nan() {
        "-"
    } else {
        ""
    };
    if value.is_nan() {
        return "nan".to_owned();
    }
    if value.is_infinite() {
        return format!("{sign}inf");
    }
    if value == 0.0 {
        return format!("{sign}0x0.0p+0");
    }
    let (mantissa, exponent) = decode(value.abs());
    let lead = mantissa >> 52;
    let fraction = mantissa & ((1 << 52) - 1);
    let exponent = exponent + 52;
    let exponent_sign = if exponent < 0 { '-' } else { '+' };
    format!("{sign}0x{lead}.{fraction:013x}p{exponent_sign}{}", exponent.abs())
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FromHexError {
    /// `invalid hexadecimal floating-point string`
    Invalid,
    /// `hexadecimal value too large to represent as a float`
    TooLarge,
}

/// `text` is ASCII; anything else is invalid.
pub fn from_hex(text: &[u8]) -> Result<f64, FromHexError> {
    let text = text.trim_ascii();
    let text = match text {
        // C's white space includes the vertical tab, which `trim_ascii` does not know.
        _ if text.contains(&0x0b) => {
            let space = |b: &u8| crate::int::is_c_space(*b);
            let start = text.iter().position(|b| !space(b)).unwrap_or(text.len());
            let end = text.iter().rposition(|b| !space(b)).map_or(start, |at| at + 1);
            &text[start..end]
        }
        _ => text,
    };
    let (negative, text) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    let signed = |value: f64| if negative { -value } else { value };
    let lower = text.to_ascii_lowercase();
    match lower.as_slice() {
        b"inf" | b"infinity" => return Ok(signed(f64::INFINITY)),
        b"nan" => return Ok(signed(f64::NAN)),
        _ => {}
    }
    let mut rest = lower.strip_prefix(b"0x").unwrap_or(&lower);
    let (mut mantissa, mut exponent, mut sticky) = (0u128, 0i64, false);
    let (mut point, mut any) = (false, false);
    while let [byte, others @ ..] = rest {
        let digit = match byte {
            b'0'..=b'9' => byte - b'0',
            b'a'..=b'f' => byte - b'a' + 10,
            b'.' if !point => {
                point = true;
                rest = others;
                continue;
            }
            _ => break,
        };
        any = true;
        if mantissa >> 120 == 0 {
            mantissa = mantissa << 4 | u128::from(digit);
            exponent -= if point { 4 } else { 0 };
        } else {
            sticky |= digit != 0;
            exponent += if point { 0 } else { 4 };
        }
        rest = others;
    }
    if !any {
        return Err(FromHexError::Invalid);
    }
    if let [b'p', others @ ..] = rest {
        let (down, digits) = match others {
            [b'-', digits @ ..] => (true, digits),
            [b'+', digits @ ..] => (false, digits),
            _ => (false, others),
        };
        if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
            return Err(FromHexError::Invalid);
        }
        let power = digits
            .iter()
            .fold(0i64, |sum, digit| (sum * 10 + i64::from(digit - b'0')).min(1 << 50));
        exponent += if down { -power } else { power };
        rest = &[];
    }
    if !rest.is_empty() {
        return Err(FromHexError::Invalid);
    }
    let value = if exponent < -5000 && mantissa != 0 {
        0.0
    } else {
        round_to_f64(mantissa, exponent.min(1 << 40), sticky)
    };
    if value.is_infinite() {
        return Err(FromHexError::TooLarge);
    }
    Ok(signed(value))
}
