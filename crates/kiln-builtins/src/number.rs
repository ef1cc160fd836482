//! What int, float, complex and the text types share: checks of constructors, errors of formatting.

use kiln_object::types::{ClassRef, Type};
use kiln_object::{Object, ObjectType, Raised, raise};
use kiln_text::format::FormatError;
use kiln_text::{Text, TextBuf};

/// The class to make, after the checks that `T.__new__(cls)` does.
pub fn check_new<T: ObjectType>(cls: ClassRef) -> Result<&'static Type, Raised> {
    let class = cls.0;
    let wanted = T::class();
    if std::ptr::eq(class, wanted) {
        return Ok(class);
    }
    let (asked, name) = (class.name(), wanted.name());
    if !class.is_subtype(wanted) {
        return Err(raise!(TypeError, "{name}.__new__({asked}): {asked} is not a subtype of {name}"));
    }
    if !std::ptr::eq(class.layout(), T::layout()) {
        return Err(raise!(TypeError, "{name}.__new__({asked}) is not safe, use {asked}.__new__()"));
    }
    Ok(class)
}

pub fn format_error(error: FormatError) -> Raised {
    match error {
        FormatError::Value(message) => raise!(ValueError, "{message}"),
        FormatError::Overflow(message) => raise!(OverflowError, "{message}"),
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
