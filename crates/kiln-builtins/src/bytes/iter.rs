//! The iterators of bytes and bytearrays.

use super::Bytelike;
use crate::bytearray::ByteArray;
use kiln_macros::builtin_methods;
use kiln_object::bytes::Bytes;
use kiln_object::iter::{next_or_stop, set_fast_next};
use kiln_object::layout::{Slot, alloc, header};
use kiln_object::object_struct;
use kiln_object::types::{define, flags};
use kiln_object::{Object, Raised, Value, ops};
use std::cell::Cell;

object_struct! {
    /// The iterator of bytes; `source` is empty once it is exhausted.
    pub struct BytesIter = "bytes_iterator", Container { pub source: Slot, pub index: Cell<usize> }
}
object_struct! {
    /// The iterator of a bytearray.
    pub struct ByteArrayIter = "bytearray_iterator" extends BytesIter, Container {}
}

pub struct BytesIterMethods;

pub fn init() {
    let class = define::<BytesIter>(
        "bytes_iterator",
        "builtins",
        None,
        flags::NO_NEW,
        BytesIterMethods::METHODS,
        None,
    );
    set_fast_next(class, next);
    let methods = BytesIterMethods::METHODS;
    let class = define::<ByteArrayIter>("bytearray_iterator", "builtins", None, flags::NO_NEW, methods, None);
    set_fast_next(class, next);
}

/// The iterator of a `bytes` or `bytearray`.
pub fn new(source: Value) -> Object {
    let payload = |header| BytesIter {
        header,
        source: Slot::new(source.to_object()),
        index: Cell::new(0),
    };
    match source.cast::<ByteArray>() {
        Some(_) => alloc(ByteArrayIter {
            base: payload(header::<ByteArrayIter>()),
        }),
        None => alloc(payload(header::<BytesIter>())),
    }
}

fn length(source: Value) -> usize {
    match source.cast::<Bytes>() {
        Some(bytes) => bytes.len(),
        None => source.cast::<ByteArray>().map_or(0, |array| array.with(<[u8]>::len)),
    }
}

fn next(v: Value) -> Result<Option<Object>, Raised> {
    let Some(this) = v.cast::<BytesIter>() else {
        return Err(kiln_object::raise!(TypeError, "expected a bytes iterator"));
    };
    let Some(source) = this.source.peek() else {
        return Ok(None);
    };
    let at = this.index.get();
    let byte = match source.cast::<Bytes>() {
        Some(bytes) => bytes.data().get(at).copied(),
        None => source
            .cast::<ByteArray>()
            .and_then(|array| array.with(|data| data.get(at).copied())),
    };
    match byte {
        Some(byte) => {
            this.index.set(at + 1);
            Ok(Some(Object::int(i64::from(byte))))
        }
        None => {
            this.source.clear();
            Ok(None)
        }
    }
}

#[builtin_methods(bytes_iterator)]
impl BytesIterMethods {
    fn __iter__(this: Value) -> Value {
        this
    }
    fn __next__(this: Value) -> Result<Object, Raised> {
        next_or_stop(next(this))
    }
    /// Private method returning an estimate of len(list(it)).
    fn __length_hint__(this: &BytesIter) -> usize {
        this.source.peek().map_or(0, length).saturating_sub(this.index.get())
    }
    /// Return state information for pickling.
    fn __reduce__(this: &BytesIter) -> Result<Object, Raised> {
        let iter = crate::shared::builtin("iter")?;
        Ok(match this.source.get() {
            Some(source) => crate::shared::reduce(iter, vec![source], Some(Object::int(this.index.get() as i64))),
            None => crate::shared::reduce(iter, vec![kiln_object::tuple::Tuple::empty()], None),
        })
    }
    /// Set state information for unpickling.
    fn __setstate__(this: &BytesIter, state: Value) -> Result<(), Raised> {
        let index = ops::index_clamped(state)?.max(0) as usize;
        this.index.set(index.min(this.source.peek().map_or(0, length)));
        Ok(())
    }
}
