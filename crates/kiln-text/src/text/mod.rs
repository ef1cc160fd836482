//! Text as Python has it: a sequence of code points (surrogates included) in units of one, two or four bytes.
//!
//! [`Text`] borrows the units of a `str`; [`TextBuf`] is what the algorithms produce. The functions are generic over the
//! unit, so that searching never widens the text that is searched.

mod buf;
mod case;
mod search;
mod shape;
mod split;

pub use buf::TextBuf;
pub use search::clip;
pub(crate) use search::find_units;
pub use shape::{Fill, Strip, can_hold};
pub use split::{Range, is_ascii_space};

use crate::unicode;
use std::cmp::Ordering;

/// A borrowed text. The variant is the narrowest that holds every code point only where that is said.
#[derive(Clone, Copy, Debug)]
pub enum Text<'a> {
    Latin1(&'a [u8]),
    Ucs2(&'a [u16]),
    Ucs4(&'a [u32]),
}

/// A unit of text: a code point that fits it.
pub trait Unit: Copy + Eq + Ord + Into<u32> + 'static {
    /// The largest code point that fits.
    const MAX: u32;
    fn from_code(code: u32) -> Option<Self>;
    /// The slice as bytes, where a unit is one: these have faster searches.
    fn as_bytes(slice: &[Self]) -> Option<&[u8]>;
    fn wrap(slice: &[Self]) -> Text<'_>;
}

impl Unit for u8 {
    const MAX: u32 = 0xff;
    fn from_code(code: u32) -> Option<u8> {
        u8::try_from(code).ok()
    }
    fn as_bytes(slice: &[u8]) -> Option<&[u8]> {
        Some(slice)
    }
    fn wrap(slice: &[u8]) -> Text<'_> {
        Text::Latin1(slice)
    }
}

impl Unit for u16 {
    const MAX: u32 = 0xffff;
    fn from_code(code: u32) -> Option<u16> {
        u16::try_from(code).ok()
    }
    fn as_bytes(_: &[u16]) -> Option<&[u8]> {
        None
    }
    fn wrap(slice: &[u16]) -> Text<'_> {
        Text::Ucs2(slice)
    }
}

impl Unit for u32 {
    const MAX: u32 = 0x10_ffff;
    fn from_code(code: u32) -> Option<u32> {
        Some(code)
    }
    fn as_bytes(_: &[u32]) -> Option<&[u8]> {
        None
    }
    fn wrap(slice: &[u32]) -> Text<'_> {
        Text::Ucs4(slice)
    }
}

/// Runs the same code for each unit width.
macro_rules! each_width {
    ($text:expr, $slice:ident => $body:expr) => {
        match $text {
            $crate::text::Text::Latin1($slice) => $body,
            $crate::text::Text::Ucs2($slice) => $body,
            $crate::text::Text::Ucs4($slice) => $body,
        }
    };
}
pub(crate) use each_width;

impl<'a> From<&'a [u8]> for Text<'a> {
    fn from(bytes: &'a [u8]) -> Text<'a> {
        Text::Latin1(bytes)
    }
}

impl<'a> Text<'a> {
    pub const EMPTY: Text<'static> = Text::Latin1(&[]);

    #[inline]
    pub fn len(self) -> usize {
        each_width!(self, s => s.len())
    }

    #[inline]
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The code point at `index`; panics when it is out of range.
    #[inline]
    pub fn at(self, index: usize) -> u32 {
        match self {
            Text::Latin1(s) => u32::from(s[index]),
            Text::Ucs2(s) => u32::from(s[index]),
            Text::Ucs4(s) => s[index],
        }
    }

    #[inline]
    pub fn get(self, index: usize) -> Option<u32> {
        (index < self.len()).then(|| self.at(index))
    }

    /// The part from `start` up to `end`; panics when it is out of range.
    #[inline]
    pub fn slice(self, start: usize, end: usize) -> Text<'a> {
        match self {
            Text::Latin1(s) => Text::Latin1(&s[start..end]),
            Text::Ucs2(s) => Text::Ucs2(&s[start..end]),
            Text::Ucs4(s) => Text::Ucs4(&s[start..end]),
        }
    }

    pub fn iter(self) -> Codes<'a> {
        match self {
            Text::Latin1(s) => Codes::Latin1(s.iter()),
            Text::Ucs2(s) => Codes::Ucs2(s.iter()),
            Text::Ucs4(s) => Codes::Ucs4(s.iter()),
        }
    }

    pub fn is_ascii(self) -> bool {
        match self {
            Text::Latin1(s) => s.is_ascii(),
            Text::Ucs2(s) => s.iter().all(|unit| *unit < 0x80),
            Text::Ucs4(s) => s.iter().all(|unit| *unit < 0x80),
        }
    }

    /// The largest code point that the text's units could hold.
    pub fn unit_max(self) -> u32 {
        match self {
            Text::Latin1(_) => 0xff,
            Text::Ucs2(_) => 0xffff,
            Text::Ucs4(_) => 0x10_ffff,
        }
    }

    pub fn max_code(self) -> u32 {
        self.iter().max().unwrap_or(0)
    }

    /// The text as a Rust string, surrogates replaced.
    pub fn to_string_lossy(self) -> String {
        self.iter()
            .map(|code| char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER))
            .collect()
    }

    /// The text as a Rust string; `None` when it holds surrogates.
    pub fn to_utf8(self) -> Option<String> {
        match self {
            Text::Latin1(s) if s.is_ascii() => String::from_utf8(s.to_vec()).ok(),
            _ => self.iter().map(char::from_u32).collect(),
        }
    }

    pub fn eq(self, other: Text<'_>) -> bool {
        match (self, other) {
            (Text::Latin1(a), Text::Latin1(b)) => a == b,
            (Text::Ucs2(a), Text::Ucs2(b)) => a == b,
            (Text::Ucs4(a), Text::Ucs4(b)) => a == b,
            _ => self.len() == other.len() && self.iter().eq(other.iter()),
        }
    }

    pub fn eq_str(self, other: &str) -> bool {
        match self {
            Text::Latin1(s) if s.is_ascii() => s == other.as_bytes(),
            _ => self.iter().eq(other.chars().map(u32::from)),
        }
    }

    /// The order of the code points.
    pub fn cmp(self, other: Text<'_>) -> Ordering {
        match (self, other) {
            (Text::Latin1(a), Text::Latin1(b)) => a.cmp(b),
            (Text::Ucs2(a), Text::Ucs2(b)) => a.cmp(b),
            (Text::Ucs4(a), Text::Ucs4(b)) => a.cmp(b),
            _ => self.iter().cmp(other.iter()),
        }
    }

    /// The text with decimal digits of any script as ASCII ones and white space as spaces, as `int()`, `float()` and
    /// `complex()` read it; anything else outside ASCII becomes `?`, which no number holds.
    pub fn to_ascii_number(self) -> std::borrow::Cow<'a, [u8]> {
        if let Text::Latin1(s) = self
            && s.is_ascii()
        {
            return std::borrow::Cow::Borrowed(s);
        }
        let ascii = |code: u32| match code {
            0..=0x7f if !unicode::is_space(code) => code as u8,
            _ if unicode::is_space(code) => b' ',
            _ => unicode::decimal(code).map_or(b'?', |digit| b'0' + digit),
        };
        std::borrow::Cow::Owned(self.iter().map(ascii).collect())
    }

    /// `str.isidentifier()`.
    pub fn is_identifier(self) -> bool {
        let mut codes = self.iter();
        match codes.next() {
            Some(first) if first == u32::from(b'_') || unicode::is_xid_start(first) => {}
            _ => return false,
        }
        codes.all(unicode::is_xid_continue)
    }

    fn all_of(self, test: impl Fn(u32) -> bool) -> bool {
        !self.is_empty() && self.iter().all(test)
    }

    pub fn is_alpha(self) -> bool {
        self.all_of(unicode::is_alpha)
    }
    pub fn is_alnum(self) -> bool {
        self.all_of(unicode::is_alnum)
    }
    pub fn is_decimal(self) -> bool {
        self.all_of(unicode::is_decimal)
    }
    pub fn is_digit(self) -> bool {
        self.all_of(unicode::is_digit)
    }
    pub fn is_numeric(self) -> bool {
        self.all_of(unicode::is_numeric)
    }
    pub fn is_space(self) -> bool {
        self.all_of(unicode::is_space)
    }
    /// `str.isprintable()`, true for the empty text.
    pub fn is_printable(self) -> bool {
        self.iter().all(unicode::is_printable)
    }
    /// `str.islower()`: a cased character, and no upper or title case.
    pub fn is_lower(self) -> bool {
        let mut cased = false;
        for code in self.iter() {
            if unicode::is_upper(code) || unicode::is_title(code) {
                return false;
            }
            cased |= unicode::is_lower(code);
        }
        cased
    }
    pub fn is_upper(self) -> bool {
        let mut cased = false;
        for code in self.iter() {
            if unicode::is_lower(code) || unicode::is_title(code) {
                return false;
            }
            cased |= unicode::is_upper(code);
        }
        cased
    }
    /// `str.istitle()`: upper and title case only at the start of words, lower case only inside.
    pub fn is_title(self) -> bool {
        let (mut cased, mut inside) = (false, false);
        for code in self.iter() {
            if unicode::is_upper(code) || unicode::is_title(code) {
                if inside {
                    return false;
                }
                (inside, cased) = (true, true);
            } else if unicode::is_lower(code) {
                if !inside {
                    return false;
                }
                cased = true;
            } else {
                inside = false;
            }
        }
        cased
    }
}

/// The code points of a text.
#[derive(Clone)]
pub enum Codes<'a> {
    Latin1(std::slice::Iter<'a, u8>),
    Ucs2(std::slice::Iter<'a, u16>),
    Ucs4(std::slice::Iter<'a, u32>),
}

impl Iterator for Codes<'_> {
    type Item = u32;

    #[inline]
    fn next(&mut self) -> Option<u32> {
        match self {
            Codes::Latin1(units) => units.next().map(|unit| u32::from(*unit)),
            Codes::Ucs2(units) => units.next().map(|unit| u32::from(*unit)),
            Codes::Ucs4(units) => units.next().copied(),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        match self {
            Codes::Latin1(units) => units.size_hint(),
            Codes::Ucs2(units) => units.size_hint(),
            Codes::Ucs4(units) => units.size_hint(),
        }
    }
}

impl DoubleEndedIterator for Codes<'_> {
    fn next_back(&mut self) -> Option<u32> {
        match self {
            Codes::Latin1(units) => units.next_back().map(|unit| u32::from(*unit)),
            Codes::Ucs2(units) => units.next_back().map(|unit| u32::from(*unit)),
            Codes::Ucs4(units) => units.next_back().copied(),
        }
    }
}

impl ExactSizeIterator for Codes<'_> {}
