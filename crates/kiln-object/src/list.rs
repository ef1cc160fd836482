//! `list` objects: a growable buffer of owned values.
#![expect(unsafe_code, reason = "a buffer that compiled code indexes")]
//!
//! # Safety
//! `len` owned values lie at `items`, room for `capacity`. No slice of it is held across anything that may run
//! Python: `get` and `snapshot` hand out references instead. Values are released only after the list no longer shows
//! them.

use crate::heap::{self, Kind};
use crate::layout::Trace;
use crate::object_struct;
use crate::value::{Object, Value};
use std::cell::Cell;

/// The buffer of a list.
pub struct Items {
    ptr: Cell<*mut Value>,
    len: Cell<usize>,
    capacity: Cell<usize>,
}

object_struct! {
    /// `list`.
    pub struct List = "list" @ LIST, Container { items: Items }
}
/// Byte offsets that compiled code uses.
pub const ITEMS_OFFSET: usize = 8;
pub const LEN_OFFSET: usize = 16;
pub const CAPACITY_OFFSET: usize = 24;

/// The buffer of a list that is being sorted: never read, since its length and capacity are zero.
const SORTING: *mut Value = std::ptr::dangling_mut();

impl Items {
    fn new() -> Items {
        Items {
            ptr: Cell::new(std::ptr::null_mut()),
            len: Cell::new(0),
            capacity: Cell::new(0),
        }
    }
    #[inline]
    fn slice(&self) -> &[Value] {
        if self.len.get() == 0 {
            return &[];
        }
        // SAFETY: `len` values lie there; the caller keeps to the chapter above.
        unsafe { std::slice::from_raw_parts(self.ptr.get(), self.len.get()) }
    }
    /// Whether room for `n` items could be had.
    fn reserve(&self, n: usize) -> bool {
        if n <= self.capacity.get() {
            return true;
        }
        let grown = if self.capacity.get() == 0 && n > 4 {
            n
        } else {
            n.max(self.capacity.get() + self.capacity.get() / 4 + 4)
        };
        let Some(bytes) = grown.checked_mul(8).filter(|&b| b < isize::MAX as usize) else {
            return false;
        };
        let p = heap::try_alloc(bytes, Kind::Raw) as *mut Value;
        if p.is_null() {
            return false;
        }
        // SAFETY: the new buffer is larger; the old one is given back with its size.
        unsafe {
            if self.len.get() > 0 {
                std::ptr::copy_nonoverlapping(self.ptr.get(), p, self.len.get());
            }
            if self.capacity.get() > 0 {
                heap::free(self.ptr.get() as *mut u8, self.capacity.get() * 8, Kind::Raw);
            }
        }
        self.ptr.set(p);
        self.capacity.set(grown);
        true
    }
    fn release(&self) {
        let (p, n, cap) = (self.ptr.get(), self.len.get(), self.capacity.get());
        if cap == 0 {
            return;
        }
        self.ptr.set(std::ptr::null_mut());
        self.len.set(0);
        self.capacity.set(0);
        // SAFETY: the buffer is ours alone now.
        unsafe {
            // Last to first, as CPython does.
            for i in (0..n).rev() {
                (*p.add(i)).decref();
            }
            heap::free(p as *mut u8, cap * 8, Kind::Raw);
        }
    }
}
impl Trace for Items {
    fn trace(&self, visit: &mut dyn FnMut(Value)) {
        self.slice().iter().for_each(|&v| visit(v));
    }
    fn clear(&self) {
        self.release();
    }
}
impl Drop for Items {
    fn drop(&mut self) {
        self.release();
    }
}

impl List {
    /// The struct of a new empty list, for instances of subclasses.
    pub fn empty_payload() -> List {
        List {
            header: crate::layout::header::<List>(),
            items: Items::new(),
        }
    }
    pub fn new() -> Object {
        crate::layout::alloc(List::empty_payload())
    }
    pub fn from_vec(items: Vec<Object>) -> Object {
        let mut it = items.into_iter();
        List::from_fn(it.len(), |_| it.next().unwrap_or_else(Object::none))
    }
    /// A list of `n` items, each from `item(i)`, which must not run Python.
    pub fn from_fn(n: usize, mut item: impl FnMut(usize) -> Object) -> Object {
        let o = List::new();
        if n == 0 {
            return o;
        }
        let l = o.expect::<List>();
        l.must_reserve(n);
        for i in 0..n {
            // SAFETY: room for `n` items was made.
            unsafe { *l.items.ptr.get().add(i) = item(i).into_value() };
            l.items.len.set(i + 1);
        }
        o
    }
    pub fn from_values(items: &[Value]) -> Object {
        let o = List::new();
        if !items.is_empty() {
            let l = o.expect::<List>();
            l.must_reserve(items.len());
            let to = l.items.ptr.get();
            for (i, v) in items.iter().enumerate() {
                v.incref();
                // SAFETY: room for so many was made.
                unsafe { *to.add(i) = *v };
            }
            l.items.len.set(items.len());
        }
        o
    }
    /// A list of the items of both; none when there is no room for it.
    pub fn concat(left: &List, right: &List) -> Option<Object> {
        let o = List::new();
        let list = o.expect::<List>();
        let n = left.len() + right.len();
        if !list.reserve(n) {
            return None;
        }
        let to = list.items.ptr.get();
        for (i, v) in left.borrow().iter().chain(right.borrow()).enumerate() {
            v.incref();
            // SAFETY: room for so many was made.
            unsafe { *to.add(i) = *v };
        }
        list.items.len.set(n);
        Some(o)
    }
    fn must_reserve(&self, n: usize) {
        if !self.items.reserve(n) {
            crate::fatal("out of memory");
        }
    }
    /// Room for `n` items in all; false if there is none (raise `MemoryError`).
    pub fn reserve(&self, n: usize) -> bool {
        self.items.reserve(n)
    }
    #[inline]
    pub fn len(&self) -> usize {
        self.items.len.get()
    }
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// The items, borrowed: not across anything that may run Python or change the list.
    #[inline]
    pub fn borrow(&self) -> &[Value] {
        self.items.slice()
    }
    /// The item at `i`, if there is one.
    #[inline]
    pub fn get(&self, i: usize) -> Option<Object> {
        self.items.slice().get(i).map(|v| v.to_object())
    }
    /// All items, owned: safe to hold while Python runs.
    pub fn snapshot(&self) -> Vec<Object> {
        self.items.slice().iter().map(|v| v.to_object()).collect()
    }
    #[inline]
    pub fn push(&self, v: Object) {
        let n = self.len();
        if n == self.items.capacity.get() {
            self.must_reserve(n + 1);
        }
        // SAFETY: room was made.
        unsafe { *self.items.ptr.get().add(n) = v.into_value() };
        self.items.len.set(n + 1);
    }
    /// A tuple of the items, which move there: the list is empty then.
    pub fn move_to_tuple(&self) -> Object {
        let items = self.items.ptr.get();
        // SAFETY: in range; each item moves once, and the list forgets them all before anybody looks.
        let t = crate::tuple::Tuple::from_fn(self.len(), |i| Object::from_owned(unsafe { *items.add(i) }));
        self.items.len.set(0);
        t
    }
    /// Whether there is room for one more.
    #[inline(always)]
    pub fn has_room(&self) -> bool {
        self.items.len.get() < self.items.capacity.get()
    }
    /// Appends an owned value where there is room.
    #[inline(always)]
    pub fn push_in_room(&self, v: Value) {
        debug_assert!(self.has_room());
        let n = self.len();
        // SAFETY: there is room, per the contract.
        unsafe { *self.items.ptr.get().add(n) = v };
        self.items.len.set(n + 1);
    }
    /// Replaces item `i` and returns the old one; panics if out of range.
    #[inline]
    pub fn replace(&self, i: usize, v: Object) -> Object {
        assert!(i < self.len());
        // SAFETY: in range.
        Object::from_owned(unsafe { std::ptr::replace(self.items.ptr.get().add(i), v.into_value()) })
    }
    /// Overwrites item `i` with an owned value; what it was is the caller's to release. `i` is in range.
    #[inline(always)]
    pub fn put_unreleased(&self, i: usize, v: Value) {
        debug_assert!(i < self.len());
        // SAFETY: in range, per the contract.
        unsafe { *self.items.ptr.get().add(i) = v };
    }
    #[inline]
    pub fn pop(&self) -> Option<Object> {
        let n = self.len();
        if n == 0 {
            return None;
        }
        self.items.len.set(n - 1);
        // SAFETY: the last item, no longer shown.
        Some(Object::from_owned(unsafe { *self.items.ptr.get().add(n - 1) }))
    }
    /// Inserts before `i`, which is at most the length.
    pub fn insert(&self, i: usize, v: Object) {
        let n = self.len();
        assert!(i <= n);
        self.must_reserve(n + 1);
        // SAFETY: room was made; the tail moves up by one.
        unsafe {
            let p = self.items.ptr.get().add(i);
            std::ptr::copy(p, p.add(1), n - i);
            *p = v.into_value();
        }
        self.items.len.set(n + 1);
    }
    /// Removes and returns item `i`; panics if out of range.
    pub fn remove(&self, i: usize) -> Object {
        let n = self.len();
        assert!(i < n);
        // SAFETY: in range; the tail moves down by one.
        unsafe {
            let p = self.items.ptr.get().add(i);
            let v = *p;
            std::ptr::copy(p.add(1), p, n - i - 1);
            self.items.len.set(n - 1);
            Object::from_owned(v)
        }
    }
    /// Replaces items `start..end` by `new` and returns the old ones, to be released when the list is consistent.
    pub fn splice(&self, start: usize, end: usize, new: Vec<Object>) -> Vec<Object> {
        let n = self.len();
        assert!(start <= end && end <= n);
        let grown = n - (end - start) + new.len();
        self.must_reserve(grown);
        let mut old = Vec::with_capacity(end - start);
        // SAFETY: room was made; the tail moves to its new place, and the gap is filled with the new items.
        unsafe {
            let p = self.items.ptr.get();
            for i in start..end {
                old.push(Object::from_owned(*p.add(i)));
            }
            if n > end {
                std::ptr::copy(p.add(end), p.add(start + new.len()), n - end);
            }
            for (i, v) in new.into_iter().enumerate() {
                *p.add(start + i) = v.into_value();
            }
        }
        self.items.len.set(grown);
        old
    }
    /// Replaces as many items from `start` on as there are new ones. Nothing else may change the list meanwhile; the old
    /// items are released when all new ones are in place.
    pub fn overwrite(&self, start: usize, new: &[Value]) {
        assert!(start + new.len() <= self.len());
        let mut old: smallvec::SmallVec<[Object; 16]> = smallvec::SmallVec::new();
        for (i, v) in new.iter().enumerate() {
            let v = v.to_object().into_value();
            // SAFETY: within the length; the old items are held until the loop is over.
            let before = unsafe { std::ptr::replace(self.items.ptr.get().add(start + i), v) };
            if before.is_ptr() {
                old.push(Object::from_owned(before));
            }
        }
        drop(old);
    }
    /// Takes all items out, leaving the list empty.
    pub fn take(&self) -> Vec<Object> {
        let n = self.len();
        self.splice(0, n, Vec::new())
    }
    /// Takes all items out and leaves a mark by which [`List::end_sort`] sees whether the list was changed since.
    pub fn begin_sort(&self) -> Vec<Object> {
        let items = self.take();
        self.items.release();
        self.items.ptr.set(SORTING);
        items
    }
    /// Puts the items back; what was added meanwhile, if the list was changed, to be released by the caller.
    pub fn end_sort(&self, items: Vec<Object>) -> Option<Vec<Object>> {
        let changed = self.items.ptr.get() != SORTING;
        if !changed {
            self.items.ptr.set(std::ptr::null_mut());
        }
        let added = self.splice(0, self.len(), items);
        changed.then_some(added)
    }
    pub fn reverse(&self) {
        if self.len() > 1 {
            // SAFETY: nothing runs during the reversal.
            unsafe { std::slice::from_raw_parts_mut(self.items.ptr.get(), self.len()).reverse() };
        }
    }
    pub fn clear(&self) {
        self.items.release();
    }
}
