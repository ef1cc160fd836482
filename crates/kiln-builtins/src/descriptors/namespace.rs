//! `types.SimpleNamespace`.

use crate::support::{repr, text, tuple};
use kiln_macros::builtin_methods;
use kiln_object::args::{Keywords, Rest};
use kiln_object::dict::Dict;
use kiln_object::layout::{ObjectType, alloc_instance, header};
use kiln_object::ops::{self, CompareOp};
use kiln_object::str::Str;
use kiln_object::types::{ClassRef, define, flags};
use kiln_object::{Object, Raised, Value, attr, call, instance, object_struct};

object_struct! { /** `types.SimpleNamespace`: its attributes are all there is. */ pub struct Namespace = "types.SimpleNamespace", Container {} }

impl Namespace {
    /// A namespace with these attributes.
    pub fn new_object(attributes: Vec<(&str, Object)>) -> Object {
        let o = alloc_instance(
            Namespace::class(),
            Namespace {
                header: header::<Namespace>(),
            },
        );
        for (name, value) in attributes {
            instance::set_own(o.value(), Str::intern(name).value(), value);
        }
        o
    }
}

thread_local! {
    /// Namespaces whose repr is being made, so that one inside itself ends.
    static ACTIVE: std::cell::RefCell<Vec<u64>> = const { std::cell::RefCell::new(Vec::new()) };
}

fn compare(op: CompareOp, a: Value, b: Value) -> Result<Object, Raised> {
    if b.cast::<Namespace>().is_none() {
        return Ok(Object::not_implemented());
    }
    ops::compare(op, instance::dict_of(a).value(), instance::dict_of(b).value())
}

struct Methods;
#[builtin_methods("types.SimpleNamespace", layout = Namespace)]
impl Methods {
    #[new]
    fn new(cls: ClassRef, _args: Rest<'_>, _kwargs: Keywords<'_>) -> Object {
        alloc_instance(
            cls.0,
            Namespace {
                header: header::<Namespace>(),
            },
        )
    }
    fn __init__(this: Value, args: Rest<'_>, kwargs: Keywords<'_>) -> Result<(), Raised> {
        if args.len() > 1 {
            return Err(kiln_object::raise!(
                TypeError,
                "{} expected at most 1 argument, got {}",
                this.class().name(),
                args.len()
            ));
        }
        if let Some(source) = args.first() {
            let d = call::call(Dict::class().as_value(), &[*source])?;
            for (k, v) in d.expect::<Dict>().snapshot() {
                if k.cast::<Str>().is_none() {
                    return Err(kiln_object::raise!(TypeError, "keywords must be strings"));
                }
                instance::set_own(this, attr::intern_name(k.value())?.value(), v);
            }
        }
        for (k, v) in kwargs.iter() {
            instance::set_own(this, attr::intern_name(k)?.value(), v.to_object());
        }
        Ok(())
    }
    fn __repr__(this: Value) -> Result<String, Raised> {
        let name = if this.is_exact::<Namespace>() {
            "namespace".to_owned()
        } else {
            this.class().plain_name()
        };
        if ACTIVE.with_borrow(|a| a.contains(&this.0)) {
            return Ok(format!("{name}(...)"));
        }
        ACTIVE.with_borrow_mut(|a| a.push(this.0));
        let r = (|| {
            let mut parts = Vec::new();
            for (k, v) in instance::own_attributes(this) {
                if k.cast::<Str>().is_some_and(|s| !s.is_empty()) {
                    parts.push(format!("{}={}", text(k.value()), repr(v.value())?));
                }
            }
            Ok(format!("{name}({})", parts.join(", ")))
        })();
        ACTIVE.with_borrow_mut(|a| a.pop());
        r
    }
    fn __eq__(this: Value, other: Value) -> Result<Object, Raised> {
        compare(CompareOp::Eq, this, other)
    }
    fn __ne__(this: Value, other: Value) -> Result<Object, Raised> {
        compare(CompareOp::Ne, this, other)
    }
    fn __lt__(this: Value, other: Value) -> Result<Object, Raised> {
        compare(CompareOp::Lt, this, other)
    }
    fn __le__(this: Value, other: Value) -> Result<Object, Raised> {
        compare(CompareOp::Le, this, other)
    }
    fn __gt__(this: Value, other: Value) -> Result<Object, Raised> {
        compare(CompareOp::Gt, this, other)
    }
    fn __ge__(this: Value, other: Value) -> Result<Object, Raised> {
        compare(CompareOp::Ge, this, other)
    }
    fn __reduce__(this: Value) -> Object {
        tuple(vec![
            this.class().as_value().to_object(),
            kiln_object::tuple::Tuple::empty(),
            instance::dict_of(this),
        ])
    }
    fn __replace__(this: Value, args: Rest<'_>, kwargs: Keywords<'_>) -> Result<Object, Raised> {
        if !args.is_empty() {
            return Err(kiln_object::raise!(
                TypeError,
                "__replace__() takes 0 positional arguments but {} were given",
                args.len()
            ));
        }
        let new = call::call(this.class().as_value(), &[])?;
        for (k, v) in instance::own_attributes(this) {
            instance::set_own(new.value(), attr::intern_name(k.value())?.value(), v);
        }
        for (k, v) in kwargs.iter() {
            instance::set_own(new.value(), attr::intern_name(k)?.value(), v.to_object());
        }
        Ok(new)
    }
    #[getter]
    fn __dict__(this: Value) -> Object {
        instance::dict_of(this)
    }
}

pub fn init() {
    let class = define::<Namespace>(
        "SimpleNamespace",
        "types",
        None,
        flags::BASETYPE | flags::DICT,
        Methods::METHODS,
        Some("A simple attribute-based namespace."),
    );
    class.set_attr(kiln_object::intern!("__hash__"), kiln_object::singletons::none());
}
