//! `classmethod`, `staticmethod` and `property`.

use crate::support::{methods, readonly, repr};
use kiln_macros::builtin_methods;
use kiln_object::args::{Keywords, Rest};
use kiln_object::descr::{ClassMethod, Method, Property, StaticMethod};
use kiln_object::layout::{ObjectType, alloc_instance};
use kiln_object::str::Str;
use kiln_object::{ClassRef, Object, Raised, Value, attr, call, exc, instance, intern, ops, raise};

/// Copies what `functools.wraps` would from the wrapped function.
fn copy_names(this: Value, f: Value) -> Result<(), Raised> {
    for name in ["__module__", "__name__", "__qualname__", "__doc__"] {
        if let Some(v) = attr::find_attr_str(f, name)? {
            instance::set_own(this, Str::intern(name).value(), v);
        }
    }
    Ok(())
}
/// An attribute of the wrapped callable, kept in the wrapper's own dict once it was asked for.
fn wrapped_attribute(this: Value, f: Option<Object>, name: &str) -> Result<Object, Raised> {
    let key = Str::intern(name);
    if let Some(v) = instance::get_own(this, key.value()) {
        return Ok(v.to_object());
    }
    let Some(f) = f else {
        return Err(raise::no_attribute(this, key.value()));
    };
    let v = attr::get_attr(f.value(), key.value())?;
    instance::set_own(this, key.value(), v.clone());
    Ok(v)
}
fn set_wrapped_attribute(this: Value, name: &str, value: Option<Value>) -> Result<(), Raised> {
    let key = Str::intern(name);
    match value {
        Some(v) => {
            instance::set_own(this, key.value(), v.to_object());
        }
        None => {
            if !instance::delete_own(this, key.value()) {
                return Err(raise::with_message(
                    &exc::AttributeError,
                    &format!("'{}' object has no attribute '{name}'", this.class().name()),
                ));
            }
        }
    }
    Ok(())
}
/// `__isabstractmethod__` of an object, for wrappers around it.
fn is_abstract(f: Option<Object>) -> Result<bool, Raised> {
    let Some(f) = f else { return Ok(false) };
    match attr::find_attr(f.value(), intern!("__isabstractmethod__"))? {
        Some(v) => ops::is_true(v.value()),
        None => Ok(false),
    }
}

/// The function to wrap.
fn one_argument(name: &str, args: Rest<'_>, kwargs: &Keywords<'_>) -> Result<Value, Raised> {
    if !kwargs.is_empty() {
        return Err(kiln_object::raise!(TypeError, "{name}() takes no keyword arguments"));
    }
    match args {
        [one] => Ok(*one),
        _ => Err(kiln_object::raise!(
            TypeError,
            "{name} expected 1 argument, got {}",
            args.len()
        )),
    }
}

macro_rules! wrapper {
    ($marker:ident, $python:literal, $ty:ident, $($extra:item)*) => {
        struct $marker;
        #[builtin_methods($python)]
        impl $marker {
            #[new]
            fn new(cls: ClassRef, _args: Rest<'_>, _kwargs: Keywords<'_>) -> Object {
                $ty::of_class(cls.0, Object::none())
            }
            fn __init__(this: Value, args: Rest<'_>, kwargs: Keywords<'_>) -> Result<(), Raised> {
                let function = one_argument($python, args, &kwargs)?;
                let me = this.cast::<$ty>().ok_or_else(|| kiln_object::raise!(TypeError, "descriptor '__init__' requires a '{}' object but received a '{}'", $python, this.class().name()))?;
                me.callable.set(function.to_object());
                copy_names(this, function)
            }
            fn __repr__(this: &$ty) -> Result<String, Raised> {
                match this.callable.get() {
                    Some(f) => Ok(format!("<{}({})>", $python, repr(f.value())?)),
                    None => Ok(format!("<{}(NULL)>", $python)),
                }
            }
            fn __get__(this: &$ty, instance: Value, owner: Option<Value>) -> Result<Object, Raised> {
                let Some(f) = this.callable.get() else {
                    return Err(kiln_object::raise!(RuntimeError, "uninitialized {} object", $python));
                };
                if $python == "staticmethod" {
                    return Ok(f);
                }
                let class = match owner.filter(|o| !o.is_none()) {
                    Some(o) => o,
                    None => instance.class().as_value(),
                };
                Ok(Method::new_object(f.value(), class))
            }
            #[getter]
            fn __func__(this: &$ty) -> Option<Object> {
                this.callable.get()
            }
            #[setter]
            fn set___func__(_this: &$ty, _value: Option<Value>) -> Result<(), Raised> {
                Err(readonly())
            }
            #[getter]
            fn __wrapped__(this: &$ty) -> Option<Object> {
                this.callable.get()
            }
            #[setter]
            fn set___wrapped__(_this: &$ty, _value: Option<Value>) -> Result<(), Raised> {
                Err(readonly())
            }
            #[getter]
            fn __isabstractmethod__(this: &$ty) -> Result<bool, Raised> {
                is_abstract(this.callable.get())
            }
            #[getter]
            fn __annotations__(this: &$ty) -> Result<Object, Raised> {
                wrapped_attribute(Value::from_ptr(&this.header), this.callable.get(), "__annotations__")
            }
            #[setter]
            fn set___annotations__(this: &$ty, value: Option<Value>) -> Result<(), Raised> {
                set_wrapped_attribute(Value::from_ptr(&this.header), "__annotations__", value)
            }
            #[getter]
            fn __annotate__(this: &$ty) -> Result<Object, Raised> {
                wrapped_attribute(Value::from_ptr(&this.header), this.callable.get(), "__annotate__")
            }
            #[setter]
            fn set___annotate__(this: &$ty, value: Option<Value>) -> Result<(), Raised> {
                set_wrapped_attribute(Value::from_ptr(&this.header), "__annotate__", value)
            }
            #[getter]
            fn __dict__(this: Value) -> Object {
                instance::dict_of(this)
            }
            #[setter]
            fn set___dict__(this: Value, value: Option<Value>) -> Result<(), Raised> {
                crate::object::set_dict(this, value)
            }
            #[classmethod]
            fn __class_getitem__(cls: Value, item: Value) -> Result<Object, Raised> {
                crate::typing::alias::new_alias(cls, item)
            }
            $($extra)*
        }
    };
}
wrapper!(ClassMethods, "classmethod", ClassMethod,);
wrapper!(
    StaticMethods,
    "staticmethod",
    StaticMethod,
    fn __call__(this: &StaticMethod, args: Rest<'_>, kwargs: Keywords<'_>) -> Result<Object, Raised> {
        let Some(f) = this.callable.get() else {
            return Err(kiln_object::raise!(RuntimeError, "uninitialized staticmethod object"));
        };
        let keywords: Vec<(Value, Value)> = kwargs.iter().collect();
        call::call_keywords(f.value(), args, &keywords)
    }
);

struct Properties;
#[builtin_methods(property)]
impl Properties {
    #[new]
    fn new(cls: ClassRef, _args: Rest<'_>, _kwargs: Keywords<'_>) -> Object {
        alloc_instance(cls.0, Property::payload())
    }
    fn __init__(
        this: Value,
        #[kw] fget: Option<Value>,
        #[kw] fset: Option<Value>,
        #[kw] fdel: Option<Value>,
        #[kw] doc: Option<Value>,
    ) -> Result<(), Raised> {
        let Some(p) = this.cast::<Property>() else {
            return Err(raise::type_error("not a property".into()));
        };
        let given = |v: Option<Value>| v.filter(|v| !v.is_none()).map(|v| v.to_object());
        let get = given(fget);
        if !p.get.is_empty() {
            (kiln_object::hooks::hooks().function_changed)(this);
        }
        p.get.set_option(get.clone());
        p.set.set_option(given(fset));
        p.delete.set_option(given(fdel));
        p.doc.clear();
        p.name.clear();
        p.doc_from_getter.set(false);
        let mut text = given(doc);
        if text.is_none()
            && let Some(g) = &get
        {
            text = attr::find_attr(g.value(), intern!("__doc__"))?.filter(|d| !d.is_none());
            p.doc_from_getter.set(text.is_some());
        }
        if this.is_exact::<Property>() {
            p.doc.set_option(text);
            return Ok(());
        }
        // A subclass's own `__doc__` hides the one of this class: the instance gets one, if it can have any.
        let doc = text.unwrap_or_else(Object::none);
        match attr::set_attr(this, intern!("__doc__"), Some(doc.value())) {
            Ok(()) => Ok(()),
            // Without a documentation to show, or with one given for a class that cannot keep it, nothing is said.
            Err(r) if !p.doc_from_getter.get() => raise::catch(r, &exc::AttributeError).map(drop),
            Err(r) => Err(r),
        }
    }
    fn getter(this: Value, fget: Value) -> Result<Object, Raised> {
        copy(this, Some(fget), None, None)
    }
    fn setter(this: Value, fset: Value) -> Result<Object, Raised> {
        copy(this, None, Some(fset), None)
    }
    fn deleter(this: Value, fdel: Value) -> Result<Object, Raised> {
        copy(this, None, None, Some(fdel))
    }
    fn __set_name__(this: &Property, args: Rest<'_>) -> Result<(), Raised> {
        let [_, name] = args else {
            return Err(kiln_object::raise!(
                TypeError,
                "__set_name__() takes 2 positional arguments but {} were given",
                args.len()
            ));
        };
        this.name.set(name.to_object());
        Ok(())
    }
    fn __get__(this: Value, instance: Value, _owner: Option<Value>) -> Result<Object, Raised> {
        if instance.is_none() {
            return Ok(this.to_object());
        }
        let p = this.expect::<Property>();
        match p.get.get() {
            Some(f) => call::call(f.value(), &[instance]),
            None => Err(attr::property_error(p, instance, "getter")),
        }
    }
    fn __set__(this: &Property, instance: Value, value: Value) -> Result<(), Raised> {
        match this.set.get() {
            Some(f) => call::call(f.value(), &[instance, value]).map(drop),
            None => Err(attr::property_error(this, instance, "setter")),
        }
    }
    fn __delete__(this: &Property, instance: Value) -> Result<(), Raised> {
        match this.delete.get() {
            Some(f) => call::call(f.value(), &[instance]).map(drop),
            None => Err(attr::property_error(this, instance, "deleter")),
        }
    }
    #[getter]
    fn fget(this: &Property) -> Option<Object> {
        this.get.get()
    }
    #[setter]
    fn set_fget(_this: &Property, _value: Option<Value>) -> Result<(), Raised> {
        Err(readonly())
    }
    #[getter]
    fn fset(this: &Property) -> Option<Object> {
        this.set.get()
    }
    #[setter]
    fn set_fset(_this: &Property, _value: Option<Value>) -> Result<(), Raised> {
        Err(readonly())
    }
    #[getter]
    fn fdel(this: &Property) -> Option<Object> {
        this.delete.get()
    }
    #[setter]
    fn set_fdel(_this: &Property, _value: Option<Value>) -> Result<(), Raised> {
        Err(readonly())
    }
    #[getter]
    fn __doc__(this: &Property) -> Option<Object> {
        this.doc.get()
    }
    #[setter]
    fn set___doc__(this: &Property, value: Option<Value>) {
        this.doc.set_option(value.map(|v| v.to_object()));
    }
    #[getter]
    fn __name__(this: &Property) -> Result<Object, Raised> {
        if let Some(n) = this.name.get() {
            return Ok(n);
        }
        if let Some(g) = this.get.get()
            && let Some(n) = attr::find_attr(g.value(), intern!("__name__"))?
        {
            return Ok(n);
        }
        Err(raise::no_attribute(Value::from_ptr(&this.header), intern!("__name__")))
    }
    #[setter]
    fn set___name__(this: &Property, value: Option<Value>) {
        this.name.set_option(value.map(|v| v.to_object()));
    }
    #[getter]
    fn __isabstractmethod__(this: &Property) -> Result<bool, Raised> {
        for f in [this.get.get(), this.set.get(), this.delete.get()] {
            if is_abstract(f)? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// The property with one function exchanged, of the same class.
fn copy(this: Value, get: Option<Value>, set: Option<Value>, delete: Option<Value>) -> Result<Object, Raised> {
    let Some(p) = this.cast::<Property>() else {
        return Err(raise::type_error("not a property".into()));
    };
    let pick = |new: Option<Value>, old: Option<Object>| {
        new.filter(|v| !v.is_none())
            .map(|v| v.to_object())
            .or(old)
            .unwrap_or_else(Object::none)
    };
    let get = pick(get, p.get.get());
    let set = pick(set, p.set.get());
    let delete = pick(delete, p.delete.get());
    // A documentation that came from the old getter is taken from the new one.
    let doc = if p.doc_from_getter.get() && !get.is_none() {
        Object::none()
    } else {
        p.doc.get().unwrap_or_else(Object::none)
    };
    let name = p.name.get();
    let class = this.class().as_value();
    let new = call::call(class, &[get.value(), set.value(), delete.value(), doc.value()])?;
    if let Some(p) = new.cast::<Property>() {
        p.name.set_option(name);
    }
    Ok(new)
}

pub fn init() {
    methods::<ClassMethod>(ClassMethods::METHODS, "Convert a function to be a class method.");
    methods::<StaticMethod>(StaticMethods::METHODS, "Convert a function to be a static method.");
    methods::<Property>(Properties::METHODS, "Property attribute.");
    debug_assert!(!Property::class().has_dict());
}
