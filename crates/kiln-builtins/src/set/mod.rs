//! `set` and `frozenset`: methods, operators and the iterator.

mod iter;
mod operations;

use crate::shared::{ReprGuard, buf_to_str, one_optional, push_repr};
use kiln_macros::builtin_methods;
use kiln_object::args::{Keywords, Rest};
use kiln_object::dict::Dict;
use kiln_object::layout::ObjectType;
use kiln_object::ops::{self, CompareOp};
use kiln_object::set::{FrozenSet, Set, SetTable, table_of};
use kiln_object::types::{ClassRef, Type, define, flags};
use kiln_object::{IntoObject, Object, Raised, Value, raise};
use kiln_text::TextBuf;

pub use iter::SetIter;

/// The methods' name spaces.
pub struct SetMethods;
pub struct FrozenSetMethods;

/// The table behind a set or frozenset; receivers are checked before.
fn table(v: &Value) -> &SetTable {
    match table_of(v) {
        Some(t) => t,
        None => kiln_object::bug!("no set: {v:?}"),
    }
}
fn is_any_set(v: Value) -> bool {
    table_of(&v).is_some()
}

/// A new exact set of an iterable's items.
pub fn from_iterable(v: Value) -> Result<Object, Raised> {
    let o = Set::new();
    update(&o.expect::<Set>().table, v)?;
    Ok(o)
}

/// Adds the items of an iterable.
pub fn update(this: &SetTable, source: Value) -> Result<(), Raised> {
    if let Some(other) = table_of(&source) {
        return this.merge(other);
    }
    if let Some(d) = source.exact::<Dict>() {
        let n = d.len();
        this.reserve_merge(n)?;
        let mut at = 0;
        while let Some((i, e)) = d.next_entry(at) {
            at = i + 1;
            let key = e.key.to_object();
            this.add_hashed(key.value(), e.hash)?;
        }
        return Ok(());
    }
    ops::for_each(source, |x| this.add(x.value()).map(drop))
}

/// A set of the class of `like`, set or frozenset, without subclasses.
fn new_like(like: Value) -> Object {
    if like.cast::<Set>().is_some() {
        Set::new()
    } else {
        FrozenSet::of_class(FrozenSet::class())
    }
}
fn copy_of(v: Value) -> Result<Object, Raised> {
    let o = new_like(v);
    table(&o).merge(table(&v))?;
    Ok(o)
}

/// Looks a key up for `in`, `remove` and `discard`: a set stands for the frozenset with its items.
fn with_key<T>(key: Value, mut f: impl FnMut(Value) -> Result<T, Raised>) -> Result<T, Raised> {
    match f(key) {
        Ok(found) => Ok(found),
        Err(r) if key.cast::<Set>().is_some() => {
            drop(raise::catch(r, &kiln_object::exc::TypeError)?);
            let frozen = FrozenSet::of_class(FrozenSet::class());
            table(&frozen).merge(table(&key))?;
            f(frozen.value())
        }
        Err(r) => Err(r),
    }
}

fn repr(v: Value) -> Result<Object, Raised> {
    let class = v.class();
    let t = table(&v);
    let Some(_guard) = ReprGuard::enter(v) else {
        return Ok(format!("{}(...)", class.plain_name()).into_object());
    };
    if t.is_empty() {
        return Ok(format!("{}()", class.plain_name()).into_object());
    }
    let braces_only = std::ptr::eq(class, Set::class());
    let mut out = TextBuf::with_capacity(2 + 4 * t.len());
    if !braces_only {
        out.push_str(&class.plain_name());
        out.push_ascii(b"(");
    }
    out.push_ascii(b"{");
    for (i, (_, key)) in t.snapshot().into_iter().enumerate() {
        if i > 0 {
            out.push_ascii(b", ");
        }
        push_repr(&mut out, key.value())?;
    }
    out.push_ascii(if braces_only { b"}" } else { b"})" });
    Ok(buf_to_str(&out))
}

macro_rules! shared_methods {
    ($owner:ident $name:ident $struct:ident) => {
        #[builtin_methods($name, SHARED)]
        impl $owner {
            fn __repr__(this: &$struct) -> Result<Object, Raised> {
                repr(Value::from_ptr(&this.header))
            }
            fn __len__(this: &$struct) -> usize {
                this.table.len()
            }
            fn __iter__(this: &$struct) -> Object {
                SetIter::new(Value::from_ptr(&this.header))
            }
            fn __contains__(this: &$struct, key: Value) -> Result<bool, Raised> {
                with_key(key, |key| this.table.contains(key))
            }
            fn __eq__(this: &$struct, value: Value) -> Result<Object, Raised> {
                operations::compare(CompareOp::Eq, Value::from_ptr(&this.header), value)
            }
            fn __ne__(this: &$struct, value: Value) -> Result<Object, Raised> {
                operations::compare(CompareOp::Ne, Value::from_ptr(&this.header), value)
            }
            fn __lt__(this: &$struct, value: Value) -> Result<Object, Raised> {
                operations::compare(CompareOp::Lt, Value::from_ptr(&this.header), value)
            }
            fn __le__(this: &$struct, value: Value) -> Result<Object, Raised> {
                operations::compare(CompareOp::Le, Value::from_ptr(&this.header), value)
            }
            fn __gt__(this: &$struct, value: Value) -> Result<Object, Raised> {
                operations::compare(CompareOp::Gt, Value::from_ptr(&this.header), value)
            }
            fn __ge__(this: &$struct, value: Value) -> Result<Object, Raised> {
                operations::compare(CompareOp::Ge, Value::from_ptr(&this.header), value)
            }
            fn __and__(this: Value, value: Value) -> Result<Object, Raised> {
                operations::binary(this, value, operations::intersection)
            }
            fn __rand__(this: Value, value: Value) -> Result<Object, Raised> {
                operations::binary(value, this, operations::intersection)
            }
            fn __or__(this: Value, value: Value) -> Result<Object, Raised> {
                operations::binary(this, value, operations::union)
            }
            fn __ror__(this: Value, value: Value) -> Result<Object, Raised> {
                operations::binary(value, this, operations::union)
            }
            fn __sub__(this: Value, value: Value) -> Result<Object, Raised> {
                operations::binary(this, value, operations::difference)
            }
            fn __rsub__(this: Value, value: Value) -> Result<Object, Raised> {
                operations::binary(value, this, operations::difference)
            }
            fn __xor__(this: Value, value: Value) -> Result<Object, Raised> {
                operations::binary(this, value, operations::symmetric_difference)
            }
            fn __rxor__(this: Value, value: Value) -> Result<Object, Raised> {
                operations::binary(value, this, operations::symmetric_difference)
            }
            /// A new set of the items of this one and of all `others`.
            fn union(this: &$struct, others: Rest<'_>) -> Result<Object, Raised> {
                let o = copy_of(Value::from_ptr(&this.header))?;
                for &other in others {
                    update(table(&o), other)?;
                }
                Ok(o)
            }
            /// A new set of the items that this one and all `others` have in common.
            fn intersection(this: &$struct, others: Rest<'_>) -> Result<Object, Raised> {
                operations::intersection_all(Value::from_ptr(&this.header), others)
            }
            /// A new set of the items that are in none of `others`.
            fn difference(this: &$struct, others: Rest<'_>) -> Result<Object, Raised> {
                let me = Value::from_ptr(&this.header);
                let Some((&first, rest)) = others.split_first() else {
                    return copy_of(me);
                };
                let o = operations::difference(me, first)?;
                for &other in rest {
                    operations::difference_update(&o, other)?;
                }
                Ok(o)
            }
            /// A new set of the items that are in this one or in `other`, but not in both.
            fn symmetric_difference(this: &$struct, other: Value) -> Result<Object, Raised> {
                operations::symmetric_difference(Value::from_ptr(&this.header), other)
            }
            /// Whether this set and `other` have no item in common.
            fn isdisjoint(this: &$struct, other: Value) -> Result<bool, Raised> {
                operations::is_disjoint(Value::from_ptr(&this.header), other)
            }
            /// Whether every item is in `other`.
            fn issubset(this: &$struct, other: Value) -> Result<bool, Raised> {
                operations::is_subset(Value::from_ptr(&this.header), other)
            }
            /// Whether every item of `other` is in this set.
            fn issuperset(this: &$struct, other: Value) -> Result<bool, Raised> {
                operations::is_superset(Value::from_ptr(&this.header), other)
            }
            fn __reduce__(this: &$struct) -> Result<Object, Raised> {
                let me = Value::from_ptr(&this.header);
                let keys =
                    kiln_object::list::List::from_vec(this.table.snapshot().into_iter().map(|(_, key)| key).collect());
                let state = kiln_object::call::call_method_str(me, "__getstate__", &[])?;
                Ok(crate::shared::reduce(
                    me.class().as_value().to_object(),
                    vec![keys],
                    Some(state),
                ))
            }
            fn __sizeof__(this: &$struct) -> usize {
                200 + this.table.byte_size()
            }
            #[classmethod]
            fn __class_getitem__(cls: ClassRef, object: Value) -> Result<Object, Raised> {
                crate::shared::class_getitem(cls.as_value(), object)
            }
        }
    };
}
shared_methods!(SetMethods set Set);
shared_methods!(FrozenSetMethods frozenset FrozenSet);

#[builtin_methods(set)]
impl SetMethods {
    #[new]
    #[signature = "(*args, **kwargs)"]
    fn new(cls: ClassRef, _args: Rest<'_>, _kwargs: Keywords<'_>) -> Object {
        Set::of_class(cls.0)
    }
    #[signature = "($self, /, *args, **kwargs)"]
    fn __init__(this: &Set, args: Rest<'_>, kwargs: Keywords<'_>) -> Result<(), Raised> {
        let iterable = one_optional("set", true, args, kwargs)?;
        this.table.clear();
        match iterable {
            Some(v) => update(&this.table, *v),
            None => Ok(()),
        }
    }
    /// Adds an item.
    fn add(this: &Set, object: Value) -> Result<(), Raised> {
        this.table.add(object).map(drop)
    }
    /// Removes an item, if it is there.
    fn discard(this: &Set, object: Value) -> Result<(), Raised> {
        let gone = with_key(object, |key| this.table.discard(key))?;
        drop(gone);
        Ok(())
    }
    /// Removes an item, which must be there.
    fn remove(this: &Set, object: Value) -> Result<(), Raised> {
        match with_key(object, |key| this.table.discard(key))? {
            Some(gone) => {
                drop(gone);
                Ok(())
            }
            None => Err(raise::key_error(object)),
        }
    }
    /// Removes and returns some item.
    fn pop(this: &Set) -> Result<Object, Raised> {
        match this.table.pop() {
            Some(o) => Ok(o),
            None => Err(raise::with_message(
                &kiln_object::exc::KeyError,
                "pop from an empty set",
            )),
        }
    }
    /// Removes all items.
    fn clear(this: &Set) {
        this.table.clear();
    }
    /// A new set with the same items.
    fn copy(this: &Set) -> Result<Object, Raised> {
        copy_of(Value::from_ptr(&this.header))
    }
    /// Adds the items of all `others`.
    fn update(this: &Set, others: Rest<'_>) -> Result<(), Raised> {
        for &other in others {
            update(&this.table, other)?;
        }
        Ok(())
    }
    /// Keeps the items that are in all `others` too.
    fn intersection_update(this: &Set, others: Rest<'_>) -> Result<(), Raised> {
        let o = operations::intersection_all(Value::from_ptr(&this.header), others)?;
        this.table.swap(table(&o));
        Ok(())
    }
    /// Removes the items of all `others`.
    fn difference_update(this: &Set, others: Rest<'_>) -> Result<(), Raised> {
        let me = Value::from_ptr(&this.header).to_object();
        for &other in others {
            operations::difference_update(&me, other)?;
        }
        Ok(())
    }
    /// Keeps the items that are in this set or in `other`, but not in both.
    fn symmetric_difference_update(this: &Set, other: Value) -> Result<(), Raised> {
        operations::symmetric_difference_update(&this.table, other)
    }
    fn __ior__(this: &Set, value: Value) -> Result<Object, Raised> {
        if !is_any_set(value) {
            return Ok(Object::not_implemented());
        }
        update(&this.table, value)?;
        Ok(Value::from_ptr(&this.header).to_object())
    }
    fn __iand__(this: &Set, value: Value) -> Result<Object, Raised> {
        if !is_any_set(value) {
            return Ok(Object::not_implemented());
        }
        let me = Value::from_ptr(&this.header);
        let o = operations::intersection(me, value)?;
        this.table.swap(table(&o));
        Ok(me.to_object())
    }
    fn __isub__(this: &Set, value: Value) -> Result<Object, Raised> {
        if !is_any_set(value) {
            return Ok(Object::not_implemented());
        }
        let me = Value::from_ptr(&this.header).to_object();
        operations::difference_update(&me, value)?;
        Ok(me)
    }
    fn __ixor__(this: &Set, value: Value) -> Result<Object, Raised> {
        if !is_any_set(value) {
            return Ok(Object::not_implemented());
        }
        operations::symmetric_difference_update(&this.table, value)?;
        Ok(Value::from_ptr(&this.header).to_object())
    }
}

#[builtin_methods(frozenset)]
impl FrozenSetMethods {
    #[new]
    #[signature = "(*args, **kwargs)"]
    fn new(cls: ClassRef, args: Rest<'_>, kwargs: Keywords<'_>) -> Result<Object, Raised> {
        let exact = std::ptr::eq(cls.0, FrozenSet::class());
        // A subclass's own `__init__` may take arguments by name.
        let plain_init = |c: &Type| {
            c.special(kiln_object::Special::Init)
                == kiln_object::types::object_type().special(kiln_object::Special::Init)
        };
        if (exact || plain_init(cls.0)) && !kwargs.is_empty() {
            return Err(kiln_object::raise!(TypeError, "frozenset() takes no keyword arguments"));
        }
        if args.len() > 1 {
            return Err(kiln_object::raise!(
                TypeError,
                "frozenset expected at most 1 argument, got {}",
                args.len()
            ));
        }
        let source = args.first().copied();
        if exact && let Some(v) = source.filter(|v| v.is_exact::<FrozenSet>()) {
            return Ok(v.to_object());
        }
        let o = FrozenSet::of_class(cls.0);
        if let Some(v) = source {
            update(&o.expect::<FrozenSet>().table, v)?;
        }
        Ok(o)
    }
    fn __hash__(this: &FrozenSet) -> i64 {
        if this.hash.get() == -1 {
            this.hash.set(this.table.frozen_hash());
        }
        this.hash.get()
    }
    /// The frozenset itself; a plain one for an instance of a subclass.
    fn copy(this: &FrozenSet) -> Result<Object, Raised> {
        let me = Value::from_ptr(&this.header);
        if me.is_exact::<FrozenSet>() {
            return Ok(me.to_object());
        }
        copy_of(me)
    }
}

/// Makes the classes.
pub fn init() {
    let set = define::<Set>(
        "set",
        "builtins",
        None,
        flags::BASETYPE | flags::WEAKREF | flags::MATCH_SELF,
        SetMethods::METHODS,
        Some("An unordered collection of different hashable objects."),
    );
    set.add_methods(SetMethods::SHARED);
    set.set_attr(kiln_object::intern!("__hash__"), Object::none().value());
    let frozen = define::<FrozenSet>(
        "frozenset",
        "builtins",
        None,
        flags::BASETYPE | flags::WEAKREF | flags::MATCH_SELF,
        FrozenSetMethods::METHODS,
        Some("An unordered collection of different hashable objects that never changes."),
    );
    frozen.add_methods(FrozenSetMethods::SHARED);
    iter::init();
}
