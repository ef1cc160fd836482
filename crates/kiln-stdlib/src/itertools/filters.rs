//! Iterators that pass on some items of another: `compress`, `dropwhile`, `takewhile`, `filterfalse`, `islice`.

use super::{add, next_fn};
use kiln_macros::builtin_methods;
use kiln_object::call::call;
use kiln_object::int::Bool;
use kiln_object::iter::next_or_stop;
use kiln_object::layout::{ObjectType, Slot, alloc_instance, header};
use kiln_object::module::Module;
use kiln_object::object_struct;
use kiln_object::ops;
use kiln_object::types::ClassRef;
use kiln_object::{Object, Raised, Value, raise};
use std::cell::Cell;

object_struct! { struct Compress = "compress", Container { data: Slot, selectors: Slot } }
object_struct! { struct DropWhile = "dropwhile", Container { function: Slot, iterator: Slot, started: Cell<bool> } }
object_struct! { struct TakeWhile = "takewhile", Container { function: Slot, iterator: Slot, done: Cell<bool> } }
object_struct! { struct FilterFalse = "filterfalse", Container { function: Slot, iterator: Slot } }
object_struct! {
    /// `iterator` is empty when it is exhausted; `next` and `stop` count the items of that iterator.
    struct Islice = "islice", Container { iterator: Slot, next: Cell<i64>, stop: Cell<i64>, step: Cell<i64>, count: Cell<i64> }
}

fn test(function: &Slot, v: &Object) -> Result<bool, Raised> {
    let f = function.value().to_object();
    let answer = call(f.value(), &[v.value()])?;
    ops::is_true(answer.value())
}
fn next_of(iterator: &Slot) -> Result<Option<Object>, Raised> {
    let it = iterator.value().to_object();
    ops::next(it.value())
}

impl Compress {
    fn advance(&self) -> Result<Option<Object>, Raised> {
        loop {
            let Some(o) = next_of(&self.data)? else { return Ok(None) };
            let Some(s) = next_of(&self.selectors)? else {
                return Ok(None);
            };
            if ops::is_true(s.value())? {
                return Ok(Some(o));
            }
        }
    }
}
struct CompressMethods;
#[builtin_methods(compress)]
impl CompressMethods {
    #[new]
    fn new(
        cls: ClassRef,
        #[kw] data: Value,
        #[kw] selectors: Value,
    ) -> Result<Object, Raised> {
        let (data, selectors) = (ops::iter(data)?, ops::iter(selectors)?);
        Ok(alloc_instance(
            cls.0,
            Compress {
                header: header::<Compress>(),
                data: Slot::new(data),
                selectors: Slot::new(selectors),
            },
        ))
    }
    fn __iter__(this: Value) -> Value {
        this
    }
    fn __next__(this: &Compress) -> Result<Object, Raised> {
        next_or_stop(this.advance())
    }
}

impl DropWhile {
    fn advance(&self) -> Result<Option<Object>, Raised> {
        loop {
            let Some(o) = next_of(&self.iterator)? else {
                return Ok(None);
            };
            if self.started.get() {
                return Ok(Some(o));
            }
            if !test(&self.function, &o)? {
                self.started.set(true);
                return Ok(Some(o));
            }
        }
    }
}
struct DropWhileMethods;
#[builtin_methods(dropwhile)]
impl DropWhileMethods {
    #[new]
    fn new(cls: ClassRef, predicate: Value, iterable: Value) -> Result<Object, Raised> {
        let iterator = ops::iter(iterable)?;
        Ok(alloc_instance(
            cls.0,
            DropWhile {
                header: header::<DropWhile>(),
                function: Slot::new(predicate.to_object()),
                iterator: Slot::new(iterator),
                started: Cell::new(false),
            },
        ))
    }
    fn __iter__(this: Value) -> Value {
        this
    }
    fn __next__(this: &DropWhile) -> Result<Object, Raised> {
        next_or_stop(this.advance())
    }
}

impl TakeWhile {
    fn advance(&self) -> Result<Option<Object>, Raised> {
        if self.done.get() {
            return Ok(None);
        }
        let Some(o) = next_of(&self.iterator)? else {
            return Ok(None);
        };
        if test(&self.function, &o)? {
            return Ok(Some(o));
        }
        self.done.set(true);
        Ok(None)
    }
}
struct TakeWhileMethods;
#[builtin_methods(takewhile)]
impl TakeWhileMethods {
    #[new]
    fn new(cls: ClassRef, predicate: Value, iterable: Value) -> Result<Object, Raised> {
        let iterator = ops::iter(iterable)?;
        Ok(alloc_instance(
            cls.0,
            TakeWhile {
                header: header::<TakeWhile>(),
                function: Slot::new(predicate.to_object()),
                iterator: Slot::new(iterator),
                done: Cell::new(false),
            },
        ))
    }
    fn __iter__(this: Value) -> Value {
        this
    }
    fn __next__(this: &TakeWhile) -> Result<Object, Raised> {
        next_or_stop(this.advance())
    }
}

impl FilterFalse {
    fn advance(&self) -> Result<Option<Object>, Raised> {
        let f = self.function.value();
        let by_truth = f.is_none() || f == Bool::class().as_value();
        loop {
            let Some(o) = next_of(&self.iterator)? else {
                return Ok(None);
            };
            let found = if by_truth {
                ops::is_true(o.value())?
            } else {
                test(&self.function, &o)?
            };
            if !found {
                return Ok(Some(o));
            }
        }
    }
}
struct FilterFalseMethods;
#[builtin_methods(filterfalse)]
impl FilterFalseMethods {
    #[new]
    fn new(cls: ClassRef, function: Value, iterable: Value) -> Result<Object, Raised> {
        let iterator = ops::iter(iterable)?;
        Ok(alloc_instance(
            cls.0,
            FilterFalse {
                header: header::<FilterFalse>(),
                function: Slot::new(function.to_object()),
                iterator: Slot::new(iterator),
            },
        ))
    }
    fn __iter__(this: Value) -> Value {
        this
    }
    fn __next__(this: &FilterFalse) -> Result<Object, Raised> {
        next_or_stop(this.advance())
    }
}

impl Islice {
    fn advance(&self) -> Result<Option<Object>, Raised> {
        let Some(it) = self.iterator.get() else {
            return Ok(None);
        };
        let (next, stop) = (self.next.get(), self.stop.get());
        if stop >= 0 && self.count.get() >= stop {
            self.iterator.clear();
            return Ok(None);
        }
        while self.count.get() < next {
            if ops::next(it.value())?.is_none() {
                self.iterator.clear();
                return Ok(None);
            }
            self.count.set(self.count.get() + 1);
        }
        if stop >= 0 && self.count.get() >= stop {
            self.iterator.clear();
            return Ok(None);
        }
        let Some(o) = ops::next(it.value())? else {
            self.iterator.clear();
            return Ok(None);
        };
        self.count.set(self.count.get() + 1);
        let following = next.saturating_add(self.step.get());
        self.next.set(if stop >= 0 { following.min(stop) } else { following });
        Ok(Some(o))
    }
}
/// An index of `islice`, `None` where it is Python's None; `message` if it is neither that nor a size.
fn slice_index(v: Option<&Value>, message: &str) -> Result<Option<i64>, Raised> {
    let Some(v) = v.filter(|v| !v.is_none()) else {
        return Ok(None);
    };
    let invalid = || raise::value_error(message);
    match ops::index_quiet(*v) {
        Ok(Some(i)) => match i.as_int().and_then(|i| i.to_i64()) {
            Some(i) if i >= 0 => Ok(Some(i)),
            _ => Err(invalid()),
        },
        Ok(None) => Err(invalid()),
        Err(r) => {
            raise::clear(r);
            Err(invalid())
        }
    }
}
struct IsliceMethods;
#[builtin_methods(islice)]
impl IsliceMethods {
    #[new]
    #[signature = "(iterable, start, stop=<unrepresentable>, step=<unrepresentable>, /)"]
    fn new(
        cls: ClassRef,
        iterable: Value,
        first: Value,
        second: Option<Value>,
        third: Option<Value>,
    ) -> Result<Object, Raised> {
        const INDICES: &str = "Indices for islice() must be None or an integer: 0 <= x <= sys.maxsize.";
        const STOP: &str = "Stop argument for islice() must be None or an integer: 0 <= x <= sys.maxsize.";
        const STEP: &str = "Step for islice() must be a positive integer or None.";
        let (start, stop) = match &second {
            None => (0, slice_index(Some(&first), STOP)?),
            Some(second) => {
                // A bad stop is reported before a bad start.
                let stop = slice_index(Some(second), STOP)?;
                (slice_index(Some(&first), INDICES)?.unwrap_or(0), stop)
            }
        };
        let step = slice_index(third.as_ref(), STEP)?.unwrap_or(1);
        if step < 1 {
            return Err(raise::value_error(STEP));
        }
        let iterator = ops::iter(iterable)?;
        Ok(alloc_instance(
            cls.0,
            Islice {
                header: header::<Islice>(),
                iterator: Slot::new(iterator),
                next: Cell::new(start),
                stop: Cell::new(stop.unwrap_or(-1)),
                step: Cell::new(step),
                count: Cell::new(0),
            },
        ))
    }
    fn __iter__(this: Value) -> Value {
        this
    }
    fn __next__(this: &Islice) -> Result<Object, Raised> {
        next_or_stop(this.advance())
    }
}

pub fn add_to(module: &Module) {
    add::<Compress>(module, CompressMethods::METHODS, next_fn!(Compress), "The items whose selector is true.");
    add::<DropWhile>(
        module,
        DropWhileMethods::METHODS,
        next_fn!(DropWhile),
        "The items from the first one for which the predicate is false.",
    );
    add::<TakeWhile>(
        module,
        TakeWhileMethods::METHODS,
        next_fn!(TakeWhile),
        "The items before the first one for which the predicate is false.",
    );
    add::<FilterFalse>(
        module,
        FilterFalseMethods::METHODS,
        next_fn!(FilterFalse),
        "The items for which the function is false.",
    );
    add::<Islice>(module, IsliceMethods::METHODS, next_fn!(Islice), "The items that a slice selects.");
}
