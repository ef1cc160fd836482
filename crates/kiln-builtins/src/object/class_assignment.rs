//! Assignment to `__class__`.

use kiln_object::module::Module;
use kiln_object::types::{ClassRef, flags};
use kiln_object::{Raised, Type, Value, instance, raise};

/// Whether instances of both classes have the same words at the same places.
pub fn same_layout(a: &Type, b: &Type) -> bool {
    std::ptr::eq(a.layout(), b.layout())
        && a.member_count() == b.member_count()
        && a.has_dict() == b.has_dict()
        && a.has(flags::WEAKREF) == b.has(flags::WEAKREF)
        && members(a) == members(b)
        // Objects above the allocator's small sizes are freed by their class's size.
        && (a.instance_size() == b.instance_size()
            || a.instance_size().max(b.instance_size()) <= kiln_object::heap::MAX_SMALL)
}

/// Names of the `__slots__` members, as classes made them, base first.
fn members(class: &Type) -> Vec<Vec<u64>> {
    let mut all = Vec::new();
    let mut at = Some(class);
    while let Some(c) = at {
        let own: Vec<u64> = c
            .dict()
            .snapshot()
            .iter()
            .filter(|(_, v)| {
                v.exact::<kiln_object::native::Member>()
                    .is_some_and(|m| m.owner.value() == c.as_value())
            })
            .map(|(k, _)| k.value().0)
            .collect();
        if !own.is_empty() {
            all.push(own);
        }
        at = c.base();
    }
    all
}

pub fn assign(this: Value, value: Option<Value>) -> Result<(), Raised> {
    let Some(value) = value else {
        return Err(raise::type_error("can't delete __class__ attribute".into()));
    };
    let Some(ClassRef(new)) = ClassRef::of(value) else {
        return Err(kiln_object::raise!(
            TypeError,
            "__class__ must be set to a class, not '{}' object",
            value.class().name()
        ));
    };
    let old = this.class();
    let is_module = this.cast::<Module>().is_some() && std::ptr::eq(new.layout(), old.layout());
    if !is_module && (new.has(flags::IMMUTABLE) || old.has(flags::IMMUTABLE)) {
        return Err(raise::type_error(
            "__class__ assignment only supported for mutable types or ModuleType subclasses".into(),
        ));
    }
    if !this.is_ptr() || !same_layout(old, new) {
        return Err(kiln_object::raise!(
            TypeError,
            "__class__ assignment: '{}' object layout differs from '{}'",
            new.name(),
            old.name()
        ));
    }
    if !std::ptr::eq(old, new) {
        instance::set_class(this, new);
    }
    Ok(())
}
