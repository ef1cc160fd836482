//! `NameError` and `AttributeError`, which know what was looked up where.

use super::base::{init_args, own_dict, reduce_with, take_keywords};
use super::extra::{self, exception_methods, mark};
use kiln_object::args::{Keywords, Rest};
use kiln_object::dict::Dict;
use kiln_object::exception::BaseException;
use kiln_object::{Object, Raised, Value, intern};

exception_methods!(NameErrors, NAME_ERROR, "NameError", [name, set_name = 0], {
    fn __init__(this: &BaseException, args: Rest<'_>, kwargs: Keywords<'_>) -> Result<(), Raised> {
        let [name] = take_keywords("NameError", &kwargs, ["name"])?;
        mark(this);
        init_args(this, args);
        this.set_extra_at(0, name);
        Ok(())
    }
});

/// What is pickled: not the object, which may not be picklable.
fn attribute_error_state(e: &BaseException) -> Result<Option<Object>, Raised> {
    let name = extra::get(e, 0);
    let state = own_dict(e).map_or_else(Dict::new_object, |d| d.expect::<Dict>().copy());
    let d = state.expect::<Dict>();
    if let Some(n) = name {
        d.set(intern!("name"), n.value())?;
    }
    if let Some(a) = e.args.get() {
        d.set(intern!("args"), a.value())?;
    }
    Ok((!d.is_empty()).then(|| state.clone()))
}
exception_methods!(AttributeErrors, ATTRIBUTE_ERROR, "AttributeError", [name, set_name = 0; obj, set_obj = 1], {
    fn __init__(this: &BaseException, args: Rest<'_>, kwargs: Keywords<'_>) -> Result<(), Raised> {
        let [name, obj] = take_keywords("AttributeError", &kwargs, ["name", "obj"])?;
        mark(this);
        init_args(this, args);
        this.set_extra_at(0, name);
        this.set_extra_at(1, obj);
        Ok(())
    }
    fn __getstate__(this: &BaseException) -> Result<Object, Raised> {
        Ok(attribute_error_state(this)?.unwrap_or_else(Object::none))
    }
    fn __reduce__(this: &BaseException) -> Result<Object, Raised> {
        let state = attribute_error_state(this)?.unwrap_or_else(Object::none);
        Ok(reduce_with(this, this.args_tuple(), Some(state)))
    }
});
