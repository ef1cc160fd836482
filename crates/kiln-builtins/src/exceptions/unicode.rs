//! `UnicodeError` and its kinds.

use super::base::{init_args, no_keywords};
use super::extra::{self, exception_methods, mark};
use crate::support::to_text;
use kiln_object::args::{Keywords, Rest};
use kiln_object::bytes::Bytes;
use kiln_object::exception::BaseException;
use kiln_object::str::Str;
use kiln_object::{Object, Raised, Value, convert, exc, ops, raise};

const ENCODING: usize = 0;
const OBJECT: usize = 1;
const START: usize = 2;
const END: usize = 3;
const REASON: usize = 4;

/// A `UnicodeEncodeError` about `object[start:end]`.
pub fn encode_error(object: Value, encoding: &str, start: usize, end: usize, reason: &str) -> Raised {
    codec_error(&exc::UnicodeEncodeError, object, encoding, start, end, reason)
}
/// A `UnicodeDecodeError` about `object[start:end]`.
pub fn decode_error(object: Value, encoding: &str, start: usize, end: usize, reason: &str) -> Raised {
    codec_error(&exc::UnicodeDecodeError, object, encoding, start, end, reason)
}
fn codec_error(
    class: &kiln_object::TypeCell,
    object: Value,
    encoding: &str,
    start: usize,
    end: usize,
    reason: &str,
) -> Raised {
    let fields = vec![
        Str::new(encoding),
        object.to_object(),
        Object::int(start as i64),
        Object::int(end as i64),
        Str::new(reason),
    ];
    let extra = fields.iter().cloned().map(Some).collect();
    raise::with_extra(class.get(), fields, extra)
}

fn check_count(args: &[Value], wanted: usize) -> Result<(), Raised> {
    if args.len() == wanted {
        return Ok(());
    }
    Err(kiln_object::raise!(
        TypeError,
        "function takes exactly {wanted} arguments ({} given)",
        args.len()
    ))
}
fn check_str(args: &[Value], i: usize) -> Result<(), Raised> {
    if args[i].cast::<Str>().is_some() {
        return Ok(());
    }
    Err(kiln_object::raise!(
        TypeError,
        "argument {} must be str, not {}",
        i + 1,
        convert::type_name(args[i])
    ))
}
fn store(e: &BaseException, fields: [Option<Value>; 5]) -> Result<(), Raised> {
    for i in [START, END] {
        if let Some(v) = fields[i] {
            ops::index(v)?;
        }
    }
    for (i, v) in fields.into_iter().enumerate() {
        e.set_extra_at(i, v.map(|v| v.to_object()));
    }
    Ok(())
}
pub fn set_encode(e: &BaseException, args: &[Value]) -> Result<(), Raised> {
    mark(e);
    check_count(args, 5)?;
    check_str(args, 0)?;
    check_str(args, 1)?;
    ops::index(args[2])?;
    ops::index(args[3])?;
    check_str(args, 4)?;
    store(e, [0, 1, 2, 3, 4].map(|i| Some(args[i])))
}
pub fn set_decode(e: &BaseException, args: &[Value]) -> Result<(), Raised> {
    mark(e);
    check_count(args, 5)?;
    check_str(args, 0)?;
    ops::index(args[2])?;
    ops::index(args[3])?;
    check_str(args, 4)?;
    let data = if args[1].cast::<Bytes>().is_some() {
        args[1].to_object()
    } else if args[1].cast::<Str>().is_some() || args[1].as_int().is_some() || args[1].is_none() {
        return Err(kiln_object::raise!(
            TypeError,
            "a bytes-like object is required, not '{}'",
            convert::type_name(args[1])
        ));
    } else {
        let bytes = crate::support::import_from("builtins", "bytes")?;
        kiln_object::call::call(bytes.value(), &[args[1]])?
    };
    store(
        e,
        [
            Some(args[0]),
            Some(data.value()),
            Some(args[2]),
            Some(args[3]),
            Some(args[4]),
        ],
    )
}
pub fn set_translate(e: &BaseException, args: &[Value]) -> Result<(), Raised> {
    mark(e);
    check_count(args, 4)?;
    check_str(args, 0)?;
    ops::index(args[1])?;
    ops::index(args[2])?;
    check_str(args, 3)?;
    store(e, [None, Some(args[0]), Some(args[1]), Some(args[2]), Some(args[3])])
}

/// The range, cut to the object's length as the attributes show it.
fn range(e: &BaseException, len: usize) -> (usize, usize) {
    let at = |i: usize| {
        extra::get(e, i)
            .and_then(|v| ops::index_clamped(v.value()).ok())
            .unwrap_or(0)
    };
    let start = at(START).clamp(0, (len as i64 - 1).max(0)) as usize;
    let end = at(END).clamp(1.min(len as i64), len as i64) as usize;
    (start, end)
}
fn escaped(c: u32) -> String {
    match c {
        0..=0xff => format!("\\x{c:02x}"),
        0x100..=0xffff => format!("\\u{c:04x}"),
        _ => format!("\\U{c:08x}"),
    }
}
fn describe(e: &BaseException, verb: &str) -> Result<String, Raised> {
    let Some(object) = extra::get(e, OBJECT) else {
        return Ok(String::new());
    };
    let field = |i: usize| to_text(extra::get(e, i).unwrap_or_else(Object::none).value());
    let reason = field(REASON)?;
    let codec = match verb {
        "translate" => String::new(),
        _ => format!("'{}' codec ", field(ENCODING)?),
    };
    let (len, unit) = match (object.cast::<Str>(), object.cast::<Bytes>()) {
        (Some(s), _) => (s.len(), "character"),
        (_, Some(b)) => (b.data().len(), "byte"),
        _ => return Ok(String::new()),
    };
    let (start, end) = range(e, len);
    if start < len && end == start + 1 {
        let which = match (object.cast::<Str>(), object.cast::<Bytes>()) {
            (Some(s), _) => format!("'{}'", escaped(s.at(start))),
            (_, Some(b)) => format!("0x{:02x}", b.data()[start]),
            _ => String::new(),
        };
        return Ok(format!(
            "{codec}can't {verb} {unit} {which} in position {start}: {reason}"
        ));
    }
    let last = end as i64 - 1;
    Ok(format!(
        "{codec}can't {verb} {unit}s in position {start}-{last}: {reason}"
    ))
}

macro_rules! codec_error_methods {
    ($marker:ident, $table:ident, $py:literal, $verb:literal, $fill:ident) => {
        exception_methods!(
            $marker,
            $table,
            $py,
            [encoding, set_encoding = 0; object, set_object = 1; reason, set_reason = 4],
            {
                fn __init__(this: &BaseException, args: Rest<'_>, kwargs: Keywords<'_>) -> Result<(), Raised> {
                    no_keywords(this, &kwargs)?;
                    init_args(this, args);
                    $fill(this, args)
                }
                fn __str__(this: &BaseException) -> Result<String, Raised> {
                    describe(this, $verb)
                }
                #[getter]
                fn start(this: &BaseException) -> Option<Object> {
                    extra::get(this, START)
                }
                #[setter]
                fn set_start(this: &BaseException, value: Option<Value>) -> Result<(), Raised> {
                    set_index(this, START, value)
                }
                #[getter]
                fn end(this: &BaseException) -> Option<Object> {
                    extra::get(this, END)
                }
                #[setter]
                fn set_end(this: &BaseException, value: Option<Value>) -> Result<(), Raised> {
                    set_index(this, END, value)
                }
            }
        );
    };
}
fn set_index(e: &BaseException, i: usize, value: Option<Value>) -> Result<(), Raised> {
    let Some(v) = value else {
        return Err(raise::type_error("can't delete numeric/char attribute".into()));
    };
    let n = ops::index(v)?;
    extra::set(e, i, Some(n.value()));
    Ok(())
}
codec_error_methods!(EncodeErrors, ENCODE, "UnicodeEncodeError", "encode", set_encode);
codec_error_methods!(DecodeErrors, DECODE, "UnicodeDecodeError", "decode", set_decode);
codec_error_methods!(
    TranslateErrors,
    TRANSLATE,
    "UnicodeTranslateError",
    "translate",
    set_translate
);
