//! Generic aliases, unions, type parameters, template strings.

pub mod alias;
pub mod union;

/// Adds the methods.
pub fn init() {}
