//! The iterator of a str.

use kiln_macros::builtin_methods;
use kiln_object::iter::{next_or_stop, set_fast_next};
use kiln_object::layout::{Slot, alloc, header};
use kiln_object::object_struct;
use kiln_object::str::Str;
use kiln_object::types::{define, flags};
use kiln_object::{Object, Raised, Value, ops};
use std::cell::Cell;

object_struct! {
    /// The iterator of a str; `text` is empty once it is exhausted.
    pub struct StrIter = "str_iterator", Container { pub text: Slot, pub index: Cell<usize> }
}

pub struct StrIterMethods;

pub fn init() {
    let class = define::<StrIter>(
        "str_iterator",
        "builtins",
        None,
        flags::NO_NEW,
        StrIterMethods::METHODS,
        None,
    );
    set_fast_next(class, next);
}

pub fn new(text: &Str) -> Object {
    let text = Slot::new(super::value_of(text).to_object());
    alloc(StrIter {
        header: header::<StrIter>(),
        text,
        index: Cell::new(0),
    })
}

fn next(v: Value) -> Result<Option<Object>, Raised> {
    let this = v.expect::<StrIter>();
    let Some(held) = this.text.peek() else { return Ok(None) };
    let (text, at) = (held.expect::<Str>(), this.index.get());
    if at < text.len() {
        this.index.set(at + 1);
        return Ok(Some(Str::from_char(text.at(at))));
    }
    this.text.clear();
    Ok(None)
}

#[builtin_methods(str_iterator)]
impl StrIterMethods {
    fn __iter__(this: Value) -> Value {
        this
    }
    fn __next__(this: Value) -> Result<Object, Raised> {
        if this.cast::<StrIter>().is_none() {
            return Err(kiln_object::raise!(TypeError, "expected a str_iterator"));
        }
        next_or_stop(next(this))
    }
    /// Private method returning an estimate of len(list(it)).
    fn __length_hint__(this: &StrIter) -> usize {
        let len = this.text.peek().map_or(0, |held| held.expect::<Str>().len());
        len.saturating_sub(this.index.get())
    }
    /// Return state information for pickling.
    fn __reduce__(this: &StrIter) -> Result<Object, Raised> {
        let iter = crate::shared::builtin("iter")?;
        Ok(match this.text.get() {
            Some(text) => crate::shared::reduce(iter, vec![text], Some(Object::int(this.index.get() as i64))),
            None => crate::shared::reduce(iter, vec![Str::new("")], None),
        })
    }
    /// Set state information for unpickling.
    fn __setstate__(this: &StrIter, state: Value) -> Result<(), Raised> {
        let index = ops::index_clamped(state)?.max(0) as usize;
        let len = this.text.peek().map_or(0, |held| held.expect::<Str>().len());
        this.index.set(index.min(len));
        Ok(())
    }
}
