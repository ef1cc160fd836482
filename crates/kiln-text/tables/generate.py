"""Derives the Unicode tables of kiln-text from a CPython 3.14, whose unicodedata is UCD 16.0.0.

Run as `python3.14 tables/generate.py` in this crate's folder; it writes `src/unicode/*.bin` and `src/unicode/records.rs`.
The property data is the Unicode Consortium's (Unicode License v3).
"""

import _sre
import struct
import unicodedata as ud
from pathlib import Path

OUT = Path(__file__).parent.parent / "src" / "unicode"
LAST = 0x110000
SHIFT = 7
BLOCK = 1 << SHIFT

assert ud.unidata_version == "16.0.0", ud.unidata_version

FLAGS = [
    "ALPHA", "DECIMAL", "DIGIT", "NUMERIC", "LOWER", "UPPER", "TITLE", "SPACE", "PRINTABLE", "XID_START",
    "XID_CONTINUE", "CASED", "CASE_IGNORABLE", "EXTENDED_CASE",
]


def flags_of(c, extended):
    lower, upper = c.islower(), c.isupper()
    title = c.istitle() and not upper
    ignorable = ("A" + c + "Σ").lower()[-1] == "ς" and ("1" + c + "Σ").lower()[-1] != "ς"
    bits = [
        c.isalpha(), c.isdecimal(), c.isdigit(), c.isnumeric(), lower, upper, title, c.isspace(), c.isprintable(),
        c.isidentifier(), ("a" + c).isidentifier(), lower or upper or title, ignorable, extended,
    ]
    return sum(1 << i for i, bit in enumerate(bits) if bit)


def two_stage(values):
    """The block numbers and the deduplicated blocks of a list with one entry per code point."""
    blocks, index, seen = [], [], {}
    for start in range(0, LAST, BLOCK):
        block = tuple(values[start : start + BLOCK])
        if block not in seen:
            seen[block] = len(blocks)
            blocks.append(block)
        index.append(seen[block])
    return index, [v for block in blocks for v in block]


def write_two_stage(name, values):
    index, flat = two_stage(values)
    assert max(index) < 65536 and max(flat) < 65536
    # The stage-one table covers every block, so that its size is known: 8704 entries.
    data = struct.pack(f"<{len(index)}H", *index) + struct.pack(f"<{len(flat)}H", *flat)
    (OUT / f"{name}.bin").write_bytes(data)


# Character types and case mappings.
records, record_ids, type_values = [], {}, []
special = []  # (code point, lower, upper, title, casefold), each a string
for cp in range(LAST):
    c = chr(cp)
    if cp == 0x3A3:  # its lower case depends on the context, which `lower` handles
        lower = "σ"
    else:
        lower = c.lower()
    upper, title, fold = c.upper(), c.title(), c.casefold()
    simple_lower = _sre.unicode_tolower(cp)
    extended = len(lower) > 1 or len(upper) > 1 or len(title) > 1 or fold != lower or simple_lower != ord(lower[0])
    if extended:
        special.append((cp, lower, upper, title, fold))
    decimal = ud.decimal(c, -1)
    digit = ud.digit(c, -1)
    one = lambda s: ord(s) - cp if len(s) == 1 else 0
    record = (flags_of(c, extended), simple_lower - cp, one(upper), one(title), decimal, digit)
    if record not in record_ids:
        record_ids[record] = len(records)
        records.append(record)
    type_values.append(record_ids[record])
write_two_stage("types", type_values)

# The database proper: category, bidirectional class, combining class, width, mirrored.
CATEGORIES = sorted({ud.category(chr(cp)) for cp in range(LAST)})
BIDI = sorted({ud.bidirectional(chr(cp)) for cp in range(LAST)})
WIDTHS = ["N", "A", "F", "H", "Na", "W"]
db_records, db_ids, db_values = [], {}, []
for cp in range(LAST):
    c = chr(cp)
    record = (
        CATEGORIES.index(ud.category(c)), BIDI.index(ud.bidirectional(c)), ud.combining(c),
        WIDTHS.index(ud.east_asian_width(c)), ud.mirrored(c),
    )
    if record not in db_ids:
        db_ids[record] = len(db_records)
        db_records.append(record)
    db_values.append(db_ids[record])
write_two_stage("database", db_values)

# Decompositions (Hangul syllables are computed), and the pairs that compose.
TAGS = [""]
entries, flat, pairs = [], [], []
for cp in range(LAST):
    text = ud.decomposition(chr(cp))
    if not text:
        continue
    fields = text.split()
    tag = fields.pop(0) if fields[0].startswith("<") else ""
    if tag not in TAGS:
        TAGS.append(tag)
    parts = [int(f, 16) for f in fields]
    entries.append((cp, len(flat), TAGS.index(tag), len(parts)))
    flat.extend(parts)
    if not tag and len(parts) == 2 and ud.normalize("NFC", "".join(map(chr, parts))) == chr(cp):
        pairs.append((parts[0], parts[1], cp))
data = struct.pack("<II", len(entries), len(flat))
for cp, at, tag, count in entries:
    data += struct.pack("<IHBB", cp, at, tag, count)
data += struct.pack(f"<{len(flat)}I", *flat)
for pair in sorted(pairs):
    data += struct.pack("<III", *pair)
(OUT / "decompositions.bin").write_bytes(data)

# Numeric values, as fractions.
numerics = []
for cp in range(LAST):
    value = ud.numeric(chr(cp), None)
    if value is not None:
        from fractions import Fraction

        f = Fraction(value).limit_denominator(1000)
        assert f.numerator / f.denominator == value, cp
        numerics.append((cp, f.numerator, f.denominator))
(OUT / "numerics.bin").write_bytes(b"".join(struct.pack("<IqI", *n) for n in numerics))

with open(OUT / "records.rs", "w") as f:
    p = lambda *a: print(*a, file=f)
    p("//! Written by `tables/generate.py` from UCD 16.0.0. The records that the two-stage tables name, and special case mappings.")
    p("#![cfg_attr(rustfmt, rustfmt_skip)]")
    p("use super::{DatabaseRecord as D, SpecialCase as S, TypeRecord as T};\n")
    p("pub mod flags {")
    for i, name in enumerate(FLAGS):
        p(f"    pub const {name}: u16 = 1 << {i};")
    p("}\n")
    p("pub static TYPES: &[T] = &[")
    for r in records:
        p("    T { flags: %d, lower: %d, upper: %d, title: %d, decimal: %d, digit: %d }," % r)
    p("];\n")
    p("/// Sorted by code point: lower, upper, title, casefold, padded with zeros.")
    p("pub static SPECIAL_CASES: &[S] = &[")
    tri = lambda s: "[" + ", ".join(hex(x) for x in (list(map(ord, s)) + [0, 0, 0])[:3]) + "]"
    for cp, *maps in special:
        assert all(len(m) <= 3 for m in maps)
        p("    S { code: %s, lower: %s, upper: %s, title: %s, fold: %s }," % (hex(cp), *map(tri, maps)))
    p("];\n")
    p("pub static DATABASE: &[D] = &[")
    for r in db_records:
        p("    D { category: %d, bidirectional: %d, combining: %d, width: %d, mirrored: %s }," % (*r[:4], str(bool(r[4])).lower()))
    p("];\n")
    strs = lambda xs: "&[" + ", ".join('"%s"' % x for x in xs) + "]"
    p(f"pub static CATEGORIES: &[&str] = {strs(CATEGORIES)};")
    p(f"pub static BIDIRECTIONAL: &[&str] = {strs(BIDI)};")
    p(f"pub static WIDTHS: &[&str] = {strs(WIDTHS)};")
    p(f"pub static DECOMPOSITION_TAGS: &[&str] = {strs(TAGS)};")

# Names, as numbers of words. Aliases are what `lookup` knows and `name` does not say.
from collections import Counter


def computed(cp, name):
    return name.startswith("CJK UNIFIED IDEOGRAPH-") or name.startswith("HANGUL SYLLABLE ")


def leb(n):
    out = bytearray()
    while n > 0x7F:
        out.append(n & 0x7F | 0x80)
        n >>= 7
    out.append(n)
    return bytes(out)


names = [(cp, n) for cp in range(LAST) if (n := ud.name(chr(cp), None)) and not computed(cp, n)]
# Only control characters and a few corrected names have aliases; these are the ones in use (UCD NameAliases).
ALIASES = """NULL|START OF HEADING|START OF TEXT|END OF TEXT|END OF TRANSMISSION|ENQUIRY|ACKNOWLEDGE|ALERT|BACKSPACE|
CHARACTER TABULATION|HORIZONTAL TABULATION|TAB|HT|LINE FEED|NEW LINE|END OF LINE|LF|NL|EOL|LINE TABULATION|
VERTICAL TABULATION|VT|FORM FEED|FF|CARRIAGE RETURN|CR|SHIFT OUT|LOCKING-SHIFT ONE|SO|SHIFT IN|LOCKING-SHIFT ZERO|SI|
DATA LINK ESCAPE|DLE|DEVICE CONTROL ONE|DC1|DEVICE CONTROL TWO|DC2|DEVICE CONTROL THREE|DC3|DEVICE CONTROL FOUR|DC4|
NEGATIVE ACKNOWLEDGE|NAK|SYNCHRONOUS IDLE|SYN|END OF TRANSMISSION BLOCK|ETB|CANCEL|CAN|END OF MEDIUM|EOM|EM|SUBSTITUTE|
SUB|ESCAPE|ESC|INFORMATION SEPARATOR FOUR|FILE SEPARATOR|FS|INFORMATION SEPARATOR THREE|GROUP SEPARATOR|GS|
INFORMATION SEPARATOR TWO|RECORD SEPARATOR|RS|INFORMATION SEPARATOR ONE|UNIT SEPARATOR|US|SP|DELETE|DEL|NUL|SOH|STX|ETX|
EOT|ENQ|ACK|BEL|BS|NEXT LINE|NEL|NBSP|SHY|ZWSP|ZWNJ|ZWJ|LRM|RLM|LRE|RLE|PDF|LRO|RLO|NNBSP|WJ|BYTE ORDER MARK|BOM|ZWNBSP|
LATIN SMALL LETTER GHA|LATIN CAPITAL LETTER GHA|WEIERSTRASS ELLIPTIC FUNCTION|MICR ON US SYMBOL|MICR DASH SYMBOL|
PADDING CHARACTER|PAD|HIGH OCTET PRESET|HOP|BREAK PERMITTED HERE|BPH|NO BREAK HERE|NBH|INDEX|IND|START OF SELECTED AREA|SSA|
END OF SELECTED AREA|ESA|CHARACTER TABULATION SET|HORIZONTAL TABULATION SET|HTS|PARTIAL LINE DOWN|PLD|PARTIAL LINE UP|PLU|
REVERSE LINE FEED|REVERSE INDEX|RI|SINGLE SHIFT TWO|SS2|SINGLE SHIFT THREE|SS3|DEVICE CONTROL STRING|DCS|PRIVATE USE ONE|PU1|
PRIVATE USE TWO|PU2|SET TRANSMIT STATE|STS|CANCEL CHARACTER|CCH|MESSAGE WAITING|MW|START OF GUARDED AREA|SPA|
END OF GUARDED AREA|EPA|START OF STRING|SOS|SINGLE CHARACTER INTRODUCER|SCI|CONTROL SEQUENCE INTRODUCER|CSI|
STRING TERMINATOR|ST|OPERATING SYSTEM COMMAND|OSC|PRIVACY MESSAGE|PM|APPLICATION PROGRAM COMMAND|APC|COMBINING GRAPHEME JOINER|
CGJ|FVS1|FVS2|FVS3|MVS|ALM|MMSP|LRI|RLI|FSI|PDI|VS1|VS2|VS15|VS16|VS17|VS256"""
aliases = []
for alias in ALIASES.replace("\n", "").split("|"):
    try:
        aliases.append((ord(ud.lookup(alias)), alias))
    except (KeyError, TypeError):
        pass
aliases.sort()
counts = Counter(w for _, n in names + aliases for w in n.split(" "))
words = [w for w, _ in counts.most_common()]
number = {w: i for i, w in enumerate(words)}
data = leb(len(words)) + leb(len(names)) + leb(len(aliases)) + b"".join(w.encode() + b"\0" for w in words)
for group in (names, aliases):
    last = 0
    for cp, n in group:
        parts = n.split(" ")
        data += leb(cp - last) + leb(len(parts)) + b"".join(leb(number[w]) for w in parts)
        last = cp
(OUT / "names.bin").write_bytes(data)
