//! The cycle collector: trial deletion over the blocks of containers, with all its marks off the objects' pages.
//!
//! An object that only other objects of the walk refer to is garbage. Immortal objects are not traversed: what they
//! hold counts as referenced from outside. Finalizers run before anything is cleared (PEP 442), then weak references'
//! callbacks; what came back to life stays. Sealed blocks hold immortal objects only, so a collection neither walks nor
//! counts in them: in a forked child it reads and writes nothing of what it shares with its parent.
#![expect(unsafe_code, reason = "walks raw objects")]
//!
//! # Safety
//! Runs at polls only, when every container is fully initialised. Garbage is held by references of its own while it
//! is cleared.

use crate::header::Header;
use crate::heap::{self, BlockHeader, Kind, LEAST_YOUNG, MAX_SMALL};
use crate::special::Special;
use crate::types::{Type, flags};
use crate::value::{Object, Value};
use hashbrown::HashSet;
use std::cell::{Cell, OnceCell};

/// What a collection did.
#[derive(Clone, Copy, Default, Debug)]
pub struct Collected {
    pub collected: usize,
    pub uncollectable: usize,
}

/// Whether collections are on; whether one runs; how many new containers there must be at least for the next.
struct Enabled(Cell<bool>, Cell<bool>, Cell<usize>);
// SAFETY: under the global lock.
unsafe impl Sync for Enabled {}
static ENABLED: Enabled = Enabled(Cell::new(true), Cell::new(false), Cell::new(LEAST_YOUNG));

/// For tests: a collection starts after as few as `n` new containers.
pub fn set_least(n: usize) {
    ENABLED.2.set(n);
    heap::heap().threshold.set(n);
}
pub fn is_enabled() -> bool {
    ENABLED.0.get()
}
pub fn set_enabled(on: bool) {
    ENABLED.0.set(on);
}

/// All live containers, large ones included.
pub fn containers() -> Vec<*mut Header> {
    let mut all = Vec::new();
    for_each_container(&heap::container_blocks(), |p| {
        // SAFETY: a whole object.
        if unsafe { (*p).count() } > 0 {
            all.push(p);
        }
    });
    all
}
/// Every container of the blocks and every large one. One whose count is 0 is just being released and nobody's: a weak
/// reference's callback or a finalizer of what it held may get here meanwhile. What it still holds counts as referenced
/// from outside.
fn for_each_container(blocks: &[&BlockHeader], mut visit: impl FnMut(*mut Header)) {
    for b in blocks {
        b.walk(&mut visit);
    }
    for p in heap::large_containers() {
        // SAFETY: large containers are whole objects or still have an empty header.
        if unsafe { *(p as *const u64) } != 0 {
            visit(p);
        }
    }
}

/// The trial count of what a reference leads to, if that takes part in the collection.
#[inline]
fn counted<'a>(v: Value) -> Option<&'a Cell<u32>> {
    if !v.is_ptr() || v.is_pending() {
        return None;
    }
    let h = v.header();
    if h.is_immortal() {
        return None;
    }
    let class = h.class();
    (class.kind() == Kind::Container).then(|| Counts::of_class(v.ptr(), class))
}

/// Side storage of trial counts during one collection.
struct Counts;
impl Counts {
    fn begin(blocks: &[&'static BlockHeader]) {
        for b in blocks {
            let counts = vec![0u32; b.slots()].into_boxed_slice();
            b.counts.set(Box::into_raw(counts) as *mut u32);
        }
    }
    fn end(blocks: &[&'static BlockHeader]) {
        for b in blocks {
            let p = b.counts.replace(std::ptr::null_mut());
            // SAFETY: made by `begin` with that length.
            drop(unsafe { Box::from_raw(std::ptr::slice_from_raw_parts_mut(p, b.slots())) });
        }
    }
    fn of<'a>(p: *const Header) -> &'a Cell<u32> {
        // SAFETY: a live object.
        Counts::of_class(p, unsafe { (*p).class() })
    }
    #[inline]
    fn of_class<'a>(p: *const Header, class: &Type) -> &'a Cell<u32> {
        // SAFETY: a live object of the class.
        if unsafe { crate::dealloc::size_of_object(p, class) } > MAX_SMALL {
            return heap::large_word(p);
        }
        let b = BlockHeader::of(p);
        // SAFETY: the block has counts during a collection; the index is in range.
        unsafe { &*(b.counts.get().add(b.index_of(p)) as *const Cell<u32>) }
    }
}

const REACHED: u32 = u32::MAX;

/// Runs a full collection.
pub fn collect() -> Collected {
    if ENABLED.1.replace(true) {
        return Collected::default();
    }
    let t = crate::thread::thread();
    let saved = t.pending.take();
    t.clear_breaker(crate::thread::breaker::COLLECT);
    let result = run();
    drop(t.pending.replace(saved));
    ENABLED.1.set(false);
    result
}

fn find_garbage() -> (Vec<*mut Header>, usize) {
    let mut blocks = heap::container_blocks();
    blocks.retain(|b| !b.is_sealed());
    Counts::begin(&blocks);
    let mut all = Vec::with_capacity(heap::heap().threshold.get());
    for_each_container(&blocks, |p| {
        // SAFETY: a live object.
        let h = unsafe { &*p };
        if !h.is_immortal() && h.count() > 0 {
            Counts::of(p).set(h.count());
            all.push(p);
        }
    });
    for &p in &all {
        crate::instance::trace(p, &mut |v| {
            if let Some(c) = counted(v) {
                c.set(c.get().saturating_sub(1));
            }
        });
    }
    let mut work: Vec<*mut Header> = Vec::new();
    for &p in &all {
        let own = Counts::of(p);
        if own.get() > 0 && own.get() != REACHED {
            own.set(REACHED);
            work.push(p);
            while let Some(q) = work.pop() {
                crate::instance::trace(q, &mut |v| {
                    if let Some(c) = counted(v)
                        && c.get() != REACHED
                    {
                        c.set(REACHED);
                        work.push(v.ptr());
                    }
                });
            }
        }
    }
    let live = all.len();
    let garbage: Vec<*mut Header> = all.into_iter().filter(|&p| Counts::of(p).get() != REACHED).collect();
    Counts::end(&blocks);
    (garbage, live)
}

fn set_threshold(live: usize) {
    let least = ENABLED.2.get();
    let share = if least < LEAST_YOUNG { 0 } else { live / 2 };
    heap::heap().threshold.set(share.max(least));
}

fn run() -> Collected {
    let h = heap::heap();
    let (mut garbage, live) = find_garbage();
    h.young.set(0);
    set_threshold(live);
    if garbage.is_empty() {
        return Collected::default();
    }
    // Hold everything, so that what the finalizers do frees nothing under our feet.
    let mut held: Vec<Object> = garbage.iter().map(|&p| Value::from_ptr(p).to_object()).collect();
    // Few programs have weak references or finalizers in garbage: the set is made for those that do.
    let set: OnceCell<HashSet<usize>> = OnceCell::new();
    let first = garbage.clone();
    let is_garbage = |p: *const Header| {
        set.get_or_init(|| first.iter().map(|&p| p as usize).collect())
            .contains(&(p as usize))
    };
    let mut callbacks = Vec::new();
    for &p in &garbage {
        callbacks.extend(crate::weakref::clear_for_collection(p, &|q| is_garbage(q)));
    }
    crate::weakref::run_callbacks(callbacks);
    let mut finalized = false;
    for o in &held {
        let class = o.class();
        if class.has(flags::DEL)
            && !crate::dealloc::is_finalized(o.ptr())
            && let Some(del) = class.special(Special::Del)
        {
            crate::dealloc::set_finalized(o.ptr());
            crate::dealloc::finalize(o, del);
            finalized = true;
        } else if let Some(f) = crate::runtime().finalize_generator.get() {
            finalized |= f(o.value());
        }
    }
    if finalized {
        // Whatever can now be reached from outside stays: count again, without our own references.
        drop(held);
        let (again, _) = find_garbage();
        garbage = again.into_iter().filter(|&p| is_garbage(p)).collect();
        held = garbage.iter().map(|&p| Value::from_ptr(p).to_object()).collect();
    }
    let n = garbage.len();
    for o in &held {
        crate::instance::clear(o.value());
    }
    drop(held);
    Collected {
        collected: n,
        uncollectable: 0,
    }
}

/// Makes everything that lives now immortal, for a process that is about to fork: nothing that its children only read
/// is written any more. Hashes are computed, strings that names use included, and no block in use is allocated from or
/// freed into again. Returns how many objects that was for.
pub fn immortalize_heap() -> usize {
    let mut todo: Vec<Value> = containers().into_iter().map(|p| Value::from_ptr(p)).collect();
    // Objects that are no containers are found through those that hold them, names through their table.
    todo.extend(crate::str::interned());
    let mut n = 0;
    while let Some(v) = todo.pop() {
        let h = v.header();
        let container = h.class().kind() == Kind::Container;
        if h.is_immortal() && !container {
            compute_hash(v);
            continue;
        }
        if !h.is_immortal() {
            h.make_immortal();
            n += 1;
        }
        compute_hash(v);
        crate::instance::trace(v.ptr(), &mut |c| {
            if c.is_ptr() && !c.is_pending() && !c.header().is_immortal() {
                todo.push(c);
            }
        });
    }
    heap::seal();
    let h = heap::heap();
    h.young.set(0);
    set_threshold(0);
    n
}

/// Fills the hash caches that lie in the objects, where no Python code runs for it.
fn compute_hash(v: Value) {
    if let Some(s) = v.cast::<crate::str::Str>() {
        s.hash();
    } else if let Some(b) = v.cast::<crate::bytes::Bytes>() {
        b.hash();
    }
}
