//! kiln-testing.
