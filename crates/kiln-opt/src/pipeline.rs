//! The order of the passes.

use crate::pass::{Facts, Pass, Runner};
use crate::*;
use kiln_hir::Function;

/// Every pass, in order.
pub const PIPELINE: &[Pass] = &[refcount_insertion::PASS];

/// Runs them all.
pub fn optimize(func: &mut Function, facts: &Facts, runner: &mut Runner<'_>) {
    runner.run(PIPELINE, func, facts);
}
