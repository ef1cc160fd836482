//! kiln-builtins.
