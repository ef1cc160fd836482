//! `types.GenericAlias`.

use kiln_object::{Object, Raised, Value};

/// `origin[item]` as an alias.
pub fn new_alias(_origin: Value, _item: Value) -> Result<Object, Raised> {
    Err(kiln_object::raise!(SystemError, "types.GenericAlias is not there yet"))
}
