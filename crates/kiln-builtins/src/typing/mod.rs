//! Generic aliases, unions, type parameters, template strings.

/// Adds the methods.
pub fn init() {}
