//! Iterators that join iterables or regroup items: `chain`, `zip_longest`, `starmap`, `accumulate`, `pairwise`,
//! `batched`, `groupby`.

use super::{add, next_fn};
use kiln_builtins::shared::class_getitem;
use kiln_macros::builtin_methods;
use kiln_object::args::{Keywords, Rest};
use kiln_object::call::call;
use kiln_object::iter::{next_or_stop, set_fast_next};
use kiln_object::layout::{Slot, alloc, alloc_instance, header};
use kiln_object::module::Module;
use kiln_object::object_struct;
use kiln_object::ops::{self, BinaryOp};
use kiln_object::tuple::Tuple;
use kiln_object::types::{ClassRef, define, flags};
use kiln_object::{Object, Raised, Value, raise};
use std::cell::{Cell, RefCell};

object_struct! {
    /// An iterator over iterables, and the iterator of the one that is being gone through.
    struct Chain = "chain", Container { source: Slot, active: Slot }
}
object_struct! {
    /// Iterators, None in place of an exhausted one.
    struct ZipLongest = "zip_longest", Container { iterators: RefCell<Vec<Object>>, fill: Slot, active: Cell<usize> }
}
object_struct! { struct StarMap = "starmap", Container { function: Slot, iterator: Slot } }
object_struct! { struct Accumulate = "accumulate", Container { iterator: Slot, function: Slot, total: Slot, initial: Slot } }
object_struct! { struct Pairwise = "pairwise", Container { iterator: Slot, old: Slot } }
object_struct! { struct Batched = "batched", Container { iterator: Slot, size: Cell<usize>, strict: Cell<bool> } }
object_struct! {
    /// `group` is the number of the group that was handed out last; older ones are over.
    struct GroupBy = "groupby", Container { iterator: Slot, function: Slot, target: Slot, key: Slot, value: Slot, group: Cell<u64> }
}
object_struct! { struct Grouper = "_grouper", Container { parent: Slot, target: Slot, group: Cell<u64> } }

impl Chain {
    fn advance(&self) -> Result<Option<Object>, Raised> {
        loop {
            let Some(source) = self.source.get() else {
                return Ok(None);
            };
            let active = match self.active.get() {
                Some(it) => it,
                None => {
                    let Some(iterable) = ops::next(source.value())? else {
                        self.source.clear();
                        return Ok(None);
                    };
                    let it = ops::iter(iterable.value()).inspect_err(|_| self.source.clear())?;
                    self.active.set(it.clone());
                    it
                }
            };
            if let Some(o) = ops::next(active.value())? {
                return Ok(Some(o));
            }
            self.active.clear();
        }
    }
    fn make(cls: ClassRef, source: Object) -> Object {
        alloc_instance(
            cls.0,
            Chain {
                header: header::<Chain>(),
                source: Slot::new(source),
                active: Slot::empty(),
            },
        )
    }
}
struct ChainMethods;
#[builtin_methods(chain)]
impl ChainMethods {
    #[new]
    #[signature = "(*iterables)"]
    fn new(cls: ClassRef, iterables: Rest<'_>) -> Result<Object, Raised> {
        let all = Tuple::from_values(iterables);
        Ok(Chain::make(cls, ops::iter(all.value())?))
    }
    /// A chain of the iterables that one iterable gives.
    #[classmethod]
    fn from_iterable(cls: ClassRef, iterable: Value) -> Result<Object, Raised> {
        Ok(Chain::make(cls, ops::iter(iterable)?))
    }
    fn __iter__(this: Value) -> Value {
        this
    }
    fn __next__(this: &Chain) -> Result<Object, Raised> {
        next_or_stop(this.advance())
    }
    #[classmethod]
    fn __class_getitem__(cls: ClassRef, object: Value) -> Result<Object, Raised> {
        class_getitem(cls.as_value(), object)
    }
}

impl ZipLongest {
    fn advance(&self) -> Result<Option<Object>, Raised> {
        let its: Vec<Object> = self.iterators.borrow().clone();
        if its.is_empty() || self.active.get() == 0 {
            return Ok(None);
        }
        let fill = self.fill.value().to_object();
        let mut items = Vec::with_capacity(its.len());
        for (i, it) in its.iter().enumerate() {
            if it.is_none() {
                items.push(fill.clone());
                continue;
            }
            match ops::next(it.value()) {
                Ok(Some(o)) => items.push(o),
                Ok(None) => {
                    self.active.set(self.active.get().saturating_sub(1));
                    if self.active.get() == 0 {
                        return Ok(None);
                    }
                    let gone = std::mem::replace(&mut self.iterators.borrow_mut()[i], Object::none());
                    drop(gone);
                    items.push(fill.clone());
                }
                Err(r) => {
                    self.active.set(0);
                    return Err(r);
                }
            }
        }
        Ok(Some(Tuple::from_vec(items)))
    }
}
struct ZipLongestMethods;
#[builtin_methods(zip_longest)]
impl ZipLongestMethods {
    #[new]
    #[signature = "(*iterables, fillvalue=None)"]
    fn new(cls: ClassRef, iterables: Rest<'_>, kwargs: Keywords<'_>) -> Result<Object, Raised> {
        let fill = kwargs.get("fillvalue");
        if kwargs.len() > fill.is_some() as usize {
            return Err(kiln_object::raise!(
                TypeError,
                "zip_longest() got an unexpected keyword argument"
            ));
        }
        let mut its = Vec::with_capacity(iterables.len());
        for &v in iterables {
            its.push(ops::iter(v)?);
        }
        let active = its.len();
        Ok(alloc_instance(
            cls.0,
            ZipLongest {
                header: header::<ZipLongest>(),
                iterators: RefCell::new(its),
                fill: Slot::new(fill.map_or_else(Object::none, Value::to_object)),
                active: Cell::new(active),
            },
        ))
    }
    fn __iter__(this: Value) -> Value {
        this
    }
    fn __next__(this: &ZipLongest) -> Result<Object, Raised> {
        next_or_stop(this.advance())
    }
}

impl StarMap {
    fn advance(&self) -> Result<Option<Object>, Raised> {
        let (f, it) = (self.function.value().to_object(), self.iterator.value().to_object());
        let Some(args) = ops::next(it.value())? else {
            return Ok(None);
        };
        let args = kiln_builtins::tuple::from_iterable(args.value())?;
        call(f.value(), args.expect::<Tuple>().items()).map(Some)
    }
}
struct StarMapMethods;
#[builtin_methods(starmap)]
impl StarMapMethods {
    #[new]
    fn new(cls: ClassRef, function: Value, iterable: Value) -> Result<Object, Raised> {
        let iterator = ops::iter(iterable)?;
        Ok(alloc_instance(
            cls.0,
            StarMap {
                header: header::<StarMap>(),
                function: Slot::new(function.to_object()),
                iterator: Slot::new(iterator),
            },
        ))
    }
    fn __iter__(this: Value) -> Value {
        this
    }
    fn __next__(this: &StarMap) -> Result<Object, Raised> {
        next_or_stop(this.advance())
    }
}

impl Accumulate {
    fn advance(&self) -> Result<Option<Object>, Raised> {
        if let Some(initial) = self.initial.take() {
            self.total.set(initial.clone());
            return Ok(Some(initial));
        }
        let it = self.iterator.value().to_object();
        let Some(o) = ops::next(it.value())? else {
            return Ok(None);
        };
        let total = match self.total.get() {
            None => o,
            Some(total) => match self.function.get() {
                None => ops::binary(BinaryOp::Add, total.value(), o.value())?,
                Some(f) => call(f.value(), &[total.value(), o.value()])?,
            },
        };
        self.total.set(total.clone());
        Ok(Some(total))
    }
}
struct AccumulateMethods;
#[builtin_methods(accumulate)]
impl AccumulateMethods {
    #[new]
    #[signature = "(iterable, func=None, *, initial=None)"]
    fn new(
        cls: ClassRef,
        #[kw] iterable: Value,
        #[kw]
        #[none]
        func: Option<Value>,
        #[kwonly]
        #[none]
        initial: Option<Value>,
    ) -> Result<Object, Raised> {
        let iterator = ops::iter(iterable)?;
        Ok(alloc_instance(
            cls.0,
            Accumulate {
                header: header::<Accumulate>(),
                iterator: Slot::new(iterator),
                function: Slot::from_option(func.map(Value::to_object)),
                total: Slot::empty(),
                initial: Slot::from_option(initial.map(Value::to_object)),
            },
        ))
    }
    fn __iter__(this: Value) -> Value {
        this
    }
    fn __next__(this: &Accumulate) -> Result<Object, Raised> {
        next_or_stop(this.advance())
    }
}

impl Pairwise {
    fn advance(&self) -> Result<Option<Object>, Raised> {
        let Some(it) = self.iterator.get() else {
            return Ok(None);
        };
        let old = match self.old.get() {
            Some(o) => o,
            None => {
                let Some(first) = ops::next(it.value())? else {
                    self.iterator.clear();
                    return Ok(None);
                };
                self.old.set(first.clone());
                // The iterator may have come back to this object and ended it.
                if self.iterator.is_empty() {
                    self.old.clear();
                    return Ok(None);
                }
                first
            }
        };
        let Some(new) = ops::next(it.value())? else {
            self.iterator.clear();
            self.old.clear();
            return Ok(None);
        };
        self.old.set(new.clone());
        Ok(Some(Tuple::from_array([old, new])))
    }
}
struct PairwiseMethods;
#[builtin_methods(pairwise)]
impl PairwiseMethods {
    #[new]
    fn new(cls: ClassRef, iterable: Value) -> Result<Object, Raised> {
        let iterator = ops::iter(iterable)?;
        Ok(alloc_instance(
            cls.0,
            Pairwise {
                header: header::<Pairwise>(),
                iterator: Slot::new(iterator),
                old: Slot::empty(),
            },
        ))
    }
    fn __iter__(this: Value) -> Value {
        this
    }
    fn __next__(this: &Pairwise) -> Result<Object, Raised> {
        next_or_stop(this.advance())
    }
}

impl Batched {
    fn advance(&self) -> Result<Option<Object>, Raised> {
        let Some(it) = self.iterator.get() else {
            return Ok(None);
        };
        let n = self.size.get();
        let mut items = Vec::with_capacity(n.min(1 << 12));
        while items.len() < n {
            match ops::next(it.value()) {
                Ok(Some(o)) => items.push(o),
                Ok(None) => break,
                Err(r) => {
                    self.iterator.clear();
                    return Err(r);
                }
            }
        }
        if items.len() == n {
            return Ok(Some(Tuple::from_vec(items)));
        }
        self.iterator.clear();
        if items.is_empty() {
            return Ok(None);
        }
        if self.strict.get() {
            return Err(raise::value_error("batched(): incomplete batch"));
        }
        Ok(Some(Tuple::from_vec(items)))
    }
}
struct BatchedMethods;
#[builtin_methods(batched)]
impl BatchedMethods {
    #[new]
    #[signature = "(iterable, n, *, strict=False)"]
    fn new(
        cls: ClassRef,
        #[kw] iterable: Value,
        #[kw] n: isize,
        #[kwonly]
        #[default(false)]
        strict: bool,
    ) -> Result<Object, Raised> {
        if n < 1 {
            return Err(raise::value_error("n must be at least one"));
        }
        let iterator = ops::iter(iterable)?;
        Ok(alloc_instance(
            cls.0,
            Batched {
                header: header::<Batched>(),
                iterator: Slot::new(iterator),
                size: Cell::new(n as usize),
                strict: Cell::new(strict),
            },
        ))
    }
    fn __iter__(this: Value) -> Value {
        this
    }
    fn __next__(this: &Batched) -> Result<Object, Raised> {
        next_or_stop(this.advance())
    }
}

impl GroupBy {
    /// Fetches the next item and its key; false at the end.
    fn step(&self) -> Result<bool, Raised> {
        let it = self.iterator.value().to_object();
        let Some(value) = ops::next(it.value())? else {
            return Ok(false);
        };
        let key = match self.function.get() {
            None => value.clone(),
            Some(f) => call(f.value(), &[value.value()])?,
        };
        self.value.set(value);
        self.key.set(key);
        Ok(true)
    }
    fn advance(&self) -> Result<Option<Object>, Raised> {
        self.group.set(self.group.get() + 1);
        // Skip what is left of the current group.
        loop {
            match (self.key.get(), self.target.get()) {
                (None, _) => {}
                (Some(_), None) => break,
                (Some(key), Some(target)) => {
                    if !ops::is_equal(target.value(), key.value())? {
                        break;
                    }
                }
            }
            if !self.step()? {
                return Ok(None);
            }
        }
        let Some(key) = self.key.get() else { return Ok(None) };
        self.target.set(key.clone());
        let grouper = alloc(Grouper {
            header: header::<Grouper>(),
            parent: Slot::new(Value::from_ptr(&self.header).to_object()),
            target: Slot::new(key.clone()),
            group: Cell::new(self.group.get()),
        });
        Ok(Some(Tuple::from_array([key, grouper])))
    }
}
impl Grouper {
    fn advance(&self) -> Result<Option<Object>, Raised> {
        let parent = self.parent.value().to_object();
        let groups = parent.expect::<GroupBy>();
        if groups.group.get() != self.group.get() {
            return Ok(None);
        }
        if groups.value.is_empty() && !groups.step()? {
            return Ok(None);
        }
        let (Some(key), Some(target)) = (groups.key.get(), self.target.get()) else {
            return Ok(None);
        };
        if !ops::is_equal(target.value(), key.value())? {
            return Ok(None);
        }
        Ok(groups.value.take())
    }
}
struct GroupByMethods;
#[builtin_methods(groupby)]
impl GroupByMethods {
    #[new]
    #[signature = "(iterable, key=None)"]
    fn new(
        cls: ClassRef,
        #[kw] iterable: Value,
        #[kw]
        #[none]
        key: Option<Value>,
    ) -> Result<Object, Raised> {
        let iterator = ops::iter(iterable)?;
        Ok(alloc_instance(
            cls.0,
            GroupBy {
                header: header::<GroupBy>(),
                iterator: Slot::new(iterator),
                function: Slot::from_option(key.map(Value::to_object)),
                target: Slot::empty(),
                key: Slot::empty(),
                value: Slot::empty(),
                group: Cell::new(0),
            },
        ))
    }
    fn __iter__(this: Value) -> Value {
        this
    }
    fn __next__(this: &GroupBy) -> Result<Object, Raised> {
        next_or_stop(this.advance())
    }
}
struct GrouperMethods;
#[builtin_methods(_grouper)]
impl GrouperMethods {
    fn __iter__(this: Value) -> Value {
        this
    }
    fn __next__(this: &Grouper) -> Result<Object, Raised> {
        next_or_stop(this.advance())
    }
}

pub fn add_to(module: &Module) {
    add::<Chain>(module, ChainMethods::METHODS, next_fn!(Chain), "The items of several iterables, one after the other.");
    add::<ZipLongest>(
        module,
        ZipLongestMethods::METHODS,
        next_fn!(ZipLongest),
        "Tuples of the items of several iterables, until the longest is exhausted.",
    );
    add::<StarMap>(module, StarMapMethods::METHODS, next_fn!(StarMap), "The results of a function called with tuples of arguments.");
    add::<Accumulate>(module, AccumulateMethods::METHODS, next_fn!(Accumulate), "Running totals.");
    add::<Pairwise>(module, PairwiseMethods::METHODS, next_fn!(Pairwise), "Overlapping pairs of neighbours.");
    add::<Batched>(module, BatchedMethods::METHODS, next_fn!(Batched), "Tuples of n items each; the last may be shorter.");
    add::<GroupBy>(module, GroupByMethods::METHODS, next_fn!(GroupBy), "Neighbouring items with the same key, as (key, group) pairs.");
    let class = define::<Grouper>("_grouper", "itertools", None, flags::NO_NEW, GrouperMethods::METHODS, None);
    set_fast_next(class, next_fn!(Grouper));
    module.set("_grouper", class.as_value().to_object());
}
