//! `type`: creating classes, calling them, their attributes.

/// Adds the methods.
pub fn init() {}
