//! Raising: an exception becomes pending on the thread, and `Raised` travels up the Rust stack.

use crate::exception::{BaseException, exc};
use crate::layout::TypeCell;
use crate::str::Str;
use crate::thread::thread;
use crate::tuple::Tuple;
use crate::types::Type;
use crate::value::{Object, Value};

/// A Python exception is pending on the thread. Carries nothing and must reach a handler or be cleared.
#[derive(Debug)]
#[must_use]
pub struct Raised(pub(crate) ());

/// `raise!(TypeError, "expected {}", x)` makes the exception pending and is the `Raised` to return.
#[macro_export]
macro_rules! raise {
    ($class:ident, $($arg:tt)*) => { $crate::raise::with_message(&$crate::exception::exc::$class, &format!($($arg)*)) };
}

/// Makes `exception` pending. Its context becomes the exception that is being handled.
pub fn exception(exception: Object) -> Raised {
    let t = thread();
    if let Some(handled) = t.handled.get() {
        crate::exception::set_context(&exception, handled);
    }
    t.pending.set(exception);
    Raised(())
}
/// Makes `exception` pending as it is, without touching its context.
pub fn again(exception: Object) -> Raised {
    thread().pending.set(exception);
    Raised(())
}
/// What a native call that returned 0x1 left on the thread.
pub fn pending() -> Raised {
    debug_assert!(!thread().pending.is_empty());
    Raised(())
}
pub fn is_pending() -> bool {
    !thread().pending.is_empty()
}
/// Takes the pending exception.
pub fn take(_: Raised) -> Object {
    crate::frame::settle_caller();
    match thread().pending.take() {
        Some(e) => e,
        None => crate::bug!("an error was reported with no exception set"),
    }
}
/// Forgets the pending exception.
pub fn clear(_: Raised) {
    match thread().pending.take() {
        // Nobody else has it, so nobody will ask which frames it came through.
        Some(e) if e.header().count() == 1 => drop(e),
        Some(e) => {
            crate::frame::settle_caller();
            drop(e);
        }
        None => crate::bug!("an error was reported with no exception set"),
    }
}
/// Takes the pending exception if it is an instance of `class`; otherwise it stays.
pub fn catch(r: Raised, class: &TypeCell) -> Result<Object, Raised> {
    let matches = thread()
        .pending
        .peek()
        .is_some_and(|e| e.class().is_subtype(class.get()));
    if matches { Ok(take(r)) } else { Err(r) }
}

#[cold]
pub fn with_message(class: &TypeCell, message: &str) -> Raised {
    with_args(class.get(), vec![Str::new(message)])
}
#[cold]
pub fn with_args(class: &'static Type, args: Vec<Object>) -> Raised {
    exception(BaseException::make(class, Tuple::from_vec(args)))
}
/// With an extra attribute tuple; see [`BaseException::extra`].
#[cold]
pub fn with_extra(class: &'static Type, args: Vec<Object>, extra: Vec<Option<Object>>) -> Raised {
    let e = BaseException::make(class, Tuple::from_vec(args));
    e.expect::<BaseException>().set_extra(extra);
    exception(e)
}
pub fn type_error(message: String) -> Raised {
    with_message(&exc::TypeError, &message)
}
pub fn value_error(message: &str) -> Raised {
    with_message(&exc::ValueError, message)
}
pub fn index_error(message: &str) -> Raised {
    with_message(&exc::IndexError, message)
}
pub fn overflow_error(message: &str) -> Raised {
    with_message(&exc::OverflowError, message)
}
pub fn key_error(key: Value) -> Raised {
    with_args(exc::KeyError.get(), vec![key.to_object()])
}
pub fn memory_error() -> Raised {
    with_args(exc::MemoryError.get(), vec![])
}
pub fn recursion_error(doing: &str) -> Raised {
    with_message(
        &exc::RecursionError,
        &format!("maximum recursion depth exceeded{doing}"),
    )
}
/// `StopIteration`, with the generator's value if there is one.
pub fn stop_iteration(value: Option<Object>) -> Raised {
    let extra = vec![Some(value.clone().unwrap_or_else(Object::none))];
    with_extra(exc::StopIteration.get(), value.into_iter().collect(), extra)
}
/// `AttributeError` with `name` and `obj`, for suggestions.
#[cold]
pub fn attribute_error(message: &str, object: Value, name: Value) -> Raised {
    with_extra(
        exc::AttributeError.get(),
        vec![Str::new(message)],
        vec![Some(name.to_object()), Some(object.to_object())],
    )
}
#[cold]
pub fn no_attribute(object: Value, name: Value) -> Raised {
    let n = name.cast::<Str>().map_or_else(String::new, |s| s.to_string_lossy());
    let message = if let Some(t) = object.cast::<Type>() {
        format!("type object '{}' has no attribute '{n}'", t.name())
    } else if let Some(m) = object.cast::<crate::module::Module>() {
        module_message(m, name, &n)
    } else {
        format!("'{}' object has no attribute '{n}'", object.class().name())
    };
    attribute_error(&message, object, name)
}
/// What is said of a module without an attribute: one that is still being imported may be part of an import cycle.
fn module_message(m: &crate::module::Module, name: Value, n: &str) -> String {
    let Some(module) = m.name() else {
        return format!("module has no attribute '{n}'");
    };
    let plain = format!("module '{module}' has no attribute '{n}'");
    let Some(spec) = m.get("__spec__").filter(|s| !s.is_none()) else {
        return plain;
    };
    let ask =
        |attribute: &str| -> Result<Option<Object>, Raised> { crate::attr::find_attr_str(spec.value(), attribute) };
    let truth = |o: Option<Object>| o.map_or(Ok(false), |o| crate::ops::is_true(o.value()));
    let message = || -> Result<String, Raised> {
        if truth(ask("_initializing")?)? {
            let origin = if truth(ask("has_location")?)? {
                ask("origin")?
            } else {
                None
            };
            let from = origin
                .and_then(|o| o.cast::<Str>().map(|s| format!(" from '{}'", s.to_string_lossy())))
                .unwrap_or_default();
            return Ok(format!(
                "partially initialized module '{module}'{from} has no attribute '{n}' (most likely due to a circular import)"
            ));
        }
        if let Some(waiting) = ask("_uninitialized_submodules")?
            && crate::ops::contains(waiting.value(), name)?
        {
            return Ok(format!(
                "cannot access submodule '{n}' of module '{module}' (most likely due to a circular import)"
            ));
        }
        Ok(plain.clone())
    };
    message().unwrap_or_else(|r| {
        clear(r);
        plain.clone()
    })
}
#[cold]
pub fn name_error(name: Value, message: &str) -> Raised {
    with_extra(
        exc::NameError.get(),
        vec![Str::new(message)],
        vec![Some(name.to_object())],
    )
}
/// Reports an exception that cannot go anywhere (`sys.unraisablehook`).
pub fn unraisable(r: Raised, message: &str, object: Option<Value>) {
    let e = take(r);
    (crate::runtime().unraisable.get())(e, message, object);
}
