//! `str.encode`, `bytes.decode`, and the exceptions and error handlers behind them.
//!
//! The codecs that the runtime needs are called directly. Others, and handlers that a program registered, are found
//! through functions that the `_codecs` module attaches.

use crate::number::buf_object;
use kiln_object::bytes::Bytes;
use kiln_object::call::call;
use kiln_object::exception::exc;
use kiln_object::int::AnyInt;
use kiln_object::str::Str;
use kiln_object::tuple::Tuple;
use kiln_object::{Object, Raised, Value, raise};
use kiln_text::codecs::{
    self, Builtin, DecodeError, EncodeError, Endian, OnDecodeError, OnEncodeError, Replacement, Unhandled,
};
use kiln_text::{Text, TextBuf};
use std::sync::OnceLock;

/// What the `_codecs` module provides.
pub struct Registry {
    /// The handler registered under a name; raises `LookupError` when there is none.
    pub error_handler: fn(&str) -> Result<Object, Raised>,
    /// `codecs.encode(object, encoding, errors)`.
    pub encode: fn(Value, &str, &str) -> Result<Object, Raised>,
    /// `codecs.decode(object, encoding, errors)`.
    pub decode: fn(Value, &str, &str) -> Result<Object, Raised>,
}

static REGISTRY: OnceLock<Registry> = OnceLock::new();

/// Attaches the `_codecs` module. Called once at start.
pub fn attach(registry: Registry) {
    let _ = REGISTRY.set(registry);
}

/// A codec that is called directly.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Codec {
    Utf8,
    Utf16(Endian),
    Utf32(Endian),
    Latin1,
    Ascii,
}

impl Codec {
    /// The codec of an encoding's name, in the spellings that CPython also short-cuts.
    pub fn by_name(name: &str) -> Option<Codec> {
        let name: String = name
            .chars()
            .map(|c| {
                if c == '-' || c == ' ' {
                    '_'
                } else {
                    c.to_ascii_lowercase()
                }
            })
            .collect();
        Some(match name.as_str() {
            "utf_8" | "utf8" | "u8" | "cp65001" => Codec::Utf8,
            "utf_16" | "utf16" => Codec::Utf16(Endian::Marked),
            "utf_16_le" | "utf_16le" => Codec::Utf16(Endian::Little),
            "utf_16_be" | "utf_16be" => Codec::Utf16(Endian::Big),
            "utf_32" | "utf32" => Codec::Utf32(Endian::Marked),
            "utf_32_le" | "utf_32le" => Codec::Utf32(Endian::Little),
            "utf_32_be" | "utf_32be" => Codec::Utf32(Endian::Big),
            "latin_1" | "latin1" | "iso_8859_1" | "iso8859_1" | "l1" => Codec::Latin1,
            "ascii" | "us_ascii" | "646" => Codec::Ascii,
            _ => return None,
        })
    }
}

fn unicode_error(
    class: &kiln_object::TypeCell,
    encoding: &str,
    object: Object,
    start: usize,
    end: usize,
    reason: &str,
) -> Object {
    let args = vec![
        Str::new(encoding),
        object,
        Object::int(start as i64),
        Object::int(end as i64),
        Str::new(reason),
    ];
    let exception = kiln_object::exception::BaseException::make(class.get(), Tuple::from_vec(args.clone()));
    exception
        .expect::<kiln_object::exception::BaseException>()
        .set_extra(args.into_iter().map(Some).collect());
    exception
}

pub fn decode_exception(input: &[u8], error: DecodeError) -> Object {
    unicode_error(
        &exc::UnicodeDecodeError,
        error.encoding,
        Bytes::new_object(input),
        error.start,
        error.end,
        error.reason,
    )
}

pub fn encode_exception(text: Text<'_>, error: EncodeError) -> Object {
    unicode_error(
        &exc::UnicodeEncodeError,
        error.encoding,
        Str::from_text(text),
        error.start,
        error.end,
        error.reason,
    )
}

/// An error handler by its name: one of Python's own, or what the program registered.
pub struct Handler<'a> {
    name: &'a str,
    builtin: Option<Builtin>,
}

impl<'a> Handler<'a> {
    pub fn new(name: &'a str) -> Handler<'a> {
        Handler {
            name,
            builtin: Builtin::by_name(name),
        }
    }

    fn call(&self, exception: Object, what: &str) -> Result<(Object, i64), Raised> {
        let Some(registry) = REGISTRY.get() else {
            return Err(raise!(LookupError, "unknown error handler name '{}'", self.name));
        };
        let handler = (registry.error_handler)(self.name)?;
        let answer = call(handler.value(), &[exception.value()])?;
        let wrong = || raise!(TypeError, "{what} error handler must return (str, int) tuple");
        let Some(pair) = answer.cast::<Tuple>() else {
            return Err(wrong());
        };
        let [replacement, position] = pair.items() else {
            return Err(wrong());
        };
        let position = match position.as_int() {
            Some(AnyInt::Small(position)) => position,
            _ => return Err(wrong()),
        };
        Ok((replacement.to_object(), position))
    }

    fn position(position: i64, len: usize) -> Result<usize, Raised> {
        let at = if position < 0 { position + len as i64 } else { position };
        match usize::try_from(at) {
            Ok(at) if at <= len => Ok(at),
            _ => Err(raise!(
                IndexError,
                "position {position} from error handler out of bounds"
            )),
        }
    }
}

impl OnDecodeError for Handler<'_> {
    type Error = Raised;

    fn decode_error(&mut self, input: &[u8], error: DecodeError, out: &mut TextBuf) -> Result<usize, Raised> {
        if let Some(mut builtin) = self.builtin {
            return match builtin.decode_error(input, error, out) {
                Ok(next) => Ok(next),
                Err(_) => Err(kiln_object::raise::exception(decode_exception(input, error))),
            };
        }
        let (replacement, position) = self.call(decode_exception(input, error), "decoding")?;
        match replacement.cast::<Str>() {
            Some(text) => out.push_text(text.text()),
            None => return Err(raise!(TypeError, "decoding error handler must return (str, int) tuple")),
        }
        Handler::position(position, input.len())
    }
}

impl OnEncodeError for Handler<'_> {
    type Error = Raised;

    fn encode_error(&mut self, text: Text<'_>, error: EncodeError) -> Result<(Replacement, usize), Raised> {
        if let Some(mut builtin) = self.builtin {
            return match builtin.encode_error(text, error) {
                Ok(answer) => Ok(answer),
                Err(Unhandled::Decode(_) | Unhandled::Encode(_)) => {
                    Err(kiln_object::raise::exception(encode_exception(text, error)))
                }
            };
        }
        let (replacement, position) = self.call(encode_exception(text, error), "encoding")?;
        let position = Handler::position(position, text.len())?;
        if let Some(text) = replacement.cast::<Str>() {
            return Ok((Replacement::Text(text.text().to_buf()), position));
        }
        match replacement.cast::<Bytes>() {
            Some(bytes) => Ok((Replacement::Bytes(bytes.data().to_vec()), position)),
            None => Err(raise!(
                TypeError,
                "encoding error handler must return (str/bytes, int) tuple"
            )),
        }
    }

    fn unencodable(&mut self, text: Text<'_>, error: EncodeError) -> Raised {
        kiln_object::raise::exception(encode_exception(text, error))
    }
}

/// Decodes with a codec that is called directly.
pub fn decode_with(codec: Codec, input: &[u8], errors: &str) -> Result<TextBuf, Raised> {
    let handler = &mut Handler::new(errors);
    match codec {
        Codec::Utf8 => codecs::decode_utf8(input, true, handler).map(|done| done.0),
        Codec::Ascii => codecs::decode_ascii(input, handler),
        Codec::Latin1 => Ok(codecs::decode_latin1(input)),
        Codec::Utf16(order) => codecs::decode_utf16(input, order, true, handler).map(|done| done.0),
        Codec::Utf32(order) => codecs::decode_utf32(input, order, true, handler).map(|done| done.0),
    }
}

pub fn encode_with(codec: Codec, text: Text<'_>, errors: &str) -> Result<Vec<u8>, Raised> {
    let handler = &mut Handler::new(errors);
    match codec {
        Codec::Utf8 => codecs::encode_utf8(text, handler),
        Codec::Ascii => codecs::encode_ascii(text, handler),
        Codec::Latin1 => codecs::encode_latin1(text, handler),
        Codec::Utf16(order) => codecs::encode_utf16(text, order, handler),
        Codec::Utf32(order) => codecs::encode_utf32(text, order, handler),
    }
}

fn unknown_encoding(encoding: &str) -> Raised {
    raise!(LookupError, "unknown encoding: {encoding}")
}

/// `bytes.decode(encoding, errors)`: a str.
pub fn decode(input: &[u8], encoding: Option<&str>, errors: Option<&str>) -> Result<Object, Raised> {
    let (encoding, errors) = (encoding.unwrap_or("utf-8"), errors.unwrap_or("strict"));
    if let Some(codec) = Codec::by_name(encoding) {
        return decode_with(codec, input, errors).map(|text| buf_object(&text));
    }
    let Some(registry) = REGISTRY.get() else {
        return Err(unknown_encoding(encoding));
    };
    let bytes = Bytes::new_object(input);
    let text = (registry.decode)(bytes.value(), encoding, errors)?;
    if text.cast::<Str>().is_none() {
        return Err(raise!(
            TypeError,
            "'{encoding}' decoder returned '{}' instead of 'str'; use codecs.decode() to decode to arbitrary types",
            text.class().name()
        ));
    }
    Ok(text)
}

/// `str.encode(encoding, errors)`: bytes.
pub fn encode(text: &Str, value: Value, encoding: Option<&str>, errors: Option<&str>) -> Result<Object, Raised> {
    let (encoding, errors) = (encoding.unwrap_or("utf-8"), errors.unwrap_or("strict"));
    if let Some(codec) = Codec::by_name(encoding) {
        return encode_with(codec, text.text(), errors).map(|bytes| Bytes::new_object(&bytes));
    }
    let Some(registry) = REGISTRY.get() else {
        return Err(unknown_encoding(encoding));
    };
    let bytes = (registry.encode)(value, encoding, errors)?;
    if bytes.cast::<Bytes>().is_none() {
        return Err(raise!(
            TypeError,
            "'{encoding}' encoder returned '{}' instead of 'bytes'; use codecs.encode() to encode to arbitrary types",
            bytes.class().name()
        ));
    }
    Ok(bytes)
}

/// The text as UTF-8; raises `UnicodeEncodeError` for surrogates.
pub fn to_utf8(text: &Str) -> Result<Vec<u8>, Raised> {
    encode_with(Codec::Utf8, text.text(), "strict")
}
