//! The values of string literals where the tree's are not enough: lone surrogates, which the parser replaces by U+FFFD; and what is wrong
//! with escapes that it lets pass.

use std::borrow::Cow;

use kiln_bytecode::{Const, Text};
use ruff_python_ast::token::TokenKind;
use ruff_python_ast::{DebugText, InterpolatedElement, InterpolatedStringLiteralElement, StringLiteral};
use ruff_text_size::{Ranged, TextRange, TextSize};

use crate::Parsed;

/// The value of a literal.
pub fn literal_text(source: &str, literal: &StringLiteral) -> Text {
    let raw = literal.flags.prefix().is_raw();
    cooked(&source[literal.content_range()], &literal.value, raw, false)
}

/// The value of a literal part of an f-string or t-string.
pub fn element_text(source: &str, element: &InterpolatedStringLiteralElement, raw: bool) -> Text {
    cooked(&source[element.range], &element.value, raw, true)
}

/// `value` is what the parser made of `source`. Each escape gave one character, so both are walked side by side.
fn cooked(source: &str, value: &str, raw: bool, braces: bool) -> Text {
    if raw || !value.contains('\u{fffd}') || !source.contains('\\') {
        return value.into();
    }
    let mut out = Vec::with_capacity(value.len());
    let mut rest = source;
    let mut values = value.chars();
    while let Some(ch) = rest.chars().next() {
        let mut escape = rest[ch.len_utf8()..].chars();
        if ch != '\\' {
            rest = &rest[ch.len_utf8()..];
            if braces && (ch == '{' || ch == '}') && rest.starts_with(ch) {
                rest = &rest[1..];
            }
            Text::push(&mut out, values.next().unwrap_or(ch) as u32);
            continue;
        }
        let hex = |digits: usize| {
            rest.get(2..2 + digits)
                .and_then(|text| u32::from_str_radix(text, 16).ok())
        };
        let (length, point) = match escape.next() {
            Some('\n') => {
                rest = &rest[2..];
                continue;
            }
            Some('x') => (4, hex(2)),
            Some('u') => (6, hex(4)),
            Some('U') => (10, hex(8)),
            Some('N') => (rest.find('}').map_or(2, |end| end + 1), None),
            Some('0'..='7') => (
                1 + rest[1..]
                    .bytes()
                    .take(3)
                    .take_while(|byte| (b'0'..b'8').contains(byte))
                    .count(),
                None,
            ),
            Some('\\' | '\'' | '"' | 'a' | 'b' | 'f' | 'n' | 'r' | 't' | 'v') => (2, None),
            // No escape: the backslash stands for itself.
            _ => (1, None),
        };
        rest = rest.get(length..).unwrap_or("");
        let shown = values.next().map_or(0, |ch| ch as u32);
        Text::push(
            &mut out,
            point.filter(|point| (0xd800..0xe000).contains(point)).unwrap_or(shown),
        );
    }
    Text(out.into())
}

/// The text that `{expr=}` shows: as written, but for comments.
pub fn debug_text(debug: &DebugText) -> Cow<'_, str> {
    let text = debug.as_str();
    if !text.contains('#') {
        return text.into();
    }
    let mut out = String::with_capacity(text.len());
    let mut quote: Option<&str> = None;
    let mut rest = text;
    while let Some(ch) = rest.chars().next() {
        let mut length = ch.len_utf8();
        match quote {
            Some(_) if ch == '\\' => length += rest[1..].chars().next().map_or(0, char::len_utf8),
            Some(end) if rest.starts_with(end) => {
                length = end.len();
                quote = None;
            }
            Some(_) => {}
            None if ch == '#' => {
                rest = &rest[rest.find('\n').unwrap_or(rest.len())..];
                continue;
            }
            None => {
                quote = ["\"\"\"", "'''", "\"", "'"]
                    .into_iter()
                    .find(|quote| rest.starts_with(quote));
                length = quote.map_or(length, str::len);
            }
        }
        out.push_str(&rest[..length]);
        rest = &rest[length..];
    }
    out.into()
}

/// The text of a t-string's interpolation, as `Interpolation.expression` shows it.
pub fn interpolation_text<'a>(source: &'a str, value: &'a InterpolatedElement) -> &'a str {
    if let Some(debug) = &value.debug_text {
        return debug.as_str().rsplit_once('=').map_or("", |(text, _)| text);
    }
    let start = value.range.start().to_usize() + 1;
    let end = value.expression.range().end().to_usize();
    // Blanks and closing parentheses belong to the text.
    let more = source[end..]
        .find(|ch: char| !(ch.is_whitespace() || ch == ')'))
        .unwrap_or(0);
    &source[start..end + more]
}

/// What is accepted but warned about: escape sequences that Python does not know, numbers that run into keywords.
pub fn literal_warnings(parsed: &Parsed) -> Vec<(TextRange, String)> {
    let mut found = Vec::new();
    // Whether each format string that is open is raw.
    let mut middles: Vec<bool> = Vec::new();
    for token in parsed.tokens() {
        let text = &parsed.source[token.range()];
        match token.kind() {
            TokenKind::String => {
                let quote = text.find(['\'', '"']).unwrap_or(0);
                let prefix = text[..quote].to_ascii_lowercase();
                if !prefix.contains('r') && text.contains('\\') {
                    scan(text, token.start(), prefix.contains('b'), &mut found);
                }
            }
            TokenKind::FStringStart | TokenKind::TStringStart => {
                let raw = text.to_ascii_lowercase().contains('r');
                middles.push(raw);
            }
            TokenKind::FStringEnd | TokenKind::TStringEnd => {
                middles.pop();
            }
            TokenKind::FStringMiddle | TokenKind::TStringMiddle
                if middles.last() == Some(&false) && text.contains('\\') =>
            {
                scan(text, token.start(), false, &mut found);
            }
            TokenKind::Int | TokenKind::Float | TokenKind::Complex => {
                // `1if x`: a keyword right after a number.
                let next = parsed.source.as_bytes().get(token.end().to_usize());
                if next.is_some_and(u8::is_ascii_alphabetic) {
                    let kind = match text.get(..2).map(str::to_ascii_lowercase).as_deref() {
                        Some("0x") => "hexadecimal",
                        Some("0o") => "octal",
                        Some("0b") => "binary",
                        _ if token.kind() == TokenKind::Complex => "imaginary",
                        _ => "decimal",
                    };
                    found.push((TextRange::empty(token.end()), format!("invalid {kind} literal")));
                }
            }
            _ => {}
        }
    }
    found
}

fn scan(text: &str, start: TextSize, bytes: bool, found: &mut Vec<(TextRange, String)>) {
    let mut chars = text.char_indices();
    while let Some((at, ch)) = chars.next() {
        if ch != '\\' {
            continue;
        }
        let Some((_, next)) = chars.next() else { break };
        let problem = match next {
            '\n' | '\\' | '\'' | '"' | 'a' | 'b' | 'f' | 'n' | 'r' | 't' | 'v' | 'x' => None,
            'N' | 'u' | 'U' if !bytes => None,
            '0'..='7' => {
                let digits: String = text[at + 1..]
                    .chars()
                    .take(3)
                    .take_while(|ch| ('0'..='7').contains(ch))
                    .collect();
                let value = u32::from_str_radix(&digits, 8).unwrap_or(0);
                (value > 0o377).then_some(("octal", digits))
            }
            other => Some(("", other.to_string())),
        };
        if let Some((kind, escape)) = problem {
            let at = start + TextSize::new(at as u32);
            let range = TextRange::at(at, TextSize::new(1 + escape.len() as u32));
            let kind = if kind.is_empty() { "escape" } else { "octal escape" };
            let msg = format!(
                "\"\\{escape}\" is an invalid {kind} sequence. Such sequences will not work in the future. Did you mean \"\\\\{escape}\"? \
                 A raw string is also an option."
            );
            found.push((range, msg));
            // One per literal, as CPython has it.
            return;
        }
    }
}

/// The value of an int literal beyond 64 bits.
pub fn big_const(text: &str) -> Const {
    let text = text.replace('_', "").to_ascii_lowercase();
    let (radix, digits) = match text.get(..2) {
        Some("0x") => (16, &text[2..]),
        Some("0o") => (8, &text[2..]),
        Some("0b") => (2, &text[2..]),
        _ => (10, &text[..]),
    };
    if radix == 16 {
        return Const::BigInt(digits.trim_start_matches('0').into());
    }
    // Schoolbook conversion; literals are limited to 4300 decimal digits.
    let mut limbs: Vec<u32> = Vec::new();
    for digit in digits.chars().filter_map(|digit| digit.to_digit(radix)) {
        let mut carry = digit as u64;
        for limb in &mut limbs {
            let value = *limb as u64 * radix as u64 + carry;
            *limb = value as u32;
            carry = value >> 32;
        }
        if carry != 0 {
            limbs.push(carry as u32);
        }
    }
    let hex: String = limbs.iter().rev().map(|limb| format!("{limb:08x}")).collect();
    Const::BigInt(hex.trim_start_matches('0').into())
}
