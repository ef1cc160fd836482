//! Properties of code points, as CPython 3.14 has them (UCD 16.0.0), from tables that `tables/generate.py` writes.

pub mod names;
pub mod normalize;
mod records;

pub use records::flags;

/// What `str` asks about a code point.
#[derive(Debug)]
pub struct TypeRecord {
    pub flags: u16,
    /// Distances to the simple mappings.
    pub lower: i32,
    pub upper: i32,
    pub title: i32,
    /// -1: none.
    pub decimal: i8,
    pub digit: i8,
}

/// Case mappings to several code points, or where case folding is not lower case.
#[derive(Debug)]
pub struct SpecialCase {
    pub code: u32,
    pub lower: [u32; 3],
    pub upper: [u32; 3],
    pub title: [u32; 3],
    pub fold: [u32; 3],
}

/// What `unicodedata` says of a code point.
#[derive(Debug)]
pub struct DatabaseRecord {
    pub category: u8,
    pub bidirectional: u8,
    pub combining: u8,
    pub width: u8,
    pub mirrored: bool,
}

static TYPES: &[u8] = include_bytes!("types.bin");
static DATABASE: &[u8] = include_bytes!("database.bin");
static NUMERICS: &[u8] = include_bytes!("numerics.bin");

const SHIFT: u32 = 7;
const BLOCKS: usize = 0x11_0000 >> SHIFT;

fn two_stage(table: &[u8], code: u32) -> usize {
    let entry = |at: usize| usize::from(u16::from_le_bytes([table[2 * at], table[2 * at + 1]]));
    // Values past the last code point are nothing: they read as U+10FFFF, which is unassigned.
    let code = code.min(0x10_ffff);
    let block = entry((code >> SHIFT) as usize);
    entry(BLOCKS + (block << SHIFT) + (code & ((1 << SHIFT) - 1)) as usize)
}

/// What [`two_stage`] finds for the code points below 256.
static FIRST_TYPES: [u16; 256] = {
    const fn entry(at: usize) -> usize {
        TYPES[2 * at] as usize | (TYPES[2 * at + 1] as usize) << 8
    }
    let mut found = [0; 256];
    let mut code = 0;
    while code < 256 {
        let block = entry(code >> SHIFT);
        found[code] = entry(BLOCKS + (block << SHIFT) + (code & ((1 << SHIFT) - 1))) as u16;
        code += 1;
    }
    found
};

#[inline]
pub fn type_record(code: u32) -> &'static TypeRecord {
    match FIRST_TYPES.get(code as usize) {
        Some(at) => &records::TYPES[usize::from(*at)],
        None => &records::TYPES[two_stage(TYPES, code)],
    }
}

#[inline]
fn has(code: u32, flag: u16) -> bool {
    type_record(code).flags & flag != 0
}

macro_rules! predicates {
    ($($(#[$meta:meta])* $name:ident = $flag:expr;)*) => { $(
        $(#[$meta])*
        pub fn $name(code: u32) -> bool {
            has(code, $flag)
        }
    )* };
}

predicates! {
    is_alpha = flags::ALPHA;
    is_decimal = flags::DECIMAL;
    is_digit = flags::DIGIT;
    is_numeric = flags::NUMERIC;
    is_alnum = flags::ALPHA | flags::DECIMAL | flags::DIGIT | flags::NUMERIC;
    is_lower = flags::LOWER;
    is_upper = flags::UPPER;
    is_title = flags::TITLE;
    is_cased = flags::CASED;
    is_case_ignorable = flags::CASE_IGNORABLE;
    is_xid_start = flags::XID_START;
    is_xid_continue = flags::XID_CONTINUE;
}

#[inline]
pub fn is_space(code: u32) -> bool {
    if code < 0x80 {
        return matches!(code, 0x20 | 0x09..=0x0d | 0x1c..=0x1f);
    }
    has(code, flags::SPACE)
}

#[inline]
pub fn is_printable(code: u32) -> bool {
    if code < 0x7f {
        return code >= 0x20;
    }
    has(code, flags::PRINTABLE)
}

/// What `str.splitlines` breaks at.
#[inline]
pub fn is_line_break(code: u32) -> bool {
    matches!(code, 0x0a..=0x0d | 0x1c..=0x1e | 0x85 | 0x2028 | 0x2029)
}

pub fn decimal(code: u32) -> Option<u8> {
    u8::try_from(type_record(code).decimal).ok()
}

pub fn digit(code: u32) -> Option<u8> {
    u8::try_from(type_record(code).digit).ok()
}

/// The numeric value as a fraction.
pub fn numeric(code: u32) -> Option<(i64, u32)> {
    const SIZE: usize = 16;
    let (mut low, mut high) = (0, NUMERICS.len() / SIZE);
    let word = |at: usize| u32::from_le_bytes([NUMERICS[at], NUMERICS[at + 1], NUMERICS[at + 2], NUMERICS[at + 3]]);
    while low < high {
        let middle = usize::midpoint(low, high);
        let at = middle * SIZE;
        match word(at).cmp(&code) {
            std::cmp::Ordering::Less => low = middle + 1,
            std::cmp::Ordering::Greater => high = middle,
            std::cmp::Ordering::Equal => {
                let numerator = u64::from(word(at + 4)) | u64::from(word(at + 8)) << 32;
                return Some((numerator as i64, word(at + 12)));
            }
        }
    }
    None
}

fn special(code: u32) -> Option<&'static SpecialCase> {
    if type_record(code).flags & flags::EXTENDED_CASE == 0 {
        return None;
    }
    let at = records::SPECIAL_CASES
        .binary_search_by_key(&code, |entry| entry.code)
        .ok()?;
    Some(&records::SPECIAL_CASES[at])
}

fn moved(code: u32, distance: i32) -> [u32; 3] {
    [code.wrapping_add_signed(distance), 0, 0]
}

/// The full mappings: up to three code points, padded with zeros (only U+0000 maps to zero).
pub fn to_lower(code: u32) -> [u32; 3] {
    special(code).map_or_else(|| moved(code, type_record(code).lower), |entry| entry.lower)
}

pub fn to_upper(code: u32) -> [u32; 3] {
    special(code).map_or_else(|| moved(code, type_record(code).upper), |entry| entry.upper)
}

pub fn to_title(code: u32) -> [u32; 3] {
    special(code).map_or_else(|| moved(code, type_record(code).title), |entry| entry.title)
}

pub fn to_casefold(code: u32) -> [u32; 3] {
    special(code).map_or_else(|| moved(code, type_record(code).lower), |entry| entry.fold)
}

/// The mapping to one code point that regular expressions use.
pub fn simple_lower(code: u32) -> u32 {
    code.wrapping_add_signed(type_record(code).lower)
}

/// Upper case to one code point, the code point itself when there is none.
pub fn simple_upper(code: u32) -> u32 {
    let record = type_record(code);
    // Where upper case takes several code points, the title case is the single one.
    let several = special(code).is_some_and(|entry| entry.upper[1] != 0);
    code.wrapping_add_signed(if several { record.title } else { record.upper })
}

fn database(code: u32) -> &'static DatabaseRecord {
    &records::DATABASE[two_stage(DATABASE, code)]
}

pub fn category(code: u32) -> &'static str {
    records::CATEGORIES[usize::from(database(code).category)]
}

pub fn bidirectional(code: u32) -> &'static str {
    records::BIDIRECTIONAL[usize::from(database(code).bidirectional)]
}

pub fn combining(code: u32) -> u8 {
    database(code).combining
}

pub fn east_asian_width(code: u32) -> &'static str {
    records::WIDTHS[usize::from(database(code).width)]
}

pub fn mirrored(code: u32) -> bool {
    database(code).mirrored
}
