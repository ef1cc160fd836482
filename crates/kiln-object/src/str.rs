//! `str` objects: Latin-1, UCS-2 or UCS-4 units inline after the header, with the hash cached.
//!
//! The representation is canonical: the narrowest unit that holds every code point. Surrogates are code points.
#![expect(unsafe_code, reason = "inline units of varying width")]
//!
//! # Safety
//! `len` units of `kind` follow the struct and are written before the object is handed out; they never change.

use crate::header::Header;
use crate::heap::{self, Kind};
use crate::layout::{Layout, ObjectType, TypeCell};
use crate::value::{Object, Value};
use hashbrown::HashTable;
use kiln_text::Text;
use std::cell::{Cell, UnsafeCell};

/// The unit width, in bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[repr(u8)]
pub enum Width {
    Latin1 = 1,
    Ucs2 = 2,
    Ucs4 = 4,
}

#[repr(C)]
pub struct Str {
    pub header: Header,
    /// The hash, or -1 if not computed yet.
    hash: Cell<i64>,
    len: u32,
    width: Width,
    ascii: bool,
    interned: Cell<bool>,
    // `len` units follow, at DATA.
}
const DATA: usize = size_of::<Str>();
/// Byte offset of the length, 32 bits.
pub const LEN_OFFSET: usize = std::mem::offset_of!(Str, len);

static CELL: TypeCell = TypeCell::new();
static LAYOUT: Layout = Layout {
    name: "str",
    base: None,
    size: DATA,
    var_size: Some(byte_size),
    kind: Kind::Raw,
    drop: drop_str,
    trace: |_, _| {},
    clear: |_| {},
};
// SAFETY: header first, repr(C).
unsafe impl ObjectType for Str {
    const NAME: &'static str = "str";
    const LAYOUT: &'static Layout = &LAYOUT;
    const SHAPE: u32 = crate::shape::known::STR;
    #[inline(always)]
    fn class_cell() -> &'static TypeCell {
        &CELL
    }
}
unsafe fn byte_size(p: *const Header) -> usize {
    // SAFETY: called with a str.
    let s = unsafe { &*(p as *const Str) };
    (DATA + s.len as usize * s.width as usize).div_ceil(8) * 8
}
unsafe fn drop_str(p: *mut Header) {
    // SAFETY: called with a str whose last reference is gone.
    let s = unsafe { &*(p as *const Str) };
    if s.interned.get() {
        unintern(s);
    }
}

/// Copies text, which is short as a rule: a call of `memcpy` would take longer than the copying.
///
/// # Safety
/// Like `copy_nonoverlapping`.
#[inline(always)]
unsafe fn copy_units(from: *const u8, to: *mut u8, n: usize) {
    // SAFETY: per the contract: each read and write lies within the `n` bytes.
    unsafe {
        match n {
            0 => {}
            1 => *to = *from,
            2..=3 => {
                let (first, last) = (
                    (from as *const u16).read_unaligned(),
                    (from.add(n - 2) as *const u16).read_unaligned(),
                );
                (to as *mut u16).write_unaligned(first);
                (to.add(n - 2) as *mut u16).write_unaligned(last);
            }
            4..=7 => {
                let (first, last) = (
                    (from as *const u32).read_unaligned(),
                    (from.add(n - 4) as *const u32).read_unaligned(),
                );
                (to as *mut u32).write_unaligned(first);
                (to.add(n - 4) as *mut u32).write_unaligned(last);
            }
            8..=16 => {
                let (first, last) = (
                    (from as *const u64).read_unaligned(),
                    (from.add(n - 8) as *const u64).read_unaligned(),
                );
                (to as *mut u64).write_unaligned(first);
                (to.add(n - 8) as *mut u64).write_unaligned(last);
            }
            _ => std::ptr::copy_nonoverlapping(from, to, n),
        }
    }
}

impl Str {
    #[inline]
    fn alloc(class: Option<&'static crate::types::Type>, len: usize, width: Width, ascii: bool) -> *mut Str {
        if len > u32::MAX as usize {
            crate::fatal("a str of more than 2^32-1 characters");
        }
        let payload = (DATA + len * width as usize).div_ceil(8) * 8;
        let extra = class.map_or(0, |c| 8 * (c.member_count() + c.has_dict() as usize));
        let kind = class.map_or(Kind::Raw, |c| c.kind());
        let p = heap::alloc(payload + extra, kind) as *mut Str;
        let class = class.unwrap_or_else(Str::class);
        // SAFETY: fresh memory of that size.
        unsafe {
            p.write(Str {
                header: Header::new(class.root_shape()),
                hash: Cell::new(-1),
                len: len as u32,
                width,
                ascii,
                interned: Cell::new(false),
            });
            if extra > 0 || class.is_heap_type() {
                crate::layout::init_tail(p as *mut Header, class, payload);
            }
        }
        p
    }
    fn finish(p: *mut Str) -> Object {
        Object::from_owned(Value::from_ptr(p as *const Header))
    }
    /// A str from UTF-8.
    pub fn new(s: &str) -> Object {
        if s.is_ascii() {
            return Str::from_ascii(s.as_bytes());
        }
        let chars: Vec<u32> = s.chars().map(|c| c as u32).collect();
        Str::from_code_points(&chars)
    }
    pub fn from_ascii(s: &[u8]) -> Object {
        debug_assert!(s.is_ascii());
        match s {
            [] => return empty(),
            [c] => return latin1_char(*c),
            _ => {}
        }
        let p = Str::alloc(None, s.len(), Width::Latin1, true);
        // SAFETY: room for the units was allocated.
        unsafe { copy_units(s.as_ptr(), (p as *mut u8).add(DATA), s.len()) };
        Str::finish(p)
    }
    /// A str of `n` ASCII characters, all of which `fill` writes.
    pub fn from_ascii_fn(n: usize, fill: impl FnOnce(&mut [u8])) -> Object {
        if n < 2 {
            let mut few = [0u8; 1];
            fill(&mut few[..n]);
            return Str::from_ascii(&few[..n]);
        }
        let p = Str::alloc(None, n, Width::Latin1, true);
        // SAFETY: room for the units was allocated; what lies there is some bytes or other.
        let units = unsafe { std::slice::from_raw_parts_mut((p as *mut u8).add(DATA), n) };
        fill(units);
        debug_assert!(units.is_ascii());
        Str::finish(p)
    }
    pub fn from_latin1(s: &[u8]) -> Object {
        if s.is_ascii() {
            return Str::from_ascii(s);
        }
        if let [c] = s {
            return latin1_char(*c);
        }
        let p = Str::alloc(None, s.len(), Width::Latin1, false);
        // SAFETY: as above.
        unsafe { std::ptr::copy_nonoverlapping(s.as_ptr(), (p as *mut u8).add(DATA), s.len()) };
        Str::finish(p)
    }
    /// From 16-bit code points (not UTF-16: surrogates stay as they are).
    pub fn from_ucs2(s: &[u16]) -> Object {
        if s.iter().all(|&c| c < 256) {
            return Str::from_latin1(&s.iter().map(|&c| c as u8).collect::<Vec<_>>());
        }
        let p = Str::alloc(None, s.len(), Width::Ucs2, false);
        // SAFETY: as above; the data is 8-aligned.
        unsafe { std::ptr::copy_nonoverlapping(s.as_ptr(), (p as *mut u8).add(DATA) as *mut u16, s.len()) };
        Str::finish(p)
    }
    pub fn from_code_points(s: &[u32]) -> Object {
        let max = s.iter().copied().max().unwrap_or(0);
        if max < 256 {
            return Str::from_latin1(&s.iter().map(|&c| c as u8).collect::<Vec<_>>());
        }
        if max < 0x10000 {
            return Str::from_ucs2(&s.iter().map(|&c| c as u16).collect::<Vec<_>>());
        }
        let p = Str::alloc(None, s.len(), Width::Ucs4, false);
        // SAFETY: as above.
        unsafe { std::ptr::copy_nonoverlapping(s.as_ptr(), (p as *mut u8).add(DATA) as *mut u32, s.len()) };
        Str::finish(p)
    }
    /// Any text, narrowed to the canonical width.
    pub fn from_text(t: Text<'_>) -> Object {
        match t {
            Text::Latin1(s) => Str::from_latin1(s),
            Text::Ucs2(s) => Str::from_ucs2(s),
            Text::Ucs4(s) => Str::from_code_points(s),
        }
    }
    pub fn from_char(c: u32) -> Object {
        if c < 256 {
            latin1_char(c as u8)
        } else {
            Str::from_code_points(&[c])
        }
    }
    /// An instance of a subclass of `str` with the same text.
    pub fn of_class(class: &'static crate::types::Type, t: &Str) -> Object {
        let p = Str::alloc(Some(class), t.len(), t.width, t.ascii);
        // SAFETY: the units fit: same length and width.
        unsafe {
            std::ptr::copy_nonoverlapping(
                (t as *const Str as *const u8).add(DATA),
                (p as *mut u8).add(DATA),
                t.len() * t.width as usize,
            );
        }
        Str::finish(p)
    }
    /// Joins pieces; their widths may differ.
    pub fn concat(parts: &[&Str]) -> Object {
        let (mut len, mut width, mut ascii) = (0, Width::Latin1, true);
        for p in parts {
            len += p.len();
            width = width.max(p.width);
            ascii &= p.ascii;
        }
        if len == 0 {
            return empty();
        }
        let out = Str::alloc(None, len, width, ascii);
        // SAFETY: each piece is copied behind the previous one; the sum of lengths was allocated.
        unsafe {
            let mut at = (out as *mut u8).add(DATA);
            for p in parts {
                match (width, p.text()) {
                    (w, _) if w == p.width => {
                        let n = p.len() * w as usize;
                        copy_units(p.data(), at, n);
                        at = at.add(n);
                    }
                    (Width::Ucs2, Text::Latin1(s)) => {
                        for &c in s {
                            *(at as *mut u16) = c as u16;
                            at = at.add(2);
                        }
                    }
                    (_, t) => {
                        for i in 0..p.len() {
                            *(at as *mut u32) = t.at(i);
                            at = at.add(4);
                        }
                    }
                }
            }
        }
        if len == 1 && width == Width::Latin1 {
            // Keep one-character strings unique.
            let o = Str::finish(out);
            let c = o.expect::<Str>().at(0);
            return latin1_char(c as u8);
        }
        Str::finish(out)
    }
    /// A part of the text of this object, an exact str; all of it is the object itself.
    pub fn part(&self, start: usize, end: usize) -> Object {
        if start == 0 && end == self.len() {
            return Value::from_ptr(&self.header).to_object();
        }
        match self.as_ascii() {
            Some(ascii) => Str::from_ascii(&ascii.as_bytes()[start..end]),
            None => Str::from_text(self.text().slice(start, end)),
        }
    }
    /// `left + right` where `left` is the last reference to an exact str: in its place, if there is room behind it.
    pub fn append(left: Object, right: &Str) -> Object {
        let l = left.expect::<Str>();
        let (len, total) = (l.len(), l.len() + right.len());
        let fits = l.width == right.width
            && left.header().count() == 1
            && !left.header().is_immortal()
            && !l.interned.get()
            && total <= u32::MAX as usize
            && !std::ptr::eq(l, right)
            && left.is_exact::<Str>();
        if !fits || len == 0 || right.is_empty() {
            return Str::concat(&[l, right]);
        }
        let width = l.width as usize;
        let size = |units: usize| (DATA + units * width).div_ceil(8) * 8;
        let (old, new) = (size(len), size(total));
        let p = match () {
            () if old == new => left.into_value().ptr() as *mut Str,
            () if old > heap::MAX_SMALL => {
                let p = left.into_value().ptr() as *mut u8;
                let moved = heap::resize_large_raw(p, old, new) as *mut Str;
                if moved.is_null() {
                    crate::fatal("out of memory");
                }
                moved
            }
            () => return Str::concat(&[l, right]),
        };
        // SAFETY: the only reference to the text is ours, and there is room for the units behind those that it has.
        unsafe {
            copy_units(
                right.data(),
                (p as *mut u8).add(DATA + len * width),
                right.len() * width,
            );
            (*p).len = total as u32;
            (*p).hash.set(-1);
            (*p).ascii = (*p).ascii && right.ascii;
        }
        Str::finish(p)
    }
    /// The units of a str whose code points are all below 256.
    #[inline(always)]
    pub fn latin1(&self) -> Option<&[u8]> {
        // SAFETY: `len` units follow the struct, a byte each.
        (self.width == Width::Latin1).then(|| unsafe { std::slice::from_raw_parts(self.data(), self.len as usize) })
    }
    /// Whether the text is the same as another's, where looking at neither's units tells.
    #[inline(always)]
    pub fn same_at_a_glance(&self, other: &Str) -> Option<bool> {
        if std::ptr::eq(self, other) {
            return Some(true);
        }
        // One-character texts below 256 are unique, and so are interned ones.
        let unique = self.len == 1 && self.width == Width::Latin1 || self.interned.get() && other.interned.get();
        (unique || self.len != other.len || self.width != other.width).then_some(false)
    }
    #[inline(always)]
    fn data(&self) -> *const u8 {
        // SAFETY: the units follow the struct.
        unsafe { (self as *const Str as *const u8).add(DATA) }
    }
    #[inline]
    pub fn text(&self) -> Text<'_> {
        let n = self.len();
        // SAFETY: `len` units of that width follow the struct.
        unsafe {
            match self.width {
                Width::Latin1 => Text::Latin1(std::slice::from_raw_parts(self.data(), n)),
                Width::Ucs2 => Text::Ucs2(std::slice::from_raw_parts(self.data() as *const u16, n)),
                Width::Ucs4 => Text::Ucs4(std::slice::from_raw_parts(self.data() as *const u32, n)),
            }
        }
    }
    /// Characters.
    #[inline]
    pub fn len(&self) -> usize {
        self.len as usize
    }
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }
    pub fn is_ascii(&self) -> bool {
        self.ascii
    }
    pub fn width(&self) -> Width {
        self.width
    }
    /// The code point at `i`; panics if out of range.
    #[inline]
    pub fn at(&self, i: usize) -> u32 {
        self.text().at(i)
    }
    /// The text as `&str` where it is ASCII.
    pub fn as_ascii(&self) -> Option<&str> {
        match self.text() {
            // SAFETY: ASCII is UTF-8.
            Text::Latin1(s) if self.ascii => Some(unsafe { std::str::from_utf8_unchecked(s) }),
            _ => None,
        }
    }
    /// UTF-8, with surrogates replaced by U+FFFD.
    pub fn to_string_lossy(&self) -> String {
        match self.as_ascii() {
            Some(s) => s.to_owned(),
            None => (0..self.len())
                .map(|i| char::from_u32(self.at(i)).unwrap_or(char::REPLACEMENT_CHARACTER))
                .collect(),
        }
    }
    pub fn eq_str(&self, s: &str) -> bool {
        match self.as_ascii() {
            Some(a) => a == s,
            None => {
                !s.is_ascii()
                    && self.len() == s.chars().count()
                    && s.chars().enumerate().all(|(i, c)| self.at(i) == c as u32)
            }
        }
    }
    #[inline]
    pub fn same_text(&self, other: &Str) -> bool {
        if self.len != other.len || self.width != other.width {
            return false;
        }
        let n = self.len() * self.width as usize;
        // SAFETY: that many bytes follow both structs.
        unsafe { std::slice::from_raw_parts(self.data(), n) == std::slice::from_raw_parts(other.data(), n) }
    }
    #[inline]
    pub fn hash(&self) -> i64 {
        let h = self.hash.get();
        if h != -1 {
            return h;
        }
        self.compute_hash()
    }
    #[cold]
    fn compute_hash(&self) -> i64 {
        // SAFETY: that many bytes follow the struct.
        let bytes = unsafe { std::slice::from_raw_parts(self.data(), self.len() * self.width as usize) };
        let h = kiln_text::hash::hash_bytes(crate::runtime().hash_key.get(), bytes);
        self.hash.set(h);
        h
    }
    /// The bytes that an exact str occupies.
    #[inline]
    pub fn byte_size(&self) -> usize {
        (DATA + self.len as usize * self.width as usize).div_ceil(8) * 8
    }
    #[inline]
    pub fn is_interned(&self) -> bool {
        self.interned.get()
    }
    /// The one str with this text that names use.
    pub fn intern(s: &str) -> Object {
        if s.is_ascii() {
            let hash = kiln_text::hash::hash_bytes(crate::runtime().hash_key.get(), s.as_bytes());
            // SAFETY: as in `intern_object`.
            let table = unsafe { &*INTERNED.0.get() };
            if let Some(v) = table.find(hash as u64, |v| v.expect::<Str>().as_ascii() == Some(s)) {
                return v.to_object();
            }
            let new = Str::from_ascii(s.as_bytes());
            new.expect::<Str>().hash.set(hash);
            return Str::intern_object(new);
        }
        Str::intern_object(Str::new(s))
    }
    /// The interned str equal to `s` (an exact str): identity then decides equality.
    pub fn intern_object(o: Object) -> Object {
        let s = o.expect::<Str>();
        if s.interned.get() {
            return o;
        }
        let hash = s.hash() as u64;
        // SAFETY: the table is used under the global lock and nothing here runs Python.
        let table = unsafe { &mut *INTERNED.0.get() };
        let rehash = |v: &Value| v.expect::<Str>().hash() as u64;
        if let Some(v) = table.find(hash, |v| v.expect::<Str>().same_text(s)) {
            return v.to_object();
        }
        s.interned.set(true);
        table.insert_unique(hash, o.value(), rehash);
        o
    }
}

struct Interned(UnsafeCell<HashTable<Value>>);
// SAFETY: under the global lock.
unsafe impl Sync for Interned {}
/// Interned strings, borrowed: a str that dies takes itself out.
static INTERNED: Interned = Interned(UnsafeCell::new(HashTable::new()));

/// The interned strings, borrowed.
pub(crate) fn interned() -> Vec<Value> {
    // SAFETY: as in `intern_object`.
    unsafe { &*INTERNED.0.get() }.iter().copied().collect()
}

fn unintern(s: &Str) {
    // SAFETY: as in `intern_object`.
    let table = unsafe { &mut *INTERNED.0.get() };
    let me = Value::from_ptr(&s.header);
    if let Ok(entry) = table.find_entry(s.hash() as u64, |v| *v == me) {
        entry.remove();
    }
}

struct Chars(UnsafeCell<[Value; 257]>);
// SAFETY: written once at start.
unsafe impl Sync for Chars {}
static CHARS: Chars = Chars(UnsafeCell::new([Value::ZERO; 257]));

/// The empty str.
pub fn empty() -> Object {
    // SAFETY: set at start.
    Object::from_owned(unsafe { (*CHARS.0.get())[256] })
}
/// The str of one Latin-1 character: immortal and unique.
#[inline]
pub fn latin1_char(c: u8) -> Object {
    // SAFETY: set at start.
    Object::from_owned(unsafe { (*CHARS.0.get())[c as usize] })
}

pub(crate) fn init() {
    for i in 0..257usize {
        let len = (i < 256) as usize;
        let p = Str::alloc(None, len, Width::Latin1, i < 128 || i == 256);
        // SAFETY: one unit was allocated for the characters.
        unsafe {
            if len == 1 {
                *(p as *mut u8).add(DATA) = i as u8;
            }
            (*p).header.make_immortal();
            (*CHARS.0.get())[i] = Value::from_ptr(p as *const Header);
        }
        drop(Str::intern_object(Str::finish(p)));
    }
}

/// The interned str of a literal, made once per place: `intern!("__init__")` is a borrowed [`Value`].
#[macro_export]
macro_rules! intern {
    ($s:expr) => {{
        static NAME: $crate::str::InternCell = $crate::str::InternCell::new($s);
        NAME.get()
    }};
}
/// See [`intern!`].
pub struct InternCell(&'static str, Cell<Value>);
// SAFETY: under the global lock.
unsafe impl Sync for InternCell {}
impl InternCell {
    pub const fn new(s: &'static str) -> InternCell {
        InternCell(s, Cell::new(Value::PENDING))
    }
    #[inline]
    pub fn get(&self) -> Value {
        if self.1.get().is_pending() {
            let o = Str::intern(self.0);
            o.header().make_immortal();
            self.1.set(o.into_value());
        }
        self.1.get()
    }
}
