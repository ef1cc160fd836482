//! kiln-jit.
