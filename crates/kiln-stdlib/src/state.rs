//! What the library keeps for the whole process: the table of modules, the hooks of `sys`, the streams.

use kiln_object::dict::Dict;
use kiln_object::layout::Slot;
use kiln_object::{Object, Raised};
use std::cell::Cell;

/// References that are not found in any module.
pub struct State {
    /// `sys.modules` as it was made, and the namespace of `sys`.
    pub modules: Slot,
    pub sys: Slot,
    pub builtins: Slot,
    /// The `__import__` that stands for our own import.
    pub import_function: Slot,
    /// Set when the interpreter is ending.
    pub finalizing: Cell<bool>,
}
#[expect(unsafe_code, reason = "a static of cells")]
// SAFETY: under the global lock.
unsafe impl Sync for State {}

static STATE: State = State {
    modules: Slot::empty(),
    sys: Slot::empty(),
    builtins: Slot::empty(),
    import_function: Slot::empty(),
    finalizing: Cell::new(false),
};

pub fn state() -> &'static State {
    &STATE
}

/// An attribute of `sys`, if it is there.
pub fn sys_get(name: &str) -> Option<Object> {
    STATE.sys.get()?.expect::<kiln_object::module::Module>().get(name)
}
pub fn sys_set(name: &str, value: Object) {
    if let Some(sys) = STATE.sys.get() {
        sys.expect::<kiln_object::module::Module>().set(name, value);
    }
}

/// `sys.modules`, which a program may have replaced.
pub fn modules() -> Result<Object, Raised> {
    match sys_get("modules").or_else(|| STATE.modules.get()) {
        Some(modules) => Ok(modules),
        None => Err(kiln_object::raise!(RuntimeError, "unable to get sys.modules")),
    }
}
/// `sys.modules[name]`.
pub fn module(name: &str) -> Option<Object> {
    let modules = STATE.modules.get()?;
    modules.expect::<Dict>().get_str(name)
}
