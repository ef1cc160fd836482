//! UTF-32.

use super::{DecodeError, EncodeError, Endian, OnDecodeError, OnEncodeError, Replacement, is_surrogate};
use crate::text::{Text, TextBuf};

/// Decodes; the byte order that was found or given comes back for incremental decoders.
pub fn decode_utf32<H: OnDecodeError>(
    input: &[u8],
    order: Endian,
    last: bool,
    handler: &mut H,
) -> Result<(TextBuf, usize, Endian), H::Error> {
    let (mut at, mut order) = (0, order);
    if order == Endian::Marked && input.len() >= 4 {
        (at, order) = match input[..4] {
            [0xff, 0xfe, 0, 0] => (4, Endian::Little),
            [0, 0, 0xfe, 0xff] => (4, Endian::Big),
            _ => (0, Endian::Marked),
        };
    }
    let encoding = match order {
        Endian::Big => "utf-32-be",
        Endian::Little | Endian::Marked => "utf-32-le",
    };
    let mut out = TextBuf::with_capacity(input.len() / 4);
    while at < input.len() {
        let (end, reason) = match input[at..] {
            [a, b, c, d, ..] => {
                let bytes = [a, b, c, d];
                let code = if order == Endian::Big {
                    u32::from_be_bytes(bytes)
                } else {
                    u32::from_le_bytes(bytes)
                };
                if is_surrogate(code) {
                    (at + 4, "code point in surrogate code point range(0xd800, 0xe000)")
                } else if code > 0x10_ffff {
                    (at + 4, "code point not in range(0x110000)")
                } else {
                    out.push(code);
                    at += 4;
                    continue;
                }
            }
            _ if !last => break,
            _ => (input.len(), "truncated data"),
        };
        let error = DecodeError {
            encoding,
            start: at,
            end,
            reason,
        };
        at = handler.decode_error(input, error, &mut out)?;
    }
    Ok((out, at.min(input.len()), order))
}

pub(crate) fn push_utf32(out: &mut Vec<u8>, code: u32, order: Endian) {
    out.extend(if order == Endian::Big {
        code.to_be_bytes()
    } else {
        code.to_le_bytes()
    });
}

pub fn encode_utf32<H: OnEncodeError>(text: Text<'_>, order: Endian, handler: &mut H) -> Result<Vec<u8>, H::Error> {
    let encoding = match order {
        Endian::Big => "utf-32-be",
        Endian::Little => "utf-32-le",
        Endian::Marked => "utf-32",
    };
    let mut out = Vec::with_capacity(text.len() * 4 + 4);
    if order == Endian::Marked {
        out.extend([0xff, 0xfe, 0, 0]);
    }
    let mut at = 0;
    while at < text.len() {
        let code = text.at(at);
        if !is_surrogate(code) {
            push_utf32(&mut out, code, order);
            at += 1;
            continue;
        }
        let error = EncodeError {
            encoding,
            start: at,
            end: at + 1,
            reason: "surrogates not allowed",
        };
        let (replacement, next) = handler.encode_error(text, error)?;
        match replacement {
            Replacement::Bytes(bytes) if bytes.len() % 4 == 0 => out.extend(bytes),
            Replacement::Text(replaced) if replaced.as_text().is_ascii() => {
                replaced
                    .as_text()
                    .iter()
                    .for_each(|code| push_utf32(&mut out, code, order));
            }
            _ => return Err(handler.unencodable(text, error)),
        }
        at = next;
    }
    Ok(out)
}
