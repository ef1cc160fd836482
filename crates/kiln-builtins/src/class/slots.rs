//! `__slots__`: which members, and whether instances get a `__dict__` and may be weakly referenced.

use kiln_object::dict::Dict;
use kiln_object::layout::ObjectType;
use kiln_object::module::Module;
use kiln_object::str::Str;
use kiln_object::types::{ClassRef, flags};
use kiln_object::weakref::WeakRef;
use kiln_object::{Object, Raised, Type, Value, intern, ops};

/// What `__slots__` (or its absence) asks for.
pub struct Slots {
    /// Mangled names of new members, sorted.
    pub members: Vec<Object>,
    pub dict: bool,
    pub weakref: bool,
    /// The class itself adds the dictionary or the weak references: it shows the attributes.
    pub adds_dict: bool,
    pub adds_weakref: bool,
}

/// `__x` in class `_C` becomes `_C__x`.
pub fn mangle(class_name: &str, name: &str) -> String {
    if !name.starts_with("__") || name.ends_with("__") || name.contains('.') {
        return name.to_owned();
    }
    let class = class_name.trim_start_matches('_');
    if class.is_empty() {
        return name.to_owned();
    }
    format!("_{class}{name}")
}

fn is_identifier(s: &Str) -> bool {
    let text = s.to_string_lossy();
    let mut chars = text.chars();
    chars
        .next()
        .is_some_and(|c| c == '_' || c.is_alphabetic() || !c.is_ascii())
        && chars.all(|c| c == '_' || c.is_alphanumeric() || !c.is_ascii())
}

/// Whether instances of a class that is no dictionary class keep their attributes elsewhere already.
fn has_native_namespace(class: &Type) -> bool {
    let mut at = Some(class.layout());
    while let Some(l) = at {
        if std::ptr::eq(l, <Type as ObjectType>::layout()) || std::ptr::eq(l, Module::layout()) {
            return true;
        }
        at = l.base;
    }
    false
}
/// Sizes vary, so that nothing can lie behind the inline data.
fn is_variable(class: &Type) -> bool {
    class.layout().var_size.is_some() || std::ptr::eq(class.layout(), kiln_object::int::Int::layout())
}

/// Reads `__slots__` from a class's namespace.
pub fn read(class_name: &str, dict: &Dict, base: &'static Type, bases: &[Value]) -> Result<Slots, Raised> {
    let mut may_dict = !base.has_dict() && !has_native_namespace(base);
    // Like CPython, only str among the types whose size varies may be weakly referenced in subclasses.
    let weak_var = is_variable(base) && !std::ptr::eq(base.layout(), Str::layout());
    // `weakref.ref` has the flag, since its instances must leave their table when they die, but cannot be weakly
    // referenced itself; subclasses may ask for that.
    let is_ref = std::ptr::eq(base, WeakRef::class());
    let mut may_weakref = (!base.has(flags::WEAKREF) || is_ref) && !weak_var;
    let mut slots = Slots {
        members: Vec::new(),
        dict: base.has_dict(),
        weakref: base.has(flags::WEAKREF),
        adds_dict: false,
        adds_weakref: false,
    };
    let Some(wanted) = dict.get(intern!("__slots__"))? else {
        slots.adds_dict = may_dict;
        slots.adds_weakref = may_weakref;
        slots.dict |= may_dict;
        slots.weakref |= may_weakref;
        return Ok(slots);
    };
    let names = if wanted.cast::<Str>().is_some() {
        vec![wanted]
    } else {
        ops::to_vec(wanted.value())?
    };
    if !names.is_empty() && weak_var {
        return Err(kiln_object::raise!(
            TypeError,
            "nonempty __slots__ not supported for subtype of '{}'",
            base.name()
        ));
    }
    for name in &names {
        let Some(s) = name.cast::<Str>() else {
            return Err(kiln_object::raise!(
                TypeError,
                "__slots__ items must be strings, not '{}'",
                name.class().name()
            ));
        };
        if !is_identifier(s) {
            return Err(kiln_object::raise!(TypeError, "__slots__ must be identifiers"));
        }
        if s.eq_str("__dict__") {
            if !may_dict || slots.adds_dict {
                return Err(kiln_object::raise!(
                    TypeError,
                    "__dict__ slot disallowed: we already got one"
                ));
            }
            slots.adds_dict = true;
            continue;
        }
        if s.eq_str("__weakref__") {
            if !may_weakref || slots.adds_weakref {
                return Err(kiln_object::raise!(
                    TypeError,
                    "__weakref__ slot disallowed: we already got one"
                ));
            }
            slots.adds_weakref = true;
            continue;
        }
        let mangled = Str::intern(&mangle(class_name, &s.to_string_lossy()));
        if dict.contains(mangled.value())? {
            let allowed = ["__qualname__", "__classcell__", "__classdictcell__"];
            if !allowed.iter().any(|n| s.eq_str(n)) {
                return Err(kiln_object::raise!(
                    ValueError,
                    "{} in __slots__ conflicts with class variable",
                    ops::repr_lossy(mangled.value())
                ));
            }
        }
        slots.members.push(mangled);
    }
    slots
        .members
        .sort_by(|a, b| a.expect::<Str>().text().cmp(b.expect::<Str>().text()));
    // Another base may bring what this class did not ask for.
    may_dict &= !slots.adds_dict;
    may_weakref &= !slots.adds_weakref;
    for b in bases {
        let Some(ClassRef(b)) = ClassRef::of(*b) else { continue };
        if may_dict && b.has_dict() {
            slots.adds_dict = true;
        }
        if may_weakref && b.has(flags::WEAKREF) {
            slots.adds_weakref = true;
        }
    }
    slots.dict |= slots.adds_dict;
    slots.weakref |= slots.adds_weakref;
    Ok(slots)
}
