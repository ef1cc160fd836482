//! `atexit`: functions to call when the interpreter ends.

use kiln_macros::builtin_module;
use kiln_object::call::call_keywords;
use kiln_object::{Object, Raised, Value, raise};
use std::cell::RefCell;

struct Callback {
    function: Object,
    args: Vec<Object>,
    keywords: Vec<(Object, Object)>,
}

thread_local! {
    static CALLBACKS: RefCell<Vec<Callback>> = const { RefCell::new(Vec::new()) };
}

/// Calls them, newest first; an exception is reported and the others are called all the same.
pub fn run() {
    while let Some(callback) = CALLBACKS.with_borrow_mut(Vec::pop) {
        let args: Vec<Value> = callback.args.iter().map(|a| a.value()).collect();
        let keywords: Vec<(Value, Value)> = callback.keywords.iter().map(|(k, v)| (k.value(), v.value())).collect();
        if let Err(raised) = call_keywords(callback.function.value(), &args, &keywords) {
            raise::unraisable(raised, "Exception ignored in atexit callback", Some(callback.function.value()));
        }
    }
}

/// Allow programmer to define multiple exit functions to be executed upon normal program termination.
#[builtin_module("atexit")]
pub mod module {
    use super::*;
    use kiln_object::args::{Keywords, Rest};

    /// Register a function to be executed upon normal program termination.
    pub fn register(func: Value, args: Rest<'_>, keywords: Keywords<'_>) -> Result<Object, Raised> {
        if !kiln_object::attr::is_callable(func) {
            return Err(kiln_object::raise!(TypeError, "the first argument must be callable"));
        }
        let callback = Callback {
            function: func.to_object(),
            args: args.iter().map(|v| v.to_object()).collect(),
            keywords: keywords.iter().map(|(k, v)| (k.to_object(), v.to_object())).collect(),
        };
        CALLBACKS.with_borrow_mut(|all| all.push(callback));
        Ok(func.to_object())
    }
    /// Unregister an exit function which was previously registered.
    pub fn unregister(func: Value) -> Result<(), Raised> {
        let functions: Vec<Object> = CALLBACKS.with_borrow(|all| all.iter().map(|c| c.function.clone()).collect());
        let mut gone = Vec::new();
        for function in functions {
            if kiln_object::ops::is_equal(function.value(), func)? {
                gone.push(function);
            }
        }
        let dropped: Vec<Callback> = CALLBACKS.with_borrow_mut(|all| {
            all.extract_if(.., |c| gone.iter().any(|g| g.value() == c.function.value())).collect()
        });
        drop(dropped);
        Ok(())
    }
    /// Run all registered exit functions.
    pub fn _run_exitfuncs() {
        run();
    }
    pub fn _clear() {
        drop(CALLBACKS.take());
    }
    pub fn _ncallbacks() -> usize {
        CALLBACKS.with_borrow(Vec::len)
    }
}
