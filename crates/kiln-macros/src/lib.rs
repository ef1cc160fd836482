//! kiln-macros.
