//! UTF-7 (RFC 2152): ASCII in which other characters stand as UTF-16 in modified base 64, between `+` and `-`.

use super::{DecodeError, Decoded, OnDecodeError, is_surrogate};
use crate::text::{Text, TextBuf};

const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn value(byte: u8) -> Option<u32> {
    DIGITS.iter().position(|d| *d == byte).map(|at| at as u32)
}

/// Characters that may stand for themselves.
fn is_direct(code: u32) -> bool {
    match u8::try_from(code) {
        Ok(b'\t' | b'\n' | b'\r') => true,
        Ok(b'+' | b'\\' | b'~') => false,
        Ok(byte) => (b' '..0x7f).contains(&byte),
        Err(_) => false,
    }
}

pub fn encode_utf7(text: Text<'_>) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() + text.len() / 2);
    let (mut shifted, mut held, mut bits) = (false, 0u32, 0);
    let digit = |n: u32| DIGITS[(n & 63) as usize];
    for code in text.iter() {
        if is_direct(code) || (code == u32::from(b'+') && !shifted) {
            if shifted {
                if bits > 0 {
                    out.push(digit(held << (6 - bits)));
                }
                (shifted, held, bits) = (false, 0, 0);
                if value(code as u8).is_some() || code == u32::from(b'-') {
                    out.push(b'-');
                }
            }
            out.push(code as u8);
            if code == u32::from(b'+') {
                out.push(b'-');
            }
            continue;
        }
        if !shifted {
            out.push(b'+');
            shifted = true;
        }
        let (high, low) = match code.checked_sub(0x1_0000) {
            Some(rest) => (Some(0xd800 | rest >> 10), 0xdc00 | (rest & 0x3ff)),
            None => (None, code),
        };
        for unit in high.into_iter().chain([low]) {
            held = held << 16 | unit;
            bits += 16;
            while bits >= 6 {
                bits -= 6;
                out.push(digit(held >> bits));
            }
            held &= (1 << bits) - 1;
        }
    }
    if bits > 0 {
        out.push(digit(held << (6 - bits)));
    }
    if shifted {
        out.push(b'-');
    }
    out
}

/// Decodes; when the input is not `last`, a shifted part that is not closed stays unread.
pub fn decode_utf7<H: OnDecodeError>(input: &[u8], last: bool, handler: &mut H) -> Decoded<H::Error> {
    let mut out = TextBuf::with_capacity(input.len());
    let mut at = 0;
    // The shifted part: where it began in the input and the output, the bits read, and half of a surrogate pair.
    let (mut shifted, mut began, mut kept) = (false, 0, 0);
    let (mut held, mut bits, mut half) = (0u32, 0, None::<u32>);
    while at < input.len() {
        let byte = input[at];
        let fault = if shifted {
            if let Some(digit) = value(byte) {
                at += 1;
                held = held << 6 | digit;
                bits += 6;
                if bits >= 16 {
                    bits -= 16;
                    let unit = held >> bits & 0xffff;
                    held &= (1 << bits) - 1;
                    match (half.take(), unit) {
                        (Some(high), 0xdc00..=0xdfff) => {
                            out.push(0x1_0000 + ((high & 0x3ff) << 10 | (unit & 0x3ff)));
                            continue;
                        }
                        (Some(high), _) => out.push(high),
                        _ => {}
                    }
                    if (0xd800..0xdc00).contains(&unit) {
                        half = Some(unit);
                    } else {
                        out.push(unit);
                    }
                }
                continue;
            }
            shifted = false;
            if bits >= 6 {
                at += 1;
                half = None;
                Some("partial character in base64 sequence")
            } else if bits > 0 && held != 0 {
                at += 1;
                half = None;
                Some("non-zero padding bits in base64 sequence")
            } else {
                if let Some(high) = half.take()
                    && byte <= 127
                    && byte != b'+'
                {
                    out.push(high);
                }
                at += usize::from(byte == b'-');
                None
            }
        } else if byte == b'+' {
            began = at;
            at += 1;
            match input.get(at) {
                Some(b'-') => {
                    at += 1;
                    out.push(u32::from(b'+'));
                    None
                }
                Some(next) if value(*next).is_none() => {
                    at += 1;
                    Some("ill-formed sequence")
                }
                _ => {
                    (shifted, kept, held, bits, half) = (true, out.as_text().len(), 0, 0, None);
                    None
                }
            }
        } else if byte <= 127 {
            at += 1;
            out.push(u32::from(byte));
            None
        } else {
            began = at;
            at += 1;
            Some("unexpected special character")
        };
        if let Some(reason) = fault {
            let error = DecodeError {
                encoding: "utf7",
                start: began,
                end: at,
                reason,
            };
            at = handler.decode_error(input, error, &mut out)?;
        }
    }
    if shifted && last && (half.is_some() || bits >= 6 || held != 0) {
        let error = DecodeError {
            encoding: "utf7",
            start: began,
            end: input.len(),
            reason: "unterminated shift sequence",
        };
        handler.decode_error(input, error, &mut out)?;
    }
    if shifted && !last {
        let mut whole = TextBuf::with_capacity(kept);
        whole.push_text(out.as_text().slice(0, kept));
        return Ok((whole, began));
    }
    debug_assert!(half.is_none_or(is_surrogate));
    Ok((out, input.len()))
}
