//! `tuple` objects: items inline after the length.
#![expect(unsafe_code, reason = "inline items of varying number")]
//!
//! # Safety
//! `len` owned values follow the struct, written before the object is handed out. They never change, except while a
//! tuple that nobody else sees is being filled.

use crate::header::Header;
use crate::heap::{self, Kind};
use crate::layout::{Layout, ObjectType, TypeCell};
use crate::types::Type;
use crate::value::{Object, Value};
use std::cell::Cell;

#[repr(C)]
pub struct Tuple {
    pub header: Header,
    len: Cell<usize>,
    /// The hash, or -1 if not computed yet.
    hash: Cell<i64>,
}
/// What stands for a hash that is not known yet.
pub const UNHASHED: i64 = -1;
// Machine code that makes tuples writes the words in this order.
const _: () = assert!(LEN_OFFSET == 8 && std::mem::offset_of!(Tuple, hash) == 16 && ITEMS == 24);
/// Byte offset of the first item.
pub const ITEMS: usize = size_of::<Tuple>();
/// Byte offset of the length.
pub const LEN_OFFSET: usize = std::mem::offset_of!(Tuple, len);

static CELL: TypeCell = TypeCell::new();
static LAYOUT: Layout = Layout {
    name: "tuple",
    base: None,
    size: size_of::<Tuple>(),
    var_size: Some(byte_size),
    kind: Kind::Container,
    drop: drop_tuple,
    trace: trace_tuple,
    clear: clear_tuple,
};
// SAFETY: header first, repr(C).
unsafe impl ObjectType for Tuple {
    const NAME: &'static str = "tuple";
    const LAYOUT: &'static Layout = &LAYOUT;
    const SHAPE: u32 = crate::shape::known::TUPLE;
    #[inline(always)]
    fn class_cell() -> &'static TypeCell {
        &CELL
    }
}
unsafe fn byte_size(p: *const Header) -> usize {
    // SAFETY: called with a tuple. A cleared tuple keeps its length.
    ITEMS + 8 * unsafe { (*(p as *const Tuple)).len.get() }
}
unsafe fn drop_tuple(p: *mut Header) {
    // SAFETY: called with a tuple whose last reference is gone.
    unsafe { clear_tuple(p) }
}
unsafe fn trace_tuple(p: *const Header, visit: &mut dyn FnMut(Value)) {
    // SAFETY: called with a tuple.
    for &v in unsafe { (*(p as *const Tuple)).items() } {
        visit(v);
    }
}
unsafe fn clear_tuple(p: *const Header) {
    // SAFETY: called with a tuple nobody uses any more; each item is replaced before it is released.
    unsafe {
        let t = &*(p as *const Tuple);
        let items = (p as *mut u8).add(ITEMS) as *mut Value;
        // Last to first, as CPython does.
        for i in (0..t.len.get()).rev() {
            std::ptr::replace(items.add(i), Value::ZERO).decref();
        }
    }
}

impl Tuple {
    pub fn empty() -> Object {
        crate::singletons::empty_tuple().to_object()
    }
    /// A tuple whose items are still to be written.
    #[inline]
    fn alloc(class: &'static Type, len: usize) -> Option<*mut Tuple> {
        let payload = ITEMS.checked_add(len.checked_mul(8)?)?;
        let p = heap::try_alloc(payload + 8 * class.has_dict() as usize, Kind::Container) as *mut Tuple;
        if p.is_null() {
            return None;
        }
        // SAFETY: fresh memory. Callers write the items before anything can look: no collection starts inside an allocation.
        unsafe {
            p.write(Tuple {
                header: Header::new(class.root_shape()),
                len: Cell::new(len),
                hash: Cell::new(UNHASHED),
            });
            if class.is_heap_type() || class.has_dict() {
                crate::layout::init_tail(p as *mut Header, class, payload);
            }
        }
        Some(p)
    }
    /// A tuple of `n` items, each from `item(i)`, which must not run Python.
    #[inline]
    pub fn from_fn(n: usize, mut item: impl FnMut(usize) -> Object) -> Object {
        if n == 0 {
            return Tuple::empty();
        }
        let p = Tuple::alloc_exact(n);
        for i in 0..n {
            // SAFETY: room for n items was allocated.
            unsafe { *((p as *mut u8).add(ITEMS) as *mut Value).add(i) = item(i).into_value() };
        }
        Object::from_owned(Value::from_ptr(p as *const Header))
    }
    /// The same, for a number of items that a program chose: `None` when there is no memory for them.
    pub fn try_from_fn(n: usize, item: impl FnMut(usize) -> Object) -> Option<Object> {
        if n > heap::MAX_SMALL {
            let mut item = item;
            let p = Tuple::alloc(Tuple::class(), n)?;
            for i in 0..n {
                // SAFETY: room for n items was allocated.
                unsafe { *((p as *mut u8).add(ITEMS) as *mut Value).add(i) = item(i).into_value() };
            }
            return Some(Object::from_owned(Value::from_ptr(p as *const Header)));
        }
        Some(Tuple::from_fn(n, item))
    }
    /// A tuple whose items are still to be written, before anything can look.
    #[inline]
    fn alloc_exact(n: usize) -> *mut Tuple {
        if n > heap::MAX_SMALL {
            let Some(p) = Tuple::alloc(Tuple::class(), n) else {
                crate::fatal("out of memory")
            };
            return p;
        }
        let p = heap::alloc(ITEMS + 8 * n, Kind::Container) as *mut Tuple;
        // SAFETY: fresh memory of that size.
        unsafe {
            p.write(Tuple {
                header: crate::layout::header::<Tuple>(),
                len: Cell::new(n),
                hash: Cell::new(UNHASHED),
            });
        }
        p
    }
    #[inline]
    pub fn pair(a: Object, b: Object) -> Object {
        Tuple::from_owned_values(&[a.into_value(), b.into_value()])
    }
    pub fn from_vec(items: Vec<Object>) -> Object {
        let mut it = items.into_iter();
        Tuple::from_fn(it.len(), |_| it.next().unwrap_or_else(Object::none))
    }
    pub fn from_array<const N: usize>(items: [Object; N]) -> Object {
        let mut it = items.into_iter();
        Tuple::from_fn(N, |_| it.next().unwrap_or_else(Object::none))
    }
    /// The hash, if it has been asked for before.
    #[inline(always)]
    pub fn known_hash(&self) -> Option<i64> {
        let h = self.hash.get();
        (h != UNHASHED).then_some(h)
    }
    /// The hash: xxHash's mixing of the items' hashes, as CPython has it. May run Python, the first time: the tuple remembers it.
    pub fn hash(&self) -> Result<i64, crate::Raised> {
        const PRIME_1: u64 = 11_400_714_785_074_694_791;
        const PRIME_2: u64 = 14_029_467_366_897_019_727;
        const PRIME_5: u64 = 2_870_177_450_012_600_261;
        if let Some(h) = self.known_hash() {
            return Ok(h);
        }
        let mut acc = PRIME_5;
        for v in self.items() {
            let lane = crate::ops::hash(*v)? as u64;
            acc = acc.wrapping_add(lane.wrapping_mul(PRIME_2));
            acc = acc.rotate_left(31).wrapping_mul(PRIME_1);
        }
        acc = acc.wrapping_add(self.len() as u64 ^ (PRIME_5 ^ 3_527_539));
        let h = if acc == u64::MAX { 1_546_275_796 } else { acc as i64 };
        // The pages of immortal objects stay shared with other processes.
        if !self.header.is_immortal() {
            self.hash.set(h);
        }
        Ok(h)
    }
    pub fn from_values(items: &[Value]) -> Object {
        Tuple::from_fn(items.len(), |i| items[i].to_object())
    }
    /// A tuple that takes over the references in `items`.
    pub fn from_owned_values(items: &[Value]) -> Object {
        Tuple::from_fn(items.len(), |i| Object::from_owned(items[i]))
    }
    /// An instance of `class`, a subclass.
    pub fn of_class(class: &'static Type, items: &[Value]) -> Object {
        let Some(p) = Tuple::alloc(class, items.len()) else {
            crate::fatal("out of memory")
        };
        for (i, v) in items.iter().enumerate() {
            v.incref();
            // SAFETY: room for the items was allocated.
            unsafe { *((p as *mut u8).add(ITEMS) as *mut Value).add(i) = *v };
        }
        Object::from_owned(Value::from_ptr(p as *const Header))
    }
    #[inline]
    pub fn items(&self) -> &[Value] {
        // SAFETY: the items follow the struct and do not change while somebody can look.
        unsafe {
            std::slice::from_raw_parts(
                (self as *const Tuple as *const u8).add(ITEMS) as *const Value,
                self.len.get(),
            )
        }
    }
    #[inline]
    pub fn len(&self) -> usize {
        self.len.get()
    }
    pub fn is_empty(&self) -> bool {
        self.len.get() == 0
    }
    #[inline]
    pub fn get(&self, i: usize) -> Option<Value> {
        self.items().get(i).copied()
    }
}
/// A shared empty tuple, made at start.
pub(crate) fn make_empty() -> Object {
    let Some(p) = Tuple::alloc(Tuple::class(), 0) else {
        crate::fatal("out of memory")
    };
    let o = Object::from_owned(Value::from_ptr(p as *const Header));
    o.header().make_immortal();
    o
}
