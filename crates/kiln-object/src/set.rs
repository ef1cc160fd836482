//! `set` and `frozenset` objects: open addressing with CPython's probe sequence and growth, so that the order of
//! iteration is CPython's too wherever the hashes are the same.
#![expect(unsafe_code, reason = "the table of entries")]
//!
//! # Safety
//! `entries` is null (nothing was added yet) or has `mask + 1` entries, all initialised. A live entry owns its key; an
//! unused one holds `PENDING`, a removed one `REMOVED`; neither is ever shown. No pointer into the table is held across
//! a comparison that may run Python: lookups start anew when the table changed meanwhile.

use crate::heap::{self, Kind};
use crate::layout::{ObjectType, Trace, alloc_instance, header};
use crate::object_struct;
use crate::ops;
use crate::raise::{self, Raised};
use crate::str::Str;
use crate::types::Type;
use crate::value::{Object, Value};
use std::cell::Cell;

#[derive(Clone, Copy)]
pub struct SetEntry {
    pub hash: i64,
    pub key: Value,
}
impl SetEntry {
    const UNUSED: SetEntry = SetEntry {
        hash: 0,
        key: Value::PENDING,
    };
    #[inline]
    fn is_live(&self) -> bool {
        !self.key.is_pending() && self.key != REMOVED
    }
}

/// The key of a removed entry: a word of the reserved pattern.
const REMOVED: Value = Value(0b101);
const MIN_SIZE: usize = 8;
/// Neighbours looked at before the probe sequence jumps.
const LINEAR_PROBES: usize = 9;

/// The table of a set or frozenset.
pub struct SetTable {
    entries: Cell<*mut SetEntry>,
    mask: Cell<usize>,
    /// Live and removed entries.
    fill: Cell<usize>,
    used: Cell<usize>,
    /// Where `pop` looks next.
    finger: Cell<usize>,
}

object_struct! {
    /// `set`.
    pub struct Set = "set", Container { pub table: SetTable }
}
object_struct! {
    /// `frozenset`.
    pub struct FrozenSet = "frozenset", Container {
        pub table: SetTable,
        /// The hash, or -1 if not computed yet.
        pub hash: Cell<i64>,
    }
}

/// The positions to look at for a hash, in order.
struct Probe {
    at: usize,
    left: usize,
    base: usize,
    perturb: u64,
    mask: usize,
}
impl Probe {
    #[inline]
    fn new(hash: i64, mask: usize) -> Probe {
        let base = hash as usize & mask;
        Probe {
            at: base,
            left: if base + LINEAR_PROBES <= mask { LINEAR_PROBES } else { 0 },
            base,
            perturb: hash as u64,
            mask,
        }
    }
    #[inline]
    fn advance(&mut self) {
        if self.left > 0 {
            self.left -= 1;
            self.at += 1;
            return;
        }
        self.perturb >>= 5;
        self.base = self
            .base
            .wrapping_mul(5)
            .wrapping_add(1)
            .wrapping_add(self.perturb as usize)
            & self.mask;
        self.at = self.base;
        self.left = if self.base + LINEAR_PROBES <= self.mask {
            LINEAR_PROBES
        } else {
            0
        };
    }
}

impl Default for SetTable {
    fn default() -> SetTable {
        SetTable::new()
    }
}

impl SetTable {
    pub fn new() -> SetTable {
        SetTable {
            entries: Cell::new(std::ptr::null_mut()),
            mask: Cell::new(MIN_SIZE - 1),
            fill: Cell::new(0),
            used: Cell::new(0),
            finger: Cell::new(0),
        }
    }
    #[inline]
    pub fn len(&self) -> usize {
        self.used.get()
    }
    pub fn is_empty(&self) -> bool {
        self.used.get() == 0
    }
    /// Bytes of the table, for `__sizeof__`.
    pub fn byte_size(&self) -> usize {
        if self.mask.get() < MIN_SIZE {
            0
        } else {
            (self.mask.get() + 1) * size_of::<SetEntry>()
        }
    }
    #[inline]
    fn entry(&self, i: usize) -> SetEntry {
        debug_assert!(i <= self.mask.get() && !self.entries.get().is_null());
        // SAFETY: the table is there and `i` within it.
        unsafe { *self.entries.get().add(i) }
    }
    fn set_entry(&self, i: usize, e: SetEntry) {
        debug_assert!(i <= self.mask.get() && !self.entries.get().is_null());
        // SAFETY: as above.
        unsafe { *self.entries.get().add(i) = e };
    }
    fn allocate(size: usize) -> Option<*mut SetEntry> {
        let p = heap::try_alloc(size.checked_mul(size_of::<SetEntry>())?, Kind::Raw) as *mut SetEntry;
        if p.is_null() {
            return None;
        }
        for i in 0..size {
            // SAFETY: fresh memory of that size.
            unsafe { p.add(i).write(SetEntry::UNUSED) };
        }
        Some(p)
    }
    fn free(entries: *mut SetEntry, size: usize) {
        if !entries.is_null() {
            heap::free(entries as *mut u8, size * size_of::<SetEntry>(), Kind::Raw);
        }
    }
    /// Gives the table room for more than `n` entries; false when memory is out.
    fn resize(&self, n: usize) -> bool {
        let mut size = MIN_SIZE;
        while size <= n {
            size <<= 1;
        }
        let Some(fresh) = SetTable::allocate(size) else {
            return false;
        };
        let (old, old_size) = (self.entries.replace(fresh), self.mask.get() + 1);
        self.mask.set(size - 1);
        self.fill.set(self.used.get());
        if !old.is_null() {
            for i in 0..old_size {
                // SAFETY: the old table's entries.
                let e = unsafe { *old.add(i) };
                if e.is_live() {
                    self.place(e);
                }
            }
        }
        SetTable::free(old, old_size);
        true
    }
    /// Enters a key known to be absent into a table without removed entries.
    fn place(&self, e: SetEntry) {
        let mut probe = Probe::new(e.hash, self.mask.get());
        while !self.entry(probe.at).key.is_pending() {
            probe.advance();
        }
        self.set_entry(probe.at, e);
    }
    /// Where the key is, or where it would go: the last removed entry on the way, or the unused one at its end.
    fn find(&self, key: Value, hash: i64) -> Result<Result<usize, usize>, Raised> {
        'again: loop {
            if self.entries.get().is_null() {
                return Ok(Err(0));
            }
            let mut probe = Probe::new(hash, self.mask.get());
            let mut removed = None;
            loop {
                let e = self.entry(probe.at);
                if e.key.is_pending() {
                    return Ok(Err(removed.unwrap_or(probe.at)));
                }
                if e.key == REMOVED {
                    removed = Some(probe.at);
                }
                if e.hash == hash && e.key != REMOVED {
                    if e.key == key {
                        return Ok(Ok(probe.at));
                    }
                    if let (Some(a), Some(b)) = (e.key.exact::<Str>(), key.exact::<Str>()) {
                        if a.same_text(b) {
                            return Ok(Ok(probe.at));
                        }
                    } else {
                        let held = e.key.to_object();
                        let table = self.entries.get();
                        let same = ops::is_equal(held.value(), key)?;
                        if table != self.entries.get()
                            || probe.at > self.mask.get()
                            || self.entry(probe.at).key != held.value()
                        {
                            continue 'again;
                        }
                        if same {
                            return Ok(Ok(probe.at));
                        }
                    }
                }
                probe.advance();
            }
        }
    }
    pub fn contains(&self, key: Value) -> Result<bool, Raised> {
        let hash = ops::hash_key(key, "set element")?;
        self.contains_hashed(key, hash)
    }
    pub fn contains_hashed(&self, key: Value, hash: i64) -> Result<bool, Raised> {
        if self.used.get() == 0 {
            return Ok(false);
        }
        Ok(self.find(key, hash)?.is_ok())
    }
    /// Adds a key; whether it was absent.
    pub fn add(&self, key: Value) -> Result<bool, Raised> {
        if key.is_int()
            && let Some(added) = self.add_int(key)
        {
            return Ok(added);
        }
        let hash = ops::hash_key(key, "set element")?;
        self.add_hashed(key, hash)
    }
    /// Adds a small int where one search does it; none, with nothing done, otherwise.
    #[inline]
    fn add_int(&self, key: Value) -> Option<bool> {
        if self.entries.get().is_null() || (self.fill.get() + 1) * 5 >= self.mask.get() * 3 {
            return None;
        }
        let hash = ops::hash_int(key.int());
        let mut probe = Probe::new(hash, self.mask.get());
        loop {
            let e = self.entry(probe.at);
            if e.key == key {
                return Some(false);
            }
            if e.key.is_pending() {
                self.set_entry(probe.at, SetEntry { hash, key });
                self.fill.set(self.fill.get() + 1);
                self.used.set(self.used.get() + 1);
                return Some(true);
            }
            if e.key == REMOVED || e.hash == hash {
                return None;
            }
            probe.advance();
        }
    }
    pub fn add_hashed(&self, key: Value, hash: i64) -> Result<bool, Raised> {
        let at = match self.find(key, hash)? {
            Ok(_) => return Ok(false),
            Err(at) => at,
        };
        if self.entries.get().is_null() {
            let Some(p) = SetTable::allocate(MIN_SIZE) else {
                return Err(raise::memory_error());
            };
            self.entries.set(p);
            self.mask.set(MIN_SIZE - 1);
            self.set_entry(
                hash as usize & (MIN_SIZE - 1),
                SetEntry {
                    hash,
                    key: key.to_object().into_value(),
                },
            );
        } else {
            let reused = self.entry(at).key == REMOVED;
            self.set_entry(
                at,
                SetEntry {
                    hash,
                    key: key.to_object().into_value(),
                },
            );
            if reused {
                self.used.set(self.used.get() + 1);
                return Ok(true);
            }
        }
        self.fill.set(self.fill.get() + 1);
        self.used.set(self.used.get() + 1);
        if self.fill.get() * 5 >= self.mask.get() * 3 {
            let used = self.used.get();
            if !self.resize(if used > 50_000 { used * 2 } else { used * 4 }) {
                return Err(raise::memory_error());
            }
        }
        Ok(true)
    }
    /// Removes a key; the reference that the set held.
    pub fn discard(&self, key: Value) -> Result<Option<Object>, Raised> {
        let hash = ops::hash_key(key, "set element")?;
        self.discard_hashed(key, hash)
    }
    pub fn discard_hashed(&self, key: Value, hash: i64) -> Result<Option<Object>, Raised> {
        match self.find(key, hash)? {
            Ok(at) => Ok(Some(self.remove_at(at))),
            Err(_) => Ok(None),
        }
    }
    fn remove_at(&self, at: usize) -> Object {
        let e = self.entry(at);
        self.set_entry(at, SetEntry { hash: -1, key: REMOVED });
        self.used.set(self.used.get() - 1);
        Object::from_owned(e.key)
    }
    /// Removes and returns some key.
    pub fn pop(&self) -> Option<Object> {
        if self.used.get() == 0 {
            return None;
        }
        let mut at = self.finger.get() & self.mask.get();
        while !self.entry(at).is_live() {
            at = (at + 1) & self.mask.get();
        }
        self.finger.set(at + 1);
        Some(self.remove_at(at))
    }
    /// The next live entry at or after position `from`, with borrowed key, and its position.
    #[inline]
    pub fn next_entry(&self, from: usize) -> Option<(usize, SetEntry)> {
        if self.entries.get().is_null() {
            return None;
        }
        let mut i = from;
        while i <= self.mask.get() {
            let e = self.entry(i);
            if e.is_live() {
                return Some((i, e));
            }
            i += 1;
        }
        None
    }
    /// Owned copies of all keys with their hashes, in order.
    pub fn snapshot(&self) -> Vec<(i64, Object)> {
        let mut out = Vec::with_capacity(self.len());
        let mut at = 0;
        while let Some((i, e)) = self.next_entry(at) {
            out.push((e.hash, e.key.to_object()));
            at = i + 1;
        }
        out
    }
    /// Makes room for `more` further keys as a merge does.
    pub fn reserve_merge(&self, more: usize) -> Result<(), Raised> {
        if (self.fill.get() + more) * 5 >= self.mask.get() * 3 && !self.resize((self.used.get() + more) * 2) {
            return Err(raise::memory_error());
        }
        Ok(())
    }
    /// Adds all keys of another table.
    pub fn merge(&self, other: &SetTable) -> Result<(), Raised> {
        if std::ptr::eq(self, other) || other.is_empty() {
            return Ok(());
        }
        self.reserve_merge(other.len())?;
        if self.fill.get() == 0 {
            if self.entries.get().is_null() {
                let Some(p) = SetTable::allocate(self.mask.get() + 1) else {
                    return Err(raise::memory_error());
                };
                self.entries.set(p);
            }
            let same = self.mask.get() == other.mask.get() && other.fill.get() == other.used.get();
            let mut at = 0;
            while let Some((i, e)) = other.next_entry(at) {
                e.key.incref();
                if same {
                    self.set_entry(i, e);
                } else {
                    self.place(e);
                }
                at = i + 1;
            }
            self.fill.set(other.len());
            self.used.set(other.len());
            return Ok(());
        }
        for (hash, key) in other.snapshot() {
            self.add_hashed(key.value(), hash)?;
        }
        Ok(())
    }
    pub fn clear(&self) {
        let (entries, size) = (self.entries.replace(std::ptr::null_mut()), self.mask.get() + 1);
        let mut left = self.used.get();
        self.mask.set(MIN_SIZE - 1);
        self.fill.set(0);
        self.used.set(0);
        self.finger.set(0);
        if entries.is_null() {
            return;
        }
        let mut i = 0;
        while left > 0 && i < size {
            // SAFETY: the table is ours alone now.
            let e = unsafe { *entries.add(i) };
            if e.is_live() {
                e.key.decref();
                left -= 1;
            }
            i += 1;
        }
        SetTable::free(entries, size);
    }
    /// Exchanges the contents of two tables.
    pub fn swap(&self, other: &SetTable) {
        self.entries.swap(&other.entries);
        self.mask.swap(&other.mask);
        self.fill.swap(&other.fill);
        self.used.swap(&other.used);
        self.finger.swap(&other.finger);
    }
    /// The hash of the keys as a frozenset's.
    pub fn frozen_hash(&self) -> i64 {
        fn shuffle(h: u64) -> u64 {
            ((h ^ 89_869_747) ^ (h << 16)).wrapping_mul(3_644_798_167)
        }
        let mut hash = 0u64;
        let mut at = 0;
        while let Some((i, e)) = self.next_entry(at) {
            hash ^= shuffle(e.hash as u64);
            at = i + 1;
        }
        hash ^= (self.len() as u64 + 1).wrapping_mul(1_927_868_237);
        hash ^= (hash >> 11) ^ (hash >> 25);
        hash = hash.wrapping_mul(69_069).wrapping_add(907_133_923);
        if hash == u64::MAX { 590_923_713 } else { hash as i64 }
    }
}
impl Trace for SetTable {
    fn trace(&self, visit: &mut dyn FnMut(Value)) {
        let mut at = 0;
        while let Some((i, e)) = self.next_entry(at) {
            visit(e.key);
            at = i + 1;
        }
    }
    fn clear(&self) {
        SetTable::clear(self);
    }
}
impl Drop for SetTable {
    fn drop(&mut self) {
        SetTable::clear(self);
    }
}

/// The table of a set or frozenset, or of an instance of a subclass.
#[inline]
pub fn table_of(v: &Value) -> Option<&SetTable> {
    match v.cast::<Set>() {
        Some(s) => Some(&s.table),
        None => v.cast::<FrozenSet>().map(|s| &s.table),
    }
}

impl Set {
    /// An empty set.
    pub fn new() -> Object {
        crate::layout::alloc(Set {
            header: header::<Set>(),
            table: SetTable::new(),
        })
    }
    pub fn of_class(class: &'static Type) -> Object {
        alloc_instance(
            class,
            Set {
                header: header::<Set>(),
                table: SetTable::new(),
            },
        )
    }
    pub fn add(&self, key: Value) -> Result<bool, Raised> {
        self.table.add(key)
    }
    pub fn len(&self) -> usize {
        self.table.len()
    }
    pub fn is_empty(&self) -> bool {
        self.table.is_empty()
    }
}
impl FrozenSet {
    /// An empty frozenset that the caller fills before anybody else sees it.
    pub fn of_class(class: &'static Type) -> Object {
        alloc_instance(
            class,
            FrozenSet {
                header: header::<FrozenSet>(),
                table: SetTable::new(),
                hash: Cell::new(-1),
            },
        )
    }
    pub fn from_values(items: &[Value]) -> Result<Object, Raised> {
        let o = FrozenSet::of_class(FrozenSet::class());
        for &v in items {
            o.expect::<FrozenSet>().table.add(v)?;
        }
        Ok(o)
    }
}
