//! The iterator of sets.

use super::table;
use crate::shared::{builtin, reduce};
use kiln_macros::builtin_methods;
use kiln_object::iter::{next_or_stop, set_fast_next};
use kiln_object::layout::{Slot, alloc, header};
use kiln_object::list::List;
use kiln_object::object_struct;
use kiln_object::types::{define, flags};
use kiln_object::{Object, Raised, Value};
use std::cell::Cell;

object_struct! {
    /// The iterator of a set or frozenset; `set` is empty once it is exhausted.
    pub struct SetIter = "set_iterator", Container { pub set: Slot, pub position: Cell<usize>, pub expected: Cell<usize>, pub left: Cell<usize> }
}
struct Methods;

impl SetIter {
    pub fn new(set: Value) -> Object {
        let n = table(&set).len();
        alloc(SetIter {
            header: header::<SetIter>(),
            set: Slot::new(set.to_object()),
            position: Cell::new(0),
            expected: Cell::new(n),
            left: Cell::new(n),
        })
    }
    fn advance(&self) -> Result<Option<Object>, Raised> {
        let Some(set) = self.set.peek() else { return Ok(None) };
        let t = table(&set);
        if t.len() != self.expected.get() {
            self.expected.set(usize::MAX);
            return Err(kiln_object::raise!(RuntimeError, "Set changed size during iteration"));
        }
        match t.next_entry(self.position.get()) {
            Some((i, e)) => {
                self.position.set(i + 1);
                self.left.set(self.left.get().saturating_sub(1));
                Ok(Some(e.key.to_object()))
            }
            None => {
                self.set.clear();
                Ok(None)
            }
        }
    }
}

#[builtin_methods(set_iterator)]
impl Methods {
    fn __iter__(this: Value) -> Value {
        this
    }
    fn __next__(this: &SetIter) -> Result<Object, Raised> {
        next_or_stop(this.advance())
    }
    fn __length_hint__(this: &SetIter) -> usize {
        match this.set.peek() {
            Some(s) if table(&s).len() == this.expected.get() => this.left.get(),
            _ => 0,
        }
    }
    fn __reduce__(this: &SetIter) -> Result<Object, Raised> {
        let rest = List::new();
        if let Some(s) = this.set.get() {
            let copy = SetIter::new(s.value());
            let it = copy.expect::<SetIter>();
            it.position.set(this.position.get());
            it.expected.set(this.expected.get());
            it.left.set(this.left.get());
            while let Some(o) = it.advance()? {
                rest.expect::<List>().push(o);
            }
        }
        Ok(reduce(builtin("iter")?, vec![rest], None))
    }
}

pub fn init() {
    let class = define::<SetIter>("set_iterator", "builtins", None, flags::NO_NEW, Methods::METHODS, None);
    set_fast_next(class, |v| v.expect::<SetIter>().advance());
}
