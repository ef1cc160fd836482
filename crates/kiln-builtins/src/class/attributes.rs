//! The methods and attributes of `type`.

use crate::class::{bases, call, create, order};
use crate::descriptors::mapping_proxy::MappingProxy;
use crate::object::dir;
use crate::support::{class_module, methods};
use kiln_macros::builtin_methods;
use kiln_object::args::{Keywords, Rest};
use kiln_object::dict::Dict;
use kiln_object::layout::ObjectType;
use kiln_object::list::List;
use kiln_object::str::Str;
use kiln_object::tuple::Tuple;
use kiln_object::types::{ClassRef, flags, object_type, type_type};
use kiln_object::{Object, Raised, Special, Type, Value, attr, exc, intern, ops, raise};

/// Whether the attribute may be assigned: classes made in Python only, and never deleted.
fn check_assignable(class: &Type, name: &str, value: Option<Value>) -> Result<Value, Raised> {
    if class.has(flags::IMMUTABLE) {
        return Err(kiln_object::raise!(
            TypeError,
            "cannot set '{name}' attribute of immutable type '{}'",
            class.name()
        ));
    }
    value.ok_or_else(|| {
        kiln_object::raise!(
            TypeError,
            "cannot delete '{name}' attribute of immutable type '{}'",
            class.name()
        )
    })
}
fn no_attribute(class: &Type, name: Value) -> Raised {
    raise::no_attribute(class.as_value(), name)
}
/// An entry of the class's own namespace, by the descriptor protocol.
fn own(class: &'static Type, name: Value) -> Result<Option<Object>, Raised> {
    match class.dict().get_interned(name) {
        Some(v) => attr::descriptor_get_any(v, None, class).map(Some),
        None => Ok(None),
    }
}
fn annotate_of(class: &'static Type) -> Result<Object, Raised> {
    for name in [intern!("__annotate_func__"), intern!("__annotate__")] {
        if let Some(v) = own(class, name)? {
            return Ok(v);
        }
    }
    Ok(Object::none())
}

struct Methods;
#[builtin_methods(type)]
impl Methods {
    #[new]
    fn new(cls: ClassRef, args: Rest<'_>, kwargs: Keywords<'_>) -> Result<Object, Raised> {
        create::new_class(cls.0, args, &kwargs)
    }
    fn __init__(_this: &Type, args: Rest<'_>, kwargs: Keywords<'_>) -> Result<(), Raised> {
        if args.len() == 1 && !kwargs.is_empty() {
            return Err(raise::type_error("type.__init__() takes no keyword arguments".into()));
        }
        if args.len() != 1 && args.len() != 3 {
            return Err(raise::type_error("type.__init__() takes 1 or 3 arguments".into()));
        }
        Ok(())
    }
    /// Call self as a function.
    fn __call__(this: Value, args: Rest<'_>, kwargs: Keywords<'_>) -> Result<Object, Raised> {
        if this.cast::<Type>().is_none() {
            return Err(kiln_object::raise!(
                TypeError,
                "descriptor '__call__' requires a 'type' object but received a '{}'",
                this.class().name()
            ));
        }
        let keywords: Vec<(Value, Value)> = kwargs.iter().collect();
        call::instantiate(this, args, &keywords)
    }
    fn __repr__(this: ClassRef) -> String {
        match class_module(this.0) {
            Some(m) if m != "builtins" => format!("<class '{m}.{}'>", this.qualified_name()),
            _ => format!(
                "<class '{}'>",
                if this.is_heap_type() {
                    this.qualified_name()
                } else {
                    this.plain_name()
                }
            ),
        }
    }
    /// Returns a new namespace for a class body.
    #[classmethod]
    fn __prepare__(_cls: Value, _args: Rest<'_>, _kwargs: Keywords<'_>) -> Object {
        Dict::new_object()
    }
    /// The classes in the order in which attributes are looked up.
    fn mro(this: &Type) -> Result<Vec<Object>, Raised> {
        order::linearize(this)
    }
    /// The direct subclasses that are alive.
    fn __subclasses__(this: &Type) -> Object {
        let mut all = Vec::new();
        this.for_each_subclass(|s| all.push(s.as_value().to_object()));
        List::from_vec(all)
    }
    /// Whether an object is an instance.
    fn __instancecheck__(this: Value, instance: Value) -> Result<bool, Raised> {
        ops::is_instance_plain(instance, this)
    }
    /// Whether a class is a subclass.
    fn __subclasscheck__(this: Value, subclass: Value) -> Result<bool, Raised> {
        ops::is_subclass_plain(subclass, this)
    }
    fn __dir__(this: &Type) -> Result<Object, Raised> {
        dir::of_class(this)
    }
    /// Return self|value.
    fn __or__(this: Value, other: Value) -> Result<Object, Raised> {
        crate::typing::union::or(this, other)
    }
    /// Return value|self.
    fn __ror__(this: Value, other: Value) -> Result<Object, Raised> {
        crate::typing::union::or(other, this)
    }
    /// The memory that the class object takes.
    fn __sizeof__(_this: &Type) -> usize {
        size_of::<Type>()
    }
    #[getter]
    fn __name__(this: &Type) -> Option<Object> {
        this.name.get()
    }
    #[setter]
    fn set___name__(this: &Type, value: Option<Value>) -> Result<(), Raised> {
        let v = check_assignable(this, "__name__", value)?;
        let Some(s) = v.cast::<Str>() else {
            return Err(kiln_object::raise!(
                TypeError,
                "can only assign string to {}.__name__, not '{}'",
                this.name(),
                v.class().name()
            ));
        };
        if s.to_string_lossy().contains('\0') {
            return Err(raise::value_error("type name must not contain null characters"));
        }
        check_encodable(s, v)?;
        this.name.set(v.to_object());
        Ok(())
    }
    #[getter]
    fn __qualname__(this: &Type) -> Option<Object> {
        this.qualname.get()
    }
    #[setter]
    fn set___qualname__(this: &Type, value: Option<Value>) -> Result<(), Raised> {
        let v = check_assignable(this, "__qualname__", value)?;
        if v.cast::<Str>().is_none() {
            return Err(kiln_object::raise!(
                TypeError,
                "can only assign string to {}.__qualname__, not '{}'",
                this.name(),
                v.class().name()
            ));
        }
        this.qualname.set(v.to_object());
        Ok(())
    }
    #[getter]
    fn __module__(this: &Type) -> Result<Object, Raised> {
        match this.dict().get_interned(intern!("__module__")) {
            // `type` itself has this very attribute in its namespace.
            Some(v) if !std::ptr::eq(this, type_type()) => Ok(v.to_object()),
            _ if this.is_heap_type() => Err(raise::with_message(&exc::AttributeError, "__module__")),
            _ => Ok(Str::intern("builtins")),
        }
    }
    #[setter]
    fn set___module__(this: &Type, value: Option<Value>) -> Result<(), Raised> {
        let v = check_assignable(this, "__module__", value)?;
        this.set_attr(intern!("__module__"), v);
        this.dict().remove(intern!("__firstlineno__"))?;
        Ok(())
    }
    #[getter]
    fn __doc__(this: ClassRef) -> Result<Object, Raised> {
        // A native class whose instances have documentation has that attribute in its namespace, not its own text.
        Ok(own(this.0, intern!("__doc__"))?
            .filter(|d| this.is_heap_type() || d.cast::<Str>().is_some())
            .unwrap_or_else(Object::none))
    }
    #[setter]
    fn set___doc__(this: &Type, value: Option<Value>) -> Result<(), Raised> {
        let v = check_assignable(this, "__doc__", value)?;
        this.set_attr(intern!("__doc__"), v);
        Ok(())
    }
    #[getter]
    fn __dict__(this: &Type) -> Object {
        this.dict.get().map_or_else(Object::none, MappingProxy::new_object)
    }
    #[getter]
    fn __bases__(this: &Type) -> Object {
        this.bases.get().unwrap_or_else(Tuple::empty)
    }
    #[setter]
    fn set___bases__(this: ClassRef, value: Option<Value>) -> Result<(), Raised> {
        let v = check_assignable(this.0, "__bases__", value)?;
        bases::set(this.0, v)
    }
    #[getter]
    fn __base__(this: &Type) -> Option<Object> {
        this.base().map(|b| b.as_value().to_object())
    }
    #[getter]
    fn __mro__(this: &Type) -> Option<Object> {
        this.mro.get()
    }
    #[getter]
    fn __abstractmethods__(this: &Type) -> Result<Object, Raised> {
        match this.dict().get_interned(intern!("__abstractmethods__")) {
            Some(v) if !std::ptr::eq(this, type_type()) => Ok(v.to_object()),
            _ => Err(raise::with_message(&exc::AttributeError, "__abstractmethods__")),
        }
    }
    #[setter]
    fn set___abstractmethods__(this: &Type, value: Option<Value>) -> Result<(), Raised> {
        let on = match value {
            Some(v) => {
                let on = ops::is_true(v)?;
                this.set_attr(intern!("__abstractmethods__"), v);
                on
            }
            None => {
                if this.dict().remove(intern!("__abstractmethods__"))?.is_none() {
                    return Err(raise::with_message(&exc::AttributeError, "__abstractmethods__"));
                }
                this.modified(Some(intern!("__abstractmethods__")));
                false
            }
        };
        this.set_flag(flags::ABSTRACT, on);
        Ok(())
    }
    #[getter]
    fn __annotations__(this: ClassRef) -> Result<Object, Raised> {
        let class = this.0;
        if !class.is_heap_type() {
            return Err(no_attribute(class, intern!("__annotations__")));
        }
        for name in [intern!("__annotations__"), intern!("__annotations_cache__")] {
            if let Some(v) = own(class, name)? {
                return Ok(v);
            }
        }
        let annotate = attr::get_attr(class.as_value(), intern!("__annotate__"))?;
        let made = if attr::is_callable(annotate.value()) {
            let made = kiln_object::call::call(annotate.value(), &[Value::int_unchecked(1)])?;
            if made.cast::<Dict>().is_none() {
                return Err(kiln_object::raise!(
                    TypeError,
                    "__annotate__ returned non-dict of type '{}'",
                    made.class().name()
                ));
            }
            made
        } else {
            Dict::new_object()
        };
        class.set_attr(intern!("__annotations_cache__"), made.value());
        Ok(made)
    }
    #[setter]
    fn set___annotations__(this: &Type, value: Option<Value>) -> Result<(), Raised> {
        if this.has(flags::IMMUTABLE) {
            return Err(kiln_object::raise!(
                TypeError,
                "cannot set '__annotations__' attribute of immutable type '{}'",
                this.name()
            ));
        }
        let (plain, cache) = (intern!("__annotations__"), intern!("__annotations_cache__"));
        match value {
            Some(v) => {
                let key = if this.dict().contains(plain)? { plain } else { cache };
                this.set_attr(key, v);
            }
            None => {
                if this.dict().remove(plain)?.is_none() && this.dict().remove(cache)?.is_none() {
                    return Err(raise::with_message(&exc::AttributeError, "__annotations__"));
                }
                this.dict().remove(cache)?;
            }
        }
        for name in [intern!("__annotate__"), intern!("__annotate_func__")] {
            this.dict().remove(name)?;
        }
        this.modified(Some(plain));
        Ok(())
    }
    #[getter]
    fn __annotate__(this: ClassRef) -> Result<Object, Raised> {
        if !this.is_heap_type() {
            return Err(no_attribute(this.0, intern!("__annotate__")));
        }
        annotate_of(this.0)
    }
    #[setter]
    fn set___annotate__(this: &Type, value: Option<Value>) -> Result<(), Raised> {
        let Some(v) = value else {
            return Err(raise::type_error("cannot delete __annotate__ attribute".into()));
        };
        if this.has(flags::IMMUTABLE) {
            return Err(kiln_object::raise!(
                TypeError,
                "cannot set '__annotate__' attribute of immutable type '{}'",
                this.name()
            ));
        }
        if !v.is_none() && !attr::is_callable(v) {
            return Err(raise::type_error("__annotate__ must be callable or None".into()));
        }
        let key = intern!("__annotate_func__");
        this.dict().remove(intern!("__annotate__"))?;
        this.set_attr(key, v);
        if !v.is_none() {
            for name in [intern!("__annotations__"), intern!("__annotations_cache__")] {
                this.dict().remove(name)?;
            }
        }
        Ok(())
    }
    #[getter]
    fn __type_params__(this: ClassRef) -> Result<Object, Raised> {
        Ok(own(this.0, intern!("__type_params__"))?
            .filter(|_| !std::ptr::eq(this.0, type_type()))
            .unwrap_or_else(Tuple::empty))
    }
    #[setter]
    fn set___type_params__(this: &Type, value: Option<Value>) -> Result<(), Raised> {
        let v = check_assignable(this, "__type_params__", value)?;
        this.set_attr(intern!("__type_params__"), v);
        Ok(())
    }
    #[getter]
    fn __text_signature__(this: &Type) -> Object {
        match std::ptr::eq(this, kiln_object::types::object_type()) {
            true => Str::new("()"),
            false => Object::none(),
        }
    }
    #[getter]
    fn __basicsize__(this: &Type) -> usize {
        this.payload_size() + 8 + 8 * this.member_count()
    }
    #[getter]
    fn __itemsize__(this: &Type) -> usize {
        let mut at = this;
        while at.is_heap_type()
            && let Some(b) = at.base()
        {
            at = b;
        }
        match at.name().as_str() {
            "tuple" => 8,
            "int" | "bool" => 4,
            "bytes" => 1,
            "type" => 40,
            _ => 0,
        }
    }
    #[getter]
    fn __dictoffset__(this: &Type) -> i64 {
        if this.has_dict() { -1 } else { 0 }
    }
    #[getter]
    fn __weakrefoffset__(this: &Type) -> i64 {
        if this.has(flags::WEAKREF) { -32 } else { 0 }
    }
    #[getter]
    fn __flags__(this: &Type) -> i64 {
        flag_word(this)
    }
}

/// `__flags__` with CPython's bits.
fn flag_word(t: &Type) -> i64 {
    let mut f: i64 = 1 << 12 | 1 << 18;
    let mut set = |on: bool, bit: u32| f |= i64::from(on) << bit;
    set(t.has(flags::SEQUENCE), 5);
    set(t.has(flags::MAPPING), 6);
    set(t.has(flags::NO_NEW), 7);
    set(t.has(flags::IMMUTABLE), 8);
    set(t.is_heap_type(), 9);
    set(t.has(flags::BASETYPE), 10);
    set(t.kind() == kiln_object::heap::Kind::Container, 14);
    set(t.has(flags::ABSTRACT), 20);
    set(t.has(flags::MATCH_SELF), 22);
    let inline = t.has_dict() && t.is_heap_type() && t.layout().var_size.is_none();
    set(inline, 4);
    set(inline, 2);
    set(t.has(flags::EXCEPTION), 30);
    set(t.has(flags::TYPE_SUBCLASS), 31);
    for (class, bit) in [
        (kiln_object::int::Int::class(), 24),
        (List::class(), 25),
        (Tuple::class(), 26),
        (Str::class(), 28),
        (Dict::class(), 29),
    ] {
        set(t.is_subtype(class), bit);
    }
    for c in t.mro() {
        set(c.name() == "bytes" && !c.is_heap_type(), 27);
    }
    f
}

/// Names of classes are shown by C code: no lone surrogates.
fn check_encodable(s: &Str, v: Value) -> Result<(), Raised> {
    let at = (0..s.len()).find(|i| (0xD800..0xE000).contains(&s.at(*i)));
    match at {
        None => Ok(()),
        Some(i) => Err(crate::exceptions::unicode::encode_error(
            v,
            "utf-8",
            i,
            i + 1,
            "surrogates not allowed",
        )),
    }
}

pub fn init() {
    methods::<Type>(
        Methods::METHODS,
        "With one argument the class of an object, with three a new class.",
    );
    // The same objects as object's, so that classes of classes count as having plain attribute access.
    for s in [Special::GetAttribute, Special::SetAttr, Special::DelAttr] {
        if let Some(f) = object_type().special(s) {
            type_type().dict().set_interned(s.name(), f);
        }
    }
    type_type().modified(None);
}
