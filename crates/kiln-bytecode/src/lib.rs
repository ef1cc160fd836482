//! kiln-bytecode.
