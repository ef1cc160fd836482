//! Functions over objects, classes and attributes.

use kiln_macros::builtin_module;

/// Built-in functions, types, exceptions, and other objects.
#[builtin_module("builtins")]
pub mod functions {
    use kiln_object::attr;
    use kiln_object::{Object, Raised, Value, ops};

    /// Return whether the object is callable (i.e., some kind of function).
    pub fn callable(obj: Value) -> bool {
        attr::is_callable(obj)
    }

    /// Return the hash value for the given object.
    pub fn hash(obj: Value) -> Result<i64, Raised> {
        ops::hash(obj)
    }

    /// Return the canonical string representation of the object.
    pub fn repr(obj: Value) -> Result<Object, Raised> {
        ops::repr(obj)
    }
}
