//! `None`, `...` and `NotImplemented`.

use crate::support::methods;
use kiln_macros::builtin_methods;
use kiln_object::args::{Keywords, Rest};
use kiln_object::singletons::{EllipsisObject, NoneObject, NotImplementedObject};
use kiln_object::{ClassRef, Object, Raised, Value, raise};

fn no_arguments(name: &str, args: Rest<'_>, kwargs: &Keywords<'_>) -> Result<(), Raised> {
    if args.is_empty() && kwargs.is_empty() {
        return Ok(());
    }
    Err(kiln_object::raise!(TypeError, "{name} takes no arguments"))
}

struct NoneMethods;
#[builtin_methods(NoneType)]
impl NoneMethods {
    #[new]
    fn new(_cls: ClassRef, args: Rest<'_>, kwargs: Keywords<'_>) -> Result<Object, Raised> {
        no_arguments("NoneType", args, &kwargs)?;
        Ok(Object::none())
    }
    fn __repr__(_this: &NoneObject) -> &'static str {
        "None"
    }
    fn __bool__(_this: &NoneObject) -> bool {
        false
    }
    /// CPython's hash of `None` is a constant, too.
    fn __hash__(_this: &NoneObject) -> i64 {
        0xfca8_6420
    }
}

struct EllipsisMethods;
#[builtin_methods(ellipsis)]
impl EllipsisMethods {
    #[new]
    fn new(_cls: ClassRef, args: Rest<'_>, kwargs: Keywords<'_>) -> Result<Object, Raised> {
        no_arguments("EllipsisType", args, &kwargs)?;
        Ok(kiln_object::singletons::ellipsis().to_object())
    }
    fn __repr__(_this: &EllipsisObject) -> &'static str {
        "Ellipsis"
    }
    fn __reduce__(_this: &EllipsisObject) -> &'static str {
        "Ellipsis"
    }
}

struct NotImplementedMethods;
#[builtin_methods(NotImplementedType)]
impl NotImplementedMethods {
    #[new]
    fn new(_cls: ClassRef, args: Rest<'_>, kwargs: Keywords<'_>) -> Result<Object, Raised> {
        no_arguments("NotImplementedType", args, &kwargs)?;
        Ok(Object::not_implemented())
    }
    fn __repr__(_this: &NotImplementedObject) -> &'static str {
        "NotImplemented"
    }
    fn __reduce__(_this: &NotImplementedObject) -> &'static str {
        "NotImplemented"
    }
    fn __bool__(_this: Value) -> Result<bool, Raised> {
        Err(raise::type_error(
            "NotImplemented should not be used in a boolean context".into(),
        ))
    }
}

pub fn init() {
    methods::<NoneObject>(NoneMethods::METHODS, "The type of the None singleton.");
    methods::<EllipsisObject>(EllipsisMethods::METHODS, "The type of the Ellipsis singleton.");
    methods::<NotImplementedObject>(
        NotImplementedMethods::METHODS,
        "The type of the NotImplemented singleton.",
    );
}
