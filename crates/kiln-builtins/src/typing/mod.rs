//! Generic aliases, unions, type parameters, template strings.

pub mod alias;
mod make;
pub mod params;
mod substitute;
pub mod template;
pub mod type_alias;
pub mod union;

use crate::support::{import_from, repr};
use kiln_object::dict::Dict;
use kiln_object::{Object, Raised, Value, attr, call, intern, singletons};

/// How a type shows in the repr of an alias or a union.
pub fn type_repr(v: Value) -> Result<String, Raised> {
    if v == singletons::ellipsis() {
        return Ok("...".to_owned());
    }
    if v == none_type() {
        return Ok("None".to_owned());
    }
    let get = |name: Value| attr::find_attr(v, name);
    if get(intern!("__origin__"))?.is_some() && get(intern!("__args__"))?.is_some() {
        return repr(v);
    }
    let Some(qualname) = get(intern!("__qualname__"))? else {
        return repr(v);
    };
    let Some(module) = get(intern!("__module__"))?.filter(|m| !m.is_none()) else {
        return repr(v);
    };
    if kiln_object::convert::str_is(module.value(), "builtins") {
        return crate::support::to_text(qualname.value());
    }
    Ok(format!(
        "{}.{}",
        crate::support::to_text(module.value())?,
        crate::support::to_text(qualname.value())?
    ))
}
/// `type(None)`.
pub fn none_type() -> Value {
    singletons::none().class().as_value()
}
/// The `__name__` of the module whose code runs.
fn caller_module() -> Object {
    (kiln_object::hooks::hooks().current_globals)()
        .and_then(|g| {
            g.cast::<Dict>()
                .and_then(|d| d.get_interned(intern!("__name__")))
                .map(|v| v.to_object())
        })
        .unwrap_or_else(Object::none)
}
/// Calls a function of the module `typing`.
fn call_typing(name: &str, args: &[Value]) -> Result<Object, Raised> {
    let f = import_from("typing", name)?;
    call::call(f.value(), args)
}
/// `typing._type_check(v, message)`: converts strings to forward references, refuses what is no type.
fn type_check(v: Value, message: &str) -> Result<Object, Raised> {
    if v.is_none() {
        return Ok(none_type().to_object());
    }
    if v.cast::<kiln_object::Type>().is_some() {
        return Ok(v.to_object());
    }
    let message = kiln_object::str::Str::new(message);
    call_typing("_type_check", &[v, message.value()])
}

/// Adds the classes, and fills the hooks of the syntax that makes such objects.
pub fn init() {
    alias::init();
    union::init();
    params::init();
    type_alias::init();
    template::init();
    make::init();
}
