//! The built-in exceptions.

pub mod unicode;

use kiln_object::{Raised, Value};

/// `exception.add_note(note)`.
pub fn add_note(_exception: Value, _note: Value) -> Result<(), Raised> {
    Ok(())
}

/// Adds the methods.
pub fn init() {}
