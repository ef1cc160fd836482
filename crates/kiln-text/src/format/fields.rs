//! `str.format`: literal text and replacement fields.

use super::spec::{FormatError, value_error};
use crate::text::Text;

/// A part of the text: where it begins and ends.
pub type Span = (usize, usize);

/// A replacement field.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Field {
    pub name: Span,
    pub spec: Span,
    /// Whether the specification holds fields itself.
    pub nested: bool,
    pub conversion: Option<u32>,
}

/// Literal text and the field that follows it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Piece {
    pub literal: Span,
    pub field: Option<Field>,
}

/// Iterates over the pieces of a format string.
#[derive(Clone, Debug)]
pub struct Pieces<'a> {
    text: Text<'a>,
    at: usize,
    end: usize,
}

const OPEN: u32 = b'{' as u32;
const CLOSE: u32 = b'}' as u32;

impl<'a> Pieces<'a> {
    pub fn new(text: Text<'a>) -> Pieces<'a> {
        Pieces {
            text,
            at: 0,
            end: text.len(),
        }
    }

    /// The pieces of a part of the text: a nested specification.
    pub fn within(text: Text<'a>, span: Span) -> Pieces<'a> {
        Pieces {
            text,
            at: span.0,
            end: span.1,
        }
    }

    fn take(&mut self) -> Option<u32> {
        let code = (self.at < self.end).then(|| self.text.at(self.at));
        self.at += usize::from(code.is_some());
        code
    }

    fn field(&mut self) -> Result<Field, FormatError> {
        let start = self.at;
        let mut last = 0;
        while let Some(code) = self.take() {
            last = code;
            match char::from_u32(code) {
                Some('{') => return value_error("unexpected '{' in field name"),
                Some('[') => {
                    while self.at < self.end && self.text.at(self.at) != u32::from(b']') {
                        self.at += 1;
                    }
                }
                Some('}' | ':' | '!') => break,
                _ => {}
            }
        }
        let mut field = Field {
            name: (start, self.at - 1),
            spec: (self.at, self.at),
            nested: false,
            conversion: None,
        };
        match char::from_u32(last) {
            Some('}') => return Ok(field),
            Some('!' | ':') => {}
            _ => return value_error("expected '}' before end of string"),
        }
        if last == u32::from(b'!') {
            field.conversion = self.take();
            if field.conversion.is_none() {
                return value_error("end of string while looking for conversion specifier");
            }
            match self.take() {
                Some(CLOSE) => return Ok(field),
                Some(code) if code != u32::from(b':') => return value_error("expected ':' after conversion specifier"),
                _ => {}
            }
        }
        let start = self.at;
        let mut depth = 1;
        while let Some(code) = self.take() {
            if code == OPEN {
                field.nested = true;
                depth += 1;
            } else if code == CLOSE {
                depth -= 1;
                if depth == 0 {
                    field.spec = (start, self.at - 1);
                    return Ok(field);
                }
            }
        }
        value_error("unmatched '{' in format spec")
    }
}

impl Iterator for Pieces<'_> {
    type Item = Result<Piece, FormatError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.at >= self.end {
            return None;
        }
        let start = self.at;
        let mut brace = None;
        while let Some(code) = self.take() {
            if code == OPEN || code == CLOSE {
                brace = Some(code);
                break;
            }
        }
        let Some(brace) = brace else {
            return Some(Ok(Piece {
                literal: (start, self.end),
                field: None,
            }));
        };
        if self.at < self.end && self.text.at(self.at) == brace {
            // A doubled brace stands for one, which ends the literal.
            let literal = (start, self.at);
            self.at += 1;
            return Some(Ok(Piece { literal, field: None }));
        }
        if brace == CLOSE {
            return Some(value_error("Single '}' encountered in format string"));
        }
        if self.at >= self.end {
            return Some(value_error("Single '{' encountered in format string"));
        }
        let literal = (start, self.at - 1);
        Some(self.field().map(|field| Piece {
            literal,
            field: Some(field),
        }))
    }
}

/// What a field's name begins with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum First {
    /// Nothing: the next positional argument.
    Auto,
    Index(usize),
    Key(Span),
}

/// What follows in a field's name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
    Attribute(Span),
    Index(usize),
    Key(Span),
}

/// The value of a text of decimal digits; `None` if it is not one.
fn index(text: Text<'_>) -> Result<Option<usize>, FormatError> {
    let mut value: usize = 0;
    for code in text.iter() {
        let Some(digit) = crate::unicode::decimal(code) else {
            return Ok(None);
        };
        let next = value.checked_mul(10).and_then(|v| v.checked_add(usize::from(digit)));
        match next.filter(|next| *next <= isize::MAX as usize) {
            Some(next) => value = next,
            None => return value_error("Too many decimal digits in format string"),
        }
    }
    Ok((!text.is_empty()).then_some(value))
}

/// Takes a field's name apart: `0.name[key]`. Spans are relative to `name`.
pub fn field_name(name: Text<'_>) -> Result<(First, Vec<Step>), FormatError> {
    let is = |at: usize, c: u8| name.get(at) == Some(u32::from(c));
    let first_end = (0..name.len())
        .find(|at| is(*at, b'.') || is(*at, b'['))
        .unwrap_or(name.len());
    let first = match index(name.slice(0, first_end))? {
        Some(index) => First::Index(index),
        None if first_end == 0 => First::Auto,
        None => First::Key((0, first_end)),
    };
    let mut steps = Vec::new();
    let mut at = first_end;
    while at < name.len() {
        if is(at, b'.') {
            let end = (at + 1..name.len())
                .find(|at| is(*at, b'.') || is(*at, b'['))
                .unwrap_or(name.len());
            if end == at + 1 {
                return value_error("Empty attribute in format string");
            }
            steps.push(Step::Attribute((at + 1, end)));
            at = end;
        } else if is(at, b'[') {
            let Some(end) = (at + 1..name.len()).find(|at| is(*at, b']')) else {
                return value_error("Missing ']' in format string");
            };
            if end == at + 1 {
                return value_error("Empty attribute in format string");
            }
            steps.push(match index(name.slice(at + 1, end))? {
                Some(index) => Step::Index(index),
                None => Step::Key((at + 1, end)),
            });
            at = end + 1;
        } else {
            return value_error("Only '.' or '[' may follow ']' in format field specifier");
        }
    }
    Ok((first, steps))
}

/// Keeps fields from mixing `{}` with `{0}`.
#[derive(Clone, Copy, Debug, Default)]
pub struct AutoNumber {
    next: usize,
    manual: Option<bool>,
}

impl AutoNumber {
    /// The index of the next `{}`.
    pub fn automatic(&mut self) -> Result<usize, FormatError> {
        if self.manual == Some(true) {
            return value_error("cannot switch from manual field specification to automatic field numbering");
        }
        self.manual = Some(false);
        self.next += 1;
        Ok(self.next - 1)
    }

    /// Notes a `{0}`.
    pub fn manual(&mut self) -> Result<(), FormatError> {
        if self.manual == Some(false) {
            return value_error("cannot switch from automatic field numbering to manual field specification");
        }
        self.manual = Some(true);
        Ok(())
    }
}
