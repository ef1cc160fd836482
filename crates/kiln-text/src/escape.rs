//! `repr()` and `ascii()` of text and bytes.

use crate::text::{Text, TextBuf};
use crate::unicode;

/// Single quotes, unless that would escape more than double ones.
fn quote_for(mut codes: impl Iterator<Item = u32>) -> u8 {
    let (mut single, mut double) = (false, false);
    codes.by_ref().for_each(|code| {
        single |= code == u32::from(b'\'');
        double |= code == u32::from(b'"');
    });
    if single && !double { b'"' } else { b'\'' }
}

/// `\xhh`, `\uhhhh` or `\Uhhhhhhhh`, the shortest that holds the code point.
pub fn push_escaped(out: &mut TextBuf, code: u32) {
    let text = match code {
        0..=0xff => format!("\\x{code:02x}"),
        0x100..=0xffff => format!("\\u{code:04x}"),
        _ => format!("\\U{code:08x}"),
    };
    out.push_ascii(text.as_bytes());
}

fn push_quoted(out: &mut TextBuf, text: Text<'_>, ascii: bool) {
    let quote = quote_for(text.iter());
    out.push(u32::from(quote));
    for code in text.iter() {
        match code {
            0x5c => out.push_ascii(b"\\\\"),
            0x09 => out.push_ascii(b"\\t"),
            0x0a => out.push_ascii(b"\\n"),
            0x0d => out.push_ascii(b"\\r"),
            _ if code == u32::from(quote) => out.push_ascii(&[b'\\', quote]),
            0x20..=0x7e => out.push(code),
            _ if code > 0x7f && !ascii && unicode::is_printable(code) => out.push(code),
            _ => push_escaped(out, code),
        }
    }
    out.push(u32::from(quote));
}

/// `repr(text)`.
pub fn repr(text: Text<'_>) -> TextBuf {
    let mut out = TextBuf::with_capacity_for(text.len() + 2, text.unit_max());
    push_quoted(&mut out, text, false);
    out
}

/// `ascii(text)`.
pub fn ascii(text: Text<'_>) -> TextBuf {
    let mut out = TextBuf::with_capacity(text.len() + 2);
    push_quoted(&mut out, text, true);
    out
}

/// What `ascii()` does to the `repr` of any object.
pub fn ascii_of_repr(repr: Text<'_>) -> Option<TextBuf> {
    if repr.is_ascii() {
        return None;
    }
    let mut out = TextBuf::with_capacity(repr.len() + 16);
    for code in repr.iter() {
        if code < 0x80 {
            out.push(code)
        } else {
            push_escaped(&mut out, code)
        }
    }
    Some(out)
}

/// `repr(bytes)`, with the `b`.
pub fn bytes_repr(bytes: &[u8]) -> String {
    let quote = quote_for(bytes.iter().map(|byte| u32::from(*byte)));
    let mut out = String::with_capacity(bytes.len() + 3);
    out.push('b');
    out.push(char::from(quote));
    for &byte in bytes {
        match byte {
            b'\\' => out.push_str("\\\\"),
            b'\t' => out.push_str("\\t"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            _ if byte == quote => {
                out.push('\\');
                out.push(char::from(quote));
            }
            0x20..=0x7e => out.push(char::from(byte)),
            _ => out.push_str(&format!("\\x{byte:02x}")),
        }
    }
    out.push(char::from(quote));
    out
}
