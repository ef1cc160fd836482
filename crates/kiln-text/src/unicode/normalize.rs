//! Normalisation: NFC, NFD, NFKC, NFKD.

use super::{combining, records};
use crate::text::{Text, TextBuf};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form {
    Nfc,
    Nfd,
    Nfkc,
    Nfkd,
}

impl Form {
    pub fn by_name(name: &str) -> Option<Form> {
        Some(match name {
            "NFC" => Form::Nfc,
            "NFD" => Form::Nfd,
            "NFKC" => Form::Nfkc,
            "NFKD" => Form::Nfkd,
            _ => return None,
        })
    }
}

/// Header (entries, parts), entries of eight bytes, parts, then composing pairs of twelve bytes.
static DATA: &[u8] = include_bytes!("decompositions.bin");

fn word(at: usize) -> u32 {
    u32::from_le_bytes([DATA[at], DATA[at + 1], DATA[at + 2], DATA[at + 3]])
}

fn entries() -> usize {
    word(0) as usize
}

fn parts_at() -> usize {
    8 + entries() * 8
}

fn pairs_at() -> usize {
    parts_at() + word(4) as usize * 4
}

/// The decomposition mapping of a code point: its tag (empty for a canonical one) and its parts.
pub fn decomposition(code: u32) -> Option<(&'static str, impl Iterator<Item = u32>)> {
    let (mut low, mut high) = (0, entries());
    while low < high {
        let middle = usize::midpoint(low, high);
        let at = 8 + middle * 8;
        match word(at).cmp(&code) {
            std::cmp::Ordering::Less => low = middle + 1,
            std::cmp::Ordering::Greater => high = middle,
            std::cmp::Ordering::Equal => {
                let from = usize::from(u16::from_le_bytes([DATA[at + 4], DATA[at + 5]]));
                let (tag, count) = (usize::from(DATA[at + 6]), usize::from(DATA[at + 7]));
                let parts = (from..from + count).map(|part| word(parts_at() + part * 4));
                return Some((records::DECOMPOSITION_TAGS[tag], parts));
            }
        }
    }
    None
}

fn compose_pair(first: u32, second: u32) -> Option<u32> {
    // Hangul: leading consonant and vowel, then a trailing consonant.
    if (0x1100..0x1113).contains(&first) && (0x1161..0x1176).contains(&second) {
        return Some(0xac00 + ((first - 0x1100) * 21 + (second - 0x1161)) * 28);
    }
    if (0xac00..0xd7a4).contains(&first) && (first - 0xac00).is_multiple_of(28) && (0x11a8..0x11c3).contains(&second) {
        return Some(first + (second - 0x11a7));
    }
    let base = pairs_at();
    let (mut low, mut high) = (0, (DATA.len() - base) / 12);
    while low < high {
        let middle = usize::midpoint(low, high);
        let at = base + middle * 12;
        match (word(at), word(at + 4)).cmp(&(first, second)) {
            std::cmp::Ordering::Less => low = middle + 1,
            std::cmp::Ordering::Greater => high = middle,
            std::cmp::Ordering::Equal => return Some(word(at + 8)),
        }
    }
    None
}

fn push_decomposed(out: &mut Vec<u32>, code: u32, compatible: bool) {
    if (0xac00..0xd7a4).contains(&code) {
        let index = code - 0xac00;
        out.push(0x1100 + index / 588);
        out.push(0x1161 + index % 588 / 28);
        if !index.is_multiple_of(28) {
            out.push(0x11a7 + index % 28);
        }
        return;
    }
    match decomposition(code) {
        Some((tag, parts)) if compatible || tag.is_empty() => {
            parts.for_each(|part| push_decomposed(out, part, compatible));
        }
        _ => out.push(code),
    }
}

pub fn normalize(text: Text<'_>, form: Form) -> TextBuf {
    if text.is_ascii() {
        return text.to_buf();
    }
    let compatible = matches!(form, Form::Nfkc | Form::Nfkd);
    let mut codes = Vec::with_capacity(text.len());
    text.iter()
        .for_each(|code| push_decomposed(&mut codes, code, compatible));
    // Marks are ordered by class, within each run of them, keeping the order of equals.
    let mut from = 0;
    while from < codes.len() {
        let run = codes[from..].iter().take_while(|code| combining(**code) != 0).count();
        codes[from..from + run].sort_by_key(|code| combining(*code));
        from += run + 1;
    }
    if matches!(form, Form::Nfd | Form::Nfkd) {
        return codes.into_iter().collect();
    }
    let mut out: Vec<u32> = Vec::with_capacity(codes.len());
    let mut starter: Option<usize> = None;
    let mut last_class = 0;
    for code in codes {
        let class = combining(code);
        if let Some(at) = starter {
            let blocked = at + 1 != out.len() && (last_class >= class || last_class == 0);
            if !blocked && let Some(composed) = compose_pair(out[at], code) {
                out[at] = composed;
                continue;
            }
        }
        if class == 0 {
            starter = Some(out.len());
        }
        last_class = class;
        out.push(code);
    }
    out.into_iter().collect()
}
