//! Encodings that the runtime knows by itself, with CPython's error positions and reasons.
//!
//! Decoding and encoding report what they cannot do to a handler, which answers with a replacement and where to go on.
//! [`Builtin`] are Python's own handlers; the caller's own implement [`OnDecodeError`] and [`OnEncodeError`] to call
//! registered ones.

mod escapes;
mod handlers;
mod utf16;
mod utf32;
mod utf7;
mod utf8;

pub use escapes::{
    EscapeWarning, decode_bytes_escape, decode_raw_unicode_escape, decode_unicode_escape, encode_bytes_escape,
    encode_raw_unicode_escape, encode_unicode_escape,
};
pub use handlers::{Builtin, Unhandled};
pub use utf7::{decode_utf7, encode_utf7};
pub use utf8::{decode_utf8, encode_utf8};
pub use utf16::{decode_utf16, encode_utf16};
pub use utf32::{decode_utf32, encode_utf32};

use crate::text::{Text, TextBuf};

/// What a `UnicodeDecodeError` says, the object aside.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DecodeError {
    pub encoding: &'static str,
    pub start: usize,
    pub end: usize,
    pub reason: &'static str,
}

/// What a `UnicodeEncodeError` says, the object aside.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct EncodeError {
    pub encoding: &'static str,
    pub start: usize,
    pub end: usize,
    pub reason: &'static str,
}

/// Answers to bytes that are no text.
pub trait OnDecodeError {
    type Error;
    /// Appends a replacement to `out` and says where decoding goes on.
    fn decode_error(&mut self, input: &[u8], error: DecodeError, out: &mut TextBuf) -> Result<usize, Self::Error>;
}

/// What stands for characters that cannot be encoded.
#[derive(Clone, Debug)]
pub enum Replacement {
    /// Encoded in its turn.
    Text(TextBuf),
    /// Taken as it is.
    Bytes(Vec<u8>),
}

/// Answers to characters that cannot be encoded.
pub trait OnEncodeError {
    type Error;
    /// The replacement, and where encoding goes on.
    fn encode_error(&mut self, text: Text<'_>, error: EncodeError) -> Result<(Replacement, usize), Self::Error>;
    /// The replacement itself cannot be encoded: the original error is raised.
    fn unencodable(&mut self, text: Text<'_>, error: EncodeError) -> Self::Error;
}

/// The order of bytes in units of several bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Endian {
    /// Little, with a byte order mark when encoding; the mark decides when decoding.
    Marked,
    Little,
    Big,
}

pub(crate) fn is_surrogate(code: u32) -> bool {
    (0xd800..0xe000).contains(&code)
}

/// What a decoder has done: the text, and how many bytes it read (all of them when the input was final).
pub type Decoded<E> = Result<(TextBuf, usize), E>;

pub fn decode_ascii<H: OnDecodeError>(input: &[u8], handler: &mut H) -> Result<TextBuf, H::Error> {
    if input.is_ascii() {
        return Ok(TextBuf::Latin1(input.to_vec()));
    }
    let mut out = TextBuf::with_capacity(input.len());
    let mut at = 0;
    while at < input.len() {
        let run = input[at..].iter().take_while(|byte| byte.is_ascii()).count();
        out.push_ascii(&input[at..at + run]);
        at += run;
        if at < input.len() {
            let error = DecodeError {
                encoding: "ascii",
                start: at,
                end: at + 1,
                reason: "ordinal not in range(128)",
            };
            at = handler.decode_error(input, error, &mut out)?;
        }
    }
    Ok(out)
}

pub fn decode_latin1(input: &[u8]) -> TextBuf {
    TextBuf::Latin1(input.to_vec())
}

pub fn encode_ascii<H: OnEncodeError>(text: Text<'_>, handler: &mut H) -> Result<Vec<u8>, H::Error> {
    encode_narrow(text, 0x7f, "ascii", "ordinal not in range(128)", handler)
}

pub fn encode_latin1<H: OnEncodeError>(text: Text<'_>, handler: &mut H) -> Result<Vec<u8>, H::Error> {
    if let Text::Latin1(units) = text {
        return Ok(units.to_vec());
    }
    encode_narrow(text, 0xff, "latin-1", "ordinal not in range(256)", handler)
}

fn encode_narrow<H: OnEncodeError>(
    text: Text<'_>,
    max: u32,
    encoding: &'static str,
    reason: &'static str,
    handler: &mut H,
) -> Result<Vec<u8>, H::Error> {
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    while at < text.len() {
        let code = text.at(at);
        if code <= max {
            out.push(code as u8);
            at += 1;
            continue;
        }
        let end = at + text.slice(at, text.len()).iter().take_while(|code| *code > max).count();
        let error = EncodeError {
            encoding,
            start: at,
            end,
            reason,
        };
        let (replacement, next) = handler.encode_error(text, error)?;
        match replacement {
            Replacement::Bytes(bytes) => out.extend(bytes),
            Replacement::Text(replaced) => {
                for code in replaced.as_text().iter() {
                    if code > max {
                        return Err(handler.unencodable(text, error));
                    }
                    out.push(code as u8);
                }
            }
        }
        at = next;
    }
    Ok(out)
}
