//! A text under construction: it starts narrow and widens when a code point asks for it.

use super::Text;

/// An owned text that grows.
#[derive(Clone, Debug)]
pub enum TextBuf {
    Latin1(Vec<u8>),
    Ucs2(Vec<u16>),
    Ucs4(Vec<u32>),
}

impl Default for TextBuf {
    fn default() -> TextBuf {
        TextBuf::new()
    }
}

impl From<String> for TextBuf {
    fn from(text: String) -> TextBuf {
        if text.is_ascii() {
            return TextBuf::Latin1(text.into_bytes());
        }
        let mut buf = TextBuf::new();
        buf.push_str(&text);
        buf
    }
}

impl From<&str> for TextBuf {
    fn from(text: &str) -> TextBuf {
        let mut buf = TextBuf::with_capacity(text.len());
        buf.push_str(text);
        buf
    }
}

impl FromIterator<u32> for TextBuf {
    fn from_iter<I: IntoIterator<Item = u32>>(codes: I) -> TextBuf {
        let codes = codes.into_iter();
        let mut buf = TextBuf::with_capacity(codes.size_hint().0);
        codes.for_each(|code| buf.push(code));
        buf
    }
}

impl TextBuf {
    pub const fn new() -> TextBuf {
        TextBuf::Latin1(Vec::new())
    }

    pub fn with_capacity(units: usize) -> TextBuf {
        TextBuf::Latin1(Vec::with_capacity(units))
    }

    /// Room for code points up to `max` from the start.
    pub fn with_capacity_for(units: usize, max: u32) -> TextBuf {
        match max {
            0..=0xff => TextBuf::Latin1(Vec::with_capacity(units)),
            0x100..=0xffff => TextBuf::Ucs2(Vec::with_capacity(units)),
            _ => TextBuf::Ucs4(Vec::with_capacity(units)),
        }
    }

    #[inline]
    pub fn as_text(&self) -> Text<'_> {
        match self {
            TextBuf::Latin1(v) => Text::Latin1(v),
            TextBuf::Ucs2(v) => Text::Ucs2(v),
            TextBuf::Ucs4(v) => Text::Ucs4(v),
        }
    }

    pub fn len(&self) -> usize {
        self.as_text().len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub fn clear(&mut self) {
        match self {
            TextBuf::Latin1(v) => v.clear(),
            TextBuf::Ucs2(v) => v.clear(),
            TextBuf::Ucs4(v) => v.clear(),
        }
    }

    pub fn truncate(&mut self, len: usize) {
        match self {
            TextBuf::Latin1(v) => v.truncate(len),
            TextBuf::Ucs2(v) => v.truncate(len),
            TextBuf::Ucs4(v) => v.truncate(len),
        }
    }

    fn widen(&mut self, max: u32) {
        *self = match (&*self, max) {
            (TextBuf::Latin1(v), 0x100..=0xffff) => TextBuf::Ucs2(v.iter().map(|unit| u16::from(*unit)).collect()),
            (TextBuf::Latin1(v), 0x1_0000..) => TextBuf::Ucs4(v.iter().map(|unit| u32::from(*unit)).collect()),
            (TextBuf::Ucs2(v), 0x1_0000..) => TextBuf::Ucs4(v.iter().map(|unit| u32::from(*unit)).collect()),
            _ => return,
        };
    }

    #[inline]
    pub fn push(&mut self, code: u32) {
        match self {
            TextBuf::Latin1(v) if code <= 0xff => v.push(code as u8),
            TextBuf::Ucs2(v) if code <= 0xffff => v.push(code as u16),
            TextBuf::Ucs4(v) => v.push(code),
            _ => {
                self.widen(code);
                self.push(code);
            }
        }
    }

    pub fn push_repeat(&mut self, code: u32, count: usize) {
        if count == 0 {
            return;
        }
        self.push(code);
        match self {
            TextBuf::Latin1(v) => v.resize(v.len() + count - 1, code as u8),
            TextBuf::Ucs2(v) => v.resize(v.len() + count - 1, code as u16),
            TextBuf::Ucs4(v) => v.resize(v.len() + count - 1, code),
        }
    }

    pub fn push_ascii(&mut self, text: &[u8]) {
        match self {
            TextBuf::Latin1(v) => v.extend_from_slice(text),
            TextBuf::Ucs2(v) => v.extend(text.iter().map(|unit| u16::from(*unit))),
            TextBuf::Ucs4(v) => v.extend(text.iter().map(|unit| u32::from(*unit))),
        }
    }

    pub fn push_str(&mut self, text: &str) {
        if text.is_ascii() {
            self.push_ascii(text.as_bytes());
        } else {
            text.chars().for_each(|c| self.push(u32::from(c)));
        }
    }

    pub fn push_text(&mut self, text: Text<'_>) {
        match (&mut *self, text) {
            (TextBuf::Latin1(v), Text::Latin1(s)) => v.extend_from_slice(s),
            (TextBuf::Ucs2(v), Text::Ucs2(s)) => v.extend_from_slice(s),
            (TextBuf::Ucs2(v), Text::Latin1(s)) => v.extend(s.iter().map(|unit| u16::from(*unit))),
            (TextBuf::Ucs4(v), Text::Ucs4(s)) => v.extend_from_slice(s),
            (TextBuf::Ucs4(v), text) => v.extend(text.iter()),
            (_, text) if text.is_empty() => {}
            (_, text) => {
                let max = text.max_code();
                self.widen(max);
                // A wide variant that holds narrow text does not widen the buffer.
                if max <= self.as_text().unit_max() && self.as_text().unit_max() < text.unit_max() {
                    text.iter().for_each(|code| self.push(code));
                } else {
                    self.push_text(text);
                }
            }
        }
    }

    pub fn reverse(&mut self) {
        match self {
            TextBuf::Latin1(v) => v.reverse(),
            TextBuf::Ucs2(v) => v.reverse(),
            TextBuf::Ucs4(v) => v.reverse(),
        }
    }
}

impl std::fmt::Write for TextBuf {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        self.push_str(text);
        Ok(())
    }
}
