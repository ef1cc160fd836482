//! UTF-16.

use super::{DecodeError, Decoded, EncodeError, Endian, OnDecodeError, OnEncodeError, Replacement, is_surrogate};
use crate::text::{Text, TextBuf};

/// Decodes; the byte order that was found or given comes back for incremental decoders.
pub fn decode_utf16<H: OnDecodeError>(
    input: &[u8],
    order: Endian,
    last: bool,
    handler: &mut H,
) -> Result<(TextBuf, usize, Endian), H::Error> {
    let (mut at, mut order) = (0, order);
    if order == Endian::Marked && input.len() >= 2 {
        (at, order) = match input[..2] {
            [0xff, 0xfe] => (2, Endian::Little),
            [0xfe, 0xff] => (2, Endian::Big),
            _ => (0, Endian::Marked),
        };
    }
    let (text, read) = decode(input, at, order, last, handler)?;
    Ok((text, read, order))
}

fn decode<H: OnDecodeError>(
    input: &[u8],
    mut at: usize,
    order: Endian,
    last: bool,
    handler: &mut H,
) -> Decoded<H::Error> {
    let encoding = match order {
        Endian::Big => "utf-16-be",
        Endian::Little | Endian::Marked => "utf-16-le",
    };
    let unit = |at: usize| -> Option<u32> {
        let pair = [*input.get(at)?, *input.get(at + 1)?];
        Some(u32::from(if order == Endian::Big {
            u16::from_be_bytes(pair)
        } else {
            u16::from_le_bytes(pair)
        }))
    };
    let mut out = TextBuf::with_capacity(input.len() / 2);
    while at < input.len() {
        let (end, reason) = match unit(at) {
            None if !last => break,
            None => (input.len(), "truncated data"),
            Some(code) if !is_surrogate(code) => {
                out.push(code);
                at += 2;
                continue;
            }
            Some(code) if code >= 0xdc00 => (at + 2, "illegal encoding"),
            Some(high) => match unit(at + 2) {
                None if !last => break,
                None => (input.len(), "unexpected end of data"),
                Some(low) if (0xdc00..0xe000).contains(&low) => {
                    out.push(0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00));
                    at += 4;
                    continue;
                }
                Some(_) => (at + 2, "illegal UTF-16 surrogate"),
            },
        };
        let error = DecodeError {
            encoding,
            start: at,
            end,
            reason,
        };
        at = handler.decode_error(input, error, &mut out)?;
    }
    Ok((out, at.min(input.len())))
}

pub(crate) fn push_utf16(out: &mut Vec<u8>, code: u32, order: Endian) {
    let mut unit = |unit: u32| {
        let unit = unit as u16;
        out.extend(if order == Endian::Big {
            unit.to_be_bytes()
        } else {
            unit.to_le_bytes()
        });
    };
    if code > 0xffff {
        unit(0xd800 + ((code - 0x1_0000) >> 10));
        unit(0xdc00 + ((code - 0x1_0000) & 0x3ff));
    } else {
        unit(code);
    }
}

pub fn encode_utf16<H: OnEncodeError>(text: Text<'_>, order: Endian, handler: &mut H) -> Result<Vec<u8>, H::Error> {
    let encoding = match order {
        Endian::Big => "utf-16-be",
        Endian::Little => "utf-16-le",
        Endian::Marked => "utf-16",
    };
    let mut out = Vec::with_capacity(text.len() * 2 + 2);
    if order == Endian::Marked {
        out.extend([0xff, 0xfe]);
    }
    let mut at = 0;
    while at < text.len() {
        let code = text.at(at);
        if !is_surrogate(code) {
            push_utf16(&mut out, code, order);
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
            Replacement::Bytes(bytes) if bytes.len() % 2 == 0 => out.extend(bytes),
            Replacement::Text(replaced) if replaced.as_text().is_ascii() => {
                replaced
                    .as_text()
                    .iter()
                    .for_each(|code| push_utf16(&mut out, code, order));
            }
            _ => return Err(handler.unencodable(text, error)),
        }
        at = next;
    }
    Ok(out)
}
