//! kiln-text.
