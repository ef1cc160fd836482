//! Collections without an interpreter: what native code alone can show. One test, since the runtime starts once.

use kiln_object::list::List;
use kiln_object::ops::{self, BinaryOp};
use kiln_object::set::{FrozenSet, Set};
use kiln_object::slice::Slice;
use kiln_object::str::Str;
use kiln_object::{Object, ObjectType, Value, raise};

fn ints(items: &[i64]) -> Object {
    List::from_vec(items.iter().map(|&i| Object::int(i)).collect())
}
fn text(v: Value) -> String {
    match ops::repr(v) {
        Ok(o) => o.expect::<Str>().to_string_lossy(),
        Err(r) => error(r),
    }
}
fn error(r: kiln_object::Raised) -> String {
    let e = raise::take(r);
    let args = e.expect::<kiln_object::exception::BaseException>().args_tuple();
    format!("{}{}", e.class().name(), text(args.value()))
}
fn method(o: &Object, name: &str, args: &[Value]) -> String {
    match kiln_object::call::call_method_str(o.value(), name, args) {
        Ok(o) => text(o.value()),
        Err(r) => error(r),
    }
}

#[test]
fn collections() {
    assert!(kiln_object::boot(kiln_text::hash::HashKey::default()));
    kiln_builtins::init();
    let builtins = kiln_builtins::builtins_module::create().ok();
    assert!(builtins.is_some());

    let l = ints(&[5, 3, 9, 1]);
    assert_eq!(method(&l, "sort", &[]), "None");
    assert_eq!(text(l.value()), "[1, 3, 5, 9]");
    let none = Object::none();
    let back = Slice::new(none.value(), none.value(), Object::int(-2).value());
    assert_eq!(method(&l, "__getitem__", &[back.value()]), "[9, 3]");
    assert_eq!(method(&l, "__delitem__", &[back.value()]), "None");
    assert_eq!(text(l.value()), "[1, 5]");
    l.expect::<List>().push(l.clone());
    assert_eq!(text(l.value()), "[1, 5, [...]]");
    drop(l.expect::<List>().pop());
    assert_eq!(
        method(&l, "index", &[Object::int(7).value()]),
        "ValueError('list.index(x): x not in list',)"
    );
    assert_eq!(
        method(&l, "pop", &[Object::int(7).value()]),
        "IndexError('pop index out of range',)"
    );

    // Mixed keys go through comparisons; what cannot be compared says so.
    let mixed = List::from_vec(vec![Object::float(2.5), Object::int(1), Object::float(0.5)]);
    assert_eq!(method(&mixed, "sort", &[]), "None");
    let many: Vec<i64> = (0..1000).map(|i| (i * 7919) % 1009).collect();
    let long = ints(&many);
    long.expect::<List>().push(Object::int(1 << 62));
    assert_eq!(method(&long, "sort", &[]), "None");
    let mut sorted = many;
    sorted.sort();
    assert_eq!(
        long.expect::<List>().borrow()[..1000],
        *ints(&sorted).expect::<List>().borrow()
    );

    let s = Set::new();
    for i in [5, 1, 3, 1] {
        assert!(s.expect::<Set>().add(Object::int(i).value()).is_ok());
    }
    assert_eq!(text(s.value()), "{1, 3, 5}");
    assert_eq!(method(&s, "union", &[l.value()]), "{1, 3, 5}");
    assert_eq!(method(&s, "difference", &[l.value()]), "{3}");
    let f = FrozenSet::from_values(&[Object::int(1).value(), Object::int(2).value()]).ok();
    let f = f.unwrap_or_else(Object::none);
    assert_eq!(ops::hash(f.value()).ok(), Some(-1_826_646_154_956_904_602));
    match ops::binary(BinaryOp::Or, f.value(), s.value()) {
        Ok(o) => assert_eq!(text(o.value()), "frozenset({1, 2, 3, 5})"),
        Err(r) => panic!("{}", error(r)),
    }

    let r = kiln_object::range::Range::new(Object::int(10), Object::int(0), Object::int(-3));
    assert_eq!(
        text(
            kiln_builtins::list::from_iterable(r.value())
                .unwrap_or_else(|_| Object::none())
                .value()
        ),
        "[10, 7, 4, 1]"
    );
    assert_eq!(method(&r, "__getitem__", &[back.value()]), "range(1, 13, 6)");

    let d = kiln_object::dict::Dict::new_object();
    d.expect::<kiln_object::dict::Dict>().set_str("a", &Object::int(1));
    let keys = kiln_object::call::call_method_str(d.value(), "keys", &[]).unwrap_or_else(|_| Object::none());
    assert_eq!(text(keys.value()), "dict_keys(['a'])");
    assert_eq!(text(d.value()), "{'a': 1}");
    assert_eq!(method(&keys, "__or__", &[l.value()]).len(), "{'a', 1, 5}".len());

    // Removed keys use up places of the index; adding others must not leave searches without an end.
    let d = kiln_object::dict::Dict::new_object();
    let numbers = d.expect::<kiln_object::dict::Dict>();
    for round in 0..20 {
        for i in 0..5 {
            assert!(numbers.set(Object::int(round * 5 + i).value(), none.value()).is_ok());
        }
        for i in 0..5 {
            assert!(matches!(
                numbers.remove(Object::int(round * 5 + i).value()),
                Ok(Some(_))
            ));
        }
        assert!(matches!(numbers.get(Object::int(-1).value()), Ok(None)));
    }
    for i in 0..100 {
        assert!(numbers.set(Object::int(i).value(), none.value()).is_ok());
    }
    for i in (0..100).rev() {
        assert_eq!(method(&d, "popitem", &[]), format!("({i}, None)"));
    }
    assert_eq!(text(d.value()), "{}");
    let _ = List::class();
}
