//! The items of a view: native formats of the `struct` module, one character each.

use kiln_object::int::AnyInt;
use kiln_object::{Object, Raised, Value, ops, raise};
use kiln_text::BigInt;
use kiln_text::int::ByteOrder;

/// A native single-character format.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Format(u8);

impl Format {
    pub fn parse(text: &str) -> Option<Format> {
        let text = text.strip_prefix('@').unwrap_or(text);
        match text.as_bytes() {
            [code] if b"cbB?hHiIlLqQnNfdeP".contains(code) => Some(Format(*code)),
            _ => None,
        }
    }

    pub fn size(self) -> usize {
        match self.0 {
            b'h' | b'H' | b'e' => 2,
            b'i' | b'I' | b'f' => 4,
            b'l' | b'L' | b'q' | b'Q' | b'n' | b'N' | b'd' | b'P' => 8,
            _ => 1,
        }
    }

    pub fn is_byte(self) -> bool {
        matches!(self.0, b'b' | b'B' | b'c')
    }

    pub fn is_int(self) -> bool {
        !matches!(self.0, b'f' | b'd' | b'e' | b'c' | b'?')
    }

    fn is_signed(self) -> bool {
        matches!(self.0, b'b' | b'h' | b'i' | b'l' | b'q' | b'n')
    }
}

/// A half-precision float from its bits.
pub fn half_to_f64(bits: u16) -> f64 {
    let sign = if bits & 0x8000 != 0 { -1.0 } else { 1.0 };
    let (exponent, fraction) = (i32::from(bits >> 10 & 0x1f), f64::from(bits & 0x3ff));
    sign * match exponent {
        0 => fraction * 2f64.powi(-24),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (1024.0 + fraction) * 2f64.powi(exponent - 25),
    }
}

/// The bits of the nearest half-precision float, ties to even; `None` when it is out of range.
pub fn half_from_f64(value: f64) -> Option<u16> {
    let sign = if value.is_sign_negative() { 0x8000 } else { 0 };
    let size = value.abs();
    if value.is_nan() {
        return Some(sign | 0x7e00);
    }
    if size.is_infinite() {
        return Some(sign | 0x7c00);
    }
    if size < 2f64.powi(-14) {
        return Some(sign | (size * 2f64.powi(24)).round_ties_even() as u16);
    }
    let mut exponent = (size.to_bits() >> 52) as i32 - 1023;
    let mut fraction = (size / 2f64.powi(exponent) * 1024.0).round_ties_even() as u32;
    if fraction == 2048 {
        (fraction, exponent) = (1024, exponent + 1);
    }
    if exponent > 15 {
        return None;
    }
    Some(sign | ((exponent + 15) as u16) << 10 | (fraction - 1024) as u16)
}

fn array<const N: usize>(data: &[u8]) -> [u8; N] {
    let mut out = [0; N];
    out.copy_from_slice(&data[..N]);
    out
}

pub fn unpack(format: Format, data: &[u8]) -> Object {
    match format.0 {
        b'c' => kiln_object::bytes::Bytes::new_object(data),
        b'?' => Object::bool(data[0] != 0),
        b'f' => Object::float(f64::from(f32::from_ne_bytes(array(data)))),
        b'd' => Object::float(f64::from_ne_bytes(array(data))),
        b'e' => Object::float(half_to_f64(u16::from_ne_bytes(array(data)))),
        _ => kiln_object::int::Int::from_big(BigInt::from_bytes(data, ByteOrder::Little, format.is_signed())),
    }
}

/// The bytes of an item; `name` is the format as error messages show it.
pub fn pack(format: Format, value: Value, name: &str) -> Result<Vec<u8>, Raised> {
    let wrong_type = || raise!(TypeError, "memoryview: invalid type for format '{name}'");
    let wrong_value = || raise!(ValueError, "memoryview: invalid value for format '{name}'");
    Ok(match format.0 {
        b'c' => match value.cast::<kiln_object::bytes::Bytes>() {
            Some(bytes) if bytes.len() == 1 => bytes.data().to_vec(),
            Some(_) => return Err(wrong_value()),
            None => return Err(wrong_type()),
        },
        b'?' => vec![u8::from(ops::is_true(value)?)],
        b'f' | b'd' | b'e' => {
            let number = match crate::float::number_of(value)? {
                Some(number) => number,
                None => return Err(wrong_type()),
            };
            match format.0 {
                b'f' => (number as f32).to_ne_bytes().to_vec(),
                b'd' => number.to_ne_bytes().to_vec(),
                _ => half_from_f64(number).ok_or_else(wrong_value)?.to_ne_bytes().to_vec(),
            }
        }
        _ => {
            let Some(int) = ops::index_quiet(value)? else {
                return Err(wrong_type());
            };
            let big = int.as_int().map_or(BigInt::ZERO, |int: AnyInt<'_>| int.to_big());
            big.to_bytes(format.size(), ByteOrder::Little, format.is_signed())
                .map_err(|_| wrong_value())?
        }
    })
}
