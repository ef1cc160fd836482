//! Calling objects.

use crate::attr::descriptor_get;
use crate::descr::Method;
use crate::function::Function;
use crate::hooks::hooks;
use crate::native::{NativeFunction, NativeKind, as_native, call_def};
use crate::raise::Raised;
use crate::special::Special;
use crate::tuple::Tuple;
use crate::value::{Object, Value};

/// `callable(*args)`.
#[inline]
pub fn call(callable: Value, args: &[Value]) -> Result<Object, Raised> {
    call_keywords(callable, args, &[])
}

/// `callable(*args, **keywords)`; keyword names are strs.
pub fn call_keywords(callable: Value, args: &[Value], keywords: &[(Value, Value)]) -> Result<Object, Raised> {
    if callable.is_ptr() {
        if callable.is_exact::<Function>() {
            return (hooks().call_function)(callable, args, keywords);
        }
        if let Some(n) = as_native(&callable) {
            crate::thread::check_native_stack("")?;
            let held = callable.to_object();
            let r = n.call_keywords(args, keywords);
            drop(held);
            return r;
        }
        if let Some(m) = callable.exact::<Method>() {
            let (f, r) = (m.function.get(), m.receiver.get());
            if let (Some(f), Some(r)) = (f, r) {
                let mut all = Vec::with_capacity(args.len() + 1);
                all.push(r.value());
                all.extend_from_slice(args);
                return call_keywords(f.value(), &all, keywords);
            }
        }
        // A class whose metaclass is `type`: what `type.__call__` does, without looking for it.
        if callable.is_exact::<crate::Type>()
            && let Some(instantiate) = crate::runtime().instantiate.get()
        {
            crate::thread::check_native_stack("")?;
            return instantiate(callable, args, keywords);
        }
    }
    crate::thread::check_native_stack("")?;
    match callable.class().special(Special::Call) {
        Some(f) => call_special_keywords(f, callable, args, keywords),
        None => Err(crate::raise!(
            TypeError,
            "'{}' object is not callable",
            callable.class().name()
        )),
    }
}

/// Calls a special method found on `receiver`'s class. A module's function there is no method: it gets no receiver.
#[inline]
pub fn call_special(f: Value, receiver: Value, args: &[Value]) -> Result<Object, Raised> {
    if let Some(n) = as_native(&f)
        && n.receiver.is_empty()
        && !matches!(
            n.def.kind,
            NativeKind::ClassMethod | NativeKind::StaticMethod | NativeKind::Function
        )
    {
        return match args {
            [] => call_def(&n.def, &[receiver]),
            [a] => call_def(&n.def, &[receiver, *a]),
            [a, b] => call_def(&n.def, &[receiver, *a, *b]),
            _ => call_special_keywords(f, receiver, args, &[]),
        };
    }
    call_special_keywords(f, receiver, args, &[])
}

pub fn call_special_keywords(
    f: Value,
    receiver: Value,
    args: &[Value],
    keywords: &[(Value, Value)],
) -> Result<Object, Raised> {
    let held = f.to_object();
    let native_method = as_native(&f).is_some_and(|n| {
        n.receiver.is_empty()
            && !matches!(
                n.def.kind,
                NativeKind::ClassMethod | NativeKind::StaticMethod | NativeKind::Function
            )
    });
    // Nearly every special method has one argument or two.
    if f.is_exact::<Function>() && keywords.is_empty() && args.len() <= 2 {
        let mut all = [receiver; 3];
        all[1..=args.len()].copy_from_slice(args);
        return (hooks().call_function)(held.value(), &all[..=args.len()], keywords);
    }
    if f.is_exact::<Function>() || native_method {
        let mut all: smallvec::SmallVec<[Value; 6]> = smallvec::SmallVec::with_capacity(args.len() + 1);
        all.push(receiver);
        all.extend_from_slice(args);
        return if native_method {
            held.expect::<NativeFunction>().call_keywords(&all, keywords)
        } else {
            (hooks().call_function)(held.value(), &all, keywords)
        };
    }
    if f.is_ptr() && f.header().class().special(Special::Get).is_some() {
        let bound = descriptor_get(f, Some(receiver), receiver.class())?;
        return call_keywords(bound.value(), args, keywords);
    }
    call_keywords(f, args, keywords)
}

/// `object.name(*args)` without making a bound method; `name` is interned.
pub fn call_method(object: Value, name: Value, args: &[Value]) -> Result<Object, Raised> {
    if let Some(found) = crate::site::load_of(object, name)
        && found.kind == crate::site::METHOD
    {
        return call_special(found.value, object, args);
    }
    let f = crate::attr::get_attr(object, name)?;
    call(f.value(), args)
}
pub fn call_method_str(object: Value, name: &str, args: &[Value]) -> Result<Object, Raised> {
    call_method(object, crate::str::Str::intern(name).value(), args)
}

/// The special method's result if the class has it.
pub fn try_special(object: Value, s: Special, args: &[Value]) -> Option<Result<Object, Raised>> {
    let f = object.class().special(s)?;
    Some(call_special(f, object, args))
}

/// Calls with a tuple and a dict, as `f(*args, **kwargs)` does after both are built.
pub fn call_ex(callable: Value, args: &Tuple, kwargs: Option<&crate::dict::Dict>) -> Result<Object, Raised> {
    let keywords = kwargs.map_or_else(Vec::new, crate::dict::Dict::snapshot);
    let borrowed: Vec<(Value, Value)> = keywords.iter().map(|(k, v)| (k.value(), v.value())).collect();
    for (k, _) in &borrowed {
        if k.cast::<crate::str::Str>().is_none() {
            return Err(crate::raise!(TypeError, "keywords must be strings"));
        }
    }
    let items: Vec<Object> = args.items().iter().map(|v| v.to_object()).collect();
    let positional: Vec<Value> = items.iter().map(|o| o.value()).collect();
    call_keywords(callable, &positional, &borrowed)
}
