//! `list`: methods, in themes: this file has what reads and grows a list, `slices.rs` subscripts, `sort.rs` sorting,
//! `iter.rs` iterators.

mod iter;
mod slices;
mod sort;

use crate::shared::{
    ReprGuard, buf_to_str, clip, compare_sequences, has_new_of, one_optional, push_repr, repeat_count, room_for,
};
use kiln_macros::builtin_methods;
use kiln_object::args::{Keywords, Rest};
use kiln_object::layout::{ObjectType, alloc_instance};
use kiln_object::list::List;
use kiln_object::ops::{self, CompareOp};
use kiln_object::types::{ClassRef, define, flags};
use kiln_object::{Object, Raised, Value, raise};
use kiln_text::TextBuf;

/// The methods' name space.
pub struct ListMethods;

fn value_of(l: &List) -> Value {
    Value::from_ptr(&l.header)
}

fn compare(op: CompareOp, a: &List, b: Value) -> Result<Object, Raised> {
    let Some(b) = b.cast::<List>() else {
        return Ok(Object::not_implemented());
    };
    compare_sequences(op, |i| a.get(i), || a.len(), |i| b.get(i), || b.len())
}

/// Appends the items of an iterable. A list or tuple is read as it was at the start.
pub fn extend(this: &List, iterable: Value) -> Result<(), Raised> {
    if let Some(other) = iterable.exact::<List>() {
        if !this.reserve(this.len() + other.len()) {
            return Err(raise::memory_error());
        }
        let n = other.len();
        for i in 0..n {
            if let Some(o) = other.get(i) {
                this.push(o);
            }
        }
        return Ok(());
    }
    if let Some(t) = iterable.exact::<kiln_object::tuple::Tuple>() {
        if !this.reserve(this.len() + t.len()) {
            return Err(raise::memory_error());
        }
        for &v in t.items() {
            this.push(v.to_object());
        }
        return Ok(());
    }
    let it = ops::iter(iterable)?;
    if this.is_empty() {
        let room = room_for(iterable)?;
        if room > 0 && !this.reserve(room) {
            return Err(raise::memory_error());
        }
    } else {
        // Asked for the sake of its errors; too large a hint is no reason to fail here.
        crate::shared::length_hint(iterable)?;
    }
    while let Some(o) = ops::next(it.value())? {
        this.push(o);
    }
    Ok(())
}

/// A new list of an iterable's items.
pub fn from_iterable(iterable: Value) -> Result<Object, Raised> {
    let o = List::new();
    extend(o.expect::<List>(), iterable)?;
    Ok(o)
}

fn repeat(this: &List, times: usize) -> Vec<Object> {
    let items = this.borrow();
    let mut out = Vec::with_capacity(items.len() * times);
    for _ in 0..times {
        out.extend(items.iter().map(|v| v.to_object()));
    }
    out
}

fn multiply(this: &List, n: Value) -> Result<Object, Raised> {
    let times = repeat_count(n, this.len())?;
    let o = List::new();
    if !o.expect::<List>().reserve(this.len() * times) {
        return Err(raise::memory_error());
    }
    let list = o.expect::<List>();
    for _ in 0..times {
        for &v in this.borrow() {
            list.push(v.to_object());
        }
    }
    Ok(o)
}

#[builtin_methods(list)]
impl ListMethods {
    #[new]
    #[signature = "(*args, **kwargs)"]
    fn new(cls: ClassRef, _args: Rest<'_>, _kwargs: Keywords<'_>) -> Object {
        alloc_instance(cls.0, List::empty_payload())
    }
    #[signature = "($self, iterable=(), /)"]
    fn __init__(this: &List, args: Rest<'_>, kwargs: Keywords<'_>) -> Result<(), Raised> {
        let iterable = one_optional("list", has_new_of::<List>(value_of(this)), args, kwargs)?;
        drop(this.take());
        match iterable {
            Some(v) => extend(this, *v),
            None => Ok(()),
        }
    }
    fn __repr__(this: &List) -> Result<Object, Raised> {
        let Some(_guard) = ReprGuard::enter(value_of(this)) else {
            return Ok(kiln_object::str::Str::new("[...]"));
        };
        let mut out = TextBuf::with_capacity(2 + 4 * this.len());
        out.push_ascii(b"[");
        let mut i = 0;
        while let Some(o) = this.get(i) {
            if i > 0 {
                out.push_ascii(b", ");
            }
            push_repr(&mut out, o.value())?;
            i += 1;
        }
        out.push_ascii(b"]");
        Ok(buf_to_str(&out))
    }
    fn __len__(this: &List) -> usize {
        this.len()
    }
    fn __iter__(this: Value) -> Object {
        kiln_object::range::ListIter::new(this)
    }
    fn __reversed__(this: Value) -> Object {
        kiln_object::range::ListReverseIter::new(this)
    }
    fn __contains__(this: &List, key: Value) -> Result<bool, Raised> {
        let mut i = 0;
        while let Some(o) = this.get(i) {
            if ops::is_equal(o.value(), key)? {
                return Ok(true);
            }
            i += 1;
        }
        Ok(false)
    }
    fn __add__(this: &List, value: Value) -> Result<Object, Raised> {
        let Some(other) = value.cast::<List>() else {
            return Err(kiln_object::raise!(
                TypeError,
                "can only concatenate list (not \"{}\") to list",
                value.class().name()
            ));
        };
        List::concat(this, other).ok_or_else(raise::memory_error)
    }
    fn __iadd__(this: &List, value: Value) -> Result<Value, Raised> {
        extend(this, value)?;
        Ok(value_of(this))
    }
    fn __mul__(this: &List, value: Value) -> Result<Object, Raised> {
        multiply(this, value)
    }
    fn __rmul__(this: &List, value: Value) -> Result<Object, Raised> {
        multiply(this, value)
    }
    fn __imul__(this: &List, value: Value) -> Result<Value, Raised> {
        let times = repeat_count(value, this.len())?;
        if times == 0 {
            drop(this.take());
        } else {
            if !this.reserve(this.len() * times) {
                return Err(raise::memory_error());
            }
            for o in repeat(this, times - 1) {
                this.push(o);
            }
        }
        Ok(value_of(this))
    }
    fn __eq__(this: &List, value: Value) -> Result<Object, Raised> {
        compare(CompareOp::Eq, this, value)
    }
    fn __ne__(this: &List, value: Value) -> Result<Object, Raised> {
        compare(CompareOp::Ne, this, value)
    }
    fn __lt__(this: &List, value: Value) -> Result<Object, Raised> {
        compare(CompareOp::Lt, this, value)
    }
    fn __le__(this: &List, value: Value) -> Result<Object, Raised> {
        compare(CompareOp::Le, this, value)
    }
    fn __gt__(this: &List, value: Value) -> Result<Object, Raised> {
        compare(CompareOp::Gt, this, value)
    }
    fn __ge__(this: &List, value: Value) -> Result<Object, Raised> {
        compare(CompareOp::Ge, this, value)
    }
    fn __getitem__(this: &List, index: Value) -> Result<Object, Raised> {
        slices::get(this, index)
    }
    fn __setitem__(this: &List, key: Value, value: Value) -> Result<(), Raised> {
        slices::set(this, key, value)
    }
    fn __delitem__(this: &List, key: Value) -> Result<(), Raised> {
        slices::delete(this, key)
    }
    /// Adds `object` at the end.
    ///
    /// >>> l = [1]; l.append(2); l
    /// [1, 2]
    fn append(this: &List, object: Object) {
        this.push(object);
    }
    /// Adds the items of `iterable` at the end.
    fn extend(this: &List, iterable: Value) -> Result<(), Raised> {
        extend(this, iterable)
    }
    /// Puts `object` before the item at `index`.
    fn insert(this: &List, index: isize, object: Object) {
        let at = clip(index as i64, this.len()).min(this.len());
        this.insert(at, object);
    }
    /// Removes and returns the item at `index`, the last one by default.
    ///
    /// >>> [1, 2, 3].pop()
    /// 3
    #[signature = "($self, index=-1, /)"]
    fn pop(this: &List, index: Option<isize>) -> Result<Object, Raised> {
        if this.is_empty() {
            return Err(raise::index_error("pop from empty list"));
        }
        let Some(index) = index else {
            return this.pop().ok_or_else(|| raise::index_error("pop from empty list"));
        };
        match crate::shared::position(index as i64, this.len()) {
            Some(i) => Ok(this.remove(i)),
            None => Err(raise::index_error("pop index out of range")),
        }
    }
    /// Removes the first item equal to `value`.
    fn remove(this: &List, value: Value) -> Result<(), Raised> {
        let mut i = 0;
        while let Some(o) = this.get(i) {
            if ops::is_equal(o.value(), value)? {
                if i < this.len() {
                    drop(this.remove(i));
                }
                return Ok(());
            }
            i += 1;
        }
        Err(raise::value_error("list.remove(x): x not in list"))
    }
    /// Removes all items.
    fn clear(this: &List) {
        this.clear();
    }
    /// A new list with the same items.
    fn copy(this: &List) -> Object {
        List::from_values(this.borrow())
    }
    /// How many items equal `value`.
    fn count(this: &List, value: Value) -> Result<i64, Raised> {
        let (mut i, mut n) = (0, 0);
        while let Some(o) = this.get(i) {
            n += ops::is_equal(o.value(), value)? as i64;
            i += 1;
        }
        Ok(n)
    }
    /// The position of the first item equal to `value`, between `start` and `stop`.
    #[signature = "($self, value, start=0, stop=sys.maxsize, /)"]
    fn index(this: &List, value: Value, start: Option<Value>, stop: Option<Value>) -> Result<usize, Raised> {
        let start = start.map_or(Ok(0), crate::shared::search_bound)?;
        let stop = stop.map_or(Ok(i64::MAX), crate::shared::search_bound)?;
        let (mut i, stop) = (clip(start, this.len()), clip(stop, this.len()));
        while i < stop {
            let Some(o) = this.get(i) else { break };
            if ops::is_equal(o.value(), value)? {
                return Ok(i);
            }
            i += 1;
        }
        Err(raise::value_error("list.index(x): x not in list"))
    }
    /// Reverses the list in place.
    fn reverse(this: &List) {
        this.reverse();
    }
    /// Sorts the list in place, keeping the order of equal items.
    ///
    /// >>> l = [3, 1, 2]; l.sort(reverse=True); l
    /// [3, 2, 1]
    #[signature = "($self, /, *, key=None, reverse=False)"]
    fn sort(
        this: &List,
        #[kwonly]
        #[none]
        key: Option<Value>,
        #[kwonly]
        #[default(false)]
        reverse: bool,
    ) -> Result<(), Raised> {
        sort::sort(this, key, reverse)
    }
    fn __sizeof__(this: &List) -> usize {
        40 + 8 * this.len()
    }
    #[classmethod]
    fn __class_getitem__(cls: ClassRef, object: Value) -> Result<Object, Raised> {
        crate::shared::class_getitem(cls.as_value(), object)
    }
}

/// Sorts `list` as `list.sort()` does.
pub fn sort(list: &List, key: Option<Value>, reverse: bool) -> Result<(), Raised> {
    sort::sort(list, key, reverse)
}

/// Makes the classes.
pub fn init() {
    define::<List>(
        "list",
        "builtins",
        None,
        flags::SEQUENCE,
        ListMethods::METHODS,
        Some("A sequence of any objects that can grow, shrink and change."),
    );
    List::class().set_attr(kiln_object::intern!("__hash__"), Object::none().value());
    iter::init();
}
