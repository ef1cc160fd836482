//! Deep recursion: grows the stack where needed, and stops at a limit with an error.

use crate::{ErrorKind, Fault};
use ruff_text_size::TextRange;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How deep trees may nest. Each level may cost some kilobytes of (lazily committed) stack.
pub const LIMIT: u32 = 12_000;

/// A stack that somebody made for the process, by its lowest address and its size: nothing but its maker knows where it ends.
static MADE: (AtomicUsize, AtomicUsize) = (AtomicUsize::new(0), AtomicUsize::new(0));
/// What is left alone at the end of that.
const MARGIN: usize = 1 << 20;

/// Tells of a stack that the process runs on from now on, of which `size` bytes from `lowest` on may be used.
pub fn use_stack(lowest: usize, size: usize) {
    MADE.0.store(lowest, Ordering::Relaxed);
    MADE.1.store(size, Ordering::Relaxed);
}

/// Runs `body` with enough stack for one more level of recursion.
#[inline]
pub fn grow<R>(body: impl FnOnce() -> R) -> R {
    let here = 0u8;
    let left = (&raw const here as usize).wrapping_sub(MADE.0.load(Ordering::Relaxed));
    if left > MARGIN && left < MADE.1.load(Ordering::Relaxed) {
        return body();
    }
    stacker::maybe_grow(128 << 10, 4 << 20, body)
}

/// Drops a tree whose longest statement has `longest` bytes, which is how deep it may be nested.
pub fn drop_tree<T>(tree: T, longest: usize) {
    match longest {
        0..4000 => drop(tree),
        _ => stacker::grow((longest * 400).min(1 << 30), || drop(tree)),
    }
}

/// The error of trees nested beyond [`LIMIT`].
pub fn too_deep(range: TextRange) -> Fault {
    Fault {
        kind: ErrorKind::Recursion,
        msg: "maximum recursion depth exceeded during compilation".into(),
        range,
        incomplete: false,
        end_offset: None,
    }
}
