//! Warnings raised by native code. The `_warnings` module attaches itself here; until then warnings are dropped.

use kiln_object::{Raised, TypeCell, exc};
use std::sync::OnceLock;

/// `warnings.warn(message, category)`.
pub type Warn = fn(&TypeCell, &str) -> Result<(), Raised>;

static WARN: OnceLock<Warn> = OnceLock::new();

/// Attaches what issues warnings. Called once at start.
pub fn attach(warn: Warn) {
    let _ = WARN.set(warn);
    kiln_object::hooks::set_hooks(|h| h.warn = warn);
}

pub fn warn(category: &TypeCell, message: &str) -> Result<(), Raised> {
    match WARN.get() {
        Some(warn) => warn(category, message),
        None => Ok(()),
    }
}

pub fn deprecation(message: &str) -> Result<(), Raised> {
    warn(&exc::DeprecationWarning, message)
}
