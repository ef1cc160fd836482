//! `dict`: methods. `update.rs` has what fills a dict, `views.rs` the views, `iter.rs` the iterators.

mod iter;
pub mod update;
mod views;

use crate::shared::{ReprGuard, buf_to_str, push_repr};
use kiln_macros::builtin_methods;
use kiln_object::args::{Keywords, Rest};
use kiln_object::call::{call, call_special};
use kiln_object::dict::Dict;
use kiln_object::layout::{ObjectType, alloc_instance};
use kiln_object::ops::{self, CompareOp};
use kiln_object::set::{FrozenSet, Set, table_of};
use kiln_object::types::{ClassRef, define, flags};
use kiln_object::{Object, Raised, Special, Value, raise, singletons};
use kiln_text::TextBuf;

pub use iter::{DictItemIter, DictKeyIter, DictValueIter, What, new_iter};
pub use update::{merge, update_from};
pub use views::{DictItems, DictKeys, DictValues, View};

/// The methods' name space.
pub struct DictMethods;

fn value_of(d: &Dict) -> Value {
    Value::from_ptr(&d.header)
}

/// Whether two dicts have the same keys with equal values.
pub fn equal(a: &Dict, b: &Dict) -> Result<bool, Raised> {
    if a.len() != b.len() {
        return Ok(false);
    }
    let mut at = 0;
    while let Some((n, e)) = a.next_entry(at) {
        at = n + 1;
        let (key, value) = (e.key.to_object(), e.value.to_object());
        let Some(other) = b.get_hashed(key.value(), e.hash)? else {
            return Ok(false);
        };
        if !ops::is_equal(value.value(), other.value())? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn compare(op: CompareOp, a: &Dict, b: Value) -> Result<Object, Raised> {
    match (b.cast::<Dict>(), op) {
        (Some(b), CompareOp::Eq) => equal(a, b).map(Object::bool),
        (Some(b), CompareOp::Ne) => equal(a, b).map(|same| Object::bool(!same)),
        _ => Ok(Object::not_implemented()),
    }
}

/// Writes `{key: value, ...}`; the dict may change meanwhile.
pub fn push_items(out: &mut TextBuf, d: &Dict) -> Result<(), Raised> {
    out.push_ascii(b"{");
    let mut at = 0;
    let mut first = true;
    while let Some((n, e)) = d.next_entry(at) {
        at = n + 1;
        let (key, value) = (e.key.to_object(), e.value.to_object());
        if !first {
            out.push_ascii(b", ");
        }
        first = false;
        push_repr(out, key.value())?;
        out.push_ascii(b": ");
        push_repr(out, value.value())?;
    }
    out.push_ascii(b"}");
    Ok(())
}

#[builtin_methods(dict)]
impl DictMethods {
    #[new]
    #[signature = "(*args, **kwargs)"]
    fn new(cls: ClassRef, _args: Rest<'_>, _kwargs: Keywords<'_>) -> Object {
        alloc_instance(cls.0, Dict::empty_payload())
    }
    #[signature = "($self, /, *args, **kwargs)"]
    fn __init__(this: &Dict, args: Rest<'_>, kwargs: Keywords<'_>) -> Result<(), Raised> {
        update::update("dict", this, args, kwargs)
    }
    fn __repr__(this: &Dict) -> Result<Object, Raised> {
        if this.is_empty() {
            return Ok(kiln_object::str::Str::new("{}"));
        }
        let Some(_guard) = ReprGuard::enter(value_of(this)) else {
            return Ok(kiln_object::str::Str::new("{...}"));
        };
        let mut out = TextBuf::with_capacity(2 + 8 * this.len());
        push_items(&mut out, this)?;
        Ok(buf_to_str(&out))
    }
    fn __len__(this: &Dict) -> usize {
        this.len()
    }
    fn __iter__(this: Value) -> Object {
        new_iter(this, What::Keys, false)
    }
    fn __reversed__(this: Value) -> Object {
        new_iter(this, What::Keys, true)
    }
    fn __contains__(this: &Dict, key: Value) -> Result<bool, Raised> {
        this.contains(key)
    }
    fn __getitem__(this: &Dict, key: Value) -> Result<Object, Raised> {
        if let Some(o) = this.get(key)? {
            return Ok(o);
        }
        let me = value_of(this);
        if !me.is_exact::<Dict>()
            && let Some(f) = me.class().special(Special::Missing)
        {
            return call_special(f, me, &[key]);
        }
        Err(raise::key_error(key))
    }
    fn __setitem__(this: &Dict, key: Value, value: Value) -> Result<(), Raised> {
        this.set(key, value)
    }
    fn __delitem__(this: &Dict, key: Value) -> Result<(), Raised> {
        match this.remove(key)? {
            Some(entry) => {
                drop(entry);
                Ok(())
            }
            None => Err(raise::key_error(key)),
        }
    }
    fn __eq__(this: &Dict, value: Value) -> Result<Object, Raised> {
        compare(CompareOp::Eq, this, value)
    }
    fn __ne__(this: &Dict, value: Value) -> Result<Object, Raised> {
        compare(CompareOp::Ne, this, value)
    }
    fn __lt__(_this: &Dict, _value: Value) -> Object {
        Object::not_implemented()
    }
    fn __le__(_this: &Dict, _value: Value) -> Object {
        Object::not_implemented()
    }
    fn __gt__(_this: &Dict, _value: Value) -> Object {
        Object::not_implemented()
    }
    fn __ge__(_this: &Dict, _value: Value) -> Object {
        Object::not_implemented()
    }
    fn __or__(this: &Dict, value: Value) -> Result<Object, Raised> {
        if value.cast::<Dict>().is_none() {
            return Ok(Object::not_implemented());
        }
        let o = this.copy();
        merge(o.expect::<Dict>(), value)?;
        Ok(o)
    }
    fn __ror__(this: &Dict, value: Value) -> Result<Object, Raised> {
        let Some(other) = value.cast::<Dict>() else {
            return Ok(Object::not_implemented());
        };
        let o = other.copy();
        merge(o.expect::<Dict>(), value_of(this))?;
        Ok(o)
    }
    fn __ior__(this: &Dict, value: Value) -> Result<Value, Raised> {
        update_from(this, value)?;
        Ok(value_of(this))
    }
    /// The value of `key`, or `default`.
    #[signature = "($self, key, default=None, /)"]
    fn get(this: &Dict, key: Value, default: Option<Value>) -> Result<Object, Raised> {
        match this.get(key)? {
            Some(o) => Ok(o),
            None => Ok(default.unwrap_or_else(singletons::none).to_object()),
        }
    }
    /// The value of `key`, which becomes `default` if it was absent.
    ///
    /// >>> d = {}; d.setdefault('a', 1)
    /// 1
    #[signature = "($self, key, default=None, /)"]
    fn setdefault(this: &Dict, key: Value, default: Option<Value>) -> Result<Object, Raised> {
        this.set_default(key, default.unwrap_or_else(singletons::none))
    }
    /// Removes `key` and returns its value, or `default` if it is absent.
    #[signature = "($self, key, default=<unrepresentable>, /)"]
    fn pop(this: &Dict, key: Value, default: Option<Value>) -> Result<Object, Raised> {
        if this.is_empty() && default.is_some() {
            ops::hash_key(key, "dict key")?;
        }
        match (this.remove(key)?, default) {
            (Some((_, value)), _) => Ok(value),
            (None, Some(v)) => Ok(v.to_object()),
            (None, None) => Err(raise::key_error(key)),
        }
    }
    /// Removes and returns the key and value that were added last.
    fn popitem(this: &Dict) -> Result<Object, Raised> {
        match this.previous_entry(this.end()) {
            Some((n, _)) => {
                let (key, value) = this.remove_entry(n);
                Ok(kiln_object::tuple::Tuple::from_array([key, value]))
            }
            None => Err(raise::with_message(
                &kiln_object::exc::KeyError,
                "popitem(): dictionary is empty",
            )),
        }
    }
    /// Adds the keys of a mapping, or of key-value pairs, and named ones.
    #[signature = "($self, iterable=(), /, **kwargs)"]
    fn update(this: &Dict, args: Rest<'_>, kwargs: Keywords<'_>) -> Result<(), Raised> {
        update::update("update", this, args, kwargs)
    }
    /// Removes all keys.
    fn clear(this: &Dict) {
        this.clear();
    }
    /// A new dict with the same keys and values.
    fn copy(this: &Dict) -> Object {
        this.copy()
    }
    /// The keys, as a view that follows the dict.
    fn keys(this: Value) -> Object {
        DictKeys::of(this)
    }
    /// The values, as a view that follows the dict.
    fn values(this: Value) -> Object {
        DictValues::of(this)
    }
    /// The pairs of key and value, as a view that follows the dict.
    fn items(this: Value) -> Object {
        DictItems::of(this)
    }
    /// A new dict with the keys of `iterable`, each with `value`.
    #[classmethod]
    #[signature = "($type, iterable, value=None, /)"]
    fn fromkeys(cls: ClassRef, iterable: Value, value: Option<Value>) -> Result<Object, Raised> {
        let value = value.unwrap_or_else(singletons::none);
        let o = call(cls.as_value(), &[])?;
        let plain = o.is_exact::<Dict>();
        // The keys of sets and dicts are not hashed again.
        if plain && iterable.is_exact::<Set>() | iterable.is_exact::<FrozenSet>() {
            for (hash, key) in table_of(&iterable).map_or_else(Vec::new, |t| t.snapshot()) {
                o.expect::<Dict>().set_hashed(key.value(), hash, value)?;
            }
            return Ok(o);
        }
        if plain && let Some(source) = iterable.exact::<Dict>() {
            let mut at = 0;
            while let Some((n, e)) = source.next_entry(at) {
                at = n + 1;
                let key = e.key.to_object();
                o.expect::<Dict>().set_hashed(key.value(), e.hash, value)?;
            }
            return Ok(o);
        }
        ops::for_each(iterable, |key| {
            if plain {
                return o.expect::<Dict>().set(key.value(), value);
            }
            ops::set_item(o.value(), key.value(), value)
        })?;
        Ok(o)
    }
    fn __sizeof__(this: &Dict) -> usize {
        48 + 32 * this.end() as usize
    }
    #[classmethod]
    fn __class_getitem__(cls: ClassRef, object: Value) -> Result<Object, Raised> {
        crate::shared::class_getitem(cls.as_value(), object)
    }
}

/// Makes the classes.
pub fn init() {
    define::<Dict>(
        "dict",
        "builtins",
        None,
        flags::MAPPING,
        DictMethods::METHODS,
        Some("A mapping from hashable keys to any values, in the order in which keys were added."),
    );
    Dict::class().set_attr(kiln_object::intern!("__hash__"), Object::none().value());
    iter::init();
    views::init();
}
