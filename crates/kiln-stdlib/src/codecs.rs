//! `_codecs`: encodings known natively, error handlers, the registry of codecs.

use kiln_macros::builtin_module;
use kiln_object::call::call;
use kiln_object::dict::Dict;
use kiln_object::exception::{BaseException, exc};
use kiln_object::str::Str;
use kiln_object::tuple::Tuple;
use kiln_object::{Object, Raised, Value, raise};
use kiln_text::codecs::{
    Builtin, DecodeError, EncodeError, Endian, OnDecodeError, OnEncodeError, Replacement, Unhandled,
};
use kiln_text::{Text, TextBuf};
use std::cell::RefCell;

/// An encoding that needs no Python.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Native {
    Utf8,
    Utf8Sig,
    Latin1,
    Ascii,
    Utf16(Endian),
    Utf32(Endian),
    UnicodeEscape,
    RawUnicodeEscape,
}

/// A name as the registry compares it: lower case, runs of other characters as one underscore.
pub fn normalize(name: &str) -> String {
    let mut out = String::new();
    let mut gap = false;
    for c in name.chars() {
        if c.is_ascii_alphanumeric() || c == '.' {
            if gap && !out.is_empty() {
                out.push('_');
            }
            gap = false;
            out.push(c.to_ascii_lowercase());
        } else {
            gap = true;
        }
    }
    out
}

impl Native {
    pub fn by_name(name: &str) -> Option<Native> {
        Some(match normalize(name).as_str() {
            "utf_8" | "utf8" | "u8" | "utf" | "utf8_ucs2" | "utf8_ucs4" | "cp65001" => Native::Utf8,
            "utf_8_sig" => Native::Utf8Sig,
            "latin_1" | "latin1" | "iso_8859_1" | "iso8859_1" | "8859" | "cp819" | "iso8859" | "latin" | "l1" => Native::Latin1,
            "ascii" | "us_ascii" | "646" | "ansi_x3.4_1968" => Native::Ascii,
            "utf_16" | "utf16" | "u16" => Native::Utf16(Endian::Marked),
            "utf_16_le" | "utf_16le" | "unicodelittleunmarked" => Native::Utf16(Endian::Little),
            "utf_16_be" | "utf_16be" | "unicodebigunmarked" => Native::Utf16(Endian::Big),
            "utf_32" | "utf32" | "u32" => Native::Utf32(Endian::Marked),
            "utf_32_le" | "utf_32le" => Native::Utf32(Endian::Little),
            "utf_32_be" | "utf_32be" => Native::Utf32(Endian::Big),
            "unicode_escape" => Native::UnicodeEscape,
            "raw_unicode_escape" => Native::RawUnicodeEscape,
            _ => return None,
        })
    }
    /// The name that `codecs.lookup` gives.
    pub fn name(self) -> &'static str {
        match self {
            Native::Utf8 => "utf-8",
            Native::Utf8Sig => "utf-8-sig",
            Native::Latin1 => "iso8859-1",
            Native::Ascii => "ascii",
            Native::Utf16(Endian::Marked) => "utf-16",
            Native::Utf16(Endian::Little) => "utf-16-le",
            Native::Utf16(Endian::Big) => "utf-16-be",
            Native::Utf32(Endian::Marked) => "utf-32",
            Native::Utf32(Endian::Little) => "utf-32-le",
            Native::Utf32(Endian::Big) => "utf-32-be",
            Native::UnicodeEscape => "unicode_escape",
            Native::RawUnicodeEscape => "raw_unicode_escape",
        }
    }
}

/// A handler by name: Python's own or a registered one.
pub enum Handler {
    Builtin(Builtin),
    Registered(Object),
}

thread_local! {
    static HANDLERS: RefCell<Vec<(String, Object)>> = const { RefCell::new(Vec::new()) };
    static SEARCH: RefCell<Vec<Object>> = const { RefCell::new(Vec::new()) };
    static CACHE: RefCell<Vec<(String, Object)>> = const { RefCell::new(Vec::new()) };
}

/// Forgets what was registered, at the end.
pub fn clear() {
    drop((HANDLERS.take(), SEARCH.take(), CACHE.take()));
}

/// The error handler called `name`.
pub fn handler(name: &str) -> Result<Handler, Raised> {
    if let Some(found) = HANDLERS.with_borrow(|all| all.iter().find(|(n, _)| n == name).map(|(_, h)| h.clone())) {
        return Ok(Handler::Registered(found));
    }
    match Builtin::by_name(name) {
        Some(builtin) => Ok(Handler::Builtin(builtin)),
        None => Err(kiln_object::raise!(LookupError, "unknown error handler name '{name}'")),
    }
}

fn unicode_error(class: &kiln_object::TypeCell, encoding: &str, object: Object, start: usize, end: usize, reason: &str) -> Object {
    let parts = vec![
        Str::new(encoding),
        object,
        Object::int(start as i64),
        Object::int(end as i64),
        Str::new(reason),
    ];
    let e = BaseException::make(class.get(), Tuple::from_vec(parts.clone()));
    e.expect::<BaseException>().set_extra(parts.into_iter().map(Some).collect());
    e
}
fn decode_exception(input: &[u8], e: DecodeError) -> Object {
    unicode_error(&exc::UnicodeDecodeError, e.encoding, crate::buffer::bytes(input), e.start, e.end, e.reason)
}
fn encode_exception(text: Text<'_>, e: EncodeError) -> Object {
    unicode_error(&exc::UnicodeEncodeError, e.encoding, Str::from_text(text), e.start, e.end, e.reason)
}

/// The exception for text that the operating system's encoding cannot hold.
pub fn unhandled(e: Unhandled, text: &Str) -> Raised {
    match e {
        Unhandled::Encode(e) => raise::exception(encode_exception(text.text(), e)),
        Unhandled::Decode(e) => raise::exception(decode_exception(&[], e)),
    }
}

/// Where a registered handler says to go on.
fn resume_at(v: Value, len: usize, what: &str) -> Result<usize, Raised> {
    let Some(at) = v.as_small_int() else {
        return Err(kiln_object::raise!(TypeError, "{what} error handler must return (str, int) tuple"));
    };
    let real = if at < 0 { at + len as i64 } else { at };
    usize::try_from(real)
        .ok()
        .filter(|at| *at <= len)
        .ok_or_else(|| kiln_object::raise!(IndexError, "position {at} from error handler out of bounds"))
}

impl OnDecodeError for Handler {
    type Error = Raised;
    fn decode_error(&mut self, input: &[u8], error: DecodeError, out: &mut TextBuf) -> Result<usize, Raised> {
        match self {
            Handler::Builtin(builtin) => {
                builtin.decode_error(input, error, out).map_err(|_| raise::exception(decode_exception(input, error)))
            }
            Handler::Registered(f) => {
                let e = decode_exception(input, error);
                let result = call(f.value(), &[e.value()])?;
                let wrong = || kiln_object::raise!(TypeError, "decoding error handler must return (str, int) tuple");
                let pair = result.cast::<Tuple>().filter(|t| t.len() == 2).ok_or_else(wrong)?;
                let text = pair.items()[0];
                out.push_text(text.cast::<Str>().ok_or_else(wrong)?.text());
                resume_at(pair.items()[1], input.len(), "decoding")
            }
        }
    }
}
impl OnEncodeError for Handler {
    type Error = Raised;
    fn encode_error(&mut self, text: Text<'_>, error: EncodeError) -> Result<(Replacement, usize), Raised> {
        match self {
            Handler::Builtin(builtin) => {
                builtin.encode_error(text, error).map_err(|_| raise::exception(encode_exception(text, error)))
            }
            Handler::Registered(f) => {
                let e = encode_exception(text, error);
                let result = call(f.value(), &[e.value()])?;
                let wrong = || kiln_object::raise!(TypeError, "encoding error handler must return (str/bytes, int) tuple");
                let pair = result.cast::<Tuple>().filter(|t| t.len() == 2).ok_or_else(wrong)?;
                let given = pair.items()[0];
                let replacement = match given.cast::<Str>() {
                    Some(text) => Replacement::Text(text.text().to_buf()),
                    None if crate::buffer::is_bytes(given) => Replacement::Bytes(crate::buffer::to_vec(given)?),
                    None => return Err(wrong()),
                };
                Ok((replacement, resume_at(pair.items()[1], text.len(), "encoding")?))
            }
        }
    }
    fn unencodable(&mut self, text: Text<'_>, error: EncodeError) -> Raised {
        raise::exception(encode_exception(text, error))
    }
}

/// Encodes with a native codec.
pub fn encode_native(codec: Native, text: Text<'_>, errors: &str) -> Result<Vec<u8>, Raised> {
    use kiln_text::codecs as c;
    // Plain text, the usual case, needs no handler.
    if let (Native::Utf8 | Native::Ascii | Native::Latin1, Text::Latin1(units)) = (codec, text)
        && (units.is_ascii() || codec == Native::Latin1)
    {
        return Ok(units.to_vec());
    }
    let mut h = handler(errors)?;
    match codec {
        Native::Utf8 => c::encode_utf8(text, &mut h),
        Native::Utf8Sig => {
            let mut out = b"\xef\xbb\xbf".to_vec();
            out.extend(c::encode_utf8(text, &mut h)?);
            Ok(out)
        }
        Native::Latin1 => c::encode_latin1(text, &mut h),
        Native::Ascii => c::encode_ascii(text, &mut h),
        Native::Utf16(order) => c::encode_utf16(text, order, &mut h),
        Native::Utf32(order) => c::encode_utf32(text, order, &mut h),
        Native::UnicodeEscape => Ok(c::encode_unicode_escape(text)),
        Native::RawUnicodeEscape => Ok(c::encode_raw_unicode_escape(text)),
    }
}

/// Decodes with a native codec: the text and how many bytes were read. `last` says that no more input follows.
pub fn decode_native(codec: Native, input: &[u8], errors: &str, last: bool) -> Result<(TextBuf, usize), Raised> {
    use kiln_text::codecs as c;
    if codec == Native::Latin1 {
        return Ok((c::decode_latin1(input), input.len()));
    }
    if matches!(codec, Native::Utf8 | Native::Ascii) && input.is_ascii() {
        return Ok((TextBuf::Latin1(input.to_vec()), input.len()));
    }
    let mut h = handler(errors)?;
    match codec {
        Native::Utf8 => c::decode_utf8(input, last, &mut h),
        Native::Utf8Sig => {
            let marked = input.starts_with(b"\xef\xbb\xbf");
            let skip = if marked { 3 } else { 0 };
            let (text, used) = c::decode_utf8(&input[skip..], last, &mut h)?;
            Ok((text, used + skip))
        }
        Native::Ascii => c::decode_ascii(input, &mut h).map(|text| (text, input.len())),
        Native::Latin1 => Ok((c::decode_latin1(input), input.len())),
        Native::Utf16(order) => c::decode_utf16(input, order, last, &mut h).map(|(text, used, _)| (text, used)),
        Native::Utf32(order) => c::decode_utf32(input, order, last, &mut h).map(|(text, used, _)| (text, used)),
        Native::UnicodeEscape => c::decode_unicode_escape(input, last, &mut h).map(|(text, used, _)| (text, used)),
        Native::RawUnicodeEscape => c::decode_raw_unicode_escape(input, last, &mut h),
    }
}

/// The codec's `CodecInfo`, from the registry's search functions; `encodings` is imported when first needed.
pub fn lookup(name: &str) -> Result<Object, Raised> {
    let key = normalize(name);
    if let Some(found) = CACHE.with_borrow(|all| all.iter().find(|(n, _)| *n == key).map(|(_, c)| c.clone())) {
        return Ok(found);
    }
    if SEARCH.with_borrow(Vec::is_empty)
        && crate::state::module("encodings").is_none()
        && crate::import::library::find("encodings").is_some()
    {
        crate::support::import("encodings")?;
    }
    let functions = SEARCH.with_borrow(Clone::clone);
    for f in functions {
        let found = call(f.value(), &[Str::new(&key).value()])?;
        if found.is_none() {
            continue;
        }
        if found.cast::<Tuple>().is_none_or(|t| t.len() != 4) {
            return Err(kiln_object::raise!(TypeError, "codec search functions must return 4-tuples"));
        }
        CACHE.with_borrow_mut(|all| all.push((key, found.clone())));
        return Ok(found);
    }
    Err(kiln_object::raise!(LookupError, "unknown encoding: {name}"))
}

/// Methods of str and bytes go through codecs for text only.
pub fn check_text(encoding: &str, function: &str) -> Result<(), Raised> {
    if Native::by_name(encoding).is_some() {
        return Ok(());
    }
    let codec = lookup(encoding)?;
    let is_text = kiln_object::attr::find_attr_str(codec.value(), "_is_text_encoding")?;
    if is_text.is_some_and(|t| t.is_false()) {
        return Err(kiln_object::raise!(
            LookupError,
            "'{encoding}' is not a text encoding; use codecs.{function}() to handle arbitrary codecs"
        ));
    }
    Ok(())
}

/// `str.encode`: natively where the codec is known.
pub fn encode(v: Value, encoding: &str, errors: &str) -> Result<Object, Raised> {
    if let (Some(text), Some(native)) = (v.cast::<Str>(), Native::by_name(encoding)) {
        return encode_native(native, text.text(), errors).map(|bytes| crate::buffer::bytes(&bytes));
    }
    through_codec(v, encoding, errors, 0)
}
/// `bytes.decode`.
pub fn decode(v: Value, encoding: &str, errors: &str) -> Result<Object, Raised> {
    if let Some(native) = Native::by_name(encoding) {
        let data = crate::buffer::to_vec(v)?;
        return decode_native(native, &data, errors, true).map(|(text, _)| Str::from_text(text.as_text()));
    }
    through_codec(v, encoding, errors, 1)
}
fn through_codec(v: Value, encoding: &str, errors: &str, which: usize) -> Result<Object, Raised> {
    let codec = lookup(encoding)?;
    let function = codec.expect::<Tuple>().items()[which].to_object();
    let result = call(function.value(), &[v, Str::new(errors).value()])?;
    match result.cast::<Tuple>().filter(|t| t.len() == 2) {
        Some(pair) => Ok(pair.items()[0].to_object()),
        None => {
            let what = if which == 0 { "encoder" } else { "decoder" };
            Err(kiln_object::raise!(TypeError, "{what} must return a tuple (object, integer)"))
        }
    }
}

/// Codec registry and base classes.
#[builtin_module("_codecs")]
pub mod module {
    use super::*;
    use kiln_text::codecs as c;


    fn encoded(codec: Native, text: &Str, errors: Option<String>) -> Result<(Object, usize), Raised> {
        let bytes = encode_native(codec, text.text(), errors.as_deref().unwrap_or("strict"))?;
        Ok((crate::buffer::bytes(&bytes), text.len()))
    }
    fn decoded(codec: Native, data: Value, errors: Option<String>, last: bool) -> Result<(Object, usize), Raised> {
        let data = crate::buffer::to_vec(data)?;
        let (text, used) = decode_native(codec, &data, errors.as_deref().unwrap_or("strict"), last)?;
        Ok((Str::from_text(text.as_text()), used))
    }

    /// Register a codec search function.
    pub fn register(search_function: Value) -> Result<(), Raised> {
        if !kiln_object::attr::is_callable(search_function) {
            return Err(kiln_object::raise!(TypeError, "argument must be callable"));
        }
        SEARCH.with_borrow_mut(|all| all.push(search_function.to_object()));
        Ok(())
    }
    /// Unregister a codec search function and clear the registry's cache.
    pub fn unregister(search_function: Value) {
        let at = SEARCH.with_borrow(|all| all.iter().position(|f| f.value() == search_function));
        if let Some(at) = at {
            drop(CACHE.take());
            drop(SEARCH.with_borrow_mut(|all| all.remove(at)));
        }
    }
    /// Looks up a codec tuple in the Python codec registry and returns a CodecInfo object.
    pub fn lookup(encoding: &Str) -> Result<Object, Raised> {
        super::lookup(&encoding.to_string_lossy())
    }
    /// Encodes obj using the codec registered for encoding.
    pub fn encode(#[kw] obj: Value, #[kw] encoding: Option<String>, #[kw] errors: Option<String>) -> Result<Object, Raised> {
        super::encode(obj, encoding.as_deref().unwrap_or("utf-8"), errors.as_deref().unwrap_or("strict"))
    }
    /// Decodes obj using the codec registered for encoding.
    pub fn decode(#[kw] obj: Value, #[kw] encoding: Option<String>, #[kw] errors: Option<String>) -> Result<Object, Raised> {
        super::decode(obj, encoding.as_deref().unwrap_or("utf-8"), errors.as_deref().unwrap_or("strict"))
    }
    /// Register the specified error handler under the name errors.
    pub fn register_error(errors: String, handler: Value) -> Result<(), Raised> {
        if !kiln_object::attr::is_callable(handler) {
            return Err(kiln_object::raise!(TypeError, "handler must be callable"));
        }
        let old = HANDLERS.with_borrow_mut(|all| {
            let at = all.iter().position(|(n, _)| *n == errors);
            let old = at.map(|at| all.remove(at));
            all.push((errors, handler.to_object()));
            old
        });
        drop(old);
        Ok(())
    }
    /// Un-register the specified error handler for the error handling `errors'.
    pub fn _unregister_error(errors: String) -> bool {
        let old = HANDLERS.with_borrow_mut(|all| all.iter().position(|(n, _)| *n == errors).map(|at| all.remove(at)));
        old.is_some()
    }

    pub fn utf_8_encode(str: &Str, #[none] errors: Option<String>) -> Result<(Object, usize), Raised> {
        encoded(Native::Utf8, str, errors)
    }
    pub fn utf_8_decode(data: Value, #[none] errors: Option<String>, #[default(false)] last: bool) -> Result<(Object, usize), Raised> {
        decoded(Native::Utf8, data, errors, last)
    }
    pub fn latin_1_encode(str: &Str, #[none] errors: Option<String>) -> Result<(Object, usize), Raised> {
        encoded(Native::Latin1, str, errors)
    }
    pub fn latin_1_decode(data: Value, #[none] errors: Option<String>) -> Result<(Object, usize), Raised> {
        decoded(Native::Latin1, data, errors, true)
    }
    pub fn ascii_encode(str: &Str, #[none] errors: Option<String>) -> Result<(Object, usize), Raised> {
        encoded(Native::Ascii, str, errors)
    }
    pub fn ascii_decode(data: Value, #[none] errors: Option<String>) -> Result<(Object, usize), Raised> {
        decoded(Native::Ascii, data, errors, true)
    }
    pub fn utf_16_encode(str: &Str, #[none] errors: Option<String>, #[default(0)] byteorder: i32) -> Result<(Object, usize), Raised> {
        encoded(Native::Utf16(order(byteorder)), str, errors)
    }
    pub fn utf_16_le_encode(str: &Str, #[none] errors: Option<String>) -> Result<(Object, usize), Raised> {
        encoded(Native::Utf16(Endian::Little), str, errors)
    }
    pub fn utf_16_be_encode(str: &Str, #[none] errors: Option<String>) -> Result<(Object, usize), Raised> {
        encoded(Native::Utf16(Endian::Big), str, errors)
    }
    pub fn utf_16_decode(data: Value, #[none] errors: Option<String>, #[default(false)] last: bool) -> Result<(Object, usize), Raised> {
        decoded(Native::Utf16(Endian::Marked), data, errors, last)
    }
    pub fn utf_16_le_decode(data: Value, #[none] errors: Option<String>, #[default(false)] last: bool) -> Result<(Object, usize), Raised> {
        decoded(Native::Utf16(Endian::Little), data, errors, last)
    }
    pub fn utf_16_be_decode(data: Value, #[none] errors: Option<String>, #[default(false)] last: bool) -> Result<(Object, usize), Raised> {
        decoded(Native::Utf16(Endian::Big), data, errors, last)
    }
    pub fn utf_16_ex_decode(
        data: Value,
        #[none] errors: Option<String>,
        #[default(0)] byteorder: i32,
        #[default(false)] last: bool,
    ) -> Result<(Object, usize, i64), Raised> {
        let data = crate::buffer::to_vec(data)?;
        let mut h = handler(errors.as_deref().unwrap_or("strict"))?;
        let (text, used, found) = c::decode_utf16(&data, order(byteorder), last, &mut h)?;
        Ok((Str::from_text(text.as_text()), used, order_number(found)))
    }
    pub fn utf_32_encode(str: &Str, #[none] errors: Option<String>, #[default(0)] byteorder: i32) -> Result<(Object, usize), Raised> {
        encoded(Native::Utf32(order(byteorder)), str, errors)
    }
    pub fn utf_32_le_encode(str: &Str, #[none] errors: Option<String>) -> Result<(Object, usize), Raised> {
        encoded(Native::Utf32(Endian::Little), str, errors)
    }
    pub fn utf_32_be_encode(str: &Str, #[none] errors: Option<String>) -> Result<(Object, usize), Raised> {
        encoded(Native::Utf32(Endian::Big), str, errors)
    }
    pub fn utf_32_decode(data: Value, #[none] errors: Option<String>, #[default(false)] last: bool) -> Result<(Object, usize), Raised> {
        decoded(Native::Utf32(Endian::Marked), data, errors, last)
    }
    pub fn utf_32_le_decode(data: Value, #[none] errors: Option<String>, #[default(false)] last: bool) -> Result<(Object, usize), Raised> {
        decoded(Native::Utf32(Endian::Little), data, errors, last)
    }
    pub fn utf_32_be_decode(data: Value, #[none] errors: Option<String>, #[default(false)] last: bool) -> Result<(Object, usize), Raised> {
        decoded(Native::Utf32(Endian::Big), data, errors, last)
    }
    pub fn utf_32_ex_decode(
        data: Value,
        #[none] errors: Option<String>,
        #[default(0)] byteorder: i32,
        #[default(false)] last: bool,
    ) -> Result<(Object, usize, i64), Raised> {
        let data = crate::buffer::to_vec(data)?;
        let mut h = handler(errors.as_deref().unwrap_or("strict"))?;
        let (text, used, found) = c::decode_utf32(&data, order(byteorder), last, &mut h)?;
        Ok((Str::from_text(text.as_text()), used, order_number(found)))
    }
    pub fn utf_7_encode(str: &Str, #[none] errors: Option<String>) -> (Object, usize) {
        let _ = errors;
        (crate::buffer::bytes(&c::encode_utf7(str.text())), str.len())
    }
    pub fn utf_7_decode(data: Value, #[none] errors: Option<String>, #[default(false)] last: bool) -> Result<(Object, usize), Raised> {
        let data = crate::buffer::to_vec(data)?;
        let mut h = handler(errors.as_deref().unwrap_or("strict"))?;
        let (text, used) = c::decode_utf7(&data, last, &mut h)?;
        Ok((Str::from_text(text.as_text()), used))
    }
    pub fn unicode_escape_encode(str: &Str, #[none] errors: Option<String>) -> Result<(Object, usize), Raised> {
        encoded(Native::UnicodeEscape, str, errors)
    }
    pub fn unicode_escape_decode(data: Value, #[none] errors: Option<String>, #[default(true)] last: bool) -> Result<(Object, usize), Raised> {
        decoded(Native::UnicodeEscape, text_or_bytes(data)?.value(), errors, last)
    }
    pub fn raw_unicode_escape_encode(str: &Str, #[none] errors: Option<String>) -> Result<(Object, usize), Raised> {
        encoded(Native::RawUnicodeEscape, str, errors)
    }
    pub fn raw_unicode_escape_decode(data: Value, #[none] errors: Option<String>, #[default(true)] last: bool) -> Result<(Object, usize), Raised> {
        decoded(Native::RawUnicodeEscape, text_or_bytes(data)?.value(), errors, last)
    }
    pub fn escape_encode(data: Value, #[none] _errors: Option<String>) -> Result<(Object, usize), Raised> {
        let data = crate::buffer::to_vec(data)?;
        Ok((crate::buffer::bytes(&c::encode_bytes_escape(&data)), data.len()))
    }
    pub fn escape_decode(data: Value, #[none] errors: Option<String>) -> Result<(Object, usize), Raised> {
        let data = crate::buffer::to_vec(text_or_bytes(data)?.value())?;
        match c::decode_bytes_escape(&data, errors.as_deref().unwrap_or("strict")) {
            Ok((bytes, _)) => Ok((crate::buffer::bytes(&bytes), data.len())),
            Err(Some(at)) => Err(kiln_object::raise!(ValueError, "invalid \\x escape at position {at}")),
            Err(None) => Err(kiln_object::raise!(ValueError, "Trailing \\ in string")),
        }
    }
    pub fn readbuffer_encode(data: Value, #[none] _errors: Option<String>) -> Result<(Object, usize), Raised> {
        let data = crate::buffer::to_vec(text_or_bytes(data)?.value())?;
        Ok((crate::buffer::bytes(&data), data.len()))
    }
    /// A mapping from characters to bytes for `charmap_encode`.
    pub fn charmap_build(map: &Str) -> Result<Object, Raised> {
        let out = Dict::new_object();
        for (byte, code) in map.text().iter().enumerate().filter(|(_, code)| *code != 0xfffe) {
            out.expect::<Dict>().set(Object::int(i64::from(code)).value(), Object::int(byte as i64).value())?;
        }
        Ok(out)
    }
    pub fn charmap_encode(str: &Str, #[none] errors: Option<String>, #[none] mapping: Option<Value>) -> Result<(Object, usize), Raised> {
        let Some(mapping) = mapping else { return encoded(Native::Latin1, str, errors) };
        let mut h = handler(errors.as_deref().unwrap_or("strict"))?;
        let text = str.text();
        let look = |code: u32| -> Result<Option<Vec<u8>>, Raised> {
            match kiln_object::ops::get_item(mapping, Object::int(i64::from(code)).value()) {
                Ok(v) if v.is_none() => Ok(None),
                Ok(v) => match v.as_small_int() {
                    Some(b @ 0..=255) => Ok(Some(vec![b as u8])),
                    Some(_) => Err(kiln_object::raise!(TypeError, "character mapping must be in range(256)")),
                    None => crate::buffer::to_vec(v.value()).map(Some),
                },
                Err(raised) => raise::catch(raised, &exc::LookupError).map(|_| None),
            }
        };
        let (mut out, mut at) = (Vec::new(), 0);
        while at < text.len() {
            match look(text.at(at))? {
                Some(bytes) => {
                    out.extend(bytes);
                    at += 1;
                }
                None => {
                    let mut end = at + 1;
                    while end < text.len() && look(text.at(end))?.is_none() {
                        end += 1;
                    }
                    let error = EncodeError { encoding: "charmap", start: at, end, reason: "character maps to <undefined>" };
                    let (replacement, next) = h.encode_error(text, error)?;
                    match replacement {
                        Replacement::Bytes(bytes) => out.extend(bytes),
                        Replacement::Text(replaced) => {
                            for code in replaced.as_text().iter() {
                                match look(code)? {
                                    Some(bytes) => out.extend(bytes),
                                    None => return Err(h.unencodable(text, error)),
                                }
                            }
                        }
                    }
                    at = next;
                }
            }
        }
        Ok((crate::buffer::bytes(&out), str.len()))
    }
    pub fn charmap_decode(data: Value, #[none] errors: Option<String>, #[none] mapping: Option<Value>) -> Result<(Object, usize), Raised> {
        let Some(mapping) = mapping else { return decoded(Native::Latin1, data, errors, true) };
        let input = crate::buffer::to_vec(data)?;
        let mut h = handler(errors.as_deref().unwrap_or("strict"))?;
        let mut out = TextBuf::new();
        let mut at = 0;
        while at < input.len() {
            let byte = input[at];
            let found = match mapping.cast::<Str>() {
                Some(table) => table.text().get(usize::from(byte)).filter(|c| *c != 0xfffe).map(Str::from_char),
                None => match kiln_object::ops::get_item(mapping, Object::int(i64::from(byte)).value()) {
                    Ok(v) if v.is_none() => None,
                    Ok(v) => Some(match v.as_small_int() {
                        Some(0xfffe) => Object::none(),
                        Some(code) => Str::from_char(u32::try_from(code).unwrap_or(0xfffd)),
                        None => v,
                    }),
                    Err(raised) => raise::catch(raised, &exc::LookupError).map(|_| None)?,
                },
            };
            match found.as_ref().and_then(|f| f.cast::<Str>()) {
                Some(text) => {
                    out.push_text(text.text());
                    at += 1;
                }
                None => {
                    let error =
                        DecodeError { encoding: "charmap", start: at, end: at + 1, reason: "character maps to <undefined>" };
                    at = h.decode_error(&input, error, &mut out)?;
                }
            }
        }
        Ok((Str::from_text(out.as_text()), input.len()))
    }
    /// lookup_error(errors) -> handler: the registered error handler.
    pub fn lookup_error(name: String) -> Result<Object, Raised> {
        match handler(&name)? {
            Handler::Registered(f) => Ok(f),
            Handler::Builtin(_) => crate::codec_handlers::function(&name)
                .ok_or_else(|| kiln_object::raise!(LookupError, "unknown error handler name '{name}'")),
        }
    }

    fn order(byteorder: i32) -> Endian {
        match byteorder {
            0 => Endian::Marked,
            1.. => Endian::Big,
            _ => Endian::Little,
        }
    }
    fn order_number(order: Endian) -> i64 {
        match order {
            Endian::Marked => 0,
            Endian::Little => -1,
            Endian::Big => 1,
        }
    }
    fn text_or_bytes(v: Value) -> Result<Object, Raised> {
        match v.cast::<Str>() {
            Some(text) => encode_native(Native::Utf8, text.text(), "strict").map(|b| crate::buffer::bytes(&b)),
            None => Ok(v.to_object()),
        }
    }
}
