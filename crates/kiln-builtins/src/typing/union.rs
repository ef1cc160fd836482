//! `typing.Union`: `int | str`.

use super::substitute::{parameters, substitute};
use super::{alias::GenericAlias, none_type, params::Parameter, type_alias::TypeAlias, type_check, type_repr};
use crate::support::repr;
use kiln_macros::builtin_methods;
use kiln_object::layout::{ObjectType, Slot, alloc, header};
use kiln_object::ops;
use kiln_object::set::FrozenSet;
use kiln_object::tuple::Tuple;
use kiln_object::types::{define, flags};
use kiln_object::{Object, Raised, Type, Value, call, object_struct, raise};

object_struct! {
    /// `typing.Union`.
    pub struct Union = "typing.Union", Container {
        /// A tuple of at least two.
        pub args: Slot,
        parameters: Slot,
    }
}

impl Union {
    fn arguments(&self) -> Vec<Object> {
        self.args.peek().map_or_else(Vec::new, |t| {
            t.expect::<Tuple>().items().iter().map(|v| v.to_object()).collect()
        })
    }
    fn type_variables(&self) -> Result<Object, Raised> {
        if let Some(p) = self.parameters.get() {
            return Ok(p);
        }
        let p = Tuple::from_vec(parameters(&self.arguments())?);
        self.parameters.set(p.clone());
        Ok(p)
    }
}

/// The union of these types: flattened, each once; a single one is itself.
fn unite(types: Vec<Object>) -> Result<Object, Raised> {
    let mut flat: Vec<Object> = Vec::new();
    let mut add = |o: Object| -> Result<(), Raised> {
        for f in &flat {
            if ops::is_equal(f.value(), o.value())? {
                return Ok(());
            }
        }
        flat.push(o);
        Ok(())
    };
    for t in types {
        match t.cast::<Union>() {
            Some(u) => u.arguments().into_iter().try_for_each(&mut add)?,
            None if t.is_none() => add(none_type().to_object())?,
            None => add(t)?,
        }
    }
    if flat.len() == 1
        && let Some(only) = flat.pop()
    {
        return Ok(only);
    }
    Ok(alloc(Union {
        header: header::<Union>(),
        args: Slot::new(Tuple::from_vec(flat)),
        parameters: Slot::empty(),
    }))
}
fn is_unionable(v: Value) -> bool {
    v.is_none()
        || v.cast::<Type>().is_some()
        || v.cast::<GenericAlias>().is_some()
        || v.cast::<Union>().is_some()
        || v.cast::<TypeAlias>().is_some()
}
/// What may stand in `Union[...]` without a closer look.
fn is_type(v: Value) -> bool {
    is_unionable(v) || v.cast::<Parameter>().is_some()
}

/// `a | b` for types; `NotImplemented` for others.
pub fn or(a: Value, b: Value) -> Result<Object, Raised> {
    if !is_unionable(a) || !is_unionable(b) {
        return Ok(Object::not_implemented());
    }
    unite(vec![a.to_object(), b.to_object()])
}
/// `Union[types]`.
pub fn of(types: &[Value]) -> Result<Object, Raised> {
    if types.is_empty() {
        return Err(raise::type_error("Cannot take a Union of no types.".into()));
    }
    let checked: Result<Vec<Object>, Raised> = types
        .iter()
        .map(|t| {
            if is_type(*t) {
                Ok(t.to_object())
            } else {
                type_check(*t, "Union[arg, ...]: each arg must be a type.")
            }
        })
        .collect();
    unite(checked?)
}
fn as_set(u: &Union) -> Result<Object, Raised> {
    let args = u.args.get().unwrap_or_else(Tuple::empty);
    call::call(FrozenSet::class().as_value(), &[args.value()])
}
fn union_eq(a: Value, b: Value) -> Result<Option<bool>, Raised> {
    let (Some(x), Some(y)) = (a.cast::<Union>(), b.cast::<Union>()) else {
        return Ok(None);
    };
    let (p, q) = (x.arguments(), y.arguments());
    if p.len() != q.len() {
        return Ok(Some(false));
    }
    for a in &p {
        let mut found = false;
        for b in &q {
            found = found || ops::is_equal(a.value(), b.value())?;
        }
        if !found {
            return Ok(Some(false));
        }
    }
    Ok(Some(true))
}

struct Methods;
#[builtin_methods("typing.Union")]
impl Methods {
    fn __repr__(this: &Union) -> Result<String, Raised> {
        let parts: Result<Vec<String>, Raised> = this.arguments().iter().map(|a| type_repr(a.value())).collect();
        Ok(parts?.join(" | "))
    }
    fn __hash__(this: &Union) -> Result<i64, Raised> {
        for a in this.arguments() {
            ops::hash(a.value())?;
        }
        ops::hash(as_set(this)?.value())
    }
    fn __eq__(this: Value, other: Value) -> Result<Object, Raised> {
        Ok(union_eq(this, other)?.map_or_else(Object::not_implemented, Object::bool))
    }
    fn __ne__(this: Value, other: Value) -> Result<Object, Raised> {
        Ok(union_eq(this, other)?.map_or_else(Object::not_implemented, |b| Object::bool(!b)))
    }
    fn __or__(this: Value, other: Value) -> Result<Object, Raised> {
        or(this, other)
    }
    fn __ror__(this: Value, other: Value) -> Result<Object, Raised> {
        or(other, this)
    }
    fn __getitem__(this: &Union, key: Value) -> Result<Object, Raised> {
        let variables = this.type_variables()?;
        let variables: Vec<Object> = variables
            .expect::<Tuple>()
            .items()
            .iter()
            .map(|v| v.to_object())
            .collect();
        let args = substitute(Value::from_ptr(&this.header), &this.arguments(), &variables, key)?;
        let args: Vec<Value> = args.iter().map(|o| o.value()).collect();
        of(&args)
    }
    fn __mro_entries__(this: Value, _bases: Value) -> Result<Object, Raised> {
        Err(kiln_object::raise!(TypeError, "Cannot subclass {}", repr(this)?))
    }
    fn __instancecheck__(this: &Union, instance: Value) -> Result<bool, Raised> {
        for a in this.arguments() {
            if ops::is_instance(instance, a.value())? {
                return Ok(true);
            }
        }
        Ok(false)
    }
    fn __subclasscheck__(this: &Union, subclass: Value) -> Result<bool, Raised> {
        if subclass.cast::<Type>().is_none() {
            return Err(raise::type_error("issubclass() arg 1 must be a class".into()));
        }
        for a in this.arguments() {
            if ops::is_subclass(subclass, a.value())? {
                return Ok(true);
            }
        }
        Ok(false)
    }
    #[classmethod]
    fn __class_getitem__(_cls: Value, item: Value) -> Result<Object, Raised> {
        match item.cast::<Tuple>() {
            Some(t) => of(t.items()),
            None => of(&[item]),
        }
    }
    #[getter]
    fn __args__(this: &Union) -> Option<Object> {
        this.args.get()
    }
    #[getter]
    fn __parameters__(this: &Union) -> Result<Object, Raised> {
        this.type_variables()
    }
    #[getter]
    fn __origin__(_this: &Union) -> Value {
        Union::class().as_value()
    }
    #[getter]
    fn __name__(_this: &Union) -> &'static str {
        "Union"
    }
    #[getter]
    fn __qualname__(_this: &Union) -> &'static str {
        "Union"
    }
}

pub fn init() {
    define::<Union>(
        "Union",
        "typing",
        None,
        flags::NO_NEW | flags::WEAKREF,
        Methods::METHODS,
        Some("One of several types."),
    );
}
