//! Making a class: `type.__new__` with three arguments.

use crate::class::layout::{best_base, check_entries, metaclass};
use crate::class::order;
use crate::class::slots::{self, Slots};
use crate::object;
use crate::support::{repr, text};
use kiln_object::args::{Keywords, Rest};
use kiln_object::descr::{CellObject, ClassMethod, StaticMethod};
use kiln_object::dict::Dict;
use kiln_object::exception::BaseException;
use kiln_object::function::Function;
use kiln_object::hooks::hooks;
use kiln_object::layout::ObjectType;
use kiln_object::native::{GetSet, Member, NativeKind};
use kiln_object::str::Str;
use kiln_object::tuple::Tuple;
use kiln_object::types::{ClassRef, INHERITED, TypeSpec, flags, object_type, type_type};
use kiln_object::{NativeDef, Object, Raised, Special, Type, Value, attr, call, intern, raise};

fn wrong_argument(n: usize, wanted: &str, v: Value) -> Raised {
    kiln_object::raise!(
        TypeError,
        "type.__new__() argument {n} must be {wanted}, not {}",
        kiln_object::convert::type_name(v)
    )
}

/// `type.__new__(metaclass, name, bases, dict, **keywords)`.
pub fn new_class(meta: &'static Type, args: Rest<'_>, keywords: &Keywords<'_>) -> Result<Object, Raised> {
    let [name, bases, dict] = args else {
        return Err(kiln_object::raise!(
            TypeError,
            "type.__new__() takes exactly 3 arguments ({} given)",
            args.len()
        ));
    };
    if name.cast::<Str>().is_none() {
        return Err(wrong_argument(1, "str", *name));
    }
    let Some(base_tuple) = bases.cast::<Tuple>() else {
        return Err(wrong_argument(2, "tuple", *bases));
    };
    let Some(namespace) = dict.cast::<Dict>() else {
        return Err(wrong_argument(3, "dict", *dict));
    };
    let keywords: Vec<(Value, Value)> = keywords.iter().collect();
    let given: Vec<Value> = base_tuple.items().to_vec();
    check_entries(&given)?;
    let winner = metaclass(meta, &given)?;
    if !std::ptr::eq(winner, meta)
        && let Some(new) = winner.special(Special::New)
        && Some(new) != type_type().special(Special::New)
    {
        let new = attr::descriptor_get_any(new, None, winner)?;
        return call::call_keywords(new.value(), &[winner.as_value(), *name, *bases, *dict], &keywords);
    }
    let bases: Vec<Value> = if given.is_empty() {
        vec![object_type().as_value()]
    } else {
        given
    };
    let base = best_base(&bases)?;
    let class = make(winner, *name, &bases, base, namespace)?;
    let Some(ClassRef(t)) = ClassRef::of(class.value()) else {
        kiln_object::bug!("a new class is no class");
    };
    set_names(t)?;
    init_subclass(t, &keywords)?;
    Ok(class)
}

fn check_name(name: &Str) -> Result<(), Raised> {
    let text = name.to_string_lossy();
    if text.contains('\0') {
        return Err(raise::value_error("type name must not contain null characters"));
    }
    Ok(())
}

fn make(
    meta: &'static Type,
    name: Value,
    bases: &[Value],
    base: &'static Type,
    given: &Dict,
) -> Result<Object, Raised> {
    let name_str = name.expect::<Str>();
    check_name(name_str)?;
    let name_text = name_str.to_string_lossy();
    let namespace = given.copy();
    let dict = namespace.expect::<Dict>();
    let slots = slots::read(&name_text, dict, base, bases)?;
    let qualname = match dict.get(intern!("__qualname__"))? {
        Some(q) => {
            if q.cast::<Str>().is_none() {
                return Err(kiln_object::raise!(
                    TypeError,
                    "type __qualname__ must be a str, not {}",
                    q.class().name()
                ));
            }
            dict.remove(intern!("__qualname__"))?;
            q
        }
        None => name.to_object(),
    };
    if dict.get(intern!("__module__"))?.is_none()
        && let Some(globals) = (hooks().current_globals)()
        && let Some(m) = globals.cast::<Dict>().and_then(|g| g.get_interned(intern!("__name__")))
    {
        let m = m.to_object();
        dict.set(intern!("__module__"), m.value())?;
    }
    wrap_function(dict, intern!("__new__"), StaticMethod::new_object)?;
    for n in [intern!("__init_subclass__"), intern!("__class_getitem__")] {
        wrap_function(dict, n, |f| ClassMethod::of_class(ClassMethod::class(), f))?;
    }
    if dict.get(intern!("__hash__"))?.is_none() && dict.get(intern!("__eq__"))?.is_some() {
        dict.set(intern!("__hash__"), kiln_object::singletons::none())?;
    }
    let cell = take_cell(dict, intern!("__classcell__"))?;
    let dict_cell = take_cell(dict, intern!("__classdictcell__"))?;

    let classes: Vec<&'static Type> = bases.iter().filter_map(|b| ClassRef::of(*b).map(|c| c.0)).collect();
    let class = Type::create(TypeSpec {
        name: Str::intern(&name_text),
        qualname,
        metaclass: meta,
        bases: classes.clone(),
        dict: namespace.clone(),
        layout: base.layout(),
        solid: Some(base),
        new_members: slots.members.len() as u32,
        flags: class_flags(base, &classes, &slots),
        inline_capacity: expected_attributes(dict, base)?,
    });
    let Some(ClassRef(t)) = ClassRef::of(class.value()) else {
        kiln_object::bug!("a new class is no class");
    };
    add_members(t, dict, base, &slots)?;
    if dict.get(intern!("__doc__"))?.is_none() {
        dict.set(intern!("__doc__"), kiln_object::singletons::none())?;
    }
    order::compute(t)?;
    t.modified(None);
    if let Some(c) = dict_cell {
        c.expect::<CellObject>().content.set(namespace.clone());
    }
    if let Some(c) = cell {
        c.expect::<CellObject>().content.set(class.clone());
    }
    Ok(class)
}

fn class_flags(base: &Type, bases: &[&'static Type], slots: &Slots) -> u32 {
    let mut f = flags::HEAP
        | flags::BASETYPE
        | base.flags.get() & INHERITED & !(flags::DICT | flags::WEAKREF | flags::SEQUENCE | flags::MAPPING);
    for b in bases {
        f |= b.flags.get() & (flags::MATCH_SELF | flags::EXCEPTION);
        // The first base that is either decides.
        if f & (flags::SEQUENCE | flags::MAPPING) == 0 {
            f |= b.flags.get() & (flags::SEQUENCE | flags::MAPPING);
        }
    }
    if slots.dict {
        f |= flags::DICT;
    }
    if slots.weakref {
        f |= flags::WEAKREF;
    }
    f
}

/// How many attributes instances will have, by what the compiler saw assigned to `self`.
fn expected_attributes(dict: &Dict, base: &Type) -> Result<u32, Raised> {
    let own = match dict.get(intern!("__static_attributes__"))? {
        Some(t) => t.cast::<Tuple>().map_or(0, Tuple::len) as u32,
        None => 0,
    };
    // Attributes that other code sets are not seen: a class that assigns none itself gets room for some.
    Ok(match own + base.inline_capacity() {
        0 => 8,
        n => n + 1,
    })
}

fn wrap_function(dict: &Dict, name: Value, wrap: fn(Object) -> Object) -> Result<(), Raised> {
    if let Some(f) = dict.get(name)?
        && f.is_exact::<Function>()
    {
        let w = wrap(f);
        dict.set(name, w.value())?;
    }
    Ok(())
}

fn take_cell(dict: &Dict, name: Value) -> Result<Option<Object>, Raised> {
    let Some(c) = dict.get(name)? else { return Ok(None) };
    if c.cast::<CellObject>().is_none() {
        return Err(kiln_object::raise!(
            TypeError,
            "{} must be a nonlocal cell, not {}",
            text(name),
            repr(c.class().as_value())?
        ));
    }
    dict.remove(name)?;
    Ok(Some(c))
}

fn getset(t: &'static Type, defs: &'static [NativeDef]) -> Option<Object> {
    let getter = defs.iter().find(|d| d.kind == NativeKind::Getter)?;
    let setter = defs.iter().find(|d| d.kind == NativeKind::Setter);
    Some(GetSet::new_object(t, getter, setter))
}

fn add_members(t: &'static Type, dict: &Dict, base: &Type, slots: &Slots) -> Result<(), Raised> {
    for (i, name) in slots.members.iter().enumerate() {
        let m = Member::numbered(name.clone(), base.member_count() + i, t);
        if !dict.contains(name.value())? {
            dict.set(name.value(), m.value())?;
        }
    }
    let add = |name: Value, wanted: bool, defs| -> Result<(), Raised> {
        if wanted
            && !dict.contains(name)?
            && let Some(g) = getset(t, defs)
        {
            dict.set(name, g.value())?;
        }
        Ok(())
    };
    add(intern!("__dict__"), slots.adds_dict, object::dict_definitions())?;
    add(
        intern!("__weakref__"),
        slots.adds_weakref,
        object::weakref_definitions(),
    )
}

/// Calls `__set_name__` of what the namespace holds.
fn set_names(t: &'static Type) -> Result<(), Raised> {
    for (name, value) in t.dict().snapshot() {
        let Some(f) = value.class().special(Special::SetName) else {
            continue;
        };
        if let Err(r) = call::call_special(f, value.value(), &[t.as_value(), name.value()]) {
            let e = raise::take(r);
            let note = format!(
                "Error calling __set_name__ on '{}' instance {} in '{}'",
                value.class().name(),
                kiln_object::ops::repr_lossy(name.value()),
                t.name()
            );
            if e.cast::<BaseException>().is_some() {
                crate::exceptions::add_note(e.value(), Str::new(&note).value())?;
            }
            return Err(raise::again(e));
        }
    }
    Ok(())
}

/// `super(class, class).__init_subclass__(**keywords)`.
fn init_subclass(t: &'static Type, keywords: &[(Value, Value)]) -> Result<(), Raised> {
    let f = crate::descriptors::super_object::super_attr(t.as_value(), t.as_value(), Special::InitSubclass.name())?;
    call::call_keywords(f.value(), &[], keywords).map(drop)
}
