//! File names between Python and the operating system: UTF-8 with `surrogateescape`.

use kiln_object::special::Special;
use kiln_object::str::Str;
use kiln_object::{Object, Raised, Value, raise};
use kiln_text::codecs::{Builtin, decode_utf8, encode_utf8};
use std::ffi::{CString, OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};

/// Bytes of the operating system as a str.
pub fn decode(bytes: &[u8]) -> Object {
    match decode_utf8(bytes, true, &mut Builtin::SurrogateEscape) {
        Ok((text, _)) => Str::from_text(text.as_text()),
        // The handler answers to every byte.
        Err(_) => Str::new(&String::from_utf8_lossy(bytes)),
    }
}
pub fn decode_os(name: &OsStr) -> Object {
    decode(name.as_bytes())
}

/// A str as bytes for the operating system; raises `UnicodeEncodeError`.
pub fn encode(text: &Str) -> Result<Vec<u8>, Raised> {
    if let Some(ascii) = text.as_ascii() {
        return Ok(ascii.as_bytes().to_vec());
    }
    encode_utf8(text.text(), &mut Builtin::SurrogateEscape).map_err(|e| crate::codecs::unhandled(e, text))
}
/// The same for text that need not be exact, such as a message's.
pub fn encode_lossy(text: &Str) -> Vec<u8> {
    encode_utf8(text.text(), &mut Builtin::SurrogateEscape).unwrap_or_else(|_| text.to_string_lossy().into_bytes())
}

/// What a function was given as a path.
pub struct FsPath {
    /// As it was given, after `__fspath__`: for messages and results.
    pub object: Object,
    pub bytes: Vec<u8>,
    pub is_bytes: bool,
}

impl FsPath {
    pub fn c_string(&self) -> Result<CString, Raised> {
        CString::new(self.bytes.clone()).map_err(|_| raise::value_error("embedded null byte"))
    }
    pub fn os_string(&self) -> OsString {
        OsString::from_vec(self.bytes.clone())
    }
    /// A name found under this path, in the same type.
    pub fn same_type(&self, bytes: &[u8]) -> Object {
        if self.is_bytes {
            crate::buffer::bytes(bytes)
        } else {
            decode(bytes)
        }
    }
}

/// `os.fspath(v)`: a str, bytes, or what `__fspath__` gives.
pub fn fspath(v: Value) -> Result<Object, Raised> {
    if v.cast::<Str>().is_some() || crate::buffer::is_bytes(v) {
        return Ok(v.to_object());
    }
    let Some(f) = v.class().special(Special::FsPath) else {
        return Err(kiln_object::raise!(
            TypeError,
            "expected str, bytes or os.PathLike object, not {}",
            v.class().name()
        ));
    };
    let path = kiln_object::call::call_special(f, v, &[])?;
    if path.cast::<Str>().is_some() || crate::buffer::is_bytes(path.value()) {
        return Ok(path);
    }
    Err(kiln_object::raise!(
        TypeError,
        "expected {}.__fspath__() to return str or bytes, not {}",
        v.class().name(),
        path.class().name()
    ))
}

/// The path in an argument of `function` (`None` where the function has no name to show).
pub fn path_argument(v: Value, function: &str, argument: &str) -> Result<FsPath, Raised> {
    let known = v.cast::<Str>().is_some() || crate::buffer::is_bytes(v) || v.class().special(Special::FsPath).is_some();
    if !known {
        return Err(kiln_object::raise!(
            TypeError,
            "{function}: {argument} should be string, bytes or os.PathLike, not {}",
            kiln_object::convert::type_name(v)
        ));
    }
    from_object(fspath(v)?)
}

fn from_object(object: Object) -> Result<FsPath, Raised> {
    let (bytes, is_bytes) = match object.cast::<Str>() {
        Some(text) => (encode(text)?, false),
        None => (crate::buffer::to_vec(object.value())?, true),
    };
    if bytes.contains(&0) {
        return Err(raise::value_error(if is_bytes {
            "embedded null byte"
        } else {
            "embedded null character"
        }));
    }
    Ok(FsPath {
        object,
        bytes,
        is_bytes,
    })
}

/// A path in a place where nothing names the function.
pub fn path(v: Value) -> Result<FsPath, Raised> {
    from_object(fspath(v)?)
}

/// A path or an open file's number.
pub enum PathOrFd {
    Path(FsPath),
    Fd(i32),
}

pub fn path_or_fd(v: Value, function: &str) -> Result<PathOrFd, Raised> {
    if v.cast::<Str>().is_none()
        && !crate::buffer::is_bytes(v)
        && let Some(number) = kiln_object::ops::index_quiet(v)?
    {
        return fd_number(number.value()).map(PathOrFd::Fd);
    }
    let known = v.cast::<Str>().is_some() || crate::buffer::is_bytes(v) || v.class().special(Special::FsPath).is_some();
    if !known {
        return Err(kiln_object::raise!(
            TypeError,
            "{function}: path should be string, bytes, os.PathLike or integer, not {}",
            kiln_object::convert::type_name(v)
        ));
    }
    path(v).map(PathOrFd::Path)
}

fn fd_number(v: Value) -> Result<i32, Raised> {
    match v.as_int().and_then(|i| i.to_i64()).map(i32::try_from) {
        Some(Ok(fd)) => Ok(fd),
        _ => Err(raise::overflow_error("fd is greater than maximum")),
    }
}

/// An int, or the `fileno()` of an object.
pub fn fileno(v: Value) -> Result<i32, Raised> {
    if let Some(number) = kiln_object::ops::index_quiet(v)? {
        return fd_number(number.value());
    }
    let Some(f) = kiln_object::attr::find_attr_str(v, "fileno")? else {
        return Err(kiln_object::raise!(
            TypeError,
            "argument must be an int, or have a fileno() method."
        ));
    };
    let number = kiln_object::call::call(f.value(), &[])?;
    let fd = match number.as_int().and_then(|i| i.to_i64()) {
        Some(fd) => fd,
        None => return Err(kiln_object::raise!(TypeError, "fileno() returned a non-integer")),
    };
    if fd < 0 {
        return Err(kiln_object::raise!(
            ValueError,
            "file descriptor cannot be a negative integer ({fd})"
        ));
    }
    i32::try_from(fd).map_err(|_| raise::overflow_error("fd is greater than maximum"))
}
