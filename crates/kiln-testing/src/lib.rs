//! What the tests of the whole program share: running a `kiln` from outside, the modes it runs in, and the test programs with
//! their expected output. Tests of one crate stay in that crate.

pub mod process;
pub mod program;

pub use libtest_mimic;

use std::path::{Path, PathBuf};

/// The root of the repository.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_path_buf()
}
