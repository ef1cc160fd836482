//! Weak references: a side table from objects to the `weakref` objects that point at them.
//!
//! The table is off the objects' pages. A block's header says whether any object in it has weak references, so that
//! the death of most objects costs one test.

use crate::header::Header;
use crate::heap::{BlockHeader, MAX_SMALL};
use crate::layout::{ObjectType, Slot, alloc_instance, header};
use crate::object_struct;
use crate::types::Type;
use crate::value::{Object, Value};
use hashbrown::HashMap;
use std::cell::{Cell, RefCell};

object_struct! {
    /// `weakref.ref` and, by class, the proxies.
    pub struct WeakRef = "weakref.ReferenceType", Container {
        /// The object's word while it lives, else 0; not a reference.
        pub target: Cell<Value>,
        pub callback: Slot,
        /// The cached hash of the object, -1 if none.
        pub hash: Cell<i64>,
    }
}
object_struct! { /** `weakref.proxy`. */ pub struct WeakProxy = "weakref.ProxyType" extends WeakRef, Container {} }
object_struct! { /** `weakref.proxy` of a callable. */ pub struct WeakCallableProxy = "weakref.CallableProxyType" extends WeakRef, Container {} }

/// Address of the object to its weak references (borrowed: a reference that dies takes itself out), oldest first.
struct Table(RefCell<HashMap<usize, Vec<Value>, foldhash::fast::FixedState>>);
#[expect(unsafe_code, reason = "one table for all threads")]
// SAFETY: under the global lock, which nothing hands over while the table is borrowed.
unsafe impl Sync for Table {}
impl Table {
    fn with_borrow<R>(&self, f: impl FnOnce(&HashMap<usize, Vec<Value>, foldhash::fast::FixedState>) -> R) -> R {
        f(&self.0.borrow())
    }
    fn with_borrow_mut<R>(
        &self,
        f: impl FnOnce(&mut HashMap<usize, Vec<Value>, foldhash::fast::FixedState>) -> R,
    ) -> R {
        f(&mut self.0.borrow_mut())
    }
}
static TABLE: Table = Table(RefCell::new(HashMap::with_hasher(
    foldhash::fast::FixedState::with_seed(0),
)));

fn is_small(p: *const Header, class: &Type) -> bool {
    // SAFETY: a live object of that class.
    #[expect(unsafe_code, reason = "asks the layout for the object's size")]
    let size = unsafe { crate::dealloc::size_of_object(p, class) };
    size <= MAX_SMALL
}

impl WeakRef {
    pub fn payload(target: Value, callback: Option<Object>) -> WeakRef {
        WeakRef {
            header: header::<WeakRef>(),
            target: Cell::new(target),
            callback: Slot::from_option(callback),
            hash: Cell::new(-1),
        }
    }
    /// A weak reference to `target`; an existing plain one is shared when there is no callback.
    pub fn to(class: &'static Type, target: Value, callback: Option<Object>) -> Object {
        if callback.is_none() && std::ptr::eq(class, WeakRef::class()) {
            for r in references(target) {
                if r.is_exact::<WeakRef>() && r.expect::<WeakRef>().callback.is_empty() {
                    return r;
                }
            }
        }
        let o = alloc_instance(class, WeakRef::payload(target, callback));
        register(target, o.value());
        o
    }
    /// The object, if it is alive.
    pub fn get(&self) -> Option<Object> {
        let v = self.target.get();
        // An object that waits for its release has a count of zero: nobody may get hold of it again.
        (v != Value::ZERO && v.header().count() > 0).then(|| v.to_object())
    }
    /// Takes this reference out of the table; called before it dies.
    pub fn unregister(&self) {
        let v = self.target.replace(Value::ZERO);
        if v != Value::ZERO {
            let me = Value::from_ptr(&self.header);
            TABLE.with_borrow_mut(|t| {
                if let Some(refs) = t.get_mut(&(v.0 as usize)) {
                    refs.retain(|r| *r != me);
                    if refs.is_empty() {
                        t.remove(&(v.0 as usize));
                    }
                }
            });
        }
    }
}

/// A reference that dies is in no table any more, whatever its class's flags.
impl Drop for WeakRef {
    fn drop(&mut self) {
        self.unregister();
    }
}

/// Enters a new weak reference of whatever class.
pub fn register(target: Value, reference: Value) {
    let class = target.header().class();
    if is_small(target.ptr(), class) {
        let has = &BlockHeader::of(target.ptr()).has_weakrefs;
        if !has.get() {
            has.set(true);
        }
    }
    TABLE.with_borrow_mut(|t| t.entry(target.0 as usize).or_default().push(reference));
}

/// The live weak references to an object.
pub fn references(target: Value) -> Vec<Object> {
    TABLE.with_borrow(|t| {
        t.get(&(target.0 as usize)).map_or_else(Vec::new, |v| {
            v.iter()
                .filter(|r| r.header().count() > 0)
                .map(|r| r.to_object())
                .collect()
        })
    })
}

/// Clears the weak references to a dying object and then calls their callbacks, newest first.
pub(crate) fn object_dies(p: *mut Header) {
    let v = Value::from_ptr(p);
    let class = v.header().class();
    if v.cast::<WeakRef>().is_some() {
        v.expect::<WeakRef>().unregister();
    }
    if is_small(p, class) && !BlockHeader::of(p).has_weakrefs.get() {
        return;
    }
    let refs = TABLE.with_borrow_mut(|t| t.remove(&(v.0 as usize)));
    let Some(refs) = refs else { return };
    for r in &refs {
        r.expect::<WeakRef>().target.set(Value::ZERO);
    }
    // A reference that is itself being released has a count of zero: its callback is not called.
    let live: Vec<Object> = refs
        .iter()
        .filter(|r| r.header().count() > 0 && !r.expect::<WeakRef>().callback.is_empty())
        .map(|r| r.to_object())
        .collect();
    run_callbacks(live);
}

pub(crate) fn run_callbacks(refs: Vec<Object>) {
    let t = crate::thread::thread();
    for r in refs.into_iter().rev() {
        if let Some(callback) = r.expect::<WeakRef>().callback.take() {
            crate::frame::settle_caller();
            let saved = t.pending.take();
            if let Err(raised) = crate::call::call(callback.value(), &[r.value()]) {
                crate::raise::unraisable(
                    raised,
                    "Exception ignored while calling weakref callback",
                    Some(callback.value()),
                );
            }
            drop(t.pending.replace(saved));
        }
    }
}

/// Clears the references to garbage before its finalizers run; returns those whose callbacks must be called.
pub(crate) fn clear_for_collection(p: *const Header, is_garbage: &dyn Fn(*const Header) -> bool) -> Vec<Object> {
    let v = Value::from_ptr(p);
    if is_small(p, v.header().class()) && !BlockHeader::of(p).has_weakrefs.get() {
        return Vec::new();
    }
    let refs = TABLE.with_borrow_mut(|t| t.remove(&(v.0 as usize))).unwrap_or_default();
    let mut callbacks = Vec::new();
    for r in refs {
        let w = r.expect::<WeakRef>();
        w.target.set(Value::ZERO);
        if !w.callback.is_empty() && !is_garbage(r.ptr()) {
            callbacks.push(r.to_object());
        }
    }
    callbacks
}
