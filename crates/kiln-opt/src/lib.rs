//! Passes over HIR: one file each, `pipeline.rs` the order. They know no heap: what is true of objects comes as types and facts.

pub mod pass;
pub mod pipeline;
pub mod refcount_checker;
pub mod refcount_insertion;

pub use pass::{Changed, Context, Facts, Pass, Runner};
pub use pipeline::{PIPELINE, optimize};
