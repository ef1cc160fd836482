//! Splitting: every function answers with ranges of the text, from which the caller makes its objects.

use super::Text;
use crate::unicode;

/// Where a part begins and ends.
pub type Range = (usize, usize);

/// What counts as white space: bytes know only ASCII's.
pub fn is_ascii_space(code: u32) -> bool {
    matches!(code, 0x20 | 0x09..=0x0d)
}

impl Text<'_> {
    /// `split(sep, limit)` for a separator that is not empty; a negative limit is none.
    pub fn split(self, separator: Text<'_>, limit: isize) -> Vec<Range> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let places = self.occurrences(separator, limit);
        let mut parts = Vec::with_capacity(places.len() + 1);
        let mut from = 0;
        for at in places {
            parts.push((from, at));
            from = at + separator.len();
        }
        parts.push((from, self.len()));
        parts
    }

    /// `rsplit(sep, limit)`.
    pub fn rsplit(self, separator: Text<'_>, limit: isize) -> Vec<Range> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let mut parts = Vec::new();
        let mut end = self.len();
        while parts.len() < limit
            && let Some(at) = self.slice(0, end).rfind(separator)
        {
            parts.push((at + separator.len(), end));
            end = at;
        }
        parts.push((0, end));
        parts.reverse();
        parts
    }

    /// `split(None, limit)`: at runs of white space, which the last part keeps at its end when the limit is reached.
    pub fn split_space(self, limit: isize, is_space: fn(u32) -> bool) -> Vec<Range> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let (mut parts, mut at, len) = (Vec::new(), 0, self.len());
        loop {
            while at < len && is_space(self.at(at)) {
                at += 1;
            }
            if at == len {
                return parts;
            }
            if parts.len() == limit {
                parts.push((at, len));
                return parts;
            }
            let from = at;
            while at < len && !is_space(self.at(at)) {
                at += 1;
            }
            parts.push((from, at));
        }
    }

    /// `rsplit(None, limit)`.
    pub fn rsplit_space(self, limit: isize, is_space: fn(u32) -> bool) -> Vec<Range> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let (mut parts, mut at) = (Vec::new(), self.len());
        loop {
            while at > 0 && is_space(self.at(at - 1)) {
                at -= 1;
            }
            if at == 0 {
                break;
            }
            if parts.len() == limit {
                parts.push((0, at));
                break;
            }
            let end = at;
            while at > 0 && !is_space(self.at(at - 1)) {
                at -= 1;
            }
            parts.push((at, end));
        }
        parts.reverse();
        parts
    }

    /// `str.splitlines(keep)`.
    pub fn split_lines(self, keep: bool) -> Vec<Range> {
        self.split_lines_at(keep, unicode::is_line_break)
    }

    /// `bytes.splitlines(keep)`.
    pub fn split_byte_lines(self, keep: bool) -> Vec<Range> {
        self.split_lines_at(keep, |code| matches!(code, 0x0a | 0x0d))
    }

    fn split_lines_at(self, keep: bool, is_break: fn(u32) -> bool) -> Vec<Range> {
        let (mut parts, mut from, mut at, len) = (Vec::new(), 0, 0, self.len());
        while at < len {
            if !is_break(self.at(at)) {
                at += 1;
                continue;
            }
            let end = at;
            at += if self.at(at) == 0x0d && self.get(at + 1) == Some(0x0a) {
                2
            } else {
                1
            };
            parts.push((from, if keep { at } else { end }));
            from = at;
        }
        if from < len {
            parts.push((from, len));
        }
        parts
    }

    /// The part that remains when `strips` characters are taken from the chosen ends.
    pub fn strip_where(self, ends: super::Strip, strips: impl Fn(u32) -> bool) -> Range {
        let (mut start, mut end) = (0, self.len());
        if ends != super::Strip::Right {
            while start < end && strips(self.at(start)) {
                start += 1;
            }
        }
        if ends != super::Strip::Left {
            while end > start && strips(self.at(end - 1)) {
                end -= 1;
            }
        }
        (start, end)
    }

    /// `str.strip(chars)` and its one-sided forms.
    pub fn strip_chars(self, ends: super::Strip, chars: Text<'_>) -> Range {
        self.strip_where(ends, |code| chars.find_code(code).is_some())
    }
}
