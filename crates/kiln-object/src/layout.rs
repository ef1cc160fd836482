//! How native object structs are described to the allocator and the collector.
//!
//! [`object_struct!`] declares an object's Rust struct; fields that own references are [`Slot`]s, which the collector
//! sees through [`Trace`]. Objects of subclasses begin with the same struct and continue with their attributes.
#![expect(unsafe_code, reason = "typed access to untyped object memory")]
//!
//! # Safety
//! A `Layout`'s functions take pointers to objects of exactly that layout. `drop` runs once, when the last reference
//! is gone or the collector breaks a cycle; `clear` leaves the struct valid but holding no references.

use crate::header::Header;
use crate::heap::{self, Kind};
use crate::shape::Mode;
use crate::types::Type;
use crate::value::{Object, Value};
use std::cell::{Cell, OnceCell, RefCell};

/// What is known of a native struct.
pub struct Layout {
    pub name: &'static str,
    pub base: Option<&'static Layout>,
    /// Bytes of the struct, header included.
    pub size: usize,
    /// For objects with inline data of varying length: their size in bytes, without a subclass's dictionary word.
    pub var_size: Option<unsafe fn(*const Header) -> usize>,
    pub kind: Kind,
    pub drop: unsafe fn(*mut Header),
    pub trace: unsafe fn(*const Header, &mut dyn FnMut(Value)),
    pub clear: unsafe fn(*const Header),
}
// SAFETY: constant data.
unsafe impl Sync for Layout {}
impl Layout {
    /// Whether objects of this layout begin with `base`'s struct.
    #[inline(never)]
    pub fn extends(&'static self, base: &'static Layout) -> bool {
        let mut layout = Some(self);
        while let Some(l) = layout {
            if std::ptr::eq(l, base) {
                return true;
            }
            layout = l.base;
        }
        false
    }
}

/// A Rust struct that is a Python object's memory.
///
/// # Safety
/// The struct is `repr(C)` and begins with a [`Header`]; `layout` describes it. Use [`object_struct!`].
pub unsafe trait ObjectType: Sized + 'static {
    const NAME: &'static str;
    const LAYOUT: &'static Layout;
    /// The shape of every exact instance, one of [`crate::shape::known`], where there is only one and start-up fixes it.
    const SHAPE: u32 = crate::site::NO_SHAPE;
    #[inline(always)]
    fn layout() -> &'static Layout {
        Self::LAYOUT
    }
    fn class_cell() -> &'static TypeCell;
    /// The class whose exact instances have this layout.
    #[inline]
    fn class() -> &'static Type {
        Self::class_cell().get()
    }
}

/// Where a built-in class is found once the runtime has started.
pub struct TypeCell(Cell<*const Type>);
// SAFETY: written once at start, under the global lock.
unsafe impl Sync for TypeCell {}
impl TypeCell {
    #[expect(clippy::new_without_default, reason = "only for statics")]
    pub const fn new() -> TypeCell {
        TypeCell(Cell::new(std::ptr::null()))
    }
    #[inline(always)]
    pub fn get(&self) -> &'static Type {
        debug_assert!(!self.0.get().is_null(), "class used before the runtime started");
        // SAFETY: set at start to an immortal class.
        unsafe { &*self.0.get() }
    }
    pub fn try_get(&self) -> Option<&'static Type> {
        // SAFETY: null or an immortal class.
        unsafe { self.0.get().as_ref() }
    }
    pub fn set(&self, t: &'static Type) {
        self.0.set(t);
    }
}

/// A field that owns a reference. Empty is the word 0x1, which no program sees.
#[repr(transparent)]
pub struct Slot(Cell<Value>);

impl Slot {
    pub const fn empty() -> Slot {
        Slot(Cell::new(Value::PENDING))
    }
    #[inline]
    pub fn new(o: Object) -> Slot {
        Slot(Cell::new(o.into_value()))
    }
    /// A slot with that content, whose reference it owns; `PENDING` when empty.
    #[inline(always)]
    pub(crate) fn from_word(v: Value) -> Slot {
        Slot(Cell::new(v))
    }
    pub fn from_option(o: Option<Object>) -> Slot {
        o.map_or_else(Slot::empty, Slot::new)
    }
    #[inline]
    pub fn get(&self) -> Option<Object> {
        self.peek().map(|v| v.to_object())
    }
    /// The value without a reference of its own: valid until something else runs.
    #[inline(always)]
    pub fn peek(&self) -> Option<Value> {
        let v = self.0.get();
        (!v.is_pending()).then_some(v)
    }
    /// The raw word; `PENDING` when empty.
    #[inline(always)]
    pub fn raw(&self) -> Value {
        self.0.get()
    }
    /// The value of a slot that is never empty.
    #[inline]
    pub fn value(&self) -> Value {
        let v = self.0.get();
        debug_assert!(!v.is_pending());
        v
    }
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.0.get().is_pending()
    }
    #[inline]
    pub fn set(&self, o: Object) {
        let old = self.0.replace(o.into_value());
        if !old.is_pending() {
            old.decref();
        }
    }
    pub fn set_option(&self, o: Option<Object>) {
        drop(self.replace(o));
    }
    #[inline]
    pub fn replace(&self, o: Option<Object>) -> Option<Object> {
        let old = self.0.replace(o.map_or(Value::PENDING, Object::into_value));
        (!old.is_pending()).then(|| Object::from_owned(old))
    }
    /// Exchanges the raw words, `PENDING` for nothing, and with them the references.
    #[inline(always)]
    pub fn swap_raw(&self, v: Value) -> Value {
        self.0.replace(v)
    }
    pub fn take(&self) -> Option<Object> {
        self.replace(None)
    }
    pub fn clear(&self) {
        drop(self.take());
    }
}
impl Drop for Slot {
    #[inline]
    fn drop(&mut self) {
        // A collection that the release starts must not find the object in a slot that gave it up.
        let old = self.0.replace(Value::PENDING);
        if !old.is_pending() {
            old.decref();
        }
    }
}

/// What the collector may ask of a field.
pub trait Trace {
    /// Reports every reference that the field owns.
    fn trace(&self, _visit: &mut dyn FnMut(Value)) {}
    /// Gives up every reference that the field owns.
    fn clear(&self) {}
}
impl Trace for Slot {
    fn trace(&self, visit: &mut dyn FnMut(Value)) {
        if let Some(v) = self.peek() {
            visit(v);
        }
    }
    fn clear(&self) {
        Slot::clear(self);
    }
}
impl<T: Copy> Trace for Cell<T> {}
impl Trace for RefCell<Vec<Object>> {
    fn trace(&self, visit: &mut dyn FnMut(Value)) {
        if let Ok(items) = self.try_borrow() {
            items.iter().for_each(|o| visit(o.value()));
        }
    }
    fn clear(&self) {
        let taken = self.try_borrow_mut().map(|mut v| std::mem::take(&mut *v));
        drop(taken);
    }
}
impl Trace for RefCell<std::collections::VecDeque<Object>> {
    fn trace(&self, visit: &mut dyn FnMut(Value)) {
        if let Ok(items) = self.try_borrow() {
            items.iter().for_each(|o| visit(o.value()));
        }
    }
    fn clear(&self) {
        let taken = self.try_borrow_mut().map(|mut v| std::mem::take(&mut *v));
        drop(taken);
    }
}
impl Trace for RefCell<String> {}
impl<T> Trace for OnceCell<T> {}
impl Trace for kiln_text::BigInt {}
/// Wraps a field that owns no references.
pub struct Plain<T>(pub T);
impl<T> Trace for Plain<T> {}
impl<T> std::ops::Deref for Plain<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.0
    }
}

/// Declares an object's struct, with its header in front, and how it is traced and dropped.
///
/// `object_struct! { /// doc
///     pub struct ListIter = "list_iterator", Container { list: Slot, index: Cell<usize> } }`
///
/// With `extends Base`, the struct begins with `base: Base` instead of a header. `"list" @ LIST` names the known shape that all exact
/// instances have.
#[macro_export]
macro_rules! object_struct {
    ($(#[$m:meta])* $vis:vis struct $name:ident = $py:literal @ $shape:ident, $kind:ident { $($(#[$fm:meta])* $fvis:vis $f:ident : $t:ty),* $(,)? }) => {
        $(#[$m])*
        #[repr(C)]
        $vis struct $name { pub header: $crate::Header, $($(#[$fm])* $fvis $f: $t),* }
        $crate::object_struct!(@impl $name, $py, $crate::shape::known::$shape, $kind, None, None, [$($f)*]);
    };
    ($(#[$m:meta])* $vis:vis struct $name:ident = $py:literal, $kind:ident { $($(#[$fm:meta])* $fvis:vis $f:ident : $t:ty),* $(,)? }) => {
        $(#[$m])*
        #[repr(C)]
        $vis struct $name { pub header: $crate::Header, $($(#[$fm])* $fvis $f: $t),* }
        $crate::object_struct!(@impl $name, $py, $crate::site::NO_SHAPE, $kind, None, None, [$($f)*]);
    };
    ($(#[$m:meta])* $vis:vis struct $name:ident = $py:literal extends $base:ident, $kind:ident { $($(#[$fm:meta])* $fvis:vis $f:ident : $t:ty),* $(,)? }) => {
        $(#[$m])*
        #[repr(C)]
        $vis struct $name { pub base: $base, $($(#[$fm])* $fvis $f: $t),* }
        $crate::object_struct!(@impl $name, $py, $crate::site::NO_SHAPE, $kind, Some(<$base as $crate::ObjectType>::LAYOUT), Some($base), [$($f)*]);
    };
    (@impl $name:ident, $py:literal, $shape:expr, $kind:ident, $base:expr, $has:expr, [$($f:ident)*]) => {
        const _: () = {
            #[expect(unsafe_code, reason = "the functions of the layout: each casts to the struct that it describes")]
            mod layout_impl {
                use super::*;
                // SAFETY: called with objects of this layout only.
                pub unsafe fn drop_object(p: *mut $crate::Header) { unsafe { std::ptr::drop_in_place(p as *mut $name) } }
                // SAFETY: as above.
                pub unsafe fn trace_object(p: *const $crate::Header, visit: &mut dyn FnMut($crate::Value)) {
                    // SAFETY: as above.
                    let this = unsafe { &*(p as *const $name) };
                    $crate::object_struct!(@base_trace $base, p, visit);
                    $($crate::Trace::trace(&this.$f, visit);)*
                    let _ = (this, visit);
                }
                // SAFETY: as above.
                pub unsafe fn clear_object(p: *const $crate::Header) {
                    // SAFETY: as above.
                    let this = unsafe { &*(p as *const $name) };
                    let base: Option<&'static $crate::Layout> = $base;
                    // SAFETY: an object of this layout begins with one of the base's.
                    if let Some(base) = base { unsafe { (base.clear)(p) } }
                    $($crate::Trace::clear(&this.$f);)*
                    let _ = this;
                }
                pub static CELL: $crate::TypeCell = $crate::TypeCell::new();
                pub static LAYOUT: $crate::Layout = $crate::Layout {
                    name: $py, base: $base, size: size_of::<$name>(), var_size: None, kind: $crate::heap::Kind::$kind,
                    drop: drop_object, trace: trace_object, clear: clear_object,
                };
                // SAFETY: repr(C), header or base first.
                unsafe impl $crate::ObjectType for $name {
                    const NAME: &'static str = $py;
                    const LAYOUT: &'static $crate::Layout = &LAYOUT;
                    const SHAPE: u32 = $shape;
                    #[inline(always)]
                    fn class_cell() -> &'static $crate::TypeCell { &CELL }
                }
            }
        };
    };
    (@base_trace $base:expr, $p:ident, $visit:ident) => {
        let base: Option<&'static $crate::Layout> = $base;
        // SAFETY: an object of this layout begins with one of the base's.
        if let Some(base) = base { unsafe { (base.trace)($p, $visit) } }
    };
}

/// A header for an exact instance of `T`'s class.
#[inline]
pub fn header<T: ObjectType>() -> Header {
    if T::SHAPE != crate::site::NO_SHAPE {
        return Header::new(crate::shape::ShapeId(T::SHAPE));
    }
    Header::new(T::class().root_shape())
}

/// Allocates an exact instance of `T`'s class.
#[inline]
pub fn alloc<T: ObjectType>(payload: T) -> Object {
    debug_assert!(T::layout().var_size.is_none());
    let p = heap::alloc(size_of::<T>(), T::layout().kind) as *mut T;
    // SAFETY: fresh memory of the right size; the write makes the object walkable.
    unsafe { p.write(payload) };
    Object::from_owned(Value::from_ptr(p as *const Header))
}

/// Allocates an instance of `class`, whose layout is `T`'s, with empty attributes.
#[inline]
pub fn alloc_instance<T: ObjectType>(class: &'static Type, payload: T) -> Object {
    debug_assert!(
        std::ptr::eq(class.layout(), T::layout()),
        "{} is no {}",
        class.name(),
        T::NAME
    );
    let p = heap::alloc(class.instance_size(), class.kind()) as *mut T;
    // SAFETY: fresh memory; the class's instance size covers the struct and what follows it. Nothing can look at the
    // object before its attribute words are set: no collection starts inside an allocation.
    unsafe {
        p.write(payload);
        init_tail(p as *mut Header, class, class.payload_size());
    }
    Object::from_owned(Value::from_ptr(p as *const Header))
}

/// Sets header and attribute words of a new instance whose struct is written.
///
/// # Safety
/// `p` is a new object of `class`, of at least its instance size, whose struct occupies `payload` bytes.
#[inline]
pub unsafe fn init_tail(p: *mut Header, class: &'static Type, payload: usize) {
    // SAFETY: per the contract.
    unsafe {
        if class.is_heap_type() {
            class.as_value().incref();
        }
        let words = p as *mut Value;
        for i in 0..class.member_count() {
            words.add(payload / 8 + i).write(crate::singletons::unbound());
        }
        if class.has_dict() {
            words.add(payload / 8 + class.member_count()).write(Value::ZERO);
        }
        (*p).set_shape(class.root_shape());
        debug_assert!(class.mode() != Mode::Dict || class.has_dict());
    }
}
