//! What happens when the last reference is given up.
#![expect(unsafe_code, reason = "ends the life of objects")]
//!
//! # Safety
//! `release` gets an object whose count just fell to zero: nobody else holds it. Nested releases are queued beyond a
//! small depth, so that long chains of objects do not overflow the native stack.

use crate::descr::CellObject;
use crate::dict::Dict;
use crate::exception::BaseException;
use crate::float::Float;
use crate::frame::{FrameObject, Traceback};
use crate::generator::{GenState, Generator};
use crate::header::Header;
use crate::heap;
use crate::layout::ObjectType;
use crate::list::List;
use crate::range::{ListIter, ListReverseIter, Range, RangeIter, TupleIter};
use crate::shape::{Mode, known, shape};
use crate::special::Special;
use crate::str::Str;
use crate::tuple::Tuple;
use crate::types::{Type, flags};
use crate::value::{Object, Value};
use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

const MAX_DEPTH: u32 = 40;

thread_local! {
    static QUEUE: RefCell<Vec<*mut Header>> = const { RefCell::new(Vec::new()) };
    /// Whether the queue holds anything.
    static WAITING: Cell<bool> = const { Cell::new(false) };
}
/// Objects whose `__del__` ran and which came back to life.
static FINALIZED: Mutex<BTreeSet<usize>> = Mutex::new(BTreeSet::new());
/// How many those are: nearly always none.
static FINALIZED_COUNT: AtomicUsize = AtomicUsize::new(0);
fn finalized() -> std::sync::MutexGuard<'static, BTreeSet<usize>> {
    FINALIZED.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Shapes of objects that own at most one reference and have nothing to run.
const LEAVES: u64 =
    1 << known::STR | 1 << known::FLOAT | 1 << known::RANGE_ITER | 1 << known::LIST_ITER | 1 << known::TUPLE_ITER;

/// Ends an object's life.
#[cold]
#[inline(never)]
pub fn release(p: *mut Header) {
    // SAFETY: the caller's object.
    let shape = unsafe { (*p).shape().0 };
    if shape < 64 && LEAVES >> shape & 1 != 0 && release_leaf(p) {
        return;
    }
    release_any(p);
}
#[inline(never)]
fn release_any(p: *mut Header) {
    let nested = &crate::thread::thread().release_depth;
    let depth = nested.get();
    if depth >= MAX_DEPTH {
        QUEUE.with_borrow_mut(|queue| queue.push(p));
        WAITING.set(true);
        return;
    }
    nested.set(depth + 1);
    destroy(p);
    nested.set(depth);
    if depth == 0 && WAITING.get() {
        release_waiting();
    }
}

/// Ends the life of an object that owns at most one reference and has nothing to run; false, with nothing done, of others.
#[inline]
fn release_leaf(p: *mut Header) -> bool {
    // SAFETY: the shape says what the object is, and this is its last use.
    unsafe {
        let held = match (*p).shape().0 {
            known::STR => {
                let s = &*(p as *const Str);
                if s.is_interned() {
                    return false;
                }
                heap::free(p as *mut u8, s.byte_size(), heap::Kind::Raw);
                return true;
            }
            known::FLOAT => {
                heap::free(p as *mut u8, size_of::<Float>(), heap::Kind::Raw);
                return true;
            }
            known::RANGE_ITER => {
                heap::free(p as *mut u8, size_of::<RangeIter>(), heap::Kind::Raw);
                return true;
            }
            known::RANGE => {
                let r = &*(p as *const Range);
                if [&r.start, &r.stop, &r.step, &r.length]
                    .iter()
                    .any(|part| part.raw().is_ptr())
                {
                    return false;
                }
                heap::free(p as *mut u8, size_of::<Range>(), heap::Kind::Container);
                return true;
            }
            known::LIST_ITER => (*(p as *const ListIter)).list.raw(),
            known::LIST_REVERSE_ITER => (*(p as *const ListReverseIter)).list.raw(),
            known::TUPLE_ITER => (*(p as *const TupleIter)).tuple.raw(),
            _ => return false,
        };
        const {
            assert!(
                size_of::<ListIter>() == size_of::<TupleIter>()
                    && size_of::<ListIter>() == size_of::<ListReverseIter>()
            );
        }
        heap::free(p as *mut u8, size_of::<ListIter>(), heap::Kind::Container);
        if !held.is_pending() {
            held.decref();
        }
    }
    true
}

#[cold]
fn release_waiting() {
    while let Some(p) = QUEUE.with_borrow_mut(Vec::pop) {
        let nested = &crate::thread::thread().release_depth;
        nested.set(1);
        destroy(p);
        nested.set(0);
    }
    WAITING.set(false);
}

/// Ends the life of an exact instance of `T`, a class without finalizers and weak references.
///
/// # Safety
/// `p` is such an object, and nobody uses it any more.
#[inline(never)]
unsafe fn destroy_exact<T: ObjectType>(p: *mut Header) {
    // SAFETY: per the contract.
    unsafe { std::ptr::drop_in_place(p as *mut T) };
    heap::free(p as *mut u8, size_of::<T>(), T::LAYOUT.kind);
}

#[inline(always)]
fn destroy(p: *mut Header) {
    // SAFETY: the caller's object; its shape says what it is.
    unsafe {
        match (*p).shape().0 {
            known::TUPLE => destroy_tuple(p),
            known::DICT => destroy_exact::<Dict>(p),
            known::LIST => destroy_exact::<List>(p),
            known::CELL => destroy_exact::<CellObject>(p),
            known::TRACEBACK => destroy_exact::<Traceback>(p),
            known::FRAME => destroy_exact::<FrameObject>(p),
            _ => destroy_any(p),
        }
    }
}
/// The same of an exact tuple.
///
/// # Safety
/// As above.
#[inline(never)]
unsafe fn destroy_tuple(p: *mut Header) {
    // SAFETY: per the contract; a cleared tuple keeps its length.
    unsafe {
        (Tuple::LAYOUT.drop)(p);
        let size = crate::tuple::ITEMS + 8 * (*(p as *const Tuple)).len();
        heap::free(p as *mut u8, size, heap::Kind::Container);
    }
}
/// Ends the life of an exception that has no attributes and no finalizer, and to which there are no weak references; false, with nothing done,
/// of other objects.
#[inline]
fn destroy_exception(p: *mut Header, class: &Type) -> bool {
    // SAFETY: the caller's object.
    let shape = unsafe { (*p).shape() };
    if !std::ptr::eq(class.layout(), BaseException::LAYOUT)
        || shape != class.root_shape()
        || class.has(flags::DEL)
        || class.member_count() > 0
        || heap::BlockHeader::of(p).has_weakrefs.get()
    {
        return false;
    }
    if class.has_dict() && crate::instance::ext_word(Value::from_ptr(p)).get() != Value::ZERO {
        return false;
    }
    // SAFETY: as above: its last use.
    unsafe { (*(p as *const BaseException)).give_up() };
    heap::free(p as *mut u8, class.instance_size(), heap::Kind::Container);
    if class.is_heap_type() {
        class.as_value().decref();
    }
    true
}

#[inline(never)]
fn destroy_any(p: *mut Header) {
    // SAFETY: the caller's object.
    if destroy_exception(p, unsafe { &*p }.class()) {
        return;
    }
    if is_ended_generator(p) {
        forget_finalized(p);
        if !heap::BlockHeader::of(p).has_weakrefs.get() {
            // SAFETY: the shape says what it is, and this is its last use. Generators are never large.
            return unsafe { Generator::destroy(p as *mut Generator) };
        }
    }
    // SAFETY: the object is whole until `drop` below.
    let class: &'static Type = unsafe { &*p }.class();
    if !class.has(flags::HEAP | flags::DEL | flags::WEAKREF | flags::DICT) && class.layout().var_size.is_none() {
        // SAFETY: last use of the object, which is its struct and nothing else.
        unsafe { (class.layout().drop)(p) };
        return heap::free(p as *mut u8, class.instance_size(), class.kind());
    }
    if class.has(flags::DEL | flags::WEAKREF) {
        if class.has(flags::DEL) && !is_ended_generator(p) && !run_finalizer(p, class) {
            return;
        }
        if class.has(flags::WEAKREF) {
            crate::weakref::object_dies(p);
        }
    }
    if drop_words(p, class) {
        heap::free(p as *mut u8, class.instance_size(), heap::Kind::Container);
        class.as_value().decref();
        return;
    }
    // SAFETY: last use of the object, in order: its struct, its attributes, its memory.
    unsafe {
        let size = size_of_object(p, class);
        if class.has(flags::DICT) || class.member_count() > 0 {
            drop_attributes(p, class);
        }
        (class.layout().drop)(p);
        let kind = class.kind();
        heap::free(p as *mut u8, size, kind);
    }
    if class.is_heap_type() {
        class.as_value().decref();
    }
}

/// A generator with nothing left to run, or that never ran: its finalizer would do nothing that could be seen.
#[inline]
fn is_ended_generator(p: *mut Header) -> bool {
    // SAFETY: the caller's object; the shape says what it is.
    unsafe {
        if (*p).shape().0 != crate::shape::known::GENERATOR {
            return false;
        }
        let g = &*(p as *const Generator);
        match g.state() {
            GenState::Finished | GenState::Created => g.frame.is_empty(),
            GenState::Suspended => g.closes_quietly(),
            GenState::Running => false,
        }
    }
}

/// Releases the members and attributes of an instance that is nothing else; false, with nothing done, if it is more.
#[inline]
fn drop_words(p: *mut Header, class: &Type) -> bool {
    let Some((members, attributes)) = crate::instance::plain_words(p, class) else {
        return false;
    };
    let release = |word: &Cell<Value>| {
        let v = word.replace(Value::ZERO);
        if v.is_ptr() {
            v.decref();
        }
    };
    members.iter().for_each(release);
    // SAFETY: the caller's object.
    let s = shape(unsafe { &*p }.shape());
    (0..attributes.len()).for_each(|i| release(&attributes[s.released_at(i as u32) as usize]));
    true
}

/// Calls `__del__`; false if the object is alive again.
fn run_finalizer(p: *mut Header, class: &'static Type) -> bool {
    if forget_finalized(p) {
        return true;
    }
    let Some(del) = class.special(Special::Del) else {
        return true;
    };
    // SAFETY: the object lives again for the time of the call.
    unsafe { (*p).set_count(1) };
    let object = Object::from_owned(Value::from_ptr(p));
    finalize(&object, del);
    let v = object.into_value();
    // SAFETY: still allocated: we held a reference.
    let h = unsafe { &*p };
    let dead = h.decref();
    if !dead {
        set_finalized(v.ptr());
    }
    dead
}

/// Runs `__del__` on a live object; an exception is reported and dropped.
pub fn finalize(object: &Object, del: Value) {
    crate::frame::settle_caller();
    let t = crate::thread::thread();
    let saved = t.pending.take();
    let del = del.to_object();
    if let Err(r) = crate::call::call_special(del.value(), object.value(), &[]) {
        crate::raise::unraisable(
            r,
            &format!(
                "Exception ignored while calling deallocator {}",
                crate::ops::repr_lossy(del.value())
            ),
            None,
        );
    }
    drop(del);
    drop(t.pending.replace(saved));
}
/// Whether `__del__` ran for this live object already (the collector asks).
pub fn is_finalized(p: *const Header) -> bool {
    FINALIZED_COUNT.load(Relaxed) > 0 && finalized().contains(&(p as usize))
}
pub fn set_finalized(p: *const Header) {
    let mut all = finalized();
    all.insert(p as usize);
    FINALIZED_COUNT.store(all.len(), Relaxed);
}
/// Whether `__del__` ran for this object, which goes now: another one may come to lie in its place.
#[inline]
fn forget_finalized(p: *const Header) -> bool {
    if FINALIZED_COUNT.load(Relaxed) == 0 {
        return false;
    }
    let mut all = finalized();
    let was = all.remove(&(p as usize));
    FINALIZED_COUNT.store(all.len(), Relaxed);
    was
}

/// The bytes that an object occupies.
///
/// # Safety
/// `p` is a live object of `class`.
pub unsafe fn size_of_object(p: *const Header, class: &Type) -> usize {
    match class.layout().var_size {
        // SAFETY: per the contract.
        Some(f) => unsafe { f(p) + 8 * (class.member_count() + class.has_dict() as usize) },
        None => class.instance_size(),
    }
}

/// Releases the attributes that lie behind the struct.
///
/// # Safety
/// `p` is an object of `class`; its attributes are not used again.
unsafe fn drop_attributes(p: *mut Header, class: &'static Type) {
    crate::instance::for_each_slot(Value::from_ptr(p), |cell| {
        cell.replace(Value::ZERO).decref();
    });
    if class.has_dict() {
        // SAFETY: only for classes with a dictionary word.
        let h = unsafe { &*p };
        let ext = crate::instance::ext_word(Value::from_ptr(p));
        let word = ext.replace(Value::ZERO);
        if shape(h.shape()).mode == Mode::Dict {
            if word != Value::ZERO {
                word.decref();
            }
        } else if word != Value::ZERO {
            crate::instance::free_overflow(word);
        }
    }
}
