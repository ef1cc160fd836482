//! Errors within string literals: escapes that cannot be decoded, bytes beyond ASCII.

use ruff_text_size::TextRange;

use super::Context;
use crate::Fault;
use crate::tokens::Kind;

/// What is wrong with the string literal around `place`.
pub(super) fn bad_literal(cx: &Context, place: TextRange) -> Option<Fault> {
    let at = place.start().to_usize();
    let index = cx.list().iter().position(|token| {
        token.start <= at && at < token.end.max(token.start + 1) && matches!(token.kind, Kind::Str | Kind::FMiddle)
    })?;
    let token = cx.list()[index];
    let text = cx.text(index);
    if token.kind == Kind::FMiddle {
        let msg = decode_error(text)?;
        return Some(Fault::new(msg, token.range()));
    }
    let quote = text.find(['\'', '"'])?;
    let prefix = text[..quote].to_ascii_lowercase();
    let width = if text[quote..].starts_with("\"\"\"") || text[quote..].starts_with("'''") {
        3
    } else {
        1
    };
    let body = text.get(quote + width..text.len() - width)?;
    if prefix.contains('b') {
        if !body.is_ascii() {
            return Some(Fault::new(
                "bytes can only contain ASCII literal characters",
                token.range(),
            ));
        }
        let bad = bad_hex(body)?;
        return Some(Fault::new(
            format!("(value error) invalid \\x escape at position {bad}"),
            token.range(),
        ));
    }
    Some(Fault::new(decode_error(body)?, token.range()))
}

fn bad_hex(body: &str) -> Option<usize> {
    let bytes = body.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] != b'\\' {
            at += 1;
            continue;
        }
        if bytes.get(at + 1) == Some(&b'x')
            && !(at + 2..at + 4).all(|digit| bytes.get(digit).is_some_and(u8::is_ascii_hexdigit))
        {
            return Some(at);
        }
        at += 2;
    }
    None
}

/// The first escape of a text literal that cannot be decoded. Positions count as CPython's decoder sees the text: characters beyond ASCII
/// as `\UXXXXXXXX`.
fn decode_error(body: &str) -> Option<String> {
    let error = |start: usize, end: usize, reason: &str| {
        Some(format!(
            "(unicode error) 'unicodeescape' codec can't decode bytes in position {start}-{}: {reason}",
            end - 1
        ))
    };
    let bytes = body.as_bytes();
    let (mut at, mut position) = (0, 0);
    while at < bytes.len() {
        if bytes[at] != b'\\' {
            let ch = body[at..].chars().next()?;
            at += ch.len_utf8();
            position += if ch.is_ascii() { 1 } else { 10 };
            continue;
        }
        let (digits, reason) = match bytes.get(at + 1) {
            Some(b'x') => (2, "truncated \\xXX escape"),
            Some(b'u') => (4, "truncated \\uXXXX escape"),
            Some(b'U') => (8, "truncated \\UXXXXXXXX escape"),
            Some(b'N') => {
                let closed = body[at + 2..].strip_prefix('{').and_then(|name| name.find('}'));
                let Some(length) = closed.filter(|&length| length > 0) else {
                    let more = body[at + 2..].starts_with('{') as usize;
                    let end = if closed.is_some() {
                        position + 4
                    } else if more > 0 {
                        position + body.len() - at
                    } else {
                        position + 2
                    };
                    return error(position, end, "malformed \\N character escape");
                };
                // Which names exist is not known here; the parser found that this one does not.
                return error(position, position + 4 + length, "unknown Unicode character name");
            }
            _ => {
                at += 2;
                position += 2;
                continue;
            }
        };
        let found = bytes[at + 2..]
            .iter()
            .take(digits)
            .take_while(|byte| byte.is_ascii_hexdigit())
            .count();
        if found < digits {
            return error(position, position + 2 + found, reason);
        }
        if digits == 8 && u32::from_str_radix(&body[at + 2..at + 10], 16).is_ok_and(|value| value > 0x10_ffff) {
            return error(position, position + 10, "illegal Unicode character");
        }
        at += 2 + digits;
        position += 2 + digits;
    }
    None
}
