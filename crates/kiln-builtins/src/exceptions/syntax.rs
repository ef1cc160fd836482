//! `SyntaxError`.

use super::base::{init_args, no_keywords};
use super::extra::{self, exception_methods, mark};
use crate::support::to_text;
use kiln_object::args::{Keywords, Rest};
use kiln_object::exception::BaseException;
use kiln_object::str::Str;
use kiln_object::{Object, Raised, Value, ops, raise};

/// `SyntaxError(message, (filename, lineno, offset, text[, end_lineno, end_offset[, metadata]]))`.
pub fn set_details(e: &BaseException, args: &[Value]) -> Result<(), Raised> {
    mark(e);
    if let Some(message) = args.first() {
        e.set_extra_at(0, Some(message.to_object()));
    }
    let [_, info] = args else { return Ok(()) };
    let info = ops::to_vec(*info)?;
    if info.len() < 4 {
        return Err(kiln_object::raise!(
            TypeError,
            "function takes at least 4 arguments ({} given)",
            info.len()
        ));
    }
    if info.len() > 7 {
        return Err(kiln_object::raise!(
            TypeError,
            "function takes at most 7 arguments ({} given)",
            info.len()
        ));
    }
    // filename, lineno, offset, text, end_lineno, end_offset, metadata
    let places = [1, 2, 3, 4, 5, 6, 8];
    for place in places {
        e.set_extra_at(place, None);
    }
    for (place, v) in places.into_iter().zip(&info) {
        e.set_extra_at(place, Some(v.clone()));
    }
    if info.len() == 5 {
        return Err(raise::type_error(
            "end_offset must be provided when end_lineno is provided".into(),
        ));
    }
    Ok(())
}

exception_methods!(
    SyntaxErrors,
    METHODS,
    "SyntaxError",
    [
        msg, set_msg = 0; filename, set_filename = 1; lineno, set_lineno = 2; offset, set_offset = 3;
        text, set_text = 4; end_lineno, set_end_lineno = 5; end_offset, set_end_offset = 6;
        print_file_and_line, set_print_file_and_line = 7; _metadata, set__metadata = 8
    ],
    {
        fn __init__(this: &BaseException, args: Rest<'_>, kwargs: Keywords<'_>) -> Result<(), Raised> {
            no_keywords(this, &kwargs)?;
            init_args(this, args);
            set_details(this, args)
        }
        fn __str__(this: &BaseException) -> Result<String, Raised> {
            let message = extra::get(this, 0).unwrap_or_else(Object::none);
            let message = to_text(message.value())?;
            let file = extra::get(this, 1)
                .and_then(|f| f.cast::<Str>().map(Str::to_string_lossy))
                .map(|f| f.rsplit('/').next().unwrap_or_default().to_owned());
            let line = extra::get(this, 2).filter(|l| l.is_exact_int());
            Ok(match (file, line) {
                (Some(f), Some(l)) => format!("{message} ({f}, line {})", to_text(l.value())?),
                (Some(f), None) => format!("{message} ({f})"),
                (None, Some(l)) => format!("{message} (line {})", to_text(l.value())?),
                (None, None) => message,
            })
        }
    }
);
