//! `product`, `combinations`, `combinations_with_replacement`, `permutations`: each keeps its pool and the indices of
//! the items of the last result.

use super::{add, next_fn};
use kiln_macros::builtin_methods;
use kiln_object::args::{Keywords, Rest};
use kiln_object::iter::next_or_stop;
use kiln_object::layout::{Plain, Slot, alloc_instance, header};
use kiln_object::module::Module;
use kiln_object::object_struct;
use kiln_object::ops;
use kiln_object::tuple::Tuple;
use kiln_object::types::ClassRef;
use kiln_object::{Object, Raised, Value, raise};
use std::cell::{Cell, RefCell};

type Indices = Plain<RefCell<Vec<usize>>>;

object_struct! {
    /// `pools` is a tuple of tuples.
    struct Product = "product", Container { pools: Slot, indices: Indices, started: Cell<bool>, done: Cell<bool> }
}
object_struct! { struct Combinations = "combinations", Container { pool: Slot, indices: Indices, started: Cell<bool>, done: Cell<bool> } }
object_struct! { struct Repeated = "combinations_with_replacement", Container { pool: Slot, indices: Indices, started: Cell<bool>, done: Cell<bool> } }
object_struct! {
    struct Permutations = "permutations", Container { pool: Slot, indices: Indices, cycles: Indices, length: Cell<usize>, started: Cell<bool>, done: Cell<bool> }
}

fn indices(v: Vec<usize>) -> Indices {
    Plain(RefCell::new(v))
}
fn pick(pool: Value, indices: &[usize]) -> Object {
    let items = pool.expect::<Tuple>().items();
    Tuple::from_fn(indices.len(), |i| items[indices[i]].to_object())
}
/// The argument `r`, which is a length.
fn length(r: isize) -> Result<usize, Raised> {
    usize::try_from(r).map_err(|_| raise::value_error("r must be non-negative"))
}

impl Product {
    fn advance(&self) -> Result<Option<Object>, Raised> {
        if self.done.get() {
            return Ok(None);
        }
        let pools = self.pools.value();
        let pools = pools.expect::<Tuple>().items();
        let size = |i: usize| pools[i].expect::<Tuple>().len();
        let mut at = self.indices.borrow_mut();
        if self.started.replace(true) {
            let mut i = pools.len();
            loop {
                if i == 0 {
                    self.done.set(true);
                    return Ok(None);
                }
                i -= 1;
                at[i] += 1;
                if at[i] < size(i) {
                    break;
                }
                at[i] = 0;
            }
        } else if (0..pools.len()).any(|i| size(i) == 0) {
            self.done.set(true);
            return Ok(None);
        }
        Ok(Some(Tuple::from_fn(pools.len(), |i| {
            pools[i].expect::<Tuple>().items()[at[i]].to_object()
        })))
    }
}
struct ProductMethods;
#[builtin_methods(product)]
impl ProductMethods {
    #[new]
    #[signature = "(*iterables, repeat=1)"]
    fn new(cls: ClassRef, iterables: Rest<'_>, kwargs: Keywords<'_>) -> Result<Object, Raised> {
        let mut repeat = 1isize;
        for (key, value) in kwargs.iter() {
            if !kiln_object::convert::str_is(key, "repeat") {
                return Err(kiln_object::raise!(
                    TypeError,
                    "product() got an unexpected keyword argument {}",
                    ops::repr_lossy(key)
                ));
            }
            repeat = <isize as kiln_object::FromValue<'_>>::from_value(&value, "repeat")?;
        }
        let Ok(repeat) = usize::try_from(repeat) else {
            return Err(raise::value_error("repeat argument cannot be negative"));
        };
        let n = if repeat == 0 { 0 } else { iterables.len() };
        if n.checked_mul(repeat).is_none_or(|n| n > isize::MAX as usize / 8) {
            return Err(raise::overflow_error("repeat argument too large"));
        }
        let mut pools = Vec::with_capacity(n);
        for &v in &iterables[..n] {
            pools.push(kiln_builtins::tuple::from_iterable(v)?);
        }
        if n * repeat > 1 << 32 {
            return Err(raise::memory_error());
        }
        let all: Vec<Object> = (0..n * repeat).map(|i| pools[i % n].clone()).collect();
        Ok(alloc_instance(
            cls.0,
            Product {
                header: header::<Product>(),
                indices: indices(vec![0; all.len()]),
                pools: Slot::new(Tuple::from_vec(all)),
                started: Cell::new(false),
                done: Cell::new(false),
            },
        ))
    }
    fn __iter__(this: Value) -> Value {
        this
    }
    fn __next__(this: &Product) -> Result<Object, Raised> {
        next_or_stop(this.advance())
    }
}

impl Combinations {
    fn advance(&self) -> Result<Option<Object>, Raised> {
        if self.done.get() {
            return Ok(None);
        }
        let pool = self.pool.value();
        let n = pool.expect::<Tuple>().len();
        let mut at = self.indices.borrow_mut();
        let r = at.len();
        if self.started.replace(true) {
            let Some(i) = (0..r).rev().find(|&i| at[i] != i + n - r) else {
                self.done.set(true);
                return Ok(None);
            };
            at[i] += 1;
            for j in i + 1..r {
                at[j] = at[j - 1] + 1;
            }
        }
        Ok(Some(pick(pool, &at)))
    }
}
struct CombinationsMethods;
#[builtin_methods(combinations)]
impl CombinationsMethods {
    #[new]
    fn new(
        cls: ClassRef,
        #[kw] iterable: Value,
        #[kw] r: isize,
    ) -> Result<Object, Raised> {
        let pool = kiln_builtins::tuple::from_iterable(iterable)?;
        let r = length(r)?;
        let n = pool.expect::<Tuple>().len();
        Ok(alloc_instance(
            cls.0,
            Combinations {
                header: header::<Combinations>(),
                pool: Slot::new(pool),
                indices: indices((0..r.min(n)).collect()),
                started: Cell::new(false),
                done: Cell::new(r > n),
            },
        ))
    }
    fn __iter__(this: Value) -> Value {
        this
    }
    fn __next__(this: &Combinations) -> Result<Object, Raised> {
        next_or_stop(this.advance())
    }
}

impl Repeated {
    fn advance(&self) -> Result<Option<Object>, Raised> {
        if self.done.get() {
            return Ok(None);
        }
        let pool = self.pool.value();
        let n = pool.expect::<Tuple>().len();
        let mut at = self.indices.borrow_mut();
        if self.started.replace(true) {
            let Some(i) = (0..at.len()).rev().find(|&i| at[i] != n - 1) else {
                self.done.set(true);
                return Ok(None);
            };
            let next = at[i] + 1;
            at[i..].fill(next);
        }
        Ok(Some(pick(pool, &at)))
    }
}
struct RepeatedMethods;
#[builtin_methods(combinations_with_replacement)]
impl RepeatedMethods {
    #[new]
    fn new(
        cls: ClassRef,
        #[kw] iterable: Value,
        #[kw] r: isize,
    ) -> Result<Object, Raised> {
        let pool = kiln_builtins::tuple::from_iterable(iterable)?;
        let r = length(r)?;
        if r > 1 << 40 {
            return Err(raise::memory_error());
        }
        let empty = pool.expect::<Tuple>().is_empty();
        Ok(alloc_instance(
            cls.0,
            Repeated {
                header: header::<Repeated>(),
                pool: Slot::new(pool),
                indices: indices(if empty { Vec::new() } else { vec![0; r] }),
                started: Cell::new(false),
                done: Cell::new(empty && r > 0),
            },
        ))
    }
    fn __iter__(this: Value) -> Value {
        this
    }
    fn __next__(this: &Repeated) -> Result<Object, Raised> {
        next_or_stop(this.advance())
    }
}

impl Permutations {
    fn advance(&self) -> Result<Option<Object>, Raised> {
        if self.done.get() {
            return Ok(None);
        }
        let pool = self.pool.value();
        let n = pool.expect::<Tuple>().len();
        let r = self.length.get();
        let mut at = self.indices.borrow_mut();
        if self.started.replace(true) {
            let mut cycles = self.cycles.borrow_mut();
            let mut i = r;
            loop {
                if i == 0 {
                    self.done.set(true);
                    return Ok(None);
                }
                i -= 1;
                cycles[i] -= 1;
                if cycles[i] > 0 {
                    at.swap(i, n - cycles[i]);
                    break;
                }
                at[i..].rotate_left(1);
                cycles[i] = n - i;
            }
        }
        Ok(Some(pick(pool, &at[..r])))
    }
}
struct PermutationsMethods;
#[builtin_methods(permutations)]
impl PermutationsMethods {
    #[new]
    #[signature = "(iterable, r=None)"]
    fn new(
        cls: ClassRef,
        #[kw] iterable: Value,
        #[kw]
        #[none]
        r: Option<Value>,
    ) -> Result<Object, Raised> {
        let pool = kiln_builtins::tuple::from_iterable(iterable)?;
        let n = pool.expect::<Tuple>().len();
        let r = match r {
            None => n,
            Some(v) if v.as_int().is_none() => return Err(kiln_object::raise!(TypeError, "Expected int as r")),
            Some(v) => length(<isize as kiln_object::FromValue<'_>>::from_value(&v, "r")?)?,
        };
        Ok(alloc_instance(
            cls.0,
            Permutations {
                header: header::<Permutations>(),
                pool: Slot::new(pool),
                indices: indices((0..n).collect()),
                cycles: indices((0..r.min(n)).map(|i| n - i).collect()),
                length: Cell::new(r),
                started: Cell::new(false),
                done: Cell::new(r > n),
            },
        ))
    }
    fn __iter__(this: Value) -> Value {
        this
    }
    fn __next__(this: &Permutations) -> Result<Object, Raised> {
        next_or_stop(this.advance())
    }
}

pub fn add_to(module: &Module) {
    add::<Product>(module, ProductMethods::METHODS, next_fn!(Product), "The Cartesian product of iterables.");
    add::<Combinations>(
        module,
        CombinationsMethods::METHODS,
        next_fn!(Combinations),
        "The ways to choose r items, in order of position.",
    );
    add::<Repeated>(
        module,
        RepeatedMethods::METHODS,
        next_fn!(Repeated),
        "The ways to choose r items, each any number of times.",
    );
    add::<Permutations>(
        module,
        PermutationsMethods::METHODS,
        next_fn!(Permutations),
        "The ways to arrange r items.",
    );
}
