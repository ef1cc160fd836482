//! What `cmp_to_key` makes: a callable that wraps objects so that a comparison function orders them.

use kiln_macros::builtin_methods;
use kiln_object::call::call;
use kiln_object::layout::{Slot, alloc, header};
use kiln_object::object_struct;
use kiln_object::ops::{self, CompareOp};
use kiln_object::types::{define, flags};
use kiln_object::{Object, Raised, Value, raise};

object_struct! {
    /// The key function, with `object` empty, and its results.
    pub struct KeyWrapper = "functools.KeyWrapper", Container { compare: Slot, object: Slot }
}
struct Methods;

fn wrap(compare: Value, object: Option<Value>) -> Object {
    alloc(KeyWrapper {
        header: header::<KeyWrapper>(),
        compare: Slot::new(compare.to_object()),
        object: Slot::from_option(object.map(Value::to_object)),
    })
}
/// The key function for a comparison function.
pub fn key_function(compare: Value) -> Object {
    wrap(compare, None)
}

fn compare(op: CompareOp, this: &KeyWrapper, other: Value) -> Result<Object, Raised> {
    let Some(other) = other.cast::<KeyWrapper>() else {
        return Err(kiln_object::raise!(TypeError, "other argument must be K instance"));
    };
    let (Some(x), Some(y)) = (this.object.get(), other.object.get()) else {
        return Err(raise::with_message(&kiln_object::exc::AttributeError, "object"));
    };
    let f = this.compare.value().to_object();
    let answer = call(f.value(), &[x.value(), y.value()])?;
    ops::compare(op, answer.value(), Value::ZERO)
}

#[builtin_methods(KeyWrapper)]
impl Methods {
    #[signature = "($self, obj)"]
    #[name = "__call__"]
    fn make(this: &KeyWrapper, args: kiln_object::args::Rest<'_>, kwargs: kiln_object::args::Keywords<'_>) -> Result<Object, Raised> {
        let object = match (args, kwargs.len(), kwargs.get("obj")) {
            ([one], 0, _) => *one,
            ([], 1, Some(one)) => one,
            ([], ..) => {
                return Err(kiln_object::raise!(TypeError, "K() missing required argument 'obj' (pos 1)"));
            }
            _ => {
                return Err(kiln_object::raise!(
                    TypeError,
                    "K() takes exactly 1 argument ({} given)",
                    args.len() + kwargs.len()
                ));
            }
        };
        Ok(wrap(this.compare.value(), Some(object)))
    }
    fn __lt__(this: &KeyWrapper, value: Value) -> Result<Object, Raised> {
        compare(CompareOp::Lt, this, value)
    }
    fn __le__(this: &KeyWrapper, value: Value) -> Result<Object, Raised> {
        compare(CompareOp::Le, this, value)
    }
    fn __eq__(this: &KeyWrapper, value: Value) -> Result<Object, Raised> {
        compare(CompareOp::Eq, this, value)
    }
    fn __ne__(this: &KeyWrapper, value: Value) -> Result<Object, Raised> {
        compare(CompareOp::Ne, this, value)
    }
    fn __gt__(this: &KeyWrapper, value: Value) -> Result<Object, Raised> {
        compare(CompareOp::Gt, this, value)
    }
    fn __ge__(this: &KeyWrapper, value: Value) -> Result<Object, Raised> {
        compare(CompareOp::Ge, this, value)
    }
    /// The object that is wrapped.
    #[getter]
    fn obj(this: &KeyWrapper) -> Result<Object, Raised> {
        this.object
            .get()
            .ok_or_else(|| raise::with_message(&kiln_object::exc::AttributeError, "obj"))
    }
    #[setter]
    fn set_obj(this: &KeyWrapper, value: Option<Value>) {
        this.object.set_option(value.map(Value::to_object));
    }
}

/// Makes the class.
pub fn init() {
    let class = define::<KeyWrapper>("KeyWrapper", "functools", None, flags::NO_NEW, Methods::METHODS, None);
    class.set_attr(kiln_object::intern!("__hash__"), Object::none().value());
}
