//! kiln-profile.
