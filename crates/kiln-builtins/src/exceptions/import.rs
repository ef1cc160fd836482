//! `ImportError`.

use super::base::{default_str, init_args, own_dict, reduce_with, take_keywords};
use super::extra::{self, exception_methods, mark};
use crate::support::text;
use kiln_object::args::{Keywords, Rest};
use kiln_object::dict::Dict;
use kiln_object::exception::BaseException;
use kiln_object::str::Str;
use kiln_object::{Object, Raised, Value};

pub fn set_message(e: &BaseException, args: &[Value]) {
    mark(e);
    let message = match args {
        [one] => Some(one.to_object()),
        _ => None,
    };
    e.set_extra_at(0, message);
}

exception_methods!(
    ImportErrors,
    METHODS,
    "ImportError",
    [msg, set_msg = 0; name, set_name = 1; path, set_path = 2; name_from, set_name_from = 3],
    {
        fn __init__(this: &BaseException, args: Rest<'_>, kwargs: Keywords<'_>) -> Result<(), Raised> {
            let given = take_keywords("ImportError", &kwargs, ["name", "path", "name_from"])?;
            init_args(this, args);
            set_message(this, args);
            for (i, v) in given.into_iter().enumerate() {
                this.set_extra_at(i + 1, v);
            }
            Ok(())
        }
        fn __str__(this: &BaseException) -> Result<String, Raised> {
            match extra::get(this, 0) {
                Some(m) if m.is_exact::<Str>() => Ok(text(m.value())),
                _ => default_str(this),
            }
        }
        fn __reduce__(this: &BaseException) -> Result<Object, Raised> {
            let state = own_dict(this).map_or_else(Dict::new_object, |d| d.expect::<Dict>().copy());
            for (i, name) in ["name", "path", "name_from"].into_iter().enumerate() {
                if let Some(v) = extra::get(this, i + 1) {
                    state.expect::<Dict>().set_str(name, &v);
                }
            }
            let state = Some(state).filter(|d| !d.expect::<Dict>().is_empty());
            Ok(reduce_with(this, this.args_tuple(), state))
        }
    }
);
