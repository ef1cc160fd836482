//! `bool`.

use kiln_macros::builtin_methods;
use kiln_object::int::AnyInt;
use kiln_object::ops::{self, BinaryOp};
use kiln_object::types::ClassRef;
use kiln_object::{Object, Raised, Value};

pub struct BoolMethods;

/// Two bools give a bool; anything else is int's business.
fn logic(op: BinaryOp, a: Value, b: Value, both: fn(bool, bool) -> bool) -> Result<Object, Raised> {
    let truth = |v: Value| (v.is_true() || v.is_false()).then(|| v.is_true());
    match (truth(a), truth(b)) {
        (Some(a), Some(b)) => Ok(Object::bool(both(a, b))),
        _ => match kiln_object::types::int_type().special(op.special()) {
            Some(f) => kiln_object::call::call_special(f, a, &[b]),
            None => Ok(Object::not_implemented()),
        },
    }
}

#[builtin_methods(bool)]
impl BoolMethods {
    #[new]
    fn new(_cls: ClassRef, #[default(kiln_object::singletons::false_())] x: Value) -> Result<bool, Raised> {
        ops::is_true(x)
    }

    fn __repr__(this: AnyInt<'_>) -> Value {
        if this.to_i64() == Some(0) {
            kiln_object::intern!("False")
        } else {
            kiln_object::intern!("True")
        }
    }

    /// >>> True & False, True & 3
    /// (False, 1)
    fn __and__(this: Value, value: Value) -> Result<Object, Raised> {
        logic(BinaryOp::And, this, value, |a, b| a & b)
    }
    fn __rand__(this: Value, value: Value) -> Result<Object, Raised> {
        logic(BinaryOp::And, this, value, |a, b| a & b)
    }
    fn __or__(this: Value, value: Value) -> Result<Object, Raised> {
        logic(BinaryOp::Or, this, value, |a, b| a | b)
    }
    fn __ror__(this: Value, value: Value) -> Result<Object, Raised> {
        logic(BinaryOp::Or, this, value, |a, b| a | b)
    }
    fn __xor__(this: Value, value: Value) -> Result<Object, Raised> {
        logic(BinaryOp::Xor, this, value, |a, b| a ^ b)
    }
    fn __rxor__(this: Value, value: Value) -> Result<Object, Raised> {
        logic(BinaryOp::Xor, this, value, |a, b| a ^ b)
    }

    fn __invert__(this: AnyInt<'_>) -> Result<i64, Raised> {
        crate::warn::deprecation(
            "Bitwise inversion '~' on bool is deprecated and will be removed in Python 3.16. This returns the bitwise \
             inversion of the underlying int object and is usually not what you expect from negating a bool. Use the \
             'not' operator for boolean negation or ~int(x) if you really want the bitwise inversion of the underlying int.",
        )?;
        Ok(!this.to_i64().unwrap_or(0))
    }
}
