//! What arrays and their iterators can do.

use super::items::{CODES, Code};
use super::{Array, ArrayIter};
use kiln_builtins::bytes::buffer::Buffer;
use kiln_builtins::shared::{
    Subscript, builtin, class_getitem, clip, compare_sequences, position, reduce, repeat_count, search_bound, state_index,
    subscript,
};
use kiln_macros::builtin_methods;
use kiln_object::args::{Keywords, Rest};
use kiln_object::bytes::Bytes;
use kiln_object::call::call_method;
use kiln_object::iter::next_or_stop;
use kiln_object::layout::{ObjectType, Slot, alloc, header};
use kiln_object::list::List;
use kiln_object::ops::{self, CompareOp};
use kiln_object::slice::Indices;
use kiln_object::str::Str;
use kiln_object::tuple::Tuple;
use kiln_object::types::ClassRef;
use kiln_object::{Object, Raised, Value, exc, intern, raise};
use std::cell::Cell;

/// The methods' name spaces.
pub struct ArrayMethods;
pub struct IterMethods;

fn compare(op: CompareOp, a: &Array, b: Value) -> Result<Object, Raised> {
    let Some(b) = b.cast::<Array>() else { return Ok(Object::not_implemented()) };
    compare_sequences(op, |i| a.get(i), || a.len(), |i| b.get(i), || b.len())
}

/// The array to put in place of a slice, copied: it may be the same one.
fn replacement(this: &Array, value: Value) -> Result<Vec<u8>, Raised> {
    let Some(other) = value.cast::<Array>() else {
        return Err(raise::type_error(format!(
            "can only assign array (not \"{}\") to array slice",
            value.class().name()
        )));
    };
    if *other.code != *this.code {
        return Err(raise::type_error("bad argument type for built-in operation".into()));
    }
    Ok(other.bytes())
}

fn assign_slice(this: &Array, at: Indices, new: &[u8]) -> Result<(), Raised> {
    let size = this.size();
    if at.step == 1 {
        let start = at.start as usize * size;
        let end = start + at.count * size;
        if new.len() == end - start {
            this.data.borrow_mut()[start..end].copy_from_slice(new);
            return Ok(());
        }
        return this.resize(|data| drop(data.splice(start..end, new.iter().copied())));
    }
    if new.is_empty() {
        return delete_slice(this, at);
    }
    if new.len() / size != at.count {
        return Err(kiln_object::raise!(
            ValueError,
            "attempt to assign array of size {} to extended slice of size {}",
            new.len() / size,
            at.count
        ));
    }
    let mut data = this.data.borrow_mut();
    for (place, item) in at.positions().zip(new.chunks_exact(size)) {
        data[place * size..(place + 1) * size].copy_from_slice(item);
    }
    Ok(())
}

fn delete_slice(this: &Array, at: Indices) -> Result<(), Raised> {
    if at.count == 0 {
        return Ok(());
    }
    let size = this.size();
    let mut gone = vec![false; this.len()];
    at.positions().for_each(|place| gone[place] = true);
    this.resize(|data| {
        let mut i = 0;
        data.retain(|_| {
            i += 1;
            !gone[(i - 1) / size]
        });
    })
}

fn index_of(this: &Array, x: Value, start: usize, stop: usize) -> Result<Option<usize>, Raised> {
    let mut i = start;
    while i < stop {
        let Some(item) = this.get(i) else { break };
        if ops::is_equal(item.value(), x)? {
            return Ok(Some(i));
        }
        i += 1;
    }
    Ok(None)
}

fn initial(code: Code, array: &Array, initializer: Value) -> Result<(), Raised> {
    let wrong = |what: &str| {
        raise::type_error(format!("cannot use a {what} to initialize an array with typecode '{}'", code.letter()))
    };
    if let Some(text) = initializer.cast::<Str>() {
        if !code.is_text() {
            return Err(wrong("str"));
        }
        return from_text(array, text);
    }
    if let Some(other) = initializer.cast::<Array>() {
        if other.code.is_text() && !code.is_text() {
            return Err(wrong("unicode array"));
        }
        if *other.code == code {
            return array.append_bytes(&other.bytes());
        }
    }
    if let Some(bytes) = kiln_builtins::bytes::buffer::literal_bytes(initializer) {
        return array.append_bytes(&bytes);
    }
    let it = ops::iter(initializer)?;
    while let Some(item) = ops::next(it.value())? {
        array.push(item.value())?;
    }
    Ok(())
}

fn from_text(array: &Array, text: &Str) -> Result<(), Raised> {
    let points: Vec<u8> = text.text().iter().flat_map(u32::to_ne_bytes).collect();
    array.append_bytes(&points)
}

fn text_only(this: &Array, method: &str) -> Result<(), Raised> {
    if this.code.is_text() {
        return Ok(());
    }
    Err(raise::value_error(&format!("{method}() may only be called on unicode type arrays ('u' or 'w')")))
}

fn index_error(what: &str) -> Raised {
    raise::index_error(&format!("array {what}"))
}

fn repeated(this: &Array, value: Value) -> Result<Vec<u8>, Raised> {
    let times = repeat_count(value, this.data.borrow().len())?;
    Ok(this.data.borrow().repeat(times))
}

#[builtin_methods("array.array")]
impl ArrayMethods {
    #[new]
    fn new(cls: ClassRef, args: Rest<'_>, kwargs: Keywords<'_>) -> Result<Object, Raised> {
        if std::ptr::eq(cls.0, Array::class()) && !kwargs.is_empty() {
            return Err(raise::type_error("array.array() takes no keyword arguments".into()));
        }
        let (code, initializer) = match args {
            [code] => (*code, None),
            [code, initializer] => (*code, Some(*initializer)),
            [] => return Err(raise::type_error("array() takes at least 1 argument (0 given)".into())),
            _ => return Err(raise::type_error(format!("array() takes at most 2 arguments ({} given)", args.len()))),
        };
        let Some(text) = code.cast::<Str>().filter(|text| text.len() == 1) else {
            let what = match code.cast::<Str>() {
                Some(text) => format!("a string of length {}", text.len()),
                None => kiln_object::convert::type_name(code),
            };
            return Err(raise::type_error(format!("array() argument 1 must be a unicode character, not {what}")));
        };
        let Some(code) = Code::new(text.at(0)) else {
            return Err(raise::value_error("bad typecode (must be b, B, u, w, h, H, i, I, l, L, q, Q, f or d)"));
        };
        if code.letter() == 'u' {
            kiln_builtins::warn::deprecation(
                "The 'u' type code is deprecated and will be removed in Python 3.16",
            )?;
        }
        debug_assert!(CODES.contains(code.letter()));
        let array = Array::of_class(cls.0, code, Vec::new());
        if let Some(initializer) = initializer {
            initial(code, array.expect::<Array>(), initializer)?;
        }
        Ok(array)
    }

    /// Append new value v to the end of the array.
    fn append(this: &Array, v: Value) -> Result<(), Raised> {
        this.push(v)
    }
    /// Return a tuple (address, length) giving the current memory address and the length in items of the buffer.
    fn buffer_info(this: &Array) -> Object {
        let address = this.data.borrow().as_ptr() as usize;
        let big = kiln_text::BigInt::from(address as u64);
        Tuple::from_vec(vec![kiln_object::int::Int::from_big(big), Object::int(this.len() as i64)])
    }
    /// Byteswap all items of the array.
    fn byteswap(this: &Array) {
        let size = this.size();
        this.data.borrow_mut().chunks_exact_mut(size).for_each(<[u8]>::reverse);
    }
    /// Remove all items from the array.
    fn clear(this: &Array) -> Result<(), Raised> {
        this.resize(Vec::clear)
    }
    /// Return number of occurrences of v in the array.
    fn count(this: &Array, v: Value) -> Result<usize, Raised> {
        let (mut i, mut found) = (0, 0);
        while let Some(item) = this.get(i) {
            found += usize::from(ops::is_equal(item.value(), v)?);
            i += 1;
        }
        Ok(found)
    }
    /// Append items to the end of the array.
    fn extend(this: &Array, bb: Value) -> Result<(), Raised> {
        this.extend(bb)
    }
    /// Read n objects from the file object f and append them to the end of the array.
    fn fromfile(this: &Array, f: Value, n: i64) -> Result<(), Raised> {
        if n < 0 {
            return Err(raise::value_error("negative count"));
        }
        let Some(wanted) = n.checked_mul(this.size() as i64) else { return Err(raise::memory_error()) };
        let data = call_method(f, intern!("read"), &[Object::int(wanted).value()])?;
        let Some(bytes) = data.cast::<Bytes>() else {
            return Err(raise::type_error("read() didn't return bytes".into()));
        };
        this.append_bytes(bytes.data())?;
        if (bytes.len() as i64) < wanted {
            return Err(raise::with_message(&exc::EOFError, "read() didn't return enough bytes"));
        }
        Ok(())
    }
    /// Append items to array from list.
    fn fromlist(this: &Array, list: Value) -> Result<(), Raised> {
        let Some(list) = list.cast::<List>() else { return Err(raise::type_error("arg must be list".into())) };
        let before = this.data.borrow().len();
        let mut i = 0;
        while let Some(item) = list.get(i) {
            if let Err(e) = this.push(item.value()) {
                let _ = this.resize(|data| data.truncate(before));
                return Err(e);
            }
            i += 1;
        }
        Ok(())
    }
    /// Appends items from the string, interpreting it as an array of machine values.
    fn frombytes(this: &Array, buffer: Buffer) -> Result<(), Raised> {
        this.append_bytes(buffer.data())
    }
    /// Extends this array with data from the unicode string ustr.
    fn fromunicode(this: &Array, ustr: &Str) -> Result<(), Raised> {
        text_only(this, "fromunicode")?;
        from_text(this, ustr)
    }
    /// Return index of first occurrence of v in the array.
    fn index(this: &Array, v: Value, start: Option<Value>, stop: Option<Value>) -> Result<usize, Raised> {
        let start = start.map(search_bound).transpose()?.map_or(0, |n| clip(n, this.len()));
        let stop = stop.map(search_bound).transpose()?.map_or(usize::MAX, |n| clip(n, this.len()));
        index_of(this, v, start, stop)?.ok_or_else(|| raise::value_error("array.index(x): x not in array"))
    }
    /// Insert a new item v into the array before position i.
    fn insert(this: &Array, i: isize, v: Value) -> Result<(), Raised> {
        let item = this.code.put(v)?;
        let at = clip(i as i64, this.len()).min(this.len()) * this.size();
        let size = this.size();
        this.resize(|data| drop(data.splice(at..at, item[..size].iter().copied())))
    }
    /// Return the i-th element and delete it from the array.
    fn pop(
        this: &Array,
        #[default(-1)] i: isize,
    ) -> Result<Object, Raised> {
        if this.len() == 0 {
            return Err(raise::index_error("pop from empty array"));
        }
        let Some(at) = position(i as i64, this.len()) else { return Err(raise::index_error("pop index out of range")) };
        let size = this.size();
        let item = this.get(at);
        this.resize(|data| drop(data.drain(at * size..(at + 1) * size)))?;
        item.ok_or_else(|| raise::index_error("pop index out of range"))
    }
    /// Remove the first occurrence of v in the array.
    fn remove(this: &Array, v: Value) -> Result<(), Raised> {
        let Some(at) = index_of(this, v, 0, usize::MAX)? else {
            return Err(raise::value_error("array.remove(x): x not in array"));
        };
        let size = this.size();
        if at < this.len() {
            this.resize(|data| drop(data.drain(at * size..(at + 1) * size)))?;
        }
        Ok(())
    }
    /// Reverse the order of the items in the array.
    fn reverse(this: &Array) {
        let size = this.size();
        let mut data = this.data.borrow_mut();
        data.reverse();
        data.chunks_exact_mut(size).for_each(<[u8]>::reverse);
    }
    /// Convert the array to an array of machine values and return the bytes representation.
    fn tobytes(this: &Array) -> Object {
        Bytes::new_object(&this.data.borrow())
    }
    /// Write all items (as machine values) to the file object f.
    fn tofile(this: &Array, f: Value) -> Result<(), Raised> {
        for block in this.bytes().chunks(64 * 1024) {
            let block = Bytes::new_object(block);
            call_method(f, intern!("write"), &[block.value()])?;
        }
        Ok(())
    }
    /// Convert array to an ordinary list with the same items.
    fn tolist(this: &Array) -> Vec<Object> {
        this.data.borrow().chunks_exact(this.size()).map(|item| this.code.get(item)).collect()
    }
    /// Extends this array with data from the unicode string ustr.
    fn tounicode(this: &Array) -> Result<Object, Raised> {
        text_only(this, "tounicode")?;
        if !this.code.is_valid(&this.data.borrow()) {
            return Err(raise::value_error("character U+110000 is not in range [U+0000; U+10ffff]"));
        }
        Ok(this.text())
    }
    /// the typecode character used to create the array
    #[getter]
    fn typecode(this: &Array) -> Object {
        Str::from_char(u32::from(this.code.letter()))
    }
    /// the size, in bytes, of one array item
    #[getter]
    fn itemsize(this: &Array) -> usize {
        this.size()
    }

    fn __len__(this: &Array) -> usize {
        this.len()
    }
    fn __getitem__(this: &Array, key: Value) -> Result<Object, Raised> {
        match subscript(&key, "array indices").map_err(|e| integer_needed(key, e))? {
            Subscript::Index(i) => position(i, this.len())
                .and_then(|at| this.get(at))
                .ok_or_else(|| index_error("index out of range")),
            Subscript::Slice(slice) => {
                let bounds = slice.bounds()?;
                let at = bounds.indices(this.len());
                let size = this.size();
                let data = this.data.borrow();
                let mut out = Vec::with_capacity(at.count * size);
                if at.step == 1 {
                    out.extend_from_slice(&data[at.start as usize * size..(at.start as usize + at.count) * size]);
                } else {
                    at.positions().for_each(|i| out.extend_from_slice(&data[i * size..(i + 1) * size]));
                }
                drop(data);
                Ok(Array::new_object(*this.code, out))
            }
        }
    }
    fn __setitem__(this: &Array, key: Value, value: Value) -> Result<(), Raised> {
        match subscript(&key, "array indices").map_err(|e| integer_needed(key, e))? {
            Subscript::Index(i) => {
                if position(i, this.len()).is_none() {
                    return Err(index_error("assignment index out of range"));
                }
                let item = this.code.put(value)?;
                let size = this.size();
                let Some(at) = position(i, this.len()) else { return Err(index_error("assignment index out of range")) };
                this.data.borrow_mut()[at * size..(at + 1) * size].copy_from_slice(&item[..size]);
                Ok(())
            }
            Subscript::Slice(slice) => {
                let new = replacement(this, value)?;
                let at = slice.bounds()?.indices(this.len());
                assign_slice(this, at, &new)
            }
        }
    }
    fn __delitem__(this: &Array, key: Value) -> Result<(), Raised> {
        match subscript(&key, "array indices").map_err(|e| integer_needed(key, e))? {
            Subscript::Index(i) => {
                let Some(at) = position(i, this.len()) else { return Err(index_error("assignment index out of range")) };
                let size = this.size();
                this.resize(|data| drop(data.drain(at * size..(at + 1) * size)))
            }
            Subscript::Slice(slice) => {
                let at = slice.bounds()?.indices(this.len());
                delete_slice(this, at)
            }
        }
    }
    fn __contains__(this: &Array, key: Value) -> Result<bool, Raised> {
        Ok(index_of(this, key, 0, usize::MAX)?.is_some())
    }
    fn __iter__(this: Value) -> Object {
        alloc(ArrayIter { header: header::<ArrayIter>(), array: Slot::new(this.to_object()), at: Cell::new(0) })
    }
    fn __add__(this: &Array, value: Value) -> Result<Object, Raised> {
        let Some(other) = value.cast::<Array>() else {
            return Err(raise::type_error(format!("can only append array (not \"{}\") to array", value.class().name())));
        };
        if *other.code != *this.code {
            return Err(raise::type_error("bad argument type for built-in operation".into()));
        }
        let mut data = this.bytes();
        data.extend_from_slice(&other.data.borrow());
        Ok(Array::new_object(*this.code, data))
    }
    fn __iadd__(this: Value, value: Value) -> Result<Value, Raised> {
        if value.cast::<Array>().is_none() {
            return Err(raise::type_error(format!("can only extend with array (not \"{}\")", value.class().name())));
        }
        this.expect::<Array>().extend(value)?;
        Ok(this)
    }
    fn __mul__(this: &Array, value: Value) -> Result<Object, Raised> {
        Ok(Array::new_object(*this.code, repeated(this, value)?))
    }
    fn __rmul__(this: &Array, value: Value) -> Result<Object, Raised> {
        Ok(Array::new_object(*this.code, repeated(this, value)?))
    }
    fn __imul__(this: Value, value: Value) -> Result<Value, Raised> {
        let array = this.expect::<Array>();
        let new = repeated(array, value)?;
        if new.len() != array.data.borrow().len() {
            array.resize(|data| *data = new)?;
        }
        Ok(this)
    }
    fn __eq__(this: &Array, value: Value) -> Result<Object, Raised> {
        compare(CompareOp::Eq, this, value)
    }
    fn __ne__(this: &Array, value: Value) -> Result<Object, Raised> {
        compare(CompareOp::Ne, this, value)
    }
    fn __lt__(this: &Array, value: Value) -> Result<Object, Raised> {
        compare(CompareOp::Lt, this, value)
    }
    fn __le__(this: &Array, value: Value) -> Result<Object, Raised> {
        compare(CompareOp::Le, this, value)
    }
    fn __gt__(this: &Array, value: Value) -> Result<Object, Raised> {
        compare(CompareOp::Gt, this, value)
    }
    fn __ge__(this: &Array, value: Value) -> Result<Object, Raised> {
        compare(CompareOp::Ge, this, value)
    }
    fn __repr__(this: Value) -> Result<Object, Raised> {
        let array = this.expect::<Array>();
        let (class, code) = (this.class().plain_name(), array.code.letter());
        if array.len() == 0 {
            return Ok(Str::new(&format!("{class}('{code}')")));
        }
        let items = match array.code.is_text() {
            true => array.text(),
            false => List::from_vec(ArrayMethods::tolist(array)),
        };
        let shown = ops::repr(items.value())?;
        let (start, end) = (Str::new(&format!("{class}('{code}', ")), Str::new(")"));
        Ok(Str::concat(&[start.expect::<Str>(), shown.expect::<Str>(), end.expect::<Str>()]))
    }
    /// Return a copy of the array.
    fn __copy__(this: &Array) -> Object {
        Array::new_object(*this.code, this.bytes())
    }
    /// Return a copy of the array.
    fn __deepcopy__(this: &Array, _memo: Value) -> Object {
        Array::new_object(*this.code, this.bytes())
    }
    /// Return state information for pickling.
    fn __reduce_ex__(this: Value, protocol: i64) -> Result<Object, Raised> {
        let array = this.expect::<Array>();
        let code = ArrayMethods::typecode(array);
        let dict = kiln_object::attr::find_attr(this, intern!("__dict__"))?.unwrap_or_else(Object::none);
        let class = this.class().as_value().to_object();
        if protocol < 3 {
            let args = vec![code, List::from_vec(ArrayMethods::tolist(array))];
            return Ok(Tuple::from_vec(vec![class, Tuple::from_vec(args), dict]));
        }
        let f = crate::support::import_attr("array", "_array_reconstructor")?;
        let args = vec![class, code, Object::int(array.code.machine_format()), ArrayMethods::tobytes(array)];
        Ok(Tuple::from_vec(vec![f, Tuple::from_vec(args), dict]))
    }
    fn __sizeof__(this: &Array) -> usize {
        Array::layout().size + this.data.borrow().capacity()
    }
    #[classmethod]
    fn __class_getitem__(cls: Value, args: Value) -> Result<Object, Raised> {
        class_getitem(cls, args)
    }
}

/// Subscripts of arrays have a message of their own.
fn integer_needed(key: Value, e: Raised) -> Raised {
    if key.as_int().is_none() && key.class().special(kiln_object::Special::Index).is_none() {
        raise::clear(e);
        return raise::type_error("array indices must be integers".into());
    }
    e
}

pub fn next(v: Value) -> Result<Option<Object>, Raised> {
    let this = v.expect::<ArrayIter>();
    let Some(array) = this.array.get() else { return Ok(None) };
    let item = array.expect::<Array>().get(this.at.get());
    match item {
        Some(_) => this.at.set(this.at.get() + 1),
        None => this.array.clear(),
    }
    Ok(item)
}

#[builtin_methods("array.arrayiterator")]
impl IterMethods {
    fn __iter__(this: Value) -> Value {
        this
    }
    fn __next__(this: Value) -> Result<Object, Raised> {
        next_or_stop(next(this))
    }
    /// Return state information for pickling.
    fn __reduce__(this: &ArrayIter) -> Result<Object, Raised> {
        match this.array.get() {
            Some(array) => Ok(reduce(builtin("iter")?, vec![array], Some(Object::int(this.at.get() as i64)))),
            None => Ok(reduce(builtin("iter")?, vec![Tuple::empty()], None)),
        }
    }
    /// Set state information for unpickling.
    fn __setstate__(this: &ArrayIter, state: Value) -> Result<(), Raised> {
        let at = state_index(state)?;
        let len = this.array.peek().map_or(0, |array| array.expect::<Array>().len());
        this.at.set(at.min(len));
        Ok(())
    }
}

