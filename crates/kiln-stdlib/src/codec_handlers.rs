//! Python's own error handlers as functions: what `codecs.lookup_error("strict")` and its like return.

use kiln_macros::builtin_module;
use kiln_object::bytes::Bytes;
use kiln_object::exception::{BaseException, exc};
use kiln_object::native::NativeFunction;
use kiln_object::str::Str;
use kiln_object::tuple::Tuple;
use kiln_object::{Object, Raised, Value, raise};
use kiln_text::TextBuf;
use kiln_text::codecs::{Builtin, DecodeError, EncodeError, OnDecodeError, OnEncodeError, Replacement};

/// The function that does what a built-in handler does.
pub fn function(name: &str) -> Option<Object> {
    let wanted = match name {
        "strict" => "strict_errors",
        "ignore" => "ignore_errors",
        "replace" => "replace_errors",
        "backslashreplace" => "backslashreplace_errors",
        "xmlcharrefreplace" => "xmlcharrefreplace_errors",
        "namereplace" => "namereplace_errors",
        "surrogateescape" => "surrogateescape",
        "surrogatepass" => "surrogatepass",
        _ => return None,
    };
    let def = handlers::MODULE.functions.iter().find(|def| def.name == wanted)?;
    Some(NativeFunction::function(def, None))
}

/// The encodings whose names the handlers compare.
const NAMES: [&str; 9] = [
    "utf-8",
    "utf-16",
    "utf-16-le",
    "utf-16-be",
    "utf-32",
    "utf-32-le",
    "utf-32-be",
    "ascii",
    "latin-1",
];

struct Fields {
    encoding: &'static str,
    object: Object,
    start: usize,
    end: usize,
}

fn fields(e: &BaseException, first: usize) -> Option<Fields> {
    let encoding = match first {
        1 => e.extra_at(0)?.cast::<Str>()?.to_string_lossy(),
        _ => String::new(),
    };
    let encoding = match encoding.to_ascii_lowercase().replace('_', "-").as_str() {
        "utf8" => "utf-8",
        name => NAMES.iter().copied().find(|known| *known == name).unwrap_or(""),
    };
    let object = e.extra_at(1)?;
    let len = match (object.cast::<Str>(), object.cast::<Bytes>()) {
        (Some(text), _) => text.len(),
        (_, Some(bytes)) => bytes.len(),
        _ => return None,
    };
    let number = |at: usize| e.extra_at(at).and_then(|v| v.as_small_int()).unwrap_or(0).max(0) as usize;
    let start = number(2).min(len.saturating_sub(1));
    let end = number(3).max(start + 1).min(len);
    Some(Fields {
        encoding,
        object,
        start,
        end: end.max(start),
    })
}

fn answer(text: Object, position: usize) -> Object {
    Tuple::from_array([text, Object::int(position as i64)])
}

fn handle(mut builtin: Builtin, exception: Value) -> Result<Object, Raised> {
    let class = exception.class();
    let decode = class.is_subtype(exc::UnicodeDecodeError.get());
    let encode = class.is_subtype(exc::UnicodeEncodeError.get());
    let translate = class.is_subtype(exc::UnicodeTranslateError.get());
    let wrong = || raise!(TypeError, "don't know how to handle {} in error callback", class.name());
    let Some(e) = exception.cast::<BaseException>() else {
        return Err(match builtin {
            Builtin::Strict => raise!(TypeError, "codec must pass exception instance"),
            _ => wrong(),
        });
    };
    let again = || kiln_object::raise::exception(exception.to_object());
    if builtin == Builtin::Strict {
        return Err(again());
    }
    if !(decode || encode || translate) {
        return Err(wrong());
    }
    let Some(Fields {
        encoding,
        object,
        start,
        end,
    }) = fields(e, 1)
    else {
        return Err(wrong());
    };
    let reason = "";
    if let Some(bytes) = object.cast::<Bytes>().filter(|_| decode) {
        let mut out = TextBuf::new();
        return match builtin.decode_error(
            bytes.data(),
            DecodeError {
                encoding,
                start,
                end,
                reason,
            },
            &mut out,
        ) {
            Ok(next) => Ok(answer(Str::from_text(out.as_text()), next)),
            Err(_) => Err(again()),
        };
    }
    let Some(text) = object.cast::<Str>().filter(|_| !decode) else {
        return Err(wrong());
    };
    if translate && builtin == Builtin::Replace {
        let mut out = TextBuf::new();
        out.push_repeat(0xfffd, end - start);
        return Ok(answer(Str::from_text(out.as_text()), end));
    }
    match builtin.encode_error(
        text.text(),
        EncodeError {
            encoding,
            start,
            end,
            reason,
        },
    ) {
        Ok((Replacement::Text(out), next)) => Ok(answer(Str::from_text(out.as_text()), next)),
        Ok((Replacement::Bytes(out), next)) => Ok(answer(Bytes::new_object(&out), next)),
        Err(_) => Err(again()),
    }
}

/// The functions; not a module that a program can import.
#[builtin_module("_codecs")]
pub mod handlers {
    use super::{Builtin, Object, Raised, Value, handle};

    /// Implements the 'strict' error handling, which raises a UnicodeError on coding errors.
    pub fn strict_errors(exception: Value) -> Result<Object, Raised> {
        handle(Builtin::Strict, exception)
    }
    /// Implements the 'ignore' error handling, which ignores malformed data and continues.
    pub fn ignore_errors(exception: Value) -> Result<Object, Raised> {
        handle(Builtin::Ignore, exception)
    }
    /// Implements the 'replace' error handling, which replaces malformed data with a replacement marker.
    pub fn replace_errors(exception: Value) -> Result<Object, Raised> {
        handle(Builtin::Replace, exception)
    }
    /// Implements the 'backslashreplace' error handling.
    pub fn backslashreplace_errors(exception: Value) -> Result<Object, Raised> {
        handle(Builtin::BackslashReplace, exception)
    }
    /// Implements the 'xmlcharrefreplace' error handling.
    pub fn xmlcharrefreplace_errors(exception: Value) -> Result<Object, Raised> {
        handle(Builtin::XmlCharRefReplace, exception)
    }
    /// Implements the 'namereplace' error handling.
    pub fn namereplace_errors(exception: Value) -> Result<Object, Raised> {
        handle(Builtin::NameReplace, exception)
    }
    /// Implements the 'surrogateescape' error handling.
    pub fn surrogateescape(exception: Value) -> Result<Object, Raised> {
        handle(Builtin::SurrogateEscape, exception)
    }
    /// Implements the 'surrogatepass' error handling.
    pub fn surrogatepass(exception: Value) -> Result<Object, Raised> {
        handle(Builtin::SurrogatePass, exception)
    }
}
