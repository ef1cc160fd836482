//! `StopIteration`, `SystemExit`, `KeyError`.

use super::base::{default_str, init_args, no_keywords};
use super::extra::{exception_methods, mark};
use crate::support::repr;
use kiln_object::args::{Keywords, Rest};
use kiln_object::exception::BaseException;
use kiln_object::tuple::Tuple;
use kiln_object::{Object, Raised, Value};

pub fn set_value(e: &BaseException, args: &[Value]) {
    mark(e);
    e.set_extra_at(0, Some(args.first().map_or_else(Object::none, |v| v.to_object())));
}
pub fn set_code(e: &BaseException, args: &[Value]) {
    mark(e);
    let code = match args {
        [] => None,
        [one] => Some(one.to_object()),
        _ => Some(Tuple::from_values(args)),
    };
    e.set_extra_at(0, code);
}

exception_methods!(
    StopIterations,
    STOP_ITERATION,
    "StopIteration",
    [value, set_value = 0],
    {
        fn __init__(this: &BaseException, args: Rest<'_>, kwargs: Keywords<'_>) -> Result<(), Raised> {
            no_keywords(this, &kwargs)?;
            init_args(this, args);
            set_value(this, args);
            Ok(())
        }
    }
);
exception_methods!(SystemExits, SYSTEM_EXIT, "SystemExit", [code, set_code = 0], {
    fn __init__(this: &BaseException, args: Rest<'_>, kwargs: Keywords<'_>) -> Result<(), Raised> {
        no_keywords(this, &kwargs)?;
        init_args(this, args);
        set_code(this, args);
        Ok(())
    }
});
exception_methods!(KeyErrors, KEY_ERROR, "KeyError", [], {
    fn __str__(this: &BaseException) -> Result<String, Raised> {
        let args = this.args_tuple();
        match args.expect::<Tuple>().items() {
            // A missing key may be '' or a text that reads like another message: its repr says what it is.
            [one] => repr(*one),
            _ => default_str(this),
        }
    }
});
