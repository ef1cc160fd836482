//! What the command line and the environment ask of the compiler.

use std::fmt;
use std::rc::Rc;

/// Where dumps go.
pub type Output = Rc<dyn Fn(&str)>;

/// Everything that `-X jit-…` sets.
#[derive(Clone)]
pub struct Options {
    /// Compile a function when it was called, and a loop when it was run, this often; 0: at the first call.
    pub threshold: Option<u32>,
    /// Only what the jit-list names.
    pub listed_only: bool,
    /// Count where code is left.
    pub stats: bool,
    /// Write where compiled code lies to `/tmp/perf-PID.map`, which `perf report` reads.
    pub perf_map: bool,
    /// Of the passes that are not required, these only.
    pub passes: Option<Vec<String>>,
    /// Pattern of functions that the compiler is to fail on.
    pub panic: Option<String>,
    /// Check the reference counts of each function once more, independently of how they were inserted.
    pub check_refcounts: bool,
    /// Let every guard fail when it is reached for the first time.
    pub fail_guards: bool,
    /// Everything is compiled with full effort.
    pub full_effort: bool,
    /// Patterns of functions to show; an empty one means all.
    pub dump_hir: Option<String>,
    pub dump_passes: Option<String>,
    pub dump_final: Option<String>,
    pub dump_clif: Option<String>,
    pub dump_asm: Option<String>,
    pub output: Output,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            threshold: None,
            listed_only: false,
            stats: false,
            perf_map: false,
            passes: None,
            panic: None,
            check_refcounts: true,
            fail_guards: false,
            full_effort: false,
            dump_hir: None,
            dump_passes: None,
            dump_final: None,
            dump_clif: None,
            dump_asm: None,
            output: Rc::new(|_| ()),
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("threshold", &self.threshold)
            .field("listed_only", &self.listed_only)
            .finish_non_exhaustive()
    }
}
