//! `range`: methods and iterators.

use crate::shared::{builtin, index_i64, reduce};
use kiln_macros::builtin_methods;
use kiln_object::int::Int;
use kiln_object::iter::next_or_stop;
use kiln_object::layout::ObjectType;
use kiln_object::ops::{self, CompareOp};
use kiln_object::range::{LongRangeIter, Range, RangeIter};
use kiln_object::slice::Slice;
use kiln_object::tuple::Tuple;
use kiln_object::types::{ClassRef, define, flags};
use kiln_object::{Object, Raised, Value, raise};
use kiln_text::BigInt;

/// The methods' name space.
pub struct RangeMethods;
/// Of the iterators.
pub struct RangeIterMethods;
pub struct LongRangeIterMethods;

fn big(v: Value) -> BigInt {
    v.as_int().map_or(BigInt::ZERO, |i| i.to_big())
}
/// The exact int of an index.
fn exact_index(v: Value) -> Result<Object, Raised> {
    if v.is_int() {
        return Ok(v.to_object());
    }
    let i = ops::index(v)?;
    if i.is_exact_int() {
        return Ok(i);
    }
    Ok(Int::from_big(big(i.value())))
}
fn item(r: &Range, i: &BigInt) -> Object {
    Int::from_big(big(r.start.value()).add(&i.mul(&big(r.step.value()))))
}
fn is_zero(v: Value) -> bool {
    v == Value::ZERO
}

/// Where `v`, an int, is in the range.
fn find(r: &Range, v: Value) -> Option<BigInt> {
    if let (Some((start, step, n)), Some(i)) = (r.as_small(), v.as_int().and_then(|i| i.to_i64())) {
        let span = i as i128 - start as i128;
        let step = step as i128;
        let at = span.checked_div(step)?;
        return (span % step == 0 && at >= 0 && at < n as i128).then(|| BigInt::from(at));
    }
    let (at, rest) = big(v).sub(&big(r.start.value())).divmod(&big(r.step.value()))?;
    let inside = !at.is_negative() && at.sub(&big(r.length.value())).is_negative();
    (rest.is_zero() && inside).then_some(at)
}
/// Ints are found by arithmetic; anything else is compared with each item.
fn found_by_arithmetic(v: Value) -> bool {
    v.is_exact_int() || v.is_true() || v.is_false()
}

fn compare(op: CompareOp, a: &Range, b: Value) -> Object {
    let Some(b) = b.cast::<Range>() else {
        return Object::not_implemented();
    };
    let same = |x: Value, y: Value| x == y || big(x).sub(&big(y)).is_zero();
    let equal = same(a.length.value(), b.length.value())
        && (is_zero(a.length.value())
            || same(a.start.value(), b.start.value())
                && (a.length.value() == Value::int_unchecked(1) || same(a.step.value(), b.step.value())));
    match op {
        CompareOp::Eq => Object::bool(equal),
        CompareOp::Ne => Object::bool(!equal),
        _ => Object::not_implemented(),
    }
}

#[builtin_methods(range)]
impl RangeMethods {
    #[new]
    #[signature = "(start, stop=<unrepresentable>, step=<unrepresentable>, /)"]
    fn new(_cls: ClassRef, start: Value, stop: Option<Value>, step: Option<Value>) -> Result<Object, Raised> {
        let Some(stop) = stop else {
            return Ok(Range::new(Object::int(0), exact_index(start)?, Object::int(1)));
        };
        let (start, stop) = (exact_index(start)?, exact_index(stop)?);
        let step = step.map_or_else(|| Ok(Object::int(1)), exact_index)?;
        if is_zero(step.value()) {
            return Err(kiln_object::raise!(ValueError, "range() arg 3 must not be zero"));
        }
        Ok(Range::new(start, stop, step))
    }
    #[getter]
    fn start(this: &Range) -> Value {
        this.start.value()
    }
    #[getter]
    fn stop(this: &Range) -> Value {
        this.stop.value()
    }
    #[getter]
    fn step(this: &Range) -> Value {
        this.step.value()
    }
    fn __repr__(this: &Range) -> Result<Object, Raised> {
        let mut out = kiln_text::TextBuf::with_capacity(24);
        out.push_ascii(b"range(");
        crate::shared::push_repr(&mut out, this.start.value())?;
        out.push_ascii(b", ");
        crate::shared::push_repr(&mut out, this.stop.value())?;
        if this.step.value() != Value::int_unchecked(1) {
            out.push_ascii(b", ");
            crate::shared::push_repr(&mut out, this.step.value())?;
        }
        out.push_ascii(b")");
        Ok(crate::shared::buf_to_str(&out))
    }
    fn __len__(this: &Range) -> Result<i64, Raised> {
        match this.length.value().as_int().and_then(|n| n.to_i64()) {
            Some(n) => Ok(n),
            None => Err(kiln_object::raise!(
                OverflowError,
                "Python int too large to convert to C ssize_t"
            )),
        }
    }
    fn __bool__(this: &Range) -> bool {
        !is_zero(this.length.value())
    }
    fn __iter__(this: &Range) -> Object {
        this.iter()
    }
    fn __reversed__(this: &Range) -> Object {
        if let Some((start, step, n)) = this.as_small()
            && step != i64::MIN
        {
            return RangeIter::new(start + step * (n - 1).max(0), -step, n);
        }
        let last = big(this.length.value()).sub(&BigInt::ONE);
        let step = Int::from_big(big(this.step.value()).neg());
        LongRangeIter::new(item(this, &last).value(), step.value(), this.length.value())
    }
    fn __getitem__(this: &Range, key: Value) -> Result<Object, Raised> {
        if Value::is_int(key)
            && let Some((start, step, n)) = this.as_small()
            && let Some(i) = crate::shared::position(Value::int(key), n as usize)
        {
            return Ok(Object::int(start + step * i as i64));
        }
        if let Some(s) = key.exact::<Slice>() {
            return slice_of(s, this);
        }
        let Some(i) = ops::index_quiet(key)? else {
            return Err(kiln_object::raise!(
                TypeError,
                "range indices must be integers or slices, not {}",
                key.class().name()
            ));
        };
        let length = big(this.length.value());
        let mut i = big(i.value());
        if i.is_negative() {
            i = i.add(&length);
        }
        if i.is_negative() || !i.sub(&length).is_negative() {
            return Err(raise::index_error("range object index out of range"));
        }
        Ok(item(this, &i))
    }
    fn __contains__(this: &Range, key: Value) -> Result<bool, Raised> {
        if found_by_arithmetic(key) {
            return Ok(find(this, key).is_some());
        }
        let it = this.iter();
        while let Some(x) = ops::next(it.value())? {
            if ops::is_equal(x.value(), key)? {
                return Ok(true);
            }
        }
        Ok(false)
    }
    /// How often `value` occurs.
    fn count(this: &Range, object: Value) -> Result<i64, Raised> {
        if found_by_arithmetic(object) {
            return Ok(find(this, object).is_some() as i64);
        }
        let it = this.iter();
        let mut n = 0;
        while let Some(x) = ops::next(it.value())? {
            n += ops::is_equal(x.value(), object)? as i64;
        }
        Ok(n)
    }
    /// Where `value` occurs first.
    fn index(this: &Range, object: Value) -> Result<Object, Raised> {
        if found_by_arithmetic(object) {
            return match find(this, object) {
                Some(at) => Ok(Int::from_big(at)),
                None => Err(raise::value_error("range.index(x): x not in range")),
            };
        }
        let it = this.iter();
        let mut at = 0;
        while let Some(x) = ops::next(it.value())? {
            if ops::is_equal(x.value(), object)? {
                return Ok(Object::int(at));
            }
            at += 1;
        }
        Err(kiln_object::raise!(ValueError, "sequence.index(x): x not in sequence"))
    }
    fn __eq__(this: &Range, value: Value) -> Object {
        compare(CompareOp::Eq, this, value)
    }
    fn __ne__(this: &Range, value: Value) -> Object {
        compare(CompareOp::Ne, this, value)
    }
    fn __lt__(_this: &Range, _value: Value) -> Object {
        Object::not_implemented()
    }
    fn __le__(_this: &Range, _value: Value) -> Object {
        Object::not_implemented()
    }
    fn __gt__(_this: &Range, _value: Value) -> Object {
        Object::not_implemented()
    }
    fn __ge__(_this: &Range, _value: Value) -> Object {
        Object::not_implemented()
    }
    fn __hash__(this: &Range) -> Result<i64, Raised> {
        let none = Object::none();
        let n = this.length.value();
        let empty = is_zero(n);
        let key = Tuple::from_values(&[
            n,
            if empty { none.value() } else { this.start.value() },
            if empty || n == Value::int_unchecked(1) {
                none.value()
            } else {
                this.step.value()
            },
        ]);
        ops::hash(key.value())
    }
    fn __reduce__(this: &Range) -> Object {
        reduce(
            Range::class().as_value().to_object(),
            [&this.start, &this.stop, &this.step]
                .iter()
                .map(|s| s.value().to_object())
                .collect(),
            None,
        )
    }
}

/// The range that a slice of a range is.
fn slice_of(s: &Slice, r: &Range) -> Result<Object, Raised> {
    let bounds = kiln_object::call::call_method(
        Value::from_ptr(&s.header),
        kiln_object::intern!("indices"),
        &[r.length.value()],
    )?;
    let t = bounds.expect::<Tuple>().items();
    let (start, stop, step) = (big(t[0]), big(t[1]), big(t[2]));
    Ok(Range::new(
        item(r, &start),
        item(r, &stop),
        Int::from_big(step.mul(&big(r.step.value()))),
    ))
}

#[builtin_methods(range_iterator)]
impl RangeIterMethods {
    fn __iter__(this: Value) -> Value {
        this
    }
    fn __next__(this: &RangeIter) -> Result<Object, Raised> {
        next_or_stop(Ok(this.advance()))
    }
    fn __length_hint__(this: &RangeIter) -> i64 {
        this.left.get()
    }
    fn __reduce__(this: &RangeIter) -> Result<Object, Raised> {
        let (start, step, left) = (this.next.get(), this.step.get(), this.left.get());
        let stop = Int::from_big(BigInt::from(start as i128 + step as i128 * left as i128));
        let range = Range::new(Object::int(start), stop, Object::int(step));
        Ok(reduce(builtin("iter")?, vec![range], Some(Object::none())))
    }
    fn __setstate__(this: &RangeIter, state: Value) -> Result<(), Raised> {
        let i = index_i64(state)?.clamp(0, this.left.get());
        this.next
            .set(this.next.get().wrapping_add(i.wrapping_mul(this.step.get())));
        this.left.set(this.left.get() - i);
        Ok(())
    }
}

#[builtin_methods(longrange_iterator)]
impl LongRangeIterMethods {
    fn __iter__(this: Value) -> Value {
        this
    }
    fn __next__(this: &LongRangeIter) -> Result<Object, Raised> {
        next_or_stop(Ok(this.advance()))
    }
    fn __length_hint__(this: &LongRangeIter) -> Object {
        Int::from_big(big(this.length.value()).sub(&big(this.index.value())))
    }
    fn __reduce__(this: &LongRangeIter) -> Result<Object, Raised> {
        let (start, step) = (big(this.start.value()), big(this.step.value()));
        let stop = start.add(&big(this.length.value()).mul(&step));
        let start = start.add(&big(this.index.value()).mul(&step));
        let range = Range::new(Int::from_big(start), Int::from_big(stop), Int::from_big(step));
        Ok(reduce(builtin("iter")?, vec![range], Some(Object::none())))
    }
    fn __setstate__(this: &LongRangeIter, state: Value) -> Result<(), Raised> {
        if state.as_int().is_none() {
            return Err(kiln_object::raise!(
                TypeError,
                "state must be an int, not {}",
                state.class().name()
            ));
        }
        let state = big(state);
        let length = big(this.length.value());
        let index = if state.is_negative() {
            BigInt::ZERO
        } else if state.sub(&length).is_negative() {
            state
        } else {
            length
        };
        this.index.set(Int::from_big(index));
        Ok(())
    }
}

/// Makes the classes.
pub fn init() {
    define::<Range>(
        "range",
        "builtins",
        None,
        flags::SEQUENCE,
        RangeMethods::METHODS,
        Some("range(stop)\nrange(start, stop[, step])\n\nA sequence of ints, made as they are asked for."),
    );
    define::<RangeIter>(
        "range_iterator",
        "builtins",
        None,
        flags::NO_NEW,
        RangeIterMethods::METHODS,
        None,
    );
    define::<LongRangeIter>(
        "longrange_iterator",
        "builtins",
        None,
        flags::NO_NEW,
        LongRangeIterMethods::METHODS,
        None,
    );
}
