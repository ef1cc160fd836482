//! Assignment to `__bases__`.

use crate::class::layout::best_base;
use crate::class::order;
use kiln_object::tuple::Tuple;
use kiln_object::types::{ClassRef, flags};
use kiln_object::{Object, Raised, Type, Value};

fn same_words(a: &Type, b: &Type) -> bool {
    std::ptr::eq(a.layout(), b.layout())
        && a.member_count() == b.member_count()
        && a.has_dict() == b.has_dict()
        && a.has(flags::WEAKREF) == b.has(flags::WEAKREF)
}

pub fn set(class: &'static Type, value: Value) -> Result<(), Raised> {
    let Some(t) = value.cast::<Tuple>() else {
        return Err(kiln_object::raise!(
            TypeError,
            "can only assign tuple to {}.__bases__, not {}",
            class.name(),
            value.class().name()
        ));
    };
    if t.is_empty() {
        return Err(kiln_object::raise!(
            TypeError,
            "can only assign non-empty tuple to {}.__bases__, not ()",
            class.name()
        ));
    }
    let mut bases = Vec::new();
    for b in t.items() {
        let Some(ClassRef(b)) = ClassRef::of(*b) else {
            return Err(kiln_object::raise!(
                TypeError,
                "{}.__bases__ must be tuple of classes, not '{}'",
                class.name(),
                b.class().name()
            ));
        };
        let mut above = Some(b);
        let mut cyclic = b.is_subtype(class);
        while let Some(a) = above {
            cyclic |= std::ptr::eq(a, class);
            above = a.base();
        }
        if cyclic {
            return Err(kiln_object::raise!(
                TypeError,
                "a __bases__ item causes an inheritance cycle"
            ));
        }
        bases.push(b);
    }
    let new_base = best_base(t.items())?;
    let old_base = class.base();
    if let Some(old) = old_base
        && !same_words(new_base, old)
    {
        let what = if std::ptr::eq(new_base.layout(), old.layout()) && new_base.is_heap_type() == old.is_heap_type() {
            "object layout"
        } else {
            "deallocator"
        };
        return Err(kiln_object::raise!(
            TypeError,
            "__bases__ assignment: '{}' {what} differs from '{}'",
            new_base.name(),
            old.name()
        ));
    }
    let old_bases: Vec<&'static Type> = class.bases.peek().map_or_else(Vec::new, |b| {
        b.expect::<Tuple>()
            .items()
            .iter()
            .filter_map(|b| ClassRef::of(*b).map(|c| c.0))
            .collect()
    });
    let held = class.bases.get();
    class.set_bases(&bases);
    class.set_base(new_base);
    let mut done: Vec<(&'static Type, Object)> = Vec::new();
    if let Err(r) = recompute(class, &mut done) {
        for (c, mro) in done.into_iter().rev() {
            c.mro.set(mro);
        }
        // Somebody may have assigned bases meanwhile, in `mro()`; then those stand.
        class.set_bases(&old_bases);
        if let Some(old) = old_base {
            class.set_base(old);
        }
        class.modified(None);
        return Err(r);
    }
    drop(held);
    class.modified(None);
    Ok(())
}

/// New orders for the class and all its subclasses; the old ones go to `done`.
fn recompute(class: &'static Type, done: &mut Vec<(&'static Type, Object)>) -> Result<(), Raised> {
    if let Some(old) = class.mro.get() {
        done.push((class, old));
    }
    order::compute(class)?;
    let mut subclasses = Vec::new();
    class.for_each_subclass(|s| subclasses.push((s, s.as_value().to_object())));
    for (s, _held) in &subclasses {
        recompute(s, done)?;
    }
    Ok(())
}
