//! `deque`: a sequence that grows and shrinks cheaply at both ends, with a limit if one is wanted.

use kiln_builtins::shared::{
    ReprGuard, buf_to_str, class_getitem, clip, compare_sequences, index_i64, position, push_repr, repeat_count,
    search_bound,
};
use kiln_macros::builtin_methods;
use kiln_object::args::{Keywords, Rest};
use kiln_object::call::call;
use kiln_object::iter::{next_or_stop, set_fast_next};
use kiln_object::layout::{Slot, alloc, alloc_instance, header};
use kiln_object::list::List;
use kiln_object::module::Module;
use kiln_object::object_struct;
use kiln_object::ops::{self, CompareOp};
use kiln_object::str::Str;
use kiln_object::tuple::Tuple;
use kiln_object::types::{ClassRef, define, flags};
use kiln_object::{IntoObject, Object, Raised, Special, Value, intern, raise};
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

object_struct! {
    /// The items, borrowed for no longer than nothing else runs.
    pub struct Deque = "collections.deque", Container {
        items: RefCell<VecDeque<Object>>,
        /// -1 for none.
        limit: Cell<i64>,
        /// Changes with every change of the items' number or order.
        state: Cell<u64>,
    }
}
object_struct! { struct DequeIter = "_deque_iterator", Container { deque: Slot, at: Cell<usize>, state: Cell<u64>, left: Cell<usize> } }
object_struct! { struct DequeReverseIter = "_deque_reverse_iterator", Container { deque: Slot, at: Cell<usize>, state: Cell<u64>, left: Cell<usize> } }

impl Deque {
    fn value(&self) -> Value {
        Value::from_ptr(&self.header)
    }
    fn make(class: &'static kiln_object::Type, limit: i64) -> Object {
        alloc_instance(
            class,
            Deque {
                header: header::<Deque>(),
                items: RefCell::new(VecDeque::new()),
                limit: Cell::new(limit),
                state: Cell::new(0),
            },
        )
    }
    fn len(&self) -> usize {
        self.items.borrow().len()
    }
    fn get(&self, i: usize) -> Option<Object> {
        self.items.borrow().get(i).cloned()
    }
    fn changed(&self) {
        self.state.set(self.state.get().wrapping_add(1));
    }
    fn is_over(&self) -> bool {
        self.limit.get() >= 0 && self.len() as i64 > self.limit.get()
    }
    fn push_back(&self, o: Object) {
        self.changed();
        self.items.borrow_mut().push_back(o);
        if self.is_over() {
            let gone = self.items.borrow_mut().pop_front();
            drop(gone);
        }
    }
    fn push_front(&self, o: Object) {
        self.changed();
        self.items.borrow_mut().push_front(o);
        if self.is_over() {
            let gone = self.items.borrow_mut().pop_back();
            drop(gone);
        }
    }
    fn pop_back(&self) -> Option<Object> {
        self.changed();
        self.items.borrow_mut().pop_back()
    }
    fn pop_front(&self) -> Option<Object> {
        self.changed();
        self.items.borrow_mut().pop_front()
    }
    fn take(&self) -> VecDeque<Object> {
        self.changed();
        std::mem::take(&mut self.items.borrow_mut())
    }
    fn snapshot(&self) -> Vec<Object> {
        self.items.borrow().iter().cloned().collect()
    }
    fn extend(&self, iterable: Value) -> Result<(), Raised> {
        if iterable == self.value() {
            for o in self.snapshot() {
                self.push_back(o);
            }
            return Ok(());
        }
        let it = ops::iter(iterable)?;
        while let Some(o) = ops::next(it.value())? {
            self.push_back(o);
        }
        Ok(())
    }
    fn extend_left(&self, iterable: Value) -> Result<(), Raised> {
        if iterable == self.value() {
            for o in self.snapshot() {
                self.push_front(o);
            }
            return Ok(());
        }
        let it = ops::iter(iterable)?;
        while let Some(o) = ops::next(it.value())? {
            self.push_front(o);
        }
        Ok(())
    }
    fn limit_object(&self) -> Object {
        match self.limit.get() {
            -1 => Object::none(),
            n => Object::int(n),
        }
    }
    fn copy(&self) -> Result<Object, Raised> {
        let me = self.value();
        if me.is_exact::<Deque>() {
            let o = Deque::make(me.class(), self.limit.get());
            o.expect::<Deque>().extend(me)?;
            return Ok(o);
        }
        if self.limit.get() < 0 {
            return call(me.class().as_value(), &[me]);
        }
        let limit = self.limit_object();
        call(me.class().as_value(), &[me, limit.value()])
    }
    fn index_of(&self, key: Value) -> Result<Option<usize>, Raised> {
        if key.as_int().is_none() && key.class().special(Special::Index).is_none() {
            return Err(kiln_object::raise!(
                TypeError,
                "sequence index must be integer, not '{}'",
                key.class().name()
            ));
        }
        Ok(position(index_i64(key)?, self.len()))
    }
    fn repeat(&self, times: usize) {
        let items = self.snapshot();
        drop(self.take());
        for _ in 0..times {
            for o in &items {
                self.push_back(o.clone());
            }
        }
    }
    fn search(&self, value: Value, start: usize, stop: usize, of: &str) -> Result<Option<usize>, Raised> {
        let state = self.state.get();
        let mut i = start;
        while i < stop {
            let Some(o) = self.get(i) else { break };
            let same = ops::is_equal(o.value(), value)?;
            if self.state.get() != state {
                return Err(match of {
                    "remove" => raise::index_error("deque mutated during remove()."),
                    _ => kiln_object::raise!(RuntimeError, "deque mutated during iteration"),
                });
            }
            if same {
                return Ok(Some(i));
            }
            i += 1;
        }
        Ok(None)
    }
}

fn compare(op: CompareOp, a: &Deque, b: Value) -> Result<Object, Raised> {
    let Some(b) = b.cast::<Deque>() else {
        return Ok(Object::not_implemented());
    };
    compare_sequences(op, |i| a.get(i), || a.len(), |i| b.get(i), || b.len())
}
fn empty_error() -> Raised {
    raise::index_error("pop from an empty deque")
}
fn out_of_range() -> Raised {
    raise::index_error("deque index out of range")
}

struct Methods;
#[builtin_methods(deque)]
impl Methods {
    #[new]
    #[signature = "(*args, **kwargs)"]
    fn new(cls: ClassRef, _args: Rest<'_>, _kwargs: Keywords<'_>) -> Object {
        Deque::make(cls.0, -1)
    }
    #[signature = "($self, iterable=(), maxlen=None, /)"]
    fn __init__(this: &Deque, args: Rest<'_>, kwargs: Keywords<'_>) -> Result<(), Raised> {
        for (key, _) in kwargs.iter() {
            let name = key.cast::<Str>().map(Str::to_string_lossy).unwrap_or_default();
            if name != "iterable" && name != "maxlen" {
                return Err(kiln_object::raise!(
                    TypeError,
                    "deque() got an unexpected keyword argument '{name}'"
                ));
            }
        }
        if args.len() + kwargs.len() > 2 {
            return Err(kiln_object::raise!(
                TypeError,
                "deque() takes at most 2 arguments ({} given)",
                args.len() + kwargs.len()
            ));
        }
        let iterable = args.first().copied().or_else(|| kwargs.get("iterable"));
        let limit = args.get(1).copied().or_else(|| kwargs.get("maxlen"));
        let limit = match limit.filter(|v| !v.is_none()) {
            None => -1,
            Some(v) => match v.as_int() {
                None => return Err(kiln_object::raise!(TypeError, "an integer is required")),
                Some(i) => match i.to_i64() {
                    Some(n) if n >= 0 => n,
                    Some(_) => return Err(raise::value_error("maxlen must be non-negative")),
                    None => {
                        return Err(kiln_object::raise!(
                            OverflowError,
                            "Python int too large to convert to C ssize_t"
                        ));
                    }
                },
            },
        };
        this.limit.set(limit);
        drop(this.take());
        match iterable {
            Some(v) => this.extend(v),
            None => Ok(()),
        }
    }
    /// Adds an item at the right end.
    fn append(this: &Deque, item: Object) {
        this.push_back(item);
    }
    /// Adds an item at the left end.
    fn appendleft(this: &Deque, item: Object) {
        this.push_front(item);
    }
    /// Removes and returns the item at the right end.
    fn pop(this: &Deque) -> Result<Object, Raised> {
        this.pop_back().ok_or_else(empty_error)
    }
    /// Removes and returns the item at the left end.
    fn popleft(this: &Deque) -> Result<Object, Raised> {
        this.pop_front().ok_or_else(empty_error)
    }
    /// Adds the items of an iterable at the right end.
    fn extend(this: &Deque, iterable: Value) -> Result<(), Raised> {
        this.extend(iterable)
    }
    /// Adds the items of an iterable at the left end, one after the other.
    fn extendleft(this: &Deque, iterable: Value) -> Result<(), Raised> {
        this.extend_left(iterable)
    }
    /// Removes all items.
    fn clear(this: &Deque) {
        drop(this.take());
    }
    /// A deque with the same items and limit.
    fn copy(this: &Deque) -> Result<Object, Raised> {
        this.copy()
    }
    fn __copy__(this: &Deque) -> Result<Object, Raised> {
        this.copy()
    }
    /// Moves n items from the right end to the left, or the other way round if n is negative.
    #[signature = "($self, n=1, /)"]
    fn rotate(this: &Deque, n: Option<isize>) {
        let len = this.len();
        if len > 1 {
            this.changed();
            let n = n.unwrap_or(1).rem_euclid(len as isize) as usize;
            this.items.borrow_mut().rotate_right(n);
        }
    }
    /// Reverses the deque in place.
    fn reverse(this: &Deque) {
        this.changed();
        this.items.borrow_mut().make_contiguous().reverse();
    }
    /// How many items equal `value`.
    fn count(this: &Deque, value: Value) -> Result<i64, Raised> {
        let state = this.state.get();
        let (mut i, mut n) = (0, 0);
        while let Some(o) = this.get(i) {
            n += ops::is_equal(o.value(), value)? as i64;
            if this.state.get() != state {
                return Err(kiln_object::raise!(RuntimeError, "deque mutated during iteration"));
            }
            i += 1;
        }
        Ok(n)
    }
    /// The position of the first item equal to `value`, between `start` and `stop`.
    #[signature = "($self, value, [start, [stop]])"]
    fn index(this: &Deque, value: Value, start: Option<Value>, stop: Option<Value>) -> Result<usize, Raised> {
        let start = start.map_or(Ok(0), search_bound)?;
        let stop = stop.map_or(Ok(i64::MAX), search_bound)?;
        let n = this.len();
        match this.search(value, clip(start, n), clip(stop, n), "index")? {
            Some(i) => Ok(i),
            None => Err(raise::value_error("deque.index(x): x not in deque")),
        }
    }
    /// Puts `value` before the item at `index`.
    fn insert(this: &Deque, index: isize, value: Object) -> Result<(), Raised> {
        let n = this.len();
        if this.limit.get() >= 0 && n as i64 >= this.limit.get() {
            return Err(raise::index_error("deque already at its maximum size"));
        }
        this.changed();
        this.items.borrow_mut().insert(clip(index as i64, n).min(n), value);
        Ok(())
    }
    /// Removes the first item equal to `value`.
    fn remove(this: &Deque, value: Value) -> Result<(), Raised> {
        match this.search(value, 0, usize::MAX, "remove")? {
            Some(i) => {
                this.changed();
                let gone = this.items.borrow_mut().remove(i);
                drop(gone);
                Ok(())
            }
            None => Err(raise::value_error("deque.remove(x): x not in deque")),
        }
    }
    /// The most items that the deque holds, or None.
    #[getter]
    fn maxlen(this: &Deque) -> Object {
        this.limit_object()
    }
    fn __len__(this: &Deque) -> usize {
        this.len()
    }
    fn __bool__(this: &Deque) -> bool {
        this.len() != 0
    }
    fn __contains__(this: &Deque, key: Value) -> Result<bool, Raised> {
        Ok(this.search(key, 0, usize::MAX, "contains")?.is_some())
    }
    fn __getitem__(this: &Deque, key: Value) -> Result<Object, Raised> {
        this.index_of(key)?.and_then(|i| this.get(i)).ok_or_else(out_of_range)
    }
    fn __setitem__(this: &Deque, key: Value, value: Value) -> Result<(), Raised> {
        let Some(i) = this.index_of(key)? else {
            return Err(out_of_range());
        };
        let old = std::mem::replace(&mut this.items.borrow_mut()[i], value.to_object());
        drop(old);
        Ok(())
    }
    fn __delitem__(this: &Deque, key: Value) -> Result<(), Raised> {
        let Some(i) = this.index_of(key)? else {
            return Err(out_of_range());
        };
        this.changed();
        let gone = this.items.borrow_mut().remove(i);
        drop(gone);
        Ok(())
    }
    fn __add__(this: &Deque, value: Value) -> Result<Object, Raised> {
        if value.cast::<Deque>().is_none() {
            return Err(kiln_object::raise!(
                TypeError,
                "can only concatenate deque (not \"{}\") to deque",
                value.class().name()
            ));
        }
        let o = this.copy()?;
        o.expect::<Deque>().extend(value)?;
        Ok(o)
    }
    fn __iadd__(this: &Deque, value: Value) -> Result<Value, Raised> {
        this.extend(value)?;
        Ok(this.value())
    }
    fn __mul__(this: &Deque, value: Value) -> Result<Object, Raised> {
        let times = repeat_count(value, this.len())?;
        let o = this.copy()?;
        o.expect::<Deque>().repeat(times);
        Ok(o)
    }
    fn __rmul__(this: &Deque, value: Value) -> Result<Object, Raised> {
        let times = repeat_count(value, this.len())?;
        let o = this.copy()?;
        o.expect::<Deque>().repeat(times);
        Ok(o)
    }
    fn __imul__(this: &Deque, value: Value) -> Result<Value, Raised> {
        let times = repeat_count(value, this.len())?;
        this.repeat(times);
        Ok(this.value())
    }
    fn __eq__(this: &Deque, value: Value) -> Result<Object, Raised> {
        compare(CompareOp::Eq, this, value)
    }
    fn __ne__(this: &Deque, value: Value) -> Result<Object, Raised> {
        compare(CompareOp::Ne, this, value)
    }
    fn __lt__(this: &Deque, value: Value) -> Result<Object, Raised> {
        compare(CompareOp::Lt, this, value)
    }
    fn __le__(this: &Deque, value: Value) -> Result<Object, Raised> {
        compare(CompareOp::Le, this, value)
    }
    fn __gt__(this: &Deque, value: Value) -> Result<Object, Raised> {
        compare(CompareOp::Gt, this, value)
    }
    fn __ge__(this: &Deque, value: Value) -> Result<Object, Raised> {
        compare(CompareOp::Ge, this, value)
    }
    fn __iter__(this: &Deque) -> Object {
        alloc(DequeIter {
            header: header::<DequeIter>(),
            deque: Slot::new(this.value().to_object()),
            at: Cell::new(0),
            state: Cell::new(this.state.get()),
            left: Cell::new(this.len()),
        })
    }
    fn __reversed__(this: &Deque) -> Object {
        alloc(DequeReverseIter {
            header: header::<DequeReverseIter>(),
            deque: Slot::new(this.value().to_object()),
            at: Cell::new(this.len()),
            state: Cell::new(this.state.get()),
            left: Cell::new(this.len()),
        })
    }
    fn __repr__(this: &Deque) -> Result<Object, Raised> {
        let me = this.value();
        let Some(_guard) = ReprGuard::enter(me) else {
            return Ok("[...]".into_object());
        };
        let items = List::from_vec(this.snapshot());
        let mut out = kiln_text::TextBuf::with_capacity(16);
        out.push_str(&me.class().plain_name());
        out.push_ascii(b"(");
        push_repr(&mut out, items.value())?;
        if this.limit.get() >= 0 {
            out.push_str(&format!(", maxlen={}", this.limit.get()));
        }
        out.push_ascii(b")");
        Ok(buf_to_str(&out))
    }
    fn __reduce__(this: &Deque) -> Result<Object, Raised> {
        let me = this.value();
        let state = kiln_object::call::call_method(me, intern!("__getstate__"), &[])?;
        let args = if this.limit.get() < 0 {
            Tuple::empty()
        } else {
            Tuple::from_array([Tuple::empty(), this.limit_object()])
        };
        let it = ops::iter(me)?;
        Ok(Tuple::from_array([me.class().as_value().to_object(), args, state, it]))
    }
    fn __sizeof__(this: &Deque) -> usize {
        200 + 8 * this.len()
    }
    #[classmethod]
    fn __class_getitem__(cls: ClassRef, object: Value) -> Result<Object, Raised> {
        class_getitem(cls.as_value(), object)
    }
}

macro_rules! iterator {
    ($name:ident $methods:ident $python:ident $reversed:literal) => {
        impl $name {
            fn advance(&self) -> Result<Option<Object>, Raised> {
                if self.left.get() == 0 {
                    return Ok(None);
                }
                let deque = self.deque.value().to_object();
                let d = deque.expect::<Deque>();
                if d.state.get() != self.state.get() {
                    self.left.set(0);
                    return Err(kiln_object::raise!(RuntimeError, "deque mutated during iteration"));
                }
                self.left.set(self.left.get() - 1);
                let i = self.at.get();
                let (found, next) = if $reversed { (i - 1, i - 1) } else { (i, i + 1) };
                self.at.set(next);
                Ok(d.get(found))
            }
        }
        struct $methods;
        #[builtin_methods($python)]
        impl $methods {
            #[new]
            #[signature = "(deque, index=0, /)"]
            fn new(_cls: ClassRef, deque: Value, index: Option<isize>) -> Result<Object, Raised> {
                let Some(d) = deque.cast::<Deque>() else {
                    return Err(kiln_object::raise!(
                        TypeError,
                        "{}() argument 1 must be collections.deque, not {}",
                        stringify!($python),
                        deque.class().name()
                    ));
                };
                let n = d.len();
                let skip = index.unwrap_or(0).clamp(0, n as isize) as usize;
                Ok(alloc($name {
                    header: header::<$name>(),
                    deque: Slot::new(deque.to_object()),
                    at: Cell::new(if $reversed { n - skip } else { skip }),
                    state: Cell::new(d.state.get()),
                    left: Cell::new(n - skip),
                }))
            }
            fn __iter__(this: Value) -> Value {
                this
            }
            fn __next__(this: &$name) -> Result<Object, Raised> {
                next_or_stop(this.advance())
            }
            fn __length_hint__(this: &$name) -> usize {
                this.left.get()
            }
            fn __reduce__(this: &$name) -> Object {
                let deque = this.deque.value().to_object();
                let done = deque.expect::<Deque>().len() - this.left.get().min(deque.expect::<Deque>().len());
                Tuple::from_array([
                    this.header.class().as_value().to_object(),
                    Tuple::from_vec(vec![deque, Object::int(done as i64)]),
                ])
            }
        }
    };
}
iterator!(DequeIter IterMethods _deque_iterator false);
iterator!(DequeReverseIter ReverseIterMethods _deque_reverse_iterator true);

pub fn add_to(module: &Module) {
    let class = define::<Deque>(
        "deque",
        "collections",
        None,
        flags::BASETYPE | flags::WEAKREF | flags::SEQUENCE,
        Methods::METHODS,
        Some("A sequence whose ends are cheap to reach."),
    );
    class.set_attr(intern!("__hash__"), Object::none().value());
    module.set("deque", class.as_value().to_object());
    let class = define::<DequeIter>("_deque_iterator", "_collections", None, 0, IterMethods::METHODS, None);
    set_fast_next(class, |v| v.expect::<DequeIter>().advance());
    module.set("_deque_iterator", class.as_value().to_object());
    let class = define::<DequeReverseIter>(
        "_deque_reverse_iterator",
        "_collections",
        None,
        0,
        ReverseIterMethods::METHODS,
        None,
    );
    set_fast_next(class, |v| v.expect::<DequeReverseIter>().advance());
    module.set("_deque_reverse_iterator", class.as_value().to_object());
}
