//! Generators and coroutines: `send`, `throw`, `close`, and what they show.

use kiln_bytecode::co;
use kiln_macros::builtin_methods;
use kiln_object::code::CodeObject;
use kiln_object::exception::{self, BaseException};
use kiln_object::generator::{Coroutine, GenState, Generator};
use kiln_object::hooks::{ResumeWith, Resumed, hooks};
use kiln_object::layout::{ObjectType, Slot, alloc, header};
use kiln_object::str::Str;
use kiln_object::{Object, Raised, Value, call, exc, object_struct, raise, singletons};

/// The words that messages use for a generator of this kind.
pub fn kind_name(v: Value) -> &'static str {
    if v.cast::<Coroutine>().is_some() {
        "coroutine"
    } else if v.cast::<kiln_object::generator::AsyncGenerator>().is_some() {
        "async generator"
    } else {
        "generator"
    }
}

/// Resumes with a value; what it yielded, or what it returned.
pub fn send(v: Value, sent: Value) -> Result<Resumed, Raised> {
    let g = v.expect::<Generator>();
    match g.state() {
        _ if g.is_running() => Err(already_running(v)),
        GenState::Finished => {
            if v.cast::<Coroutine>().is_some() {
                return Err(kiln_object::raise!(
                    RuntimeError,
                    "cannot reuse already awaited coroutine"
                ));
            }
            Ok(Resumed::Returned(Object::none()))
        }
        GenState::Created if !sent.is_none() => Err(kiln_object::raise!(
            TypeError,
            "can't send non-None value to a just-started {}",
            kind_name(v)
        )),
        _ => (hooks().resume)(v, ResumeWith::Value(sent.to_object())),
    }
}
fn already_running(v: Value) -> Raised {
    kiln_object::raise!(ValueError, "{} already executing", kind_name(v))
}
/// Raises an exception at the place where it is suspended.
pub fn throw(v: Value, e: Object) -> Result<Resumed, Raised> {
    let g = v.expect::<Generator>();
    match g.state() {
        _ if g.is_running() => Err(already_running(v)),
        GenState::Finished => {
            if v.cast::<Coroutine>().is_some() {
                return Err(kiln_object::raise!(
                    RuntimeError,
                    "cannot reuse already awaited coroutine"
                ));
            }
            Err(raise::exception(e))
        }
        _ => (hooks().resume)(v, ResumeWith::Throw(e)),
    }
}
/// The result of `send` and `throw` for Python: what was yielded, or `StopIteration`.
pub fn deliver(r: Resumed) -> Result<Object, Raised> {
    match r {
        Resumed::Yielded(v) => Ok(v),
        Resumed::Returned(v) if v.is_none() => Err(raise::stop_iteration(None)),
        Resumed::Returned(v) => Err(stop_with(v)),
    }
}
/// `StopIteration(v)`; a tuple or an exception is wrapped as it is.
fn stop_with(v: Object) -> Raised {
    raise::stop_iteration(Some(v))
}

/// The exception that `throw(type, value, traceback)` names.
pub fn thrown(kind: Value, value: Option<Value>, traceback: Option<Value>) -> Result<Object, Raised> {
    let tb = traceback.filter(|t| !t.is_none());
    if let Some(t) = tb
        && t.cast::<kiln_object::frame::Traceback>().is_none()
    {
        return Err(kiln_object::raise!(
            TypeError,
            "throw() third argument must be a traceback object"
        ));
    }
    let e = if exception::is_exception_class(kind) {
        match value.filter(|v| !v.is_none()) {
            Some(v) if v.class().is_subtype(kind.expect()) => v.to_object(),
            Some(v) => match v.cast::<kiln_object::tuple::Tuple>() {
                Some(t) => call::call(kind, t.items())?,
                None => call::call(kind, &[v])?,
            },
            None => call::call(kind, &[])?,
        }
    } else if exception::is_exception(kind) {
        if value.is_some_and(|v| !v.is_none()) {
            return Err(kiln_object::raise!(
                TypeError,
                "instance exception may not have a separate value"
            ));
        }
        kind.to_object()
    } else {
        return Err(kiln_object::raise!(
            TypeError,
            "exceptions must be classes or instances deriving from BaseException, not {}",
            kind.class().name()
        ));
    };
    if !exception::is_exception(e.value()) {
        // The wrong result of the class is what the generator gets to see.
        let wrong = kiln_object::raise!(
            TypeError,
            "calling {} should have returned an instance of BaseException, not {}",
            crate::support::repr(kind)?,
            e.class().name()
        );
        return Ok(raise::take(wrong));
    }
    if let (Some(t), Some(b)) = (tb, e.cast::<BaseException>()) {
        b.traceback.set(t.to_object());
    }
    Ok(e)
}

/// `close()`: raises `GeneratorExit` inside; the value that the generator then returns.
pub fn close(v: Value) -> Result<Object, Raised> {
    let g = v.expect::<Generator>();
    match g.state() {
        GenState::Finished => return Ok(Object::none()),
        GenState::Created => {
            g.abandon();
            return Ok(Object::none());
        }
        GenState::Suspended if g.closes_quietly() => {
            g.abandon();
            return Ok(Object::none());
        }
        _ if g.is_running() => return Err(already_running(v)),
        GenState::Suspended | GenState::Running => {}
    }
    let exit = call::call(exc::GeneratorExit.get().as_value(), &[])?;
    match (hooks().resume)(v, ResumeWith::Throw(exit)) {
        Ok(Resumed::Yielded(_)) => Err(kiln_object::raise!(
            RuntimeError,
            "{} ignored GeneratorExit",
            kind_name(v)
        )),
        Ok(Resumed::Returned(v)) => Ok(v),
        Err(r) => {
            let r = match raise::catch(r, &exc::GeneratorExit) {
                Ok(_) => return Ok(Object::none()),
                Err(r) => r,
            };
            raise::catch(r, &exc::StopIteration).map(|_| Object::none())
        }
    }
}

/// Closes a suspended generator that is going away; a coroutine that never ran is warned about.
pub fn finalize(v: Value) {
    let g = v.expect::<Generator>();
    let result = match g.state() {
        GenState::Suspended => close(v).map(drop),
        GenState::Created if v.cast::<Coroutine>().is_some() => {
            let name = g.qualname_value().map_or_else(String::new, crate::support::text);
            g.abandon();
            crate::warn::warn(&exc::RuntimeWarning, &format!("coroutine '{name}' was never awaited"))
        }
        _ => Ok(()),
    };
    if let Some(f) = g.frame.get() {
        f.expect::<kiln_object::frame::FrameObject>().suspended.set(Value::ZERO);
    }
    if let Err(r) = result {
        raise::unraisable(
            r,
            &format!(
                "Exception ignored while closing generator {}",
                kiln_object::ops::repr_lossy(v)
            ),
            None,
        );
    }
}

fn frame_of(v: Value) -> Option<Object> {
    let g = v.expect::<Generator>();
    if g.state() == GenState::Finished {
        return None;
    }
    if let Some(f) = g.frame.get() {
        return Some(f);
    }
    let code = g.code.get()?;
    let index = g.suspended_at();
    let f = kiln_object::frame::FrameObject::new_object(code, g.globals.get(), g.builtins.get());
    let frame = f.expect::<kiln_object::frame::FrameObject>();
    frame.index.set(index);
    frame.fp.set(g.fp.get());
    frame.suspended.set(v);
    g.frame.set(f.clone());
    Some(f)
}
fn delegate(g: &Generator) -> Object {
    match g.delegate() {
        Some(v) if !g.is_running() => v.to_object(),
        _ => Object::none(),
    }
}
fn set_name(slot: &Slot, value: Option<Value>, what: &str) -> Result<(), Raised> {
    match value {
        Some(v) if v.cast::<Str>().is_some() => {
            slot.set(v.to_object());
            Ok(())
        }
        _ => Err(kiln_object::raise!(TypeError, "{what} must be set to a string object")),
    }
}
fn address(v: Value) -> String {
    crate::support::address(v)
}

/// Code flags say whether `types.coroutine` marked it.
pub fn is_iterable_coroutine(g: &Generator) -> bool {
    g.code
        .get()
        .is_some_and(|c| c.expect::<CodeObject>().code.flags & co::ITERABLE_COROUTINE != 0)
}

macro_rules! common {
    ($Holder:ident, $name:literal, $code:literal, $frame:literal, $running:literal, $suspended:literal, $delegate:literal) => {
        struct $Holder;
        #[builtin_methods($name, layout = Generator)]
        impl $Holder {
            fn send(this: Value, value: Value) -> Result<Object, Raised> {
                deliver(send(this, value)?)
            }
            fn throw(
                this: Value,
                r#type: Value,
                value: Option<Value>,
                traceback: Option<Value>,
            ) -> Result<Object, Raised> {
                if value.is_some() || traceback.is_some() {
                    crate::warn::deprecation(
                        "the (type, exc, tb) signature of throw() is deprecated, use the single-arg signature instead.",
                    )?;
                }
                deliver(throw(this, thrown(r#type, value, traceback)?)?)
            }
            fn close(this: Value) -> Result<Object, Raised> {
                close(this)
            }
            fn __del__(this: Value) {
                finalize(this);
            }
            fn __repr__(this: Value) -> String {
                let g = this.expect::<Generator>();
                format!(
                    "<{} object {} at {}>",
                    $name,
                    g.qualname_value().map_or_else(String::new, crate::support::text),
                    address(this)
                )
            }
            #[getter]
            fn __name__(this: Value) -> Option<Object> {
                this.expect::<Generator>().name_value().map(Value::to_object)
            }
            #[setter]
            #[name = "__name__"]
            fn set_name(this: Value, value: Option<Value>) -> Result<(), Raised> {
                set_name(&this.expect::<Generator>().name, value, "__name__")
            }
            #[getter]
            fn __qualname__(this: Value) -> Option<Object> {
                this.expect::<Generator>().qualname_value().map(Value::to_object)
            }
            #[setter]
            #[name = "__qualname__"]
            fn set_qualname(this: Value, value: Option<Value>) -> Result<(), Raised> {
                set_name(&this.expect::<Generator>().qualname, value, "__qualname__")
            }
            #[getter]
            #[name = $code]
            fn code(this: Value) -> Option<Object> {
                this.expect::<Generator>().code.get()
            }
            #[getter]
            #[name = $frame]
            fn frame(this: Value) -> Option<Object> {
                frame_of(this)
            }
            #[getter]
            #[name = $running]
            fn running(this: Value) -> bool {
                this.expect::<Generator>().is_running()
            }
            #[getter]
            #[name = $suspended]
            fn suspended(this: Value) -> bool {
                let g = this.expect::<Generator>();
                g.state() == GenState::Suspended && !g.is_running()
            }
            #[getter]
            #[name = $delegate]
            fn delegate(this: Value) -> Object {
                delegate(this.expect::<Generator>())
            }
        }
    };
}
common!(
    GeneratorMethods,
    "generator",
    "gi_code",
    "gi_frame",
    "gi_running",
    "gi_suspended",
    "gi_yieldfrom"
);
common!(
    CoroutineMethods,
    "coroutine",
    "cr_code",
    "cr_frame",
    "cr_running",
    "cr_suspended",
    "cr_await"
);
common!(
    AsyncAttributes,
    "async_generator",
    "ag_code",
    "ag_frame",
    "ag_running",
    "ag_suspended",
    "ag_await"
);

struct GeneratorIteration;
#[builtin_methods("generator", layout = Generator)]
impl GeneratorIteration {
    fn __iter__(this: Value) -> Value {
        this
    }
    fn __next__(this: Value) -> Result<Object, Raised> {
        deliver(send(this, singletons::none())?)
    }
    #[classmethod]
    fn __class_getitem__(cls: Value, item: Value) -> Result<Object, Raised> {
        crate::typing::alias::new_alias(cls, item)
    }
}

object_struct! {
    /// What `coroutine.__await__()` gives: an iterator that drives the coroutine.
    pub struct CoroutineWrapper = "coroutine_wrapper", Container { coroutine: Slot }
}
#[builtin_methods("coroutine_wrapper")]
impl CoroutineWrapper {
    fn __iter__(this: Value) -> Value {
        this
    }
    fn __next__(this: &CoroutineWrapper) -> Result<Object, Raised> {
        deliver(send(this.coroutine.value(), singletons::none())?)
    }
    fn send(this: &CoroutineWrapper, value: Value) -> Result<Object, Raised> {
        deliver(send(this.coroutine.value(), value)?)
    }
    fn throw(
        this: &CoroutineWrapper,
        r#type: Value,
        value: Option<Value>,
        traceback: Option<Value>,
    ) -> Result<Object, Raised> {
        deliver(throw(this.coroutine.value(), thrown(r#type, value, traceback)?)?)
    }
    fn close(this: &CoroutineWrapper) -> Result<Object, Raised> {
        close(this.coroutine.value())
    }
}
struct CoroutineAwait;
#[builtin_methods("coroutine", layout = Generator)]
impl CoroutineAwait {
    fn __await__(this: Value) -> Object {
        alloc(CoroutineWrapper {
            header: header::<CoroutineWrapper>(),
            coroutine: Slot::new(this.to_object()),
        })
    }
    #[getter]
    fn cr_origin(this: Value) -> Option<Object> {
        this.expect::<Generator>().extra.get()
    }
    #[classmethod]
    fn __class_getitem__(cls: Value, item: Value) -> Result<Object, Raised> {
        crate::typing::alias::new_alias(cls, item)
    }
}

fn fast_next(v: Value) -> Result<Option<Object>, Raised> {
    if let Some(r) = (hooks().next)(v) {
        return r;
    }
    match send(v, singletons::none())? {
        Resumed::Yielded(v) => Ok(Some(v)),
        Resumed::Returned(_) => Ok(None),
    }
}

pub fn init() {
    kiln_object::types::define::<CoroutineWrapper>(
        "coroutine_wrapper",
        "builtins",
        None,
        0,
        CoroutineWrapper::METHODS,
        None,
    );
    Generator::class().add_methods(GeneratorMethods::METHODS);
    Generator::class().add_methods(GeneratorIteration::METHODS);
    Coroutine::class().add_methods(CoroutineMethods::METHODS);
    Coroutine::class().add_methods(CoroutineAwait::METHODS);
    kiln_object::generator::AsyncGenerator::class().add_methods(AsyncAttributes::METHODS);
    kiln_object::iter::set_fast_next(Generator::class(), fast_next);
}
