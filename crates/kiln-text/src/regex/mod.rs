//! The engine behind `re`: runs the code that the library's `re._compiler` makes, over texts of any width.
//!
//! A backtracking machine with its own stacks: choices (where to go on after a failure), a trail (what marks were before
//! they were set) and repeats (the state of each nested repetition, never changed once made, so that a choice restores
//! it by its number). The native stack grows with the nesting of assertions and atomic groups in the pattern only.

mod classes;
mod machine;
pub mod ops;

pub use classes::{ascii_is_cased, ascii_lower, unicode_is_cased, unicode_lower};

use crate::text::{Text, each_width};
use machine::Machine;

/// What kind of match is wanted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    /// Anywhere from the start on.
    Search,
    /// At the start.
    Match,
    /// All of the text.
    Full,
}

/// Where to match.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Range {
    pub start: usize,
    pub end: usize,
    /// An empty match at the start does not count: the previous match ended there and was empty.
    pub must_advance: bool,
}

/// A mark that is not set.
pub const UNSET: usize = usize::MAX;

/// The working memory of a matcher, kept from one match to the next.
#[derive(Default)]
pub struct Matcher {
    pub(crate) marks: Vec<usize>,
    /// The group that was closed last, zero for none.
    pub(crate) last_index: usize,
    pub(crate) trail: Vec<(usize, usize)>,
    pub(crate) choices: Vec<machine::Choice>,
    pub(crate) repeats: Vec<machine::Repeat>,
}

impl Matcher {
    /// For patterns with so many groups.
    pub fn new(groups: usize) -> Matcher {
        Matcher {
            marks: vec![UNSET; groups * 2],
            ..Matcher::default()
        }
    }

    pub(crate) fn reset(&mut self) {
        // Of nothing at all `memset` makes a store to no address, which some processors take very long for.
        if !self.marks.is_empty() {
            self.marks.fill(UNSET);
        }
        self.last_index = 0;
        self.trail.clear();
        self.choices.clear();
        self.repeats.clear();
    }

    /// Runs `code`; where the match begins and ends. Groups are in [`Matcher::group`] until the next run.
    pub fn run(&mut self, code: &[u32], text: Text<'_>, range: Range, mode: Mode) -> Option<(usize, usize)> {
        each_width!(text, units => Machine::new(self, code, units, range, mode).find())
    }

    /// Where group `index`, counted from 1, begins and ends.
    pub fn group(&self, index: usize) -> Option<(usize, usize)> {
        let at = (index - 1) * 2;
        match (self.marks.get(at), self.marks.get(at + 1)) {
            (Some(&start), Some(&end)) if start != UNSET && end != UNSET => Some((start, end)),
            _ => None,
        }
    }

    pub fn last_index(&self) -> usize {
        self.last_index
    }
}

/// Whether the code can be run safely: every operand and jump lies within it, and groups exist.
pub fn is_valid(code: &[u32], groups: usize) -> bool {
    machine::check(code, groups)
}
