//! Numbers under a format specification.

use super::spec::{Align, FormatError, Separator, Spec, unknown_code, value_error};
use crate::complex::Complex;
use crate::float::format_double;
use crate::int::BigInt;
use crate::text::{Text, TextBuf};

/// An int of either size.
#[derive(Clone, Copy, Debug)]
pub enum IntArg<'a> {
    Small(i64),
    Big(&'a BigInt),
}

impl IntArg<'_> {
    pub fn is_negative(self) -> bool {
        match self {
            IntArg::Small(value) => value < 0,
            IntArg::Big(value) => value.is_negative(),
        }
    }

    pub fn to_i64(self) -> Option<i64> {
        match self {
            IntArg::Small(value) => Some(value),
            IntArg::Big(value) => value.to_i64(),
        }
    }

    pub fn to_f64(self) -> Option<f64> {
        match self {
            IntArg::Small(value) => Some(value as f64),
            IntArg::Big(value) => value.to_f64(),
        }
    }

    /// The digits of the magnitude; decimal ones are held to `limit`.
    pub fn digits(self, radix: u8, limit: usize) -> Result<String, FormatError> {
        match (self, radix) {
            (IntArg::Small(value), 10) => Ok(value.unsigned_abs().to_string()),
            (IntArg::Small(value), 16) => Ok(format!("{:x}", value.unsigned_abs())),
            (IntArg::Small(value), 8) => Ok(format!("{:o}", value.unsigned_abs())),
            (IntArg::Small(value), _) => Ok(format!("{:b}", value.unsigned_abs())),
            (IntArg::Big(value), 10) => value
                .abs()
                .to_decimal(limit)
                .map_err(|error| FormatError::Value(error.message())),
            (IntArg::Big(value), radix) => Ok(value.abs().to_radix(radix)),
        }
    }
}

/// A number taken apart: what grouping and padding look at.
struct Parts<'a> {
    negative: bool,
    prefix: &'a str,
    digits: &'a str,
    /// After the digits: point, fraction, exponent, `%`; or all of `inf` and `nan`.
    rest: &'a str,
}

/// The digits in groups, zeros in front up to `min_width` characters.
fn group(digits: &str, separator: char, size: usize, min_width: usize) -> String {
    let mut reversed: Vec<u8> = Vec::with_capacity(digits.len() * 4 / 3 + 1);
    let mut remaining = digits.len();
    let mut min_width = min_width as isize;
    loop {
        let len = size.min((remaining as isize).max(min_width).max(1) as usize);
        let chars = remaining.min(len);
        reversed.extend(digits.as_bytes()[remaining - chars..remaining].iter().rev());
        reversed.extend(std::iter::repeat_n(b'0', len - chars));
        remaining -= chars;
        min_width -= len as isize;
        if remaining == 0 && min_width <= 0 {
            break;
        }
        min_width -= 1;
        reversed.push(separator as u8);
    }
    reversed.iter().rev().map(|byte| char::from(*byte)).collect()
}

/// The fraction's digits in groups of three from the point on.
fn group_fraction(rest: &str, separator: Separator) -> String {
    let Some(fraction) = rest.strip_prefix('.') else {
        return rest.to_owned();
    };
    let digits = fraction.bytes().take_while(u8::is_ascii_digit).count();
    let mut out = String::from(".");
    for (index, c) in fraction.chars().enumerate() {
        if index > 0 && index < digits && index % 3 == 0 {
            out.push(separator.char());
        }
        out.push(c);
    }
    out
}

fn sign_text(spec_sign: Option<char>, negative: bool) -> &'static str {
    match (negative, spec_sign) {
        (true, _) => "-",
        (false, Some('+')) => "+",
        (false, Some(' ')) => " ",
        _ => "",
    }
}

/// Puts the parts together under the specification's sign, grouping, width and alignment.
fn assemble(out: &mut TextBuf, parts: &Parts<'_>, spec: &Spec, group_size: usize) {
    let sign = sign_text(spec.sign, parts.negative);
    let rest = match spec.fraction_grouping {
        Some(separator) => group_fraction(parts.rest, separator),
        None => parts.rest.to_owned(),
    };
    let zero_padded = spec.fill == u32::from(b'0') && spec.align == Align::AfterSign;
    let fixed = sign.len() + parts.prefix.len() + rest.len();
    let digits = match spec.grouping {
        Some(separator) if !parts.digits.is_empty() => {
            let min_width = if zero_padded {
                spec.width.saturating_sub(fixed)
            } else {
                0
            };
            group(parts.digits, separator.char(), group_size, min_width)
        }
        _ => parts.digits.to_owned(),
    };
    let (left, right) = spec.padding(fixed + digits.len());
    if spec.align != Align::AfterSign {
        out.push_repeat(spec.fill, left);
    }
    out.push_str(sign);
    out.push_str(parts.prefix);
    if spec.align == Align::AfterSign {
        out.push_repeat(spec.fill, left);
    }
    out.push_str(&digits);
    out.push_str(&rest);
    out.push_repeat(spec.fill, right);
}

fn split_number(text: &str) -> Parts<'_> {
    let (negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    Parts {
        negative,
        prefix: "",
        digits: &text[..digits],
        rest: &text[digits..],
    }
}

/// `format(int, spec)` for a specification that is not empty.
pub fn format_int(
    value: IntArg<'_>,
    spec: Text<'_>,
    type_name: &str,
    digit_limit: usize,
) -> Result<TextBuf, FormatError> {
    let spec = Spec::parse(spec, type_name, u32::from(b'd'), Align::Right)?;
    let code = char::from_u32(spec.code).unwrap_or('\u{fffd}');
    match code {
        'b' | 'c' | 'd' | 'o' | 'x' | 'X' | 'n' => {}
        'e' | 'E' | 'f' | 'F' | 'g' | 'G' | '%' => {
            let Some(value) = value.to_f64() else {
                return Err(FormatError::Overflow("int too large to convert to float".to_owned()));
            };
            return float_by_spec(value, &spec, type_name);
        }
        _ => return unknown_code(spec.code, type_name),
    }
    if spec.precision.is_some() {
        return value_error("Precision not allowed in integer format specifier");
    }
    if spec.no_negative_zero {
        return value_error("Negative zero coercion (z) not allowed in integer format specifier");
    }
    let mut out = TextBuf::new();
    if code == 'c' {
        if spec.sign.is_some() {
            return value_error("Sign not allowed with integer format specifier 'c'");
        }
        if spec.alternate {
            return value_error("Alternate form (#) not allowed with integer format specifier 'c'");
        }
        if value.to_i64().is_none() {
            return Err(FormatError::Overflow(
                "Python int too large to convert to C long".to_owned(),
            ));
        }
        let Some(character) = value
            .to_i64()
            .and_then(|v| u32::try_from(v).ok())
            .filter(|v| *v <= 0x10_ffff)
        else {
            return Err(FormatError::Overflow("%c arg not in range(0x110000)".to_owned()));
        };
        let (left, right) = spec.padding(1);
        out.push_repeat(spec.fill, left);
        out.push(character);
        out.push_repeat(spec.fill, right);
        return Ok(out);
    }
    let (radix, prefix) = match code {
        'b' => (2, "0b"),
        'o' => (8, "0o"),
        'x' => (16, "0x"),
        'X' => (16, "0X"),
        _ => (10, ""),
    };
    let mut digits = value.digits(radix, digit_limit)?;
    if code == 'X' {
        digits.make_ascii_uppercase();
    }
    let parts = Parts {
        negative: value.is_negative(),
        prefix: if spec.alternate { prefix } else { "" },
        digits: &digits,
        rest: "",
    };
    assemble(&mut out, &parts, &spec, if radix == 10 { 3 } else { 4 });
    Ok(out)
}

/// `format(float, spec)` for a specification that is not empty.
pub fn format_float(value: f64, spec: Text<'_>, type_name: &str) -> Result<TextBuf, FormatError> {
    let spec = Spec::parse(spec, type_name, 0, Align::Right)?;
    match char::from_u32(spec.code) {
        Some('\0' | 'e' | 'E' | 'f' | 'F' | 'g' | 'G' | 'n' | '%') => float_by_spec(value, &spec, type_name),
        _ => unknown_code(spec.code, type_name),
    }
}

/// The text of a float for a type and precision; `-0` becomes `0` where the specification says so.
fn float_text(value: f64, code: char, dot_zero: bool, spec: &Spec) -> Result<String, FormatError> {
    let (code, precision) = match (code, spec.precision) {
        (_, Some(precision)) if precision > i32::MAX as usize => return value_error("precision too big"),
        (_, Some(precision)) if !crate::text::can_hold(precision, 1) => return Err(FormatError::Memory),
        ('r', Some(precision)) => ('g', precision),
        ('r', None) => ('r', 0),
        (code, precision) => (code, precision.unwrap_or(6)),
    };
    let mut text = format_double(value, code, precision, spec.alternate, dot_zero);
    if spec.no_negative_zero && text.starts_with('-') {
        let zero = text
            .bytes()
            .take_while(|byte| !matches!(byte, b'e' | b'E'))
            .all(|byte| !matches!(byte, b'1'..=b'9'));
        if zero && value.is_finite() {
            text.remove(0);
        }
    }
    Ok(text)
}

fn float_by_spec(value: f64, spec: &Spec, _type_name: &str) -> Result<TextBuf, FormatError> {
    let (code, dot_zero) = match char::from_u32(spec.code) {
        Some('\0') | None => ('r', true),
        Some('n') => ('g', false),
        Some('%') => ('f', false),
        Some(code) => (code, false),
    };
    let percent = spec.code == u32::from(b'%');
    let mut text = float_text(if percent { value * 100.0 } else { value }, code, dot_zero, spec)?;
    if percent {
        text.push('%');
    }
    let mut out = TextBuf::new();
    assemble(&mut out, &split_number(&text), spec, 3);
    Ok(out)
}

/// `format(complex, spec)` for a specification that is not empty.
pub fn format_complex(value: Complex, spec: Text<'_>, type_name: &str) -> Result<TextBuf, FormatError> {
    let spec = Spec::parse(spec, type_name, 0, Align::Right)?;
    let code = match char::from_u32(spec.code) {
        Some('\0') => 'r',
        Some('n') => 'g',
        Some(code @ ('e' | 'E' | 'f' | 'F' | 'g' | 'G')) => code,
        _ => return unknown_code(spec.code, type_name),
    };
    if spec.fill == u32::from(b'0') {
        return value_error("Zero padding is not allowed in complex format specifier");
    }
    if spec.align == Align::AfterSign {
        return value_error("'=' alignment flag is not allowed in complex format specifier");
    }
    let bare = spec.code == 0;
    let only_imaginary = bare && value.real == 0.0 && value.real.is_sign_positive();
    let inner = Spec {
        width: 0,
        align: Align::Right,
        fill: u32::from(b' '),
        ..spec.clone()
    };
    let mut body = TextBuf::new();
    if !only_imaginary {
        let text = float_text(value.real, code, false, &spec)?;
        if bare {
            body.push(u32::from(b'('));
        }
        assemble(&mut body, &split_number(&text), &inner, 3);
    }
    let text = float_text(value.imag, code, false, &spec)?;
    let sign = if only_imaginary { spec.sign } else { Some('+') };
    assemble(&mut body, &split_number(&text), &Spec { sign, ..inner }, 3);
    body.push(u32::from(b'j'));
    if bare && !only_imaginary {
        body.push(u32::from(b')'));
    }
    let (left, right) = spec.padding(body.len());
    let mut out = TextBuf::new();
    out.push_repeat(spec.fill, left);
    out.push_text(body.as_text());
    out.push_repeat(spec.fill, right);
    Ok(out)
}
