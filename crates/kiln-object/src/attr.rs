//! Attribute access: the descriptor protocol over classes, instances and modules.

use crate::call::{call, call_special};
use crate::descr::{CellObject, ClassMethod, Method, Property, StaticMethod};
use crate::dict::Dict;
use crate::exception::exc;
use crate::function::Function;
use crate::instance;
use crate::layout::ObjectType;
use crate::module::Module;
use crate::native::{ClassMethodDescriptor, GetSet, Member, MethodDescriptor, NativeFunction, WrapperDescriptor};
use crate::raise::{self, Raised};
use crate::site::Load;
use crate::special::Special;
use crate::str::Str;
use crate::types::{Type, flags};
use crate::value::{Object, Value};

/// What an attribute found on a class does when read through an instance.
pub enum Binding {
    /// A function or native method: binds to the instance.
    Method,
    /// Overrides the instance's own attributes.
    Data,
    /// Has `__get__` only.
    NonData,
    /// A plain value.
    Plain,
}

/// How the value found on a class takes part in attribute access.
pub fn binding(v: Value) -> Binding {
    if !v.is_ptr() {
        return Binding::Plain;
    }
    let class = v.header().class();
    if std::ptr::eq(class, Function::class())
        || std::ptr::eq(class, MethodDescriptor::class())
        || std::ptr::eq(class, WrapperDescriptor::class())
    {
        return Binding::Method;
    }
    if class.special(Special::Get).is_none() {
        // Data descriptors without `__get__` still intercept assignment; reading falls through to the instance.
        return if class.special(Special::Set).is_some() || class.special(Special::Delete).is_some() {
            Binding::Data
        } else {
            Binding::Plain
        };
    }
    if class.special(Special::Set).is_some() || class.special(Special::Delete).is_some() {
        Binding::Data
    } else {
        Binding::NonData
    }
}

/// `descriptor.__get__(object, class)`; `object` is `None` (Rust's) for access through the class.
pub fn descriptor_get(d: Value, object: Option<Value>, class: &Type) -> Result<Object, Raised> {
    let c = d.header().class();
    if std::ptr::eq(c, Function::class()) {
        return Ok(object.map_or_else(|| d.to_object(), |o| Method::new_object(d, o)));
    }
    if std::ptr::eq(c, MethodDescriptor::class()) || std::ptr::eq(c, WrapperDescriptor::class()) {
        return Ok(object.map_or_else(|| d.to_object(), |o| d.expect::<NativeFunction>().bind(o)));
    }
    if let Some(p) = d.exact::<Property>()
        && let Some(o) = object
    {
        let Some(get) = p.get.get() else {
            return Err(property_error(p, o, "getter"));
        };
        return call(get.value(), &[o]);
    }
    if let Some(m) = d.exact::<Member>() {
        let Some(o) = object else { return Ok(d.to_object()) };
        return member_get(m, o);
    }
    if let Some(g) = d.exact::<GetSet>() {
        let Some(o) = object else { return Ok(d.to_object()) };
        return g.get(o);
    }
    if d.is_exact::<ClassMethodDescriptor>() {
        return Ok(d.expect::<NativeFunction>().bind(class.as_value()));
    }
    if let Some(m) = d.exact::<ClassMethod>() {
        let Some(f) = m.callable.get() else {
            return Err(crate::raise!(RuntimeError, "uninitialized classmethod object"));
        };
        return Ok(Method::new_object(f.value(), class.as_value()));
    }
    if let Some(m) = d.exact::<StaticMethod>() {
        return m
            .callable
            .get()
            .ok_or_else(|| crate::raise!(RuntimeError, "uninitialized staticmethod object"));
    }
    match c.special(Special::Get) {
        None => Ok(d.to_object()),
        Some(get) => {
            let none = crate::singletons::none();
            call_special(get, d, &[object.unwrap_or(none), class.as_value()])
        }
    }
}

/// As [`descriptor_get`], for any value: what is no descriptor is returned as it is.
pub fn descriptor_get_any(v: Value, object: Option<Value>, class: &Type) -> Result<Object, Raised> {
    if v.is_ptr() && v.header().class().special(Special::Get).is_some() {
        let held = v.to_object();
        return descriptor_get(held.value(), object, class);
    }
    Ok(v.to_object())
}

/// A function bound to a receiver: a bound method, or what `__get__` makes of it.
pub fn bind(f: Value, receiver: Value) -> Result<Object, Raised> {
    if f.is_ptr() {
        if f.is_exact::<Function>() {
            return Ok(Method::new_object(f, receiver));
        }
        if f.header().class().special(Special::Get).is_some() {
            return descriptor_get(f, Some(receiver), receiver.class());
        }
    }
    Ok(Method::new_object(f, receiver))
}

fn member_get(m: &Member, o: Value) -> Result<Object, Raised> {
    member_check(m, o)?;
    let v = m.word(o).get();
    if v.is_unbound() {
        return Err(raise::no_attribute(o, m.name.value()));
    }
    Ok(v.to_object())
}
fn member_check(m: &Member, o: Value) -> Result<(), Raised> {
    let owner = m.owner.value();
    if !o.class().is_subtype(owner.expect::<Type>()) {
        return Err(crate::raise!(
            TypeError,
            "descriptor '{}' for '{}' objects doesn't apply to a '{}' object",
            m.name.value().expect::<Str>().to_string_lossy(),
            owner.expect::<Type>().name(),
            o.class().name()
        ));
    }
    Ok(())
}
pub fn property_error(p: &Property, o: Value, what: &str) -> Raised {
    let class = o.class().qualified_name();
    let own_name = || find_attr(p.get.get()?.value(), crate::intern!("__name__")).ok()?;
    match p.name.get().or_else(own_name) {
        Some(n) => crate::raise!(
            AttributeError,
            "property {} of '{class}' object has no {what}",
            crate::ops::repr_lossy(n.value())
        ),
        None => crate::raise!(AttributeError, "property of '{class}' object has no {what}"),
    }
}

fn not_a_name(name: Value) -> Raised {
    crate::raise!(
        TypeError,
        "attribute name must be string, not '{}'",
        name.class().name()
    )
}
/// The interned str for an attribute name.
pub fn intern_name(name: Value) -> Result<Object, Raised> {
    if let Some(s) = name.exact::<Str>() {
        return Ok(if s.is_interned() {
            name.to_object()
        } else {
            Str::intern_object(name.to_object())
        });
    }
    match name.cast::<Str>() {
        Some(s) => Ok(Str::intern_object(Str::from_text(s.text()))),
        None => Err(not_a_name(name)),
    }
}

/// `object.name`; `name` is an interned str.
pub fn get_attr(object: Value, name: Value) -> Result<Object, Raised> {
    if let Some(found) = crate::site::load_of(object, name) {
        match found.load(object, name)? {
            Load::Is(v) => return Ok(v),
            Load::Absent => return Err(raise::no_attribute(object, name)),
            Load::Stale => {}
        }
    }
    get_attr_generic(object, name)
}
/// The same, without the tables of what was found before.
pub fn get_attr_generic(object: Value, name: Value) -> Result<Object, Raised> {
    let class = object.class();
    if class.has(flags::PLAIN_GETATTR) {
        return match find_generic(object, class, name)? {
            Some(v) => Ok(v),
            None => Err(raise::no_attribute(object, name)),
        };
    }
    get_attr_slow(object, class, name)
}
fn get_attr_slow(object: Value, class: &'static Type, name: Value) -> Result<Object, Raised> {
    let Some(getattribute) = class.special(Special::GetAttribute) else {
        return Err(raise::no_attribute(object, name));
    };
    let found = if Some(getattribute) == crate::types::object_type().special(Special::GetAttribute) {
        match find_generic(object, class, name) {
            Ok(Some(v)) => Ok(v),
            // Nobody would see the exception that says so.
            Ok(None) => match class.special(Special::GetAttr) {
                Some(getattr) => return call_special(getattr, object, &[name]),
                None => Err(raise::no_attribute(object, name)),
            },
            Err(r) => Err(r),
        }
    } else {
        call_special(getattribute, object, &[name])
    };
    match found {
        Ok(v) => Ok(v),
        Err(r) => match class.special(Special::GetAttr) {
            Some(getattr) => {
                raise::catch(r, &exc::AttributeError)?;
                call_special(getattr, object, &[name])
            }
            None => Err(r),
        },
    }
}
/// `getattr(object, name, None)` as an option: only `AttributeError` means absent.
pub fn find_attr(object: Value, name: Value) -> Result<Option<Object>, Raised> {
    if let Some(found) = crate::site::load_of(object, name) {
        match found.load(object, name) {
            Ok(Load::Is(v)) => return Ok(Some(v)),
            // Absent without `__getattr__`, or this would not be remembered.
            Ok(Load::Absent) => return Ok(None),
            Ok(Load::Stale) => {}
            Err(r) => return raise::catch(r, &exc::AttributeError).map(|_| None),
        }
    }
    let class = object.class();
    if class.has(flags::PLAIN_GETATTR)
        && class.special(Special::GetAttribute) == crate::types::object_type().special(Special::GetAttribute)
    {
        return match find_generic(object, class, name) {
            Ok(v) => Ok(v),
            Err(r) => raise::catch(r, &exc::AttributeError).map(|_| None),
        };
    }
    match get_attr(object, name) {
        Ok(v) => Ok(Some(v)),
        Err(r) => raise::catch(r, &exc::AttributeError).map(|_| None),
    }
}
/// With a plain Rust name.
pub fn get_attr_str(object: Value, name: &str) -> Result<Object, Raised> {
    get_attr(object, Str::intern(name).value())
}
pub fn find_attr_str(object: Value, name: &str) -> Result<Option<Object>, Raised> {
    find_attr(object, Str::intern(name).value())
}
pub fn set_attr_str(object: Value, name: &str, value: Value) -> Result<(), Raised> {
    set_attr(object, Str::intern(name).value(), Some(value))
}

/// `object.__getattribute__`: the generic lookup, without `__getattr__`.
pub fn find_generic(object: Value, class: &'static Type, name: Value) -> Result<Option<Object>, Raised> {
    if class.has(flags::TYPE_SUBCLASS)
        && let Some(t) = object.cast::<Type>()
    {
        return type_get_attr(t, class, name);
    }
    let found = class.lookup(name);
    if let Some(d) = found {
        match binding(d) {
            Binding::Data if d.header().class().special(Special::Get).is_some() => {
                let d = d.to_object();
                return descriptor_get(d.value(), Some(object), class).map(Some);
            }
            _ => {}
        }
    }
    if let Some(v) = instance::get_own(object, name) {
        return Ok(Some(v.to_object()));
    }
    if let Some(m) = object.cast::<Module>() {
        if let Some(v) = m.dict().expect::<Dict>().get_interned(name) {
            return Ok(Some(v.to_object()));
        }
        if found.is_none() {
            return module_getattr(object, m, name);
        }
    }
    let Some(d) = found else { return Ok(None) };
    if d.is_ptr() && d.header().class().special(Special::Get).is_some() {
        let d = d.to_object();
        return descriptor_get(d.value(), Some(object), class).map(Some);
    }
    Ok(Some(d.to_object()))
}

fn module_getattr(object: Value, m: &Module, name: Value) -> Result<Option<Object>, Raised> {
    match m.dict().expect::<Dict>().get_interned(crate::intern!("__getattr__")) {
        Some(f) => {
            let f = f.to_object();
            call(f.value(), &[name]).map(Some)
        }
        None => {
            let _ = object;
            Ok(None)
        }
    }
}

/// Attribute of a class: the metaclass's data descriptors, then the class and its bases, then the metaclass's others.
fn type_get_attr(t: &Type, meta: &'static Type, name: Value) -> Result<Option<Object>, Raised> {
    let on_meta = meta.lookup(name);
    if let Some(d) = on_meta
        && let Binding::Data = binding(d)
        && d.header().class().special(Special::Get).is_some()
    {
        let d = d.to_object();
        return descriptor_get(d.value(), Some(t.as_value()), meta).map(Some);
    }
    if let Some(v) = t.lookup(name) {
        let v = v.to_object();
        if v.is_ptr() && v.header().class().special(Special::Get).is_some() {
            return descriptor_get(v.value(), None, t).map(Some);
        }
        return Ok(Some(v));
    }
    let Some(d) = on_meta else { return Ok(None) };
    let d = d.to_object();
    if d.is_ptr() && d.header().class().special(Special::Get).is_some() {
        return descriptor_get(d.value(), Some(t.as_value()), meta).map(Some);
    }
    Ok(Some(d))
}

/// `object.name = value`, or `del object.name`; `name` is interned.
pub fn set_attr(object: Value, name: Value, value: Option<Value>) -> Result<(), Raised> {
    if let Some(v) = value
        && let Some(found) = crate::site::store_of(object, name)
    {
        return found.store(object, name, v);
    }
    let class = object.class();
    if !class.has(flags::PLAIN_SETATTR) {
        let s = if value.is_some() {
            Special::SetAttr
        } else {
            Special::DelAttr
        };
        if let Some(f) = class.special(s) {
            return match value {
                Some(v) => call_special(f, object, &[name, v]),
                None => call_special(f, object, &[name]),
            }
            .map(drop);
        }
    }
    set_generic(object, name, value)
}

/// `object.__setattr__` and `object.__delattr__`.
pub fn set_generic(object: Value, name: Value, value: Option<Value>) -> Result<(), Raised> {
    let class = object.class();
    if let Some(t) = object.cast::<Type>() {
        return type_set_attr(t, class, name, value);
    }
    let found = class.lookup(name);
    if let Some(d) = found
        && let Binding::Data = binding(d)
    {
        let d = d.to_object();
        return descriptor_set(d.value(), object, value);
    }
    if let Some(m) = object.cast::<Module>() {
        let dict = m.dict();
        let d = dict.expect::<Dict>();
        return match value {
            Some(v) => d.set(name, v),
            None => match d.remove(name)? {
                Some(_) => Ok(()),
                None => Err(raise::no_attribute(object, name)),
            },
        };
    }
    match value {
        Some(v) => {
            if instance::set_own(object, name, v.to_object()) {
                return Ok(());
            }
        }
        None => {
            if instance::delete_own(object, name) {
                return Ok(());
            }
        }
    }
    Err(match found {
        Some(_) => raise::attribute_error(
            &format!(
                "'{}' object attribute '{}' is read-only",
                class.name(),
                name.expect::<Str>().to_string_lossy()
            ),
            object,
            name,
        ),
        None if !class.has_dict() => raise::attribute_error(
            &format!(
                "'{}' object has no attribute '{}' and no __dict__ for setting new attributes",
                class.name(),
                name.expect::<Str>().to_string_lossy()
            ),
            object,
            name,
        ),
        None => raise::no_attribute(object, name),
    })
}

/// `descriptor.__set__(object, value)` or `__delete__`.
pub fn descriptor_set(d: Value, object: Value, value: Option<Value>) -> Result<(), Raised> {
    if let Some(p) = d.exact::<Property>() {
        let f = if value.is_some() { p.set.get() } else { p.delete.get() };
        let Some(f) = f else {
            return Err(property_error(
                p,
                object,
                if value.is_some() { "setter" } else { "deleter" },
            ));
        };
        return match value {
            Some(v) => call(f.value(), &[object, v]),
            None => call(f.value(), &[object]),
        }
        .map(drop);
    }
    if let Some(m) = d.exact::<Member>() {
        member_check(m, object)?;
        let word = m.word(object);
        let new = match value {
            Some(v) => v.to_object(),
            None if word.get().is_unbound() => {
                return Err(raise::with_args(
                    exc::AttributeError.get(),
                    vec![m.name.value().to_object()],
                ));
            }
            None => crate::singletons::unbound().to_object(),
        };
        word.replace(new.into_value()).decref();
        return Ok(());
    }
    if let Some(g) = d.exact::<GetSet>() {
        return g.set(object, value);
    }
    let s = if value.is_some() { Special::Set } else { Special::Delete };
    match d.header().class().special(s) {
        Some(f) => match value {
            Some(v) => call_special(f, d, &[object, v]),
            None => call_special(f, d, &[object]),
        }
        .map(drop),
        None => Err(crate::raise!(AttributeError, "{}", s.as_str())),
    }
}

fn type_set_attr(t: &Type, meta: &'static Type, name: Value, value: Option<Value>) -> Result<(), Raised> {
    if t.has(flags::IMMUTABLE) {
        return Err(crate::raise!(
            TypeError,
            "cannot {} '{}' attribute of immutable type '{}'",
            if value.is_some() { "set" } else { "delete" },
            name.expect::<Str>().to_string_lossy(),
            t.name()
        ));
    }
    if let Some(d) = meta.lookup(name)
        && let Binding::Data = binding(d)
    {
        let d = d.to_object();
        return descriptor_set(d.value(), t.as_value(), value);
    }
    let name = intern_name(name)?;
    match value {
        Some(v) => {
            let old = t.dict().get_interned(name.value()).map(|o| o.to_object());
            t.dict().set_interned(name.value(), v);
            // A data attribute that is replaced by another concerns no cache: caches keep places, not such values.
            let matters = |v: Value| v.is_ptr() && (is_callable(v) || !matches!(binding(v), Binding::Plain));
            if old.as_ref().is_none_or(|o| matters(o.value())) || matters(v) {
                t.modified(Some(name.value()));
            } else {
                t.data_replaced(name.value());
            }
            drop(old);
        }
        None => {
            let Some(old) = t.dict().remove(name.value())? else {
                return Err(raise::no_attribute(t.as_value(), name.value()));
            };
            t.modified(Some(name.value()));
            drop(old);
        }
    }
    Ok(())
}

pub fn is_callable(v: Value) -> bool {
    v.is_ptr() && v.header().class().special(Special::Call).is_some()
}

/// The contents of a cell, or the error of an unbound variable.
pub fn cell_content(cell: Value) -> Option<Object> {
    cell.expect::<CellObject>().content.get()
}
