//! kiln-stdlib.
