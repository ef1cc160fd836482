//! How objects are copied and pickled: the protocol of `copyreg`.

use crate::support::{import_from, same_special, tuple};
use kiln_object::dict::Dict;
use kiln_object::instance::{self, Instance};
use kiln_object::layout::ObjectType;
use kiln_object::list::List;
use kiln_object::str::Str;
use kiln_object::tuple::Tuple;
use kiln_object::types::object_type;
use kiln_object::{Object, Raised, Special, Value, attr, call, intern, ops};

fn cannot_pickle(v: Value) -> Raised {
    kiln_object::raise!(TypeError, "cannot pickle '{}' object", v.class().name())
}

/// The names of the `__slots__` of a class, as `copyreg` finds them.
fn slot_names(this: Value) -> Result<Vec<Object>, Raised> {
    let class = this.class();
    if class.mro().iter().all(|c| c.member_count() == 0) {
        return Ok(Vec::new());
    }
    let f = import_from("copyreg", "_slotnames")?;
    let names = call::call(f.value(), &[class.as_value()])?;
    if names.is_none() {
        return Ok(Vec::new());
    }
    match names.cast::<List>() {
        Some(l) => Ok(l.snapshot()),
        None => Err(kiln_object::raise!(
            TypeError,
            "copyreg._slotnames didn't return a list or None"
        )),
    }
}

/// `object.__getstate__`; `required` when the object cannot be made again from its class alone.
pub fn state(this: Value, required: bool) -> Result<Object, Raised> {
    if required && !std::ptr::eq(this.layout(), Instance::layout()) && !this.class().is_heap_type() {
        return Err(cannot_pickle(this));
    }
    let mut state = if this.is_ptr() && this.class().has_dict() {
        attr::find_attr(this, intern!("__dict__"))?.unwrap_or_else(Object::none)
    } else {
        Object::none()
    };
    if state.cast::<Dict>().is_some_and(Dict::is_empty) && instance::own_attributes(this).is_empty() {
        state = Object::none();
    }
    let slots = Dict::new_object();
    for name in slot_names(this)? {
        let name = attr::intern_name(name.value())?;
        if let Some(v) = attr::find_attr(this, name.value())? {
            slots.expect::<Dict>().set(name.value(), v.value())?;
        }
    }
    if !slots.expect::<Dict>().is_empty() {
        return Ok(tuple(vec![state, slots]));
    }
    Ok(state)
}

/// The state of an object that may have a `__getstate__` of its own.
fn get_state(this: Value, required: bool) -> Result<Object, Raised> {
    let getstate = attr::get_attr(this, intern!("__getstate__"))?;
    let is_default = kiln_object::native::as_native(&getstate.value())
        .is_some_and(|n| n.def.name == "__getstate__" && n.receiver.peek() == Some(this))
        && n_owner_is_object(&getstate);
    if is_default {
        return state(this, required);
    }
    call::call(getstate.value(), &[])
}
fn n_owner_is_object(f: &Object) -> bool {
    kiln_object::native::as_native(&f.value())
        .and_then(|n| n.owner.0)
        .is_some_and(|c| std::ptr::eq(c, object_type()))
}

/// Arguments for `__new__` and the dict of its keywords.
fn new_arguments(this: Value) -> Result<(Option<Object>, Option<Object>), Raised> {
    if let Some(f) = attr::find_attr(this, intern!("__getnewargs_ex__"))? {
        let r = call::call(f.value(), &[])?;
        let Some(t) = r.cast::<Tuple>() else {
            return Err(kiln_object::raise!(
                TypeError,
                "__getnewargs_ex__ should return a tuple, not '{}'",
                r.class().name()
            ));
        };
        if t.len() != 2 {
            return Err(kiln_object::raise!(
                ValueError,
                "__getnewargs_ex__ should return a tuple of length 2, not {}",
                t.len()
            ));
        }
        let (args, kwargs) = (t.items()[0].to_object(), t.items()[1].to_object());
        if args.cast::<Tuple>().is_none() {
            return Err(kiln_object::raise!(
                TypeError,
                "first item of the tuple returned by __getnewargs_ex__ must be a tuple, not '{}'",
                args.class().name()
            ));
        }
        if kwargs.cast::<Dict>().is_none() {
            return Err(kiln_object::raise!(
                TypeError,
                "second item of the tuple returned by __getnewargs_ex__ must be a dict, not '{}'",
                kwargs.class().name()
            ));
        }
        return Ok((Some(args), Some(kwargs)));
    }
    if let Some(f) = attr::find_attr(this, intern!("__getnewargs__"))? {
        let args = call::call(f.value(), &[])?;
        if args.cast::<Tuple>().is_none() {
            return Err(kiln_object::raise!(
                TypeError,
                "__getnewargs__ should return a tuple, not '{}'",
                args.class().name()
            ));
        }
        return Ok((Some(args), None));
    }
    Ok((None, None))
}

/// Protocol 2 and above.
fn by_new(this: Value) -> Result<Object, Raised> {
    let class = this.class();
    if class.has(kiln_object::types::flags::NO_NEW) {
        return Err(cannot_pickle(this));
    }
    let (args, kwargs) = new_arguments(this)?;
    let has_args = args.is_some();
    let cls = class.as_value().to_object();
    let has_keywords = kwargs
        .as_ref()
        .is_some_and(|k| k.cast::<Dict>().is_some_and(|d| !d.is_empty()));
    let (make, make_args) = match (args, kwargs) {
        (Some(args), Some(kwargs)) if has_keywords => {
            (import_from("copyreg", "__newobj_ex__")?, tuple(vec![cls, args, kwargs]))
        }
        (args, _) => {
            let mut all = vec![cls];
            if let Some(a) = &args {
                all.extend(a.expect::<Tuple>().items().iter().map(|v| v.to_object()));
            }
            (import_from("copyreg", "__newobj__")?, tuple(all))
        }
    };
    let is_list = this.cast::<List>().is_some();
    let is_dict = this.cast::<Dict>().is_some();
    let state = get_state(this, !has_args && !is_list && !is_dict)?;
    let list_items = if is_list { ops::iter(this)? } else { Object::none() };
    let dict_items = if is_dict {
        let items = call::call_method_str(this, "items", &[])?;
        ops::iter(items.value())?
    } else {
        Object::none()
    };
    Ok(tuple(vec![make, make_args, state, list_items, dict_items]))
}

/// `object.__reduce__` for a protocol.
pub fn common(this: Value, protocol: i64) -> Result<Object, Raised> {
    if protocol >= 2 {
        return by_new(this);
    }
    let f = import_from("copyreg", "_reduce_ex")?;
    let protocol = Object::int(protocol);
    call::call(f.value(), &[this, protocol.value()])
}

/// `object.__reduce_ex__`: an overridden `__reduce__` comes first.
pub fn reduce_ex(this: Value, protocol: i64) -> Result<Object, Raised> {
    if !same_special(this.class(), object_type(), Special::Reduce)
        || instance::get_own(this, Str::intern("__reduce__").value()).is_some()
    {
        let f = attr::get_attr(this, Special::Reduce.name())?;
        return call::call(f.value(), &[]);
    }
    common(this, protocol)
}
