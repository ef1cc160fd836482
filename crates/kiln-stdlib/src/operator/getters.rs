//! `itemgetter`, `attrgetter`, `methodcaller`.

use kiln_builtins::shared::reduce;
use kiln_macros::builtin_methods;
use kiln_object::args::{Keywords, Rest};
use kiln_object::attr::{get_attr, get_attr_str, intern_name};
use kiln_object::call::{call_keywords, call_method};
use kiln_object::dict::Dict;
use kiln_object::layout::{Slot, alloc_instance, header};
use kiln_object::module::Module;
use kiln_object::object_struct;
use kiln_object::ops;
use kiln_object::str::Str;
use kiln_object::tuple::Tuple;
use kiln_object::types::{ClassRef, Type, define};
use kiln_object::{IntoObject, Object, Raised, Value};

object_struct! {
    /// `itemgetter(*items)`.
    struct ItemGetter = "itemgetter", Container { items: Slot }
}
object_struct! {
    /// `attrgetter(*names)`: the names as given, and each split at the dots into a tuple of interned ones.
    struct AttrGetter = "attrgetter", Container { names: Slot, paths: Slot }
}
object_struct! {
    /// `methodcaller(name, *args, **kwargs)`.
    struct MethodCaller = "methodcaller", Container { name: Slot, args: Slot, kwargs: Slot }
}

struct ItemGetterMethods;
struct AttrGetterMethods;
struct MethodCallerMethods;

fn one_argument<'a>(name: &str, args: &'a [Value], kwargs: Keywords<'_>) -> Result<&'a Value, Raised> {
    if !kwargs.is_empty() {
        return Err(kiln_object::raise!(TypeError, "{name}() takes no keyword arguments"));
    }
    match args {
        [one] => Ok(one),
        _ => Err(kiln_object::raise!(
            TypeError,
            "{name} expected 1 argument, got {}",
            args.len()
        )),
    }
}
fn at_least_one(name: &str, args: &[Value], kwargs: Keywords<'_>) -> Result<(), Raised> {
    if !kwargs.is_empty() {
        return Err(kiln_object::raise!(TypeError, "{name}() takes no keyword arguments"));
    }
    if args.is_empty() {
        return Err(kiln_object::raise!(TypeError, "{name} expected 1 argument, got 0"));
    }
    Ok(())
}
fn text(v: Value) -> Result<String, Raised> {
    Ok(ops::repr(v)?.expect::<Str>().to_string_lossy())
}
/// `operator.name(...)`, with an ellipsis where the object is inside itself.
fn shown(this: Value, parts: impl FnOnce() -> Result<Vec<String>, Raised>) -> Result<Object, Raised> {
    let name = this.class().plain_name();
    let Some(_guard) = kiln_builtins::shared::ReprGuard::enter(this) else {
        return Ok(format!("operator.{name}(...)").into_object());
    };
    let parts = parts()?;
    Ok(format!("operator.{name}({})", parts.join(", ")).into_object())
}
fn class_of(header: &kiln_object::Header) -> Object {
    header.class().as_value().to_object()
}

#[builtin_methods(itemgetter)]
impl ItemGetterMethods {
    #[new]
    #[signature = "(item, /, *items)"]
    fn new(cls: ClassRef, items: Rest<'_>, kwargs: Keywords<'_>) -> Result<Object, Raised> {
        at_least_one("itemgetter", items, kwargs)?;
        Ok(alloc_instance(
            cls.0,
            ItemGetter {
                header: header::<ItemGetter>(),
                items: Slot::new(Tuple::from_values(items)),
            },
        ))
    }
    #[signature = "($self, /, *args, **kwargs)"]
    fn __call__(this: &ItemGetter, args: Rest<'_>, kwargs: Keywords<'_>) -> Result<Object, Raised> {
        let object = *one_argument("itemgetter", args, kwargs)?;
        let items = this.items.value().to_object();
        match items.expect::<Tuple>().items() {
            [one] => ops::get_item(object, *one),
            all => {
                let mut found = Vec::with_capacity(all.len());
                for &item in all {
                    found.push(ops::get_item(object, item)?);
                }
                Ok(Tuple::from_vec(found))
            }
        }
    }
    fn __repr__(this: &ItemGetter) -> Result<Object, Raised> {
        shown(Value::from_ptr(&this.header), || {
            let items = this.items.value().to_object();
            items.expect::<Tuple>().items().iter().map(|v| text(*v)).collect()
        })
    }
    fn __reduce__(this: &ItemGetter) -> Object {
        Tuple::from_array([class_of(&this.header), this.items.value().to_object()])
    }
}

#[builtin_methods(attrgetter)]
impl AttrGetterMethods {
    #[new]
    #[signature = "(attr, /, *attrs)"]
    fn new(cls: ClassRef, names: Rest<'_>, kwargs: Keywords<'_>) -> Result<Object, Raised> {
        at_least_one("attrgetter", names, kwargs)?;
        let mut paths = Vec::with_capacity(names.len());
        for &name in names {
            let Some(s) = name.cast::<Str>() else {
                return Err(kiln_object::raise!(TypeError, "attribute name must be a string"));
            };
            let dot = Str::new(".");
            let parts = s.text().split(dot.expect::<Str>().text(), -1);
            let parts = parts
                .into_iter()
                .map(|range| intern_name(Str::from_text(s.text().slice(range.0, range.1)).value()))
                .collect::<Result<Vec<Object>, Raised>>()?;
            paths.push(Tuple::from_vec(parts));
        }
        Ok(alloc_instance(
            cls.0,
            AttrGetter {
                header: header::<AttrGetter>(),
                names: Slot::new(Tuple::from_values(names)),
                paths: Slot::new(Tuple::from_vec(paths)),
            },
        ))
    }
    #[signature = "($self, /, *args, **kwargs)"]
    fn __call__(this: &AttrGetter, args: Rest<'_>, kwargs: Keywords<'_>) -> Result<Object, Raised> {
        let object = *one_argument("attrgetter", args, kwargs)?;
        let paths = this.paths.value().to_object();
        let follow = |path: Value| -> Result<Object, Raised> {
            let mut at = object.to_object();
            for &name in path.expect::<Tuple>().items() {
                at = get_attr(at.value(), name)?;
            }
            Ok(at)
        };
        match paths.expect::<Tuple>().items() {
            [one] => follow(*one),
            all => {
                let mut found = Vec::with_capacity(all.len());
                for &path in all {
                    found.push(follow(path)?);
                }
                Ok(Tuple::from_vec(found))
            }
        }
    }
    fn __repr__(this: &AttrGetter) -> Result<Object, Raised> {
        shown(Value::from_ptr(&this.header), || {
            let names = this.names.value().to_object();
            names.expect::<Tuple>().items().iter().map(|v| text(*v)).collect()
        })
    }
    fn __reduce__(this: &AttrGetter) -> Object {
        Tuple::from_array([class_of(&this.header), this.names.value().to_object()])
    }
}

#[builtin_methods(methodcaller)]
impl MethodCallerMethods {
    #[new]
    #[signature = "(name, /, *args, **kwargs)"]
    fn new(cls: ClassRef, args: Rest<'_>, kwargs: Keywords<'_>) -> Result<Object, Raised> {
        let Some((&name, rest)) = args.split_first() else {
            return Err(kiln_object::raise!(
                TypeError,
                "methodcaller needs at least one argument, the method name"
            ));
        };
        if name.cast::<Str>().is_none() {
            return Err(kiln_object::raise!(TypeError, "method name must be a string"));
        }
        let dict = Dict::new_object();
        for (key, value) in kwargs.iter() {
            dict.expect::<Dict>().set(key, value)?;
        }
        Ok(alloc_instance(
            cls.0,
            MethodCaller {
                header: header::<MethodCaller>(),
                name: Slot::new(intern_name(name)?),
                args: Slot::new(Tuple::from_values(rest)),
                kwargs: Slot::new(dict),
            },
        ))
    }
    #[signature = "($self, /, *args, **kwargs)"]
    fn __call__(this: &MethodCaller, args: Rest<'_>, kwargs: Keywords<'_>) -> Result<Object, Raised> {
        let object = *one_argument("methodcaller", args, kwargs)?;
        let (name, args) = (this.name.value().to_object(), this.args.value().to_object());
        let named = this.kwargs.value().expect::<Dict>().snapshot();
        let args = args.expect::<Tuple>().items();
        if named.is_empty() {
            return call_method(object, name.value(), args);
        }
        let method = get_attr(object, name.value())?;
        let named: Vec<(Value, Value)> = named.iter().map(|(k, v)| (k.value(), v.value())).collect();
        call_keywords(method.value(), args, &named)
    }
    fn __repr__(this: &MethodCaller) -> Result<Object, Raised> {
        shown(Value::from_ptr(&this.header), || {
            let mut parts = vec![text(this.name.value())?];
            let args = this.args.value().to_object();
            for &v in args.expect::<Tuple>().items() {
                parts.push(text(v)?);
            }
            for (key, value) in this.kwargs.value().expect::<Dict>().snapshot() {
                parts.push(format!("{}={}", key.expect::<Str>().to_string_lossy(), text(value.value())?));
            }
            Ok(parts)
        })
    }
    fn __reduce__(this: &MethodCaller) -> Result<Object, Raised> {
        let named = this.kwargs.value().expect::<Dict>().snapshot();
        let mut args = vec![this.name.value().to_object()];
        let given = this.args.value().to_object();
        if named.is_empty() {
            args.extend(given.expect::<Tuple>().items().iter().map(|v| v.to_object()));
            return Ok(reduce(class_of(&this.header), args, None));
        }
        let functools = kiln_builtins::builtins_module::import("functools")?;
        let partial = get_attr_str(functools.value(), "partial")?;
        let class = class_of(&this.header);
        let named: Vec<(Value, Value)> = named.iter().map(|(k, v)| (k.value(), v.value())).collect();
        let made = call_keywords(partial.value(), &[class.value(), args[0].value()], &named)?;
        Ok(Tuple::from_array([made, given]))
    }
}

/// Makes the classes and puts them into the module.
pub fn add_to(module: &Module) {
    let add = |class: &'static Type| module.set(&class.plain_name(), class.as_value().to_object());
    add(define::<ItemGetter>(
        "itemgetter",
        "operator",
        None,
        0,
        ItemGetterMethods::METHODS,
        Some("A callable that fetches items from its argument."),
    ));
    add(define::<AttrGetter>(
        "attrgetter",
        "operator",
        None,
        0,
        AttrGetterMethods::METHODS,
        Some("A callable that fetches attributes from its argument."),
    ));
    add(define::<MethodCaller>(
        "methodcaller",
        "operator",
        None,
        0,
        MethodCallerMethods::METHODS,
        Some("A callable that calls a method of its argument."),
    ));
}
