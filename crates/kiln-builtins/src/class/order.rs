//! The method resolution order: C3 linearisation, and what a metaclass's own `mro()` says.

use crate::class::layout::solid_base;
use kiln_object::tuple::Tuple;
use kiln_object::types::{ClassRef, type_type};
use kiln_object::{Object, Raised, Type, Value, attr, call, intern, ops};

/// The linearisation of `class` over its bases.
pub fn linearize(class: &Type) -> Result<Vec<Object>, Raised> {
    let me = class.as_value().to_object();
    let bases: Vec<Object> = class.bases.peek().map_or_else(Vec::new, |b| {
        b.expect::<Tuple>().items().iter().map(|v| v.to_object()).collect()
    });
    for (i, b) in bases.iter().enumerate() {
        if bases[i + 1..].iter().any(|o| o.value() == b.value()) {
            return Err(kiln_object::raise!(
                TypeError,
                "duplicate base class {}",
                b.cast::<Type>().map(Type::name).unwrap_or_default()
            ));
        }
    }
    let mut lists: Vec<std::collections::VecDeque<Object>> = bases
        .iter()
        .map(|b| {
            b.expect::<Type>().mro.peek().map_or_else(Default::default, |m| {
                m.expect::<Tuple>().items().iter().map(|v| v.to_object()).collect()
            })
        })
        .collect();
    lists.push(bases.into());
    let mut order = vec![me];
    loop {
        lists.retain(|l| !l.is_empty());
        if lists.is_empty() {
            return Ok(order);
        }
        let next = lists
            .iter()
            .map(|l| l[0].clone())
            .find(|c| !lists.iter().any(|l| l.iter().skip(1).any(|o| o.value() == c.value())));
        let Some(next) = next else {
            let mut names: Vec<String> = Vec::new();
            let mut seen: Vec<Value> = Vec::new();
            for l in &lists {
                if !seen.contains(&l[0].value()) {
                    seen.push(l[0].value());
                    names.push(l[0].cast::<Type>().map(Type::name).unwrap_or_default());
                }
            }
            return Err(kiln_object::raise!(
                TypeError,
                "Cannot create a consistent method resolution order (MRO) for bases {}",
                names.join(", ")
            ));
        };
        for l in &mut lists {
            if l[0].value() == next.value() {
                l.pop_front();
            }
        }
        order.push(next);
    }
}

/// Computes and sets `class.mro`, asking the metaclass if it has an `mro` of its own.
pub fn compute(class: &'static Type) -> Result<(), Raised> {
    let meta = class.header.class();
    let own = meta.lookup(intern!("mro"));
    let order = if std::ptr::eq(meta, type_type()) || own == type_type().lookup(intern!("mro")) {
        linearize(class)?
    } else {
        let Some(f) = own else {
            return Err(kiln_object::raise!(AttributeError, "mro"));
        };
        let before = class.mro.raw();
        let bound = attr::descriptor_get_any(f, Some(class.as_value()), meta)?;
        let result = call::call(bound.value(), &[])?;
        let items = ops::to_vec(result.value())?;
        let solid = solid_base(class);
        for c in &items {
            let Some(ClassRef(t)) = ClassRef::of(c.value()) else {
                return Err(kiln_object::raise!(
                    TypeError,
                    "mro() returned a non-class ('{}')",
                    c.class().name()
                ));
            };
            if !solid.is_subtype(solid_base(t)) {
                return Err(kiln_object::raise!(
                    TypeError,
                    "mro() returned base with unsuitable layout ('{}')",
                    t.name()
                ));
            }
        }
        // `mro()` may itself have assigned `__bases__`: then that order stands.
        if class.mro.raw() != before {
            return Ok(());
        }
        items
    };
    class.mro.set(Tuple::from_vec(order));
    Ok(())
}
