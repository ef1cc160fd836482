//! `object`: what every object can do.

mod class_assignment;
pub mod dir;
mod reduce;

use crate::support::{address, class_module, methods, same_special};
use kiln_macros::builtin_methods;
use kiln_object::args::{Keywords, Rest};
use kiln_object::dict::Dict;
use kiln_object::instance::Instance;
use kiln_object::layout::ObjectType;
use kiln_object::str::Str;
use kiln_object::types::{ClassRef, flags, object_type};
use kiln_object::{NativeDef, Object, Raised, Special, Type, Value, attr, call, intern, ops, raise};

/// Replaces an instance's `__dict__`.
pub fn set_dict(this: Value, value: Option<Value>) -> Result<(), Raised> {
    let Some(v) = value else {
        return Err(raise::type_error("cannot delete __dict__".into()));
    };
    if v.cast::<Dict>().is_none() {
        return Err(kiln_object::raise!(
            TypeError,
            "__dict__ must be set to a dictionary, not a '{}'",
            v.class().name()
        ));
    }
    kiln_object::instance::set_dict(this, v.to_object());
    Ok(())
}

/// Whether `object.__new__` or `object.__init__` must complain about arguments beyond the first.
pub fn check_new_arguments(class: &Type) -> Result<(), Raised> {
    if !same_special(class, object_type(), Special::New) {
        return Err(raise::type_error(
            "object.__new__() takes exactly one argument (the type to instantiate)".into(),
        ));
    }
    if same_special(class, object_type(), Special::Init) {
        return Err(kiln_object::raise!(TypeError, "{}() takes no arguments", class.name()));
    }
    Ok(())
}
fn check_init_arguments(class: &Type) -> Result<(), Raised> {
    if !same_special(class, object_type(), Special::Init) {
        return Err(raise::type_error(
            "object.__init__() takes exactly one argument (the instance to initialize)".into(),
        ));
    }
    if same_special(class, object_type(), Special::New) {
        return Err(kiln_object::raise!(
            TypeError,
            "{}.__init__() takes exactly one argument (the instance to initialize)",
            class.name()
        ));
    }
    Ok(())
}

/// The error of instantiating a class with abstract methods.
#[cold]
pub fn abstract_error(class: &Type) -> Raised {
    let names = (|| {
        let Some(names) = class.dict().get_interned(intern!("__abstractmethods__")) else {
            return Ok(Vec::new());
        };
        let names = names.to_object();
        let mut texts = Vec::new();
        for n in ops::to_vec(names.value())? {
            match n.cast::<Str>() {
                Some(s) => texts.push(s.to_string_lossy()),
                None => {
                    return Err(kiln_object::raise!(
                        TypeError,
                        "sequence item {}: expected str instance, {} found",
                        texts.len(),
                        n.class().name()
                    ));
                }
            }
        }
        texts.sort();
        Ok(texts)
    })();
    match names {
        Err(r) => r,
        Ok(names) => kiln_object::raise!(
            TypeError,
            "Can't instantiate abstract class {} without an implementation for abstract method{} '{}'",
            class.name(),
            if names.len() > 1 { "s" } else { "" },
            names.join("', '")
        ),
    }
}

/// A new plain instance of `class`.
pub fn new_instance(class: &'static Type) -> Result<Object, Raised> {
    if class.has(flags::ABSTRACT) {
        return Err(abstract_error(class));
    }
    if !std::ptr::eq(class.layout(), Instance::layout()) {
        return Err(kiln_object::raise!(
            TypeError,
            "object.__new__({0}) is not safe, use {0}.__new__()",
            class.name()
        ));
    }
    Ok(Instance::new_object(class))
}

/// `object.__repr__`.
pub fn default_repr(v: Value) -> String {
    let class = v.class();
    match class_module(class) {
        Some(m) if m != "builtins" => format!("<{m}.{} object at {}>", class.qualified_name(), address(v)),
        _ => format!("<{} object at {}>", class.plain_name(), address(v)),
    }
}

struct Methods;
#[builtin_methods(object)]
impl Methods {
    #[new]
    fn new(cls: ClassRef, args: Rest<'_>, kwargs: Keywords<'_>) -> Result<Object, Raised> {
        if !args.is_empty() || !kwargs.is_empty() {
            check_new_arguments(cls.0)?;
        }
        new_instance(cls.0)
    }
    /// Initialize self.  See help(type(self)) for accurate signature.
    fn __init__(this: Value, args: Rest<'_>, kwargs: Keywords<'_>) -> Result<(), Raised> {
        if !args.is_empty() || !kwargs.is_empty() {
            check_init_arguments(this.class())?;
        }
        Ok(())
    }
    /// Return repr(self).
    fn __repr__(this: Value) -> String {
        default_repr(this)
    }
    /// Return str(self).
    fn __str__(this: Value) -> Result<Object, Raised> {
        ops::repr_unchecked(this)
    }
    /// Return self==value.
    fn __eq__(this: Value, other: Value) -> Object {
        if this == other {
            Object::bool(true)
        } else {
            Object::not_implemented()
        }
    }
    /// Return self!=value.
    fn __ne__(this: Value, other: Value) -> Result<Object, Raised> {
        let Some(eq) = this.class().special(Special::Eq) else {
            return Ok(Object::not_implemented());
        };
        let r = call::call_special(eq, this, &[other])?;
        if r.is_not_implemented() {
            return Ok(r);
        }
        Ok(Object::bool(!ops::is_true(r.value())?))
    }
    /// Return self<value.
    fn __lt__(_this: Value, _other: Value) -> Object {
        Object::not_implemented()
    }
    /// Return self<=value.
    fn __le__(_this: Value, _other: Value) -> Object {
        Object::not_implemented()
    }
    /// Return self>value.
    fn __gt__(_this: Value, _other: Value) -> Object {
        Object::not_implemented()
    }
    /// Return self>=value.
    fn __ge__(_this: Value, _other: Value) -> Object {
        Object::not_implemented()
    }
    /// Return hash(self).
    fn __hash__(this: Value) -> i64 {
        if this.is_ptr() {
            ops::hash_identity(this)
        } else {
            this.0 as i64
        }
    }
    /// Return getattr(self, name).
    fn __getattribute__(this: Value, name: Value) -> Result<Object, Raised> {
        let name = attr::intern_name(name)?;
        match attr::find_generic(this, this.class(), name.value())? {
            Some(v) => Ok(v),
            None => Err(raise::no_attribute(this, name.value())),
        }
    }
    /// Implement setattr(self, name, value).
    fn __setattr__(this: Value, name: Value, value: Value) -> Result<(), Raised> {
        refuse_for_native_class(this, "__setattr__")?;
        let name = attr::intern_name(name)?;
        attr::set_generic(this, name.value(), Some(value))
    }
    /// Implement delattr(self, name).
    fn __delattr__(this: Value, name: Value) -> Result<(), Raised> {
        refuse_for_native_class(this, "__delattr__")?;
        let name = attr::intern_name(name)?;
        attr::set_generic(this, name.value(), None)
    }
    /// Default dir() implementation.
    fn __dir__(this: Value) -> Result<Object, Raised> {
        dir::of_object(this)
    }
    /// `str(self)`, for an empty specification only.
    fn __format__(this: Value, format_spec: Value) -> Result<Object, Raised> {
        let Some(spec) = format_spec.cast::<Str>() else {
            return Err(kiln_object::raise!(
                TypeError,
                "__format__() argument must be str, not {}",
                kiln_object::convert::type_name(format_spec)
            ));
        };
        if !spec.is_empty() {
            return Err(kiln_object::raise!(
                TypeError,
                "unsupported format string passed to {}.__format__",
                this.class().name()
            ));
        }
        ops::to_str(this)
    }
    /// Size of object in memory, in bytes.
    fn __sizeof__(this: Value) -> usize {
        // The header counts as CPython's, which is twice as large.
        if !this.is_ptr() {
            return 16;
        }
        this.class().instance_size() + 8
    }
    /// Helper for pickle.
    fn __reduce__(this: Value) -> Result<Object, Raised> {
        reduce::common(this, 0)
    }
    /// Helper for pickle.
    fn __reduce_ex__(this: Value, protocol: i64) -> Result<Object, Raised> {
        reduce::reduce_ex(this, protocol)
    }
    /// Helper for pickle.
    fn __getstate__(this: Value) -> Result<Object, Raised> {
        reduce::state(this, false)
    }
    /// Called for every new subclass; does nothing by default.
    #[classmethod]
    fn __init_subclass__(cls: Value, args: Rest<'_>, kwargs: Keywords<'_>) -> Result<(), Raised> {
        let name = || cls.cast::<Type>().map(Type::qualified_name).unwrap_or_default();
        if !kwargs.is_empty() {
            return Err(kiln_object::raise!(
                TypeError,
                "{}.__init_subclass__() takes no keyword arguments",
                name()
            ));
        }
        if !args.is_empty() {
            return Err(kiln_object::raise!(
                TypeError,
                "{}.__init_subclass__() takes no arguments ({} given)",
                name(),
                args.len()
            ));
        }
        Ok(())
    }
    /// What abstract classes override to have a say in `issubclass()`.
    #[classmethod]
    fn __subclasshook__(_cls: Value, _subclass: Value) -> Object {
        Object::not_implemented()
    }
    /// the object's class
    #[getter]
    fn __class__(this: Value) -> Value {
        this.class().as_value()
    }
    #[setter]
    fn set___class__(this: Value, value: Option<Value>) -> Result<(), Raised> {
        class_assignment::assign(this, value)
    }
}

/// `object.__setattr__(int, ...)` may not go round what `type` protects.
fn refuse_for_native_class(this: Value, name: &str) -> Result<(), Raised> {
    let mut native = this.class();
    while native.is_heap_type()
        && let Some(b) = native.base()
    {
        native = b;
    }
    let s = if name == "__setattr__" {
        Special::SetAttr
    } else {
        Special::DelAttr
    };
    if native.special(s) != object_type().special(s) {
        return Err(kiln_object::raise!(
            TypeError,
            "can't apply this {name} to {} object",
            native.name()
        ));
    }
    Ok(())
}

/// The `__dict__` attribute that classes get whose instances have one.
struct DictAttribute;
#[builtin_methods(object, DICT)]
impl DictAttribute {
    /// dictionary for instance variables
    #[getter]
    fn __dict__(this: Value) -> Result<Object, Raised> {
        if !this.class().has_dict() {
            return Err(raise::no_attribute(this, intern!("__dict__")));
        }
        Ok(kiln_object::instance::dict_of(this))
    }
    #[setter]
    fn set___dict__(this: Value, value: Option<Value>) -> Result<(), Raised> {
        if !this.class().has_dict() {
            return Err(raise::no_attribute(this, intern!("__dict__")));
        }
        if value.is_none() {
            // An instance whose `__dict__` is deleted begins a new one.
            kiln_object::instance::set_dict(this, Dict::new_object());
            return Ok(());
        }
        set_dict(this, value)
    }
}
/// The `__weakref__` attribute that classes get whose instances may be weakly referenced.
struct WeakrefAttribute;
#[builtin_methods(object, WEAKREF)]
impl WeakrefAttribute {
    /// list of weak references to the object
    #[getter]
    fn __weakref__(this: Value) -> Option<Object> {
        if !this.is_ptr() {
            return None;
        }
        kiln_object::weakref::references(this).into_iter().next()
    }
}
/// The definitions behind `__dict__` (getter, setter) and `__weakref__`.
pub fn dict_definitions() -> &'static [NativeDef] {
    DictAttribute::DICT
}
pub fn weakref_definitions() -> &'static [NativeDef] {
    WeakrefAttribute::WEAKREF
}

/// Adds the methods.
pub fn init() {
    methods::<Instance>(
        Methods::METHODS,
        "The base of all classes. Its own instances have no attributes and cannot be given any.",
    );
}
