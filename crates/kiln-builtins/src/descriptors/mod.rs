//! Functions, methods, descriptors, cells, `super`, modules: what mediates attribute access.

/// Adds the methods.
pub fn init() {}
