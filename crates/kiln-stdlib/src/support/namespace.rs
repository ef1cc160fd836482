//! `types.SimpleNamespace`: an object that is its attributes.

use kiln_object::args::{Keywords, Rest};
use kiln_object::call::call;
use kiln_object::dict::Dict;
use kiln_object::layout::ObjectType;
use kiln_object::str::Str;
use kiln_object::types::{ClassRef, define, flags};
use kiln_object::{Object, Raised, Type, Value, instance, object_struct, ops, special::Special};

object_struct! {
    /// An instance; everything is in its attributes.
    pub struct Namespace = "types.SimpleNamespace", Container {}
}

fn update(this: Value, mapping: &Dict) -> Result<(), Raised> {
    for (key, value) in mapping.snapshot() {
        if key.cast::<Str>().is_none() {
            return Err(kiln_object::raise!(TypeError, "keywords must be strings"));
        }
        let key = kiln_object::attr::intern_name(key.value())?;
        instance::set_own(this, key.value(), value);
    }
    Ok(())
}

#[kiln_macros::builtin_methods("types.SimpleNamespace")]
impl Namespace {
    #[new]
    fn new(cls: ClassRef, _args: Rest<'_>, _keywords: Keywords<'_>) -> Object {
        kiln_object::layout::alloc_instance(
            cls.0,
            Namespace {
                header: kiln_object::layout::header::<Namespace>(),
            },
        )
    }
    fn __init__(this: Value, args: Rest<'_>, keywords: Keywords<'_>) -> Result<(), Raised> {
        if args.len() > 1 {
            return Err(kiln_object::raise!(
                TypeError,
                "{} expected at most 1 positional argument, got {}",
                this.class().name(),
                args.len()
            ));
        }
        if let Some(first) = args.first() {
            let dict = call(Dict::class().as_value(), &[*first])?;
            update(this, dict.expect::<Dict>())?;
        }
        for (name, value) in keywords.iter() {
            let name = kiln_object::attr::intern_name(name)?;
            instance::set_own(this, name.value(), value.to_object());
        }
        Ok(())
    }
    #[getter]
    fn __dict__(this: Value) -> Object {
        instance::dict_of(this)
    }
    fn __repr__(this: Value) -> Result<Object, Raised> {
        let class = this.class();
        let name = if std::ptr::eq(class, Namespace::class()) {
            "namespace".to_owned()
        } else {
            class.name()
        };
        let active = ACTIVE.with_borrow(|active| active.contains(&this));
        if active {
            return Ok(Str::new(&format!("{name}(...)")));
        }
        ACTIVE.with_borrow_mut(|active| active.push(this));
        let result = repr_items(this, &name);
        ACTIVE.with_borrow_mut(|active| active.pop());
        result
    }
    fn __eq__(this: Value, other: Value) -> Result<Object, Raised> {
        if other.cast::<Namespace>().is_none() {
            return Ok(Object::not_implemented());
        }
        let (a, b) = (instance::dict_of(this), instance::dict_of(other));
        ops::is_equal(a.value(), b.value()).map(Object::bool)
    }
    fn __reduce__(this: Value) -> Object {
        let class = this.class().as_value().to_object();
        let none: Vec<Object> = Vec::new();
        kiln_object::tuple::Tuple::from_array([
            class,
            kiln_object::tuple::Tuple::from_vec(none),
            instance::dict_of(this),
        ])
    }
    fn __replace__(this: Value, keywords: Keywords<'_>) -> Result<Object, Raised> {
        let result = call(this.class().as_value(), &[])?;
        for (name, value) in instance::own_attributes(this) {
            instance::set_own(result.value(), name.value(), value);
        }
        for (name, value) in keywords.iter() {
            let name = kiln_object::attr::intern_name(name)?;
            instance::set_own(result.value(), name.value(), value.to_object());
        }
        Ok(result)
    }
}

thread_local! {
    static ACTIVE: std::cell::RefCell<Vec<Value>> = const { std::cell::RefCell::new(Vec::new()) };
}

fn repr_items(this: Value, name: &str) -> Result<Object, Raised> {
    let mut out = kiln_text::TextBuf::from(format!("{name}("));
    for (i, (key, value)) in instance::own_attributes(this).into_iter().enumerate() {
        if i > 0 {
            out.push_str(", ");
        }
        if let Some(key) = key.cast::<Str>() {
            out.push_text(key.text());
        }
        out.push_str("=");
        out.push_text(ops::repr(value.value())?.expect::<Str>().text());
    }
    out.push_str(")");
    Ok(Str::from_text(out.as_text()))
}

/// The class, made when it is first asked for.
pub fn class() -> &'static Type {
    match Namespace::class_cell().try_get() {
        Some(class) => class,
        None => {
            let class = define::<Namespace>(
                "SimpleNamespace",
                "types",
                None,
                flags::BASETYPE | flags::DICT | flags::WEAKREF,
                Namespace::METHODS,
                Some("A simple attribute-based namespace."),
            );
            let _ = class.special(Special::Repr);
            class
        }
    }
}

/// A namespace with these attributes.
pub fn make(items: Vec<(&str, Object)>) -> Object {
    let namespace = kiln_object::layout::alloc_instance(
        class(),
        Namespace {
            header: kiln_object::layout::header::<Namespace>(),
        },
    );
    for (name, value) in items {
        instance::set_own(namespace.value(), Str::intern(name).value(), value);
    }
    namespace
}
