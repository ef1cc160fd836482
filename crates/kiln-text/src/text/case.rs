//! Case mappings, with Unicode's special casing.

use super::{Text, TextBuf};
use crate::unicode;

const CAPITAL_SIGMA: u32 = 0x3a3;

fn push_mapped(out: &mut TextBuf, mapped: [u32; 3]) {
    out.push(mapped[0]);
    for code in &mapped[1..] {
        if *code != 0 {
            out.push(*code);
        }
    }
}

impl Text<'_> {
    /// Lower case of the character at `index`: a capital sigma is final (ς) after a cased character and not before one,
    /// characters that do not matter for casing aside.
    fn push_lower(self, out: &mut TextBuf, index: usize) {
        let code = self.at(index);
        if code != CAPITAL_SIGMA {
            return push_mapped(out, unicode::to_lower(code));
        }
        let before = (0..index)
            .rev()
            .map(|at| self.at(at))
            .find(|code| !unicode::is_case_ignorable(*code));
        let after = (index + 1..self.len())
            .map(|at| self.at(at))
            .find(|code| !unicode::is_case_ignorable(*code));
        let last = before.is_some_and(unicode::is_cased) && !after.is_some_and(unicode::is_cased);
        out.push(if last { 0x3c2 } else { 0x3c3 });
    }

    fn ascii_map(self, map: impl Fn(&mut [u8])) -> Option<TextBuf> {
        let Text::Latin1(units) = self else { return None };
        if !units.is_ascii() {
            return None;
        }
        let mut units = units.to_vec();
        map(&mut units);
        Some(TextBuf::Latin1(units))
    }

    pub fn lower(self) -> TextBuf {
        if let Some(ascii) = self.ascii_map(|units| units.make_ascii_lowercase()) {
            return ascii;
        }
        let mut out = TextBuf::with_capacity_for(self.len(), self.unit_max());
        (0..self.len()).for_each(|index| self.push_lower(&mut out, index));
        out
    }

    pub fn upper(self) -> TextBuf {
        if let Some(ascii) = self.ascii_map(|units| units.make_ascii_uppercase()) {
            return ascii;
        }
        let mut out = TextBuf::with_capacity_for(self.len(), self.unit_max());
        self.iter()
            .for_each(|code| push_mapped(&mut out, unicode::to_upper(code)));
        out
    }

    pub fn casefold(self) -> TextBuf {
        if let Some(ascii) = self.ascii_map(|units| units.make_ascii_lowercase()) {
            return ascii;
        }
        let mut out = TextBuf::with_capacity_for(self.len(), self.unit_max());
        self.iter()
            .for_each(|code| push_mapped(&mut out, unicode::to_casefold(code)));
        out
    }

    pub fn capitalize(self) -> TextBuf {
        let ascii = self.ascii_map(|units| {
            units.make_ascii_lowercase();
            if let Some(first) = units.first_mut() {
                first.make_ascii_uppercase();
            }
        });
        if let Some(ascii) = ascii {
            return ascii;
        }
        let mut out = TextBuf::with_capacity_for(self.len(), self.unit_max());
        for index in 0..self.len() {
            if index == 0 {
                push_mapped(&mut out, unicode::to_title(self.at(0)));
            } else {
                self.push_lower(&mut out, index);
            }
        }
        out
    }

    pub fn title(self) -> TextBuf {
        let ascii = self.ascii_map(|units| {
            let mut inside = false;
            for unit in units {
                if inside {
                    unit.make_ascii_lowercase();
                } else {
                    unit.make_ascii_uppercase();
                }
                inside = unit.is_ascii_alphabetic();
            }
        });
        if let Some(ascii) = ascii {
            return ascii;
        }
        let mut out = TextBuf::with_capacity_for(self.len(), self.unit_max());
        let mut inside = false;
        for index in 0..self.len() {
            let code = self.at(index);
            if inside {
                self.push_lower(&mut out, index);
            } else {
                push_mapped(&mut out, unicode::to_title(code));
            }
            inside = unicode::is_cased(code);
        }
        out
    }

    pub fn swapcase(self) -> TextBuf {
        let mut out = TextBuf::with_capacity_for(self.len(), self.unit_max());
        for index in 0..self.len() {
            let code = self.at(index);
            if unicode::is_upper(code) {
                self.push_lower(&mut out, index);
            } else if unicode::is_lower(code) {
                push_mapped(&mut out, unicode::to_upper(code));
            } else {
                out.push(code);
            }
        }
        out
    }
}
