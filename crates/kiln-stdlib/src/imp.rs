//! `_imp`: what the import machinery of CPython asks of its runtime, as far as it has a meaning here.

use kiln_macros::builtin_module;
use std::cell::Cell;

thread_local! {
    /// How often the import lock was taken.
    static LOCKED: Cell<usize> = const { Cell::new(0) };
}

/// (Extremely) low-level import machinery bits as used by importlib.
#[builtin_module("_imp")]
pub mod module {
    use super::LOCKED;
    use kiln_object::module::Module;
    use kiln_object::str::Str;
    use kiln_object::{Object, Raised, raise};

    #[exec]
    fn exec(module: &Module) -> Result<(), Raised> {
        module.set("check_hash_based_pycs", Str::intern("default"));
        module.set("pyc_magic_number_token", Object::int(0));
        Ok(())
    }

    /// Return True if the import lock is currently held, else False.
    pub fn lock_held() -> bool {
        LOCKED.get() > 0
    }
    /// Acquires the interpreter's import lock for the current thread.
    pub fn acquire_lock() {
        LOCKED.set(LOCKED.get() + 1);
    }
    /// Release the interpreter's import lock.
    pub fn release_lock() -> Result<(), Raised> {
        match LOCKED.get() {
            0 => Err(kiln_object::raise!(RuntimeError, "not holding the import lock")),
            n => {
                LOCKED.set(n - 1);
                Ok(())
            }
        }
    }
    /// Returns the list of file suffixes used to identify extension modules: there are none.
    pub fn extension_suffixes() -> Vec<Object> {
        Vec::new()
    }
    /// Returns 1 if the module name corresponds to a built-in module, else 0.
    pub fn is_builtin(name: String) -> i32 {
        i32::from(name == "builtins" || crate::registry::find(&name).is_some())
    }
    /// Returns True if the module name corresponds to a frozen module.
    pub fn is_frozen(name: String) -> bool {
        crate::import::library::find_frozen(&name).is_some()
    }
    /// Returns True if the module name is of a frozen package.
    pub fn is_frozen_package(name: String) -> Result<bool, Raised> {
        match crate::import::library::find_frozen(&name) {
            Some(entry) => Ok(entry.is_package),
            None => Err(kiln_object::raise!(ImportError, "No such frozen object named {name}")),
        }
    }
    /// Returns the list of available frozen modules.
    pub fn _frozen_module_names() -> Vec<Object> {
        let all = crate::import::library::all().iter().map(|entry| entry.name);
        all.filter(|name| crate::import::library::find_frozen(name).is_some()).map(Str::intern).collect()
    }
    /// Overrides the use of frozen modules, which are a part of Kiln and always used.
    pub fn _override_frozen_modules_for_tests(_override: i32) {}
    /// Overrides a check that concerns extension modules, of which there are none; returns the old setting.
    pub fn _override_multi_interp_extensions_check(_override: i32) -> i32 {
        0
    }
    /// Creates an extension module.
    pub fn create_dynamic(_spec: Object) -> Result<Object, Raised> {
        let message = "Kiln cannot load extension modules";
        Err(raise::with_message(&kiln_object::exc::ImportError, message))
    }
}
