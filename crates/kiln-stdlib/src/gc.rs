//! `gc`: the cycle collector as programs see it.

use kiln_macros::builtin_module;
use kiln_object::call::call;
use kiln_object::dict::Dict;
use kiln_object::heap::Kind;
use kiln_object::layout::Slot;
use kiln_object::list::List;
use kiln_object::str::Str;
use kiln_object::{Object, Raised, Value, gc, instance, raise};
use std::cell::Cell;

struct State {
    callbacks: Slot,
    garbage: Slot,
    debug: Cell<i64>,
    frozen: Cell<i64>,
    collections: Cell<i64>,
    collected: Cell<i64>,
    thresholds: [Cell<i64>; 3],
}
#[expect(unsafe_code, reason = "a static of cells")]
// SAFETY: under the global lock.
unsafe impl Sync for State {}
static STATE: State = State {
    callbacks: Slot::empty(),
    garbage: Slot::empty(),
    debug: Cell::new(0),
    frozen: Cell::new(0),
    collections: Cell::new(0),
    collected: Cell::new(0),
    thresholds: [Cell::new(2000), Cell::new(10), Cell::new(0)],
};

/// Forgets callbacks and garbage, at the end.
pub fn clear() {
    STATE.callbacks.clear();
    STATE.garbage.clear();
}

fn list(slot: &Slot) -> Object {
    match slot.get() {
        Some(list) => list,
        None => {
            let list = List::new();
            slot.set(list.clone());
            list
        }
    }
}

fn tell(phase: &str, generation: i64, collected: i64) {
    let Some(callbacks) = STATE.callbacks.get() else { return };
    for callback in callbacks.expect::<List>().snapshot() {
        let info = Dict::new_object();
        let d = info.expect::<Dict>();
        d.set_str("generation", &Object::int(generation));
        d.set_str("collected", &Object::int(collected));
        d.set_str("uncollectable", &Object::int(0));
        if let Err(raised) = call(callback.value(), &[Str::new(phase).value(), info.value()]) {
            raise::unraisable(raised, "Exception ignored while calling GC callback", Some(callback.value()));
        }
    }
}

/// A collection with its callbacks.
pub fn collect_with_callbacks(generation: i64) -> Result<i64, Raised> {
    tell("start", generation, 0);
    let result = gc::collect();
    STATE.collections.set(STATE.collections.get() + 1);
    STATE.collected.set(STATE.collected.get() + result.collected as i64);
    tell("stop", generation, result.collected as i64);
    Ok(result.collected as i64)
}

fn is_container(v: Value) -> bool {
    v.is_ptr() && !v.is_pending() && v.header().class().kind() == Kind::Container
}

/// This module provides access to the garbage collector for reference cycles.
#[builtin_module("gc")]
pub mod module {
    use super::*;
    use kiln_object::args::Rest;
    use kiln_object::module::Module;

    #[exec]
    fn exec(module: &Module) -> Result<(), Raised> {
        module.set("callbacks", list(&STATE.callbacks));
        module.set("garbage", list(&STATE.garbage));
        let flags = [
            ("DEBUG_STATS", 1),
            ("DEBUG_COLLECTABLE", 2),
            ("DEBUG_UNCOLLECTABLE", 4),
            ("DEBUG_SAVEALL", 32),
            ("DEBUG_LEAK", 38),
        ];
        crate::support::add_ints(module, &flags);
        Ok(())
    }

    /// Run the garbage collector.
    pub fn collect(#[kw] #[default(2)] generation: i64) -> Result<i64, Raised> {
        if !(0..=2).contains(&generation) {
            return Err(raise::value_error("invalid generation"));
        }
        collect_with_callbacks(generation)
    }
    /// Enable automatic garbage collection.
    pub fn enable() {
        gc::set_enabled(true);
    }
    /// Disable automatic garbage collection.
    pub fn disable() {
        gc::set_enabled(false);
    }
    /// Returns true if automatic garbage collection is enabled.
    pub fn isenabled() -> bool {
        gc::is_enabled()
    }
    /// Return a three-tuple of the current collection counts.
    pub fn get_count() -> (Object, Object, Object) {
        let young = kiln_object::heap::heap().young.get();
        (Object::int(young as i64), Object::int(0), Object::int(0))
    }
    /// Return the current collection thresholds.
    pub fn get_threshold() -> (i64, i64, i64) {
        let [a, b, c] = &STATE.thresholds;
        (a.get(), b.get(), c.get())
    }
    /// Set the collection thresholds (the collection frequency).
    pub fn set_threshold(threshold0: i64, threshold1: Option<i64>, threshold2: Option<i64>) {
        STATE.thresholds[0].set(threshold0);
        for (cell, new) in STATE.thresholds[1..].iter().zip([threshold1, threshold2]) {
            if let Some(new) = new {
                cell.set(new);
            }
        }
        // Zero turns automatic collections off.
        gc::set_enabled(threshold0 != 0);
    }
    /// Get the garbage collection debugging flags.
    pub fn get_debug() -> i64 {
        STATE.debug.get()
    }
    /// Set the garbage collection debugging flags.
    pub fn set_debug(flags: i64) {
        STATE.debug.set(flags);
    }
    /// Return a list of objects tracked by the collector (excluding the list returned).
    pub fn get_objects(#[kw] #[none] generation: Option<i64>) -> Result<Vec<Object>, Raised> {
        match generation {
            Some(g) if g > 2 => {
                Err(raise::value_error("generation parameter must be less than the number of available generations (3)"))
            }
            Some(g) if g < 0 => Err(raise::value_error("generation parameter cannot be negative")),
            // Everything counts as old: the young are not kept apart.
            Some(0) => Ok(Vec::new()),
            _ => Ok(gc::containers().into_iter().map(|p| Value::from_ptr(p).to_object()).collect()),
        }
    }
    /// Return the list of objects that directly refer to any of objs.
    pub fn get_referrers(objs: Rest<'_>) -> Vec<Object> {
        let mut found = Vec::new();
        for p in gc::containers() {
            let mut refers = false;
            instance::trace(p, &mut |v| refers |= objs.contains(&v));
            if refers {
                found.push(Value::from_ptr(p).to_object());
            }
        }
        found
    }
    /// Return the list of objects that are directly referred to by objs.
    pub fn get_referents(objs: Rest<'_>) -> Vec<Object> {
        let mut found = Vec::new();
        for v in objs.iter().filter(|v| super::is_container(**v)) {
            instance::trace(v.ptr(), &mut |v| found.push(v.to_object()));
        }
        found
    }
    /// Returns true if the object is tracked by the garbage collector.
    pub fn is_tracked(obj: Value) -> bool {
        super::is_container(obj) && !obj.header().is_immortal()
    }
    /// Returns true if the object has been already finalized by the GC.
    pub fn is_finalized(obj: Value) -> bool {
        obj.is_ptr() && kiln_object::dealloc::is_finalized(obj.ptr())
    }
    /// Freeze all current tracked objects and ignore them for future collections.
    pub fn freeze() {
        STATE.frozen.set(gc::containers().len() as i64);
    }
    /// Unfreeze all objects in the permanent generation.
    pub fn unfreeze() {
        STATE.frozen.set(0);
    }
    /// Return the number of objects in the permanent generation.
    pub fn get_freeze_count() -> i64 {
        STATE.frozen.get()
    }
    /// Return a list of dictionaries containing per-generation statistics.
    pub fn get_stats() -> Vec<Object> {
        let one = |collections: i64, collected: i64| {
            let stats = Dict::new_object();
            let d = stats.expect::<Dict>();
            d.set_str("collections", &Object::int(collections));
            d.set_str("collected", &Object::int(collected));
            d.set_str("uncollectable", &Object::int(0));
            stats
        };
        vec![one(0, 0), one(0, 0), one(STATE.collections.get(), STATE.collected.get())]
    }
}
