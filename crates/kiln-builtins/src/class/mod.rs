//! `type`: creating classes, calling them, their attributes.

mod attributes;
mod bases;
pub mod build;
pub mod call;
pub mod create;
mod layout;
mod order;
mod slots;

pub use call::instantiate;

/// Adds the methods.
pub fn init() {
    attributes::init();
    kiln_object::runtime().instantiate.set(Some(instantiate));
}
