//! `dict` objects: compact, insertion-ordered hash tables.
//!
//! Entries lie in order of insertion in one array; an index table of one, two or four bytes an entry finds them, with
//! CPython's probe sequence. A version names the set and order of keys together with where the entries lie: inline
//! caches that remember an entry's number check it. Changing a value keeps the version, adding or removing a key ends it.
#![expect(unsafe_code, reason = "the tables, which caches read")]
//!
//! # Safety
//! `entries` has room for `capacity`, `used` of them written; a removed entry has an empty key (0x1). No pointer into
//! the tables is held across a comparison that may run Python: lookups start anew when the keys changed meanwhile.

use crate::heap::{self, Kind};
use crate::layout::Trace;
use crate::object_struct;
use crate::raise::Raised;
use crate::str::Str;
use crate::value::{Object, Value};
use std::cell::Cell;

#[derive(Clone, Copy)]
#[repr(C)]
pub struct Entry {
    pub hash: i64,
    pub key: Value,
    pub value: Value,
}

/// The tables of a dict.
#[repr(C)]
pub struct Table {
    entries: Cell<*mut Entry>,
    /// Live keys.
    len: Cell<usize>,
    /// Entries written, removed ones included.
    used: Cell<u32>,
    capacity: Cell<u32>,
    index: Cell<*mut u8>,
    /// log2 of the index table's length; 0 when there is none.
    log2: Cell<u8>,
    /// All keys are exact strs.
    strings: Cell<bool>,
    /// Compiled code or caches rely on values here: see [`Dict::watch`].
    watched: Cell<bool>,
    version: Cell<u32>,
    /// The entries before this one are removed: what makes taking keys from the front cheap.
    first: Cell<u32>,
    /// Entries added since the tables were made, those removed since included: each has used up a place of the index
    /// table, which must keep empty ones for searches to end.
    filled: Cell<u32>,
}

object_struct! {
    /// `dict`.
    pub struct Dict = "dict" @ DICT, Container { pub table: Table }
}

static NEXT_VERSION: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(1);
const EMPTY: u32 = u32::MAX;
const DUMMY: u32 = u32::MAX - 1;

/// Whether two keys, both exact strs of the same hash, are the same text.
#[inline]
fn same_str(a: Value, b: Value) -> bool {
    debug_assert!(a.is_exact::<Str>() && b.is_exact::<Str>());
    // SAFETY: as said: keys of a table of strs are exact strs.
    unsafe { (*(a.ptr() as *const Str)).same_text(&*(b.ptr() as *const Str)) }
}

impl Table {
    #[inline]
    pub fn new() -> Table {
        Table {
            entries: Cell::new(std::ptr::null_mut()),
            len: Cell::new(0),
            used: Cell::new(0),
            capacity: Cell::new(0),
            index: Cell::new(std::ptr::null_mut()),
            log2: Cell::new(0),
            strings: Cell::new(true),
            watched: Cell::new(false),
            version: Cell::new(0),
            first: Cell::new(0),
            filled: Cell::new(0),
        }
    }
    fn width(log2: u8) -> usize {
        match log2 {
            0..=7 => 1,
            8..=15 => 2,
            _ => 4,
        }
    }
    #[inline]
    fn slot(&self, i: usize) -> u32 {
        match Table::width(self.log2.get()) {
            1 => self.slot_of::<1>(i),
            2 => self.slot_of::<2>(i),
            _ => self.slot_of::<4>(i),
        }
    }
    /// The same where entries of the index table are known to be `W` bytes wide.
    #[inline(always)]
    fn slot_of<const W: usize>(&self, i: usize) -> u32 {
        // SAFETY: `i` is below the index table's length.
        unsafe {
            match W {
                1 => match *self.index.get().add(i) {
                    0xFF => EMPTY,
                    0xFE => DUMMY,
                    n => n as u32,
                },
                2 => match *(self.index.get() as *const u16).add(i) {
                    0xFFFF => EMPTY,
                    0xFFFE => DUMMY,
                    n => n as u32,
                },
                _ => *(self.index.get() as *const u32).add(i),
            }
        }
    }
    #[inline]
    fn set_slot(&self, i: usize, n: u32) {
        // SAFETY: as above; the markers truncate to the markers of each width.
        unsafe {
            match Table::width(self.log2.get()) {
                1 => *self.index.get().add(i) = n as u8,
                2 => *(self.index.get() as *mut u16).add(i) = n as u16,
                _ => *(self.index.get() as *mut u32).add(i) = n,
            }
        }
    }
    #[inline]
    fn entry(&self, i: u32) -> &Entry {
        debug_assert!(i < self.used.get());
        // SAFETY: written entries.
        unsafe { &*self.entries.get().add(i as usize) }
    }
    fn mask(&self) -> usize {
        (1usize << self.log2.get()) - 1
    }
    /// The entry of a key known to be an exact str, without running Python.
    #[inline]
    fn find_str(&self, key: Value, hash: i64) -> Option<u32> {
        match self.log2.get() {
            0 => None,
            1..=7 => self.find_str_in::<1>(key, hash),
            8..=15 => self.find_str_in::<2>(key, hash),
            _ => self.find_str_in::<4>(key, hash),
        }
    }
    fn find_str_in<const W: usize>(&self, key: Value, hash: i64) -> Option<u32> {
        let mask = self.mask();
        let mut perturb = hash as u64;
        let mut i = hash as usize & mask;
        loop {
            match self.slot_of::<W>(i) {
                EMPTY => return None,
                DUMMY => {}
                n => {
                    let e = self.entry(n);
                    if e.key == key || e.hash == hash && same_str(e.key, key) {
                        return Some(n);
                    }
                }
            }
            perturb >>= 5;
            i = (i.wrapping_mul(5).wrapping_add(perturb as usize).wrapping_add(1)) & mask;
        }
    }
    fn find_identity(&self, key: Value, hash: i64) -> Option<u32> {
        if self.log2.get() == 0 {
            return None;
        }
        let mask = self.mask();
        let mut perturb = hash as u64;
        let mut i = hash as usize & mask;
        loop {
            match self.slot(i) {
                EMPTY => return None,
                n if n != DUMMY && self.entry(n).key == key => return Some(n),
                _ => {}
            }
            perturb >>= 5;
            i = (i.wrapping_mul(5).wrapping_add(perturb as usize).wrapping_add(1)) & mask;
        }
    }
    #[inline]
    fn find(&self, key: Value, hash: i64) -> Result<Option<u32>, Raised> {
        if self.strings.get() && key.is_exact::<Str>() {
            return Ok(self.find_str(key, hash));
        }
        match self.log2.get() {
            0 => Ok(None),
            1..=7 => self.find_any::<1>(key, hash),
            8..=15 => self.find_any::<2>(key, hash),
            _ => self.find_any::<4>(key, hash),
        }
    }
    fn find_any<const W: usize>(&self, key: Value, hash: i64) -> Result<Option<u32>, Raised> {
        let mask = self.mask();
        let mut perturb = hash as u64;
        let mut i = hash as usize & mask;
        loop {
            match self.slot_of::<W>(i) {
                EMPTY => return Ok(None),
                DUMMY => {}
                n => {
                    let e = self.entry(n);
                    if e.key == key {
                        return Ok(Some(n));
                    }
                    if e.hash == hash {
                        match self.same_key(n, key)? {
                            Some(true) => return Ok(Some(n)),
                            Some(false) => {}
                            None => return self.find_anew(key, hash),
                        }
                    }
                }
            }
            perturb >>= 5;
            i = (i.wrapping_mul(5).wrapping_add(perturb as usize).wrapping_add(1)) & mask;
        }
    }
    /// The search begins again, as often as a comparison changes the dict.
    #[cold]
    fn find_anew(&self, key: Value, hash: i64) -> Result<Option<u32>, Raised> {
        'again: loop {
            if self.log2.get() == 0 {
                return Ok(None);
            }
            let mask = self.mask();
            let mut perturb = hash as u64;
            let mut i = hash as usize & mask;
            loop {
                match self.slot(i) {
                    EMPTY => return Ok(None),
                    n if n != DUMMY && self.entry(n).key == key => return Ok(Some(n)),
                    n if n != DUMMY && self.entry(n).hash == hash => match self.same_key(n, key)? {
                        Some(true) => return Ok(Some(n)),
                        Some(false) => {}
                        None => continue 'again,
                    },
                    _ => {}
                }
                perturb >>= 5;
                i = (i.wrapping_mul(5).wrapping_add(perturb as usize).wrapping_add(1)) & mask;
            }
        }
    }
    /// Where the index table has entry `n`, which is live.
    fn slot_with(&self, n: u32) -> usize {
        let hash = self.entry(n).hash;
        let mask = self.mask();
        let mut perturb = hash as u64;
        let mut i = hash as usize & mask;
        while self.slot(i) != n {
            perturb >>= 5;
            i = (i.wrapping_mul(5).wrapping_add(perturb as usize).wrapping_add(1)) & mask;
        }
        i
    }
    /// Whether entry `n`, whose hash is that of `key`, has an equal key; none if the dict is not what it was afterwards.
    fn same_key(&self, n: u32, key: Value) -> Result<Option<bool>, Raised> {
        let found = self.entry(n).key;
        if let (Some(a), Some(b)) = (found.exact::<Str>(), key.exact::<Str>()) {
            return Ok(Some(a.same_text(b)));
        }
        let held = found.to_object();
        let (entries, version) = (self.entries.get(), self.version_now());
        let same = crate::ops::is_equal(held.value(), key)?;
        let changed = entries != self.entries.get()
            || version != self.version_now()
            || n >= self.used.get()
            || self.entry(n).key != held.value();
        Ok((!changed).then_some(same))
    }
    fn version_now(&self) -> u32 {
        if self.version.get() == 0 {
            self.version
                .set(NEXT_VERSION.fetch_add(1, std::sync::atomic::Ordering::Relaxed));
        }
        self.version.get()
    }
    /// Bytes of the entries and of the index table, which lies behind them.
    #[inline]
    fn bytes(capacity: usize, log2: u8) -> usize {
        capacity * size_of::<Entry>() + (Table::width(log2) << log2)
    }
    fn allocate(capacity: usize, log2: u8) -> Option<(*mut Entry, *mut u8)> {
        let entries = heap::try_alloc(Table::bytes(capacity, log2), Kind::Raw) as *mut Entry;
        if entries.is_null() {
            return None;
        }
        // SAFETY: fresh memory of that size; every byte set reads as EMPTY at each width.
        unsafe {
            let index = entries.add(capacity) as *mut u8;
            if log2 == 3 {
                (index as *mut u64).write(u64::MAX);
            } else {
                std::ptr::write_bytes(index, 0xFF, Table::width(log2) << log2);
            }
            Some((entries, index))
        }
    }
    /// Makes the first tables, of the smallest size; false when memory is out.
    #[inline(never)]
    fn begin(&self) -> bool {
        const LOG2: u8 = 3;
        const CAPACITY: usize = (1 << LOG2) * 2 / 3;
        let Some((entries, index)) = Table::allocate(CAPACITY, LOG2) else {
            return false;
        };
        self.entries.set(entries);
        self.index.set(index);
        self.log2.set(LOG2);
        self.capacity.set(CAPACITY as u32);
        true
    }
    /// Makes room for `n` live entries in all; false when memory is out.
    fn resize(&self, n: usize) -> bool {
        if n <= 5 && self.capacity.get() == 0 {
            return self.begin();
        }
        let mut log2 = 3u8;
        while ((1usize << log2) * 2) / 3 < n {
            log2 += 1;
        }
        if log2 > 31 {
            return false;
        }
        let capacity = (1usize << log2) * 2 / 3;
        let Some((entries, index)) = Table::allocate(capacity, log2) else {
            return false;
        };
        let (old, old_used) = (self.entries.get(), self.used.get());
        let (old_log2, old_capacity) = (self.log2.get(), self.capacity.get());
        self.entries.set(entries);
        self.index.set(index);
        self.log2.set(log2);
        self.capacity.set(capacity as u32);
        let mut used = 0u32;
        for i in 0..old_used as usize {
            // SAFETY: written entries of the old table; the new one has room for all live ones.
            unsafe {
                let e = *old.add(i);
                if !e.key.is_pending() {
                    entries.add(used as usize).write(e);
                    self.insert_index(e.hash, used);
                    used += 1;
                }
            }
        }
        self.used.set(used);
        self.filled.set(used);
        self.first.set(0);
        self.version.set(0);
        Table::free_tables(old, old_capacity, old_log2);
        true
    }
    #[inline]
    fn free_tables(entries: *mut Entry, capacity: u32, log2: u8) {
        if capacity > 0 {
            heap::free(entries as *mut u8, Table::bytes(capacity as usize, log2), Kind::Raw);
        }
    }
    #[inline]
    fn insert_index(&self, hash: i64, n: u32) {
        match Table::width(self.log2.get()) {
            1 => self.insert_index_in::<1>(hash, n),
            2 => self.insert_index_in::<2>(hash, n),
            _ => self.insert_index_in::<4>(hash, n),
        }
    }
    #[inline(always)]
    fn insert_index_in<const W: usize>(&self, hash: i64, n: u32) {
        let mask = self.mask();
        let mut perturb = hash as u64;
        let mut i = hash as usize & mask;
        // The two markers are the largest numbers.
        while self.slot_of::<W>(i) < DUMMY {
            perturb >>= 5;
            i = (i.wrapping_mul(5).wrapping_add(perturb as usize).wrapping_add(1)) & mask;
        }
        self.set_slot(i, n);
    }
    /// Adds a key known to be absent. False when memory is out.
    #[inline]
    fn push(&self, key: Object, hash: i64, value: Object) -> bool {
        if self.used.get().max(self.filled.get()) == self.capacity.get() && !self.grow() {
            return false;
        }
        if self.strings.get() && !key.is_exact::<Str>() {
            self.strings.set(false);
        }
        let n = self.used.get();
        // SAFETY: room was made.
        unsafe {
            self.entries.get().add(n as usize).write(Entry {
                hash,
                key: key.into_value(),
                value: value.into_value(),
            })
        };
        self.insert_index(hash, n);
        self.filled.set(self.filled.get() + 1);
        self.used.set(n + 1);
        self.len.set(self.len.get() + 1);
        self.version.set(0);
        true
    }
    #[inline(never)]
    fn grow(&self) -> bool {
        self.resize((self.len.get() * 3 / 2).max(self.len.get() + 1).max(5))
    }
    fn remove_at(&self, slot: usize, n: u32) -> (Object, Object) {
        let e = *self.entry(n);
        self.set_slot(slot, DUMMY);
        // SAFETY: a written entry; its references move to the caller.
        unsafe { (*self.entries.get().add(n as usize)).key = Value::PENDING };
        // SAFETY: as above.
        unsafe { (*self.entries.get().add(n as usize)).value = Value::ZERO };
        self.len.set(self.len.get() - 1);
        self.version.set(0);
        if n == self.first.get() {
            let mut first = n + 1;
            while first < self.used.get() && self.entry(first).key.is_pending() {
                first += 1;
            }
            self.first.set(first);
        }
        (Object::from_owned(e.key), Object::from_owned(e.value))
    }
    fn release(&self) {
        let (entries, used, capacity) = (self.entries.get(), self.used.get(), self.capacity.get());
        let log2 = self.log2.get();
        if capacity == 0 {
            // Nothing was ever put in.
            return;
        }
        self.entries.set(std::ptr::null_mut());
        self.index.set(std::ptr::null_mut());
        self.len.set(0);
        self.used.set(0);
        self.filled.set(0);
        self.first.set(0);
        self.capacity.set(0);
        self.log2.set(0);
        self.version.set(0);
        self.strings.set(true);
        for i in 0..used as usize {
            // SAFETY: the tables are ours alone now.
            let e = unsafe { *entries.add(i) };
            if !e.key.is_pending() {
                e.key.decref();
                e.value.decref();
            }
        }
        Table::free_tables(entries, capacity, log2);
    }
}
impl Default for Table {
    fn default() -> Table {
        Table::new()
    }
}
impl Trace for Table {
    fn trace(&self, visit: &mut dyn FnMut(Value)) {
        for i in 0..self.used.get() {
            let e = self.entry(i);
            if !e.key.is_pending() {
                visit(e.key);
                visit(e.value);
            }
        }
    }
    fn clear(&self) {
        self.release();
    }
}
impl Drop for Table {
    fn drop(&mut self) {
        self.release();
    }
}

impl Dict {
    #[inline]
    pub fn empty_payload() -> Dict {
        Dict {
            header: crate::layout::header::<Dict>(),
            table: Table::new(),
        }
    }
    #[inline]
    pub fn new_object() -> Object {
        crate::layout::alloc(Dict::empty_payload())
    }
    #[inline]
    pub fn len(&self) -> usize {
        self.table.len.get()
    }
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// Names the keys, their order and the place of the entries; never 0.
    #[inline]
    pub fn version(&self) -> u32 {
        self.table.version_now()
    }
    /// The version as it is, 0 if none was asked for since the last change: what caches compare with.
    #[inline(always)]
    pub fn version_raw(&self) -> u32 {
        self.table.version.get()
    }
    /// The number of the entry of an interned name, for caches.
    pub fn index_of(&self, name: Value) -> Option<u32> {
        let s = name.expect::<Str>();
        if self.table.strings.get() {
            self.table.find_str(name, s.hash())
        } else {
            self.table.find_identity(name, s.hash())
        }
    }
    /// The value of entry `n`, which a version check vouches for.
    #[inline(always)]
    pub fn value_at(&self, n: u32) -> Value {
        self.table.entry(n).value
    }
    /// Replaces the value of entry `n` and returns the old one.
    #[inline(always)]
    pub fn replace_at(&self, n: u32, value: Object) -> Object {
        debug_assert!(n < self.table.used.get());
        self.note_change(n);
        // SAFETY: a written entry.
        unsafe {
            let e = self.table.entries.get().add(n as usize);
            Object::from_owned(std::ptr::replace(&raw mut (*e).value, value.into_value()))
        }
    }
    #[inline(always)]
    fn note_change(&self, n: u32) {
        if self.table.watched.get() {
            (crate::hooks::hooks().dict_changed)(self, self.table.entry(n).key);
        }
    }
    /// From now on every change to this dict is told to the hook `dict_changed`.
    pub fn watch(&self, on: bool) {
        self.table.watched.set(on);
    }
    pub fn is_watched(&self) -> bool {
        self.table.watched.get()
    }
    /// Byte offsets for caches in machine code: entries pointer and version.
    pub const ENTRIES_OFFSET: usize = 8;
    pub const LEN_OFFSET: usize = 16;
    pub const VERSION_OFFSET: usize = 8 + std::mem::offset_of!(Table, version);

    /// The value of an interned name, borrowed. Runs no Python where all keys are strs; never raises.
    pub fn get_interned(&self, name: Value) -> Option<Value> {
        self.index_of(name).map(|n| self.table.entry(n).value)
    }
    pub fn get_str(&self, key: &str) -> Option<Object> {
        let k = Str::new(key);
        let h = k.expect::<Str>().hash();
        if self.table.strings.get() {
            return self
                .table
                .find_str(k.value(), h)
                .map(|n| self.table.entry(n).value.to_object());
        }
        self.get(k.value()).ok().flatten()
    }
    pub fn set_interned(&self, name: Value, value: Value) {
        self.set_hashed(name, name.expect::<Str>().hash(), value)
            .unwrap_or_else(crate::raise::clear);
    }
    pub fn set_str(&self, key: &str, value: &Object) {
        self.set_interned(Str::intern(key).value(), value.value());
    }
    /// The value of an exact str, borrowed, if it is a key; outer none where not all keys are strs. Runs no Python.
    #[inline(always)]
    pub fn by_text(&self, key: Value) -> Option<Option<Value>> {
        let text = key.exact::<Str>()?;
        if !self.table.strings.get() {
            return None;
        }
        Some(self.table.find_str(key, text.hash()).map(|n| self.table.entry(n).value))
    }
    /// `self[key]`, if present.
    pub fn get(&self, key: Value) -> Result<Option<Object>, Raised> {
        let hash = crate::ops::hash_key(key, "dict key")?;
        self.get_hashed(key, hash)
    }
    #[inline]
    pub fn get_hashed(&self, key: Value, hash: i64) -> Result<Option<Object>, Raised> {
        Ok(self
            .table
            .find(key, hash)?
            .map(|n| self.table.entry(n).value.to_object()))
    }
    pub fn contains(&self, key: Value) -> Result<bool, Raised> {
        let hash = crate::ops::hash_key(key, "dict key")?;
        Ok(self.table.find(key, hash)?.is_some())
    }
    pub fn set(&self, key: Value, value: Value) -> Result<(), Raised> {
        let hash = crate::ops::hash_key(key, "dict key")?;
        self.set_hashed(key, hash, value)
    }
    pub fn set_hashed(&self, key: Value, hash: i64, value: Value) -> Result<(), Raised> {
        match self.table.find(key, hash)? {
            Some(n) => drop(self.replace_at(n, value.to_object())),
            None => {
                if !self.table.push(key.to_object(), hash, value.to_object()) {
                    return Err(crate::raise::memory_error());
                }
                self.note_change(self.table.used.get() - 1);
            }
        }
        Ok(())
    }
    /// Stores `value` if the key is absent; the value that is there afterwards.
    pub fn set_default(&self, key: Value, value: Value) -> Result<Object, Raised> {
        let hash = crate::ops::hash_key(key, "dict key")?;
        if let Some(n) = self.table.find(key, hash)? {
            return Ok(self.table.entry(n).value.to_object());
        }
        if !self.table.push(key.to_object(), hash, value.to_object()) {
            return Err(crate::raise::memory_error());
        }
        self.note_change(self.table.used.get() - 1);
        Ok(value.to_object())
    }
    /// Removes and returns key and value.
    pub fn remove(&self, key: Value) -> Result<Option<(Object, Object)>, Raised> {
        let hash = crate::ops::hash_key(key, "dict key")?;
        self.remove_hashed(key, hash)
    }
    pub fn remove_hashed(&self, key: Value, hash: i64) -> Result<Option<(Object, Object)>, Raised> {
        Ok(self.table.find(key, hash)?.map(|n| {
            self.note_change(n);
            self.table.remove_at(self.table.slot_with(n), n)
        }))
    }
    /// Removes the entry number `n`, which is live.
    pub fn remove_entry(&self, n: u32) -> (Object, Object) {
        self.note_change(n);
        let removed = self.table.remove_at(self.table.slot_with(n), n);
        if n + 1 == self.table.used.get() {
            // Popping from the end must not leave a growing tail of removed entries to look through. Other removals
            // keep it, so that iterators notice a key that is removed and added again.
            let mut used = n;
            while used > 0 && self.table.entry(used - 1).key.is_pending() {
                used -= 1;
            }
            self.table.used.set(used);
            self.table.first.set(self.table.first.get().min(used));
        }
        removed
    }
    /// The next live entry at or after `from`: its number and a copy (borrowed values). Iteration that survives
    /// changes keeps the number and checks the length.
    #[inline]
    pub fn next_entry(&self, from: u32) -> Option<(u32, Entry)> {
        let mut i = from.max(self.table.first.get());
        while i < self.table.used.get() {
            let e = *self.table.entry(i);
            if !e.key.is_pending() {
                return Some((i, e));
            }
            i += 1;
        }
        None
    }
    /// The last live entry before `end`.
    pub fn previous_entry(&self, end: u32) -> Option<(u32, Entry)> {
        let mut i = end.min(self.table.used.get());
        while i > 0 {
            i -= 1;
            let e = *self.table.entry(i);
            if !e.key.is_pending() {
                return Some((i, e));
            }
        }
        None
    }
    /// Entries written, removed ones included: one past the last entry number.
    pub fn end(&self) -> u32 {
        self.table.used.get()
    }
    /// Owned copies of all keys and values, in order.
    pub fn snapshot(&self) -> Vec<(Object, Object)> {
        let mut out = Vec::with_capacity(self.len());
        let mut at = 0;
        while let Some((n, e)) = self.next_entry(at) {
            out.push((e.key.to_object(), e.value.to_object()));
            at = n + 1;
        }
        out
    }
    pub fn clear(&self) {
        if self.table.watched.get() {
            (crate::hooks::hooks().dict_changed)(self, Value::PENDING);
        }
        self.table.release();
    }
    /// Room for `n` keys in all; false when memory is out.
    pub fn reserve(&self, n: usize) -> bool {
        n <= self.table.capacity.get() as usize || self.table.resize(n)
    }
    /// A dict with the same entries.
    pub fn copy(&self) -> Object {
        let o = Dict::new_object();
        let d = o.expect::<Dict>();
        if !d.reserve(self.len()) {
            crate::fatal("out of memory");
        }
        let mut at = 0;
        while let Some((n, e)) = self.next_entry(at) {
            d.table.push(e.key.to_object(), e.hash, e.value.to_object());
            at = n + 1;
        }
        o
    }
    /// A dict of keys and values in turn, whose references it takes over, if the keys are few exact strs of different hashes; none, with
    /// nothing taken, otherwise.
    pub fn of_strs(pairs: &[Value]) -> Option<Object> {
        const MOST: usize = 8;
        let n = pairs.len() / 2;
        if n > MOST {
            return None;
        }
        let mut hashes = [0; MOST];
        for i in 0..n {
            let hash = pairs[2 * i].exact::<Str>()?.hash();
            if hashes[..i].contains(&hash) {
                return None;
            }
            hashes[i] = hash;
        }
        let o = Dict::new_object();
        let table = &o.expect::<Dict>().table;
        if n > 0 && !table.resize(n) {
            return None;
        }
        for i in 0..n {
            let (key, value) = (pairs[2 * i], pairs[2 * i + 1]);
            let hash = hashes[i];
            // SAFETY: room for so many was made.
            unsafe { table.entries.get().add(i).write(Entry { hash, key, value }) };
            table.insert_index_in::<1>(hash, i as u32);
        }
        table.filled.set(n as u32);
        table.used.set(n as u32);
        table.len.set(n);
        Some(o)
    }
    /// Adds a key known to be absent (a copy of another dict's).
    pub fn push_new(&self, key: Value, hash: i64, value: Value) -> bool {
        self.table.push(key.to_object(), hash, value.to_object())
    }
    /// Adds the entries of a dict, where all keys of both are exact strs: runs no Python. Stops at the first key that is there already, or
    /// with none when memory is out.
    pub fn add_new_strs(&self, from: &Dict) -> Result<(), Option<Value>> {
        let mut at = 0;
        while let Some((n, e)) = from.next_entry(at) {
            at = n + 1;
            if self.table.find_str(e.key, e.hash).is_some() {
                return Err(Some(e.key));
            }
            if !self.table.push(e.key.to_object(), e.hash, e.value.to_object()) {
                return Err(None);
            }
            self.note_change(self.table.used.get() - 1);
        }
        Ok(())
    }
    /// Whether every key is an exact str.
    pub fn has_only_str_keys(&self) -> bool {
        self.table.strings.get()
    }
}
const _: () = assert!(std::mem::offset_of!(Dict, table) == 8 && std::mem::offset_of!(Table, entries) == 0);
