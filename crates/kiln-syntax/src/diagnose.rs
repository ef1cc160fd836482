//! From the parser's errors to CPython's texts and places.

use ruff_python_ast::token::Tokens;
use ruff_python_parser::{ParseError, UnsupportedSyntaxError};
use ruff_text_size::Ranged;

use crate::{Fault, Mode, Parsed};

/// Nesting limits that the parser does not have.
pub(crate) fn limits(_source: &str, _tokens: &Tokens) -> Result<(), Fault> {
    Ok(())
}

/// Errors in a source that the parser accepts.
pub(crate) fn check_tokens(_source: &str, _parsed: &Parsed) -> Result<(), Fault> {
    Ok(())
}

/// The error that CPython would report.
pub(crate) fn explain(
    _source: &str,
    _parsed: &Parsed,
    errors: &[ParseError],
    unsupported: &[UnsupportedSyntaxError],
    _mode: Mode,
) -> Fault {
    match errors.first() {
        Some(error) => Fault::new(error.error.to_string(), error.location),
        None => Fault::new("invalid syntax", unsupported[0].range()),
    }
}
