//! Tracebacks as CPython 3.14 prints them, without running Python except for the exceptions' own `__str__`.
//!
//! `stack.rs` has the frames, `carets.rs` the marks below their lines, `exception.rs` the last lines, chains and groups,
//! `suggest.rs` what a misspelt name may have meant, `keywords.rs` what a misspelt keyword.

pub mod carets;
mod exception;
mod keywords;
pub mod stack;
mod suggest;

pub use exception::{format_exception, format_exception_only, format_exception_with};
pub use suggest::{nearest, suggestion};

use kiln_object::call::call_method_str;
use kiln_object::str::Str;
use kiln_object::{Object, Raised, Value};

/// Writes an exception with traceback and chain to a text stream.
pub fn print_to(exception: Value, stream: Value) -> Result<(), Raised> {
    let text = format_exception(exception);
    call_method_str(stream, "write", &[text.value()]).map(drop)
}

/// What `sys.excepthook` does.
pub fn print_to_stderr(exception: Value) -> Result<(), Raised> {
    let text = format_exception(exception);
    match crate::state::sys_get("stderr").filter(|s| !s.is_none()) {
        Some(stderr) => {
            call_method_str(stderr.value(), "write", &[text.value()])?;
            call_method_str(stderr.value(), "flush", &[]).map(drop)
        }
        None => {
            write_raw(&text);
            Ok(())
        }
    }
}

/// Writes to the process's standard error, whatever became of the stream objects.
pub fn write_raw(text: &Object) {
    use std::io::Write;
    let bytes = text
        .cast::<Str>()
        .map(crate::support::fspath::encode_lossy)
        .unwrap_or_default();
    let _ = std::io::stderr().write_all(&bytes);
}
