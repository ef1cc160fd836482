//! Small things that several folders need: names and addresses for texts, imports, callers' errors.

use kiln_object::dict::Dict;
use kiln_object::str::Str;
use kiln_object::types::flags;
use kiln_object::{Object, ObjectType, Raised, Type, Value, attr, call, raise};

/// The text of a str, for messages and names.
pub fn text(v: Value) -> String {
    v.cast::<Str>()
        .map_or_else(|| kiln_object::ops::repr_lossy(v), Str::to_string_lossy)
}
/// `repr(v)` as a Rust string.
pub fn repr(v: Value) -> Result<String, Raised> {
    kiln_object::ops::repr(v).map(|s| text(s.value()))
}
/// `str(v)` as a Rust string.
pub fn to_text(v: Value) -> Result<String, Raised> {
    kiln_object::ops::to_str(v).map(|s| text(s.value()))
}
/// What `id()` says. Ints and floats that are words get numbers that no address has.
pub fn identity(v: Value) -> i128 {
    if v.is_ptr() {
        (v.0 - 1) as i128
    } else if Value::is_int(v) {
        i128::from(v.0) << 1 | 1
    } else {
        i128::from(v.0)
    }
}
/// An object's address as reprs show it.
pub fn address(v: Value) -> String {
    format!("{:#x}", identity(v))
}
/// `class.__module__` as reprs use it: `None` where it is no str.
pub fn class_module(class: &Type) -> Option<String> {
    if class.is_heap_type() {
        let m = class.dict().get_interned(kiln_object::intern!("__module__"))?;
        return m.cast::<Str>().map(Str::to_string_lossy);
    }
    Some(
        class
            .dict()
            .get_interned(kiln_object::intern!("__module__"))
            .and_then(|m| m.cast::<Str>().map(Str::to_string_lossy))
            .unwrap_or_else(|| "builtins".to_owned()),
    )
}
/// `module.qualname`, or the qualified name alone for built-in classes.
pub fn full_name(class: &Type) -> String {
    match class_module(class) {
        Some(m) if m != "builtins" => format!("{m}.{}", class.qualified_name()),
        _ => class.qualified_name(),
    }
}
/// Imports a module by its dotted name, through `builtins.__import__`.
pub fn import(name: &str) -> Result<Object, Raised> {
    crate::builtins_module::import(name)
}
/// An attribute of a module, imported by name.
pub fn import_from(module: &str, name: &str) -> Result<Object, Raised> {
    if module == "builtins" {
        return crate::builtins_module::lookup(name);
    }
    let m = import(module)?;
    attr::get_attr_str(m.value(), name)
}
/// Whether the special method of `class` is the one that `base` has.
pub fn same_special(class: &Type, base: &Type, s: kiln_object::Special) -> bool {
    class.special(s) == base.special(s)
}
/// A tuple.
pub fn tuple(items: Vec<Object>) -> Object {
    kiln_object::tuple::Tuple::from_vec(items)
}
/// Whether `v` is a class.
pub fn is_class(v: Value) -> bool {
    v.is_ptr() && v.class().has(flags::TYPE_SUBCLASS)
}
/// A keyword argument list as owned pairs in a new dict.
pub fn keywords_dict(keywords: impl Iterator<Item = (Value, Value)>) -> Result<Object, Raised> {
    let o = Dict::new_object();
    for (k, v) in keywords {
        o.expect::<Dict>().set(k, v)?;
    }
    Ok(o)
}
/// `object.name(*args)` if the object has that attribute.
pub fn call_if_present(object: Value, name: &str, args: &[Value]) -> Result<Option<Object>, Raised> {
    match attr::find_attr_str(object, name)? {
        Some(f) => call::call(f.value(), args).map(Some),
        None => Ok(None),
    }
}
/// `AttributeError: readonly attribute`, as C members say it.
pub fn readonly() -> Raised {
    raise::with_message(&kiln_object::exc::AttributeError, "readonly attribute")
}
/// Defines a class's methods and documentation where the class exists since start.
pub fn methods<T: ObjectType>(defs: &'static [kiln_object::NativeDef], doc: &str) {
    let class = T::class();
    class.add_methods(defs);
    // Instances of some classes have documentation of their own, by an attribute of this name.
    if !doc.is_empty() && !defs.iter().any(|d| d.name == "__doc__") {
        class.dict().set_str("__doc__", &Str::new(doc));
    }
}
