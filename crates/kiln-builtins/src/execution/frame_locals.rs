//! `FrameLocalsProxy`: what `f_locals` of a function's frame is. It holds nothing itself: reads and writes go through
//! to the frame's variables, and names that are no variables are kept in a dict beside them (PEP 667).

use crate::dict::update;
use crate::shared::{ReprGuard, push_repr};
use kiln_macros::builtin_methods;
use kiln_object::dict::Dict;
use kiln_object::frame::{FrameObject, LocalsProxy};
use kiln_object::hooks::{FrameVariable, hooks};
use kiln_object::layout::ObjectType;
use kiln_object::list::List;
use kiln_object::ops::{self, CompareOp};
use kiln_object::str::Str;
use kiln_object::tuple::Tuple;
use kiln_object::types::{ClassRef, define, flags};
use kiln_object::{Object, Raised, Value, raise};
use kiln_text::TextBuf;

fn me(this: &LocalsProxy) -> Value {
    Value::from_ptr(&this.header)
}
fn frame(this: &LocalsProxy) -> Object {
    this.frame.get().unwrap_or_else(Object::none)
}
/// The variables; of two with the same name only the last.
fn variables(this: &LocalsProxy) -> Vec<FrameVariable> {
    let mut out: Vec<FrameVariable> = Vec::new();
    for v in (hooks().frame_variables)(frame(this).value()) {
        match out.iter_mut().find(|known| known.name.value() == v.name.value()) {
            Some(known) => *known = v,
            None => out.push(v),
        }
    }
    out
}
/// What was assigned beyond the variables, if anything was.
fn extra(this: &LocalsProxy) -> Option<Object> {
    frame(this).cast::<FrameObject>()?.extra_locals()
}
/// The variable that a key names, bound or not.
fn find(this: &LocalsProxy, key: Value) -> Result<Option<FrameVariable>, Raised> {
    let hash = ops::hash(key)?;
    for v in variables(this) {
        let name = v.name.value();
        if name == key || ops::hash(name)? == hash && ops::is_equal(name, key)? {
            return Ok(Some(v));
        }
    }
    Ok(None)
}
fn lookup(this: &LocalsProxy, key: Value) -> Result<Option<Object>, Raised> {
    if let Some(v) = find(this, key)?
        && v.value.is_some()
    {
        return Ok(v.value);
    }
    match extra(this) {
        Some(d) => d.expect::<Dict>().get(key),
        None => Ok(None),
    }
}
fn store(this: &LocalsProxy, key: Value, value: Value) -> Result<(), Raised> {
    if let Some(v) = find(this, key)? {
        (hooks().set_frame_variable)(frame(this).value(), v.register, value.to_object());
        return Ok(());
    }
    let frame = frame(this);
    let slot = &frame.expect::<FrameObject>().rare().extra_locals;
    if slot.is_empty() {
        slot.set(Dict::new_object());
    }
    match slot.get() {
        Some(d) => d.expect::<Dict>().set(key, value),
        None => Ok(()),
    }
}
/// What is bound, in the order of the code.
fn items(this: &LocalsProxy) -> Vec<(Object, Object)> {
    let mut out: Vec<(Object, Object)> = variables(this)
        .into_iter()
        .filter_map(|v| Some((v.name, v.value?)))
        .collect();
    if let Some(d) = extra(this) {
        out.extend(d.expect::<Dict>().snapshot());
    }
    out
}
fn keys(this: &LocalsProxy) -> Vec<Object> {
    items(this).into_iter().map(|(key, _)| key).collect()
}
fn to_dict(this: &LocalsProxy) -> Result<Object, Raised> {
    let d = Dict::new_object();
    for (key, value) in items(this) {
        d.expect::<Dict>().set(key.value(), value.value())?;
    }
    Ok(d)
}
/// Assigns what a mapping or an iterable of pairs holds.
fn store_all(this: &LocalsProxy, source: Value) -> Result<(), Raised> {
    let d = Dict::new_object();
    update::update_from(d.expect(), source)?;
    for (key, value) in d.expect::<Dict>().snapshot() {
        store(this, key.value(), value.value())?;
    }
    Ok(())
}
fn is_mapping(v: Value) -> bool {
    v.cast::<Dict>().is_some() || v.cast::<LocalsProxy>().is_some()
}
fn refuse_removal() -> Raised {
    raise::value_error("cannot remove local variables from FrameLocalsProxy")
}

struct Methods;
#[builtin_methods("FrameLocalsProxy")]
impl Methods {
    #[new]
    fn new(_cls: ClassRef, frame: Value) -> Result<Object, Raised> {
        if frame.cast::<FrameObject>().is_none() {
            return Err(kiln_object::raise!(
                TypeError,
                "expect frame, not {}",
                frame.class().name()
            ));
        }
        Ok(LocalsProxy::new_object(frame.to_object()))
    }
    fn __len__(this: &LocalsProxy) -> usize {
        items(this).len()
    }
    fn __getitem__(this: &LocalsProxy, key: Value) -> Result<Object, Raised> {
        match lookup(this, key)? {
            Some(o) => Ok(o),
            None => Err(kiln_object::raise!(
                KeyError,
                "local variable '{}' is not defined",
                crate::support::repr(key)?
            )),
        }
    }
    fn __setitem__(this: &LocalsProxy, key: Value, value: Value) -> Result<(), Raised> {
        store(this, key, value)
    }
    fn __delitem__(this: &LocalsProxy, key: Value) -> Result<(), Raised> {
        if find(this, key)?.is_some() {
            return Err(refuse_removal());
        }
        let removed = match extra(this) {
            Some(d) => d.expect::<Dict>().remove(key)?,
            None => None,
        };
        match removed {
            Some(_) => Ok(()),
            None => Err(raise::key_error(key)),
        }
    }
    fn __contains__(this: &LocalsProxy, key: Value) -> Result<bool, Raised> {
        Ok(lookup(this, key)?.is_some())
    }
    fn __iter__(this: &LocalsProxy) -> Result<Object, Raised> {
        ops::iter(List::from_vec(keys(this)).value())
    }
    /// The keys, last to first.
    fn __reversed__(this: &LocalsProxy) -> Object {
        List::from_vec(keys(this).into_iter().rev().collect())
    }
    fn __repr__(this: &LocalsProxy) -> Result<Object, Raised> {
        let Some(_guard) = ReprGuard::enter(me(this)) else {
            return Ok(Str::new("{...}"));
        };
        let d = to_dict(this)?;
        let mut out = TextBuf::with_capacity(64);
        push_repr(&mut out, d.value())?;
        Ok(crate::shared::buf_to_str(&out))
    }
    fn __eq__(this: &LocalsProxy, other: Value) -> Result<Object, Raised> {
        if let Some(other) = other.cast::<LocalsProxy>() {
            return Ok(Object::bool(this.frame.value() == other.frame.value()));
        }
        if other.cast::<Dict>().is_none() {
            return Ok(kiln_object::singletons::not_implemented().to_object());
        }
        ops::compare(CompareOp::Eq, to_dict(this)?.value(), other)
    }
    fn __ne__(this: &LocalsProxy, other: Value) -> Result<Object, Raised> {
        if let Some(other) = other.cast::<LocalsProxy>() {
            return Ok(Object::bool(this.frame.value() != other.frame.value()));
        }
        if other.cast::<Dict>().is_none() {
            return Ok(kiln_object::singletons::not_implemented().to_object());
        }
        ops::compare(CompareOp::Ne, to_dict(this)?.value(), other)
    }
    fn __or__(this: Value, other: Value) -> Result<Object, Raised> {
        if !is_mapping(other) {
            return Ok(kiln_object::singletons::not_implemented().to_object());
        }
        let d = Dict::new_object();
        update::update_from(d.expect(), this)?;
        update::update_from(d.expect(), other)?;
        Ok(d)
    }
    fn __ror__(this: Value, other: Value) -> Result<Object, Raised> {
        if !is_mapping(other) {
            return Ok(kiln_object::singletons::not_implemented().to_object());
        }
        let d = Dict::new_object();
        update::update_from(d.expect(), other)?;
        update::update_from(d.expect(), this)?;
        Ok(d)
    }
    fn __ior__(this: &LocalsProxy, other: Value) -> Result<Object, Raised> {
        if !is_mapping(other) {
            return Ok(kiln_object::singletons::not_implemented().to_object());
        }
        store_all(this, other)?;
        Ok(me(this).to_object())
    }
    fn keys(this: &LocalsProxy) -> Object {
        List::from_vec(keys(this))
    }
    fn values(this: &LocalsProxy) -> Object {
        List::from_vec(items(this).into_iter().map(|(_, value)| value).collect())
    }
    fn items(this: &LocalsProxy) -> Object {
        let pairs = items(this).into_iter();
        List::from_vec(pairs.map(|(key, value)| Tuple::from_vec(vec![key, value])).collect())
    }
    fn copy(this: &LocalsProxy) -> Result<Object, Raised> {
        to_dict(this)
    }
    fn get(this: &LocalsProxy, key: Value, default: Option<Value>) -> Result<Object, Raised> {
        let found = lookup(this, key)?;
        Ok(found.unwrap_or_else(|| default.map_or_else(Object::none, |v| v.to_object())))
    }
    fn update(this: &LocalsProxy, other: Value) -> Result<(), Raised> {
        store_all(this, other)
    }
    fn setdefault(this: &LocalsProxy, key: Value, default: Option<Value>) -> Result<Object, Raised> {
        if let Some(found) = lookup(this, key)? {
            return Ok(found);
        }
        let value = default.map_or_else(Object::none, |v| v.to_object());
        store(this, key, value.value())?;
        Ok(value)
    }
    fn pop(this: &LocalsProxy, key: Value, default: Option<Value>) -> Result<Object, Raised> {
        if find(this, key)?.is_some() {
            return Err(refuse_removal());
        }
        let removed = match extra(this) {
            Some(d) => d.expect::<Dict>().remove(key)?,
            None => None,
        };
        match (removed, default) {
            (Some((_, value)), _) => Ok(value),
            (None, Some(default)) => Ok(default.to_object()),
            (None, None) => Err(raise::key_error(key)),
        }
    }
    fn __reduce__(this: &LocalsProxy) -> Result<Object, Raised> {
        Err(kiln_object::raise!(
            TypeError,
            "cannot pickle '{}' object",
            me(this).class().name()
        ))
    }
}

pub fn init() {
    define::<LocalsProxy>(
        "FrameLocalsProxy",
        "builtins",
        None,
        flags::MAPPING,
        Methods::METHODS,
        None,
    );
    let class = LocalsProxy::class();
    debug_assert!(class.has(flags::MAPPING));
}
