//! The cycle collector: trial deletion over the blocks of containers, with all its counts off the objects' pages.
//!
//! One pass over the heap adds each object's reference count to its word in a side table and takes one off for every
//! reference met; a second follows what is left above zero. What a reference leads to is found by its address alone, and
//! the objects are walked in the order in which they lie.
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

mod counts;

use crate::header::Header;
use crate::heap::{self, BlockHeader, Kind, LEAST_YOUNG};
use crate::list::List;
use crate::shape::known;
use crate::special::Special;
use crate::tuple::Tuple;
use crate::types::{Type, flags};
use crate::value::{Object, Value};
use counts::{Counts, LIMIT, REACHED, UNFOLLOWED};
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

/// From so much garbage on, the order in which its memory is used again is worth care.
const MANY: usize = 500;

/// Runs a full collection.
pub fn collect() -> Collected {
    if ENABLED.1.replace(true) {
        return Collected::default();
    }
    let t = crate::thread::thread();
    crate::frame::settle_caller();
    let saved = t.pending.take();
    t.clear_breaker(crate::thread::breaker::COLLECT);
    let result = run();
    drop(t.pending.replace(saved));
    ENABLED.1.set(false);
    result
}

/// What a walk over the heap found.
#[derive(Default)]
struct Found {
    garbage: Vec<*mut Header>,
    /// Those of it that there may be weak references to.
    weakly_held: Vec<*mut Header>,
    /// How many objects live on.
    live: usize,
    /// Whether any class met has finalizers.
    finalizers: bool,
    /// The class of the instances that come one after the other, and how many.
    class: Option<Value>,
    instances: u32,
}

fn find_garbage() -> Found {
    let counts = Counts::begin();
    let mut found = Found::default();
    for &b in &counts.blocks {
        let lists = b.slot() == size_of::<List>();
        b.walk(|p| {
            if lists {
                prefetch_items(p);
            }
            found.count(p, &counts);
        });
    }
    for p in heap::large_containers() {
        // SAFETY: large containers are whole objects or still have an empty header.
        if unsafe { *(p as *const u64) } != 0 {
            found.count(p, &counts);
        }
    }
    found.count_class(None, &counts);
    let mut work: Vec<*mut Header> = Vec::new();
    for (b, part) in counts.by_block() {
        for (i, count) in part.iter().enumerate() {
            if (1..LIMIT).contains(&count.get()) {
                count.set(REACHED);
                work.push(b.object_at(i));
                reach(&mut work, &counts);
            }
        }
    }
    let large = heap::large_containers();
    for &p in &large {
        let count = heap::large_word(p);
        if (1..LIMIT).contains(&count.get()) {
            count.set(REACHED);
            work.push(p);
            reach(&mut work, &counts);
        }
    }
    for (b, part) in counts.by_block() {
        for (i, count) in part.iter().enumerate() {
            if count.get() == 0 {
                found.unreached(b.object_at(i), b.has_weakrefs.get());
            }
        }
    }
    for &p in &large {
        if heap::large_word(p).get() == 0 {
            found.unreached(p, true);
        }
    }
    counts.end();
    found.live -= found.garbage.len();
    found
}

impl Found {
    /// Adds an object's references and takes off what it refers to.
    #[inline(always)]
    fn count(&mut self, p: *mut Header, counts: &Counts) {
        let Some(own) = counts.of_object(p) else { return };
        // SAFETY: a live object, or one that is just being released.
        let h = unsafe { &*p };
        let n = h.count();
        if n == 0 || n >= LIMIT {
            own.set(own.get().wrapping_add(UNFOLLOWED));
            return;
        }
        own.set(own.get().wrapping_add(n));
        self.live += 1;
        let class = trace(p, |v| {
            if let Some(c) = counts.of(v) {
                c.set(c.get().wrapping_sub(1));
            }
        });
        if let Some(class) = class {
            self.finalizers |= class.has(flags::DEL);
            if class.is_heap_type() {
                self.count_class(Some(class.as_value()), counts);
            }
        }
    }
    /// Takes off an instance's reference to its class, when all that come together have been met.
    #[inline(always)]
    fn count_class(&mut self, class: Option<Value>, counts: &Counts) {
        if self.class != class {
            if let Some(c) = std::mem::replace(&mut self.class, class).and_then(|class| counts.of(class)) {
                c.set(c.get().wrapping_sub(self.instances));
            }
            self.instances = 0;
        }
        self.instances += 1;
    }
    /// A slot with no count left: empty, or garbage.
    #[inline]
    fn unreached(&mut self, p: *mut Header, has_weakrefs: bool) {
        // SAFETY: a slot of the heap: its first word is zero or the header of an object.
        if unsafe { *(p as *const u64) } == 0 || unsafe { &*p }.is_immortal() {
            return;
        }
        self.garbage.push(p);
        if has_weakrefs {
            self.weakly_held.push(p);
        }
    }
}

/// Marks what can be reached from the objects in `work`.
fn reach(work: &mut Vec<*mut Header>, counts: &Counts) {
    let mut last: Option<Value> = None;
    while let Some(p) = work.pop() {
        let mut mark = |v: Value| {
            if let Some(c) = counts.of(v)
                && c.get() < LIMIT
            {
                c.set(REACHED);
                work.push(v.ptr());
            }
        };
        let class = trace(p, &mut mark)
            .filter(|class| class.is_heap_type())
            .map(Type::as_value);
        if let Some(v) = class
            && last != class
        {
            mark(v);
            last = class;
        }
    }
}

/// Like [`crate::instance::trace`], with the most frequent kinds of objects in place, and without the class: that is the result, unless it
/// is one of which nothing need be known.
#[inline(always)]
fn trace(p: *const Header, mut visit: impl FnMut(Value)) -> Option<&'static Type> {
    // SAFETY: a live object, of the struct that its shape says.
    unsafe {
        match (*p).shape().0 {
            known::LIST => {
                (*(p as *const List)).borrow().iter().for_each(|&v| visit(v));
                return None;
            }
            known::TUPLE => {
                (*(p as *const Tuple)).items().iter().for_each(|&v| visit(v));
                return None;
            }
            _ => {}
        }
    }
    // SAFETY: as above.
    let class = unsafe { &*p }.class();
    if let Some((members, attributes)) = crate::instance::plain_words(p, class) {
        members.iter().for_each(|c| visit(c.get()));
        attributes.iter().for_each(|c| visit(c.get()));
    } else {
        crate::instance::trace_content(p, class, &mut visit);
    }
    Some(class)
}

/// The buffers of lists lie elsewhere: asks for one that comes soon in a walk over a block of lists.
#[inline(always)]
fn prefetch_items(p: *mut Header) {
    const AHEAD: usize = 8 * size_of::<List>();
    let soon = (p as *const u8).wrapping_add(AHEAD);
    if soon as usize % heap::BLOCK >= AHEAD {
        // SAFETY: in the same block: zeros, a free slot or an object. Whatever the second word is, asking for it is harmless.
        unsafe { heap::prefetch(*(soon as *const *const u8).add(1)) };
    }
}

fn set_threshold(live: usize) {
    let least = ENABLED.2.get();
    let share = if least < LEAST_YOUNG { 0 } else { live / 2 };
    heap::heap().threshold.set(share.max(least));
}

fn run() -> Collected {
    let h = heap::heap();
    let found = find_garbage();
    h.young.set(0);
    set_threshold(found.live);
    if found.garbage.is_empty() {
        return Collected::default();
    }
    // Hold everything, so that what the finalizers do frees nothing under our feet.
    let hold =
        |garbage: &[*mut Header]| -> Vec<Object> { garbage.iter().map(|&p| Value::from_ptr(p).to_object()).collect() };
    let mut held = hold(&found.garbage);
    // Few programs have weak references or finalizers in garbage: the set is made for those that do.
    let set: OnceCell<HashSet<usize>> = OnceCell::new();
    let is_garbage = |p: *const Header| {
        set.get_or_init(|| found.garbage.iter().map(|&p| p as usize).collect())
            .contains(&(p as usize))
    };
    let mut callbacks = Vec::new();
    for &p in &found.weakly_held {
        callbacks.extend(crate::weakref::clear_for_collection(p, &|q| is_garbage(q)));
    }
    let ran_python = !callbacks.is_empty();
    crate::weakref::run_callbacks(callbacks);
    if (found.finalizers || ran_python) && finalize(&held) {
        // Whatever can now be reached from outside stays: count again, without our own references.
        drop(held);
        let mut again = find_garbage().garbage;
        again.retain(|&p| is_garbage(p));
        held = hold(&again);
    }
    let n = held.len();
    let many = n >= MANY;
    if many {
        heap::begin_gather();
    }
    for o in held {
        // What only we hold releases what it has by itself.
        if o.value().header().count() > 1 {
            crate::instance::clear(o.value());
        }
    }
    if many {
        heap::end_gather();
    }
    Collected {
        collected: n,
        uncollectable: 0,
    }
}

/// Runs the finalizers that have not run yet; whether there were any.
fn finalize(garbage: &[Object]) -> bool {
    let mut any = false;
    for o in garbage {
        let class = o.class();
        if class.has(flags::DEL)
            && !crate::dealloc::is_finalized(o.ptr())
            && let Some(del) = class.special(Special::Del)
        {
            crate::dealloc::set_finalized(o.ptr());
            crate::dealloc::finalize(o, del);
            any = true;
        }
    }
    any
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
