//! `isinstance` and `issubclass`, with the hooks of metaclasses and with what only looks like a class.

use super::is_true;
use crate::call::call_special;
use crate::raise::Raised;
use crate::special::Special;
use crate::thread::{NativeDepth, check_native_stack};
use crate::tuple::Tuple;
use crate::types::{Type, flags};
use crate::value::Value;

/// `isinstance(v, class_or_tuple)`.
pub fn is_instance(v: Value, class: Value) -> Result<bool, Raised> {
    if let Some(t) = class.cast::<Type>() {
        if std::ptr::eq(v.class(), t) {
            return Ok(true);
        }
        if class.is_exact::<Type>() {
            return is_instance_plain(v, class);
        }
    }
    if let Some(t) = class.cast::<Tuple>() {
        let _depth = NativeDepth::enter(" in __instancecheck__")?;
        let held = class.to_object();
        for i in 0..t.len() {
            if is_instance(v, held.expect::<Tuple>().items()[i])? {
                return Ok(true);
            }
        }
        return Ok(false);
    }
    if let Some(f) = class.class().special(Special::InstanceCheck) {
        check_native_stack(" in __instancecheck__")?;
        let r = call_special(f, class, &[v])?;
        return is_true(r.value());
    }
    is_instance_plain(v, class)
}

/// `type.__instancecheck__`: the class or what `__class__` claims.
pub fn is_instance_plain(v: Value, class: Value) -> Result<bool, Raised> {
    if let Some(t) = class.cast::<Type>() {
        if v.class().is_subtype(t) {
            return Ok(true);
        }
        // What `object` says an object's class is, is its class: only another `__class__` could claim more.
        let own = v.class();
        let plain = own.has(flags::PLAIN_GETATTR)
            && (!own.has(flags::HEAP) || {
                let name = crate::intern!("__class__");
                own.lookup(name) == crate::types::object_type().lookup(name)
            });
        if plain {
            return Ok(false);
        }
        return match crate::attr::find_attr(v, crate::intern!("__class__"))? {
            Some(c) if c.value() != v.class().as_value() => Ok(c.cast::<Type>().is_some_and(|c| c.is_subtype(t))),
            _ => Ok(false),
        };
    }
    if !has_bases(class)? {
        return Err(crate::raise!(
            TypeError,
            "isinstance() arg 2 must be a type, a tuple of types, or a union"
        ));
    }
    match crate::attr::find_attr(v, crate::intern!("__class__"))? {
        Some(c) => abstract_is_subclass(c.value(), class),
        None => Ok(false),
    }
}
fn has_bases(class: Value) -> Result<bool, Raised> {
    Ok(crate::attr::find_attr(class, crate::intern!("__bases__"))?.is_some_and(|b| b.cast::<Tuple>().is_some()))
}
fn abstract_is_subclass(class: Value, of: Value) -> Result<bool, Raised> {
    if class == of {
        return Ok(true);
    }
    check_native_stack(" in __issubclass__")?;
    let Some(bases) = crate::attr::find_attr(class, crate::intern!("__bases__"))? else {
        return Ok(false);
    };
    let Some(t) = bases.cast::<Tuple>() else {
        return Ok(false);
    };
    for &b in t.items() {
        if abstract_is_subclass(b, of)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// `issubclass(class, of)`.
pub fn is_subclass(class: Value, of: Value) -> Result<bool, Raised> {
    if of.is_exact::<Type>() {
        return is_subclass_plain(class, of);
    }
    if let Some(t) = of.cast::<Tuple>() {
        let _depth = NativeDepth::enter(" in __subclasscheck__")?;
        let held = of.to_object();
        for i in 0..t.len() {
            if is_subclass(class, held.expect::<Tuple>().items()[i])? {
                return Ok(true);
            }
        }
        return Ok(false);
    }
    if let Some(f) = of.class().special(Special::SubclassCheck) {
        check_native_stack(" in __subclasscheck__")?;
        let r = call_special(f, of, &[class])?;
        return is_true(r.value());
    }
    is_subclass_plain(class, of)
}

/// `type.__subclasscheck__`.
pub fn is_subclass_plain(class: Value, of: Value) -> Result<bool, Raised> {
    if let (Some(a), Some(b)) = (class.cast::<Type>(), of.cast::<Type>()) {
        return Ok(a.is_subtype(b));
    }
    if class.cast::<Type>().is_none() && !has_bases(class)? {
        return Err(crate::raise!(TypeError, "issubclass() arg 1 must be a class"));
    }
    if of.cast::<Type>().is_none() && !has_bases(of)? {
        return Err(crate::raise!(
            TypeError,
            "issubclass() arg 2 must be a class, a tuple of classes, or a union"
        ));
    }
    abstract_is_subclass(class, of)
}
