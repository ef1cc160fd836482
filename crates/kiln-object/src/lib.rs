//! kiln-object.
