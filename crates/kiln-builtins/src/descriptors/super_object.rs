//! `super`.

use crate::support::{methods, readonly};
use kiln_macros::builtin_methods;
use kiln_object::args::{Keywords, Rest};
use kiln_object::descr::Super;
use kiln_object::hooks::hooks;
use kiln_object::layout::{ObjectType, Slot, alloc_instance, header};
use kiln_object::types::ClassRef;
use kiln_object::{Object, Raised, Special, Type, Value, attr, call, intern, raise};

fn payload() -> Super {
    Super {
        header: header::<Super>(),
        class: Slot::empty(),
        object: Slot::empty(),
        of: Slot::empty(),
    }
}

/// The class in whose order a `super` object looks: the object itself if it is a subclass, else its class, else what
/// its `__class__` claims.
fn check(class: &Type, object: Value) -> Result<Object, Raised> {
    if let Some(t) = object.cast::<Type>()
        && t.is_subtype(class)
    {
        return Ok(object.to_object());
    }
    if object.class().is_subtype(class) {
        return Ok(object.class().as_value().to_object());
    }
    if let Some(c) = attr::find_attr(object, intern!("__class__"))?
        && c.value() != object.class().as_value()
        && c.cast::<Type>().is_some_and(|t| t.is_subtype(class))
    {
        return Ok(c);
    }
    let (kind, name) = match object.cast::<Type>() {
        Some(t) => ("type", t.name()),
        None => ("instance of", object.class().name()),
    };
    Err(kiln_object::raise!(
        TypeError,
        "super(type, obj): obj ({kind} {name}) is not an instance or subtype of type ({}).",
        class.name()
    ))
}

/// `super(class, object)`.
pub fn super_from(class: Value, object: Value) -> Result<Object, Raised> {
    let Some(t) = class.cast::<Type>() else {
        return Err(kiln_object::raise!(
            TypeError,
            "super() argument 1 must be a type, not {}",
            class.class().name()
        ));
    };
    let of = check(t, object)?;
    let o = kiln_object::layout::alloc(payload());
    let s = o.expect::<Super>();
    s.class.set(class.to_object());
    s.object.set(object.to_object());
    s.of.set(of);
    Ok(o)
}

/// What `super(class, object)` finds under `name` (interned) after `class` in the order of `of`: the raw value.
fn find_after(class: Value, of: &Type, name: Value) -> Option<Object> {
    let order = of.mro.get()?;
    let items = order.expect::<kiln_object::tuple::Tuple>().items().to_vec();
    let at = items.iter().position(|c| *c == class)?;
    items[at + 1..]
        .iter()
        .find_map(|c| c.expect::<Type>().dict().get_interned(name))
        .map(|v| v.to_object())
}

fn bind(found: Object, object: Value, of: &Type) -> Result<Object, Raised> {
    if found.is_ptr() && found.class().special(Special::Get).is_some() {
        let instance = (object != of.as_value()).then_some(object);
        return attr::descriptor_get(found.value(), instance, of);
    }
    Ok(found)
}

/// `super(class, object).name`, without making the `super` object where the attribute is found.
pub fn super_attr(class: Value, object: Value, name: Value) -> Result<Object, Raised> {
    let Some(t) = class.cast::<Type>() else {
        return Err(kiln_object::raise!(
            TypeError,
            "super() argument 1 must be a type, not {}",
            class.class().name()
        ));
    };
    if name != intern!("__class__") {
        let of = check(t, object)?;
        let of = of.expect::<Type>();
        if let Some(found) = find_after(class, of, name) {
            return bind(found, object, of);
        }
    }
    let s = super_from(class, object)?;
    attr::get_attr(s.value(), name)
}

struct Supers;
#[builtin_methods("super")]
impl Supers {
    #[new]
    fn new(cls: ClassRef, _args: Rest<'_>, _kwargs: Keywords<'_>) -> Object {
        alloc_instance(cls.0, payload())
    }
    fn __init__(this: &Super, args: Rest<'_>, kwargs: Keywords<'_>) -> Result<(), Raised> {
        if !kwargs.is_empty() {
            return Err(raise::type_error("super() takes no keyword arguments".into()));
        }
        if args.len() > 2 {
            return Err(kiln_object::raise!(
                TypeError,
                "super() takes at most 2 arguments ({} given)",
                args.len()
            ));
        }
        let (class, object) = match args {
            [] => {
                let (class, object) = (hooks().super_context)()?;
                (class, Some(object))
            }
            [class, rest @ ..] => (class.to_object(), rest.first().map(|v| v.to_object())),
        };
        let object = object.filter(|o| !o.is_none());
        let Some(t) = class.cast::<Type>() else {
            return Err(kiln_object::raise!(
                TypeError,
                "super() argument 1 must be a type, not {}",
                class.class().name()
            ));
        };
        let of = match &object {
            Some(o) => Some(check(t, o.value())?),
            None => None,
        };
        this.class.set(class.clone());
        this.object.set_option(object);
        this.of.set_option(of);
        Ok(())
    }
    fn __repr__(this: &Super) -> Result<String, Raised> {
        let class = this
            .class
            .get()
            .and_then(|c| c.cast::<Type>().map(Type::name))
            .unwrap_or_else(|| "NULL".to_owned());
        match this.of.get() {
            Some(of) => Ok(format!(
                "<super: <class '{class}'>, <{} object>>",
                of.cast::<Type>().map(Type::name).unwrap_or_default()
            )),
            None => Ok(format!("<super: <class '{class}'>, NULL>")),
        }
    }
    fn __getattribute__(this: &Super, name: Value) -> Result<Object, Raised> {
        let me = Value::from_ptr(&this.header);
        let name = attr::intern_name(name)?;
        if name.value() != intern!("__class__")
            && let (Some(class), Some(of)) = (this.class.get(), this.of.get())
            && let Some(found) = find_after(class.value(), of.expect::<Type>(), name.value())
        {
            let object = this.object.get().unwrap_or_else(Object::none);
            return bind(found, object.value(), of.expect::<Type>());
        }
        match attr::find_generic(me, me.class(), name.value())? {
            Some(v) => Ok(v),
            None => Err(raise::no_attribute(me, name.value())),
        }
    }
    fn __get__(this: Value, instance: Value, _owner: Option<Value>) -> Result<Object, Raised> {
        let Some(s) = this.cast::<Super>() else {
            return Err(raise::type_error("not a super object".into()));
        };
        if instance.is_none() || !s.object.is_empty() {
            return Ok(this.to_object());
        }
        let Some(class) = s.class.get() else {
            return Err(raise::with_message(
                &kiln_object::exc::RuntimeError,
                "super(): no arguments",
            ));
        };
        if !this.is_exact::<Super>() {
            return call::call(this.class().as_value(), &[class.value(), instance]);
        }
        super_from(class.value(), instance)
    }
    #[getter]
    fn __thisclass__(this: &Super) -> Option<Object> {
        this.class.get()
    }
    #[setter]
    fn set___thisclass__(_this: &Super, _value: Option<Value>) -> Result<(), Raised> {
        Err(readonly())
    }
    #[getter]
    fn __self__(this: &Super) -> Option<Object> {
        this.object.get()
    }
    #[setter]
    fn set___self__(_this: &Super, _value: Option<Value>) -> Result<(), Raised> {
        Err(readonly())
    }
    #[getter]
    fn __self_class__(this: &Super) -> Option<Object> {
        this.of.get()
    }
    #[setter]
    fn set___self_class__(_this: &Super, _value: Option<Value>) -> Result<(), Raised> {
        Err(readonly())
    }
}
pub fn init() {
    methods::<Super>(
        Supers::METHODS,
        "Attributes of the classes after a given one in the method resolution order.",
    );
    kiln_object::hooks::set_hooks(|h| h.super_attr = super_attr);
    debug_assert!(Super::class().special(Special::GetAttribute).is_some());
}
