//! `object`: what every object can do.

/// Adds the methods.
pub fn init() {}
