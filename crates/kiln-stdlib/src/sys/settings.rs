//! Numbers and callables that `sys` lets a program set.

use crate::support::structseq::{ClassCell, Spec};
use kiln_object::layout::Slot;
use kiln_object::hooks::{Tracer, hooks};
use kiln_object::thread::thread;
use kiln_object::{Object, Raised, Value, raise};
use std::cell::Cell;

struct Settings {
    switch_interval: Cell<f64>,
    origin_depth: Cell<i64>,
}
#[expect(unsafe_code, reason = "a static of cells")]
// SAFETY: under the global lock.
unsafe impl Sync for Settings {}
static SETTINGS: Settings = Settings {
    switch_interval: Cell::new(0.005),
    origin_depth: Cell::new(0),
};

pub fn set_recursion_limit(limit: i32) -> Result<(), Raised> {
    if limit < 1 {
        return Err(raise::value_error("recursion limit must be greater or equal than 1"));
    }
    let depth = thread().depth.get();
    if depth >= limit as u32 {
        return Err(kiln_object::raise!(
            RecursionError,
            "cannot set the recursion limit to {limit} at the recursion depth {depth}: the limit is too low"
        ));
    }
    thread().recursion_limit.set(limit as u32);
    (hooks().recursion_limit_set)();
    Ok(())
}

pub fn set_switch_interval(interval: f64) -> Result<(), Raised> {
    if interval <= 0.0 {
        return Err(raise::value_error("switch interval must be strictly positive"));
    }
    SETTINGS.switch_interval.set(interval);
    Ok(())
}
pub fn switch_interval() -> f64 {
    SETTINGS.switch_interval.get()
}

/// How many digits an int may have in conversions to and from decimal text; 0 stands for any number.
pub fn int_max_str_digits() -> i64 {
    kiln_builtins::int::convert::digit_limit() as i64
}
pub fn set_int_max_str_digits(digits: i64) -> Result<(), Raised> {
    if digits != 0 && digits < 640 {
        return Err(raise::value_error("maxdigits must be >= 640 or 0 for unlimited"));
    }
    kiln_builtins::int::convert::set_digit_limit(usize::try_from(digits).unwrap_or(0));
    Ok(())
}

/// Tracing has no hook in the interpreter yet: turning it off is all that can be done.
pub fn set_tracer(which: Tracer, function: Value) {
    (hooks().set_tracer)(which, (!function.is_none()).then(|| function.to_object()));
}

pub fn tracer(which: Tracer) -> Option<Object> {
    (hooks().tracer)(which)
}

pub fn cpu_count() -> i64 {
    let given = crate::config::config().x_options.iter().rev().find(|(name, _)| name == "cpu_count");
    given.and_then(|(_, value)| value.as_ref()?.parse().ok()).unwrap_or(-1)
}

pub fn origin_depth() -> i64 {
    SETTINGS.origin_depth.get()
}
pub fn set_origin_depth(depth: i64) -> Result<(), Raised> {
    if depth < 0 {
        return Err(raise::value_error("depth must be >= 0"));
    }
    SETTINGS.origin_depth.set(depth);
    Ok(())
}

static ASYNCGEN_HOOKS: ClassCell = ClassCell::new(Spec {
    name: "asyncgen_hooks",
    module: "sys",
    doc: "",
    fields: &["firstiter", "finalizer"],
    visible: 2,
    closed: true,
});

pub fn asyncgen_hooks() -> Object {
    let get = |slot: &Slot| slot.get().unwrap_or_else(Object::none);
    let runtime = kiln_object::runtime();
    ASYNCGEN_HOOKS.make(vec![get(&runtime.async_first_iter), get(&runtime.async_finalizer)])
}
pub fn set_asyncgen_hooks(first_iter: Option<Value>, finalizer: Option<Value>) -> Result<(), Raised> {
    let runtime = kiln_object::runtime();
    let hooks = [
        (first_iter, "firstiter", &runtime.async_first_iter),
        (finalizer, "finalizer", &runtime.async_finalizer),
    ];
    for (value, name, slot) in hooks {
        let Some(value) = value else { continue };
        if value.is_none() {
            slot.clear();
        } else if kiln_object::attr::is_callable(value) {
            slot.set(value.to_object());
        } else {
            return Err(kiln_object::raise!(TypeError, "callable {name} expected, got {}", value.class().name()));
        }
    }
    Ok(())
}
