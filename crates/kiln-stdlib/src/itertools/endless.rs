//! `count`, `cycle`, `repeat`.

use super::{add, next_fn};
use kiln_macros::builtin_methods;
use kiln_object::iter::next_or_stop;
use kiln_object::layout::{Slot, alloc_instance, header};
use kiln_object::module::Module;
use kiln_object::object_struct;
use kiln_object::ops::{self, BinaryOp};
use kiln_object::str::Str;
use kiln_object::types::ClassRef;
use kiln_object::{IntoObject, Object, Raised, Special, Value};
use std::cell::{Cell, RefCell};

object_struct! { struct Count = "count", Container { next: Slot, step: Slot } }
object_struct! { struct Cycle = "cycle", Container { iterator: Slot, saved: RefCell<Vec<Object>>, at: Cell<usize> } }
object_struct! {
    /// `left` is -1 for an endless one.
    struct Repeat = "repeat", Container { object: Slot, left: Cell<i64> }
}

fn text(v: Value) -> Result<String, Raised> {
    Ok(ops::repr(v)?.expect::<Str>().to_string_lossy())
}
fn is_number(v: Value) -> bool {
    let class = v.class();
    [Special::Index, Special::Int, Special::Float, Special::Complex]
        .iter()
        .any(|s| class.special(*s).is_some())
}
fn is_one(v: Value) -> bool {
    v == Value::int_unchecked(1)
}

impl Count {
    fn advance(&self) -> Result<Option<Object>, Raised> {
        let current = self.next.value().to_object();
        if let (Some(i), Some(step)) = (current.as_small_int(), self.step.value().as_small_int()) {
            self.next.set(i.wrapping_add(step).into_object());
            return Ok(Some(current));
        }
        let step = self.step.value().to_object();
        let next = ops::binary(BinaryOp::Add, current.value(), step.value())?;
        self.next.set(next);
        Ok(Some(current))
    }
}
struct CountMethods;
#[builtin_methods(count)]
impl CountMethods {
    #[new]
    #[signature = "(start=0, step=1)"]
    fn new(
        cls: ClassRef,
        #[kw]
        start: Option<Value>,
        #[kw]
        step: Option<Value>,
    ) -> Result<Object, Raised> {
        if start.is_some_and(|v| !is_number(v)) || step.is_some_and(|v| !is_number(v)) {
            return Err(kiln_object::raise!(TypeError, "a number is required"));
        }
        Ok(alloc_instance(
            cls.0,
            Count {
                header: header::<Count>(),
                next: Slot::new(start.map_or_else(|| Object::int(0), Value::to_object)),
                step: Slot::new(step.map_or_else(|| Object::int(1), Value::to_object)),
            },
        ))
    }
    fn __iter__(this: Value) -> Value {
        this
    }
    fn __next__(this: &Count) -> Result<Object, Raised> {
        next_or_stop(this.advance())
    }
    fn __repr__(this: &Count) -> Result<String, Raised> {
        let name = this.header.class().plain_name();
        let (next, step) = (this.next.value().to_object(), this.step.value().to_object());
        if is_one(step.value()) {
            return Ok(format!("{name}({})", text(next.value())?));
        }
        Ok(format!("{name}({}, {})", text(next.value())?, text(step.value())?))
    }
}

impl Cycle {
    fn advance(&self) -> Result<Option<Object>, Raised> {
        if let Some(it) = self.iterator.get() {
            if let Some(o) = ops::next(it.value())? {
                self.saved.borrow_mut().push(o.clone());
                return Ok(Some(o));
            }
            self.iterator.clear();
        }
        let saved = self.saved.borrow();
        let Some(o) = saved.get(self.at.get()) else {
            return Ok(None);
        };
        self.at.set((self.at.get() + 1) % saved.len());
        Ok(Some(o.clone()))
    }
}
struct CycleMethods;
#[builtin_methods(cycle)]
impl CycleMethods {
    #[new]
    fn new(cls: ClassRef, iterable: Value) -> Result<Object, Raised> {
        let iterator = ops::iter(iterable)?;
        Ok(alloc_instance(
            cls.0,
            Cycle {
                header: header::<Cycle>(),
                iterator: Slot::new(iterator),
                saved: RefCell::new(Vec::new()),
                at: Cell::new(0),
            },
        ))
    }
    fn __iter__(this: Value) -> Value {
        this
    }
    fn __next__(this: &Cycle) -> Result<Object, Raised> {
        next_or_stop(this.advance())
    }
}

impl Repeat {
    fn advance(&self) -> Result<Option<Object>, Raised> {
        match self.left.get() {
            0 => return Ok(None),
            -1 => {}
            n => self.left.set(n - 1),
        }
        Ok(self.object.get())
    }
}
struct RepeatMethods;
#[builtin_methods(repeat)]
impl RepeatMethods {
    #[new]
    #[signature = "(object, times=<unrepresentable>)"]
    fn new(
        cls: ClassRef,
        #[kw] object: Value,
        #[kw]
        times: Option<isize>,
    ) -> Object {
        alloc_instance(
            cls.0,
            Repeat {
                header: header::<Repeat>(),
                object: Slot::new(object.to_object()),
                left: Cell::new(times.map_or(-1, |n| n.max(0) as i64)),
            },
        )
    }
    fn __iter__(this: Value) -> Value {
        this
    }
    fn __next__(this: &Repeat) -> Result<Object, Raised> {
        next_or_stop(this.advance())
    }
    fn __repr__(this: &Repeat) -> Result<String, Raised> {
        let object = text(this.object.value().to_object().value())?;
        let name = this.header.class().plain_name();
        Ok(match this.left.get() {
            -1 => format!("{name}({object})"),
            n => format!("{name}({object}, {n})"),
        })
    }
    fn __length_hint__(this: &Repeat) -> Result<i64, Raised> {
        match this.left.get() {
            -1 => Err(kiln_object::raise!(TypeError, "len() of unsized object")),
            n => Ok(n),
        }
    }
}

pub fn add_to(module: &Module) {
    add::<Count>(module, CountMethods::METHODS, next_fn!(Count), "Counts from start by step, for ever.");
    add::<Cycle>(module, CycleMethods::METHODS, next_fn!(Cycle), "The items of an iterable, again and again.");
    add::<Repeat>(module, RepeatMethods::METHODS, next_fn!(Repeat), "One object, times times or for ever.");
}
