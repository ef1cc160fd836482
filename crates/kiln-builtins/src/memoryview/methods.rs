//! The methods of `memoryview`.

use super::items::{Format, pack, unpack};
use super::{MemoryView, ViewShape};
use crate::bytes::buffer::Buffer;
use crate::shared::position;
use kiln_macros::builtin_methods;
use kiln_object::args::Rest;
use kiln_object::bytes::Bytes;
use kiln_object::list::List;
use kiln_object::ops;
use kiln_object::slice::Slice;
use kiln_object::str::Str;
use kiln_object::tuple::Tuple;
use kiln_object::types::ClassRef;
use kiln_object::{Object, Raised, Special, Value, raise};
use std::rc::Rc;

/// The methods' name space.
pub struct MemoryViewMethods;

fn format_of(view: &MemoryView) -> Result<Format, Raised> {
    match Format::parse(&view.shape.format) {
        Some(format) => Ok(format),
        None => Err(raise!(
            NotImplementedError,
            "memoryview: unsupported format {}",
            view.shape.format
        )),
    }
}

/// The item whose first byte is at `at`.
fn item(view: &MemoryView, buffer: &Buffer, at: isize) -> Result<Object, Raised> {
    let format = format_of(view)?;
    let at = at as usize;
    Ok(unpack(format, &buffer.data()[at..at + view.shape.item_size]))
}

fn nested(view: &MemoryView, buffer: &Buffer, depth: usize, at: isize) -> Result<Object, Raised> {
    let Some(len) = view.shape.shape.get(depth) else {
        return item(view, buffer, at);
    };
    let stride = view.shape.strides[depth];
    let items: Result<Vec<Object>, Raised> = (0..*len)
        .map(|i| nested(view, buffer, depth + 1, at + i as isize * stride))
        .collect();
    items.map(List::from_vec)
}

/// Where the item of an index, or of a tuple of indices, begins.
fn place(view: &MemoryView, key: Value) -> Result<Option<isize>, Raised> {
    let dimensions = view.shape.shape.len();
    let mut at = view.shape.offset;
    let mut step = |dimension: usize, key: Value| -> Result<(), Raised> {
        let index = crate::shared::index_i64(key)?;
        let Some(i) = position(index, view.shape.shape[dimension]) else {
            return Err(raise!(IndexError, "index out of bounds on dimension {}", dimension + 1));
        };
        at += i as isize * view.shape.strides[dimension];
        Ok(())
    };
    let is_index = |v: Value| v.as_int().is_some() || v.class().special(Special::Index).is_some();
    if let Some(keys) = key.cast::<Tuple>() {
        if !keys.items().iter().all(|key| is_index(*key)) {
            return Ok(None);
        }
        if keys.len() > dimensions {
            return Err(raise!(
                TypeError,
                "cannot index {dimensions}-dimension view with {}-element tuple",
                keys.len()
            ));
        }
        if keys.len() < dimensions {
            return Err(raise!(NotImplementedError, "sub-views are not implemented"));
        }
        for (dimension, key) in keys.items().iter().enumerate() {
            step(dimension, *key)?;
        }
        return Ok(Some(at));
    }
    if !is_index(key) {
        return Ok(None);
    }
    match dimensions {
        0 => Err(raise!(TypeError, "invalid indexing of 0-dim memory")),
        1 => {
            step(0, key)?;
            Ok(Some(at))
        }
        _ => Err(raise!(
            NotImplementedError,
            "multi-dimensional sub-views are not implemented"
        )),
    }
}

fn sliced(view: &MemoryView, slice: &Slice) -> Result<ViewShape, Raised> {
    if view.shape.shape.is_empty() {
        return Err(raise!(TypeError, "invalid indexing of 0-dim memory"));
    }
    let indices = slice.bounds()?.indices(view.shape.shape[0]);
    let mut shape = view.shape.0.clone();
    shape.offset += indices.start as isize * shape.strides[0];
    shape.shape[0] = indices.count;
    shape.strides[0] *= indices.step as isize;
    if indices.count == 0 {
        shape.offset = view.shape.offset;
    }
    Ok(shape)
}

fn ints(values: impl Iterator<Item = i64>) -> Object {
    Tuple::from_vec(values.map(Object::int).collect())
}

/// Equality of two views: the same shape and equal items.
fn equal(a: &MemoryView, b: &MemoryView) -> Result<bool, Raised> {
    let (Ok(left), Ok(right)) = (a.buffer(), b.buffer()) else {
        return Ok(std::ptr::eq(a, b));
    };
    if a.shape.shape != b.shape.shape {
        return Ok(false);
    }
    let (Some(x), Some(y)) = (Format::parse(&a.shape.format), Format::parse(&b.shape.format)) else {
        return Ok(false);
    };
    if x == y && x.is_int() {
        return Ok(a.to_vec() == b.to_vec());
    }
    let places = |view: &MemoryView| {
        let mut all = Vec::new();
        view.shape.for_each(&mut |at| all.push(at));
        all
    };
    for (i, j) in places(a).into_iter().zip(places(b)) {
        let (one, other) = (item(a, &left, i)?, item(b, &right, j)?);
        // Unlike containers, views do not take identity for equality: a nan is no nan.
        if !ops::compare_bool(ops::CompareOp::Eq, one.value(), other.value())? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether a key is a tuple of slices.
fn is_multislice(key: Value) -> bool {
    key.cast::<Tuple>()
        .is_some_and(|t| !t.is_empty() && t.items().iter().all(|k| k.exact::<Slice>().is_some()))
}

fn compare(this: &MemoryView, other: Value, wanted: bool) -> Result<Value, Raised> {
    use kiln_object::singletons::{false_, not_implemented, true_};
    let same = match other.cast::<MemoryView>() {
        Some(other) => equal(this, other)?,
        None => {
            if this.is_released() {
                return Ok(if wanted { false_() } else { true_() });
            }
            match Buffer::get(other)? {
                Some(buffer) => equal(this, MemoryView::new_object(buffer).expect::<MemoryView>())?,
                None => return Ok(not_implemented()),
            }
        }
    };
    Ok(if same == wanted { true_() } else { false_() })
}

#[builtin_methods(memoryview)]
impl MemoryViewMethods {
    #[new]
    #[signature = "(object)"]
    fn new(_cls: ClassRef, #[kw] object: Value) -> Result<Object, Raised> {
        if let Some(view) = object.cast::<MemoryView>() {
            return Ok(MemoryView::with_shape(view.buffer()?, view.shape.0.clone()));
        }
        match Buffer::get(object)? {
            Some(buffer) => Ok(MemoryView::new_object(buffer)),
            None => Err(raise!(
                TypeError,
                "memoryview: a bytes-like object is required, not '{}'",
                object.class().name()
            )),
        }
    }
    fn __repr__(this: Value) -> String {
        let released = this.cast::<MemoryView>().is_some_and(MemoryView::is_released);
        let kind = if released { "released memory" } else { "memory" };
        format!("<{kind} at {}>", crate::support::address(this))
    }
    fn __hash__(this: &MemoryView) -> Result<i64, Raised> {
        if this.hash.get() != -1 {
            return Ok(this.hash.get());
        }
        let buffer = this.buffer()?;
        if !this.shape.readonly {
            return Err(raise!(ValueError, "cannot hash writable memoryview object"));
        }
        if !matches!(this.shape.format.trim_start_matches('@'), "B" | "b" | "c") {
            return Err(raise!(
                ValueError,
                "memoryview: hashing is restricted to formats 'B', 'b' or 'c'"
            ));
        }
        // The exporter must be hashable as well.
        this.held(|| ops::hash(buffer.owner()))?;
        let key = kiln_object::runtime().hash_key.get();
        let hash = kiln_text::hash::hash_bytes(key, &this.to_vec());
        this.hash.set(hash);
        Ok(hash)
    }
    fn __len__(this: &MemoryView) -> Result<usize, Raised> {
        this.check()?;
        match this.shape.shape.first() {
            Some(len) => Ok(*len),
            None => Err(raise!(TypeError, "0-dim memory has no length")),
        }
    }
    fn __eq__(this: &MemoryView, value: Value) -> Result<Value, Raised> {
        compare(this, value, true)
    }
    fn __ne__(this: &MemoryView, value: Value) -> Result<Value, Raised> {
        compare(this, value, false)
    }
    fn __getitem__(this: &MemoryView, key: Value) -> Result<Object, Raised> {
        let buffer = this.buffer()?;
        if this.shape.shape.is_empty() {
            let empty = key.cast::<Tuple>().is_some_and(Tuple::is_empty);
            if empty {
                return item(this, &buffer, this.shape.offset);
            }
            if key == kiln_object::singletons::ellipsis() {
                return Ok(MemoryView::with_shape(buffer, this.shape.0.clone()));
            }
            return Err(raise!(TypeError, "invalid indexing of 0-dim memory"));
        }
        if let Some(slice) = key.exact::<Slice>() {
            return Ok(MemoryView::with_shape(buffer, sliced(this, slice)?));
        }
        match place(this, key)? {
            Some(at) => item(this, &buffer, at),
            None if is_multislice(key) => Err(raise!(
                NotImplementedError,
                "multi-dimensional slicing is not implemented"
            )),
            None => Err(raise!(TypeError, "memoryview: invalid slice key")),
        }
    }
    fn __setitem__(this: &MemoryView, key: Value, value: Value) -> Result<(), Raised> {
        let buffer = this.buffer()?;
        if this.shape.readonly {
            return Err(raise!(TypeError, "cannot modify read-only memory"));
        }
        let format = format_of(this)?;
        if let Some(slice) = key.exact::<Slice>() {
            let target = sliced(this, slice)?;
            let source = Buffer::require(value)?;
            let (source_format, size) = match value.cast::<MemoryView>() {
                Some(view) => (Format::parse(&view.shape.format), view.shape.item_size),
                None => (Format::parse(source.export().format), source.export().item_size),
            };
            if source_format != Some(format) || size * target.count() != source.len() {
                return Err(raise!(
                    ValueError,
                    "memoryview assignment: lvalue and rvalue have different structures"
                ));
            }
            let data = source.data().to_vec();
            let mut items = data.chunks(target.item_size);
            target.for_each(&mut |at| {
                if let Some(item) = items.next() {
                    buffer.data_mut()[at as usize..at as usize + item.len()].copy_from_slice(item);
                }
            });
            return Ok(());
        }
        let at = if this.shape.shape.is_empty() {
            Some(this.shape.offset)
        } else {
            place(this, key)?
        };
        let Some(at) = at else {
            if is_multislice(key) {
                return Err(raise!(
                    NotImplementedError,
                    "memoryview slice assignments are currently restricted to ndim = 1"
                ));
            }
            return Err(raise!(TypeError, "memoryview: invalid slice key"));
        };
        let bytes = pack(format, value, &this.shape.format)?;
        // Packing may have run Python, which may have released the view.
        this.check()?;
        buffer.data_mut()[at as usize..at as usize + bytes.len()].copy_from_slice(&bytes);
        Ok(())
    }
    fn __delitem__(_this: &MemoryView, _key: Value) -> Result<(), Raised> {
        Err(raise!(TypeError, "cannot delete memory"))
    }
    fn __iter__(this: Value) -> Result<Object, Raised> {
        match this.cast::<MemoryView>() {
            Some(view) => {
                view.check()?;
                match kiln_object::runtime().sequence_iter.get() {
                    Some(make) => Ok(make(this)),
                    None => Err(raise!(SystemError, "sequence iteration is not attached")),
                }
            }
            None => Ok(Object::not_implemented()),
        }
    }
    fn __enter__(this: Value) -> Result<Value, Raised> {
        match this.cast::<MemoryView>() {
            Some(view) => view.check().map(|()| this),
            None => Ok(this),
        }
    }
    fn __exit__(this: &MemoryView, _args: Rest<'_>) -> Result<(), Raised> {
        this.release()
    }
    fn __buffer__(this: &MemoryView, _flags: isize) -> Result<Object, Raised> {
        Ok(MemoryView::with_shape(this.buffer()?, this.shape.0.clone()))
    }
    fn __release_buffer__(_this: &MemoryView, buffer: Value) -> Result<(), Raised> {
        match buffer.cast::<MemoryView>() {
            Some(view) => view.release(),
            None => Err(raise!(TypeError, "expected a memoryview object")),
        }
    }
    /// See PEP 585
    #[classmethod]
    fn __class_getitem__(cls: Value, item: Value) -> Result<Object, Raised> {
        crate::shared::class_getitem(cls, item)
    }

    /// Release the underlying buffer exposed by the memoryview object.
    fn release(this: &MemoryView) -> Result<(), Raised> {
        this.release()
    }
    /// Return the data in the buffer as a byte string.
    #[signature = "($self, /, order='C')"]
    fn tobytes(
        this: &MemoryView,
        #[kw]
        #[none]
        order: Option<&Str>,
    ) -> Result<Object, Raised> {
        this.check()?;
        if let Some(order) = order
            && !["C", "F", "A"].iter().any(|known| order.eq_str(known))
        {
            return Err(raise!(ValueError, "order must be 'C', 'F' or 'A'"));
        }
        Ok(Bytes::new_object(&this.to_vec()))
    }
    /// Return the data in the buffer as a list of elements.
    fn tolist(this: &MemoryView) -> Result<Object, Raised> {
        let buffer = this.buffer()?;
        nested(this, &buffer, 0, this.shape.offset)
    }
    /// Return the data in the buffer as a str of hexadecimal numbers.
    #[signature = "($self, /, sep=<unrepresentable>, bytes_per_sep=1)"]
    fn hex(
        this: &MemoryView,
        #[kw] sep: Option<Value>,
        #[kw]
        #[default(1)]
        bytes_per_sep: isize,
    ) -> Result<Object, Raised> {
        this.check()?;
        this.held(|| crate::bytes::to_hex(&this.to_vec(), sep, bytes_per_sep))
    }
    /// Return a readonly version of the memoryview.
    fn toreadonly(this: &MemoryView) -> Result<Object, Raised> {
        let shape = ViewShape {
            readonly: true,
            ..this.shape.0.clone()
        };
        Ok(MemoryView::with_shape(this.buffer()?, shape))
    }
    /// Count the number of occurrences of a value.
    fn count(this: &MemoryView, value: Value) -> Result<usize, Raised> {
        let list = Self::tolist(this)?;
        let mut count = 0;
        for item in list.expect::<List>().snapshot() {
            count += usize::from(ops::is_equal(item.value(), value)?);
        }
        Ok(count)
    }
    /// Return the index of the first occurrence of a value.
    #[signature = "($self, value, start=0, stop=sys.maxsize, /)"]
    fn index(this: &MemoryView, value: Value, start: Option<Value>, stop: Option<Value>) -> Result<usize, Raised> {
        let start = start.map_or(Ok(0), crate::shared::search_bound)? as isize;
        let stop = stop.map_or(Ok(i64::MAX), crate::shared::search_bound)? as isize;
        let list = Self::tolist(this)?;
        let items = list.expect::<List>().snapshot();
        let (start, stop) = kiln_text::text::clip(items.len(), start, stop).unwrap_or((0, 0));
        for (at, item) in items.iter().enumerate().take(stop).skip(start) {
            if ops::is_equal(item.value(), value)? {
                return Ok(at);
            }
        }
        Err(raise!(ValueError, "memoryview.index(x): x not found"))
    }
    /// Cast a memoryview to a new format or shape.
    fn cast(this: &MemoryView, #[kw] format: &Str, #[kw] shape: Option<Value>) -> Result<Object, Raised> {
        let buffer = this.buffer()?;
        let name = format.to_string_lossy();
        let Some(wanted) = Format::parse(&name) else {
            return Err(raise!(
                ValueError,
                "memoryview: destination format must be a native single character format prefixed with an optional '@'"
            ));
        };
        if !this.is_contiguous() {
            return Err(raise!(
                TypeError,
                "memoryview: casts are restricted to C-contiguous views"
            ));
        }
        let from = format_of(this)?;
        if !from.is_byte() && !wanted.is_byte() {
            return Err(raise!(
                TypeError,
                "memoryview: cannot cast between two non-byte formats"
            ));
        }
        let (bytes, size) = (this.shape.byte_len(), wanted.size());
        if bytes % size != 0 {
            return Err(raise!(TypeError, "memoryview: length is not a multiple of itemsize"));
        }
        let dimensions = match shape {
            None => vec![bytes / size],
            Some(shape) => dimensions(shape, bytes, size)?,
        };
        if shape.is_some() && this.shape.shape.len() > 1 && dimensions.len() > 1 {
            return Err(raise!(TypeError, "memoryview: cast must be 1D -> ND or ND -> 1D"));
        }
        let mut strides = vec![size as isize; dimensions.len()];
        for at in (0..dimensions.len().saturating_sub(1)).rev() {
            strides[at] = strides[at + 1] * dimensions[at + 1] as isize;
        }
        let shape = ViewShape {
            format: name,
            item_size: size,
            readonly: this.shape.readonly,
            offset: this.shape.offset,
            shape: dimensions,
            strides,
        };
        Ok(MemoryView::with_shape(buffer, shape))
    }

    /// The underlying object of the memoryview.
    #[getter]
    fn obj(this: &MemoryView) -> Result<Object, Raised> {
        Ok(this.buffer()?.owner().to_object())
    }
    /// The amount of space in bytes that the array would use in a contiguous representation.
    #[getter]
    fn nbytes(this: &MemoryView) -> Result<usize, Raised> {
        this.check().map(|()| this.shape.byte_len())
    }
    /// A bool indicating whether the memory is read only.
    #[getter]
    fn readonly(this: &MemoryView) -> Result<bool, Raised> {
        this.check().map(|()| this.shape.readonly)
    }
    /// The size in bytes of each element of the memoryview.
    #[getter]
    fn itemsize(this: &MemoryView) -> Result<usize, Raised> {
        this.check().map(|()| this.shape.item_size)
    }
    /// A string containing the format (in struct module style) for each element in the view.
    #[getter]
    fn format(this: &MemoryView) -> Result<String, Raised> {
        this.check().map(|()| this.shape.format.clone())
    }
    /// An integer indicating how many dimensions of a multi-dimensional array the memory represents.
    #[getter]
    fn ndim(this: &MemoryView) -> Result<usize, Raised> {
        this.check().map(|()| this.shape.shape.len())
    }
    /// A tuple of ndim integers giving the shape of the memory as an N-dimensional array.
    #[getter]
    fn shape(this: &MemoryView) -> Result<Object, Raised> {
        this.check()
            .map(|()| ints(this.shape.shape.iter().map(|len| *len as i64)))
    }
    /// A tuple of ndim integers giving the size in bytes to access each element for each dimension of the array.
    #[getter]
    fn strides(this: &MemoryView) -> Result<Object, Raised> {
        this.check()
            .map(|()| ints(this.shape.strides.iter().map(|stride| *stride as i64)))
    }
    /// A tuple of integers used internally for PIL-style arrays.
    #[getter]
    fn suboffsets(this: &MemoryView) -> Result<Object, Raised> {
        this.check().map(|()| Tuple::empty())
    }
    /// A bool indicating whether the memory is C contiguous.
    #[getter]
    fn c_contiguous(this: &MemoryView) -> Result<bool, Raised> {
        this.check().map(|()| this.is_contiguous())
    }
    /// A bool indicating whether the memory is Fortran contiguous.
    #[getter]
    fn f_contiguous(this: &MemoryView) -> Result<bool, Raised> {
        this.check()
            .map(|()| this.shape.shape.len() <= 1 && this.is_contiguous())
    }
    /// A bool indicating whether the memory is contiguous.
    #[getter]
    fn contiguous(this: &MemoryView) -> Result<bool, Raised> {
        this.check().map(|()| this.is_contiguous())
    }
}

/// The dimensions of a cast, checked against the number of bytes.
fn dimensions(shape: Value, bytes: usize, size: usize) -> Result<Vec<usize>, Raised> {
    if shape.cast::<List>().is_none() && shape.cast::<Tuple>().is_none() {
        return Err(raise!(TypeError, "shape must be a list or a tuple"));
    }
    let mut dimensions = Vec::new();
    for item in ops::sequence_items(shape)? {
        if item.as_int().is_none() {
            return Err(raise!(
                TypeError,
                "memoryview.cast(): elements of shape must be integers"
            ));
        }
        match ops::index_clamped(item.value())? {
            len if len > 0 => dimensions.push(len as usize),
            _ => {
                return Err(raise!(
                    ValueError,
                    "memoryview.cast(): elements of shape must be integers > 0"
                ));
            }
        }
    }
    let total = dimensions
        .iter()
        .try_fold(size, |product, len| product.checked_mul(*len));
    if total != Some(bytes) {
        return Err(raise!(
            TypeError,
            "memoryview: product(shape) * itemsize != buffer size"
        ));
    }
    Ok(dimensions)
}

/// A view of an object's bytes for other native code.
pub fn view_of(v: Value) -> Result<Object, Raised> {
    if let Some(view) = v.cast::<MemoryView>() {
        return Ok(MemoryView::with_shape(Rc::clone(&view.buffer()?), view.shape.0.clone()));
    }
    Ok(MemoryView::new_object(Buffer::require(v)?))
}
