//! The order of the passes.

use crate::pass::{Facts, Pass, Runner};
use crate::*;
use kiln_hir::Function;

/// Every pass, in order.
pub const PIPELINE: &[Pass] = &[
    // What there is, and what it is.
    inline::PASS,
    clean_cfg::PASS,
    type_propagation::PASS,
    simplify::PASS,
    // Each case by itself.
    thread_jumps::PASS,
    clean_cfg::PASS,
    // Once is enough.
    value_numbering::PASS,
    hoist_invariants::PASS,
    // Guards moved out of loops make their values known inside.
    type_propagation::PASS,
    simplify::PASS,
    value_numbering::PASS,
    // Numbers without words around them.
    unbox_params::PASS,
    simplify::PASS,
    range_facts::PASS,
    sink_boxes::PASS,
    // What is left.
    dead_code::PASS,
    clean_cfg::PASS,
    refcount_insertion::PASS,
    redundant_checks::PASS,
];

/// Runs them all.
pub fn optimize(func: &mut Function, facts: &Facts, runner: &mut Runner<'_>) {
    runner.run(PIPELINE, func, facts);
}
