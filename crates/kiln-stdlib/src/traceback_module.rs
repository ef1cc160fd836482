//! `_traceback`: the native texts of tracebacks, for the `traceback` module.

use kiln_macros::builtin_module;

/// Texts of exceptions and tracebacks.
#[builtin_module("_traceback")]
pub mod module {
    use kiln_object::{Object, Value};

    /// The whole text of an exception.
    pub fn format_exception(exception: Value, #[default(true)] chain: bool) -> Object {
        crate::traceback::format_exception_with(exception, chain)
    }
    /// Its last lines.
    pub fn format_exception_only(exception: Value) -> Object {
        crate::traceback::format_exception_only(exception)
    }
    /// One text for each frame of a traceback, repeated ones included.
    pub fn format_tb(traceback: Value) -> Vec<Object> {
        let entries = crate::traceback::stack::entries(Some(traceback.to_object()));
        let mut lookup = crate::source::Lookup::default();
        entries
            .iter()
            .flat_map(|entry| crate::traceback::stack::format(std::slice::from_ref(entry), &mut lookup))
            .map(|text| kiln_object::str::Str::new(&text))
            .collect()
    }
    /// The lines of a file with their ends; `None` when it cannot be read.
    pub fn source_lines(file: String) -> Option<Vec<Object>> {
        let lines = crate::source::Lookup::default().file(&file)?;
        // What follows the last line break is a line only if there is something.
        let whole = lines.len() - usize::from(lines.last().is_some_and(String::is_empty));
        Some(lines[..whole].iter().map(|line| kiln_object::str::Str::new(&format!("{line}\n"))).collect())
    }
    /// A line of a file, without its end; empty when there is none.
    pub fn source_line(file: String, line: i64) -> String {
        let lines = crate::source::Lookup::default().file(&file);
        let index = usize::try_from(line - 1).ok();
        lines.and_then(|lines| lines.get(index?).cloned()).unwrap_or_default()
    }
}
