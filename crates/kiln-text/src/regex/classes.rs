//! Character classes: categories, sets, case.

use super::ops::{self, category};
use crate::unicode;

pub fn ascii_lower(code: u32) -> u32 {
    if (0x41..=0x5a).contains(&code) {
        code + 0x20
    } else {
        code
    }
}

pub fn ascii_is_cased(code: u32) -> bool {
    code < 0x80 && (code as u8).is_ascii_alphabetic()
}

pub fn unicode_lower(code: u32) -> u32 {
    if code < 0x80 {
        ascii_lower(code)
    } else {
        unicode::simple_lower(code)
    }
}

pub fn unicode_is_cased(code: u32) -> bool {
    unicode::simple_lower(code) != code || unicode::simple_upper(code) != code
}

fn ascii_word(code: u32) -> bool {
    code < 0x80 && ((code as u8).is_ascii_alphanumeric() || code == 0x5f)
}

pub fn is_word(code: u32) -> bool {
    if code < 0x80 {
        ascii_word(code)
    } else {
        unicode::is_alnum(code)
    }
}

pub fn is_ascii_word(code: u32) -> bool {
    ascii_word(code)
}

pub fn in_category(wanted: u32, code: u32) -> bool {
    let positive = match wanted & !1 {
        category::DIGIT => (0x30..=0x39).contains(&code),
        category::SPACE => matches!(code, 0x20 | 0x09..=0x0d),
        category::WORD | category::LOC_WORD => ascii_word(code),
        category::LINEBREAK => code == 0x0a,
        category::UNI_DIGIT => unicode::is_decimal(code),
        category::UNI_SPACE => unicode::is_space(code),
        category::UNI_WORD => is_word(code),
        category::UNI_LINEBREAK => unicode::is_line_break(code),
        _ => return false,
    };
    positive == (wanted & 1 == 0)
}

fn bit(words: &[u32], index: u32) -> bool {
    words[(index >> 5) as usize] >> (index & 31) & 1 == 1
}

/// Whether the set that begins at `set` holds `code`.
pub fn in_set(set: &[u32], code: u32) -> bool {
    let (mut at, mut found) = (0, true);
    loop {
        let op = set[at];
        at += 1;
        match op {
            ops::FAILURE => return !found,
            ops::LITERAL => {
                if set[at] == code {
                    return found;
                }
                at += 1;
            }
            ops::CATEGORY => {
                if in_category(set[at], code) {
                    return found;
                }
                at += 1;
            }
            ops::CHARSET => {
                if code < 256 && bit(&set[at..at + 8], code) {
                    return found;
                }
                at += 8;
            }
            ops::RANGE => {
                if (set[at]..=set[at + 1]).contains(&code) {
                    return found;
                }
                at += 2;
            }
            ops::RANGE_UNI_IGNORE => {
                let range = set[at]..=set[at + 1];
                if range.contains(&code) || range.contains(&unicode::simple_upper(code)) {
                    return found;
                }
                at += 2;
            }
            ops::NEGATE => found = !found,
            ops::BIGCHARSET => {
                let blocks = set[at] as usize;
                at += 1;
                if code < 0x1_0000 {
                    let high = (code >> 8) as usize;
                    let block = set[at + high / 4] >> (high % 4 * 8) & 0xff;
                    let words = at + 64 + block as usize * 8;
                    if bit(&set[words..words + 8], code & 0xff) {
                        return found;
                    }
                }
                at += 64 + blocks * 8;
            }
            _ => return false,
        }
    }
}

/// How many words the set at `set` takes, its end included; `None` when it is malformed.
pub fn set_len(set: &[u32]) -> Option<usize> {
    let mut at = 0;
    loop {
        let op = *set.get(at)?;
        at += 1;
        at += match op {
            ops::FAILURE => return Some(at),
            ops::LITERAL | ops::CATEGORY => 1,
            ops::CHARSET => 8,
            ops::RANGE | ops::RANGE_UNI_IGNORE => 2,
            ops::NEGATE => 0,
            ops::BIGCHARSET => {
                let blocks = *set.get(at)? as usize;
                let mapping = set.get(at + 1..at + 65)?;
                let highest = mapping.iter().flat_map(|word| word.to_le_bytes()).max().unwrap_or(0);
                if usize::from(highest) >= blocks {
                    return None;
                }
                65 + blocks * 8
            }
            _ => return None,
        };
        if at > set.len() {
            return None;
        }
    }
}
