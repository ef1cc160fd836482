//! Raising what the compiler finds wrong with a source.

use kiln_object::exception::exc;
use kiln_object::str::Str;
use kiln_object::tuple::Tuple;
use kiln_object::{Object, Raised, TypeCell, raise};
use kiln_syntax::{ErrorKind, SyntaxError};

/// Where an error is: line, offset, end line, end offset; counted from 1, offsets in characters.
pub type Place = (u32, u32, u32, i32);

/// Raises what the compiler found.
pub fn raise_error(e: &SyntaxError) -> Raised {
    let class = match e.kind {
        ErrorKind::Syntax => &exc::SyntaxError,
        ErrorKind::Indentation => &exc::IndentationError,
        ErrorKind::Tab => &exc::TabError,
        ErrorKind::Recursion => return raise::with_message(&exc::RecursionError, &e.msg),
        ErrorKind::Memory => return raise::memory_error(),
        ErrorKind::Limit => return raise::with_message(&exc::OverflowError, &e.msg),
        ErrorKind::Value => return raise::with_message(&exc::ValueError, &e.msg),
    };
    let place = (e.lineno, e.offset, e.end_lineno, e.end_offset);
    syntax_error(class, &e.msg, &e.filename, Some(place), e.text.as_deref())
}

/// A SyntaxError or one of its subclasses; without a place it has its message only.
pub fn syntax_error(class: &TypeCell, message: &str, file: &str, place: Option<Place>, text: Option<&str>) -> Raised {
    let message = Str::new(message);
    let file = Str::new(file);
    let number = |n: u32| Object::int(i64::from(n));
    let text = text.map_or_else(Object::none, Str::new);
    let Some((line, offset, end_line, end_offset)) = place else {
        return raise::with_extra(class.get(), vec![message.clone()], vec![Some(message)]);
    };
    let parts = vec![
        file,
        number(line),
        number(offset),
        text,
        number(end_line),
        Object::int(i64::from(end_offset)),
    ];
    let mut extra = vec![Some(message.clone())];
    extra.extend(parts.iter().cloned().map(Some));
    raise::with_extra(class.get(), vec![message, Tuple::from_vec(parts)], extra)
}
