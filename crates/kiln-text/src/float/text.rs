//! Floats from text and to text: `repr`, `float()`, and the C-style conversions under every format.

use crate::int::is_c_space;

/// The decimal digits of a finite float: `0.d1d2d3… * 10**point`, no trailing zeros unless a precision asked for them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Digits {
    pub digits: Vec<u8>,
    pub point: i32,
}

impl Digits {
    /// From `d.ddde±x` or plain decimal notation.
    fn read(text: &str) -> Digits {
        let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let exponent: i32 = exponent.parse().unwrap_or(0);
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let mut digits: Vec<u8> = whole.bytes().chain(fraction.bytes()).collect();
        let mut point = whole.len() as i32 + exponent;
        let zeros = digits.iter().take_while(|digit| **digit == b'0').count();
        if zeros == digits.len() {
            return Digits {
                digits: vec![b'0'],
                point: 1,
            };
        }
        digits.drain(..zeros);
        point -= zeros as i32;
        Digits { digits, point }
    }

    fn trim(mut self) -> Digits {
        while self.digits.len() > 1 && self.digits.last() == Some(&b'0') {
            self.digits.pop();
        }
        self
    }
}

/// The shortest digits that read back as the same float.
pub fn digits(value: f64) -> Digits {
    let mut buffer = zmij::Buffer::new();
    Digits::read(buffer.format_finite(value.abs())).trim()
}

/// No float has more fraction digits than this; more are zeros. Also keeps clear of the standard library's limit.
const MOST_DIGITS: usize = 1100;

/// The digits to `precision` after the first one, as `%e` rounds.
fn exponent_digits(value: f64, precision: usize) -> Digits {
    let mut text = Digits::read(&format!("{:.*e}", precision.min(MOST_DIGITS), value.abs()));
    text.digits.resize(precision + 1, b'0');
    text
}

fn push_exponent(out: &mut String, exponent: i32) {
    out.push('e');
    out.push(if exponent < 0 { '-' } else { '+' });
    let exponent = exponent.unsigned_abs();
    if exponent < 10 {
        out.push('0');
    }
    out.push_str(&exponent.to_string());
}

fn text(digits: &[u8]) -> &str {
    std::str::from_utf8(digits).unwrap_or("")
}

fn push_scientific(out: &mut String, digits: &Digits, alternate: bool) {
    out.push_str(text(&digits.digits[..1]));
    if digits.digits.len() > 1 || alternate {
        out.push('.');
        out.push_str(text(&digits.digits[1..]));
    }
    push_exponent(out, digits.point - 1);
}

/// Positional notation; `dot_zero` appends `.0` to whole numbers, `alternate` keeps the point.
fn push_positional(out: &mut String, digits: &Digits, dot_zero: bool, alternate: bool) {
    let Digits { digits, point } = digits;
    if *point <= 0 {
        out.push_str("0.");
        out.extend(std::iter::repeat_n('0', point.unsigned_abs() as usize));
        out.push_str(text(digits));
    } else if digits.len() <= *point as usize {
        out.push_str(text(digits));
        out.extend(std::iter::repeat_n('0', *point as usize - digits.len()));
        if dot_zero {
            out.push_str(".0");
        } else if alternate {
            out.push('.');
        }
    } else {
        out.push_str(text(&digits[..*point as usize]));
        out.push('.');
        out.push_str(text(&digits[*point as usize..]));
    }
}

/// `repr(value)`.
pub fn repr(value: f64) -> String {
    format_double(value, 'r', 0, false, true)
}

/// A float in C's style. `code` is `e f g` or `r` (shortest), in either case; `alternate` is `#`; `dot_zero` makes `g` and
/// `r` end whole numbers with `.0`. Negative numbers start with a minus sign.
pub fn format_double(value: f64, code: char, precision: usize, alternate: bool, dot_zero: bool) -> String {
    let upper = code.is_ascii_uppercase();
    let mut out = String::with_capacity(24);
    if value.is_nan() {
        out.push_str("nan");
    } else {
        if value.is_sign_negative() {
            out.push('-');
        }
        if value.is_infinite() {
            out.push_str("inf");
        } else {
            push_finite(
                &mut out,
                value.abs(),
                code.to_ascii_lowercase(),
                precision,
                alternate,
                dot_zero,
            );
        }
    }
    if upper { out.to_ascii_uppercase() } else { out }
}

fn push_finite(out: &mut String, value: f64, code: char, precision: usize, alternate: bool, dot_zero: bool) {
    match code {
        'e' => push_scientific(out, &exponent_digits(value, precision), alternate),
        'f' => {
            let most = precision.min(MOST_DIGITS);
            out.push_str(&format!("{value:.most$}"));
            out.extend(std::iter::repeat_n('0', precision - most));
            if precision == 0 && alternate {
                out.push('.');
            }
        }
        'g' => {
            let precision = precision.max(1);
            let mut digits = exponent_digits(value, precision - 1);
            // With `.0` to come, a number as long as the precision would show a digit too many.
            let scientific = digits.point <= -4 || i64::from(digits.point) > precision as i64 - i64::from(dot_zero);
            if !alternate {
                digits = digits.trim();
            }
            if scientific {
                push_scientific(out, &digits, alternate);
            } else {
                push_positional(out, &digits, dot_zero, alternate);
            }
        }
        _ => {
            let digits = digits(value);
            if digits.point <= -4 || digits.point > 16 {
                push_scientific(out, &digits, alternate);
            } else {
                push_positional(out, &digits, dot_zero, alternate);
            }
        }
    }
}

/// How many bytes at the start of `text` are a decimal float (no white space, no underscores), and its value.
pub fn parse_prefix(input: &[u8]) -> Option<(f64, usize)> {
    let sign = usize::from(matches!(input.first(), Some(b'+' | b'-')));
    let negative = input.first() == Some(&b'-');
    let signed = |value: f64| if negative { -value } else { value };
    let body = &input[sign..];
    let word = |word: &[u8]| body.len() >= word.len() && body[..word.len()].eq_ignore_ascii_case(word);
    if word(b"infinity") {
        return Some((signed(f64::INFINITY), sign + 8));
    }
    if word(b"inf") {
        return Some((signed(f64::INFINITY), sign + 3));
    }
    if word(b"nan") {
        return Some((signed(f64::NAN), sign + 3));
    }
    let run = |from: usize| body[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let whole = run(0);
    let mut at = whole;
    let mut fraction = 0;
    if body.get(at) == Some(&b'.') {
        fraction = run(at + 1);
        at += 1 + fraction;
    }
    if whole + fraction == 0 {
        return None;
    }
    if matches!(body.get(at), Some(b'e' | b'E')) {
        let exponent_sign = usize::from(matches!(body.get(at + 1), Some(b'+' | b'-')));
        let exponent = if at + 1 + exponent_sign <= body.len() {
            run(at + 1 + exponent_sign)
        } else {
            0
        };
        if exponent > 0 {
            at += 1 + exponent_sign + exponent;
        }
    }
    let value: f64 = std::str::from_utf8(&body[..at]).ok()?.parse().ok()?;
    Some((signed(value), sign + at))
}

/// The text without underscores, which may only stand between digits.
pub(crate) fn without_underscores(input: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(input.len());
    let mut previous = 0u8;
    for &byte in input {
        if byte == b'_' {
            if !previous.is_ascii_digit() {
                return None;
            }
        } else {
            if previous == b'_' && !byte.is_ascii_digit() {
                return None;
            }
            out.push(byte);
        }
        previous = byte;
    }
    (previous != b'_').then_some(out)
}

/// The bytes without C's white space at both ends.
pub(crate) fn trim_c_space(mut input: &[u8]) -> &[u8] {
    while let [first, rest @ ..] = input
        && is_c_space(*first)
    {
        input = rest;
    }
    while let [rest @ .., last] = input
        && is_c_space(*last)
    {
        input = rest;
    }
    input
}

/// `float(text)`. Text outside ASCII goes through `Text::to_ascii_number` first.
pub fn parse(input: &[u8]) -> Option<f64> {
    let input = trim_c_space(input);
    let plain;
    let input = if input.contains(&b'_') {
        plain = without_underscores(input)?;
        &plain
    } else {
        input
    };
    let (value, taken) = parse_prefix(input)?;
    (taken == input.len()).then_some(value)
}
