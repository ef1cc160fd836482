//! What `dir()` lists.

use kiln_object::dict::Dict;
use kiln_object::list::List;
use kiln_object::tuple::Tuple;
use kiln_object::{Object, Raised, Type, Value, attr, call, intern};

/// Adds the names of a class and of its bases, through their `__dict__` and `__bases__`.
fn merge_class(into: &Dict, class: Value) -> Result<(), Raised> {
    kiln_object::thread::check_native_stack("")?;
    if let Some(d) = attr::find_attr(class, intern!("__dict__"))? {
        for key in kiln_object::ops::to_vec(d.value())? {
            into.set(key.value(), kiln_object::singletons::none())?;
        }
    }
    if let Some(bases) = attr::find_attr(class, intern!("__bases__"))?
        && bases.cast::<Tuple>().is_some()
    {
        for i in 0..bases.expect::<Tuple>().len() {
            let b = bases.expect::<Tuple>().items()[i].to_object();
            merge_class(into, b.value())?;
        }
    }
    Ok(())
}
fn keys(d: &Object) -> Object {
    List::from_vec(d.expect::<Dict>().snapshot().into_iter().map(|(k, _)| k).collect())
}

/// `object.__dir__`.
pub fn of_object(this: Value) -> Result<Object, Raised> {
    let names = match attr::find_attr(this, intern!("__dict__"))? {
        Some(d) if d.cast::<Dict>().is_some() => d.expect::<Dict>().copy(),
        _ => Dict::new_object(),
    };
    if let Some(class) = attr::find_attr(this, intern!("__class__"))? {
        merge_class(names.expect::<Dict>(), class.value())?;
    }
    Ok(keys(&names))
}
/// `type.__dir__`.
pub fn of_class(class: &Type) -> Result<Object, Raised> {
    let names = Dict::new_object();
    merge_class(names.expect::<Dict>(), class.as_value())?;
    Ok(keys(&names))
}

/// `dir(v)`: what `__dir__` says, sorted.
pub fn sorted(v: Value) -> Result<Object, Raised> {
    let Some(f) = v.class().lookup(intern!("__dir__")) else {
        return Err(kiln_object::raise!(TypeError, "object does not provide __dir__"));
    };
    let names = call::call_special(f, v, &[])?;
    let list = List::from_vec(kiln_object::ops::to_vec(names.value())?);
    call::call_method_str(list.value(), "sort", &[])?;
    Ok(list)
}
