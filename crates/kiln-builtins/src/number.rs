//! What int, float, complex and the text types share: errors, and results as objects.

use kiln_object::{Object, Raised, raise};
use kiln_text::format::FormatError;
use kiln_text::{Text, TextBuf};

pub fn format_error(error: FormatError) -> Raised {
    match error {
        FormatError::Value(message) => raise!(ValueError, "{message}"),
        FormatError::Overflow(message) => raise!(OverflowError, "{message}"),
        FormatError::Memory => kiln_object::raise::memory_error(),
    }
}

#[cold]
pub fn zero_division() -> Raised {
    raise!(ZeroDivisionError, "division by zero")
}

pub fn text_object(text: Text<'_>) -> Object {
    kiln_object::str::Str::from_text(text)
}

pub fn buf_object(buf: &TextBuf) -> Object {
    kiln_object::str::Str::from_text(buf.as_text())
}

pub fn formatted(result: Result<TextBuf, FormatError>) -> Result<Object, Raised> {
    match result {
        Ok(buf) => Ok(buf_object(&buf)),
        Err(error) => Err(format_error(error)),
    }
}
