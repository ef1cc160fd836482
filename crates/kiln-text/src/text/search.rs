//! Finding, counting and replacing.
//!
//! One-byte texts are searched by `memchr`; wider ones by scanning for the first unit, and with the two-way algorithm
//! (Crochemore and Perrin, 1991) when the needle is long, so that no search is quadratic.

use super::{Text, TextBuf, Unit, each_width};
use std::borrow::Cow;

/// Needles up to this length are compared in place at every candidate.
const SHORT: usize = 8;

/// The needle in the units of the text that is searched; `None` when it cannot occur there.
fn in_units<U: Unit>(needle: Text<'_>) -> Option<Vec<U>> {
    needle.iter().map(U::from_code).collect()
}

fn find_unit<U: Unit>(hay: &[U], unit: U) -> Option<usize> {
    match U::as_bytes(hay) {
        Some(bytes) => memchr::memchr(unit.into() as u8, bytes),
        None => hay.iter().position(|other| *other == unit),
    }
}

pub(crate) fn find_units<U: Unit>(hay: &[U], needle: &[U]) -> Option<usize> {
    let Some(first) = needle.first() else { return Some(0) };
    if needle.len() > hay.len() {
        return None;
    }
    if needle.len() == 1 {
        return find_unit(hay, *first);
    }
    if let (Some(hay), Some(needle)) = (U::as_bytes(hay), U::as_bytes(needle)) {
        return memchr::memmem::find(hay, needle);
    }
    if needle.len() > SHORT {
        return two_way(hay, needle);
    }
    let mut from = 0;
    while let Some(at) = find_unit(&hay[from..hay.len() - needle.len() + 1], *first) {
        if hay[from + at..].starts_with(needle) {
            return Some(from + at);
        }
        from += at + 1;
    }
    None
}

fn rfind_units<U: Unit>(hay: &[U], needle: &[U]) -> Option<usize> {
    let Some(first) = needle.first() else {
        return Some(hay.len());
    };
    if needle.len() > hay.len() {
        return None;
    }
    if let (Some(hay), Some(needle)) = (U::as_bytes(hay), U::as_bytes(needle)) {
        return match needle {
            [one] => memchr::memrchr(*one, hay),
            _ => memchr::memmem::rfind(hay, needle),
        };
    }
    if needle.len() > SHORT {
        let hay: Vec<U> = hay.iter().rev().copied().collect();
        let needle: Vec<U> = needle.iter().rev().copied().collect();
        return two_way(&hay, &needle).map(|at| hay.len() - needle.len() - at);
    }
    (0..=hay.len() - needle.len())
        .rev()
        .find(|at| hay[*at] == *first && hay[*at..].starts_with(needle))
}

/// Where the greatest suffix begins (by `<` or by `>`), and its period.
fn greatest_suffix<U: Unit>(needle: &[U], reversed: bool) -> (usize, usize) {
    let (mut left, mut right, mut offset, mut period) = (0, 1, 0, 1);
    while right + offset < needle.len() {
        let (a, b) = (needle[right + offset], needle[left + offset]);
        if a == b {
            if offset + 1 == period {
                right += offset + 1;
                offset = 0;
            } else {
                offset += 1;
            }
        } else if (a < b) != reversed {
            right += offset + 1;
            offset = 0;
            period = right - left;
        } else {
            left = right;
            right += 1;
            offset = 0;
            period = 1;
        }
    }
    (left, period)
}

fn two_way<U: Unit>(hay: &[U], needle: &[U]) -> Option<usize> {
    let (a, b) = (greatest_suffix(needle, false), greatest_suffix(needle, true));
    let (cut, mut period) = if a.0 > b.0 { a } else { b };
    let periodic = needle.len() >= period + cut && needle[..cut] == needle[period..period + cut];
    if !periodic {
        period = cut.max(needle.len() - cut) + 1;
    }
    let (mut at, mut known) = (0, 0);
    while at + needle.len() <= hay.len() {
        let window = &hay[at..at + needle.len()];
        let from = cut.max(known);
        if let Some(miss) = (from..needle.len()).find(|i| needle[*i] != window[*i]) {
            at += miss - cut + 1;
            known = 0;
            continue;
        }
        if (known..cut).rev().all(|i| needle[i] == window[i]) {
            return Some(at);
        }
        at += period;
        known = if periodic { needle.len() - period } else { 0 };
    }
    None
}

/// The part of a text that optional slice bounds name; `None` when it ends before it begins.
pub fn clip(len: usize, start: isize, end: isize) -> Option<(usize, usize)> {
    let limit = |index: isize| {
        if index < 0 {
            (index + len as isize).max(0) as usize
        } else {
            index as usize
        }
    };
    let (start, end) = (limit(start), limit(end).min(len));
    (start <= end).then_some((start, end))
}

impl<'a> Text<'a> {
    pub fn find(self, needle: Text<'_>) -> Option<usize> {
        each_width!(self, hay => match needle {
            // The common case: the same width, no copy of the needle.
            Text::Latin1(needle) if let Text::Latin1(hay) = self => find_units(hay, needle),
            _ => find_units(hay, &in_units(needle)?),
        })
    }

    pub fn rfind(self, needle: Text<'_>) -> Option<usize> {
        each_width!(self, hay => rfind_units(hay, &in_units(needle)?))
    }

    /// `str.find(needle, start, end)`; an empty needle is found where the part begins.
    pub fn find_between(self, needle: Text<'_>, start: isize, end: isize) -> Option<usize> {
        let (start, end) = clip(self.len(), start, end)?;
        self.slice(start, end).find(needle).map(|at| at + start)
    }

    pub fn rfind_between(self, needle: Text<'_>, start: isize, end: isize) -> Option<usize> {
        let (start, end) = clip(self.len(), start, end)?;
        self.slice(start, end).rfind(needle).map(|at| at + start)
    }

    pub fn find_code(self, code: u32) -> Option<usize> {
        each_width!(self, hay => find_unit(hay, Unit::from_code(code)?))
    }

    pub fn contains(self, needle: Text<'_>) -> bool {
        self.find(needle).is_some()
    }

    pub fn starts_with(self, prefix: Text<'_>) -> bool {
        prefix.len() <= self.len() && self.slice(0, prefix.len()).eq(prefix)
    }

    pub fn ends_with(self, suffix: Text<'_>) -> bool {
        suffix.len() <= self.len() && self.slice(self.len() - suffix.len(), self.len()).eq(suffix)
    }

    /// Where `needle`, which is not empty, occurs without overlaps, at most `limit` times.
    pub fn occurrences(self, needle: Text<'_>, limit: usize) -> Vec<usize> {
        debug_assert!(!needle.is_empty(), "the empty needle is the caller's case");
        fn all<U: Unit>(hay: &[U], needle: &[U], limit: usize) -> Vec<usize> {
            if let (Some(hay), Some(needle)) = (U::as_bytes(hay), U::as_bytes(needle)) {
                return match needle {
                    [one] => memchr::memchr_iter(*one, hay).take(limit).collect(),
                    _ => memchr::memmem::find_iter(hay, needle).take(limit).collect(),
                };
            }
            let (mut found, mut from) = (Vec::new(), 0);
            while found.len() < limit
                && let Some(at) = find_units(&hay[from..], needle)
            {
                found.push(from + at);
                from += at + needle.len();
            }
            found
        }
        each_width!(self, hay => match in_units(needle) {
            Some(needle) => all(hay, &needle, limit),
            None => Vec::new(),
        })
    }

    /// `str.count(needle)`.
    pub fn count(self, needle: Text<'_>) -> usize {
        if needle.is_empty() {
            return self.len() + 1;
        }
        self.occurrences(needle, usize::MAX).len()
    }

    /// `str.replace(old, new, count)`, -1 for all; `None` when nothing changes.
    pub fn replace(self, old: Text<'_>, new: Text<'_>, count: isize) -> Option<TextBuf> {
        let limit = usize::try_from(count).unwrap_or(usize::MAX);
        if limit == 0 || (old.is_empty() && new.is_empty()) || old.len() > self.len() {
            return None;
        }
        // Most texts hold nothing to replace.
        if let (Text::Latin1(units), Text::Latin1(&[one])) = (self, old)
            && memchr::memchr(one, units).is_none()
        {
            return None;
        }
        let places: Cow<'_, [usize]> = if old.is_empty() {
            Cow::Owned((0..=self.len()).take(limit).collect())
        } else {
            Cow::Owned(self.occurrences(old, limit))
        };
        if places.is_empty() || old.eq(new) {
            return None;
        }
        let len = self.len() - places.len() * old.len() + places.len() * new.len();
        let max = self.unit_max().max(new.unit_max());
        let mut out = TextBuf::with_capacity_for(len, max);
        let mut from = 0;
        for &at in places.iter() {
            out.push_text(self.slice(from, at));
            out.push_text(new);
            from = at + old.len();
        }
        out.push_text(self.slice(from, self.len()));
        Some(out)
    }
}
