//! Python's own error handlers.

use super::utf8::push_utf8;
use super::utf16::push_utf16;
use super::utf32::push_utf32;
use super::{DecodeError, EncodeError, Endian, OnDecodeError, OnEncodeError, Replacement, is_surrogate};
use crate::escape::push_escaped;
use crate::text::{Text, TextBuf};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Builtin {
    Strict,
    Ignore,
    Replace,
    BackslashReplace,
    SurrogateEscape,
    SurrogatePass,
    XmlCharRefReplace,
    NameReplace,
}

/// The handler does not help: the error is raised.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unhandled {
    Decode(DecodeError),
    Encode(EncodeError),
}

impl Builtin {
    pub fn by_name(name: &str) -> Option<Builtin> {
        Some(match name {
            "strict" => Builtin::Strict,
            "ignore" => Builtin::Ignore,
            "replace" => Builtin::Replace,
            "backslashreplace" => Builtin::BackslashReplace,
            "surrogateescape" => Builtin::SurrogateEscape,
            "surrogatepass" => Builtin::SurrogatePass,
            "xmlcharrefreplace" => Builtin::XmlCharRefReplace,
            "namereplace" => Builtin::NameReplace,
            _ => return None,
        })
    }
}

/// The unit size and order behind an encoding's name, for `surrogatepass`.
fn layout(encoding: &str) -> Option<(usize, Endian)> {
    Some(match encoding {
        "utf-8" => (1, Endian::Little),
        "utf-16" | "utf-16-le" => (2, Endian::Little),
        "utf-16-be" => (2, Endian::Big),
        "utf-32" | "utf-32-le" => (4, Endian::Little),
        "utf-32-be" => (4, Endian::Big),
        _ => return None,
    })
}

fn surrogate_at(input: &[u8], encoding: &str) -> Option<(u32, usize)> {
    let (size, order) = layout(encoding)?;
    let (code, taken) = match (size, input) {
        (1, [a @ 0xe0..=0xef, b @ 0x80..=0xbf, c @ 0x80..=0xbf, ..]) => (
            (u32::from(*a) & 0xf) << 12 | (u32::from(*b) & 0x3f) << 6 | u32::from(*c) & 0x3f,
            3,
        ),
        (2, [a, b, ..]) => {
            let unit = if order == Endian::Big { [*b, *a] } else { [*a, *b] };
            (u32::from(u16::from_le_bytes(unit)), 2)
        }
        (4, [a, b, c, d, ..]) => (
            if order == Endian::Big {
                u32::from_be_bytes([*a, *b, *c, *d])
            } else {
                u32::from_le_bytes([*a, *b, *c, *d])
            },
            4,
        ),
        _ => return None,
    };
    is_surrogate(code).then_some((code, taken))
}

impl OnDecodeError for Builtin {
    type Error = Unhandled;

    fn decode_error(&mut self, input: &[u8], error: DecodeError, out: &mut TextBuf) -> Result<usize, Unhandled> {
        let bad = &input[error.start..error.end];
        match self {
            Builtin::Ignore => {}
            Builtin::Replace => out.push(0xfffd),
            Builtin::BackslashReplace => bad.iter().for_each(|byte| push_escaped(out, u32::from(*byte))),
            Builtin::SurrogateEscape => {
                let escaped = bad.iter().take(4).take_while(|byte| !byte.is_ascii()).count();
                if escaped == 0 {
                    return Err(Unhandled::Decode(error));
                }
                bad[..escaped]
                    .iter()
                    .for_each(|byte| out.push(0xdc00 + u32::from(*byte)));
                return Ok(error.start + escaped);
            }
            Builtin::SurrogatePass => match surrogate_at(&input[error.start..], error.encoding) {
                Some((code, taken)) => {
                    out.push(code);
                    return Ok(error.start + taken);
                }
                None => return Err(Unhandled::Decode(error)),
            },
            _ => return Err(Unhandled::Decode(error)),
        }
        Ok(error.end)
    }
}

impl OnEncodeError for Builtin {
    type Error = Unhandled;

    fn encode_error(&mut self, text: Text<'_>, error: EncodeError) -> Result<(Replacement, usize), Unhandled> {
        let bad = text.slice(error.start, error.end);
        let mut out = TextBuf::new();
        match self {
            Builtin::Ignore => {}
            Builtin::Replace => out.push_repeat(u32::from(b'?'), bad.len()),
            Builtin::BackslashReplace => bad.iter().for_each(|code| push_escaped(&mut out, code)),
            Builtin::NameReplace => bad.iter().for_each(|code| match crate::unicode::names::name(code) {
                Some(name) => out.push_str(&format!("\\N{{{name}}}")),
                None => push_escaped(&mut out, code),
            }),
            Builtin::XmlCharRefReplace => bad.iter().for_each(|code| out.push_str(&format!("&#{code};"))),
            Builtin::SurrogateEscape => {
                let escaped = bad.iter().take_while(|code| (0xdc80..=0xdcff).contains(code)).count();
                if escaped == 0 {
                    return Err(Unhandled::Encode(error));
                }
                let bytes = bad.iter().take(escaped).map(|code| (code - 0xdc00) as u8).collect();
                return Ok((Replacement::Bytes(bytes), error.start + escaped));
            }
            Builtin::SurrogatePass => {
                let Some((size, order)) = layout(error.encoding) else {
                    return Err(Unhandled::Encode(error));
                };
                let mut bytes = Vec::new();
                for code in bad.iter() {
                    match (is_surrogate(code), size) {
                        (false, _) => return Err(Unhandled::Encode(error)),
                        (_, 1) => push_utf8(&mut bytes, code),
                        (_, 2) => push_utf16(&mut bytes, code, order),
                        _ => push_utf32(&mut bytes, code, order),
                    }
                }
                return Ok((Replacement::Bytes(bytes), error.end));
            }
            Builtin::Strict => return Err(Unhandled::Encode(error)),
        }
        Ok((Replacement::Text(out), error.end))
    }

    fn unencodable(&mut self, _: Text<'_>, error: EncodeError) -> Unhandled {
        Unhandled::Encode(error)
    }
}
