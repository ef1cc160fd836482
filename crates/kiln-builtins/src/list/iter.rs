//! The iterators of lists.

use crate::shared::{builtin, reduce, state_index};
use kiln_macros::builtin_methods;
use kiln_object::iter::{next_or_stop, set_fast_next};
use kiln_object::layout::ObjectType;
use kiln_object::list::List;
use kiln_object::range::{ListIter, ListReverseIter};
use kiln_object::types::{define, flags};
use kiln_object::{Object, Raised, Value};

/// The methods' name spaces.
struct Forward;
struct Backward;

#[builtin_methods(list_iterator)]
impl Forward {
    fn __iter__(this: Value) -> Value {
        this
    }
    fn __next__(this: &ListIter) -> Result<Object, Raised> {
        next_or_stop(Ok(this.advance()))
    }
    fn __length_hint__(this: &ListIter) -> usize {
        this.list
            .peek()
            .map_or(0, |l| l.expect::<List>().len().saturating_sub(this.index.get()))
    }
    fn __reduce__(this: &ListIter) -> Result<Object, Raised> {
        // `iter` is looked up first: that may run Python and exhaust the iterator.
        let iter = builtin("iter")?;
        Ok(match this.list.get() {
            Some(list) => reduce(iter, vec![list], Some(Object::int(this.index.get() as i64))),
            None => reduce(iter, vec![List::new()], None),
        })
    }
    fn __setstate__(this: &ListIter, state: Value) -> Result<(), Raised> {
        let i = state_index(state)?;
        if let Some(l) = this.list.peek() {
            this.index.set(i.min(l.expect::<List>().len()));
        }
        Ok(())
    }
}

#[builtin_methods(list_reverseiterator)]
impl Backward {
    fn __iter__(this: Value) -> Value {
        this
    }
    fn __next__(this: &ListReverseIter) -> Result<Object, Raised> {
        next_or_stop(Ok(this.advance()))
    }
    fn __length_hint__(this: &ListReverseIter) -> usize {
        let i = this.index.get();
        match this.list.peek() {
            Some(l) if l.expect::<List>().len() >= i => i,
            _ => 0,
        }
    }
    fn __reduce__(this: &ListReverseIter) -> Result<Object, Raised> {
        let reversed = builtin("reversed")?;
        Ok(match this.list.get() {
            Some(list) => reduce(reversed, vec![list], Some(Object::int(this.index.get() as i64 - 1))),
            None => reduce(builtin("iter")?, vec![List::new()], None),
        })
    }
    fn __setstate__(this: &ListReverseIter, state: Value) -> Result<(), Raised> {
        // The state is the index of the next item; below zero nothing is left.
        let next = crate::shared::index_i64(state)?;
        if let Some(l) = this.list.peek() {
            let n = l.expect::<List>().len() as i64;
            this.index.set((next.clamp(-1, n - 1) + 1) as usize);
        }
        Ok(())
    }
}

pub fn init() {
    define::<ListIter>("list_iterator", "builtins", None, flags::NO_NEW, Forward::METHODS, None);
    let backward = define::<ListReverseIter>(
        "list_reverseiterator",
        "builtins",
        None,
        flags::NO_NEW,
        Backward::METHODS,
        None,
    );
    set_fast_next(backward, |v| Ok(v.expect::<ListReverseIter>().advance()));
    let _ = ListIter::class();
}
