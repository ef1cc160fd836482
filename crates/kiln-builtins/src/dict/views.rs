//! The views that `keys`, `values` and `items` give: set operations and comparisons.

use super::iter::{What, new_iter};
use crate::descriptors::mapping_proxy::MappingProxy;
use crate::shared::{ReprGuard, buf_to_str, push_repr};
use kiln_macros::builtin_methods;
use kiln_object::call::call_method;
use kiln_object::dict::Dict;
use kiln_object::layout::{ObjectType, Slot, alloc, header};
use kiln_object::object_struct;
use kiln_object::ops::{self, CompareOp};
use kiln_object::set::{Set, table_of};
use kiln_object::tuple::Tuple;
use kiln_object::types::{define, flags};
use kiln_object::{Object, Raised, Value};
use kiln_text::TextBuf;

object_struct! { /** `dict.keys()`. */ pub struct DictKeys = "dict_keys", Container { pub dict: Slot } }
object_struct! { /** `dict.values()`. */ pub struct DictValues = "dict_values", Container { pub dict: Slot } }
object_struct! { /** `dict.items()`. */ pub struct DictItems = "dict_items", Container { pub dict: Slot } }

/// What the three views share.
pub trait View: ObjectType {
    const WHAT: What;
    fn dict_value(&self) -> Value;
}
macro_rules! view {
    ($name:ident $what:ident) => {
        impl View for $name {
            const WHAT: What = What::$what;
            fn dict_value(&self) -> Value {
                self.dict.value()
            }
        }
        impl $name {
            pub fn of(dict: Value) -> Object {
                alloc($name {
                    header: header::<$name>(),
                    dict: Slot::new(dict.to_object()),
                })
            }
        }
    };
}
view!(DictKeys Keys);
view!(DictValues Values);
view!(DictItems Items);

fn dict_of<V: View>(v: &V) -> Object {
    v.dict_value().to_object()
}

fn repr<V: View>(me: Value, view: &V) -> Result<Object, Raised> {
    let Some(_guard) = ReprGuard::enter(me) else {
        return Ok(kiln_object::str::Str::new("..."));
    };
    let mut out = TextBuf::with_capacity(32);
    out.push_str(V::NAME);
    out.push_ascii(b"([");
    let dict = dict_of(view);
    let d = dict.expect::<Dict>();
    let (mut at, mut first) = (0, true);
    while let Some((n, e)) = d.next_entry(at) {
        at = n + 1;
        let (key, value) = (e.key.to_object(), e.value.to_object());
        if !first {
            out.push_ascii(b", ");
        }
        first = false;
        match V::WHAT {
            What::Keys => push_repr(&mut out, key.value())?,
            What::Values => push_repr(&mut out, value.value())?,
            What::Items => {
                out.push_ascii(b"(");
                push_repr(&mut out, key.value())?;
                out.push_ascii(b", ");
                push_repr(&mut out, value.value())?;
                out.push_ascii(b")");
            }
        }
    }
    out.push_ascii(b"])");
    Ok(buf_to_str(&out))
}

fn contains_item(dict: Value, item: Value) -> Result<bool, Raised> {
    let Some(t) = item.cast::<Tuple>().filter(|t| t.len() == 2) else {
        return Ok(false);
    };
    match dict.expect::<Dict>().get(t.items()[0])? {
        Some(found) => ops::is_equal(found.value(), t.items()[1]),
        None => Ok(false),
    }
}

/// Whether `v` counts as a set where views are compared and combined.
fn is_set_like(v: Value) -> bool {
    table_of(&v).is_some() || v.cast::<DictKeys>().is_some() || v.cast::<DictItems>().is_some()
}
/// Whether every item of `small` is in `large`.
fn all_in(small: Value, large: Value) -> Result<bool, Raised> {
    let it = ops::iter(small)?;
    while let Some(x) = ops::next(it.value())? {
        if !ops::contains(large, x.value())? {
            return Ok(false);
        }
    }
    Ok(true)
}
fn compare(op: CompareOp, a: Value, b: Value) -> Result<Object, Raised> {
    if !is_set_like(b) {
        return Ok(Object::not_implemented());
    }
    let (m, n) = (ops::len(a)?, ops::len(b)?);
    let holds = match op {
        CompareOp::Eq => m == n && all_in(a, b)?,
        CompareOp::Ne => !(m == n && all_in(a, b)?),
        CompareOp::Lt => m < n && all_in(a, b)?,
        CompareOp::Le => m <= n && all_in(a, b)?,
        CompareOp::Gt => m > n && all_in(b, a)?,
        CompareOp::Ge => m >= n && all_in(b, a)?,
    };
    Ok(Object::bool(holds))
}

/// A new set with the items of `a`, on which the method `name` is called with `b`.
fn through_set(a: Value, name: &str, b: Value) -> Result<Object, Raised> {
    let keys = a.cast::<DictKeys>().map(DictKeys::dict_value);
    let set = crate::set::from_iterable(keys.filter(|d| d.is_exact::<Dict>()).unwrap_or(a))?;
    drop(kiln_object::call::call_method_str(set.value(), name, &[b])?);
    Ok(set)
}
fn intersection(a: Value, b: Value) -> Result<Object, Raised> {
    // The view is the right operand where only that one is a view.
    let (a, b) = if is_set_like(a) { (a, b) } else { (b, a) };
    let (a, b) = if is_set_like(b) && table_of(&b).is_none() && ops::len(b)? > ops::len(a)? {
        (b, a)
    } else {
        (a, b)
    };
    if let Some(t) = table_of(&b)
        && t.len() >= ops::len(a)?
        && b.class().special(kiln_object::Special::Iter)
            == kiln_object::set::Set::class().special(kiln_object::Special::Iter)
    {
        return call_method(b, kiln_object::intern!("intersection"), &[a]);
    }
    let out = Set::new();
    let it = ops::iter(b)?;
    while let Some(x) = ops::next(it.value())? {
        if ops::contains(a, x.value())? {
            out.expect::<Set>().add(x.value())?;
        }
    }
    Ok(out)
}

macro_rules! set_like {
    ($view:ident $methods:ident $python:ident $table:ident) => {
        struct $methods;
        #[builtin_methods($python)]
        impl $methods {
            fn __len__(this: &$view) -> usize {
                this.dict_value().expect::<Dict>().len()
            }
            fn __iter__(this: &$view) -> Object {
                new_iter(this.dict_value(), $view::WHAT, false)
            }
            fn __reversed__(this: &$view) -> Object {
                new_iter(this.dict_value(), $view::WHAT, true)
            }
            fn __repr__(this: &$view) -> Result<Object, Raised> {
                repr(Value::from_ptr(&this.header), this)
            }
            /// A read-only view of the dict behind.
            #[getter]
            fn mapping(this: &$view) -> Object {
                MappingProxy::new_object(this.dict_value().to_object())
            }
        }
    };
}
macro_rules! set_operations {
    ($view:ident $methods:ident $python:ident) => {
        struct $methods;
        #[builtin_methods($python)]
        impl $methods {
            fn __eq__(this: Value, value: Value) -> Result<Object, Raised> {
                compare(CompareOp::Eq, this, value)
            }
            fn __ne__(this: Value, value: Value) -> Result<Object, Raised> {
                compare(CompareOp::Ne, this, value)
            }
            fn __lt__(this: Value, value: Value) -> Result<Object, Raised> {
                compare(CompareOp::Lt, this, value)
            }
            fn __le__(this: Value, value: Value) -> Result<Object, Raised> {
                compare(CompareOp::Le, this, value)
            }
            fn __gt__(this: Value, value: Value) -> Result<Object, Raised> {
                compare(CompareOp::Gt, this, value)
            }
            fn __ge__(this: Value, value: Value) -> Result<Object, Raised> {
                compare(CompareOp::Ge, this, value)
            }
            fn __and__(this: Value, value: Value) -> Result<Object, Raised> {
                intersection(this, value)
            }
            fn __rand__(this: Value, value: Value) -> Result<Object, Raised> {
                intersection(value, this)
            }
            fn __or__(this: Value, value: Value) -> Result<Object, Raised> {
                through_set(this, "update", value)
            }
            fn __ror__(this: Value, value: Value) -> Result<Object, Raised> {
                through_set(value, "update", this)
            }
            fn __sub__(this: Value, value: Value) -> Result<Object, Raised> {
                through_set(this, "difference_update", value)
            }
            fn __rsub__(this: Value, value: Value) -> Result<Object, Raised> {
                through_set(value, "difference_update", this)
            }
            fn __xor__(this: Value, value: Value) -> Result<Object, Raised> {
                through_set(this, "symmetric_difference_update", value)
            }
            fn __rxor__(this: Value, value: Value) -> Result<Object, Raised> {
                through_set(value, "symmetric_difference_update", this)
            }
            fn __contains__(this: &$view, key: Value) -> Result<bool, Raised> {
                match $view::WHAT {
                    What::Items => contains_item(this.dict_value(), key),
                    _ => this.dict_value().expect::<Dict>().contains(key),
                }
            }
            /// Whether the view and `other` have no item in common.
            fn isdisjoint(this: Value, other: Value) -> Result<bool, Raised> {
                if this == other {
                    return Ok(ops::len(this)? == 0);
                }
                let (mut a, mut b) = (this, other);
                if is_set_like(other) && ops::len(other)? > ops::len(this)? {
                    std::mem::swap(&mut a, &mut b);
                }
                let it = ops::iter(b)?;
                while let Some(x) = ops::next(it.value())? {
                    if ops::contains(a, x.value())? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
        }
    };
}
set_like!(DictKeys KeysMethods dict_keys METHODS);
set_like!(DictValues ValuesMethods dict_values METHODS);
set_like!(DictItems ItemsMethods dict_items METHODS);
set_operations!(DictKeys KeysOperations dict_keys);
set_operations!(DictItems ItemsOperations dict_items);

pub fn init() {
    let none = Object::none();
    let keys = define::<DictKeys>("dict_keys", "builtins", None, flags::NO_NEW, KeysMethods::METHODS, None);
    keys.add_methods(KeysOperations::METHODS);
    keys.set_attr(kiln_object::intern!("__hash__"), none.value());
    let items = define::<DictItems>(
        "dict_items",
        "builtins",
        None,
        flags::NO_NEW,
        ItemsMethods::METHODS,
        None,
    );
    items.add_methods(ItemsOperations::METHODS);
    items.set_attr(kiln_object::intern!("__hash__"), none.value());
    define::<DictValues>(
        "dict_values",
        "builtins",
        None,
        flags::NO_NEW,
        ValuesMethods::METHODS,
        None,
    );
}
