//! `hex()` and `fromhex()`.

use super::buffer::Buffer;
use kiln_object::bytes::Bytes;
use kiln_object::str::Str;
use kiln_object::{Object, Raised, Value, ops, raise};

/// `data.hex(sep, bytes_per_sep)`.
pub fn to_hex(data: &[u8], separator: Option<Value>, group: isize) -> Result<Object, Raised> {
    let separator = match separator {
        None => None,
        Some(sep) => {
            if ops::len(sep)? != 1 {
                return Err(raise!(ValueError, "sep must be length 1."));
            }
            let code = if let Some(text) = sep.cast::<Str>() {
                text.at(0)
            } else if let Some(bytes) = sep.cast::<Bytes>() {
                u32::from(bytes.data()[0])
            } else {
                return Err(raise!(TypeError, "sep must be str or bytes."));
            };
            if code > 0x7f {
                return Err(raise!(ValueError, "sep must be ASCII."));
            }
            Some(code as u8)
        }
    };
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let size = group.unsigned_abs();
    let mut out = Vec::with_capacity(data.len() * 3);
    for (at, byte) in data.iter().enumerate() {
        if let Some(separator) = separator
            && size > 0
            && at > 0
        {
            // Groups are counted from the right, or from the left for a negative size.
            let count = if group < 0 { at } else { data.len() - at };
            if count % size == 0 {
                out.push(separator);
            }
        }
        out.extend([DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
    }
    Ok(Str::from_ascii(&out))
}

/// The bytes that hexadecimal text spells; white space may stand between bytes.
pub fn from_hex(source: Value) -> Result<Vec<u8>, Raised> {
    let codes: Vec<u32> = if let Some(text) = source.cast::<Str>() {
        text.text().iter().collect()
    } else if let Some(buffer) = Buffer::get(source)? {
        buffer.data().iter().map(|byte| u32::from(*byte)).collect()
    } else {
        return Err(raise!(
            TypeError,
            "fromhex() argument must be str or bytes-like, not {}",
            source.class().name()
        ));
    };
    let digit = |at: usize| {
        codes
            .get(at)
            .and_then(|code| char::from_u32(*code))
            .and_then(|c| c.to_digit(16))
    };
    let wrong = |at: usize| {
        raise!(
            ValueError,
            "non-hexadecimal number found in fromhex() arg at position {at}"
        )
    };
    let mut out = Vec::with_capacity(codes.len() / 2);
    let mut at = 0;
    while at < codes.len() {
        if matches!(codes[at], 0x20 | 0x09..=0x0d) {
            at += 1;
            continue;
        }
        let Some(high) = digit(at) else { return Err(wrong(at)) };
        if at + 1 == codes.len() {
            return Err(raise!(
                ValueError,
                "fromhex() arg must contain an even number of hexadecimal digits"
            ));
        }
        let Some(low) = digit(at + 1) else {
            return Err(wrong(at + 1));
        };
        out.push((high * 16 + low) as u8);
        at += 2;
    }
    Ok(out)
}
