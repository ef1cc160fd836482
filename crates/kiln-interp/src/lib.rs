//! kiln-interp.
