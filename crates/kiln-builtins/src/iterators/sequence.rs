//! Iterators over objects that have `__getitem__`, forwards and backwards, and over a callable's results.

use crate::shared::{builtin, index_i64, reduce};
use kiln_macros::builtin_methods;
use kiln_object::args::{Keywords, Rest};
use kiln_object::call::{call, call_special};
use kiln_object::exception::{exc, is_instance};
use kiln_object::iter::{next_or_stop, set_fast_next};
use kiln_object::layout::{ObjectType, Slot, alloc, alloc_instance, header};
use kiln_object::list::List;
use kiln_object::object_struct;
use kiln_object::ops;
use kiln_object::range::ListReverseIter;
use kiln_object::tuple::Tuple;
use kiln_object::types::{ClassRef, define, flags};
use kiln_object::{Object, Raised, Special, Value, raise};
use std::cell::Cell;

object_struct! {
    /// What `iter` makes of an object with `__getitem__`; `sequence` is empty once it is exhausted.
    pub struct SequenceIter = "iterator", Container { pub sequence: Slot, pub index: Cell<i64> }
}
object_struct! {
    /// `reversed` of a sequence; `index` is that of the next item.
    pub struct Reversed = "reversed", Container { pub sequence: Slot, pub index: Cell<i64> }
}
object_struct! {
    /// `iter(callable, sentinel)`; both are empty once it is exhausted.
    pub struct CallableIter = "callable_iterator", Container { pub callable: Slot, pub sentinel: Slot }
}

struct SequenceMethods;
struct ReversedMethods;
struct CallableMethods;

/// `v[i]`, or `None` beyond the end: the sequence says so by `IndexError` or `StopIteration`.
fn item(v: Value, i: i64) -> Result<Option<Object>, Raised> {
    let r = match v.class().special(Special::GetItem) {
        Some(f) => call_special(f, v, &[Object::int(i).value()]),
        None => Err(kiln_object::raise!(
            TypeError,
            "'{}' object is not subscriptable",
            v.class().name()
        )),
    };
    match r {
        Ok(o) => Ok(Some(o)),
        Err(r) => {
            let e = raise::take(r);
            if is_instance(e.value(), &exc::IndexError) || is_instance(e.value(), &exc::StopIteration) {
                return Ok(None);
            }
            Err(raise::again(e))
        }
    }
}

impl SequenceIter {
    pub fn new(sequence: Value) -> Object {
        alloc(SequenceIter {
            header: header::<SequenceIter>(),
            sequence: Slot::new(sequence.to_object()),
            index: Cell::new(0),
        })
    }
    fn advance(&self) -> Result<Option<Object>, Raised> {
        let Some(sequence) = self.sequence.get() else {
            return Ok(None);
        };
        let i = self.index.get();
        if i == i64::MAX {
            return Err(kiln_object::raise!(OverflowError, "iter index too large"));
        }
        let found = item(sequence.value(), i)?;
        if found.is_some() {
            self.index.set(i + 1);
        } else {
            self.sequence.clear();
        }
        Ok(found)
    }
}
impl Reversed {
    fn advance(&self) -> Result<Option<Object>, Raised> {
        let Some(sequence) = self.sequence.get() else {
            return Ok(None);
        };
        let i = self.index.get();
        if i >= 0
            && let Some(o) = item(sequence.value(), i)?
        {
            self.index.set(i - 1);
            return Ok(Some(o));
        }
        self.index.set(-1);
        self.sequence.clear();
        Ok(None)
    }
}
impl CallableIter {
    pub fn new(callable: Value, sentinel: Value) -> Object {
        alloc(CallableIter {
            header: header::<CallableIter>(),
            callable: Slot::new(callable.to_object()),
            sentinel: Slot::new(sentinel.to_object()),
        })
    }
    fn advance(&self) -> Result<Option<Object>, Raised> {
        let Some(callable) = self.callable.get() else {
            return Ok(None);
        };
        let end = |me: &CallableIter| {
            me.callable.clear();
            me.sentinel.clear();
        };
        let value = match call(callable.value(), &[]) {
            Ok(value) => value,
            Err(r) => {
                drop(raise::catch(r, &exc::StopIteration)?);
                end(self);
                return Ok(None);
            }
        };
        // The call may have exhausted this iterator.
        let Some(sentinel) = self.sentinel.get() else {
            return Ok(None);
        };
        if ops::is_equal(sentinel.value(), value.value())? {
            end(self);
            return Ok(None);
        }
        Ok(Some(value))
    }
}

#[builtin_methods(iterator)]
impl SequenceMethods {
    fn __iter__(this: Value) -> Value {
        this
    }
    fn __next__(this: &SequenceIter) -> Result<Object, Raised> {
        next_or_stop(this.advance())
    }
    fn __length_hint__(this: &SequenceIter) -> Result<Object, Raised> {
        let Some(sequence) = this.sequence.get() else {
            return Ok(Object::int(0));
        };
        if sequence.class().special(Special::Len).is_none() {
            return Ok(Object::not_implemented());
        }
        let n = ops::len(sequence.value())? as i64;
        Ok(Object::int((n - this.index.get()).max(0)))
    }
    fn __reduce__(this: &SequenceIter) -> Result<Object, Raised> {
        let iter = builtin("iter")?;
        Ok(match this.sequence.get() {
            Some(s) => reduce(iter, vec![s], Some(Object::int(this.index.get()))),
            None => reduce(iter, vec![Tuple::empty()], None),
        })
    }
    fn __setstate__(this: &SequenceIter, state: Value) -> Result<(), Raised> {
        let i = index_i64(state)?;
        if !this.sequence.is_empty() {
            this.index.set(i.max(0));
        }
        Ok(())
    }
}

#[builtin_methods(reversed)]
impl ReversedMethods {
    #[new]
    #[signature = "(object, /)"]
    fn new(cls: ClassRef, args: Rest<'_>, kwargs: Keywords<'_>) -> Result<Object, Raised> {
        if std::ptr::eq(cls.0, Reversed::class()) && !kwargs.is_empty() {
            return Err(kiln_object::raise!(TypeError, "reversed() takes no keyword arguments"));
        }
        let [object] = args else {
            return Err(kiln_object::raise!(
                TypeError,
                "reversed expected 1 argument, got {}",
                args.len()
            ));
        };
        reversed(cls, *object)
    }
    fn __iter__(this: Value) -> Value {
        this
    }
    fn __next__(this: &Reversed) -> Result<Object, Raised> {
        next_or_stop(this.advance())
    }
    fn __length_hint__(this: &Reversed) -> Result<i64, Raised> {
        let Some(sequence) = this.sequence.get() else {
            return Ok(0);
        };
        let n = ops::len(sequence.value())? as i64;
        let left = this.index.get() + 1;
        Ok(if n < left { 0 } else { left })
    }
    fn __reduce__(this: &Reversed) -> Object {
        let class = this.header.class().as_value().to_object();
        match this.sequence.get() {
            Some(s) => reduce(class, vec![s], Some(Object::int(this.index.get()))),
            None => reduce(class, vec![Tuple::empty()], None),
        }
    }
    fn __setstate__(this: &Reversed, state: Value) -> Result<(), Raised> {
        let i = index_i64(state)?;
        if let Some(s) = this.sequence.get() {
            let n = ops::len(s.value())? as i64;
            this.index.set(i.clamp(-1, n - 1));
        }
        Ok(())
    }
}

/// `reversed(object)`: what `__reversed__` gives, or an iterator over a sequence.
fn reversed(cls: ClassRef, object: Value) -> Result<Object, Raised> {
    if object.is_exact::<List>() {
        return Ok(ListReverseIter::new(object));
    }
    let class = object.class();
    match class.special(Special::Reversed) {
        Some(f) if f.is_none() => {
            return Err(kiln_object::raise!(
                TypeError,
                "'{}' object is not reversible",
                class.name()
            ));
        }
        Some(f) => return call_special(f, object, &[]),
        None => {}
    }
    if class.special(Special::GetItem).is_none()
        || class.special(Special::Len).is_none()
        || object.cast::<kiln_object::dict::Dict>().is_some()
    {
        return Err(kiln_object::raise!(
            TypeError,
            "'{}' object is not reversible",
            class.name()
        ));
    }
    let n = ops::len(object)? as i64;
    Ok(alloc_instance(
        cls.0,
        Reversed {
            header: header::<Reversed>(),
            sequence: Slot::new(object.to_object()),
            index: Cell::new(n - 1),
        },
    ))
}

#[builtin_methods(callable_iterator)]
impl CallableMethods {
    fn __iter__(this: Value) -> Value {
        this
    }
    fn __next__(this: &CallableIter) -> Result<Object, Raised> {
        next_or_stop(this.advance())
    }
    fn __reduce__(this: &CallableIter) -> Result<Object, Raised> {
        let iter = builtin("iter")?;
        Ok(match (this.callable.get(), this.sentinel.get()) {
            (Some(f), Some(s)) => reduce(iter, vec![f, s], None),
            _ => reduce(iter, vec![Tuple::empty()], None),
        })
    }
}

/// Makes the classes and tells the object model how sequences are iterated.
pub fn init() {
    let closed = flags::NO_NEW;
    let class = define::<SequenceIter>("iterator", "builtins", None, closed, SequenceMethods::METHODS, None);
    set_fast_next(class, |v| v.expect::<SequenceIter>().advance());
    let class = define::<Reversed>(
        "reversed",
        "builtins",
        None,
        flags::BASETYPE,
        ReversedMethods::METHODS,
        Some("The items of a sequence from the last to the first."),
    );
    set_fast_next(class, |v| v.expect::<Reversed>().advance());
    let class = define::<CallableIter>(
        "callable_iterator",
        "builtins",
        None,
        closed,
        CallableMethods::METHODS,
        None,
    );
    set_fast_next(class, |v| v.expect::<CallableIter>().advance());
    kiln_object::range::set_fast_next();
    kiln_object::runtime().sequence_iter.set(Some(SequenceIter::new));
}
