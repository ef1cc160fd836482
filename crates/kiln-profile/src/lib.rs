//! Which functions are compiled, and what is known of them beforehand: the jit-list, the profile that the interpreter
//! writes, and the way from the second to the first.
//!
//! Plain data only: no heap object, no interpreter. The interpreter fills a [`Profile`](profile::Profile), the compiler
//! asks a [`JitList`](jit_list::JitList) and reads a profile back.

pub mod jit_list;
pub mod make_list;
pub mod profile;

/// How the jit-list and profiles name a function: what stays the same from one process to the next.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct FunctionId<'a> {
    /// `__module__`, `__main__` for the main script.
    pub module: &'a str,
    pub qualname: &'a str,
    /// The code's file name, with or without directories.
    pub file: &'a str,
    pub first_line: u32,
}

/// The last part of a path.
pub fn basename(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}
