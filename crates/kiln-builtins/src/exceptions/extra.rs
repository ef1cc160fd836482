//! The extra attributes of an exception, and how they come from its arguments.
//!
//! Native code raises exceptions by class and arguments alone; their extra attributes are derived when somebody asks
//! for one. `__new__` called from Python marks them as unset instead: there `__init__` is to set them.

use super::{import, os, simple, syntax, unicode};
use kiln_object::exception::{BaseException, is_instance};
use kiln_object::tuple::Tuple;
use kiln_object::{Object, Raised, Value, exc, raise};

/// Fills the extra attributes of an exception that native code made from its arguments.
fn derive(e: &BaseException) {
    if !e.extra.is_empty() {
        return;
    }
    mark(e);
    let v = Value::from_ptr(&e.header);
    let args = e.args_tuple();
    let items: Vec<Value> = args.expect::<Tuple>().items().to_vec();
    let is = |class| is_instance(v, class);
    let done: Result<(), Raised> = if is(&exc::StopIteration) {
        simple::set_value(e, &items);
        Ok(())
    } else if is(&exc::SystemExit) {
        simple::set_code(e, &items);
        Ok(())
    } else if is(&exc::ImportError) {
        import::set_message(e, &items);
        Ok(())
    } else if is(&exc::SyntaxError) {
        syntax::set_details(e, &items)
    } else if is(&exc::OSError) {
        os::set_fields(e, &items)
    } else if is(&exc::UnicodeEncodeError) {
        unicode::set_encode(e, &items)
    } else if is(&exc::UnicodeDecodeError) {
        unicode::set_decode(e, &items)
    } else if is(&exc::UnicodeTranslateError) {
        unicode::set_translate(e, &items)
    } else {
        Ok(())
    };
    if let Err(r) = done {
        raise::clear(r);
    }
}
/// Says that the attributes are unset, not waiting to be derived.
pub fn mark(e: &BaseException) {
    if e.extra.is_empty() {
        e.extra.set(Object::none());
    }
}
pub fn get(e: &BaseException, i: usize) -> Option<Object> {
    derive(e);
    e.extra_at(i)
}
pub fn set(e: &BaseException, i: usize, value: Option<Value>) {
    derive(e);
    e.set_extra_at(i, value.map(|v| v.to_object()));
}

/// Declares the methods of an exception class: first the names of its extra attributes with their setters and numbers.
macro_rules! exception_methods {
    ($marker:ident, $table:ident, $py:literal, [$($field:ident, $set:ident = $i:literal);*], { $($items:tt)* }) => {
        struct $marker;
        #[kiln_macros::builtin_methods($py)]
        impl $marker {
            $(
                #[getter]
                fn $field(this: &BaseException) -> Option<Object> { $crate::exceptions::extra::get(this, $i) }
                #[setter]
                fn $set(this: &BaseException, value: Option<Value>) { $crate::exceptions::extra::set(this, $i, value); }
            )*
            $($items)*
        }
        pub const $table: &[kiln_object::NativeDef] = $marker::METHODS;
    };
}
pub(crate) use exception_methods;
