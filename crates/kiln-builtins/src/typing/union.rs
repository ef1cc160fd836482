//! `typing.Union`.

use kiln_object::{Object, Raised, Value};

/// `a | b` for classes.
pub fn or(_a: Value, _b: Value) -> Result<Object, Raised> {
    Err(kiln_object::raise!(SystemError, "typing.Union is not there yet"))
}
