//! `OrderedDict`. Dicts keep the order of insertion anyhow; this class adds what changes and compares that order.

use kiln_builtins::shared::{ReprGuard, class_getitem};
use kiln_macros::builtin_methods;
use kiln_object::args::{Keywords, Rest};
use kiln_object::call::{call, call_method};
use kiln_object::dict::Dict;
use kiln_object::layout::{ObjectType, Plain, alloc_instance, header};
use kiln_object::module::Module;
use kiln_object::object_struct;
use kiln_object::ops::{self, CompareOp};
use kiln_object::str::Str;
use kiln_object::tuple::Tuple;
use kiln_object::types::{ClassRef, define, flags};
use kiln_object::{Object, Raised, Value, intern, raise, singletons};

object_struct! {
    /// A dict whose order matters.
    pub struct OrderedDict = "OrderedDict" extends Dict, Container { pad: Plain<()> }
}
struct Methods;

fn value_of(this: &OrderedDict) -> Value {
    Value::from_ptr(&this.base.header)
}
fn is_plain(this: &OrderedDict) -> bool {
    value_of(this).is_exact::<OrderedDict>()
}

/// Whether two ordered dicts have equal items in the same order.
fn same_order(a: &Dict, b: &Dict) -> Result<bool, Raised> {
    let (mut i, mut j) = (0, 0);
    loop {
        match (a.next_entry(i), b.next_entry(j)) {
            (None, None) => return Ok(true),
            (Some((m, x)), Some((n, y))) => {
                let (x, y) = (x.key.to_object(), y.key.to_object());
                if !ops::is_equal(x.value(), y.value())? {
                    return Ok(false);
                }
                (i, j) = (m + 1, n + 1);
            }
            _ => return Ok(false),
        }
    }
}
fn compare(op: CompareOp, a: &OrderedDict, b: Value) -> Result<Object, Raised> {
    let Some(other) = b.cast::<Dict>() else {
        return Ok(Object::not_implemented());
    };
    let mut same = kiln_builtins::dict::equal(&a.base, other)?;
    if same && b.cast::<OrderedDict>().is_some() {
        same = same_order(&a.base, other)?;
    }
    match op {
        CompareOp::Eq => Ok(Object::bool(same)),
        _ => Ok(Object::bool(!same)),
    }
}
/// An instance of the same class with the same items.
fn copy(this: &OrderedDict) -> Result<Object, Raised> {
    let me = value_of(this);
    let o = call(me.class().as_value(), &[])?;
    for (key, value) in this.base.snapshot() {
        if is_plain(this) {
            o.expect::<Dict>().set(key.value(), value.value())?;
        } else {
            let value = ops::get_item(me, key.value())?;
            ops::set_item(o.value(), key.value(), value.value())?;
        }
    }
    Ok(o)
}
fn update(this: &OrderedDict, args: Rest<'_>, kwargs: Keywords<'_>) -> Result<(), Raised> {
    let me = value_of(this);
    if args.len() > 1 {
        return Err(kiln_object::raise!(
            TypeError,
            "expected at most 1 argument, got {}",
            args.len()
        ));
    }
    let class = me.class();
    let direct = class.special(kiln_object::Special::SetItem) == OrderedDict::class().special(kiln_object::Special::SetItem);
    let set = |key: Value, value: Value| -> Result<(), Raised> {
        if direct {
            return this.base.set(key, value);
        }
        ops::set_item(me, key, value)
    };
    if let Some(&source) = args.first() {
        if direct {
            kiln_builtins::dict::update_from(&this.base, source)?;
        } else {
            let items = Dict::new_object();
            kiln_builtins::dict::update_from(items.expect::<Dict>(), source)?;
            for (key, value) in items.expect::<Dict>().snapshot() {
                set(key.value(), value.value())?;
            }
        }
    }
    for (key, value) in kwargs.iter() {
        set(key, value)?;
    }
    Ok(())
}
fn remove(this: &OrderedDict, key: Value) -> Result<Option<Object>, Raised> {
    Ok(this.base.remove(key)?.map(|(_, value)| value))
}

#[builtin_methods(OrderedDict)]
impl Methods {
    #[new]
    #[signature = "(*args, **kwargs)"]
    fn new(cls: ClassRef, _args: Rest<'_>, _kwargs: Keywords<'_>) -> Object {
        let mut base = Dict::empty_payload();
        base.header = header::<OrderedDict>();
        alloc_instance(cls.0, OrderedDict { base, pad: Plain(()) })
    }
    #[signature = "($self, /, *args, **kwargs)"]
    fn __init__(this: &OrderedDict, args: Rest<'_>, kwargs: Keywords<'_>) -> Result<(), Raised> {
        update(this, args, kwargs)
    }
    /// Adds the keys of a mapping, or of key-value pairs, and named ones.
    #[signature = "($self, /, *args, **kwargs)"]
    fn update(this: &OrderedDict, args: Rest<'_>, kwargs: Keywords<'_>) -> Result<(), Raised> {
        update(this, args, kwargs)
    }
    fn __setitem__(this: &OrderedDict, key: Value, value: Value) -> Result<(), Raised> {
        this.base.set(key, value)
    }
    fn __delitem__(this: &OrderedDict, key: Value) -> Result<(), Raised> {
        match remove(this, key)? {
            Some(old) => {
                drop(old);
                Ok(())
            }
            None => Err(raise::key_error(key)),
        }
    }
    fn __repr__(this: &OrderedDict) -> Result<Object, Raised> {
        let me = value_of(this);
        let name = me.class().plain_name();
        if this.base.is_empty() {
            return Ok(Str::new(&format!("{name}()")));
        }
        let Some(_guard) = ReprGuard::enter(me) else {
            return Ok(Str::new("..."));
        };
        let shown = if is_plain(this) {
            let mut out = kiln_text::TextBuf::with_capacity(16);
            kiln_builtins::dict::push_items(&mut out, &this.base)?;
            kiln_builtins::shared::buf_to_str(&out)
        } else {
            let items = call_method(me, intern!("items"), &[])?;
            let d = Dict::new_object();
            kiln_builtins::dict::update_from(d.expect::<Dict>(), items.value())?;
            ops::repr(d.value())?
        };
        let (start, end) = (Str::new(&format!("{name}(")), Str::new(")"));
        Ok(Str::concat(&[start.expect::<Str>(), shown.expect::<Str>(), end.expect::<Str>()]))
    }
    fn __eq__(this: &OrderedDict, value: Value) -> Result<Object, Raised> {
        compare(CompareOp::Eq, this, value)
    }
    fn __ne__(this: &OrderedDict, value: Value) -> Result<Object, Raised> {
        compare(CompareOp::Ne, this, value)
    }
    fn __or__(this: &OrderedDict, value: Value) -> Result<Object, Raised> {
        if value.cast::<Dict>().is_none() {
            return Ok(Object::not_implemented());
        }
        let me = value_of(this);
        let o = call(me.class().as_value(), &[me])?;
        drop(call_method(o.value(), intern!("update"), &[value])?);
        Ok(o)
    }
    fn __ror__(this: &OrderedDict, value: Value) -> Result<Object, Raised> {
        if value.cast::<Dict>().is_none() {
            return Ok(Object::not_implemented());
        }
        let me = value_of(this);
        let o = call(me.class().as_value(), &[value])?;
        drop(call_method(o.value(), intern!("update"), &[me])?);
        Ok(o)
    }
    fn __ior__(this: &OrderedDict, value: Value) -> Result<Value, Raised> {
        drop(call_method(value_of(this), intern!("update"), &[value])?);
        Ok(value_of(this))
    }
    /// Removes and returns the last item, or the first one if `last` is false.
    #[signature = "($self, /, last=True)"]
    fn popitem(
        this: &OrderedDict,
        #[kw]
        #[default(true)]
        last: bool,
    ) -> Result<Object, Raised> {
        let d = &this.base;
        let found = if last { d.previous_entry(d.end()) } else { d.next_entry(0) };
        match found {
            Some((n, _)) => {
                let (key, value) = d.remove_entry(n);
                Ok(Tuple::from_array([key, value]))
            }
            None => Err(raise::with_message(
                &kiln_object::exc::KeyError,
                "dictionary is empty",
            )),
        }
    }
    /// Moves a key to the end, or to the beginning if `last` is false.
    #[signature = "($self, /, key, last=True)"]
    fn move_to_end(
        this: &OrderedDict,
        #[kw] key: Value,
        #[kw]
        #[default(true)]
        last: bool,
    ) -> Result<(), Raised> {
        let d = &this.base;
        let hash = ops::hash(key)?;
        if d.get_hashed(key, hash)?.is_none() {
            return Err(raise::key_error(key));
        }
        // One that is there already stays, and iterators over the dict with it.
        let outermost = if last { d.previous_entry(d.end()) } else { d.next_entry(0) };
        if let Some((_, e)) = outermost {
            let outer = e.key.to_object();
            if ops::is_equal(outer.value(), key)? {
                return Ok(());
            }
        }
        let Some((key, value)) = d.remove_hashed(key, hash)? else {
            return Ok(());
        };
        if last {
            return d.set_hashed(key.value(), hash, value.value());
        }
        let mut entries = Vec::with_capacity(d.len());
        let mut at = 0;
        while let Some((n, e)) = d.next_entry(at) {
            entries.push((e.key.to_object(), e.hash, e.value.to_object()));
            at = n + 1;
        }
        d.clear();
        d.set_hashed(key.value(), hash, value.value())?;
        for (key, hash, value) in entries {
            if !d.push_new(key.value(), hash, value.value()) {
                return Err(raise::memory_error());
            }
        }
        Ok(())
    }
    /// Removes `key` and returns its value, or `default` if it is absent.
    #[signature = "($self, /, key, default=<unrepresentable>)"]
    fn pop(
        this: &OrderedDict,
        #[kw] key: Value,
        #[kw]
        default: Option<Value>,
    ) -> Result<Object, Raised> {
        if let Some(value) = remove(this, key)? {
            return Ok(value);
        }
        if let Some(v) = default {
            return Ok(v.to_object());
        }
        if !is_plain(this)
            && let Some(f) = value_of(this).class().special(kiln_object::Special::Missing)
        {
            return kiln_object::call::call_special(f, value_of(this), &[key]);
        }
        Err(raise::key_error(key))
    }
    /// The value of `key`, which becomes `default` if it was absent.
    #[signature = "($self, /, key, default=None)"]
    fn setdefault(
        this: &OrderedDict,
        #[kw] key: Value,
        #[kw]
        default: Option<Value>,
    ) -> Result<Object, Raised> {
        let default = default.unwrap_or_else(singletons::none);
        if is_plain(this) {
            return this.base.set_default(key, default);
        }
        let me = value_of(this);
        if ops::contains(me, key)? {
            return ops::get_item(me, key);
        }
        ops::set_item(me, key, default)?;
        Ok(default.to_object())
    }
    /// A copy of the dict.
    fn copy(this: &OrderedDict) -> Result<Object, Raised> {
        copy(this)
    }
    fn __copy__(this: &OrderedDict) -> Result<Object, Raised> {
        copy(this)
    }
    /// A new OrderedDict with the keys of `iterable`, each with `value`.
    #[classmethod]
    #[signature = "($type, /, iterable, value=None)"]
    fn fromkeys(
        cls: ClassRef,
        #[kw] iterable: Value,
        #[kw]
        value: Option<Value>,
    ) -> Result<Object, Raised> {
        let value = value.unwrap_or_else(singletons::none);
        let o = call(cls.as_value(), &[])?;
        ops::for_each(iterable, |key| ops::set_item(o.value(), key.value(), value))?;
        Ok(o)
    }
    fn __reduce__(this: &OrderedDict) -> Result<Object, Raised> {
        let me = value_of(this);
        let state = call_method(me, intern!("__getstate__"), &[])?;
        let items = call_method(me, intern!("items"), &[])?;
        Ok(Tuple::from_array([
            me.class().as_value().to_object(),
            Tuple::empty(),
            state,
            Object::none(),
            ops::iter(items.value())?,
        ]))
    }
    #[classmethod]
    fn __class_getitem__(cls: ClassRef, object: Value) -> Result<Object, Raised> {
        class_getitem(cls.as_value(), object)
    }
}

pub fn add_to(module: &Module) {
    let class = define::<OrderedDict>(
        "OrderedDict",
        "collections",
        Some(Dict::class()),
        flags::BASETYPE | flags::DICT | flags::WEAKREF,
        Methods::METHODS,
        Some("A dict that remembers the order of its keys and can change it."),
    );
    class.add_methods(kiln_builtins::object::dict_definitions());
    class.set_attr(intern!("__hash__"), Object::none().value());
    module.set("OrderedDict", class.as_value().to_object());
}
