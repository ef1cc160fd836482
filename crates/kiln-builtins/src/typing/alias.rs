//! `types.GenericAlias`: `list[int]`.

use super::substitute::{parameters, substitute};
use super::{type_repr, union};
use crate::support::{import_from, tuple};
use kiln_macros::builtin_methods;
use kiln_object::args::{Keywords, Rest};
use kiln_object::layout::{ObjectType, Slot, alloc_instance, header};
use kiln_object::list::List;
use kiln_object::ops::{self, CompareOp};
use kiln_object::str::Str;
use kiln_object::tuple::Tuple;
use kiln_object::types::{ClassRef, define, flags};
use kiln_object::{Object, Raised, Type, Value, attr, call, exc, intern, object_struct, raise};
use std::cell::Cell;

object_struct! {
    /// `types.GenericAlias`.
    pub struct GenericAlias = "types.GenericAlias", Container {
        pub origin: Slot,
        /// A tuple.
        pub args: Slot,
        /// A tuple of type variables, made when first asked for.
        parameters: Slot,
        /// `*tuple[int, ...]`
        starred: Cell<bool>,
    }
}

/// Attributes of the alias itself; all others are the origin's.
const OWN: &[&str] = &[
    "__class__",
    "__origin__",
    "__args__",
    "__unpacked__",
    "__parameters__",
    "__typing_unpacked_tuple_args__",
    "__mro_entries__",
    "__reduce_ex__",
    "__reduce__",
];
/// Attributes that neither has.
const BLOCKED: &[&str] = &["__bases__", "__copy__", "__deepcopy__"];

fn make(class: &'static Type, origin: Value, args: Value, starred: bool) -> Object {
    let args = if args.cast::<Tuple>().is_some() {
        args.to_object()
    } else {
        Tuple::from_values(&[args])
    };
    alloc_instance(
        class,
        GenericAlias {
            header: header::<GenericAlias>(),
            origin: Slot::new(origin.to_object()),
            args: Slot::new(args),
            parameters: Slot::empty(),
            starred: Cell::new(starred),
        },
    )
}
/// `origin[item]` as an alias.
pub fn new_alias(origin: Value, item: Value) -> Result<Object, Raised> {
    Ok(make(GenericAlias::class(), origin, item, false))
}

impl GenericAlias {
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
    fn value(&self) -> Value {
        Value::from_ptr(&self.header)
    }
}

fn item_repr(v: Value) -> Result<String, Raised> {
    match v.exact::<List>() {
        Some(l) => {
            let parts: Result<Vec<String>, Raised> = l.snapshot().iter().map(|o| type_repr(o.value())).collect();
            Ok(format!("[{}]", parts?.join(", ")))
        }
        None => type_repr(v),
    }
}
fn alias_eq(a: Value, b: Value) -> Result<Option<bool>, Raised> {
    let (Some(x), Some(y)) = (a.cast::<GenericAlias>(), b.cast::<GenericAlias>()) else {
        return Ok(None);
    };
    if x.starred.get() != y.starred.get() {
        return Ok(Some(false));
    }
    let (o1, o2) = (x.origin.get(), y.origin.get());
    let (a1, a2) = (x.args.get(), y.args.get());
    if let (Some(o1), Some(o2)) = (o1, o2)
        && !ops::compare_bool(CompareOp::Eq, o1.value(), o2.value())?
    {
        return Ok(Some(false));
    }
    match (a1, a2) {
        (Some(a1), Some(a2)) => ops::compare_bool(CompareOp::Eq, a1.value(), a2.value()).map(Some),
        _ => Ok(Some(false)),
    }
}

struct Methods;
#[builtin_methods("types.GenericAlias")]
impl Methods {
    #[new]
    fn new(cls: ClassRef, args: Rest<'_>, kwargs: Keywords<'_>) -> Result<Object, Raised> {
        if !kwargs.is_empty() {
            return Err(raise::type_error("GenericAlias() takes no keyword arguments".into()));
        }
        let [origin, args] = args else {
            return Err(kiln_object::raise!(
                TypeError,
                "GenericAlias expected 2 arguments, got {}",
                args.len()
            ));
        };
        Ok(make(cls.0, *origin, *args, false))
    }
    fn __repr__(this: &GenericAlias) -> Result<String, Raised> {
        let origin = this.origin.get().unwrap_or_else(Object::none);
        let args = this.arguments();
        let parts: Result<Vec<String>, Raised> = args.iter().map(|a| item_repr(a.value())).collect();
        let inner = if args.is_empty() {
            "()".to_owned()
        } else {
            parts?.join(", ")
        };
        let star = if this.starred.get() { "*" } else { "" };
        Ok(format!("{star}{}[{inner}]", type_repr(origin.value())?))
    }
    fn __hash__(this: &GenericAlias) -> Result<i64, Raised> {
        let origin = this.origin.get().unwrap_or_else(Object::none);
        let args = this.args.get().unwrap_or_else(Tuple::empty);
        let h = ops::hash(origin.value())? ^ ops::hash(args.value())?;
        Ok(if h == -1 { -2 } else { h })
    }
    fn __eq__(this: Value, other: Value) -> Result<Object, Raised> {
        Ok(alias_eq(this, other)?.map_or_else(Object::not_implemented, Object::bool))
    }
    fn __ne__(this: Value, other: Value) -> Result<Object, Raised> {
        Ok(alias_eq(this, other)?.map_or_else(Object::not_implemented, |b| Object::bool(!b)))
    }
    fn __call__(this: &GenericAlias, args: Rest<'_>, kwargs: Keywords<'_>) -> Result<Object, Raised> {
        let keywords: Vec<(Value, Value)> = kwargs.iter().collect();
        let origin = this.origin.get().unwrap_or_else(Object::none);
        let made = call::call_keywords(origin.value(), args, &keywords)?;
        if let Err(r) = attr::set_attr(made.value(), intern!("__orig_class__"), Some(this.value())) {
            match raise::catch(r, &exc::AttributeError) {
                Ok(_) => {}
                Err(r) => drop(raise::catch(r, &exc::TypeError)?),
            }
        }
        Ok(made)
    }
    fn __getattribute__(this: Value, name: Value) -> Result<Object, Raised> {
        let name = attr::intern_name(name)?;
        let is_in = |list: &[&str]| list.iter().any(|n| kiln_object::convert::str_is(name.value(), n));
        if !is_in(OWN) && !is_in(BLOCKED) {
            let origin = this.expect::<GenericAlias>().origin.get().unwrap_or_else(Object::none);
            return attr::get_attr(origin.value(), name.value());
        }
        match attr::find_generic(this, this.class(), name.value())? {
            Some(v) => Ok(v),
            None => Err(raise::no_attribute(this, name.value())),
        }
    }
    fn __getitem__(this: &GenericAlias, key: Value) -> Result<Object, Raised> {
        let variables = this.type_variables()?;
        let variables: Vec<Object> = variables
            .expect::<Tuple>()
            .items()
            .iter()
            .map(|v| v.to_object())
            .collect();
        let args = substitute(this.value(), &this.arguments(), &variables, key)?;
        let args = Tuple::from_vec(args);
        let origin = this.origin.get().unwrap_or_else(Object::none);
        Ok(make(
            GenericAlias::class(),
            origin.value(),
            args.value(),
            this.starred.get(),
        ))
    }
    fn __iter__(this: &GenericAlias) -> Result<Object, Raised> {
        let origin = this.origin.get().unwrap_or_else(Object::none);
        let args = this.args.get().unwrap_or_else(Tuple::empty);
        let unpacked = make(GenericAlias::class(), origin.value(), args.value(), true);
        ops::iter(tuple(vec![unpacked]).value())
    }
    fn __or__(this: Value, other: Value) -> Result<Object, Raised> {
        union::or(this, other)
    }
    fn __ror__(this: Value, other: Value) -> Result<Object, Raised> {
        union::or(other, this)
    }
    fn __mro_entries__(this: &GenericAlias, _bases: Value) -> Object {
        tuple(this.origin.get().into_iter().collect())
    }
    fn __instancecheck__(_this: Value, _instance: Value) -> Result<Object, Raised> {
        Err(kiln_object::raise!(
            TypeError,
            "isinstance() argument 2 cannot be a parameterized generic"
        ))
    }
    fn __subclasscheck__(_this: Value, _subclass: Value) -> Result<Object, Raised> {
        Err(kiln_object::raise!(
            TypeError,
            "issubclass() argument 2 cannot be a parameterized generic"
        ))
    }
    fn __reduce__(this: &GenericAlias) -> Result<Object, Raised> {
        let origin = this.origin.get().unwrap_or_else(Object::none);
        let args = this.args.get().unwrap_or_else(Tuple::empty);
        if this.starred.get() {
            let plain = make(GenericAlias::class(), origin.value(), args.value(), false);
            let it = ops::iter(plain.value())?;
            return Ok(tuple(vec![import_from("builtins", "next")?, tuple(vec![it])]));
        }
        let class = GenericAlias::class().as_value().to_object();
        Ok(tuple(vec![class, tuple(vec![origin, args])]))
    }
    fn __dir__(this: &GenericAlias) -> Result<Object, Raised> {
        let origin = this.origin.get().unwrap_or_else(Object::none);
        let names = crate::object::dir::sorted(origin.value())?;
        let list = names.expect::<List>();
        for n in OWN {
            let name = Str::intern(n);
            if !ops::contains(names.value(), name.value())? {
                list.push(name);
            }
        }
        Ok(names)
    }
    #[getter]
    fn __origin__(this: &GenericAlias) -> Option<Object> {
        this.origin.get()
    }
    #[setter]
    fn set___origin__(_this: &GenericAlias, _value: Option<Value>) -> Result<(), Raised> {
        Err(crate::support::readonly())
    }
    #[getter]
    fn __args__(this: &GenericAlias) -> Option<Object> {
        this.args.get()
    }
    #[setter]
    fn set___args__(_this: &GenericAlias, _value: Option<Value>) -> Result<(), Raised> {
        Err(crate::support::readonly())
    }
    #[getter]
    fn __unpacked__(this: &GenericAlias) -> bool {
        this.starred.get()
    }
    #[getter]
    fn __parameters__(this: &GenericAlias) -> Result<Object, Raised> {
        this.type_variables()
    }
    #[getter]
    fn __typing_unpacked_tuple_args__(this: &GenericAlias) -> Option<Object> {
        let origin = this.origin.peek()?;
        (this.starred.get() && origin == Tuple::class().as_value())
            .then(|| this.args.get())
            .flatten()
    }
}

pub fn init() {
    define::<GenericAlias>(
        "GenericAlias",
        "types",
        None,
        flags::BASETYPE | flags::WEAKREF,
        Methods::METHODS,
        Some("A class with its type arguments."),
    );
    kiln_object::runtime().generic_alias.set(Some(new_alias));
}
