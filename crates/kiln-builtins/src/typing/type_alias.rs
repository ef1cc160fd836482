//! `typing.TypeAliasType`: what `type X = ...` makes.

use super::params::{TypeVarTuple, evaluator, iterate_unpacked, unpacked};
use super::{alias, caller_module, union};
use crate::support::repr;
use kiln_macros::builtin_methods;
use kiln_object::layout::{Slot, alloc, header};
use kiln_object::str::Str;
use kiln_object::tuple::Tuple;
use kiln_object::types::{ClassRef, define, flags};
use kiln_object::{Object, Raised, Value, attr, call, intern, object_struct, ops, raise};

object_struct! {
    /// `typing.TypeAliasType`.
    pub struct TypeAlias = "typing.TypeAliasType", Container {
        name: Slot,
        /// A tuple.
        type_params: Slot,
        value: Slot,
        evaluate: Slot,
        module: Slot,
    }
}

/// `type name[params] = ...`; the value comes from the function when it is asked for.
pub fn declare(name: Value, type_params: Value, evaluate: Value) -> Object {
    let params = if type_params.is_none() {
        Tuple::empty()
    } else {
        type_params.to_object()
    };
    alloc(TypeAlias {
        header: header::<TypeAlias>(),
        name: Slot::new(name.to_object()),
        type_params: Slot::new(params),
        value: Slot::empty(),
        evaluate: Slot::new(evaluate.to_object()),
        module: Slot::new(caller_module()),
    })
}

fn params_of(a: &TypeAlias) -> Object {
    a.type_params.get().unwrap_or_else(Tuple::empty)
}
/// Type parameters only, and none without a default after one with.
fn check_params(params: &Tuple) -> Result<(), Raised> {
    let mut with_default = false;
    for &p in params.items() {
        let is_param = attr::find_attr(p, intern!("__typing_subst__"))?.is_some();
        if !is_param {
            return Err(kiln_object::raise!(
                TypeError,
                "Expected a type param, got {}",
                repr(p)?
            ));
        }
        let has = match crate::support::call_if_present(p, "has_default", &[])? {
            Some(v) => ops::is_true(v.value())?,
            None => false,
        };
        if with_default && !has {
            return Err(kiln_object::raise!(
                TypeError,
                "non-default type parameter '{}' follows default type parameter",
                repr(p)?
            ));
        }
        with_default |= has;
    }
    Ok(())
}

struct Methods;
#[builtin_methods("typealias")]
impl Methods {
    #[new]
    fn new(
        _cls: ClassRef,
        #[kw] name: Value,
        #[kw] value: Value,
        #[kwonly] type_params: Option<Value>,
    ) -> Result<Object, Raised> {
        if name.cast::<Str>().is_none() {
            return Err(kiln_object::raise!(
                TypeError,
                "typealias() argument 'name' must be str, not {}",
                kiln_object::convert::type_name(name)
            ));
        }
        let params = match type_params {
            Some(p) => {
                let Some(t) = p.cast::<Tuple>() else {
                    return Err(raise::type_error("type_params must be a tuple".into()));
                };
                check_params(t)?;
                p.to_object()
            }
            None => Tuple::empty(),
        };
        Ok(alloc(TypeAlias {
            header: header::<TypeAlias>(),
            name: Slot::new(name.to_object()),
            type_params: Slot::new(params),
            value: Slot::new(value.to_object()),
            evaluate: Slot::empty(),
            module: Slot::new(caller_module()),
        }))
    }
    fn __repr__(this: &TypeAlias) -> Option<Object> {
        this.name.get()
    }
    fn __iter__(this: Value) -> Result<Object, Raised> {
        iterate_unpacked(this)
    }
    fn __or__(this: Value, other: Value) -> Result<Object, Raised> {
        union::of(&[this, other])
    }
    fn __ror__(this: Value, other: Value) -> Result<Object, Raised> {
        union::of(&[other, this])
    }
    fn __getitem__(this: Value, key: Value) -> Result<Object, Raised> {
        let a = this.expect::<TypeAlias>();
        if params_of(a).expect::<Tuple>().is_empty() {
            return Err(raise::type_error("Only generic type aliases are subscriptable".into()));
        }
        alias::new_alias(this, key)
    }
    fn __reduce__(this: &TypeAlias) -> Option<Object> {
        this.name.get()
    }
    #[getter]
    fn __name__(this: &TypeAlias) -> Option<Object> {
        this.name.get()
    }
    #[setter]
    fn set___name__(_this: &TypeAlias, _value: Option<Value>) -> Result<(), Raised> {
        Err(crate::support::readonly())
    }
    #[getter]
    fn __type_params__(this: &TypeAlias) -> Object {
        params_of(this)
    }
    #[getter]
    fn __parameters__(this: &TypeAlias) -> Result<Object, Raised> {
        let mut all = Vec::new();
        for &p in params_of(this).expect::<Tuple>().items() {
            all.push(if p.cast::<TypeVarTuple>().is_some() {
                unpacked(p)?
            } else {
                p.to_object()
            });
        }
        Ok(Tuple::from_vec(all))
    }
    #[getter]
    fn __value__(this: &TypeAlias) -> Result<Object, Raised> {
        if let Some(v) = this.value.get() {
            return Ok(v);
        }
        let f = this.evaluate.get().unwrap_or_else(Object::none);
        let v = call::call(f.value(), &[Value::int_unchecked(1)])?;
        this.value.set(v.clone());
        Ok(v)
    }
    #[getter]
    fn evaluate_value(this: &TypeAlias) -> Option<Object> {
        evaluator(&this.value, &this.evaluate)
    }
    #[getter]
    fn __module__(this: &TypeAlias) -> Option<Object> {
        this.module.get()
    }
}

pub fn init() {
    define::<TypeAlias>(
        "TypeAliasType",
        "typing",
        None,
        flags::WEAKREF,
        Methods::METHODS,
        Some("Type alias."),
    );
}
