//! JSON strings: quoted text to text, and back.

use kiln_object::str::Str;
use kiln_object::tuple::Tuple;
use kiln_object::{Object, Raised, call};
use kiln_text::TextBuf;

use kiln_text::Text;

/// `json.JSONDecodeError(message, document, position)`.
#[cold]
pub fn decode_error(message: &str, document: &Str, at: usize) -> Raised {
    let class = match crate::support::import_attr("json.decoder", "JSONDecodeError") {
        Ok(class) => class,
        Err(e) => return e,
    };
    let document = Str::from_text(document.text());
    let args = [Str::new(message), document, Object::int(at as i64)];
    let values = [args[0].value(), args[1].value(), args[2].value()];
    match call::call(class.value(), &values) {
        Ok(e) => kiln_object::raise::exception(e),
        Err(e) => e,
    }
}

fn hex4(text: Text<'_>, at: usize) -> Option<u32> {
    if at + 4 > text.len() {
        return None;
    }
    (at..at + 4).try_fold(0, |n, i| Some(n << 4 | char::from_u32(text.at(i))?.to_digit(16)?))
}

/// Reads the string whose first character is at `begin`, behind the quote: the text, and the place behind the closing
/// quote.
pub fn scan(document: &Str, begin: usize, strict: bool) -> Result<(Object, usize), Raised> {
    let text = document.text();
    let unterminated = || decode_error("Unterminated string starting at", document, begin - 1);
    let (mut at, mut run) = (begin, begin);
    let mut out: Option<TextBuf> = None;
    loop {
        if at >= text.len() {
            return Err(unterminated());
        }
        let c = text.at(at);
        if c == u32::from(b'"') {
            let rest = text.slice(run, at);
            let found = match out {
                None => Str::from_text(rest),
                Some(mut out) => {
                    out.push_text(rest);
                    Str::from_text(out.as_text())
                }
            };
            return Ok((found, at + 1));
        }
        if c <= 0x1f && strict {
            return Err(decode_error("Invalid control character at", document, at));
        }
        if c != u32::from(b'\\') {
            at += 1;
            continue;
        }
        let out = out.get_or_insert_with(TextBuf::new);
        out.push_text(text.slice(run, at));
        at += 1;
        if at >= text.len() {
            return Err(unterminated());
        }
        let c = text.at(at);
        at += 1;
        let plain = match u8::try_from(c).unwrap_or(0) {
            b'"' | b'\\' | b'/' => c,
            b'b' => 8,
            b'f' => 12,
            b'n' => 10,
            b'r' => 13,
            b't' => 9,
            b'u' => {
                let bad = || decode_error("Invalid \\uXXXX escape", document, at - 1);
                let mut code = hex4(text, at).ok_or_else(bad)?;
                at += 4;
                // A pair of surrogates is one character.
                if (0xd800..0xdc00).contains(&code)
                    && at + 6 <= text.len()
                    && text.at(at) == u32::from(b'\\')
                    && text.at(at + 1) == u32::from(b'u')
                    && let Some(low @ 0xdc00..=0xdfff) = hex4(text, at + 2)
                {
                    code = 0x1_0000 + ((code & 0x3ff) << 10 | (low & 0x3ff));
                    at += 6;
                }
                code
            }
            _ => return Err(decode_error("Invalid \\escape", document, at - 2)),
        };
        out.push(plain);
        run = at;
    }
}

/// Appends the text in quotes, with escapes; as ASCII if asked for.
pub fn quote(out: &mut TextBuf, text: Text<'_>, ascii: bool) {
    out.push(u32::from(b'"'));
    let mut run = 0;
    for (at, c) in text.iter().enumerate() {
        let is_plain = match c {
            0x20 | 0x21 | 0x23..=0x5b | 0x5d..=0x7e => true,
            0x7f.. => !ascii,
            _ => false,
        };
        if is_plain {
            continue;
        }
        out.push_text(text.slice(run, at));
        run = at + 1;
        match c {
            0x22 => out.push_ascii(b"\\\""),
            0x5c => out.push_ascii(b"\\\\"),
            8 => out.push_ascii(b"\\b"),
            12 => out.push_ascii(b"\\f"),
            10 => out.push_ascii(b"\\n"),
            13 => out.push_ascii(b"\\r"),
            9 => out.push_ascii(b"\\t"),
            0x1_0000.. => {
                let rest = c - 0x1_0000;
                out.push_str(&format!("\\u{:04x}\\u{:04x}", 0xd800 | rest >> 10, 0xdc00 | (rest & 0x3ff)));
            }
            _ => out.push_str(&format!("\\u{c:04x}")),
        }
    }
    out.push_text(text.slice(run, text.len()));
    out.push(u32::from(b'"'));
}

/// A pair, as `scanstring` gives it.
pub fn pair(found: (Object, usize)) -> Object {
    Tuple::from_vec(vec![found.0, Object::int(found.1 as i64)])
}
