//! Padding, tabs, joining: the length changes, the content does not.

use super::{Text, TextBuf};

/// Which ends `strip` works on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Strip {
    Both,
    Left,
    Right,
}

/// Where padding goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fill {
    Left,
    Right,
    Both,
}

/// Whether there is memory for a text of so many units. Asked before a length that a program chose is used.
pub fn can_hold(units: usize, unit_size: usize) -> bool {
    const SMALL: usize = 1 << 20;
    if units <= SMALL {
        return true;
    }
    match units.checked_mul(unit_size) {
        Some(bytes) => Vec::<u8>::new().try_reserve_exact(bytes).is_ok(),
        None => false,
    }
}

impl Text<'_> {
    /// The bytes of a unit.
    pub fn unit_size(self) -> usize {
        match self {
            Text::Latin1(_) => 1,
            Text::Ucs2(_) => 2,
            Text::Ucs4(_) => 4,
        }
    }

    /// `ljust` (`Fill::Right`), `rjust`, `center`; `None` when the text is wide enough.
    pub fn pad(self, width: isize, fill: u32, side: Fill) -> Option<TextBuf> {
        let width = usize::try_from(width).unwrap_or(0);
        let missing = width.checked_sub(self.len()).filter(|missing| *missing > 0)?;
        let left = match side {
            Fill::Left => missing,
            Fill::Right => 0,
            Fill::Both => missing / 2 + (missing & width & 1),
        };
        let mut out = TextBuf::with_capacity_for(width, self.unit_max().max(fill));
        out.push_repeat(fill, left);
        out.push_text(self);
        out.push_repeat(fill, missing - left);
        Some(out)
    }

    /// `zfill`; `None` when the text is wide enough.
    pub fn zfill(self, width: isize) -> Option<TextBuf> {
        let width = usize::try_from(width).unwrap_or(0);
        let missing = width.checked_sub(self.len()).filter(|missing| *missing > 0)?;
        let signed = matches!(self.get(0), Some(0x2b | 0x2d));
        let mut out = TextBuf::with_capacity_for(width, self.unit_max());
        if signed {
            out.push(self.at(0));
        }
        out.push_repeat(u32::from(b'0'), missing);
        out.push_text(self.slice(usize::from(signed), self.len()));
        Some(out)
    }

    /// `expandtabs`; `None` when there are no tabs. `Err` when the result would be too long.
    pub fn expand_tabs(self, size: isize) -> Option<TextBuf> {
        self.find_code(u32::from(b'\t'))?;
        let size = usize::try_from(size).unwrap_or(0);
        let mut out = TextBuf::with_capacity_for(self.len(), self.unit_max());
        let mut column = 0;
        for code in self.iter() {
            match code {
                0x09 if size > 0 => {
                    let spaces = size - column % size;
                    out.push_repeat(u32::from(b' '), spaces);
                    column += spaces;
                }
                0x09 => {}
                _ => {
                    column = if matches!(code, 0x0a | 0x0d) { 0 } else { column + 1 };
                    out.push(code);
                }
            }
        }
        Some(out)
    }

    pub fn repeat(self, count: usize) -> TextBuf {
        match self {
            Text::Latin1(s) => TextBuf::Latin1(s.repeat(count)),
            Text::Ucs2(s) => TextBuf::Ucs2(s.repeat(count)),
            Text::Ucs4(s) => TextBuf::Ucs4(s.repeat(count)),
        }
    }

    /// The text of every `step`th character from `start`, `count` of them.
    pub fn stride(self, start: usize, step: isize, count: usize) -> TextBuf {
        let at = |i: usize| (start as isize + i as isize * step) as usize;
        match self {
            Text::Latin1(s) => TextBuf::Latin1((0..count).map(|i| s[at(i)]).collect()),
            Text::Ucs2(s) => TextBuf::Ucs2((0..count).map(|i| s[at(i)]).collect()),
            Text::Ucs4(s) => TextBuf::Ucs4((0..count).map(|i| s[at(i)]).collect()),
        }
    }

    pub fn to_buf(self) -> TextBuf {
        match self {
            Text::Latin1(s) => TextBuf::Latin1(s.to_vec()),
            Text::Ucs2(s) => TextBuf::Ucs2(s.to_vec()),
            Text::Ucs4(s) => TextBuf::Ucs4(s.to_vec()),
        }
    }
}
