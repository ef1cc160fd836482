//! Calling a class: `__new__`, then `__init__`.

use crate::object;
use crate::support::same_special;
use kiln_object::call::{call_keywords, call_special, call_special_keywords};
use kiln_object::descr::StaticMethod;
use kiln_object::exception::BaseException;
use kiln_object::native::{NativeFunction, as_native, call_def};
use kiln_object::tuple::Tuple;
use kiln_object::types::{ClassRef, Making, flags, object_type, type_type};
use kiln_object::{NativeDef, Object, Raised, Special, Type, Value, attr, raise};
use smallvec::SmallVec;

/// `class(*args, **keywords)`, as `type.__call__` does it. `class` is a class.
pub fn instantiate(class: Value, args: &[Value], keywords: &[(Value, Value)]) -> Result<Object, Raised> {
    let Some(ClassRef(t)) = ClassRef::of(class) else {
        kiln_object::bug!("instantiate() got no class");
    };
    if std::ptr::eq(t, type_type()) {
        if args.len() == 1 && keywords.is_empty() {
            return Ok(args[0].class().as_value().to_object());
        }
        if args.len() != 3 {
            return Err(raise::type_error("type() takes 1 or 3 arguments".into()));
        }
    }
    if keywords.is_empty() && t.making() == Making::Exception {
        return Ok(BaseException::called(t, Tuple::from_values(args)));
    }
    let held = class.to_object();
    if keywords.is_empty()
        && let Some(new) = plain_new(t)
    {
        let mut all: SmallVec<[Value; 6]> = SmallVec::with_capacity(args.len() + 1);
        all.push(class);
        all.extend_from_slice(args);
        let made = call_def(new, &all)?;
        if t.making() == Making::New {
            return Ok(made);
        }
        return initialize(t, made, args, keywords, held);
    }
    let made = make(t, class, args, keywords)?;
    initialize(t, made, args, keywords, held)
}
/// The native `__new__` of a class for which nothing needs checking.
#[inline]
fn plain_new(t: &Type) -> Option<&'static NativeDef> {
    if !matches!(t.making(), Making::New | Making::NewInit) {
        return None;
    }
    let new = t.special(Special::New)?;
    as_native(&new).map(|n| n.def.0)
}

/// `class.__new__(class, ...)`.
fn make(t: &'static Type, class: Value, args: &[Value], keywords: &[(Value, Value)]) -> Result<Object, Raised> {
    if t.has(flags::NO_NEW) {
        return Err(kiln_object::raise!(TypeError, "cannot create '{}' instances", t.name()));
    }
    let Some(new) = t.special(Special::New) else {
        return Err(kiln_object::raise!(TypeError, "cannot create '{}' instances", t.name()));
    };
    if Some(new) == object_type().special(Special::New) {
        if !args.is_empty() || !keywords.is_empty() {
            object::check_new_arguments(t)?;
        }
        return object::new_instance(t);
    }
    let mut all: SmallVec<[Value; 6]> = SmallVec::with_capacity(args.len() + 1);
    all.push(class);
    all.extend_from_slice(args);
    if new.is_exact::<NativeFunction>()
        && let Some(n) = as_native(&new)
    {
        // The class's own `__new__` takes the class: nothing to check.
        if keywords.is_empty() && n.owner.0.is_some_and(|owner| std::ptr::eq(owner, t)) {
            return call_def(n.def.0, &all);
        }
        return n.call_keywords(&all, keywords);
    }
    let new = match new.exact::<StaticMethod>() {
        Some(s) => s.callable.get().unwrap_or_else(Object::none),
        None => attr::descriptor_get_any(new, None, t)?,
    };
    call_keywords(new.value(), &all, keywords)
}

/// `object.__init__(...)` if what `__new__` made is an instance of the class.
fn initialize(
    t: &'static Type,
    made: Object,
    args: &[Value],
    keywords: &[(Value, Value)],
    held: Object,
) -> Result<Object, Raised> {
    let class = made.class();
    if !class.is_subtype(t) || same_special(class, object_type(), Special::Init) {
        drop(held);
        return Ok(made);
    }
    let Some(init) = class.special(Special::Init) else {
        return Ok(made);
    };
    let r = if keywords.is_empty() {
        call_special(init, made.value(), args)?
    } else {
        call_special_keywords(init, made.value(), args, keywords)?
    };
    if !r.is_none() {
        return Err(kiln_object::raise!(
            TypeError,
            "__init__() should return None, not '{}'",
            r.class().name()
        ));
    }
    drop(held);
    Ok(made)
}
