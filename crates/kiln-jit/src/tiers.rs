//! How often code is made anew, and of how many guesses.
//!
//! An entry (a function's calls, or one of its loops) goes through generations. Generation 0 is code of which nothing is known: it is left where
//! something is met for the first time, counts its calls and loop turns, and is made again when it is warm, or when it was left too often. It does not
//! count among the versions, and there is none of a function that the interpreter has run often enough. What was chosen for being hot gets a
//! trial first: generation 1, but compiled with little effort and without the bodies of callees; it counts, too, and is made again if it stays hot.
//!
//! Generations 1 to 3 guess what was seen; each is left more often than the one before it until it is given up, so that by then the interpreter has
//! seen most of what there is. From the second on, what was never executed is no reason to leave any more. Generation 4 makes no guesses. So there
//! are at most four versions, and no code is left for ever. The first two also count how often the runtime had to look up or call what they did
//! not know of, and are made again when that has happened often.
//!
//! Code is given up when leaving it has cost about as much as making it anew does. An exit takes about as long as compiling a tenth of an
//! instruction, so small functions are made anew soon, and large ones when it pays.
//!
//! Code whose assumptions about classes, globals or functions were changed from outside is made again in the same generation; when that has happened
//! often enough, what is made next is of the last generation, and assumes nothing of that kind either.

use crate::build::{Entry, Guesses};
use crate::state::{Unit, Version, jit};

/// The generation without guesses.
pub const LAST: u32 = 4;
/// Times that the world outside may change before code relies on it no more.
const MOST_CHANGES: u32 = 8;

/// Calls and loop turns in the interpreter after which a function's caches say what to expect.
pub const SEEN_ENOUGH: u32 = 500;
/// Calls and rounds of loops after which generation 0 is made again.
pub const TICKS_TO_WARM: u32 = 300;
/// The same, at least, for code that only lacks the callees of some calls, which the interpreter does not note, or their bodies.
pub const TICKS_TO_SETTLE: u32 = 2000;

/// Exits that generation 0 may have, in one version after the other; when all are used up the function counts as warm.
const COLD: [u32; 3] = [1, 5, 50];

/// How far an entry has come.
#[derive(Copy, Clone, Default, Debug)]
pub struct Progress {
    generation: u32,
    cold: usize,
    changes: u32,
}

/// What is compiled next.
#[derive(Copy, Clone, Debug)]
pub struct Plan {
    pub generation: u32,
    pub guesses: Guesses,
    /// For generation 0, exits after which it is given up.
    pub patience: Option<u32>,
}

impl Entry {
    /// The loop's instruction; none for calls.
    pub fn key(self) -> Option<u32> {
        match self {
            Entry::Call => None,
            Entry::Loop(pc) => Some(pc),
        }
    }
}

/// What is compiled now.
pub fn next(unit: &Unit, entry: Entry) -> Plan {
    let mut progress = unit.progress.borrow_mut();
    let progress = progress.entry(entry.key()).or_default();
    if progress.changes > MOST_CHANGES {
        progress.generation = LAST;
        return Plan {
            generation: LAST,
            guesses: Guesses::Nothing,
            patience: None,
        };
    }
    if !unit.is_warm() {
        if let Some(&patience) = COLD.get(progress.cold) {
            progress.cold += 1;
            return Plan {
                generation: 0,
                guesses: Guesses::of(0),
                patience: Some(patience),
            };
        }
        unit.warm.set(true);
    }
    progress.generation = progress.generation.max(1);
    Plan {
        generation: progress.generation,
        guesses: Guesses::of(progress.generation),
        patience: None,
    }
}

/// Exits after which code of so many instructions is given up.
pub fn patience(plan: Plan, insts: usize) -> Option<u32> {
    let least = match plan.generation {
        0 => return plan.patience,
        1 => 10,
        2 => 100,
        3 => 1000,
        _ => return None,
    };
    Some((4 * insts as u32).clamp(least, 10 * least.max(100)))
}

/// The version was left too often.
pub fn note_failed(version: &Version) {
    if version.generation == 0 {
        return;
    }
    let mut progress = version.unit.progress.borrow_mut();
    let progress = progress.entry(version.entry_loop).or_default();
    progress.generation = progress.generation.max(version.generation + 1).min(LAST);
}

/// Something that the version relies on was changed.
pub fn note_invalidated(version: &Version) {
    let mut progress = version.unit.progress.borrow_mut();
    progress.entry(version.entry_loop).or_default().changes += 1;
}

/// Calls that the interpreter is given before a function is compiled again: the more versions there were, the more it is to see.
pub fn calls_before_next(unit: &Unit) -> u32 {
    let progress = unit.progress.borrow();
    let generation = progress.get(&None).map_or(0, |progress| progress.generation);
    // Where functions have to be hot to be compiled, there is no hurry either.
    let hot = jit().options.borrow().threshold.unwrap_or(0) / 16;
    (2 << (2 * generation.min(LAST - 1))).max(hot)
}
