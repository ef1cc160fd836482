//! The methods that only `bytearray` has, and those it shares.

use super::ByteArray;
use crate::bytes::Bytelike;
use crate::bytes::buffer::Buffer;
use crate::bytes::common;
use crate::bytes::convert::{byte, construct, from_object};
use crate::memoryview::MemoryView;
use crate::shared::{Subscript, position, repeat_count, subscript};
use kiln_macros::builtin_methods;
use kiln_object::ops::{self, CompareOp};
use kiln_object::slice::Indices;
use kiln_object::str::Str;
use kiln_object::tuple::Tuple;
use kiln_object::types::ClassRef;
use kiln_object::{Object, Raised, Special, Value, raise};
use kiln_text::text::{Fill, Strip, is_ascii_space};
use kiln_text::{Text, escape};

/// The methods' name space.
pub struct ByteArrayMethods;

crate::bytes::common_methods!(ByteArrayMethods, "bytearray", ByteArray);

fn repr(this: &ByteArray, class: &str) -> Object {
    // The quoting is bytes', but a single quote is always escaped where CPython's own code does so.
    let text = this.with(|data| {
        let shown = escape::bytes_repr(data);
        if shown.starts_with("b\"") {
            let inner: String = shown[2..shown.len() - 1].replace('\'', "\\'");
            return format!("b\"{inner}\"");
        }
        shown
    });
    Str::new(&format!("{class}({text})"))
}

fn out_of_range() -> Raised {
    raise!(IndexError, "bytearray index out of range")
}

/// The bytes to assign to a slice.
fn values(v: Value) -> Result<Vec<u8>, Raised> {
    if let Some(buffer) = Buffer::get(v)? {
        return Ok(buffer.data().to_vec());
    }
    if v.cast::<Str>().is_some() || v.as_int().is_some() {
        return Err(raise!(
            TypeError,
            "can assign only bytes, buffers, or iterables of ints in range(0, 256)"
        ));
    }
    from_object(v, "bytearray")
}

fn assign_slice(this: &ByteArray, indices: Indices, new: &[u8]) -> Result<(), Raised> {
    if indices.step == 1 {
        let start = indices.start as usize;
        let end = start + indices.count;
        if new.len() == indices.count {
            this.write(|data| data[start..end].copy_from_slice(new));
            return Ok(());
        }
        return this.resize(|data| drop(data.splice(start..end, new.iter().copied())));
    }
    if new.is_empty() {
        return delete_slice(this, indices);
    }
    if new.len() != indices.count {
        return Err(raise!(
            ValueError,
            "attempt to assign bytes of size {} to extended slice of size {}",
            new.len(),
            indices.count
        ));
    }
    this.write(|data| indices.positions().zip(new).for_each(|(at, byte)| data[at] = *byte));
    Ok(())
}

fn delete_slice(this: &ByteArray, indices: Indices) -> Result<(), Raised> {
    if indices.count == 0 {
        return Ok(());
    }
    if indices.step == 1 {
        let start = indices.start as usize;
        return this.resize(|data| drop(data.drain(start..start + indices.count)));
    }
    let gone: Vec<usize> = indices.positions().collect();
    this.resize(|data| {
        let mut at = 0;
        data.retain(|_| {
            at += 1;
            !gone.contains(&(at - 1))
        });
    })
}

#[builtin_methods(bytearray)]
impl ByteArrayMethods {
    #[new]
    #[signature = "(source=b'', encoding='utf-8', errors='strict')"]
    fn new(cls: ClassRef, _args: kiln_object::args::Rest<'_>, _kwargs: kiln_object::args::Keywords<'_>) -> Object {
        ByteArray::of_class(cls.0, Vec::new())
    }
    #[signature = "($self, /, source=b'', encoding='utf-8', errors='strict')"]
    fn __init__(
        this: &ByteArray,
        #[kw] source: Option<Value>,
        #[kw] encoding: Option<&Str>,
        #[kw] errors: Option<&Str>,
    ) -> Result<(), Raised> {
        let data = construct(source, encoding, errors, "bytearray")?;
        this.resize(|old| *old = data)
    }
    fn __repr__(this: Value) -> Object {
        let class = this.class().name();
        this.cast::<ByteArray>()
            .map_or_else(Object::none, |array| repr(array, &class))
    }
    fn __str__(this: Value) -> Object {
        let class = this.class().name();
        this.cast::<ByteArray>()
            .map_or_else(Object::none, |array| repr(array, &class))
    }
    fn __sizeof__(this: &ByteArray) -> usize {
        57 + this.read().capacity()
    }
    /// Return the number of bytes actually allocated.
    fn __alloc__(this: &ByteArray) -> usize {
        match this.read().len() {
            0 => 0,
            len => len + 1,
        }
    }
    fn __buffer__(this: Value, _flags: isize) -> Result<Object, Raised> {
        Ok(MemoryView::new_object(Buffer::require(this)?))
    }
    fn __release_buffer__(_this: &ByteArray, buffer: Value) -> Result<(), Raised> {
        match buffer.cast::<MemoryView>() {
            Some(view) => view.release(),
            None => Err(raise!(TypeError, "expected a memoryview object")),
        }
    }
    /// Return state information for pickling.
    fn __reduce__(this: Value) -> Object {
        let data = this
            .cast::<ByteArray>()
            .map(|array| array.read().clone())
            .unwrap_or_default();
        let args = Tuple::from_array([kiln_object::bytes::Bytes::new_object(&data)]);
        Tuple::from_array([this.class().as_value().to_object(), args])
    }

    fn __getitem__(this: &ByteArray, key: Value) -> Result<Object, Raised> {
        match subscript(&key, "bytearray indices")? {
            Subscript::Index(index) => {
                let data = this.read();
                position(index, data.len())
                    .map(|at| Object::int(i64::from(data[at])))
                    .ok_or_else(out_of_range)
            }
            Subscript::Slice(slice) => {
                let bounds = slice.bounds()?;
                let data = this.read();
                let indices = bounds.indices(data.len());
                Ok(ByteArray::new_object(indices.positions().map(|at| data[at]).collect()))
            }
        }
    }
    fn __setitem__(this: &ByteArray, key: Value, value: Value) -> Result<(), Raised> {
        match subscript(&key, "bytearray indices")? {
            Subscript::Index(index) => {
                let byte = byte(value, "byte")?;
                let len = this.read().len();
                let at = position(index, len).ok_or_else(out_of_range)?;
                this.write(|data| data[at] = byte);
                Ok(())
            }
            Subscript::Slice(slice) => {
                let new = values(value)?;
                let bounds = slice.bounds()?;
                let mut indices = bounds.indices(this.read().len());
                if indices.step == 1 {
                    indices.start = indices.start.min(this.read().len() as i64);
                }
                assign_slice(this, indices, &new)
            }
        }
    }
    fn __delitem__(this: &ByteArray, key: Value) -> Result<(), Raised> {
        match subscript(&key, "bytearray indices")? {
            Subscript::Index(index) => {
                let len = this.read().len();
                let at = position(index, len).ok_or_else(out_of_range)?;
                this.resize(|data| {
                    data.remove(at);
                })
            }
            Subscript::Slice(slice) => {
                let bounds = slice.bounds()?;
                let indices = bounds.indices(this.read().len());
                delete_slice(this, indices)
            }
        }
    }
    fn __iadd__(this: Value, value: Value) -> Result<Object, Raised> {
        let Some(buffer) = Buffer::get(value)? else {
            return Err(raise!(TypeError, "can't concat {} to bytearray", value.class().name()));
        };
        let new = buffer.data().to_vec();
        drop(buffer);
        match this.cast::<ByteArray>() {
            Some(array) => array.resize(|data| data.extend(new))?,
            None => return Ok(Object::not_implemented()),
        }
        Ok(this.to_object())
    }
    fn __imul__(this: Value, value: Value) -> Result<Object, Raised> {
        let Some(array) = this.cast::<ByteArray>() else {
            return Ok(Object::not_implemented());
        };
        let len = array.read().len();
        let count = repeat_count(value, len)?;
        array.resize(|data| *data = data.repeat(count))?;
        Ok(this.to_object())
    }

    /// Append a single item to the end of the bytearray.
    fn append(this: &ByteArray, item: Value) -> Result<(), Raised> {
        let byte = byte(item, "byte")?;
        this.resize(|data| data.push(byte))
    }
    /// Append all the items from the iterator or sequence to the end of the bytearray.
    fn extend(this: &ByteArray, iterable_of_ints: Value) -> Result<(), Raised> {
        if let Some(buffer) = Buffer::get(iterable_of_ints)? {
            let new = buffer.data().to_vec();
            drop(buffer);
            return this.resize(|data| data.extend(new));
        }
        if iterable_of_ints.cast::<Str>().is_some() {
            return Err(raise!(TypeError, "expected iterable of integers; got: 'str'"));
        }
        if iterable_of_ints.class().special(Special::Iter).is_none()
            && iterable_of_ints.class().special(Special::GetItem).is_none()
        {
            let class = iterable_of_ints.class().name();
            return Err(raise!(TypeError, "can't extend bytearray with {class}"));
        }
        let it = ops::iter(iterable_of_ints)?;
        let mut new = Vec::new();
        while let Some(item) = ops::next(it.value())? {
            new.push(byte(item.value(), "byte")?);
        }
        this.resize(|data| data.extend(new))
    }
    /// Insert a single item into the bytearray before the given index.
    fn insert(this: &ByteArray, index: isize, item: Value) -> Result<(), Raised> {
        let byte = byte(item, "byte")?;
        this.resize(|data| {
            let len = data.len() as isize;
            let at = if index < 0 {
                (index + len).max(0)
            } else {
                index.min(len)
            };
            data.insert(at as usize, byte);
        })
    }
    /// Remove and return a single item from the bytearray, the last one by default.
    #[signature = "($self, index=-1, /)"]
    fn pop(this: &ByteArray, #[default(-1)] index: isize) -> Result<u8, Raised> {
        let len = this.read().len();
        if len == 0 {
            return Err(raise!(IndexError, "pop from empty bytearray"));
        }
        let Some(at) = position(index as i64, len) else {
            return Err(raise!(IndexError, "pop index out of range"));
        };
        this.resize(|data| data.remove(at))
    }
    /// Remove the first occurrence of a value in the bytearray.
    fn remove(this: &ByteArray, value: Value) -> Result<(), Raised> {
        let byte = byte(value, "byte")?;
        let found = this.read().iter().position(|other| *other == byte);
        match found {
            Some(at) => this.resize(|data| {
                data.remove(at);
            }),
            None => Err(raise!(ValueError, "value not found in bytearray")),
        }
    }
    /// Remove all items from the bytearray.
    fn clear(this: &ByteArray) -> Result<(), Raised> {
        this.resize(Vec::clear)
    }
    /// Return a copy of B.
    fn copy(this: &ByteArray) -> Object {
        ByteArray::new_object(this.read().clone())
    }
    /// Reverse the order of the values in B in place.
    fn reverse(this: &ByteArray) {
        this.write(<[u8]>::reverse);
    }
    /// Resize the internal buffer of bytearray to len.
    fn resize(this: &ByteArray, size: isize) -> Result<(), Raised> {
        let Ok(size) = usize::try_from(size) else {
            return Err(raise!(ValueError, "Can only resize to positive sizes, got {size}"));
        };
        if size > isize::MAX as usize / 2 {
            return Err(kiln_object::raise::memory_error());
        }
        this.resize(|data| data.resize(size, 0))
    }
}
