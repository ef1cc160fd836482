//! kiln-hir.
