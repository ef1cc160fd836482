//! Deep recursion: grows the stack where needed, and stops at a limit with an error.

use crate::{ErrorKind, Fault};
use ruff_text_size::TextRange;

/// How deep trees may nest. Each level may cost some kilobytes of (lazily committed) stack.
pub const LIMIT: u32 = 12_000;

/// Runs `body` with enough stack for one more level of recursion.
pub fn grow<R>(body: impl FnOnce() -> R) -> R {
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
