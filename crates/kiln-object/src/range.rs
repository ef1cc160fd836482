//! `range` objects and the iterators of lists, tuples and ranges: layouts that interpreter and compiled code know.

use crate::int::AnyInt;
use crate::iter;
use crate::layout::{ObjectType, Slot, alloc, header};
use crate::list::List;
use crate::object_struct;
use crate::raise::Raised;
use crate::tuple::Tuple;
use crate::value::{Object, Value};
use kiln_text::BigInt;
use std::cell::Cell;

object_struct! {
    /// `range(start, stop, step)`: ints of any size, and how many items they make.
    pub struct Range = "range" @ RANGE, Container { pub start: Slot, pub stop: Slot, pub step: Slot, pub length: Slot }
}
object_struct! {
    /// Counts from `next` by `step`, `left` times.
    pub struct RangeIter = "range_iterator" @ RANGE_ITER, Raw { pub next: Cell<i64>, pub step: Cell<i64>, pub left: Cell<i64> }
}
object_struct! {
    /// The iterator of a range beyond 64 bits.
    pub struct LongRangeIter = "longrange_iterator", Container { pub start: Slot, pub step: Slot, pub length: Slot, pub index: Slot }
}
object_struct! {
    /// The iterator of a list; `list` is empty once it is exhausted.
    pub struct ListIter = "list_iterator" @ LIST_ITER, Container { pub list: Slot, pub index: Cell<usize> }
}
object_struct! {
    /// The iterator that `reversed(list)` makes: `index` is one past the next item.
    pub struct ListReverseIter = "list_reverseiterator" @ LIST_REVERSE_ITER, Container { pub list: Slot, pub index: Cell<usize> }
}
object_struct! {
    /// The iterator of a tuple; `tuple` is empty once it is exhausted.
    pub struct TupleIter = "tuple_iterator" @ TUPLE_ITER, Container { pub tuple: Slot, pub index: Cell<usize> }
}

/// The int behind a value that is one.
fn big(v: Value) -> BigInt {
    v.as_int().map_or(BigInt::ZERO, |i| i.to_big())
}
fn small(v: Value) -> Option<i64> {
    v.as_int().and_then(|i: AnyInt<'_>| i.to_i64())
}

impl Range {
    /// A range of ints; `step` is not zero.
    pub fn new(start: Object, stop: Object, step: Object) -> Object {
        let length = Range::count(start.value(), stop.value(), step.value());
        alloc(Range {
            header: header::<Range>(),
            start: Slot::new(start),
            stop: Slot::new(stop),
            step: Slot::new(step),
            length: Slot::new(length),
        })
    }
    /// How many items there are from `start` by `step` to before `stop`, where these and every item fit; `step` is not zero.
    pub fn count_small(start: i64, stop: i64, step: i64) -> Option<i64> {
        let n = if step == 1 {
            stop.checked_sub(start)?
        } else if step > 0 {
            stop.checked_sub(start)?.checked_add(step - 1)? / step
        } else {
            let down = step.checked_neg()?;
            start.checked_sub(stop)?.checked_add(down - 1)? / down
        };
        let n = n.max(0);
        start.checked_add(step.checked_mul(n)?)?;
        Some(n)
    }
    fn count(start: Value, stop: Value, step: Value) -> Object {
        if let (Some(a), Some(b), Some(s)) = (small(start), small(stop), small(step)) {
            if s == 1
                && let Some(n) = b.checked_sub(a)
            {
                return Object::int(n.max(0));
            }
            let (a, b, s) = (a as i128, b as i128, s as i128);
            let n = match s > 0 {
                true if a < b => (b - a - 1) / s + 1,
                false if b < a => (a - b - 1) / -s + 1,
                _ => 0,
            };
            return crate::IntoObject::into_object(n);
        }
        let (a, b, s) = (big(start), big(stop), big(step));
        let (low, high, s) = if s.is_negative() { (b, a, s.neg()) } else { (a, b, s) };
        let span = high.sub(&low);
        if span.signum() <= 0 {
            return Object::int(0);
        }
        let n = span.sub(&BigInt::ONE).floor_div(&s).unwrap_or_default();
        crate::int::Int::from_big(n.add(&BigInt::ONE))
    }
    /// Start, step and length, where they fit 64 bits and so does every step.
    pub fn as_small(&self) -> Option<(i64, i64, i64)> {
        let (start, step, n) = (
            small(self.start.value())?,
            small(self.step.value())?,
            small(self.length.value())?,
        );
        // The value after the last one must not overflow either.
        start.checked_add(step.checked_mul(n)?)?;
        Some((start, step, n))
    }
    pub fn iter(&self) -> Object {
        match self.as_small() {
            Some((start, step, n)) => RangeIter::new(start, step, n),
            None => LongRangeIter::new(self.start.value(), self.step.value(), self.length.value()),
        }
    }
}
impl RangeIter {
    pub fn new(start: i64, step: i64, left: i64) -> Object {
        alloc(RangeIter {
            header: header::<RangeIter>(),
            next: Cell::new(start),
            step: Cell::new(step),
            left: Cell::new(left),
        })
    }
    #[inline]
    pub fn advance(&self) -> Option<Object> {
        let left = self.left.get();
        if left <= 0 {
            return None;
        }
        let i = self.next.get();
        self.left.set(left - 1);
        self.next.set(i.wrapping_add(self.step.get()));
        Some(Object::int(i))
    }
}
impl LongRangeIter {
    pub fn new(start: Value, step: Value, length: Value) -> Object {
        alloc(LongRangeIter {
            header: header::<LongRangeIter>(),
            start: Slot::new(start.to_object()),
            step: Slot::new(step.to_object()),
            length: Slot::new(length.to_object()),
            index: Slot::new(Object::int(0)),
        })
    }
    pub fn advance(&self) -> Option<Object> {
        let (index, length) = (big(self.index.value()), big(self.length.value()));
        if index.sub(&length).signum() >= 0 {
            return None;
        }
        self.index.set(crate::int::Int::from_big(index.add(&BigInt::ONE)));
        let value = big(self.start.value()).add(&index.mul(&big(self.step.value())));
        Some(crate::int::Int::from_big(value))
    }
}
impl ListIter {
    /// Over a list or an instance of a subclass.
    pub fn new(list: Value) -> Object {
        ListIter::over(list.to_object())
    }
    #[inline]
    pub fn over(list: Object) -> Object {
        alloc(ListIter {
            header: header::<ListIter>(),
            list: Slot::new(list),
            index: Cell::new(0),
        })
    }
    #[inline]
    pub fn advance(&self) -> Option<Object> {
        let list = self.list.peek()?;
        let i = self.index.get();
        match list.expect::<List>().get(i) {
            Some(o) => {
                self.index.set(i + 1);
                Some(o)
            }
            None => {
                self.list.clear();
                None
            }
        }
    }
}
impl ListReverseIter {
    /// Over a list or an instance of a subclass.
    pub fn new(list: Value) -> Object {
        let n = list.expect::<List>().len();
        alloc(ListReverseIter {
            header: header::<ListReverseIter>(),
            list: Slot::new(list.to_object()),
            index: Cell::new(n),
        })
    }
    pub fn advance(&self) -> Option<Object> {
        let list = self.list.peek()?;
        let i = self.index.get();
        match i.checked_sub(1).and_then(|i| list.expect::<List>().get(i)) {
            Some(o) => {
                self.index.set(i - 1);
                Some(o)
            }
            None => {
                self.list.clear();
                None
            }
        }
    }
}
impl TupleIter {
    pub fn new(tuple: Value) -> Object {
        TupleIter::over(tuple.to_object())
    }
    #[inline]
    pub fn over(tuple: Object) -> Object {
        alloc(TupleIter {
            header: header::<TupleIter>(),
            tuple: Slot::new(tuple),
            index: Cell::new(0),
        })
    }
    #[inline]
    pub fn advance(&self) -> Option<Object> {
        let tuple = self.tuple.peek()?;
        let i = self.index.get();
        match tuple.expect::<Tuple>().get(i) {
            Some(v) => {
                self.index.set(i + 1);
                Some(v.to_object())
            }
            None => {
                self.tuple.clear();
                None
            }
        }
    }
}

/// The short cuts of the iterators declared here, once their classes exist.
pub fn set_fast_next() {
    fn next<T: ObjectType>(f: fn(Value) -> Result<Option<Object>, Raised>) {
        iter::set_fast_next(T::class(), f);
    }
    next::<RangeIter>(|v| Ok(v.expect::<RangeIter>().advance()));
    next::<LongRangeIter>(|v| Ok(v.expect::<LongRangeIter>().advance()));
    next::<ListIter>(|v| Ok(v.expect::<ListIter>().advance()));
    next::<TupleIter>(|v| Ok(v.expect::<TupleIter>().advance()));
}
