//! The escape codecs: `unicode_escape`, `raw_unicode_escape`, and the escapes of bytes literals.

use super::{DecodeError, Decoded, OnDecodeError};
use crate::escape::push_escaped;
use crate::text::{Text, TextBuf};
use crate::unicode::names;

/// An escape that only stands for itself; the caller warns.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum EscapeWarning {
    /// `"\q" is an invalid escape sequence.`
    Unknown(u8),
    /// `"\777" is an invalid octal escape sequence.`
    Octal(u32),
}

fn octal(input: &[u8]) -> (u32, usize) {
    let digits = input
        .iter()
        .take(3)
        .take_while(|byte| matches!(byte, b'0'..=b'7'))
        .count();
    (
        input[..digits]
            .iter()
            .fold(0, |code, digit| code * 8 + u32::from(digit - b'0')),
        digits,
    )
}

/// The value of up to `count` hexadecimal digits, and how many there are.
fn hex(input: &[u8], count: usize) -> (u32, usize) {
    let value = |byte: &u8| char::from(*byte).to_digit(16);
    let digits = input.iter().take(count).map_while(value);
    digits.fold((0, 0), |(code, taken), digit| (code << 4 | digit, taken + 1))
}

/// Decodes `unicode_escape`; also says what the first doubtful escape was.
pub fn decode_unicode_escape<H: OnDecodeError>(
    input: &[u8],
    last: bool,
    handler: &mut H,
) -> Result<(TextBuf, usize, Option<EscapeWarning>), H::Error> {
    let mut out = TextBuf::with_capacity(input.len());
    let mut warning = None;
    let mut at = 0;
    while at < input.len() {
        if input[at] != b'\\' {
            out.push(u32::from(input[at]));
            at += 1;
            continue;
        }
        let start = at;
        let mut error = |end: usize, reason: &'static str, out: &mut TextBuf| {
            handler.decode_error(
                input,
                DecodeError {
                    encoding: "unicodeescape",
                    start,
                    end,
                    reason,
                },
                out,
            )
        };
        let Some(&letter) = input.get(at + 1) else {
            if !last {
                break;
            }
            at = error(input.len(), "\\ at end of string", &mut out)?;
            continue;
        };
        at += 2;
        let simple = match letter {
            b'\n' => continue,
            b'\\' | b'\'' | b'"' => Some(letter),
            b'b' => Some(8),
            b'f' => Some(12),
            b't' => Some(9),
            b'n' => Some(10),
            b'r' => Some(13),
            b'v' => Some(11),
            b'a' => Some(7),
            _ => None,
        };
        if let Some(code) = simple {
            out.push(u32::from(code));
            continue;
        }
        match letter {
            b'0'..=b'7' => {
                let (code, digits) = octal(&input[at - 1..]);
                at += digits - 1;
                if code > 0xff {
                    warning = warning.or(Some(EscapeWarning::Octal(code)));
                }
                out.push(code);
            }
            b'x' | b'u' | b'U' => {
                let (count, truncated) = match letter {
                    b'x' => (2, "truncated \\xXX escape"),
                    b'u' => (4, "truncated \\uXXXX escape"),
                    _ => (8, "truncated \\UXXXXXXXX escape"),
                };
                let (code, digits) = hex(&input[at..], count);
                if digits < count {
                    if at + digits == input.len() && !last {
                        return Ok((out, start, warning));
                    }
                    at = error(at + digits, truncated, &mut out)?;
                } else if code > 0x10_ffff {
                    at = error(at + digits, "illegal Unicode character", &mut out)?;
                } else {
                    out.push(code);
                    at += count;
                }
            }
            b'N' => {
                let malformed = "malformed \\N character escape";
                if input.get(at) != Some(&b'{') {
                    if at == input.len() && !last {
                        return Ok((out, start, warning));
                    }
                    at = error(at, malformed, &mut out)?;
                    continue;
                }
                let Some(length) = input[at + 1..].iter().position(|byte| *byte == b'}') else {
                    if !last {
                        return Ok((out, start, warning));
                    }
                    at = error(input.len(), malformed, &mut out)?;
                    continue;
                };
                let name = &input[at + 1..at + 1 + length];
                let end = at + length + 2;
                if name.is_empty() {
                    at = error(end - 1, malformed, &mut out)?;
                    continue;
                }
                match std::str::from_utf8(name).ok().and_then(names::lookup) {
                    Some(code) => {
                        out.push(code);
                        at = end;
                    }
                    None => at = error(end, "unknown Unicode character name", &mut out)?,
                }
            }
            _ => {
                warning = warning.or(Some(EscapeWarning::Unknown(letter)));
                out.push(u32::from(b'\\'));
                out.push(u32::from(letter));
            }
        }
    }
    Ok((out, at.min(input.len()), warning))
}

pub fn encode_unicode_escape(text: Text<'_>) -> Vec<u8> {
    let mut out = TextBuf::with_capacity(text.len());
    for code in text.iter() {
        match code {
            0x5c => out.push_ascii(b"\\\\"),
            0x09 => out.push_ascii(b"\\t"),
            0x0a => out.push_ascii(b"\\n"),
            0x0d => out.push_ascii(b"\\r"),
            0x20..=0x7e => out.push(code),
            _ => push_escaped(&mut out, code),
        }
    }
    latin1(out)
}

fn latin1(out: TextBuf) -> Vec<u8> {
    match out {
        TextBuf::Latin1(bytes) => bytes,
        wide => wide.as_text().iter().map(|code| code as u8).collect(),
    }
}

/// Decodes `raw_unicode_escape`: only `\u` and `\U` after an odd number of backslashes mean something.
pub fn decode_raw_unicode_escape<H: OnDecodeError>(input: &[u8], last: bool, handler: &mut H) -> Decoded<H::Error> {
    let mut out = TextBuf::with_capacity(input.len());
    let mut at = 0;
    while at < input.len() {
        if input[at] != b'\\' || (at + 1 == input.len() && last) {
            out.push(u32::from(input[at]));
            at += 1;
            continue;
        }
        let start = at;
        let Some(&letter) = input.get(at + 1) else { break };
        at += 2;
        let (count, reason) = match letter {
            b'u' => (4, "truncated \\uXXXX escape"),
            b'U' => (8, "truncated \\UXXXXXXXX escape"),
            _ => {
                out.push(u32::from(b'\\'));
                out.push(u32::from(letter));
                continue;
            }
        };
        let (code, digits) = hex(&input[at..], count);
        let reason = if digits < count {
            if at + digits == input.len() && !last {
                return Ok((out, start));
            }
            reason
        } else if code > 0x10_ffff {
            "\\Uxxxxxxxx out of range"
        } else {
            out.push(code);
            at += count;
            continue;
        };
        let error = DecodeError {
            encoding: "rawunicodeescape",
            start,
            end: at + digits,
            reason,
        };
        at = handler.decode_error(input, error, &mut out)?;
    }
    Ok((out, at.min(input.len())))
}

pub fn encode_raw_unicode_escape(text: Text<'_>) -> Vec<u8> {
    let mut out = TextBuf::with_capacity(text.len());
    for code in text.iter() {
        if code < 0x100 {
            out.push(code)
        } else {
            push_escaped(&mut out, code)
        }
    }
    latin1(out)
}

/// Decodes the escapes of a bytes literal; `Err` holds the position of a bad `\x` escape, or `None` for a backslash at
/// the end.
pub fn decode_bytes_escape(input: &[u8], errors: &str) -> Result<(Vec<u8>, Option<EscapeWarning>), Option<usize>> {
    let mut out = Vec::with_capacity(input.len());
    let mut warning = None;
    let mut at = 0;
    while at < input.len() {
        if input[at] != b'\\' {
            out.push(input[at]);
            at += 1;
            continue;
        }
        let Some(&letter) = input.get(at + 1) else {
            return Err(None);
        };
        at += 2;
        match letter {
            b'\n' => {}
            b'\\' | b'\'' | b'"' => out.push(letter),
            b'b' => out.push(8),
            b'f' => out.push(12),
            b't' => out.push(9),
            b'n' => out.push(10),
            b'r' => out.push(13),
            b'v' => out.push(11),
            b'a' => out.push(7),
            b'0'..=b'7' => {
                let (code, digits) = octal(&input[at - 1..]);
                at += digits - 1;
                if code > 0xff {
                    warning = warning.or(Some(EscapeWarning::Octal(code)));
                }
                out.push(code as u8);
            }
            b'x' => {
                let (code, digits) = hex(&input[at..], 2);
                if digits == 2 {
                    out.push(code as u8);
                    at += 2;
                    continue;
                }
                match errors {
                    "replace" => out.push(b'?'),
                    "ignore" => {}
                    _ => return Err(Some(at - 2)),
                }
                at += digits;
            }
            _ => {
                warning = warning.or(Some(EscapeWarning::Unknown(letter)));
                out.extend([b'\\', letter]);
            }
        }
    }
    Ok((out, warning))
}

/// What `codecs.escape_encode` makes of bytes.
pub fn encode_bytes_escape(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    for &byte in bytes {
        match byte {
            b'\'' | b'\\' => out.extend([b'\\', byte]),
            b'\t' => out.extend(b"\\t"),
            b'\n' => out.extend(b"\\n"),
            b'\r' => out.extend(b"\\r"),
            0x20..=0x7e => out.push(byte),
            _ => out.extend(format!("\\x{byte:02x}").bytes()),
        }
    }
    out
}
