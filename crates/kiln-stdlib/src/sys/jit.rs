//! `sys._jit`: questions about the just-in-time compiler that CPython can be built with. Kiln's own is asked through
//! `cinderjit`.

use kiln_macros::builtin_module;

/// CPython's experimental just-in-time compiler, which Kiln has not.
#[builtin_module("sys._jit")]
pub mod module {
    /// Whether this is a build of CPython with its just-in-time compiler.
    pub fn is_available() -> bool {
        false
    }
    /// Whether that compiler is on.
    pub fn is_enabled() -> bool {
        false
    }
    /// Whether the caller runs code that it compiled.
    pub fn is_active() -> bool {
        false
    }
}
