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
    let raised = syntax_error(class, &e.msg, &e.filename, Some(place), e.text.as_deref());
    let Some(retry) = &e.retry else {
        return raised;
    };
    let (line, column) = retry.after;
    set_metadata(raised, line, column, Str::new(&retry.source))
}

/// Says where a search for a misspelt keyword starts: the last statement that is right, and the text, or None for that of the file.
fn set_metadata(raised: Raised, line: u32, column: u32, source: Object) -> Raised {
    let exception = raise::take(raised);
    let number = |n: u32| Object::int(i64::from(n));
    let metadata = Tuple::from_vec(vec![number(line), number(column), source]);
    if let Err(failed) = kiln_object::attr::set_attr_str(exception.value(), "_metadata", metadata.value()) {
        raise::clear(failed);
    }
    raise::again(exception)
}

/// The text of the exception's source is that of its file.
pub fn from_file(raised: Raised) -> Raised {
    let exception = raise::take(raised);
    let metadata = exception
        .cast::<kiln_object::exception::BaseException>()
        .filter(|_| exception.class().is_subtype(exc::SyntaxError.get()))
        .and_then(|e| e.extra_at(8))
        .and_then(|v| v.cast::<Tuple>().map(|t| t.items().to_vec()));
    let number = |v: Option<&kiln_object::Value>| v.and_then(|v| v.as_small_int()).and_then(|n| u32::try_from(n).ok());
    let Some(parts) = metadata else {
        return raise::again(exception);
    };
    let (line, column) = (number(parts.first()).unwrap_or(0), number(parts.get(1)).unwrap_or(0));
    set_metadata(raise::again(exception), line, column, Object::none())
}

/// Raises why bytes are no source text.
pub fn undecodable(e: &kiln_syntax::DecodeError, file: &str) -> Raised {
    let place = (e.lineno, e.offset, e.lineno, e.offset as i32);
    syntax_error(&exc::SyntaxError, &e.msg, file, Some(place), e.text.as_deref())
}

/// Raises what the reader of a file finds wrong with it before anything is compiled.
pub fn check_file(bytes: &[u8], file: &str) -> Result<(), Raised> {
    match kiln_syntax::decode(bytes, Some(file)) {
        Err(e) if e.encoding.is_none() => Err(undecodable(&e, file)),
        _ => match kiln_syntax::null_byte(bytes) {
            Some(e) => Err(undecodable(&e, file)),
            None => Ok(()),
        },
    }
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
