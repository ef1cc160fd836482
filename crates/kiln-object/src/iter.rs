//! Short cuts for iterators written in Rust: `next` without raising `StopIteration`.

use crate::raise::Raised;
use crate::types::Type;
use crate::value::{Object, Value};
use std::cell::Cell;

/// `next` of a native iterator: `None` at the end.
pub type NextFn = fn(Value) -> Result<Option<Object>, Raised>;

/// The class's short cut, if it has one. Only classes whose `__next__` is native and not overridden do.
#[inline]
pub fn fast_next(class: &Type) -> &Cell<Option<NextFn>> {
    &class.fast_next.0
}
/// Declares the short cut of a native iterator class; its `__next__` must do the same, and its `__iter__` give the iterator itself.
pub fn set_fast_next(class: &Type, f: NextFn) {
    set_fast_next_only(class, f);
    class.own_iterator.set(true);
}
/// The same of a class whose `__iter__` does more.
pub fn set_fast_next_only(class: &Type, f: NextFn) {
    class.fast_next.set(Some(f));
}
/// Whether `iter` of an instance is known to give it back and to do nothing else.
#[inline(always)]
pub fn is_own_iterator(class: &Type) -> bool {
    class.own_iterator.get()
}
/// `next` of a native iterator of pairs, where the pair is taken apart at once: its items without a tuple.
pub type NextPairFn = fn(Value) -> Result<Option<(Object, Object)>, Raised>;
/// The short cut to pairs, if the class has one.
#[inline]
pub fn next_pair(class: &Type) -> Option<NextPairFn> {
    class.next_pair.get()
}
/// Declares the short cut of a native iterator class. It is only tried where two items are wanted: an iterator that may
/// give something else answers with the items of what it gives, or the error that taking it apart raises.
pub fn set_next_pair(class: &Type, f: NextPairFn) {
    class.next_pair.set(Some(f));
}
/// `__next__` from the short cut.
pub fn next_or_stop(r: Result<Option<Object>, Raised>) -> Result<Object, Raised> {
    match r? {
        Some(o) => Ok(o),
        None => Err(crate::raise::stop_iteration(None)),
    }
}
