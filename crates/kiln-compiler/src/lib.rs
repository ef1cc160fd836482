//! kiln-compiler.
