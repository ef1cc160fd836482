//! The specifications that nearly all programs write (`>10`, `05d`, `.2f`), read by hand, for texts of a few characters: nothing is
//! allocated on the way.
//!
//! Whatever is not as plain as that is `None`, for the general functions to say what it means, or what is wrong with it.

use std::io::Write;

/// The longest text.
const MOST: usize = 120;

/// A text in ASCII.
pub struct Short {
    bytes: [u8; MOST],
    len: usize,
}

impl Short {
    fn new() -> Short {
        Short {
            bytes: [b' '; MOST],
            len: 0,
        }
    }

    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }

    /// Moves a number to the right end of `width` characters: spaces come in front of it, or zeros behind its sign.
    fn pad(mut self, width: usize, zeros: bool) -> Short {
        let missing = width.saturating_sub(self.len);
        if missing == 0 {
            return self;
        }
        let from = usize::from(zeros && self.bytes[0] == b'-');
        self.bytes.copy_within(from..self.len, from + missing);
        self.bytes[from..from + missing].fill(if zeros { b'0' } else { b' ' });
        self.len += missing;
        self
    }
}

/// Width and whether it is filled with zeros, from the beginning of a specification; the rest of it.
fn width(spec: &[u8]) -> Option<(usize, bool, &[u8])> {
    let zeros = spec.first() == Some(&b'0');
    let (width, rest) = number(spec)?;
    (width < MOST).then_some((width, zeros, rest))
}

/// Up to three digits.
fn number(spec: &[u8]) -> Option<(usize, &[u8])> {
    let digits = spec.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, rest) = spec.split_at(digits);
    (digits.len() <= 3).then(|| {
        let value = digits
            .iter()
            .fold(0, |value, digit| value * 10 + usize::from(digit - b'0'));
        (value, rest)
    })
}

/// `format(value, spec)`: `[0][width][d|x]`.
pub fn int(value: i64, spec: &[u8]) -> Option<Short> {
    let (width, zeros, rest) = width(spec)?;
    let mut out = Short::new();
    let mut at = out.bytes.len();
    let mut left = value.unsigned_abs();
    let radix = match rest {
        [] | [b'd'] => 10,
        [b'x'] => 16,
        _ => return None,
    };
    loop {
        at -= 1;
        out.bytes[at] = b"0123456789abcdef"[(left % radix) as usize];
        left /= radix;
        if left == 0 {
            break;
        }
    }
    if value < 0 {
        at -= 1;
        out.bytes[at] = b'-';
    }
    out.bytes.copy_within(at.., 0);
    out.len = MOST - at;
    Some(out.pad(width, zeros))
}

/// `format(value, spec)`: `[0][width].precision f`.
pub fn float(value: f64, spec: &[u8]) -> Option<Short> {
    let (width, zeros, rest) = width(spec)?;
    let [b'.', rest @ ..] = rest else { return None };
    let (precision, rest) = match rest {
        [b'0'..=b'9', ..] => number(rest)?,
        _ => return None,
    };
    // The digits before the point are 17 at most.
    if rest != b"f" || precision > 50 || value.is_nan() || value.abs() >= 1e17 {
        return None;
    }
    let mut out = Short::new();
    let mut room = &mut out.bytes[..];
    write!(room, "{value:.precision$}").ok()?;
    out.len = MOST - room.len();
    Some(out.pad(width, zeros))
}

/// `format(text, spec)` for an ASCII text: `[<|>|^][width]`.
pub fn text(text: &[u8], spec: &[u8]) -> Option<Short> {
    let (align, rest) = match spec {
        [align @ (b'<' | b'>' | b'^'), rest @ ..] => (*align, rest),
        _ => (b'<', spec),
    };
    let (width, zeros, rest) = width(rest)?;
    if zeros || !rest.is_empty() || text.len() >= MOST {
        return None;
    }
    let missing = width.saturating_sub(text.len());
    let from = match align {
        b'<' => 0,
        b'>' => missing,
        _ => missing / 2,
    };
    let mut out = Short::new();
    out.bytes[from..from + text.len()].copy_from_slice(text);
    out.len = text.len() + missing;
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Text;

    fn shown(short: Option<Short>) -> Option<String> {
        short.map(|short| String::from_utf8_lossy(short.as_bytes()).into_owned())
    }

    /// Whatever is answered here is what the general functions answer.
    #[test]
    fn agree_with_the_general_functions() {
        let specs = [
            "5", "05", "d", "5d", "05d", "x", "04x", "2x", "119d", "120d", ".2f", "8.3f", "08.1f", ".0f", ".50f",
            "0.2f", "5.2", ".f", ">8", "<8", "^9", "^8", "8", ">08", "s", "", "0", "00", "007d", "=5d", ".2e", "1000",
            "+d", ",",
        ];
        let general = |r: Result<crate::text::TextBuf, _>| r.ok().map(|buf| buf.as_text().to_string_lossy());
        for spec in specs {
            let of = Text::Latin1(spec.as_bytes());
            for value in [0, 7, -7, 255, -255, i64::MAX, i64::MIN] {
                let arg = crate::format::IntArg::Small(value);
                if let Some(found) = shown(int(value, spec.as_bytes())) {
                    assert_eq!(
                        Some(found),
                        general(crate::format::format_int(arg, of, "int", 0)),
                        "{value} {spec}"
                    );
                }
            }
            for value in [
                0.0,
                -0.0,
                1.5,
                2.675,
                -3.125,
                0.5,
                1e16,
                -99.995,
                1e300,
                f64::INFINITY,
                f64::NAN,
            ] {
                if let Some(found) = shown(float(value, spec.as_bytes())) {
                    assert_eq!(
                        Some(found),
                        general(crate::format::format_float(value, of, "float")),
                        "{value} {spec}"
                    );
                }
            }
            for value in ["", "a", "abcdefgh", "a longer one"] {
                if let Some(found) = shown(text(value.as_bytes(), spec.as_bytes())) {
                    let wanted = crate::format::format_str(Text::Latin1(value.as_bytes()), of, "str");
                    let wanted = wanted
                        .ok()
                        .map(|buf| buf.map_or(value.to_owned(), |buf| buf.as_text().to_string_lossy()));
                    assert_eq!(Some(found), wanted, "{value} {spec}");
                }
            }
        }
        assert!(int(5, b"05d").is_some() && float(1.5, b"8.2f").is_some() && text(b"a", b">5").is_some());
    }
}
