//! `enumerate`, `zip`, `map`, `filter`: iterators over iterators.

use crate::shared::reduce;
use kiln_macros::builtin_methods;
use kiln_object::args::{Keywords, Rest};
use kiln_object::call::call;
use kiln_object::int::Int;
use kiln_object::iter::{next_or_stop, set_fast_next, set_next_pair};
use kiln_object::layout::{ObjectType, Slot, alloc_instance, header};
use kiln_object::object_struct;
use kiln_object::ops;
use kiln_object::str::Str;
use kiln_object::tuple::Tuple;
use kiln_object::types::{ClassRef, Type, define, flags};
use kiln_object::{Object, Raised, Value};
use std::cell::Cell;

object_struct! {
    /// `enumerate`.
    pub struct Enumerate = "enumerate", Container { pub iterator: Slot, pub index: Slot }
}
object_struct! {
    /// `zip`: a tuple of iterators.
    pub struct Zip = "zip", Container { pub iterators: Slot, pub strict: Cell<bool> }
}
object_struct! {
    /// `map`: a function and a tuple of iterators.
    pub struct Map = "map", Container { pub function: Slot, pub iterators: Slot, pub strict: Cell<bool> }
}
object_struct! {
    /// `filter`: a function, or None, and an iterator.
    pub struct Filter = "filter", Container { pub function: Slot, pub iterator: Slot }
}

struct EnumerateMethods;
struct ZipMethods;
struct MapMethods;
struct FilterMethods;

fn iterators(of: &[Value]) -> Result<Object, Raised> {
    let mut made = Vec::with_capacity(of.len());
    for &v in of {
        made.push(ops::iter(v)?);
    }
    Ok(Tuple::from_vec(made))
}

/// The `strict` argument of `zip` and `map`; nothing else may be given by name.
fn strict(name: &str, kwargs: Keywords<'_>) -> Result<bool, Raised> {
    let mut strict = false;
    for (key, value) in kwargs.iter() {
        if !kiln_object::convert::str_is(key, "strict") {
            return Err(kiln_object::raise!(
                TypeError,
                "{name}() got an unexpected keyword argument {}",
                ops::repr_lossy(key)
            ));
        }
        strict = ops::is_true(value)?;
    }
    Ok(strict)
}

/// The next item of each iterator; `None` when one is exhausted. `name` is for the error of a strict one.
fn next_of_all(iterators: &Object, strict: bool, name: &str) -> Result<Option<Vec<Object>>, Raised> {
    let all = iterators.expect::<Tuple>().items();
    let mut items = Vec::with_capacity(all.len());
    for (i, &it) in all.iter().enumerate() {
        match ops::next(it)? {
            Some(o) => items.push(o),
            None if !strict => return Ok(None),
            None => {
                if i > 0 {
                    let others = if i == 1 { " 1".to_owned() } else { format!("s 1-{i}") };
                    return Err(kiln_object::raise!(
                        ValueError,
                        "{name}() argument {} is shorter than argument{others}",
                        i + 1
                    ));
                }
                for (j, &other) in all.iter().enumerate().skip(1) {
                    if let Some(extra) = ops::next(other)? {
                        drop(extra);
                        let others = if j == 1 { " 1".to_owned() } else { format!("s 1-{j}") };
                        return Err(kiln_object::raise!(
                            ValueError,
                            "{name}() argument {} is longer than argument{others}",
                            j + 1
                        ));
                    }
                }
                return Ok(None);
            }
        }
    }
    Ok(Some(items))
}

impl Enumerate {
    #[inline]
    fn advance_pair(&self) -> Result<Option<(Object, Object)>, Raised> {
        // The iterator is never exchanged, and whoever calls holds the enumeration.
        let Some(o) = ops::next(self.iterator.value())? else {
            return Ok(None);
        };
        let index = self.index.value().to_object();
        let next = match index.value().as_small_int() {
            Some(i) => Object::int(i + 1),
            None => Int::from_big(
                index
                    .as_int()
                    .map_or_else(Default::default, |i| i.to_big())
                    .add(&1.into()),
            ),
        };
        self.index.set(next);
        Ok(Some((index, o)))
    }
    fn advance(&self) -> Result<Option<Object>, Raised> {
        Ok(self.advance_pair()?.map(|(a, b)| Tuple::pair(a, b)))
    }
}
impl Zip {
    fn advance(&self) -> Result<Option<Object>, Raised> {
        let its = self.iterators.value().to_object();
        let t = its.expect::<Tuple>();
        if t.is_empty() {
            return Ok(None);
        }
        if let ([a, b], false) = (t.items(), self.strict.get()) {
            let Some(x) = ops::next(*a)? else { return Ok(None) };
            let Some(y) = ops::next(*b)? else { return Ok(None) };
            return Ok(Some(Tuple::pair(x, y)));
        }
        Ok(next_of_all(&its, self.strict.get(), "zip")?.map(Tuple::from_vec))
    }
    fn advance_pair(&self) -> Result<Option<(Object, Object)>, Raised> {
        if let ([a, b], false) = (self.iterators.value().expect::<Tuple>().items(), self.strict.get()) {
            let (a, b) = (a.to_object(), b.to_object());
            let Some(x) = ops::next(a.value())? else {
                return Ok(None);
            };
            let Some(y) = ops::next(b.value())? else {
                return Ok(None);
            };
            return Ok(Some((x, y)));
        }
        let Some(t) = self.advance()? else { return Ok(None) };
        let items = t.expect::<Tuple>().items();
        if let [a, b] = items {
            return Ok(Some((a.to_object(), b.to_object())));
        }
        Err(match items.len() {
            n @ 0..2 => kiln_object::raise!(ValueError, "not enough values to unpack (expected 2, got {n})"),
            n => kiln_object::raise!(ValueError, "too many values to unpack (expected 2, got {n})"),
        })
    }
}
impl Map {
    fn advance(&self) -> Result<Option<Object>, Raised> {
        let its = self.iterators.value().to_object();
        let f = self.function.value().to_object();
        if let [it] = its.expect::<Tuple>().items() {
            let Some(o) = ops::next(*it)? else { return Ok(None) };
            return call(f.value(), &[o.value()]).map(Some);
        }
        let Some(items) = next_of_all(&its, self.strict.get(), "map")? else {
            return Ok(None);
        };
        let args: Vec<Value> = items.iter().map(|o| o.value()).collect();
        call(f.value(), &args).map(Some)
    }
}
impl Filter {
    fn advance(&self) -> Result<Option<Object>, Raised> {
        let it = self.iterator.value().to_object();
        let f = self.function.value().to_object();
        let by_truth = f.is_none() || f.value() == kiln_object::int::Bool::class().as_value();
        while let Some(o) = ops::next(it.value())? {
            let keep = if by_truth {
                ops::is_true(o.value())?
            } else {
                let answer = call(f.value(), &[o.value()])?;
                ops::is_true(answer.value())?
            };
            if keep {
                return Ok(Some(o));
            }
        }
        Ok(None)
    }
}

fn class_of(header: &kiln_object::Header) -> Object {
    header.class().as_value().to_object()
}
/// Whether a constructor of a class that is not `T` itself, with its own `__init__`, leaves named arguments to that.
fn is_plain(cls: &Type, exact: &Type) -> bool {
    std::ptr::eq(cls, exact)
        || cls.special(kiln_object::Special::Init)
            == kiln_object::types::object_type().special(kiln_object::Special::Init)
}

#[builtin_methods(enumerate)]
impl EnumerateMethods {
    #[new]
    #[signature = "(iterable, start=0)"]
    fn new(cls: ClassRef, args: Rest<'_>, keywords: Keywords<'_>) -> Result<Object, Raised> {
        let total = args.len() + keywords.len();
        if total > 2 {
            return Err(kiln_object::raise!(
                TypeError,
                "enumerate() takes at most 2 arguments ({total} given)"
            ));
        }
        let (mut iterable, mut start) = (args.first().copied(), args.get(1).copied());
        for (key, value) in keywords.iter() {
            let key = key.expect::<Str>().to_string_lossy();
            match &*key {
                "iterable" if iterable.is_none() => iterable = Some(value),
                "start" if start.is_none() && total == 2 => start = Some(value),
                _ => {
                    return Err(kiln_object::raise!(
                        TypeError,
                        "'{key}' is an invalid keyword argument for enumerate()"
                    ));
                }
            }
        }
        let Some(iterable) = iterable else {
            return Err(kiln_object::raise!(
                TypeError,
                "enumerate() missing required argument 'iterable'"
            ));
        };
        let index = match start {
            None => Object::int(0),
            Some(v) => ops::index(v)?,
        };
        let iterator = ops::iter(iterable)?;
        Ok(alloc_instance(
            cls.0,
            Enumerate {
                header: header::<Enumerate>(),
                iterator: Slot::new(iterator),
                index: Slot::new(index),
            },
        ))
    }
    fn __iter__(this: Value) -> Value {
        this
    }
    fn __next__(this: &Enumerate) -> Result<Object, Raised> {
        next_or_stop(this.advance())
    }
    fn __reduce__(this: &Enumerate) -> Object {
        reduce(
            class_of(&this.header),
            vec![this.iterator.value().to_object(), this.index.value().to_object()],
            None,
        )
    }
    #[classmethod]
    fn __class_getitem__(cls: ClassRef, object: Value) -> Result<Object, Raised> {
        crate::shared::class_getitem(cls.as_value(), object)
    }
}

#[builtin_methods(zip)]
impl ZipMethods {
    #[new]
    #[signature = "(*args, **kwargs)"]
    fn new(cls: ClassRef, iterables: Rest<'_>, kwargs: Keywords<'_>) -> Result<Object, Raised> {
        let strict = if is_plain(cls.0, Zip::class()) {
            strict("zip", kwargs)?
        } else {
            kwargs.get("strict").map_or(Ok(false), ops::is_true)?
        };
        let iterators = iterators(iterables)?;
        Ok(alloc_instance(
            cls.0,
            Zip {
                header: header::<Zip>(),
                iterators: Slot::new(iterators),
                strict: Cell::new(strict),
            },
        ))
    }
    fn __iter__(this: Value) -> Value {
        this
    }
    fn __next__(this: &Zip) -> Result<Object, Raised> {
        next_or_stop(this.advance())
    }
    fn __reduce__(this: &Zip) -> Object {
        let mut items = vec![class_of(&this.header), this.iterators.value().to_object()];
        if this.strict.get() {
            items.push(Object::bool(true));
        }
        Tuple::from_vec(items)
    }
    fn __setstate__(this: &Zip, state: Value) -> Result<(), Raised> {
        this.strict.set(ops::is_true(state)?);
        Ok(())
    }
}

#[builtin_methods(map)]
impl MapMethods {
    #[new]
    #[signature = "(function, iterable, /, *iterables, strict=False)"]
    fn new(cls: ClassRef, args: Rest<'_>, kwargs: Keywords<'_>) -> Result<Object, Raised> {
        let strict = if is_plain(cls.0, Map::class()) {
            strict("map", kwargs)?
        } else {
            kwargs.get("strict").map_or(Ok(false), ops::is_true)?
        };
        let Some((function, iterables)) = args.split_first().filter(|(_, its)| !its.is_empty()) else {
            return Err(kiln_object::raise!(
                TypeError,
                "map() must have at least two arguments."
            ));
        };
        let iterators = iterators(iterables)?;
        Ok(alloc_instance(
            cls.0,
            Map {
                header: header::<Map>(),
                function: Slot::new(function.to_object()),
                iterators: Slot::new(iterators),
                strict: Cell::new(strict),
            },
        ))
    }
    fn __iter__(this: Value) -> Value {
        this
    }
    fn __next__(this: &Map) -> Result<Object, Raised> {
        next_or_stop(this.advance())
    }
    fn __reduce__(this: &Map) -> Object {
        let mut args = vec![this.function.value().to_object()];
        args.extend(
            this.iterators
                .value()
                .expect::<Tuple>()
                .items()
                .iter()
                .map(|v| v.to_object()),
        );
        reduce(
            class_of(&this.header),
            args,
            this.strict.get().then(|| Object::bool(true)),
        )
    }
    fn __setstate__(this: &Map, state: Value) -> Result<(), Raised> {
        this.strict.set(ops::is_true(state)?);
        Ok(())
    }
}

#[builtin_methods(filter)]
impl FilterMethods {
    #[new]
    #[signature = "(function, iterable, /)"]
    fn new(cls: ClassRef, args: Rest<'_>, kwargs: Keywords<'_>) -> Result<Object, Raised> {
        if !kwargs.is_empty() && is_plain(cls.0, Filter::class()) {
            return Err(kiln_object::raise!(TypeError, "filter() takes no keyword arguments"));
        }
        let [function, iterable] = args else {
            return Err(kiln_object::raise!(
                TypeError,
                "filter expected 2 arguments, got {}",
                args.len()
            ));
        };
        let iterator = ops::iter(*iterable)?;
        Ok(alloc_instance(
            cls.0,
            Filter {
                header: header::<Filter>(),
                function: Slot::new(function.to_object()),
                iterator: Slot::new(iterator),
            },
        ))
    }
    fn __iter__(this: Value) -> Value {
        this
    }
    fn __next__(this: &Filter) -> Result<Object, Raised> {
        next_or_stop(this.advance())
    }
    fn __reduce__(this: &Filter) -> Object {
        reduce(
            class_of(&this.header),
            vec![this.function.value().to_object(), this.iterator.value().to_object()],
            None,
        )
    }
}

/// Makes the classes.
pub fn init() {
    let open = flags::BASETYPE;
    let class = define::<Enumerate>(
        "enumerate",
        "builtins",
        None,
        open,
        EnumerateMethods::METHODS,
        Some("Pairs of a count and the items of an iterable."),
    );
    set_fast_next(class, |v| v.expect::<Enumerate>().advance());
    set_next_pair(class, |v| v.expect::<Enumerate>().advance_pair());
    let class = define::<Zip>(
        "zip",
        "builtins",
        None,
        open,
        ZipMethods::METHODS,
        Some("Tuples of the items of several iterables, until the shortest is exhausted."),
    );
    set_fast_next(class, |v| v.expect::<Zip>().advance());
    set_next_pair(class, |v| v.expect::<Zip>().advance_pair());
    let class = define::<Map>(
        "map",
        "builtins",
        None,
        open,
        MapMethods::METHODS,
        Some("The results of a function called with the items of iterables."),
    );
    set_fast_next(class, |v| v.expect::<Map>().advance());
    let class = define::<Filter>(
        "filter",
        "builtins",
        None,
        open,
        FilterMethods::METHODS,
        Some("The items of an iterable for which a function is true."),
    );
    set_fast_next(class, |v| v.expect::<Filter>().advance());
}
