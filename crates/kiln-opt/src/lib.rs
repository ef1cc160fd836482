//! Passes over HIR: one file each, `pipeline.rs` the order. They know no heap: what is true of objects comes as types and facts.

pub mod clean_cfg;
pub mod dead_code;
mod deaths;
pub mod hoist_invariants;
pub mod inline;
pub mod pass;
pub mod pipeline;
pub mod range_facts;
pub mod redundant_checks;
pub mod refcount_checker;
pub mod refcount_insertion;
pub mod simplify;
pub mod sink_boxes;
pub mod thread_jumps;
pub mod type_propagation;
pub mod unbox_params;
pub mod value_numbering;

pub use inline::{Callees, Refusal};
pub use pass::{Changed, Context, FINAL, Facts, Pass, Runner};
pub use pipeline::{PIPELINE, optimize};
