//! `tuple`: methods and iterator.

use crate::shared::{
    ReprGuard, Subscript, buf_to_str, builtin, clip, position, push_repr, reduce, repeat_count, search_bound,
    state_index, subscript,
};
use kiln_macros::builtin_methods;
use kiln_object::iter::next_or_stop;
use kiln_object::layout::ObjectType;
use kiln_object::ops::{self, CompareOp};
use kiln_object::range::TupleIter;
use kiln_object::thread::check_native_stack;
use kiln_object::tuple::Tuple;
use kiln_object::types::{ClassRef, define, flags};
use kiln_object::{Object, Raised, Value, raise};
use kiln_text::TextBuf;

/// The methods' name spaces.
pub struct TupleMethods;
struct IterMethods;

fn value_of(t: &Tuple) -> Value {
    Value::from_ptr(&t.header)
}

fn compare(op: CompareOp, a: &Tuple, b: Value) -> Result<Object, Raised> {
    let Some(b) = b.cast::<Tuple>() else {
        return Ok(Object::not_implemented());
    };
    if a.len() != b.len() && matches!(op, CompareOp::Eq | CompareOp::Ne) {
        // CPython compares the items first, which shows when a comparison raises.
        first_difference(a, b)?;
        return Ok(Object::bool(op == CompareOp::Ne));
    }
    match first_difference(a, b)? {
        None => Ok(Object::bool(op.holds(a.len().cmp(&b.len())))),
        Some(_) if op == CompareOp::Eq => Ok(Object::bool(false)),
        Some(_) if op == CompareOp::Ne => Ok(Object::bool(true)),
        Some((x, y)) => ops::compare(op, x, y),
    }
}
/// The first items of two tuples that differ, if there are any where both have some. Tuples keep their items.
#[inline]
fn first_difference(a: &Tuple, b: &Tuple) -> Result<Option<(Value, Value)>, Raised> {
    for (&x, &y) in a.items().iter().zip(b.items()) {
        if x != y && !ops::is_equal(x, y)? {
            return Ok(Some((x, y)));
        }
    }
    Ok(None)
}
/// `a < b` of exact tuples.
pub fn less(a: &Tuple, b: &Tuple) -> Result<bool, Raised> {
    match first_difference(a, b)? {
        None => Ok(a.len() < b.len()),
        Some((x, y)) => ops::compare_bool(CompareOp::Lt, x, y),
    }
}

/// The tuple of an iterable's items; an exact tuple is returned as it is.
pub fn from_iterable(v: Value) -> Result<Object, Raised> {
    if v.is_exact::<Tuple>() {
        return Ok(v.to_object());
    }
    if let Some(l) = v.exact::<kiln_object::list::List>() {
        return Ok(Tuple::from_values(l.borrow()));
    }
    let it = ops::iter(v)?;
    let mut items = Vec::with_capacity(crate::shared::room_for(v)?.min(1 << 12));
    while let Some(o) = ops::next(it.value())? {
        items.push(o);
    }
    Ok(Tuple::from_vec(items))
}

fn multiply(this: &Tuple, n: Value) -> Result<Object, Raised> {
    let times = repeat_count(n, this.len())?;
    let exact = value_of(this).is_exact::<Tuple>();
    if exact && (times == 1 || this.is_empty()) {
        return Ok(value_of(this).to_object());
    }
    let n = this.len();
    Tuple::try_from_fn(n * times, |i| this.items()[i % n].to_object()).ok_or_else(raise::memory_error)
}

#[builtin_methods(tuple)]
impl TupleMethods {
    #[new]
    #[signature = "(iterable=(), /)"]
    fn new(cls: ClassRef, iterable: Option<Value>) -> Result<Object, Raised> {
        let exact = std::ptr::eq(cls.0, Tuple::class());
        let Some(iterable) = iterable else {
            return Ok(if exact {
                Tuple::empty()
            } else {
                Tuple::of_class(cls.0, &[])
            });
        };
        let t = from_iterable(iterable)?;
        if exact {
            return Ok(t);
        }
        Ok(Tuple::of_class(cls.0, t.expect::<Tuple>().items()))
    }
    fn __repr__(this: &Tuple) -> Result<Object, Raised> {
        if this.is_empty() {
            return Ok(kiln_object::str::Str::new("()"));
        }
        let Some(_guard) = ReprGuard::enter(value_of(this)) else {
            return Ok(kiln_object::str::Str::new("(...)"));
        };
        let mut out = TextBuf::with_capacity(2 + 4 * this.len());
        out.push_ascii(b"(");
        for (i, &v) in this.items().iter().enumerate() {
            if i > 0 {
                out.push_ascii(b", ");
            }
            push_repr(&mut out, v)?;
        }
        out.push_ascii(if this.len() == 1 { b",)" } else { b")" });
        Ok(buf_to_str(&out))
    }
    fn __len__(this: &Tuple) -> usize {
        this.len()
    }
    fn __iter__(this: Value) -> Object {
        TupleIter::new(this)
    }
    fn __hash__(this: &Tuple) -> Result<i64, Raised> {
        check_native_stack(" while hashing a tuple")?;
        this.hash()
    }
    fn __contains__(this: &Tuple, key: Value) -> Result<bool, Raised> {
        for &v in this.items() {
            if ops::is_equal(v, key)? {
                return Ok(true);
            }
        }
        Ok(false)
    }
    fn __getitem__(this: &Tuple, key: Value) -> Result<Object, Raised> {
        match subscript(&key, "tuple indices")? {
            Subscript::Index(i) => match position(i, this.len()) {
                Some(i) => Ok(this.items()[i].to_object()),
                None => Err(raise::index_error("tuple index out of range")),
            },
            Subscript::Slice(s) => {
                let selected = s.bounds()?.indices(this.len());
                if selected.count == this.len() && selected.step == 1 && value_of(this).is_exact::<Tuple>() {
                    return Ok(value_of(this).to_object());
                }
                Ok(Tuple::from_vec(
                    selected.positions().map(|i| this.items()[i].to_object()).collect(),
                ))
            }
        }
    }
    fn __add__(this: &Tuple, value: Value) -> Result<Object, Raised> {
        let Some(other) = value.cast::<Tuple>() else {
            return Err(kiln_object::raise!(
                TypeError,
                "can only concatenate tuple (not \"{}\") to tuple",
                value.class().name()
            ));
        };
        if this.is_empty() && value.is_exact::<Tuple>() {
            return Ok(value.to_object());
        }
        if other.is_empty() && value_of(this).is_exact::<Tuple>() {
            return Ok(value_of(this).to_object());
        }
        let n = this.len();
        Ok(Tuple::from_fn(n + other.len(), |i| {
            if i < n { this.items()[i] } else { other.items()[i - n] }.to_object()
        }))
    }
    fn __mul__(this: &Tuple, value: Value) -> Result<Object, Raised> {
        multiply(this, value)
    }
    fn __rmul__(this: &Tuple, value: Value) -> Result<Object, Raised> {
        multiply(this, value)
    }
    fn __eq__(this: &Tuple, value: Value) -> Result<Object, Raised> {
        compare(CompareOp::Eq, this, value)
    }
    fn __ne__(this: &Tuple, value: Value) -> Result<Object, Raised> {
        compare(CompareOp::Ne, this, value)
    }
    fn __lt__(this: &Tuple, value: Value) -> Result<Object, Raised> {
        compare(CompareOp::Lt, this, value)
    }
    fn __le__(this: &Tuple, value: Value) -> Result<Object, Raised> {
        compare(CompareOp::Le, this, value)
    }
    fn __gt__(this: &Tuple, value: Value) -> Result<Object, Raised> {
        compare(CompareOp::Gt, this, value)
    }
    fn __ge__(this: &Tuple, value: Value) -> Result<Object, Raised> {
        compare(CompareOp::Ge, this, value)
    }
    /// How many items equal `value`.
    fn count(this: &Tuple, value: Value) -> Result<i64, Raised> {
        let mut n = 0;
        for &v in this.items() {
            n += ops::is_equal(v, value)? as i64;
        }
        Ok(n)
    }
    /// The position of the first item equal to `value`, between `start` and `stop`.
    #[signature = "($self, value, start=0, stop=sys.maxsize, /)"]
    fn index(this: &Tuple, value: Value, start: Option<Value>, stop: Option<Value>) -> Result<usize, Raised> {
        let start = start.map_or(Ok(0), search_bound)?;
        let stop = stop.map_or(Ok(i64::MAX), search_bound)?;
        let n = this.len();
        for i in clip(start, n)..clip(stop, n).min(n) {
            if ops::is_equal(this.items()[i], value)? {
                return Ok(i);
            }
        }
        Err(raise::value_error("tuple.index(x): x not in tuple"))
    }
    fn __getnewargs__(this: &Tuple) -> Object {
        Tuple::from_array([Tuple::from_values(this.items())])
    }
    #[classmethod]
    fn __class_getitem__(cls: ClassRef, object: Value) -> Result<Object, Raised> {
        crate::shared::class_getitem(cls.as_value(), object)
    }
}

#[builtin_methods(tuple_iterator)]
impl IterMethods {
    fn __iter__(this: Value) -> Value {
        this
    }
    fn __next__(this: &TupleIter) -> Result<Object, Raised> {
        next_or_stop(Ok(this.advance()))
    }
    fn __length_hint__(this: &TupleIter) -> usize {
        this.tuple
            .peek()
            .map_or(0, |t| t.expect::<Tuple>().len().saturating_sub(this.index.get()))
    }
    fn __reduce__(this: &TupleIter) -> Result<Object, Raised> {
        let iter = builtin("iter")?;
        Ok(match this.tuple.get() {
            Some(t) => reduce(iter, vec![t], Some(Object::int(this.index.get() as i64))),
            None => reduce(iter, vec![Tuple::empty()], None),
        })
    }
    fn __setstate__(this: &TupleIter, state: Value) -> Result<(), Raised> {
        let i = state_index(state)?;
        if let Some(t) = this.tuple.peek() {
            this.index.set(i.min(t.expect::<Tuple>().len()));
        }
        Ok(())
    }
}

/// Makes the classes.
pub fn init() {
    define::<Tuple>(
        "tuple",
        "builtins",
        None,
        flags::SEQUENCE,
        TupleMethods::METHODS,
        Some("A sequence of any objects that never changes."),
    );
    define::<TupleIter>(
        "tuple_iterator",
        "builtins",
        None,
        flags::NO_NEW,
        IterMethods::METHODS,
        None,
    );
}
