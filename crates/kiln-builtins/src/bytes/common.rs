//! The methods that `bytes` and `bytearray` have in common, written once.
//!
//! Arguments are converted before the receiver's bytes are looked at, so that nothing runs Python while they are
//! borrowed.

use super::buffer::Buffer;
use crate::bytearray::ByteArray;
use kiln_object::bytes::Bytes;
use kiln_object::exception::exc;
use kiln_object::int::AnyInt;
use kiln_object::list::List;
use kiln_object::ops::{self, CompareOp};
use kiln_object::tuple::Tuple;
use kiln_object::{Object, Raised, Special, Value, raise};
use kiln_text::text::{Fill, Range, Strip, can_hold, is_ascii_space};
use kiln_text::{Text, TextBuf};

/// One of the two types.
pub trait Bytelike {
    /// Whether `==` and `<` take every bytes-like object.
    const COMPARES_BUFFERS: bool;
    fn with<R>(&self, f: impl FnOnce(&[u8]) -> R) -> R;
    /// A new object of the exact type.
    fn make(data: &[u8]) -> Object;
}

impl Bytelike for Bytes {
    const COMPARES_BUFFERS: bool = false;
    fn with<R>(&self, f: impl FnOnce(&[u8]) -> R) -> R {
        f(self.data())
    }
    fn make(data: &[u8]) -> Object {
        Bytes::new_object(data)
    }
}

impl Bytelike for ByteArray {
    const COMPARES_BUFFERS: bool = true;
    fn with<R>(&self, f: impl FnOnce(&[u8]) -> R) -> R {
        f(&self.read())
    }
    fn make(data: &[u8]) -> Object {
        ByteArray::new_object(data.to_vec())
    }
}

/// What `find`, `count` and `in` look for: bytes or one byte.
pub enum Needle {
    Buffer(Buffer),
    Byte([u8; 1]),
}

impl Needle {
    pub fn data(&self) -> &[u8] {
        match self {
            Needle::Buffer(buffer) => buffer.data(),
            Needle::Byte(byte) => byte,
        }
    }
}

fn byte_of(v: Value) -> Result<[u8; 1], Raised> {
    let int = ops::index(v)?;
    match int.as_int() {
        Some(AnyInt::Small(byte @ 0..=255)) => Ok([byte as u8]),
        _ => Err(raise!(ValueError, "byte must be in range(0, 256)")),
    }
}

/// For `find` and `count`; `required` words the error of other types.
pub fn needle(v: Value, container: bool) -> Result<Needle, Raised> {
    if let Some(buffer) = Buffer::get(v)? {
        return Ok(Needle::Buffer(buffer));
    }
    if v.as_int().is_some() || v.class().special(Special::Index).is_some() {
        return byte_of(v).map(Needle::Byte);
    }
    if container {
        return Err(raise!(
            TypeError,
            "a bytes-like object is required, not '{}'",
            v.class().name()
        ));
    }
    Err(raise!(
        TypeError,
        "argument should be integer or bytes-like object, not '{}'",
        v.class().name()
    ))
}

pub fn bytes_of_buf(buf: &TextBuf) -> Vec<u8> {
    match buf {
        TextBuf::Latin1(bytes) => bytes.clone(),
        wide => wide.as_text().iter().map(|code| code as u8).collect(),
    }
}

pub fn parts<T: Bytelike>(data: &[u8], ranges: Vec<Range>) -> Object {
    List::from_vec(
        ranges
            .into_iter()
            .map(|(start, end)| T::make(&data[start..end]))
            .collect(),
    )
}

pub fn split<T: Bytelike>(this: &T, sep: Option<Value>, limit: isize, from_right: bool) -> Result<Object, Raised> {
    let Some(sep) = sep.filter(|sep| !sep.is_none()) else {
        return Ok(this.with(|data| {
            let text = Text::Latin1(data);
            let ranges = if from_right {
                text.rsplit_space(limit, is_ascii_space)
            } else {
                text.split_space(limit, is_ascii_space)
            };
            parts::<T>(data, ranges)
        }));
    };
    let sep = Buffer::require(sep)?;
    if sep.is_empty() {
        return Err(raise!(ValueError, "empty separator"));
    }
    Ok(this.with(|data| {
        let (text, sep) = (Text::Latin1(data), Text::Latin1(sep.data()));
        parts::<T>(
            data,
            if from_right {
                text.rsplit(sep, limit)
            } else {
                text.split(sep, limit)
            },
        )
    }))
}

pub fn strip<T: Bytelike>(this: &T, chars: Option<Value>, ends: Strip) -> Result<Object, Raised> {
    let chars = match chars.filter(|chars| !chars.is_none()) {
        Some(chars) => Some(Buffer::require(chars)?),
        None => None,
    };
    Ok(this.with(|data| {
        let text = Text::Latin1(data);
        let (start, end) = match &chars {
            Some(chars) => text.strip_chars(ends, Text::Latin1(chars.data())),
            None => text.strip_where(ends, is_ascii_space),
        };
        T::make(&data[start..end])
    }))
}

pub fn pad<T: Bytelike>(this: &T, width: isize, fill: Option<Value>, side: Fill, name: &str) -> Result<Object, Raised> {
    let fill = match fill {
        None => b' ',
        Some(v) => match super::buffer::literal_bytes(v) {
            Some(bytes) => match bytes.as_slice() {
                [byte] => *byte,
                _ => {
                    return Err(raise!(
                        TypeError,
                        "{name}(): argument 2 must be a byte string of length 1, not a {} object of length {}",
                        v.class().name(),
                        bytes.len()
                    ));
                }
            },
            None => {
                return Err(raise!(
                    TypeError,
                    "{name}() argument 2 must be a byte string of length 1, not {}",
                    v.class().name()
                ));
            }
        },
    };
    if !can_hold(width.max(0) as usize, 1) {
        return Err(kiln_object::raise::memory_error());
    }
    Ok(
        this.with(|data| match Text::Latin1(data).pad(width, u32::from(fill), side) {
            Some(buf) => T::make(&bytes_of_buf(&buf)),
            None => T::make(data),
        }),
    )
}

pub fn tail_match<T: Bytelike>(
    this: &T,
    affix: Value,
    start: Option<Value>,
    end: Option<Value>,
    name: &str,
    matches: fn(&[u8], &[u8]) -> bool,
) -> Result<bool, Raised> {
    let (start, end) = crate::str::bounds(start, end)?;
    let test = |affix: &Buffer| {
        this.with(|data| match kiln_text::text::clip(data.len(), start, end) {
            Some((start, end)) => matches(&data[start..end], affix.data()),
            None => false,
        })
    };
    if let Some(tuple) = affix.cast::<Tuple>() {
        for at in 0..tuple.len() {
            if let Some(item) = tuple.get(at)
                && test(&Buffer::require(item)?)
            {
                return Ok(true);
            }
        }
        return Ok(false);
    }
    match Buffer::get(affix)? {
        Some(affix) => Ok(test(&affix)),
        None => Err(raise!(
            TypeError,
            "{name} first arg must be bytes or a tuple of bytes, not {}",
            affix.class().name()
        )),
    }
}

pub fn search<T: Bytelike>(
    this: &T,
    sub: Value,
    start: Option<Value>,
    end: Option<Value>,
    from_right: bool,
) -> Result<Option<usize>, Raised> {
    let (start, end) = crate::str::bounds(start, end)?;
    let sub = needle(sub, false)?;
    Ok(this.with(|data| {
        let (text, sub) = (Text::Latin1(data), Text::Latin1(sub.data()));
        if from_right {
            text.rfind_between(sub, start, end)
        } else {
            text.find_between(sub, start, end)
        }
    }))
}

pub fn partition<T: Bytelike>(this: &T, sep: Value, from_right: bool) -> Result<Object, Raised> {
    let buffer = Buffer::require(sep)?;
    if buffer.is_empty() {
        return Err(raise!(ValueError, "empty separator"));
    }
    let (found, data) = this.with(|data| {
        let (text, sep) = (Text::Latin1(data), Text::Latin1(buffer.data()));
        (if from_right { text.rfind(sep) } else { text.find(sep) }, data.to_vec())
    });
    Ok(Tuple::from_vec(match found {
        Some(at) => vec![
            T::make(&data[..at]),
            T::make(buffer.data()),
            T::make(&data[at + buffer.len()..]),
        ],
        None if from_right => vec![T::make(&[]), T::make(&[]), T::make(&data)],
        None => vec![T::make(&data), T::make(&[]), T::make(&[])],
    }))
}

pub fn join<T: Bytelike>(this: &T, iterable: Value) -> Result<Object, Raised> {
    let it = match ops::iter(iterable) {
        Ok(it) => it,
        Err(r) => {
            drop(kiln_object::raise::catch(r, &exc::TypeError)?);
            return Err(raise!(TypeError, "can only join an iterable"));
        }
    };
    let mut items: Vec<Buffer> = Vec::new();
    while let Some(item) = ops::next(it.value())? {
        match Buffer::get(item.value())? {
            Some(buffer) => items.push(buffer),
            None => {
                return Err(raise!(
                    TypeError,
                    "sequence item {}: expected a bytes-like object, {} found",
                    items.len(),
                    item.class().name()
                ));
            }
        }
    }
    let pieces: Vec<&[u8]> = items.iter().map(Buffer::data).collect();
    Ok(T::make(&this.with(|separator| pieces.join(separator))))
}

pub fn replace<T: Bytelike>(this: &T, old: &Buffer, new: &Buffer, count: isize) -> Object {
    this.with(|data| {
        let (old, new) = (Text::Latin1(old.data()), Text::Latin1(new.data()));
        match Text::Latin1(data).replace(old, new, count) {
            Some(buf) => T::make(&bytes_of_buf(&buf)),
            None => T::make(data),
        }
    })
}

pub fn translate<T: Bytelike>(this: &T, table: Option<Value>, delete: Option<Value>) -> Result<Object, Raised> {
    let table = match table.filter(|table| !table.is_none()) {
        Some(table) => {
            let table = Buffer::require(table)?;
            if table.len() != 256 {
                return Err(raise!(ValueError, "translation table must be 256 characters long"));
            }
            Some(table)
        }
        None => None,
    };
    let delete = match delete {
        Some(delete) => Some(Buffer::require(delete)?),
        None => None,
    };
    let mut out = this.with(<[u8]>::to_vec);
    if let Some(delete) = &delete {
        out.retain(|byte| !delete.data().contains(byte));
    }
    if let Some(table) = &table {
        out.iter_mut().for_each(|byte| *byte = table.data()[usize::from(*byte)]);
    }
    Ok(T::make(&out))
}

pub fn make_table(from: &Buffer, to: &Buffer) -> Result<Object, Raised> {
    if from.len() != to.len() {
        return Err(raise!(ValueError, "maketrans arguments must have same length"));
    }
    let mut table: Vec<u8> = (0..=255).collect();
    for (from, to) in from.data().iter().zip(to.data()) {
        table[usize::from(*from)] = *to;
    }
    Ok(Bytes::new_object(&table))
}

pub fn compare<T: Bytelike>(op: CompareOp, this: &T, other: Value) -> Result<Value, Raised> {
    use kiln_object::singletons::{false_, not_implemented, true_};
    // `bytes` leaves the comparison with other types to them.
    if !T::COMPARES_BUFFERS && other.cast::<Bytes>().is_none() {
        return Ok(not_implemented());
    }
    let Some(other) = Buffer::get(other)? else {
        return Ok(not_implemented());
    };
    let order = this.with(|data| data.cmp(other.data()));
    Ok(if op.holds(order) { true_() } else { false_() })
}

/// Case mapping of ASCII letters.
pub fn map_case<T: Bytelike>(this: &T, map: fn(&mut [u8])) -> Object {
    let mut data = this.with(<[u8]>::to_vec);
    map(&mut data);
    T::make(&data)
}

pub fn title_case(data: &mut [u8]) {
    let mut inside = false;
    for byte in data {
        *byte = if inside {
            byte.to_ascii_lowercase()
        } else {
            byte.to_ascii_uppercase()
        };
        inside = byte.is_ascii_alphabetic();
    }
}

pub fn swap_case(data: &mut [u8]) {
    for byte in data {
        *byte = if byte.is_ascii_lowercase() {
            byte.to_ascii_uppercase()
        } else {
            byte.to_ascii_lowercase()
        };
    }
}

pub fn capitalize(data: &mut [u8]) {
    data.make_ascii_lowercase();
    if let Some(first) = data.first_mut() {
        first.make_ascii_uppercase();
    }
}

pub fn is_title(data: &[u8]) -> bool {
    let (mut cased, mut inside) = (false, false);
    for byte in data {
        if byte.is_ascii_uppercase() {
            if inside {
                return false;
            }
            (cased, inside) = (true, true);
        } else if byte.is_ascii_lowercase() {
            if !inside {
                return false;
            }
            cased = true;
        } else {
            inside = false;
        }
    }
    cased
}

/// `isupper` and `islower`: a letter of the one case and none of the other.
pub fn is_case(data: &[u8], wanted: fn(&u8) -> bool, other: fn(&u8) -> bool) -> bool {
    data.iter().any(wanted) && !data.iter().any(other)
}

pub fn all(data: &[u8], test: fn(&u8) -> bool) -> bool {
    !data.is_empty() && data.iter().all(test)
}

/// Implements the common methods for a type, in a table `COMMON`.
macro_rules! common_methods {
    ($space:ident, $python:literal, $view:ident) => {
        #[kiln_macros::builtin_methods($python, COMMON)]
        impl $space {
            fn __len__(this: &$view) -> usize {
                this.with(<[u8]>::len)
            }
            fn __iter__(this: Value) -> Object {
                $crate::bytes::new_iter(this)
            }
            fn __contains__(this: &$view, key: Value) -> Result<bool, Raised> {
                let needle = common::needle(key, true)?;
                Ok(this.with(|data| Text::Latin1(data).contains(Text::Latin1(needle.data()))))
            }
            fn __lt__(this: &$view, value: Value) -> Result<Value, Raised> {
                common::compare(CompareOp::Lt, this, value)
            }
            fn __le__(this: &$view, value: Value) -> Result<Value, Raised> {
                common::compare(CompareOp::Le, this, value)
            }
            fn __eq__(this: &$view, value: Value) -> Result<Value, Raised> {
                common::compare(CompareOp::Eq, this, value)
            }
            fn __ne__(this: &$view, value: Value) -> Result<Value, Raised> {
                common::compare(CompareOp::Ne, this, value)
            }
            fn __gt__(this: &$view, value: Value) -> Result<Value, Raised> {
                common::compare(CompareOp::Gt, this, value)
            }
            fn __ge__(this: &$view, value: Value) -> Result<Value, Raised> {
                common::compare(CompareOp::Ge, this, value)
            }
            fn __add__(this: &$view, value: Value) -> Result<Object, Raised> {
                let Some(other) = Buffer::get(value)? else {
                    return Err(kiln_object::raise!(
                        TypeError,
                        "can't concat {} to {}",
                        value.class().name(),
                        $python
                    ));
                };
                Ok(<$view>::make(&this.with(|data| [data, other.data()].concat())))
            }
            fn __mul__(this: &$view, value: Value) -> Result<Object, Raised> {
                let len = this.with(<[u8]>::len);
                let count = repeat_count(value, len)?;
                if !kiln_text::text::can_hold(len * count, 2) {
                    return Err(kiln_object::raise::memory_error());
                }
                Ok(<$view>::make(&this.with(|data| data.repeat(count))))
            }
            fn __rmul__(this: &$view, value: Value) -> Result<Object, Raised> {
                let len = this.with(<[u8]>::len);
                let count = repeat_count(value, len)?;
                if !kiln_text::text::can_hold(len * count, 2) {
                    return Err(kiln_object::raise::memory_error());
                }
                Ok(<$view>::make(&this.with(|data| data.repeat(count))))
            }
            fn __mod__(this: &$view, value: Value) -> Result<Object, Raised> {
                let text = this.with(<[u8]>::to_vec);
                let out = $crate::str::percent::format(Text::Latin1(&text), value, true)?;
                Ok(<$view>::make(&common::bytes_of_buf(&out)))
            }
            fn __rmod__(this: Value, value: Value) -> Result<Object, Raised> {
                match value.cast::<$view>() {
                    Some(text) => {
                        let text = text.with(<[u8]>::to_vec);
                        let out = $crate::str::percent::format(Text::Latin1(&text), this, true)?;
                        Ok(<$view>::make(&common::bytes_of_buf(&out)))
                    }
                    None => Ok(Object::not_implemented()),
                }
            }
            /// Decode the bytes using the codec registered for encoding.
            #[signature = "($self, /, encoding='utf-8', errors='strict')"]
            fn decode(
                this: &$view,
                #[kw] encoding: Option<&Str>,
                #[kw] errors: Option<&Str>,
            ) -> Result<Object, Raised> {
                let (encoding, errors) = (
                    encoding.map(Str::to_string_lossy),
                    errors.map(Str::to_string_lossy),
                );
                let data = this.with(<[u8]>::to_vec);
                $crate::str::codecs::decode(&data, encoding.as_deref(), errors.as_deref())
            }
            /// Create a string of hexadecimal numbers from the bytes.
            #[signature = "($self, /, sep=<unrepresentable>, bytes_per_sep=1)"]
            fn hex(
                this: &$view,
                #[kw] sep: Option<Value>,
                #[kw]
                #[default(1)]
                bytes_per_sep: isize,
            ) -> Result<Object, Raised> {
                $crate::bytes::to_hex(&this.with(<[u8]>::to_vec), sep, bytes_per_sep)
            }
            /// Create an object from a string of hexadecimal numbers.
            #[classmethod]
            fn fromhex(cls: ClassRef, string: Value) -> Result<Object, Raised> {
                let object = <$view>::make(&$crate::bytes::from_hex(string)?);
                if std::ptr::eq(cls.0, <$view as kiln_object::ObjectType>::class()) {
                    return Ok(object);
                }
                kiln_object::call::call(cls.as_value(), &[object.value()])
            }
            /// Return a list of the sections, using sep as the delimiter.
            #[signature = "($self, /, sep=None, maxsplit=-1)"]
            fn split(
                this: &$view,
                #[kw] sep: Option<Value>,
                #[kw]
                #[default(-1)]
                maxsplit: isize,
            ) -> Result<Object, Raised> {
                common::split(this, sep, maxsplit, false)
            }
            /// Return a list of the sections, using sep as the delimiter, from the end.
            #[signature = "($self, /, sep=None, maxsplit=-1)"]
            fn rsplit(
                this: &$view,
                #[kw] sep: Option<Value>,
                #[kw]
                #[default(-1)]
                maxsplit: isize,
            ) -> Result<Object, Raised> {
                common::split(this, sep, maxsplit, true)
            }
            /// Return a list of the lines, breaking at line boundaries.
            fn splitlines(
                this: &$view,
                #[kw]
                #[default(false)]
                keepends: bool,
            ) -> Object {
                this.with(|data| common::parts::<$view>(data, Text::Latin1(data).split_byte_lines(keepends)))
            }
            /// Concatenate any number of bytes objects.
            fn join(this: &$view, iterable_of_bytes: Value) -> Result<Object, Raised> {
                common::join(this, iterable_of_bytes)
            }
            /// Return a copy with all occurrences of subsection old replaced by new.
            fn replace(this: &$view, old: Buffer, new: Buffer, #[default(-1)] count: isize) -> Object {
                common::replace(this, &old, &new, count)
            }
            /// Return a copy with each character mapped by the given translation table.
            #[signature = "($self, table, /, delete=b'')"]
            fn translate(this: &$view, table: Value, #[kw] delete: Option<Value>) -> Result<Object, Raised> {
                common::translate(this, Some(table), delete)
            }
            /// Return a translation table usable for the bytes or bytearray translate method.
            #[staticmethod]
            fn maketrans(frm: Buffer, to: Buffer) -> Result<Object, Raised> {
                common::make_table(&frm, &to)
            }
            /// Return the number of non-overlapping occurrences of subsection sub.
            #[signature = "($self, sub[, start[, end]], /)"]
            fn count(this: &$view, sub: Value, start: Option<Value>, end: Option<Value>) -> Result<usize, Raised> {
                let (start, end) = $crate::str::bounds(start, end)?;
                let sub = common::needle(sub, false)?;
                Ok(
                    this.with(|data| match kiln_text::text::clip(data.len(), start, end) {
                        Some((start, end)) => Text::Latin1(&data[start..end]).count(Text::Latin1(sub.data())),
                        None => 0,
                    }),
                )
            }
            /// Return the lowest index where subsection sub is found, -1 if there is none.
            fn find(this: &$view, sub: Value, start: Option<Value>, end: Option<Value>) -> Result<i64, Raised> {
                Ok(common::search(this, sub, start, end, false)?.map_or(-1, |at| at as i64))
            }
            /// Return the highest index where subsection sub is found, -1 if there is none.
            fn rfind(this: &$view, sub: Value, start: Option<Value>, end: Option<Value>) -> Result<i64, Raised> {
                Ok(common::search(this, sub, start, end, true)?.map_or(-1, |at| at as i64))
            }
            /// Like find, but raises ValueError when the subsection is not found.
            fn index(this: &$view, sub: Value, start: Option<Value>, end: Option<Value>) -> Result<usize, Raised> {
                common::search(this, sub, start, end, false)?
                    .ok_or_else(|| kiln_object::raise!(ValueError, "subsection not found"))
            }
            /// Like rfind, but raises ValueError when the subsection is not found.
            fn rindex(this: &$view, sub: Value, start: Option<Value>, end: Option<Value>) -> Result<usize, Raised> {
                common::search(this, sub, start, end, true)?
                    .ok_or_else(|| kiln_object::raise!(ValueError, "subsection not found"))
            }
            /// Return True if the bytes start with the specified prefix, False otherwise.
            #[signature = "($self, prefix[, start[, end]], /)"]
            fn startswith(
                this: &$view,
                prefix: Value,
                start: Option<Value>,
                end: Option<Value>,
            ) -> Result<bool, Raised> {
                common::tail_match(this, prefix, start, end, "startswith", |data, affix| {
                    data.starts_with(affix)
                })
            }
            /// Return True if the bytes end with the specified suffix, False otherwise.
            #[signature = "($self, suffix[, start[, end]], /)"]
            fn endswith(this: &$view, suffix: Value, start: Option<Value>, end: Option<Value>) -> Result<bool, Raised> {
                common::tail_match(this, suffix, start, end, "endswith", |data, affix| {
                    data.ends_with(affix)
                })
            }
            /// Partition the bytes into three parts using the given separator.
            fn partition(this: &$view, sep: Value) -> Result<Object, Raised> {
                common::partition(this, sep, false)
            }
            /// Partition the bytes into three parts using the last separator.
            fn rpartition(this: &$view, sep: Value) -> Result<Object, Raised> {
                common::partition(this, sep, true)
            }
            /// Return the bytes with the given prefix removed if present.
            fn removeprefix(this: &$view, prefix: Buffer) -> Object {
                this.with(|data| <$view>::make(data.strip_prefix(prefix.data()).unwrap_or(data)))
            }
            /// Return the bytes with the given suffix removed if present.
            fn removesuffix(this: &$view, suffix: Buffer) -> Object {
                this.with(|data| <$view>::make(data.strip_suffix(suffix.data()).unwrap_or(data)))
            }
            /// Strip leading and trailing bytes contained in the argument.
            #[signature = "($self, bytes=None, /)"]
            fn strip(this: &$view, bytes: Option<Value>) -> Result<Object, Raised> {
                common::strip(this, bytes, Strip::Both)
            }
            /// Strip leading bytes contained in the argument.
            #[signature = "($self, bytes=None, /)"]
            fn lstrip(this: &$view, bytes: Option<Value>) -> Result<Object, Raised> {
                common::strip(this, bytes, Strip::Left)
            }
            /// Strip trailing bytes contained in the argument.
            #[signature = "($self, bytes=None, /)"]
            fn rstrip(this: &$view, bytes: Option<Value>) -> Result<Object, Raised> {
                common::strip(this, bytes, Strip::Right)
            }
            /// Return a centered string of length width.
            #[signature = "($self, width, fillchar=b' ', /)"]
            fn center(this: &$view, width: isize, fillchar: Option<Value>) -> Result<Object, Raised> {
                common::pad(this, width, fillchar, Fill::Both, "center")
            }
            /// Return a left-justified string of length width.
            #[signature = "($self, width, fillchar=b' ', /)"]
            fn ljust(this: &$view, width: isize, fillchar: Option<Value>) -> Result<Object, Raised> {
                common::pad(this, width, fillchar, Fill::Right, "ljust")
            }
            /// Return a right-justified string of length width.
            #[signature = "($self, width, fillchar=b' ', /)"]
            fn rjust(this: &$view, width: isize, fillchar: Option<Value>) -> Result<Object, Raised> {
                common::pad(this, width, fillchar, Fill::Left, "rjust")
            }
            /// Pad a numeric string with zeros on the left, to fill a field of the given width.
            fn zfill(this: &$view, width: isize) -> Result<Object, Raised> {
                if !kiln_text::text::can_hold(width.max(0) as usize, 2) {
                    return Err(kiln_object::raise::memory_error());
                }
                Ok(this.with(|data| match Text::Latin1(data).zfill(width) {
                    Some(buf) => <$view>::make(&common::bytes_of_buf(&buf)),
                    None => <$view>::make(data),
                }))
            }
            /// Return a copy where all tab characters are expanded using spaces.
            fn expandtabs(
                this: &$view,
                #[kw]
                #[default(8)]
                tabsize: isize,
            ) -> Object {
                this.with(|data| match Text::Latin1(data).expand_tabs(tabsize) {
                    Some(buf) => <$view>::make(&common::bytes_of_buf(&buf)),
                    None => <$view>::make(data),
                })
            }
            /// Return a copy with only its first character capitalized (ASCII) and the rest lower-cased.
            fn capitalize(this: &$view) -> Object {
                common::map_case(this, common::capitalize)
            }
            /// Return a copy with all ASCII characters converted to lowercase.
            fn lower(this: &$view) -> Object {
                common::map_case(this, <[u8]>::make_ascii_lowercase)
            }
            /// Return a copy with all ASCII characters converted to uppercase.
            fn upper(this: &$view) -> Object {
                common::map_case(this, <[u8]>::make_ascii_uppercase)
            }
            /// Return a titlecased version: words start with uppercase ASCII characters.
            fn title(this: &$view) -> Object {
                common::map_case(this, common::title_case)
            }
            /// Return a copy with uppercase ASCII characters converted to lowercase and vice versa.
            fn swapcase(this: &$view) -> Object {
                common::map_case(this, common::swap_case)
            }
            /// Return True if all bytes are alphanumeric and there is at least one, False otherwise.
            fn isalnum(this: &$view) -> bool {
                this.with(|data| common::all(data, u8::is_ascii_alphanumeric))
            }
            /// Return True if all bytes are alphabetic and there is at least one, False otherwise.
            fn isalpha(this: &$view) -> bool {
                this.with(|data| common::all(data, u8::is_ascii_alphabetic))
            }
            /// Return True if all bytes are in the ASCII range, False otherwise.
            fn isascii(this: &$view) -> bool {
                this.with(<[u8]>::is_ascii)
            }
            /// Return True if all bytes are digits and there is at least one, False otherwise.
            fn isdigit(this: &$view) -> bool {
                this.with(|data| common::all(data, u8::is_ascii_digit))
            }
            /// Return True if all cased bytes are lowercase and there is at least one, False otherwise.
            fn islower(this: &$view) -> bool {
                this.with(|data| common::is_case(data, u8::is_ascii_lowercase, u8::is_ascii_uppercase))
            }
            /// Return True if all cased bytes are uppercase and there is at least one, False otherwise.
            fn isupper(this: &$view) -> bool {
                this.with(|data| common::is_case(data, u8::is_ascii_uppercase, u8::is_ascii_lowercase))
            }
            /// Return True if all bytes are whitespace and there is at least one, False otherwise.
            fn isspace(this: &$view) -> bool {
                this.with(|data| common::all(data, |byte| is_ascii_space(u32::from(*byte))))
            }
            /// Return True if the bytes are titlecased and there is at least one letter, False otherwise.
            fn istitle(this: &$view) -> bool {
                this.with(common::is_title)
            }
        }
    };
}
pub(crate) use common_methods;
