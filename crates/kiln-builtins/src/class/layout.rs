//! Which base gives instances their layout, and whether several bases go together.

use kiln_object::types::{ClassRef, flags};
use kiln_object::{Raised, Type, Value, attr, exception, intern};

/// Whether instances of the class have words that instances of its base have not. Built-in exceptions with attributes
/// of their own count, although all exceptions share one struct: what CPython refuses is refused here.
fn adds_words(class: &Type, base: &Type) -> bool {
    if !std::ptr::eq(class.layout(), base.layout()) || class.member_count() != base.member_count() {
        return true;
    }
    class.has(flags::EXCEPTION)
        && !class.is_heap_type()
        && !std::ptr::eq(exception::extra_fields(class), exception::extra_fields(base))
}

/// The class that fixed the layout: the class itself, or the nearest base that added words.
pub fn solid_base(class: &'static Type) -> &'static Type {
    let mut at = class;
    loop {
        match at.base() {
            Some(b) if !adds_words(at, b) => at = b,
            _ => return at,
        }
    }
}

/// The base whose layout a class with these bases has.
pub fn best_base(bases: &[Value]) -> Result<&'static Type, Raised> {
    let mut best: Option<(&'static Type, &'static Type)> = None;
    for b in bases {
        let Some(ClassRef(base)) = ClassRef::of(*b) else {
            return Err(kiln_object::raise!(TypeError, "bases must be types"));
        };
        if !base.has(flags::BASETYPE) {
            return Err(kiln_object::raise!(
                TypeError,
                "type '{}' is not an acceptable base type",
                base.name()
            ));
        }
        let candidate = solid_base(base);
        best = match best {
            None => Some((base, candidate)),
            Some((_, winner)) if winner.is_subtype(candidate) => best,
            Some((_, winner)) if candidate.is_subtype(winner) => Some((base, candidate)),
            Some(_) => {
                return Err(kiln_object::raise!(
                    TypeError,
                    "multiple bases have instance lay-out conflict"
                ));
            }
        };
    }
    match best {
        Some((base, _)) => Ok(base),
        None => kiln_object::bug!("best base of no bases"),
    }
}

/// The most derived metaclass of `meta` and the bases' classes.
pub fn metaclass(meta: &'static Type, bases: &[Value]) -> Result<&'static Type, Raised> {
    let mut winner = meta;
    for b in bases {
        let of = b.class();
        if winner.is_subtype(of) {
            continue;
        }
        if of.is_subtype(winner) {
            winner = of;
            continue;
        }
        return Err(kiln_object::raise!(
            TypeError,
            "metaclass conflict: the metaclass of a derived class must be a (non-strict) subclass of the metaclasses of all its bases"
        ));
    }
    Ok(winner)
}

/// Refuses bases that only `types.new_class` can resolve.
pub fn check_entries(bases: &[Value]) -> Result<(), Raised> {
    for b in bases {
        if b.cast::<Type>().is_none() && attr::find_attr(*b, intern!("__mro_entries__"))?.is_some() {
            return Err(kiln_object::raise!(
                TypeError,
                "type() doesn't support MRO entry resolution; use types.new_class()"
            ));
        }
    }
    Ok(())
}
