//! The abstract classes of `_io`: what every stream can do, in terms of the methods that subclasses define.

use kiln_object::args::{Keywords, Rest};
use kiln_object::call::{call_method, call_method_str};
use kiln_object::exception::exc;
use kiln_object::layout::{ObjectType, alloc_instance, header};
use kiln_object::list::List;
use kiln_object::types::{ClassRef, define, flags};
use kiln_object::{Object, Raised, Type, Value, attr, instance, intern, object_struct, ops, raise};
use std::cell::Cell;

object_struct! {
    /// `_io._IOBase`.
    pub struct IoBase = "_io._IOBase", Container { pub closed: Cell<bool> }
}
object_struct! { /** `_io._RawIOBase`. */ pub struct RawBase = "_io._RawIOBase" extends IoBase, Container {} }
object_struct! { /** `_io._BufferedIOBase`. */ pub struct BufferedBase = "_io._BufferedIOBase" extends IoBase, Container {} }
object_struct! { /** `_io._TextIOBase`. */ pub struct TextBase = "_io._TextIOBase" extends IoBase, Container {} }

impl IoBase {
    pub fn payload() -> IoBase {
        IoBase { header: header::<IoBase>(), closed: Cell::new(false) }
    }
}

/// `io.UnsupportedOperation`, an `OSError` and a `ValueError`.
pub fn unsupported_class() -> Result<Object, Raised> {
    crate::support::import_attr("_io", "UnsupportedOperation")
}
pub fn unsupported(message: &str) -> Raised {
    let made = unsupported_class()
        .and_then(|class| kiln_object::call::call(class.value(), &[kiln_object::str::Str::new(message).value()]));
    match made {
        Ok(e) => raise::exception(e),
        Err(raised) => raised,
    }
}

pub fn closed_error() -> Raised {
    raise::value_error("I/O operation on closed file.")
}

/// `stream.closed`, whatever the stream is.
pub fn is_closed(stream: Value) -> Result<bool, Raised> {
    let closed = attr::get_attr(stream, intern!("closed"))?;
    ops::is_true(closed.value())
}
pub fn check_closed(stream: Value) -> Result<(), Raised> {
    if is_closed(stream)? { Err(closed_error()) } else { Ok(()) }
}
fn check_can(stream: Value, method: &str, message: &str) -> Result<(), Raised> {
    let can = call_method_str(stream, method, &[])?;
    if can.is_true() { Ok(()) } else { Err(unsupported(message)) }
}

/// Runs two actions that both must happen; the first error is the context of the second.
pub fn both(first: Result<(), Raised>, second: impl FnOnce() -> Result<(), Raised>) -> Result<(), Raised> {
    match first {
        Ok(()) => second(),
        Err(raised) => {
            let e = raise::take(raised);
            match second() {
                Ok(()) => Err(raise::again(e)),
                Err(raised) => {
                    let later = raise::take(raised);
                    kiln_object::exception::set_context(&later, e);
                    Err(raise::again(later))
                }
            }
        }
    }
}

#[kiln_macros::builtin_methods("_io._IOBase", layout = IoBase)]
impl IoBase {
    #[new]
    fn new(cls: ClassRef, _args: Rest<'_>, _keywords: Keywords<'_>) -> Object {
        alloc_instance(cls.0, IoBase::payload())
    }
    fn seek(_this: Value, _args: Rest<'_>) -> Result<Object, Raised> {
        Err(unsupported("seek"))
    }
    fn tell(this: Value) -> Result<Object, Raised> {
        call_method_str(this, "seek", &[Object::int(0).value(), Object::int(1).value()])
    }
    fn truncate(_this: Value, _pos: Option<Value>) -> Result<Object, Raised> {
        Err(unsupported("truncate"))
    }
    fn fileno(_this: Value) -> Result<Object, Raised> {
        Err(unsupported("fileno"))
    }
    fn flush(this: Value) -> Result<(), Raised> {
        check_closed(this)
    }
    fn close(this: Value) -> Result<(), Raised> {
        let base = this.expect::<IoBase>();
        if base.closed.get() {
            return Ok(());
        }
        let result = call_method(this, intern!("flush"), &[]).map(drop);
        base.closed.set(true);
        result
    }
    fn seekable(_this: Value) -> bool {
        false
    }
    fn readable(_this: Value) -> bool {
        false
    }
    fn writable(_this: Value) -> bool {
        false
    }
    #[getter]
    fn closed(this: &IoBase) -> bool {
        this.closed.get()
    }
    fn _checkClosed(this: Value, _message: Option<Value>) -> Result<(), Raised> {
        check_closed(this)
    }
    fn _checkSeekable(this: Value, _message: Option<Value>) -> Result<(), Raised> {
        check_can(this, "seekable", "File or stream is not seekable.")
    }
    fn _checkReadable(this: Value, _message: Option<Value>) -> Result<(), Raised> {
        check_can(this, "readable", "File or stream is not readable.")
    }
    fn _checkWritable(this: Value, _message: Option<Value>) -> Result<(), Raised> {
        check_can(this, "writable", "File or stream is not writable.")
    }
    fn isatty(this: Value) -> Result<bool, Raised> {
        check_closed(this)?;
        Ok(false)
    }
    fn __enter__(this: Value) -> Result<Object, Raised> {
        check_closed(this)?;
        Ok(this.to_object())
    }
    fn __exit__(this: Value, _args: Rest<'_>) -> Result<(), Raised> {
        call_method(this, intern!("close"), &[]).map(drop)
    }
    fn __iter__(this: Value) -> Result<Object, Raised> {
        check_closed(this)?;
        Ok(this.to_object())
    }
    fn __next__(this: Value) -> Result<Object, Raised> {
        let line = call_method(this, intern!("readline"), &[])?;
        if ops::len(line.value())? == 0 {
            return Err(raise::stop_iteration(None));
        }
        Ok(line)
    }
    fn readline(this: Value, #[none] size: Option<i64>) -> Result<Object, Raised> {
        let limit = size.filter(|n| *n >= 0).map_or(usize::MAX, |n| n as usize);
        let peek = attr::find_attr_str(this, "peek")?;
        let mut out = Vec::new();
        while out.len() < limit {
            let mut count = 1;
            if let Some(peek) = &peek {
                let ahead = kiln_object::call::call(peek.value(), &[Object::int(1).value()])?;
                let ahead = crate::buffer::to_vec(ahead.value())?;
                if !ahead.is_empty() {
                    let line = ahead.iter().position(|b| *b == b'\n').map_or(ahead.len(), |at| at + 1);
                    count = line.min(limit - out.len());
                }
            }
            let piece = call_method_str(this, "read", &[Object::int(count as i64).value()])?;
            if !crate::buffer::is_bytes(piece.value()) {
                return Err(kiln_object::raise!(
                    OSError,
                    "read() should have returned a bytes object, not '{}'",
                    piece.class().name()
                ));
            }
            let piece = crate::buffer::to_vec(piece.value())?;
            let done = piece.is_empty() || piece.ends_with(b"\n");
            out.extend(piece);
            if done {
                break;
            }
        }
        Ok(crate::buffer::bytes(&out))
    }
    fn readlines(this: Value, #[none] hint: Option<i64>) -> Result<Object, Raised> {
        let lines = List::new();
        let limit = hint.filter(|n| *n > 0);
        let mut total = 0;
        let iter = ops::iter(this)?;
        while let Some(line) = ops::next(iter.value())? {
            total += ops::len(line.value())? as i64;
            lines.expect::<List>().push(line);
            if limit.is_some_and(|limit| total >= limit) {
                break;
            }
        }
        Ok(lines)
    }
    fn writelines(this: Value, lines: Value) -> Result<(), Raised> {
        check_closed(this)?;
        ops::for_each(lines, |line| call_method(this, intern!("write"), &[line.value()]).map(drop))
    }
    fn __del__(this: Value) -> Result<(), Raised> {
        finalize(this)
    }
    #[getter]
    fn __dict__(this: Value) -> Object {
        instance::dict_of(this)
    }
}

/// Closes a stream that nobody refers to any more; errors cannot go anywhere.
pub fn finalize(this: Value) -> Result<(), Raised> {
    let closed = match is_closed(this) {
        Ok(closed) => closed,
        Err(raised) => {
            raise::clear(raised);
            return Ok(());
        }
    };
    if closed {
        return Ok(());
    }
    if let Some(file) = this.cast::<super::file::FileIo>() {
        super::file::warn_unclosed(this, file);
    }
    if let Err(raised) = call_method(this, intern!("close"), &[]) {
        raise::unraisable(raised, "Exception ignored while finalizing file", Some(this));
    }
    Ok(())
}

#[kiln_macros::builtin_methods("_io._RawIOBase")]
impl RawBase {
    #[new]
    fn new(cls: ClassRef, _args: Rest<'_>, _keywords: Keywords<'_>) -> Object {
        alloc_instance(cls.0, RawBase { base: IoBase::payload() })
    }
    fn read(this: Value, #[none] size: Option<i64>) -> Result<Object, Raised> {
        let n = match size {
            Some(n) if n >= 0 => n,
            _ => return call_method_str(this, "readall", &[]),
        };
        match read_through_readinto(this, n as usize)? {
            Some(data) => Ok(crate::buffer::bytes(&data)),
            None => Ok(Object::none()),
        }
    }
    fn readall(this: Value) -> Result<Object, Raised> {
        let mut out = Vec::new();
        loop {
            let piece = call_method_str(this, "read", &[Object::int(super::BUFFER_SIZE as i64).value()])?;
            if piece.is_none() {
                if out.is_empty() {
                    return Ok(piece);
                }
                break;
            }
            let piece = crate::buffer::to_vec(piece.value())?;
            if piece.is_empty() {
                break;
            }
            out.extend(piece);
        }
        Ok(crate::buffer::bytes(&out))
    }
    fn readinto(_this: Value, _buffer: Value) -> Result<Object, Raised> {
        Err(unsupported("readinto"))
    }
    fn write(_this: Value, _data: Value) -> Result<Object, Raised> {
        Err(unsupported("write"))
    }
}

/// Reads with a raw stream's `readinto`; `None` when it would block.
pub fn read_through_readinto(raw: Value, count: usize) -> Result<Option<Vec<u8>>, Raised> {
    let builtins = crate::support::import("builtins")?;
    let class = attr::get_attr_str(builtins.value(), "bytearray")?;
    let target = kiln_object::call::call(class.value(), &[Object::int(count as i64).value()])?;
    let got = call_method_str(raw, "readinto", &[target.value()])?;
    if got.is_none() {
        return Ok(None);
    }
    let got = ops::index(got.value())?.as_small_int().unwrap_or(-1);
    if got < 0 || got as usize > count {
        return Err(kiln_object::raise!(OSError, "raw readinto() returned invalid length {got} (should have been between 0 and {count})"));
    }
    let mut data = crate::buffer::to_vec(target.value())?;
    data.truncate(got as usize);
    Ok(Some(data))
}

#[kiln_macros::builtin_methods("_io._BufferedIOBase")]
impl BufferedBase {
    #[new]
    fn new(cls: ClassRef, _args: Rest<'_>, _keywords: Keywords<'_>) -> Object {
        alloc_instance(cls.0, BufferedBase { base: IoBase::payload() })
    }
    fn detach(_this: Value) -> Result<Object, Raised> {
        Err(unsupported("detach"))
    }
    fn read(_this: Value, _args: Rest<'_>) -> Result<Object, Raised> {
        Err(unsupported("read"))
    }
    fn read1(_this: Value, _args: Rest<'_>) -> Result<Object, Raised> {
        Err(unsupported("read1"))
    }
    fn write(_this: Value, _data: Value) -> Result<Object, Raised> {
        Err(unsupported("write"))
    }
    fn readinto(this: Value, buffer: Value) -> Result<usize, Raised> {
        read_into(this, buffer, "read")
    }
    fn readinto1(this: Value, buffer: Value) -> Result<usize, Raised> {
        read_into(this, buffer, "read1")
    }
}

/// `readinto` in terms of another reading method.
pub fn read_into(this: Value, buffer: Value, method: &str) -> Result<usize, Raised> {
    let room = crate::buffer::writable_len(buffer)?;
    let data = call_method_str(this, method, &[Object::int(room as i64).value()])?;
    if !crate::buffer::is_bytes(data.value()) {
        return Err(kiln_object::raise!(TypeError, "{method}() should return bytes"));
    }
    let data = crate::buffer::to_vec(data.value())?;
    if data.len() > room {
        return Err(kiln_object::raise!(
            ValueError,
            "read() returned too much data: {room} bytes requested, {} returned",
            data.len()
        ));
    }
    crate::buffer::write_into(buffer, &data)?;
    Ok(data.len())
}

#[kiln_macros::builtin_methods("_io._TextIOBase")]
impl TextBase {
    #[new]
    fn new(cls: ClassRef, _args: Rest<'_>, _keywords: Keywords<'_>) -> Object {
        alloc_instance(cls.0, TextBase { base: IoBase::payload() })
    }
    fn detach(_this: Value) -> Result<Object, Raised> {
        Err(unsupported("detach"))
    }
    fn read(_this: Value, _args: Rest<'_>) -> Result<Object, Raised> {
        Err(unsupported("read"))
    }
    fn readline(_this: Value, _args: Rest<'_>) -> Result<Object, Raised> {
        Err(unsupported("readline"))
    }
    fn write(_this: Value, _text: Value) -> Result<Object, Raised> {
        Err(unsupported("write"))
    }
    #[getter]
    fn encoding(_this: Value) -> Object {
        Object::none()
    }
    #[getter]
    fn newlines(_this: Value) -> Object {
        Object::none()
    }
    #[getter]
    fn errors(_this: Value) -> Object {
        Object::none()
    }
}

/// Flags of every stream class.
pub const OPEN: u32 = flags::BASETYPE | flags::DICT | flags::WEAKREF;

/// Makes the classes; called before the others' are.
pub fn install() -> Vec<&'static Type> {
    let base = define::<IoBase>("_IOBase", "_io", None, OPEN, IoBase::METHODS, Some("The abstract base class for all I/O classes."));
    vec![
        base,
        define::<RawBase>("_RawIOBase", "_io", Some(base), OPEN, RawBase::METHODS, Some("Base class for raw binary I/O.")),
        define::<BufferedBase>("_BufferedIOBase", "_io", Some(base), OPEN, BufferedBase::METHODS, Some("Base class for buffered IO objects.")),
        define::<TextBase>("_TextIOBase", "_io", Some(base), OPEN, TextBase::METHODS, Some("Base class for text I/O.")),
    ]
}

/// Whether the exception is one that a caller may ignore when it asks a stream for an optional ability.
pub fn is_unsupported(raised: Raised) -> Result<(), Raised> {
    raise::catch(raised, &exc::OSError).map(drop)
}

/// An attribute in the instance's own dictionary.
pub fn own(this: Value, name: &str) -> Option<Object> {
    instance::get_own(this, kiln_object::str::Str::intern(name).value()).map(|v| v.to_object())
}
pub fn set_own(this: Value, name: &str, value: Object) {
    instance::set_own(this, kiln_object::str::Str::intern(name).value(), value);
}
const _: fn() -> &'static Type = IoBase::class;
