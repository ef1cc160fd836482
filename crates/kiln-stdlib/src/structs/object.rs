//! `Struct` objects, and the functions that share their formats.

use super::format::{Layout, PackError, pack_value, unpack_value};
use crate::support::errors::ErrorClass;
use kiln_builtins::bytes::buffer::Buffer;
use kiln_macros::builtin_methods;
use kiln_object::args::Rest;
use kiln_object::bytes::Bytes;
use kiln_object::iter::{next_or_stop, set_fast_next};
use kiln_object::layout::{Plain, Slot, alloc, alloc_instance, header};
use kiln_object::object_struct;
use kiln_object::str::Str;
use kiln_object::tuple::Tuple;
use kiln_object::types::{ClassRef, define, flags};
use kiln_object::{Object, Raised, Value, raise};
use std::cell::{Cell, RefCell};
use std::rc::Rc;

object_struct! {
    /// A compiled format.
    pub struct Struct = "_struct.Struct", Raw { layout: Plain<RefCell<Option<Rc<Layout>>>> }
}
object_struct! {
    /// The iterator of `iter_unpack`.
    pub struct UnpackIter = "_struct.unpack_iterator", Container {
        layout: Plain<Rc<Layout>>,
        source: Slot,
        buffer: Plain<RefCell<Option<Buffer>>>,
        at: Cell<usize>,
    }
}

/// The methods' name spaces.
pub struct StructMethods;
pub struct UnpackIterMethods;

static ERROR: ErrorClass = ErrorClass::new();

thread_local! {
    static CACHE: RefCell<Vec<(Vec<u8>, Rc<Layout>)>> = const { RefCell::new(Vec::new()) };
}

/// How many formats the functions remember.
const CACHED: usize = 100;

/// Makes the classes; the answer is `struct.error`.
pub fn define_classes() -> Result<Object, Raised> {
    define::<Struct>("Struct", "_struct", None, flags::BASETYPE | flags::WEAKREF, StructMethods::METHODS, None);
    let methods = UnpackIterMethods::METHODS;
    let class = define::<UnpackIter>("unpack_iterator", "_struct", None, flags::NO_NEW, methods, None);
    set_fast_next(class, next);
    ERROR.define("struct.error", &[kiln_object::exc::Exception.get()])
}

/// `struct.error(message)`.
fn struct_error(message: &str) -> Raised {
    ERROR.raise(message)
}

fn pack_error(error: PackError) -> Raised {
    match error {
        PackError::Struct(message) => struct_error(&message),
        PackError::Overflow(message) => raise!(OverflowError, "{message}"),
        PackError::Raised(raised) => raised,
    }
}

fn format_bytes(format: Value) -> Result<Vec<u8>, Raised> {
    if let Some(text) = format.cast::<Str>() {
        return match text.as_ascii() {
            Some(ascii) => Ok(ascii.as_bytes().to_vec()),
            None => Err(struct_error("bad char in struct format")),
        };
    }
    match format.cast::<Bytes>() {
        Some(bytes) => Ok(bytes.data().to_vec()),
        None => Err(raise!(
            TypeError,
            "Struct() argument 1 must be a str or bytes object, not {}",
            format.class().name()
        )),
    }
}

fn parse(format: &[u8]) -> Result<Rc<Layout>, Raised> {
    Layout::parse(format).map(Rc::new).map_err(struct_error)
}

/// The layout of a format, remembered.
pub fn cached(format: Value) -> Result<Rc<Layout>, Raised> {
    let key = format_bytes(format)?;
    if let Some(found) = CACHE.with_borrow(|all| all.iter().find(|(other, _)| *other == key).map(|(_, l)| Rc::clone(l))) {
        return Ok(found);
    }
    let layout = parse(&key)?;
    CACHE.with_borrow_mut(|all| {
        if all.len() >= CACHED {
            all.clear();
        }
        all.push((key, Rc::clone(&layout)));
    });
    Ok(layout)
}

pub fn clear_cache() {
    CACHE.with_borrow_mut(Vec::clear);
}

fn packed(layout: &Layout, values: &[Value], what: &str) -> Result<Vec<u8>, Raised> {
    if values.len() != layout.values {
        return Err(struct_error(&format!(
            "{what} expected {} items for packing (got {})",
            layout.values,
            values.len()
        )));
    }
    let mut out = vec![0; layout.size()];
    let mut values = values.iter();
    for item in &layout.items {
        let count = match item.code {
            b'x' => 0,
            b's' | b'p' => 1,
            _ => item.count,
        };
        for index in 0..count {
            let Some(value) = values.next() else { break };
            let bytes = pack_value(item, *value, layout.order).map_err(pack_error)?;
            let at = item.offset + index * item.size;
            out[at..at + bytes.len()].copy_from_slice(&bytes);
        }
    }
    Ok(out)
}

pub fn pack(layout: &Layout, values: &[Value], what: &str) -> Result<Object, Raised> {
    packed(layout, values, what).map(|bytes| Bytes::new_object(&bytes))
}

pub fn pack_into(layout: &Layout, target: Value, offset: isize, values: &[Value]) -> Result<(), Raised> {
    let bytes = packed(layout, values, "pack_into")?;
    let buffer = Buffer::require_writable(target, "pack_into() argument")?;
    let start = position(layout, buffer.len(), offset, "pack_into", "packing")?;
    buffer.data_mut()[start..start + bytes.len()].copy_from_slice(&bytes);
    Ok(())
}

/// Where an offset points, when the struct fits behind it.
fn position(layout: &Layout, len: usize, offset: isize, function: &str, doing: &str) -> Result<usize, Raised> {
    let size = layout.size();
    let start = if offset < 0 { offset + len as isize } else { offset };
    let Ok(start) = usize::try_from(start) else {
        return Err(struct_error(&format!("offset {offset} out of range for {len}-byte buffer")));
    };
    if start > len || len - start < size {
        return Err(struct_error(&format!(
            "{function} requires a buffer of at least {} bytes for {doing} {size} bytes at offset {start} \
             (actual buffer size is {len})",
            start + size
        )));
    }
    Ok(start)
}

fn unpacked(layout: &Layout, data: &[u8]) -> Object {
    let mut values = Vec::with_capacity(layout.values);
    for item in &layout.items {
        match item.code {
            b'x' => {}
            b's' | b'p' => values.push(unpack_value(item, &data[item.offset..item.offset + item.count], layout.order)),
            _ => values.extend((0..item.count).map(|index| {
                let at = item.offset + index * item.size;
                unpack_value(item, &data[at..at + item.size], layout.order)
            })),
        }
    }
    Tuple::from_vec(values)
}

pub fn unpack(layout: &Layout, buffer: &Buffer) -> Result<Object, Raised> {
    if buffer.len() != layout.size() {
        return Err(struct_error(&format!("unpack requires a buffer of {} bytes", layout.size())));
    }
    Ok(unpacked(layout, buffer.data()))
}

pub fn unpack_from(layout: &Layout, buffer: &Buffer, offset: isize) -> Result<Object, Raised> {
    let start = position(layout, buffer.len(), offset, "unpack_from", "unpacking")?;
    Ok(unpacked(layout, &buffer.data()[start..start + layout.size()]))
}

pub fn iter_unpack(layout: Rc<Layout>, source: Value) -> Result<Object, Raised> {
    let buffer = Buffer::require(source)?;
    if layout.size() == 0 {
        return Err(struct_error("cannot iteratively unpack with a struct of length 0"));
    }
    if buffer.len() % layout.size() != 0 {
        return Err(struct_error(&format!(
            "iterative unpacking requires a buffer of a multiple of {} bytes",
            layout.size()
        )));
    }
    Ok(alloc(UnpackIter {
        header: header::<UnpackIter>(),
        layout: Plain(layout),
        source: Slot::new(source.to_object()),
        buffer: Plain(RefCell::new(Some(buffer))),
        at: Cell::new(0),
    }))
}

impl Struct {
    fn layout(&self) -> Result<Rc<Layout>, Raised> {
        match &*self.layout.0.borrow() {
            Some(layout) => Ok(Rc::clone(layout)),
            None => Err(raise!(RuntimeError, "Struct object is not initialized")),
        }
    }
}

#[builtin_methods("_struct.Struct")]
impl StructMethods {
    #[new]
    fn new(cls: ClassRef, _args: Rest<'_>, _kwargs: kiln_object::args::Keywords<'_>) -> Object {
        alloc_instance(cls.0, Struct { header: header::<Struct>(), layout: Plain(RefCell::new(None)) })
    }
    fn __init__(this: &Struct, #[kw] format: Value) -> Result<(), Raised> {
        let layout = parse(&format_bytes(format)?)?;
        *this.layout.0.borrow_mut() = Some(layout);
        Ok(())
    }
    fn __repr__(this: Value) -> Result<Object, Raised> {
        let class = this.class().name();
        match this.cast::<Struct>() {
            Some(object) => {
                let format = Str::new(&object.layout()?.format);
                let repr = kiln_object::ops::repr(format.value())?;
                Ok(Str::new(&format!("{class}({})", repr.expect::<Str>().to_string_lossy())))
            }
            None => Ok(Object::not_implemented()),
        }
    }
    /// Return a bytes object containing values packed according to the format string.
    fn pack(this: &Struct, values: Rest<'_>) -> Result<Object, Raised> {
        pack(&*this.layout()?, values, "pack")
    }
    /// Pack values and write them into the buffer starting at offset.
    fn pack_into(this: &Struct, buffer: Value, offset: isize, values: Rest<'_>) -> Result<(), Raised> {
        pack_into(&*this.layout()?, buffer, offset, values)
    }
    /// Return a tuple containing unpacked values.
    fn unpack(this: &Struct, buffer: Buffer) -> Result<Object, Raised> {
        unpack(&*this.layout()?, &buffer)
    }
    /// Return a tuple containing unpacked values, starting at offset.
    fn unpack_from(
        this: &Struct,
        #[kw] buffer: Buffer,
        #[kw]
        #[default(0)]
        offset: isize,
    ) -> Result<Object, Raised> {
        unpack_from(&*this.layout()?, &buffer, offset)
    }
    /// Return an iterator yielding tuples.
    fn iter_unpack(this: &Struct, buffer: Value) -> Result<Object, Raised> {
        iter_unpack(this.layout()?, buffer)
    }
    /// struct format string
    #[getter]
    fn format(this: &Struct) -> Result<String, Raised> {
        Ok(this.layout()?.format.clone())
    }
    /// struct size in bytes
    #[getter]
    fn size(this: &Struct) -> Result<usize, Raised> {
        Ok(this.layout()?.size())
    }
}

fn next(v: Value) -> Result<Option<Object>, Raised> {
    let Some(this) = v.cast::<UnpackIter>() else { return Err(raise!(TypeError, "expected an unpack_iterator")) };
    let (at, size) = (this.at.get(), this.layout.size());
    let result = match &*this.buffer.0.borrow() {
        Some(buffer) if at + size <= buffer.len() => Some(unpacked(&this.layout, &buffer.data()[at..at + size])),
        _ => None,
    };
    match result {
        Some(_) => this.at.set(at + size),
        None => {
            let buffer = this.buffer.0.borrow_mut().take();
            drop(buffer);
            this.source.clear();
        }
    }
    Ok(result)
}

#[builtin_methods("_struct.unpack_iterator")]
impl UnpackIterMethods {
    fn __iter__(this: Value) -> Value {
        this
    }
    fn __next__(this: Value) -> Result<Object, Raised> {
        next_or_stop(next(this))
    }
    fn __length_hint__(this: &UnpackIter) -> usize {
        let len = this.buffer.0.borrow().as_ref().map_or(0, Buffer::len);
        (len - this.at.get().min(len)) / this.layout.size()
    }
}
