//! `_string`: what `string.Formatter` needs of format strings.

use kiln_macros::builtin_module;
use kiln_object::str::Str;
use kiln_object::tuple::Tuple;
use kiln_object::{Object, Raised, raise};
use kiln_text::Text;

fn slice(text: Text<'_>, start: usize, end: usize) -> Object {
    Str::from_text(text.slice(start, end))
}
fn is(text: Text<'_>, at: usize, c: char) -> bool {
    text.get(at) == Some(u32::from(c))
}

/// Literal text, field name, format specification and conversion of each part of a format string.
fn parse(text: Text<'_>) -> Result<Vec<Object>, Raised> {
    let mut out = Vec::new();
    let len = text.len();
    let mut i = 0;
    while i < len {
        let start = i;
        let mut literal = kiln_text::TextBuf::new();
        let mut field = false;
        while i < len {
            let c = text.at(i);
            if c == u32::from('{') || c == u32::from('}') {
                if is(text, i + 1, char::from_u32(c).unwrap_or('{')) {
                    literal.push(c);
                    i += 2;
                    // A doubled brace ends the piece, as CPython's parser has it.
                    break;
                }
                if c == u32::from('}') {
                    return Err(raise::value_error("Single '}' encountered in format string"));
                }
                field = true;
                i += 1;
                break;
            }
            literal.push(c);
            i += 1;
        }
        let literal = Str::from_text(literal.as_text());
        if !field {
            if i > start {
                out.push(Tuple::from_array([literal, Object::none(), Object::none(), Object::none()]));
            }
            continue;
        }
        let (parts, next) = parse_field(text, i)?;
        i = next;
        let [name, spec, conversion] = parts;
        out.push(Tuple::from_array([literal, name, spec, conversion]));
    }
    Ok(out)
}

/// The field that begins behind a brace, and where it ends.
fn parse_field(text: Text<'_>, start: usize) -> Result<([Object; 3], usize), Raised> {
    let len = text.len();
    if start >= len {
        return Err(raise::value_error("Single '{' encountered in format string"));
    }
    let mut i = start;
    let mut bracket = false;
    while i < len {
        match char::from_u32(text.at(i)) {
            Some('{') if !bracket => return Err(raise::value_error("unexpected '{' in field name")),
            Some('[') => bracket = true,
            Some(']') => bracket = false,
            Some('}' | ':' | '!') if !bracket => break,
            _ => {}
        }
        i += 1;
    }
    if i >= len {
        return Err(raise::value_error("expected '}' before end of string"));
    }
    let name = slice(text, start, i);
    let mut conversion = Object::none();
    if is(text, i, '!') {
        if i + 2 >= len {
            return Err(raise::value_error("end of string while looking for conversion specifier"));
        }
        conversion = slice(text, i + 1, i + 2);
        i += 2;
        if !is(text, i, ':') && !is(text, i, '}') {
            return Err(raise::value_error("expected ':' after conversion specifier"));
        }
    }
    if is(text, i, '}') {
        return Ok(([name, Str::new(""), conversion], i + 1));
    }
    let spec_start = i + 1;
    let mut depth = 1;
    i += 1;
    while i < len {
        if is(text, i, '{') {
            depth += 1;
        } else if is(text, i, '}') {
            depth -= 1;
            if depth == 0 {
                return Ok(([name, slice(text, spec_start, i), conversion], i + 1));
            }
        }
        i += 1;
    }
    Err(raise::value_error("unmatched '{' in format spec"))
}

fn number(text: Text<'_>) -> Option<i64> {
    (!text.is_empty() && text.iter().all(|c| (0x30..0x3a).contains(&c))).then(|| {
        text.iter().try_fold(0i64, |n, c| n.checked_mul(10)?.checked_add(i64::from(c) - 0x30))
    })?
}
fn key(text: Text<'_>) -> Object {
    number(text).map_or_else(|| Str::from_text(text), Object::int)
}

/// string helper module
#[builtin_module("_string")]
pub mod module {
    use super::*;

    /// parse the argument as a format string
    pub fn formatter_parser(string: &Str) -> Result<Object, Raised> {
        let parts = Tuple::from_vec(super::parse(string.text())?);
        kiln_object::ops::iter(parts.value())
    }
    /// split the argument as a field name
    pub fn formatter_field_name_split(string: &Str) -> Result<(Object, Object), Raised> {
        let text = string.text();
        let len = text.len();
        let mut i = 0;
        while i < len && !is(text, i, '.') && !is(text, i, '[') {
            i += 1;
        }
        let first = key(text.slice(0, i));
        let mut rest = Vec::new();
        while i < len {
            if is(text, i, '.') {
                let start = i + 1;
                i = start;
                while i < len && !is(text, i, '.') && !is(text, i, '[') {
                    i += 1;
                }
                if i == start {
                    return Err(raise::value_error("Empty attribute in format string"));
                }
                rest.push(Tuple::from_array([Object::bool(true), slice(text, start, i)]));
            } else if is(text, i, '[') {
                let start = i + 1;
                i = start;
                while i < len && !is(text, i, ']') {
                    i += 1;
                }
                if i >= len {
                    return Err(raise::value_error("Missing ']' in format string"));
                }
                if i == start {
                    return Err(raise::value_error("Empty attribute in format string"));
                }
                rest.push(Tuple::from_array([Object::bool(false), key(text.slice(start, i))]));
                i += 1;
            } else {
                return Err(raise::value_error("Only '.' or '[' may follow ']' in format field specifier"));
            }
        }
        let rest = Tuple::from_vec(rest);
        Ok((first, kiln_object::ops::iter(rest.value())?))
    }
}
