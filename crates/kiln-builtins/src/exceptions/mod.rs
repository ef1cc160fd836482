//! The built-in exceptions.

/// Adds the methods.
pub fn init() {}
