//! The `%` operator of str and bytes: reading the conversions, and formatting one argument.

use super::number::IntArg;
use super::spec::{FormatError, value_error};
use crate::float::format_double;
use crate::text::{Text, TextBuf};

/// A width or a precision.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Count {
    Given(usize),
    /// `*`: taken from the arguments.
    Argument,
}

/// One `%` conversion.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Conversion {
    /// Where the mapping key stands.
    pub key: Option<(usize, usize)>,
    pub left: bool,
    pub plus: bool,
    pub space: bool,
    pub alternate: bool,
    pub zero: bool,
    pub width: Option<Count>,
    pub precision: Option<Count>,
    pub code: u32,
    /// Where the code stands, for error messages.
    pub at: usize,
}

impl Conversion {
    /// Whether there is nothing to it but its type.
    pub fn is_bare(&self) -> bool {
        let flags = self.left | self.plus | self.space | self.alternate | self.zero;
        !flags && self.width.is_none() && self.precision.is_none()
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Piece {
    Literal(usize, usize),
    /// `%%` is a conversion with the code `%`, since it may carry a width.
    Conversion(Conversion),
}

/// Iterates over literal text and conversions.
#[derive(Clone, Debug)]
pub struct Pieces<'a> {
    text: Text<'a>,
    at: usize,
}

impl<'a> Pieces<'a> {
    pub fn new(text: Text<'a>) -> Pieces<'a> {
        Pieces { text, at: 0 }
    }

    fn peek(&self) -> Option<char> {
        self.text
            .get(self.at)
            .map(|code| char::from_u32(code).unwrap_or('\u{fffd}'))
    }

    fn count(&mut self, too_big: &str) -> Result<Option<Count>, FormatError> {
        if self.peek() == Some('*') {
            self.at += 1;
            return Ok(Some(Count::Argument));
        }
        let mut value: Option<usize> = None;
        while let Some(digit @ '0'..='9') = self.peek() {
            let next = value.unwrap_or(0) * 10 + (digit as usize - '0' as usize);
            if next > i32::MAX as usize {
                return value_error(too_big);
            }
            value = Some(next);
            self.at += 1;
        }
        Ok(value.map(Count::Given))
    }

    fn conversion(&mut self) -> Result<Conversion, FormatError> {
        let mut conversion = Conversion::default();
        // Most have nothing but a type.
        if let Some('s' | 'd' | 'r') = self.peek() {
            conversion.code = self.text.at(self.at);
            conversion.at = self.at;
            self.at += 1;
            return Ok(conversion);
        }
        if self.peek() == Some('(') {
            let start = self.at + 1;
            let mut depth = 1;
            self.at += 1;
            while depth > 0 {
                match self.peek() {
                    Some('(') => depth += 1,
                    Some(')') => depth -= 1,
                    Some(_) => {}
                    None => return value_error("incomplete format key"),
                }
                self.at += 1;
            }
            conversion.key = Some((start, self.at - 1));
        }
        loop {
            match self.peek() {
                Some('-') => conversion.left = true,
                Some('+') => conversion.plus = true,
                Some(' ') => conversion.space = true,
                Some('#') => conversion.alternate = true,
                Some('0') => conversion.zero = true,
                _ => break,
            }
            self.at += 1;
        }
        conversion.width = self.count("width too big")?;
        if self.peek() == Some('.') {
            self.at += 1;
            conversion.precision = Some(self.count("precision too big")?.unwrap_or(Count::Given(0)));
        }
        if let Some('h' | 'l' | 'L') = self.peek() {
            self.at += 1;
        }
        let Some(code) = self.text.get(self.at) else {
            return value_error("incomplete format");
        };
        conversion.code = code;
        conversion.at = self.at;
        self.at += 1;
        Ok(conversion)
    }
}

impl Iterator for Pieces<'_> {
    type Item = Result<Piece, FormatError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.at >= self.text.len() {
            return None;
        }
        if self.peek() != Some('%') {
            let start = self.at;
            let rest = self.text.slice(start, self.text.len());
            self.at = rest.find_code(u32::from(b'%')).map_or(self.text.len(), |at| start + at);
            return Some(Ok(Piece::Literal(start, self.at)));
        }
        self.at += 1;
        Some(self.conversion().map(Piece::Conversion))
    }
}

/// `unsupported format character 'y' (0x79) at index 1`
pub fn unsupported(conversion: &Conversion) -> FormatError {
    let code = conversion.code;
    let shown = match code {
        32..=126 => char::from(code as u8),
        _ => '?',
    };
    FormatError::Value(format!(
        "unsupported format character '{shown}' (0x{code:x}) at index {}",
        conversion.at
    ))
}

/// Width and precision with the arguments' values filled in.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Sizes {
    pub width: usize,
    pub precision: Option<usize>,
}

impl Conversion {
    fn pad(&self, out: &mut TextBuf, sizes: Sizes, head: &str, body: &str) {
        let missing = sizes.width.saturating_sub(head.len() + body.len());
        if !self.left && !self.zero {
            out.push_repeat(u32::from(b' '), missing);
        }
        out.push_str(head);
        if !self.left && self.zero {
            out.push_repeat(u32::from(b'0'), missing);
        }
        out.push_str(body);
        if self.left {
            out.push_repeat(u32::from(b' '), missing);
        }
    }

    fn sign(&self, negative: bool) -> &'static str {
        match () {
            _ if negative => "-",
            _ if self.plus => "+",
            _ if self.space => " ",
            _ => "",
        }
    }

    /// `%d %i %u %x %X %o` of an int.
    pub fn push_int(
        &self,
        out: &mut TextBuf,
        value: IntArg<'_>,
        sizes: Sizes,
        digit_limit: usize,
    ) -> Result<(), FormatError> {
        let (radix, prefix) = match char::from_u32(self.code) {
            Some('x') => (16, "0x"),
            Some('X') => (16, "0X"),
            Some('o') => (8, "0o"),
            _ => (10, ""),
        };
        let mut digits = value.digits(radix, digit_limit)?;
        if self.code == u32::from(b'X') {
            digits.make_ascii_uppercase();
        }
        if let Some(precision) = sizes.precision
            && precision > digits.len()
        {
            digits.insert_str(0, &"0".repeat(precision - digits.len()));
        }
        let head = format!(
            "{}{}",
            self.sign(value.is_negative()),
            if self.alternate { prefix } else { "" }
        );
        self.pad(out, sizes, &head, &digits);
        Ok(())
    }

    /// `%e %f %g` of a float.
    pub fn push_float(&self, out: &mut TextBuf, value: f64, sizes: Sizes) {
        let code = char::from_u32(self.code).unwrap_or('f');
        let text = format_double(value, code, sizes.precision.unwrap_or(6), self.alternate, false);
        let body = text.strip_prefix('-');
        self.pad(out, sizes, self.sign(body.is_some()), body.unwrap_or(&text));
    }

    /// `%s %r %a %c` and `%%`: text, cut to the precision.
    pub fn push_text(&self, out: &mut TextBuf, text: Text<'_>, sizes: Sizes) {
        let len = sizes
            .precision
            .map_or(text.len(), |precision| precision.min(text.len()));
        let missing = sizes.width.saturating_sub(len);
        if !self.left {
            out.push_repeat(u32::from(b' '), missing);
        }
        out.push_text(text.slice(0, len));
        if self.left {
            out.push_repeat(u32::from(b' '), missing);
        }
    }
}
