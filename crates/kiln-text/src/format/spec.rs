//! The format specification: `[[fill]align][sign][z][#][0][width][grouping][.precision[grouping]][type]`.

use crate::text::{Text, TextBuf};

/// Why text cannot be formatted: the exception's class and its message.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum FormatError {
    Value(String),
    Overflow(String),
    /// There is no memory for a width or precision.
    Memory,
}

pub(crate) fn value_error<T>(message: impl Into<String>) -> Result<T, FormatError> {
    Err(FormatError::Value(message.into()))
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Align {
    Left,
    Right,
    Center,
    /// Between the sign and the digits.
    AfterSign,
}

/// What groups digits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Separator {
    Comma,
    Underscore,
}

impl Separator {
    pub fn char(self) -> char {
        match self {
            Separator::Comma => ',',
            Separator::Underscore => '_',
        }
    }
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Spec {
    pub fill: u32,
    pub align: Align,
    /// `+`, `-` or a space, where given.
    pub sign: Option<char>,
    pub no_negative_zero: bool,
    pub alternate: bool,
    pub width: usize,
    pub grouping: Option<Separator>,
    pub precision: Option<usize>,
    pub fraction_grouping: Option<Separator>,
    /// The presentation type, zero for none.
    pub code: u32,
}

fn align_of(code: u32) -> Option<Align> {
    Some(match char::from_u32(code)? {
        '<' => Align::Left,
        '>' => Align::Right,
        '^' => Align::Center,
        '=' => Align::AfterSign,
        _ => return None,
    })
}

/// Reads over the text of a specification.
struct Reader<'a> {
    text: Text<'a>,
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<char> {
        self.text.get(self.at).and_then(char::from_u32)
    }

    fn take(&mut self, wanted: char) -> bool {
        let found = self.peek() == Some(wanted);
        self.at += usize::from(found);
        found
    }

    /// A number in decimal digits of any script.
    fn number(&mut self) -> Result<Option<usize>, FormatError> {
        let mut value: Option<usize> = None;
        while let Some(digit) = self.text.get(self.at).and_then(crate::unicode::decimal) {
            let next = value
                .unwrap_or(0)
                .checked_mul(10)
                .and_then(|v| v.checked_add(usize::from(digit)));
            match next.filter(|next| *next <= isize::MAX as usize) {
                Some(next) => value = Some(next),
                None => return value_error("Too many decimal digits in format string"),
            }
            self.at += 1;
        }
        Ok(value)
    }

    fn grouping(&mut self) -> Result<Option<Separator>, FormatError> {
        let both = "Cannot specify both ',' and '_'.";
        let mut grouping = None;
        if self.take(',') {
            grouping = Some(Separator::Comma);
        }
        if self.take('_') {
            if grouping.is_some() {
                return value_error(both);
            }
            grouping = Some(Separator::Underscore);
        }
        if self.peek() == Some(',') && grouping == Some(Separator::Underscore) {
            return value_error(both);
        }
        Ok(grouping)
    }
}

/// A character of an error message, as CPython shows it.
fn shown(code: u32) -> String {
    match code {
        33..=127 => char::from(code as u8).to_string(),
        _ => format!("\\x{code:x}"),
    }
}

pub(crate) fn unknown_code<T>(code: u32, type_name: &str) -> Result<T, FormatError> {
    value_error(format!(
        "Unknown format code '{}' for object of type '{type_name}'",
        shown(code)
    ))
}

impl Spec {
    pub fn parse(
        text: Text<'_>,
        type_name: &str,
        default_code: u32,
        default_align: Align,
    ) -> Result<Spec, FormatError> {
        let mut spec = Spec {
            fill: u32::from(b' '),
            align: default_align,
            sign: None,
            no_negative_zero: false,
            alternate: false,
            width: 0,
            grouping: None,
            precision: None,
            fraction_grouping: None,
            code: default_code,
        };
        let mut reader = Reader { text, at: 0 };
        let (mut fill_given, mut align_given) = (false, false);
        if let Some(align) = text.get(1).and_then(align_of) {
            (spec.fill, spec.align) = (text.at(0), align);
            (fill_given, align_given) = (true, true);
            reader.at = 2;
        } else if let Some(align) = text.get(0).and_then(align_of) {
            spec.align = align;
            align_given = true;
            reader.at = 1;
        }
        if let Some(sign @ ('+' | '-' | ' ')) = reader.peek() {
            spec.sign = Some(sign);
            reader.at += 1;
        }
        spec.no_negative_zero = reader.take('z');
        spec.alternate = reader.take('#');
        if !fill_given && reader.take('0') {
            spec.fill = u32::from(b'0');
            if !align_given && default_align == Align::Right {
                spec.align = Align::AfterSign;
            }
        }
        spec.width = reader.number()?.unwrap_or(0);
        spec.grouping = reader.grouping()?;
        if reader.take('.') {
            spec.precision = reader.number()?;
            spec.fraction_grouping = reader.grouping()?;
            if spec.precision.is_none() && spec.fraction_grouping.is_none() {
                return value_error("Format specifier missing precision");
            }
        }
        match text.len() - reader.at {
            0 => {}
            1 => spec.code = text.at(reader.at),
            _ => {
                let text = text.to_string_lossy();
                return value_error(format!(
                    "Invalid format specifier '{text}' for object of type '{type_name}'"
                ));
            }
        }
        spec.check_grouping()?;
        // Characters may take four bytes; a precision is bounded further where it is used.
        if !crate::text::can_hold(spec.width, 4) {
            return Err(FormatError::Memory);
        }
        Ok(spec)
    }

    fn check_grouping(&self) -> Result<(), FormatError> {
        let code = char::from_u32(self.code).unwrap_or('\u{fffd}');
        if let Some(separator) = self.grouping {
            let fine = match code {
                'd' | 'e' | 'f' | 'g' | 'E' | 'G' | '%' | 'F' | '\0' => true,
                'b' | 'o' | 'x' | 'X' => separator == Separator::Underscore,
                _ => false,
            };
            if !fine {
                return value_error(format!(
                    "Cannot specify '{}' with '{}'.",
                    separator.char(),
                    shown(self.code)
                ));
            }
        }
        if let Some(separator) = self.fraction_grouping
            && code == 'n'
        {
            return value_error(format!(
                "Cannot specify '{}' with '{}'.",
                separator.char(),
                shown(self.code)
            ));
        }
        Ok(())
    }

    /// How much padding goes to the left and to the right of `len` characters.
    pub(crate) fn padding(&self, len: usize) -> (usize, usize) {
        let missing = self.width.saturating_sub(len);
        match self.align {
            Align::Left => (0, missing),
            Align::Center => (missing / 2, missing - missing / 2),
            Align::Right | Align::AfterSign => (missing, 0),
        }
    }
}

/// `format(text, spec)` for a str; `None` when the text comes out as it is.
pub fn format_str(text: Text<'_>, spec: Text<'_>, type_name: &str) -> Result<Option<TextBuf>, FormatError> {
    if spec.is_empty() {
        return Ok(None);
    }
    let spec = Spec::parse(spec, type_name, u32::from(b's'), Align::Left)?;
    if spec.code != u32::from(b's') {
        return unknown_code(spec.code, type_name);
    }
    match spec.sign {
        Some(' ') => return value_error("Space not allowed in string format specifier"),
        Some(_) => return value_error("Sign not allowed in string format specifier"),
        None => {}
    }
    if spec.no_negative_zero {
        return value_error("Negative zero coercion (z) not allowed in string format specifier");
    }
    if spec.alternate {
        return value_error("Alternate form (#) not allowed in string format specifier");
    }
    if spec.align == Align::AfterSign {
        return value_error("'=' alignment not allowed in string format specifier");
    }
    let len = spec.precision.map_or(text.len(), |precision| text.len().min(precision));
    if len == text.len() && spec.width <= len {
        return Ok(None);
    }
    let (left, right) = spec.padding(len);
    let mut out = TextBuf::with_capacity_for(left + len + right, text.unit_max().max(spec.fill));
    out.push_repeat(spec.fill, left);
    out.push_text(text.slice(0, len));
    out.push_repeat(spec.fill, right);
    Ok(Some(out))
}
