//! Boots the runtime without an interpreter and does with classes and exceptions what needs no Python code.

use kiln_builtins::class::instantiate;
use kiln_object::str::Str;
use kiln_object::tuple::Tuple;
use kiln_object::{Object, ObjectType, Type, Value, attr, call, dict::Dict, exc, ops, raise, types};

fn repr(v: Value) -> String {
    ops::repr_lossy(v)
}
fn class(name: &str, bases: Vec<Value>, members: &[(&str, Object)]) -> Result<Object, String> {
    let d = Dict::new_object();
    for (k, v) in members {
        d.expect::<Dict>().set_str(k, v);
    }
    let (n, b) = (Str::new(name), Tuple::from_values(&bases));
    instantiate(types::type_type().as_value(), &[n.value(), b.value(), d.value()], &[]).map_err(message)
}
fn message(r: kiln_object::Raised) -> String {
    let e = raise::take(r);
    format!(
        "{}: {}",
        e.class().name(),
        kiln_builtins::support::to_text(e.value()).unwrap_or_default()
    )
}

#[test]
fn classes_and_exceptions() {
    kiln_object::boot(kiln_text::hash::HashKey { k0: 1, k1: 2 });
    kiln_builtins::init();
    let builtins = kiln_builtins::builtins_module::create().expect("builtins");
    assert_eq!(repr(types::int_type().as_value()), "<class 'int'>");
    let len = attr::get_attr_str(types::object_type().as_value(), "__init__").expect("init");
    assert_eq!(repr(len.value()), "<slot wrapper '__init__' of 'object' objects>");

    let a = class("A", vec![], &[("__module__", Str::new("m"))]).expect("A");
    assert_eq!(repr(a.value()), "<class 'm.A'>");
    let o = call::call(a.value(), &[]).expect("instance");
    assert!(repr(o.value()).starts_with("<m.A object at 0x"));
    attr::set_attr_str(o.value(), "x", Value::int_unchecked(3)).expect("set");
    assert_eq!(
        attr::get_attr_str(o.value(), "x").expect("x").value(),
        Value::int_unchecked(3)
    );
    let b = class("B", vec![a.value()], &[("__slots__", Str::new("y"))]).expect("B");
    assert_eq!(
        class("C", vec![a.value(), b.value()], &[]).expect_err("order"),
        "TypeError: Cannot create a consistent method resolution order (MRO) for bases A, B"
    );
    assert_eq!(
        call::call(a.value(), &[Value::ZERO])
            .map_err(message)
            .expect_err("arguments"),
        "TypeError: A() takes no arguments"
    );
    let y = call::call(b.value(), &[]).expect("instance");
    assert_eq!(
        attr::get_attr_str(y.value(), "y").map_err(message).expect_err("unset"),
        "AttributeError: 'B' object has no attribute 'y'"
    );
    // A class that dies leaves its base's list.
    drop((y, b));
    kiln_object::gc::collect();
    let subclasses = call::call_method_str(a.value(), "__subclasses__", &[]).expect("list");
    assert_eq!(ops::len(subclasses.value()).expect("length"), 0);

    let os = exc::OSError.get().as_value();
    let (number, text) = (Value::int_unchecked(2), Str::new("gone"));
    let e = call::call(os, &[number, text.value(), Str::new("f").value()]).expect("error");
    assert_eq!(e.class().name(), "FileNotFoundError");
    let group = attr::get_attr_str(builtins.value(), "ExceptionGroup").expect("class");
    let list = kiln_object::list::List::from_vec(vec![e.clone()]);
    let g = call::call(group.value(), &[text.value(), list.value()]).expect("group");
    let (rest, found) = kiln_builtins::exceptions::group::match_star(g.value(), os).expect("split");
    assert!(rest.is_none() && found.is_some());
    assert!(Type::class().has(types::flags::PLAIN_GETATTR));
}
