//! Native functions and methods, bound and unbound, and native attributes (`getset_descriptor`, `member_descriptor`).

use crate::support::{address, import_from, methods, text, tuple};
use kiln_macros::builtin_methods;
use kiln_object::args::{Keywords, Rest};
use kiln_object::native::{
    ClassMethodDescriptor, GetSet, Member, MethodDescriptor, MethodWrapper, NativeFunction, WrapperDescriptor,
};
use kiln_object::str::Str;
use kiln_object::types::flags;
use kiln_object::{Object, Raised, Type, Value, attr, ops, raise};

struct BuiltinFunction;
#[builtin_methods("builtin_function_or_method")]
impl BuiltinFunction {
    fn __call__(this: &NativeFunction, args: Rest<'_>, kwargs: Keywords<'_>) -> Result<Object, Raised> {
        call(this, args, kwargs)
    }
    fn __repr__(this: &NativeFunction) -> String {
        match receiver(this) {
            Some(r) => format!(
                "<built-in method {} of {} object at {}>",
                this.def.name,
                r.class().name(),
                address(r.value())
            ),
            None => format!("<built-in function {}>", this.def.name),
        }
    }
    fn __eq__(this: &NativeFunction, other: Value) -> Object {
        same(this, other)
    }
    fn __ne__(this: &NativeFunction, other: Value) -> Object {
        negated(same(this, other))
    }
    fn __hash__(this: &NativeFunction) -> i64 {
        hash(this)
    }
    #[getter]
    fn __name__(this: &NativeFunction) -> &'static str {
        this.def.name
    }
    #[getter]
    fn __qualname__(this: &NativeFunction) -> String {
        match receiver(this) {
            Some(r) => match r.cast::<Type>() {
                Some(t) => format!("{}.{}", t.qualified_name(), this.def.name),
                None => format!("{}.{}", r.class().qualified_name(), this.def.name),
            },
            None => this.def.name.to_owned(),
        }
    }
    #[getter]
    fn __self__(this: &NativeFunction) -> Result<Option<Object>, Raised> {
        match (receiver(this), this.module.get()) {
            (Some(receiver), _) => Ok(Some(receiver)),
            // A module's function shows its module.
            (None, Some(name))
                if kiln_object::convert::str_text(name.value()).is_some_and(|name| !name.contains('.')) =>
            {
                let none = Object::none();
                (kiln_object::hooks::hooks().import_name)(name.value(), none.value(), none.value(), 0).map(Some)
            }
            _ => Ok(None),
        }
    }
    #[getter]
    fn __module__(this: &NativeFunction) -> Option<Object> {
        this.module.get()
    }
    #[getter]
    fn __doc__(this: &NativeFunction) -> Option<&'static str> {
        doc(this)
    }
    #[getter]
    fn __text_signature__(this: &NativeFunction) -> Option<&'static str> {
        signature(this)
    }
    fn __reduce__(this: &NativeFunction) -> Result<Object, Raised> {
        match receiver(this) {
            Some(r) => by_getattr(r, this.def.name),
            None => Ok(Str::new(this.def.name)),
        }
    }
}

/// What a function is bound to; `__new__` and static methods show their class.
fn receiver(this: &NativeFunction) -> Option<Object> {
    this.receiver
        .get()
        .or_else(|| this.owner.0.map(|t| t.as_value().to_object()))
}
fn call(this: &NativeFunction, args: Rest<'_>, kwargs: Keywords<'_>) -> Result<Object, Raised> {
    let keywords: Vec<(Value, Value)> = kwargs.iter().collect();
    this.call_keywords(args, &keywords)
}
fn same(this: &NativeFunction, other: Value) -> Object {
    match other.cast::<NativeFunction>() {
        Some(o) if std::ptr::eq(this.header.class(), o.header.class()) => {
            Object::bool(std::ptr::eq(this.def.0, o.def.0) && this.receiver.raw() == o.receiver.raw())
        }
        _ => Object::not_implemented(),
    }
}
fn negated(o: Object) -> Object {
    if o.is_not_implemented() {
        o
    } else {
        Object::bool(o.is_false())
    }
}
fn hash(this: &NativeFunction) -> i64 {
    let h = (std::ptr::from_ref(this.def.0) as i64).rotate_right(4) ^ (this.receiver.raw().0 as i64).rotate_right(4);
    if h == -1 { -2 } else { h }
}
fn doc(this: &NativeFunction) -> Option<&'static str> {
    Some(this.def.doc)
        .filter(|d| !d.is_empty())
        .or_else(|| special_doc(this.def.name))
}
/// What special methods are documented as where their type says nothing of its own.
fn special_doc(name: &str) -> Option<&'static str> {
    Some(match name {
        "__next__" => "Implement next(self).",
        "__iter__" => "Implement iter(self).",
        "__repr__" => "Return repr(self).",
        "__str__" => "Return str(self).",
        "__hash__" => "Return hash(self).",
        "__len__" => "Return len(self).",
        "__call__" => "Call self as a function.",
        "__init__" => "Initialize self.  See help(type(self)) for accurate signature.",
        "__new__" => "Create and return a new object.  See help(type) for accurate signature.",
        "__getattribute__" => "Return getattr(self, name).",
        "__setattr__" => "Implement setattr(self, name, value).",
        "__delattr__" => "Implement delattr(self, name).",
        "__getitem__" => "Return self[key].",
        "__setitem__" => "Set self[key] to value.",
        "__delitem__" => "Delete self[key].",
        "__contains__" => "Return bool(key in self).",
        "__get__" => "Return an attribute of instance, which is of type owner.",
        "__set__" => "Set an attribute of instance to value.",
        "__delete__" => "Delete an attribute of instance.",
        "__eq__" => "Return self==value.",
        "__ne__" => "Return self!=value.",
        "__lt__" => "Return self<value.",
        "__le__" => "Return self<=value.",
        "__gt__" => "Return self>value.",
        "__ge__" => "Return self>=value.",
        "__add__" => "Return self+value.",
        "__radd__" => "Return value+self.",
        "__iadd__" => "Implement self+=value.",
        "__sub__" => "Return self-value.",
        "__rsub__" => "Return value-self.",
        "__mul__" => "Return self*value.",
        "__rmul__" => "Return value*self.",
        "__imul__" => "Implement self*=value.",
        "__mod__" => "Return self%value.",
        "__rmod__" => "Return value%self.",
        "__truediv__" => "Return self/value.",
        "__floordiv__" => "Return self//value.",
        "__pow__" => "Return pow(self, value, mod).",
        "__and__" => "Return self&value.",
        "__or__" => "Return self|value.",
        "__xor__" => "Return self^value.",
        "__lshift__" => "Return self<<value.",
        "__rshift__" => "Return self>>value.",
        "__neg__" => "-self",
        "__pos__" => "+self",
        "__abs__" => "abs(self)",
        "__invert__" => "~self",
        "__bool__" => "True if self else False",
        "__int__" => "int(self)",
        "__float__" => "float(self)",
        "__index__" => "Return self converted to an integer, if self is suitable for use as an index into a list.",
        "__await__" => "Return an iterator to be used in await expression.",
        "__aiter__" => "Return an awaitable, that resolves in asynchronous iterator.",
        "__anext__" => "Return a value or raise StopAsyncIteration.",
        _ => return None,
    })
}
fn signature(this: &NativeFunction) -> Option<&'static str> {
    Some(this.def.text_signature).filter(|s| !s.is_empty())
}
fn by_getattr(object: Object, name: &str) -> Result<Object, Raised> {
    let getattr = import_from("builtins", "getattr")?;
    Ok(tuple(vec![getattr, tuple(vec![object, Str::intern(name)])]))
}
fn owner(this: &NativeFunction) -> &'static Type {
    match this.owner.0 {
        Some(t) => t,
        None => this.header.class(),
    }
}
/// `descriptor.__get__(obj, type)` for what binds to instances of `owner`.
fn bind_checked(this: &NativeFunction, me: Value, instance: Value, class: Option<Value>) -> Result<Object, Raised> {
    if instance.is_none() {
        if class.is_none_or(|c| c.is_none()) {
            return Err(raise::type_error("__get__(None, None) is invalid".into()));
        }
        return Ok(me.to_object());
    }
    check_applies(this.def.name, owner(this), instance)?;
    Ok(this.bind(instance))
}
fn check_applies(name: &str, owner: &Type, instance: Value) -> Result<(), Raised> {
    if instance.class().is_subtype(owner) {
        return Ok(());
    }
    Err(kiln_object::raise!(
        TypeError,
        "descriptor '{name}' for '{}' objects doesn't apply to a '{}' object",
        owner.name(),
        instance.class().name()
    ))
}

macro_rules! descriptor_methods {
    ($marker:ident, $python:literal, $ty:ident, $repr:literal, $kind:literal) => {
        struct $marker;
        #[builtin_methods($python)]
        impl $marker {
            fn __call__(this: &$ty, args: Rest<'_>, kwargs: Keywords<'_>) -> Result<Object, Raised> {
                call(&this.base, args, kwargs)
            }
            fn __repr__(this: &$ty) -> String {
                format!($repr, this.base.def.name, owner(&this.base).name())
            }
            #[getter]
            fn __name__(this: &$ty) -> &'static str {
                this.base.def.name
            }
            #[getter]
            fn __qualname__(this: &$ty) -> String {
                format!("{}.{}", owner(&this.base).qualified_name(), this.base.def.name)
            }
            #[getter]
            fn __objclass__(this: &$ty) -> Value {
                owner(&this.base).as_value()
            }
            #[getter]
            fn __doc__(this: &$ty) -> Option<&'static str> {
                doc(&this.base)
            }
            #[getter]
            fn __text_signature__(this: &$ty) -> Option<&'static str> {
                signature(&this.base)
            }
            fn __get__(this: Value, instance: Value, owner: Option<Value>) -> Result<Object, Raised> {
                if $kind == "class" {
                    return get_class_method(this, instance, owner);
                }
                let Some(f) = this.cast::<NativeFunction>() else {
                    return Err(raise::type_error("not a descriptor".into()));
                };
                bind_checked(f, this, instance, owner)
            }
            fn __reduce__(this: &$ty) -> Result<Object, Raised> {
                by_getattr(owner(&this.base).as_value().to_object(), this.base.def.name)
            }
        }
    };
}
descriptor_methods!(
    MethodDescriptors,
    "method_descriptor",
    MethodDescriptor,
    "<method '{}' of '{}' objects>",
    "method"
);
descriptor_methods!(
    SlotWrappers,
    "wrapper_descriptor",
    WrapperDescriptor,
    "<slot wrapper '{}' of '{}' objects>",
    "method"
);
descriptor_methods!(
    ClassMethodDescriptors,
    "classmethod_descriptor",
    ClassMethodDescriptor,
    "<method '{}' of '{}' objects>",
    "class"
);

fn get_class_method(me: Value, instance: Value, class: Option<Value>) -> Result<Object, Raised> {
    let f = me.expect::<NativeFunction>();
    if instance.is_none() && class.is_none_or(|c| c.is_none()) {
        return Err(raise::type_error("__get__(None, None) is invalid".into()));
    }
    let class = match class.filter(|c| !c.is_none()) {
        Some(c) => c,
        None => instance.class().as_value(),
    };
    let Some(t) = class.cast::<Type>() else {
        return Err(kiln_object::raise!(
            TypeError,
            "descriptor '{}' for type '{}' needs a type, not a '{}' as arg 2",
            f.def.name,
            owner(f).name(),
            class.class().name()
        ));
    };
    if !t.is_subtype(owner(f)) {
        return Err(kiln_object::raise!(
            TypeError,
            "descriptor '{}' requires a subtype of '{}' but received '{}'",
            f.def.name,
            owner(f).name(),
            t.name()
        ));
    }
    Ok(f.bind(class))
}

struct Wrappers;
#[builtin_methods("method-wrapper")]
impl Wrappers {
    fn __call__(this: &MethodWrapper, args: Rest<'_>, kwargs: Keywords<'_>) -> Result<Object, Raised> {
        call(&this.base, args, kwargs)
    }
    fn __repr__(this: &MethodWrapper) -> String {
        let r = this.base.receiver.get().unwrap_or_else(Object::none);
        format!(
            "<method-wrapper '{}' of {} object at {}>",
            this.base.def.name,
            r.class().name(),
            address(r.value())
        )
    }
    fn __eq__(this: &MethodWrapper, other: Value) -> Object {
        same(&this.base, other)
    }
    fn __ne__(this: &MethodWrapper, other: Value) -> Object {
        negated(same(&this.base, other))
    }
    fn __hash__(this: &MethodWrapper) -> i64 {
        hash(&this.base)
    }
    #[getter]
    fn __name__(this: &MethodWrapper) -> &'static str {
        this.base.def.name
    }
    #[getter]
    fn __qualname__(this: &MethodWrapper) -> String {
        format!("{}.{}", owner(&this.base).qualified_name(), this.base.def.name)
    }
    #[getter]
    fn __objclass__(this: &MethodWrapper) -> Value {
        owner(&this.base).as_value()
    }
    #[getter]
    fn __self__(this: &MethodWrapper) -> Option<Object> {
        this.base.receiver.get()
    }
    #[getter]
    fn __doc__(this: &MethodWrapper) -> Option<&'static str> {
        doc(&this.base)
    }
    #[getter]
    fn __text_signature__(this: &MethodWrapper) -> Option<&'static str> {
        signature(&this.base)
    }
    fn __reduce__(this: &MethodWrapper) -> Result<Object, Raised> {
        by_getattr(
            this.base.receiver.get().unwrap_or_else(Object::none),
            this.base.def.name,
        )
    }
}

struct Attributes;
#[builtin_methods("getset_descriptor")]
impl Attributes {
    fn __get__(this: Value, instance: Value, owner: Option<Value>) -> Result<Object, Raised> {
        let g = this.expect::<GetSet>();
        if instance.is_none() && !g.owner.0.name().eq("NoneType") {
            if owner.is_none_or(|c| c.is_none()) {
                return Err(raise::type_error("__get__(None, None) is invalid".into()));
            }
            return Ok(this.to_object());
        }
        check_applies(g.getter.name, g.owner.0, instance)?;
        g.get(instance)
    }
    fn __set__(this: &GetSet, instance: Value, value: Value) -> Result<(), Raised> {
        check_applies(this.getter.name, this.owner.0, instance)?;
        this.set(instance, Some(value))
    }
    fn __delete__(this: &GetSet, instance: Value) -> Result<(), Raised> {
        check_applies(this.getter.name, this.owner.0, instance)?;
        this.set(instance, None)
    }
    fn __repr__(this: &GetSet) -> String {
        format!("<attribute '{}' of '{}' objects>", this.getter.name, this.owner.name())
    }
    #[getter]
    fn __name__(this: &GetSet) -> &'static str {
        this.getter.name
    }
    #[getter]
    fn __qualname__(this: &GetSet) -> String {
        format!("{}.{}", this.owner.qualified_name(), this.getter.name)
    }
    #[getter]
    fn __objclass__(this: &GetSet) -> Value {
        this.owner.as_value()
    }
    #[getter]
    fn __doc__(this: &GetSet) -> Option<&'static str> {
        Some(this.getter.doc).filter(|d| !d.is_empty())
    }
}

struct Members;
#[builtin_methods("member_descriptor")]
impl Members {
    fn __get__(this: Value, instance: Value, owner: Option<Value>) -> Result<Object, Raised> {
        if instance.is_none() {
            if owner.is_none_or(|c| c.is_none()) {
                return Err(raise::type_error("__get__(None, None) is invalid".into()));
            }
            return Ok(this.to_object());
        }
        attr::descriptor_get(this, Some(instance), instance.class())
    }
    fn __set__(this: Value, instance: Value, value: Value) -> Result<(), Raised> {
        attr::descriptor_set(this, instance, Some(value))
    }
    fn __delete__(this: Value, instance: Value) -> Result<(), Raised> {
        attr::descriptor_set(this, instance, None)
    }
    fn __repr__(this: &Member) -> String {
        format!(
            "<member '{}' of '{}' objects>",
            text(this.name.value()),
            member_owner(this).name()
        )
    }
    #[getter]
    fn __name__(this: &Member) -> Value {
        this.name.value()
    }
    #[getter]
    fn __qualname__(this: &Member) -> String {
        format!("{}.{}", member_owner(this).qualified_name(), text(this.name.value()))
    }
    #[getter]
    fn __objclass__(this: &Member) -> Value {
        this.owner.value()
    }
    #[getter]
    fn __doc__(_this: &Member) -> Object {
        Object::none()
    }
    fn __reduce__(this: &Member) -> Result<Object, Raised> {
        by_getattr(this.owner.value().to_object(), &text(this.name.value()))
    }
}
fn member_owner(m: &Member) -> kiln_object::ClassRef {
    let v = m.owner.value();
    match kiln_object::ClassRef::of(v) {
        Some(c) => c,
        None => kiln_object::bug!("a member of no class: {}", ops::repr_lossy(v)),
    }
}

pub fn init() {
    methods::<NativeFunction>(BuiltinFunction::METHODS, "");
    methods::<MethodDescriptor>(MethodDescriptors::METHODS, "");
    methods::<WrapperDescriptor>(SlotWrappers::METHODS, "");
    methods::<ClassMethodDescriptor>(ClassMethodDescriptors::METHODS, "");
    methods::<MethodWrapper>(Wrappers::METHODS, "");
    methods::<GetSet>(Attributes::METHODS, "");
    methods::<Member>(Members::METHODS, "");
    debug_assert!(<NativeFunction as kiln_object::ObjectType>::class().has(flags::NO_NEW));
}
