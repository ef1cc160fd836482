//! UTF-8.

use super::{DecodeError, Decoded, EncodeError, OnDecodeError, OnEncodeError, Replacement, is_surrogate};
use crate::text::{Text, TextBuf};

/// Decodes; when the input is not `last`, an unfinished sequence at its end stays unread.
pub fn decode_utf8<H: OnDecodeError>(input: &[u8], last: bool, handler: &mut H) -> Decoded<H::Error> {
    if input.is_ascii() {
        return Ok((TextBuf::Latin1(input.to_vec()), input.len()));
    }
    let mut out = TextBuf::with_capacity(input.len());
    let mut at = 0;
    while at < input.len() {
        let error = match std::str::from_utf8(&input[at..]) {
            Ok(rest) => {
                out.push_str(rest);
                return Ok((out, input.len()));
            }
            Err(error) => error,
        };
        let valid = &input[at..at + error.valid_up_to()];
        out.push_str(std::str::from_utf8(valid).unwrap_or_default());
        at += valid.len();
        let (end, reason) = match error.error_len() {
            None if !last => return Ok((out, at)),
            None => (input.len(), "unexpected end of data"),
            Some(len) if matches!(input[at], 0x80..=0xc1 | 0xf5..) => (at + len, "invalid start byte"),
            Some(len) => (at + len, "invalid continuation byte"),
        };
        let error = DecodeError {
            encoding: "utf-8",
            start: at,
            end,
            reason,
        };
        at = handler.decode_error(input, error, &mut out)?;
    }
    Ok((out, at.min(input.len())))
}

pub(crate) fn push_utf8(out: &mut Vec<u8>, code: u32) {
    match code {
        0..=0x7f => out.push(code as u8),
        0x80..=0x7ff => out.extend([0xc0 | (code >> 6) as u8, 0x80 | (code & 0x3f) as u8]),
        0x800..=0xffff => {
            out.extend([
                0xe0 | (code >> 12) as u8,
                0x80 | (code >> 6 & 0x3f) as u8,
                0x80 | (code & 0x3f) as u8,
            ]);
        }
        _ => out.extend([
            0xf0 | (code >> 18) as u8,
            0x80 | (code >> 12 & 0x3f) as u8,
            0x80 | (code >> 6 & 0x3f) as u8,
            0x80 | (code & 0x3f) as u8,
        ]),
    }
}

pub fn encode_utf8<H: OnEncodeError>(text: Text<'_>, handler: &mut H) -> Result<Vec<u8>, H::Error> {
    if let Text::Latin1(units) = text
        && units.is_ascii()
    {
        return Ok(units.to_vec());
    }
    let mut out = Vec::with_capacity(text.len() * 2);
    let mut at = 0;
    while at < text.len() {
        let code = text.at(at);
        if !is_surrogate(code) {
            push_utf8(&mut out, code);
            at += 1;
            continue;
        }
        let end = at
            + text
                .slice(at, text.len())
                .iter()
                .take_while(|code| is_surrogate(*code))
                .count();
        let error = EncodeError {
            encoding: "utf-8",
            start: at,
            end,
            reason: "surrogates not allowed",
        };
        let (replacement, next) = handler.encode_error(text, error)?;
        match replacement {
            Replacement::Bytes(bytes) => out.extend(bytes),
            Replacement::Text(replaced) => {
                if !replaced.as_text().is_ascii() {
                    return Err(handler.unencodable(text, error));
                }
                replaced.as_text().iter().for_each(|code| out.push(code as u8));
            }
        }
        at = next;
    }
    Ok(out)
}
