//! The tagged word that every Python value is, and the owned handle that counts references.
//!
//! | low bits | meaning |
//! |---|---|
//! | `…0`   | int of 63 bits, `i << 1` |
//! | `…001` | heap pointer + 1 |
//! | `…11`  | flonum: a float in 2^-255 .. 2^257, `rotl(bits + (3 << 60), 3)` |
//! | `0x1`  | "an exception is pending"; never stored, never counted |
//!
//! The representation is canonical: an exact int that fits 63 bits and a float in range are never boxed.
#![expect(unsafe_code, reason = "the word's pointer reading and the reference count behind it")]
//!
//! # Safety
//! A `Value` is a borrowed word: whoever holds one must know who keeps the object alive (an `Object`, a frame slot, a
//! container, immortality). An `Object` owns exactly one reference. `from_owned`/`into_value` move that ownership.
//! All heap access happens under the one global lock.

use crate::header::Header;
use crate::layout::{Layout, ObjectType};
use crate::types::Type;
use std::fmt;

/// A borrowed Python value: one word.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[repr(transparent)]
pub struct Value(pub u64);

const FLONUM_BIAS: u64 = 3 << 60;

impl Value {
    /// What compiled code and handlers return while an exception is pending.
    pub const PENDING: Value = Value(1);
    /// The int zero, also the content of a dead frame slot.
    pub const ZERO: Value = Value(0);

    /// The largest and the smallest int that is a word.
    pub const MAX_INT: i64 = (1 << 62) - 1;
    pub const MIN_INT: i64 = -(1 << 62);

    #[inline(always)]
    pub const fn int_unchecked(i: i64) -> Value {
        Value((i as u64) << 1)
    }
    /// `i` as a word if it fits 63 bits.
    #[inline(always)]
    pub fn small_int(i: i64) -> Option<Value> {
        (Self::MIN_INT..=Self::MAX_INT)
            .contains(&i)
            .then(|| Value::int_unchecked(i))
    }
    #[inline(always)]
    pub const fn is_int(self) -> bool {
        self.0 & 1 == 0
    }
    /// The int of an int word.
    #[inline(always)]
    pub const fn int(self) -> i64 {
        self.0 as i64 >> 1
    }
    #[inline(always)]
    pub fn as_small_int(self) -> Option<i64> {
        self.is_int().then(|| self.int())
    }

    /// `f` as a flonum, if it is in range.
    #[inline(always)]
    pub fn flonum(f: f64) -> Option<Value> {
        let word = f.to_bits().wrapping_add(FLONUM_BIAS).rotate_left(3);
        (word & 3 == 3).then_some(Value(word))
    }
    #[inline(always)]
    pub const fn is_flonum(self) -> bool {
        self.0 & 3 == 3
    }
    #[inline(always)]
    pub const fn flonum_value(self) -> f64 {
        f64::from_bits(self.0.rotate_right(3).wrapping_sub(FLONUM_BIAS))
    }

    /// Whether the word is a heap pointer, or `PENDING`.
    #[inline(always)]
    pub const fn is_ptr(self) -> bool {
        self.0 & 3 == 1
    }
    #[inline(always)]
    pub const fn is_pending(self) -> bool {
        self.0 == 1
    }
    #[inline(always)]
    pub fn from_ptr(p: *const Header) -> Value {
        Value(p as u64 + 1)
    }
    /// The object's address; only for heap pointers.
    #[inline(always)]
    pub fn ptr(self) -> *mut Header {
        debug_assert!(self.is_ptr() && !self.is_pending(), "not a heap pointer: {:#x}", self.0);
        (self.0 - 1) as *mut Header
    }
    #[inline(always)]
    pub fn header(&self) -> &Header {
        // SAFETY: a heap pointer names a live object, whose holder the borrow of `self` stands for.
        unsafe { &*self.ptr() }
    }

    /// The class: `type(v)`.
    #[inline]
    pub fn class(self) -> &'static Type {
        if self.is_int() {
            crate::types::int_type()
        } else if self.is_flonum() {
            crate::types::float_type()
        } else {
            self.header().class()
        }
    }
    #[inline]
    pub fn layout(self) -> &'static Layout {
        self.class().layout()
    }

    /// A typed view if the object has `T`'s layout (instances of subclasses do).
    #[inline]
    pub fn cast<T: ObjectType>(&self) -> Option<&T> {
        if !self.is_ptr() || self.is_pending() {
            return None;
        }
        let fits = self.has_shape_of::<T>() || has_layout(self.header(), T::layout());
        // SAFETY: the layout says that the object begins with a `T`; alive while `self` is borrowed.
        fits.then(|| unsafe { &*(self.ptr() as *const T) })
    }
    /// The typed view where the layout is known.
    #[inline(always)]
    pub fn expect<T: ObjectType>(&self) -> &T {
        let known = self.is_ptr() && !self.is_pending() && self.has_shape_of::<T>();
        if !known && self.cast::<T>().is_none() {
            unexpected(*self, T::NAME);
        }
        // SAFETY: the layout was looked at just now.
        unsafe { &*(self.ptr() as *const T) }
    }
    /// Whether the object, a heap pointer, has the one shape of exact instances of `T`.
    #[inline(always)]
    fn has_shape_of<T: ObjectType>(self) -> bool {
        T::SHAPE != crate::site::NO_SHAPE && self.header().shape().0 == T::SHAPE
    }
    /// Whether `type(v) is T`, not a subclass.
    #[inline]
    pub fn is_exact<T: ObjectType>(self) -> bool {
        if !self.is_ptr() || self.is_pending() {
            return false;
        }
        if T::SHAPE != crate::site::NO_SHAPE {
            return self.has_shape_of::<T>();
        }
        std::ptr::eq(self.header().class(), T::class())
    }
    /// The typed view of an exact instance.
    #[inline]
    pub fn exact<T: ObjectType>(&self) -> Option<&T> {
        // SAFETY: the class is T's own, so the layout is T.
        self.is_exact::<T>().then(|| unsafe { &*(self.ptr() as *const T) })
    }

    /// A new reference to the same object.
    #[inline(always)]
    pub fn to_object(self) -> Object {
        self.incref();
        Object(self)
    }
    /// Counts one more reference, which the caller must account for.
    #[inline(always)]
    pub fn incref(self) {
        if self.is_ptr() {
            self.header().incref();
        }
    }
    /// Gives one reference up.
    #[inline(always)]
    pub fn decref(self) {
        if self.is_ptr() && self.header().decref() {
            crate::dealloc::release(self.ptr());
        }
    }
    #[inline]
    pub fn is_none(self) -> bool {
        self == crate::singletons::none()
    }
    #[inline]
    pub fn is_true(self) -> bool {
        self == crate::singletons::true_()
    }
    #[inline]
    pub fn is_false(self) -> bool {
        self == crate::singletons::false_()
    }
    #[inline]
    pub fn is_unbound(self) -> bool {
        self == crate::singletons::unbound()
    }
    #[inline]
    pub fn is_not_implemented(self) -> bool {
        self == crate::singletons::not_implemented()
    }
}

/// Whether an object begins with the struct that `wanted` describes.
#[inline]
fn has_layout(header: &Header, wanted: &'static Layout) -> bool {
    let layout = header.class().layout();
    std::ptr::eq(layout, wanted) || layout.base.is_some() && layout.extends(wanted)
}
#[cold]
#[inline(never)]
fn unexpected(found: Value, name: &str) -> ! {
    crate::bug!("expected {name}, found {}", found.class().name())
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_int() {
            write!(f, "Int({})", self.int())
        } else if self.is_flonum() {
            write!(f, "Float({})", self.flonum_value())
        } else if self.is_pending() {
            write!(f, "Pending")
        } else {
            write!(f, "<{} at {:p}>", self.class().name(), self.ptr())
        }
    }
}

/// An owned reference to a Python value: gives it up when dropped.
#[repr(transparent)]
pub struct Object(Value);

impl Object {
    /// Takes over a reference that the caller owned.
    #[inline(always)]
    pub fn from_owned(v: Value) -> Object {
        Object(v)
    }
    /// Hands the reference to the caller.
    #[inline(always)]
    pub fn into_value(self) -> Value {
        let v = self.0;
        std::mem::forget(self);
        v
    }
    #[inline(always)]
    pub fn value(&self) -> Value {
        self.0
    }
    #[inline]
    pub fn cast<T: ObjectType>(&self) -> Option<&T> {
        self.0.cast()
    }
    #[inline]
    pub fn expect<T: ObjectType>(&self) -> &T {
        self.0.expect()
    }
    /// An int of any size that fits `i64`.
    #[inline]
    pub fn int(i: i64) -> Object {
        match Value::small_int(i) {
            Some(v) => Object(v),
            None => crate::int::Int::from_big(i.into()),
        }
    }
    #[inline]
    pub fn float(f: f64) -> Object {
        match Value::flonum(f) {
            Some(v) => Object(v),
            None => crate::float::Float::boxed(f),
        }
    }
    #[inline]
    pub fn bool(b: bool) -> Object {
        Object(if b {
            crate::singletons::true_()
        } else {
            crate::singletons::false_()
        })
    }
    #[inline]
    pub fn none() -> Object {
        Object(crate::singletons::none())
    }
    #[inline]
    pub fn not_implemented() -> Object {
        Object(crate::singletons::not_implemented())
    }
}
impl Clone for Object {
    #[inline]
    fn clone(&self) -> Object {
        self.0.to_object()
    }
}
impl Drop for Object {
    #[inline]
    fn drop(&mut self) {
        self.0.decref();
    }
}
impl std::ops::Deref for Object {
    type Target = Value;
    #[inline(always)]
    fn deref(&self) -> &Value {
        &self.0
    }
}
impl fmt::Debug for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
