//! What `anext(iterator, default)` gives to be awaited.

use kiln_macros::builtin_methods;
use kiln_object::args::Rest;
use kiln_object::call::{call_method, call_special};
use kiln_object::exception::exc;
use kiln_object::layout::{Slot, alloc, header};
use kiln_object::object_struct;
use kiln_object::types::{define, flags};
use kiln_object::{Object, Raised, Special, Value, intern, raise};

object_struct! {
    /// Awaits `awaitable`; the end of the async iterator becomes `default`.
    pub struct AnextAwaitable = "anext_awaitable", Container { pub awaitable: Slot, pub default: Slot }
}
struct Methods;

impl AnextAwaitable {
    pub fn new(awaitable: Object, default: Object) -> Object {
        alloc(AnextAwaitable {
            header: header::<AnextAwaitable>(),
            awaitable: Slot::new(awaitable),
            default: Slot::new(default),
        })
    }
    /// The iterator that drives the awaitable.
    fn iterator(&self) -> Result<Object, Raised> {
        let awaitable = self.awaitable.value().to_object();
        let class = awaitable.class();
        let Some(f) = class.special(Special::Await) else {
            if class.special(Special::Next).is_some() && class.special(Special::Iter).is_some() && !class.is_heap_type()
            {
                return Ok(awaitable);
            }
            return Err(kiln_object::raise!(
                TypeError,
                "'{}' object can't be awaited",
                class.name()
            ));
        };
        let it = call_special(f, awaitable.value(), &[])?;
        if it.class().special(Special::Next).is_none() {
            return Err(kiln_object::raise!(
                TypeError,
                "__await__() returned non-iterator of type '{}'",
                it.class().name()
            ));
        }
        Ok(it)
    }
    fn finish(&self, r: Result<Object, Raised>) -> Result<Object, Raised> {
        match r {
            Ok(o) => Ok(o),
            Err(r) => {
                drop(raise::catch(r, &exc::StopAsyncIteration)?);
                Err(raise::stop_iteration(self.default.get()))
            }
        }
    }
}

#[builtin_methods(anext_awaitable)]
impl Methods {
    fn __iter__(this: Value) -> Value {
        this
    }
    fn __await__(this: Value) -> Value {
        this
    }
    fn __next__(this: &AnextAwaitable) -> Result<Object, Raised> {
        let it = this.iterator()?;
        let r = match it.class().special(Special::Next) {
            Some(f) => call_special(f, it.value(), &[]),
            None => Err(kiln_object::raise!(
                TypeError,
                "'{}' object is not an iterator",
                it.class().name()
            )),
        };
        this.finish(r)
    }
    fn send(this: &AnextAwaitable, value: Value) -> Result<Object, Raised> {
        let it = this.iterator()?;
        this.finish(call_method(it.value(), intern!("send"), &[value]))
    }
    fn throw(this: &AnextAwaitable, args: Rest<'_>) -> Result<Object, Raised> {
        let it = this.iterator()?;
        this.finish(call_method(it.value(), intern!("throw"), args))
    }
    fn close(this: &AnextAwaitable) -> Result<Object, Raised> {
        let it = this.iterator()?;
        this.finish(call_method(it.value(), intern!("close"), &[]))
    }
}

/// Makes the class.
pub fn init() {
    define::<AnextAwaitable>(
        "anext_awaitable",
        "builtins",
        None,
        flags::NO_NEW,
        Methods::METHODS,
        None,
    );
}
