//! `defaultdict`: a dict that makes the values of missing keys.

use kiln_builtins::dict::merge;
use kiln_builtins::shared::{ReprGuard, class_getitem};
use kiln_macros::builtin_methods;
use kiln_object::args::{Keywords, Rest};
use kiln_object::attr::is_callable;
use kiln_object::call::{call, call_keywords, call_method};
use kiln_object::dict::Dict;
use kiln_object::layout::{ObjectType, Slot, alloc_instance, header};
use kiln_object::module::Module;
use kiln_object::object_struct;
use kiln_object::ops;
use kiln_object::str::Str;
use kiln_object::tuple::Tuple;
use kiln_object::types::{ClassRef, define, flags};
use kiln_object::{Object, Raised, Value, intern, raise, singletons};

object_struct! {
    /// A dict and what makes values; None for nothing.
    pub struct DefaultDict = "defaultdict" extends Dict, Container { factory: Slot }
}
struct Methods;

fn value_of(this: &DefaultDict) -> Value {
    Value::from_ptr(&this.base.header)
}
fn factory(this: &DefaultDict) -> Object {
    this.factory.get().unwrap_or_else(Object::none)
}
fn copy(this: &DefaultDict) -> Result<Object, Raised> {
    let me = value_of(this);
    let factory = factory(this);
    call(me.class().as_value(), &[factory.value(), me])
}

#[builtin_methods(defaultdict)]
impl Methods {
    #[new]
    #[signature = "(*args, **kwargs)"]
    fn new(cls: ClassRef, _args: Rest<'_>, _kwargs: Keywords<'_>) -> Object {
        let mut base = Dict::empty_payload();
        base.header = header::<DefaultDict>();
        alloc_instance(
            cls.0,
            DefaultDict {
                base,
                factory: Slot::empty(),
            },
        )
    }
    #[signature = "($self, default_factory=None, /, *args, **kwargs)"]
    fn __init__(this: &DefaultDict, args: Rest<'_>, kwargs: Keywords<'_>) -> Result<(), Raised> {
        let (factory, rest) = match args.split_first() {
            None => (singletons::none(), args),
            Some((f, rest)) => (*f, rest),
        };
        if !factory.is_none() && !is_callable(factory) {
            return Err(kiln_object::raise!(
                TypeError,
                "first argument must be callable or None"
            ));
        }
        this.factory.set(factory.to_object());
        let init = kiln_object::attr::get_attr(Dict::class().as_value(), intern!("__init__"))?;
        let mut all = vec![value_of(this)];
        all.extend_from_slice(rest);
        let named: Vec<(Value, Value)> = kwargs.iter().collect();
        call_keywords(init.value(), &all, &named).map(drop)
    }
    /// Makes the value of a key that is absent.
    fn __missing__(this: &DefaultDict, key: Value) -> Result<Object, Raised> {
        let factory = factory(this);
        if factory.is_none() {
            return Err(raise::key_error(key));
        }
        let value = call(factory.value(), &[])?;
        ops::set_item(value_of(this), key, value.value())?;
        Ok(value)
    }
    fn __repr__(this: &DefaultDict) -> Result<Object, Raised> {
        let me = value_of(this);
        let text = |v: Value| -> Result<String, Raised> { Ok(ops::repr(v)?.expect::<Str>().to_string_lossy()) };
        let factory = factory(this);
        // The factory may be a method of this very dict.
        let made = match ReprGuard::enter(factory.value()) {
            Some(_guard) => text(factory.value())?,
            None => "...".to_owned(),
        };
        let repr = kiln_object::attr::get_attr(Dict::class().as_value(), intern!("__repr__"))?;
        let items = call(repr.value(), &[me])?;
        let start = Str::new(&format!("{}({made}, ", me.class().plain_name()));
        let end = Str::new(")");
        Ok(Str::concat(&[
            start.expect::<Str>(),
            items.expect::<Str>(),
            end.expect::<Str>(),
        ]))
    }
    /// What makes the values of missing keys.
    #[getter]
    fn default_factory(this: &DefaultDict) -> Object {
        factory(this)
    }
    #[setter]
    fn set_default_factory(this: &DefaultDict, value: Option<Value>) {
        this.factory.set(value.map_or_else(Object::none, Value::to_object));
    }
    /// A defaultdict with the same keys, values and factory.
    fn copy(this: &DefaultDict) -> Result<Object, Raised> {
        copy(this)
    }
    fn __copy__(this: &DefaultDict) -> Result<Object, Raised> {
        copy(this)
    }
    fn __reduce__(this: &DefaultDict) -> Result<Object, Raised> {
        let me = value_of(this);
        let factory = factory(this);
        let args = if factory.is_none() {
            Tuple::empty()
        } else {
            Tuple::from_array([factory])
        };
        let items = call_method(me, intern!("items"), &[])?;
        Ok(Tuple::from_array([
            me.class().as_value().to_object(),
            args,
            Object::none(),
            Object::none(),
            ops::iter(items.value())?,
        ]))
    }
    fn __or__(this: &DefaultDict, value: Value) -> Result<Object, Raised> {
        if value.cast::<Dict>().is_none() {
            return Ok(Object::not_implemented());
        }
        let o = copy(this)?;
        merge(o.expect::<Dict>(), value)?;
        Ok(o)
    }
    fn __ror__(this: &DefaultDict, value: Value) -> Result<Object, Raised> {
        if value.cast::<Dict>().is_none() {
            return Ok(Object::not_implemented());
        }
        let me = value_of(this);
        let factory = factory(this);
        let o = call(me.class().as_value(), &[factory.value(), value])?;
        merge(o.expect::<Dict>(), me)?;
        Ok(o)
    }
    #[classmethod]
    fn __class_getitem__(cls: ClassRef, object: Value) -> Result<Object, Raised> {
        class_getitem(cls.as_value(), object)
    }
}

pub fn add_to(module: &Module) {
    let class = define::<DefaultDict>(
        "defaultdict",
        "collections",
        Some(Dict::class()),
        flags::BASETYPE,
        Methods::METHODS,
        Some("A dict that calls a factory for the values of missing keys."),
    );
    module.set("defaultdict", class.as_value().to_object());
}
