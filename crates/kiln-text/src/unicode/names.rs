//! Names of code points, as `unicodedata.name` and `\N{...}` have them.
//!
//! `names.bin` holds the words that names are made of, most frequent first, and for each named code point the numbers
//! of its words. CJK ideographs and Hangul syllables are computed.

use std::sync::OnceLock;

/// Header: counts of words, word bytes, names, name bytes. Then the words (each ended by a zero byte), the names (code
/// point as a difference in LEB128, count of words, word numbers in LEB128), then the aliases and named sequences in the
/// same form as names.
static DATA: &[u8] = include_bytes!("names.bin");

struct Names {
    words: Vec<&'static str>,
    /// Code point and where its words begin in `DATA`, by code point.
    by_code: Vec<(u32, u32)>,
    /// Aliases: code point and place.
    aliases: Vec<(u32, u32)>,
}

fn leb(at: &mut usize) -> u32 {
    let (mut value, mut shift) = (0u32, 0);
    loop {
        let byte = DATA[*at];
        *at += 1;
        value |= u32::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return value;
        }
        shift += 7;
    }
}

fn names() -> &'static Names {
    static NAMES: OnceLock<Names> = OnceLock::new();
    NAMES.get_or_init(|| {
        let mut at = 0;
        let word_count = leb(&mut at) as usize;
        let name_count = leb(&mut at) as usize;
        let alias_count = leb(&mut at) as usize;
        let mut words = Vec::with_capacity(word_count);
        for _ in 0..word_count {
            let end = at + DATA[at..].iter().position(|byte| *byte == 0).unwrap_or(0);
            words.push(std::str::from_utf8(&DATA[at..end]).unwrap_or(""));
            at = end + 1;
        }
        let mut list = |count: usize| {
            let mut code = 0;
            let mut out = Vec::with_capacity(count);
            for _ in 0..count {
                code += leb(&mut at);
                out.push((code, at as u32));
                let words = leb(&mut at);
                (0..words).for_each(|_| {
                    leb(&mut at);
                });
            }
            out
        };
        let by_code = list(name_count);
        let aliases = list(alias_count);
        Names {
            words,
            by_code,
            aliases,
        }
    })
}

fn spell(names: &Names, place: u32) -> String {
    let mut at = place as usize;
    let count = leb(&mut at);
    let mut out = String::new();
    for index in 0..count {
        let word = leb(&mut at) as usize;
        if index > 0 {
            out.push(' ');
        }
        out.push_str(names.words[word]);
    }
    out
}

const IDEOGRAPHS: &[(u32, u32)] = &[
    (0x3400, 0x4dbf),
    (0x4e00, 0x9fff),
    (0x20000, 0x2a6df),
    (0x2a700, 0x2b739),
    (0x2b740, 0x2b81d),
    (0x2b820, 0x2cea1),
    (0x2ceb0, 0x2ebe0),
    (0x2ebf0, 0x2ee5d),
    (0x30000, 0x3134a),
    (0x31350, 0x323af),
];

const LEADS: [&str; 19] = [
    "G", "GG", "N", "D", "DD", "R", "M", "B", "BB", "S", "SS", "", "J", "JJ", "C", "K", "T", "P", "H",
];
const VOWELS: [&str; 21] = [
    "A", "AE", "YA", "YAE", "EO", "E", "YEO", "YE", "O", "WA", "WAE", "OE", "YO", "U", "WEO", "WE", "WI", "YU", "EU",
    "YI", "I",
];
const TAILS: [&str; 28] = [
    "", "G", "GG", "GS", "N", "NJ", "NH", "D", "L", "LG", "LM", "LB", "LS", "LT", "LP", "LH", "M", "B", "BS", "S",
    "SS", "NG", "J", "C", "K", "T", "P", "H",
];

fn is_ideograph(code: u32) -> bool {
    IDEOGRAPHS.iter().any(|(first, last)| (*first..=*last).contains(&code))
}

/// `unicodedata.name(chr(code))`.
pub fn name(code: u32) -> Option<String> {
    if (0xac00..0xd7a4).contains(&code) {
        let index = (code - 0xac00) as usize;
        let (lead, vowel, tail) = (LEADS[index / 588], VOWELS[index % 588 / 28], TAILS[index % 28]);
        return Some(format!("HANGUL SYLLABLE {lead}{vowel}{tail}"));
    }
    if is_ideograph(code) {
        return Some(format!("CJK UNIFIED IDEOGRAPH-{code:X}"));
    }
    let names = names();
    let at = names.by_code.binary_search_by_key(&code, |entry| entry.0).ok()?;
    Some(spell(names, names.by_code[at].1))
}

/// `ord(unicodedata.lookup(name))`, for single code points.
pub fn lookup(name: &str) -> Option<u32> {
    let name = name.to_ascii_uppercase();
    if let Some(hex) = name.strip_prefix("CJK UNIFIED IDEOGRAPH-") {
        let code = u32::from_str_radix(hex, 16).ok()?;
        return (is_ideograph(code) && (hex.len() == 4 || hex.len() == 5)).then_some(code);
    }
    if let Some(syllable) = name.strip_prefix("HANGUL SYLLABLE ") {
        return (0xac00..0xd7a4).find(|code| {
            let index = (code - 0xac00) as usize;
            let parts = [LEADS[index / 588], VOWELS[index % 588 / 28], TAILS[index % 28]];
            parts.concat() == syllable
        });
    }
    let names = names();
    // Comparing word numbers spares spelling every name.
    let numbers: Option<Vec<u32>> = name
        .split(' ')
        .map(|word| names.words.iter().position(|other| *other == word).map(|at| at as u32))
        .collect();
    let numbers = numbers?;
    let same = |place: u32| {
        let mut at = place as usize;
        leb(&mut at) as usize == numbers.len() && numbers.iter().all(|number| leb(&mut at) == *number)
    };
    names
        .by_code
        .iter()
        .chain(&names.aliases)
        .find(|entry| same(entry.1))
        .map(|entry| entry.0)
}
