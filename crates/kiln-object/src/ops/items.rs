//! Containers: length, items, slices, membership.

use super::{index_quiet, is_equal, is_true, iter, next};
use crate::call::{call, call_special};
use crate::dict::Dict;
use crate::exception::exc;
use crate::list::List;
use crate::raise;
use crate::raise::Raised;
use crate::slice::{Bounds, Slice};
use crate::special::Special;
use crate::str::Str;
use crate::tuple::Tuple;
use crate::types::Type;
use crate::value::{Object, Value};

/// `len(v)`.
pub fn len(v: Value) -> Result<usize, Raised> {
    if let Some(l) = v.exact::<List>() {
        return Ok(l.len());
    }
    if let Some(s) = v.exact::<Str>() {
        return Ok(s.len());
    }
    if let Some(t) = v.exact::<Tuple>() {
        return Ok(t.len());
    }
    if let Some(d) = v.exact::<Dict>() {
        return Ok(d.len());
    }
    let Some(f) = v.class().special(Special::Len) else {
        return Err(crate::raise!(
            TypeError,
            "object of type '{}' has no len()",
            v.class().name()
        ));
    };
    let r = call_special(f, v, &[])?;
    let i = match index_quiet(r.value())? {
        Some(i) => i,
        None => {
            return Err(crate::raise!(
                TypeError,
                "'{}' object cannot be interpreted as an integer",
                r.class().name()
            ));
        }
    };
    match i.as_int() {
        Some(a) if a.is_negative() => Err(crate::raise!(ValueError, "__len__() should return >= 0")),
        Some(a) => a
            .to_i64()
            .map(|n| n as usize)
            .ok_or_else(|| crate::raise!(OverflowError, "cannot fit 'int' into an index-sized integer")),
        None => Ok(0),
    }
}

/// `v[key]`.
pub fn get_item(v: Value, key: Value) -> Result<Object, Raised> {
    if let Some(d) = v.exact::<Dict>() {
        return match d.get(key)? {
            Some(o) => Ok(o),
            None => Err(raise::key_error(key)),
        };
    }
    if key.is_int() {
        if let Some(l) = v.exact::<List>()
            && let Some(o) = position(key.int(), l.len()).and_then(|i| l.get(i))
        {
            return Ok(o);
        }
        if let Some(t) = v.exact::<Tuple>()
            && let Some(i) = position(key.int(), t.len())
        {
            return Ok(t.items()[i].to_object());
        }
        if let Some(s) = v.exact::<Str>()
            && let Some(i) = position(key.int(), s.len())
        {
            return Ok(Str::from_char(s.at(i)));
        }
    }
    let class = v.class();
    if let Some(f) = class.special(Special::GetItem) {
        return call_special(f, v, &[key]);
    }
    if let Some(t) = v.cast::<Type>() {
        if std::ptr::eq(t, crate::types::type_type())
            && let Some(alias) = crate::runtime().generic_alias.get()
        {
            return alias(v, key);
        }
        if let Some(f) = crate::attr::find_attr(v, Special::ClassGetItem.name())? {
            return call(f.value(), &[key]);
        }
        return Err(crate::raise!(TypeError, "type '{}' is not subscriptable", t.name()));
    }
    Err(crate::raise!(
        TypeError,
        "'{}' object is not subscriptable",
        class.name()
    ))
}

/// The position that an index names in a sequence of `len` items.
#[inline]
fn position(i: i64, len: usize) -> Option<usize> {
    let at = if i < 0 { i + len as i64 } else { i };
    ((at as u64) < len as u64).then_some(at as usize)
}

/// `v[start:stop]`, without a slice object where the receiver is a string, a list or a tuple.
pub fn get_slice(v: Value, start: Value, stop: Value) -> Result<Object, Raised> {
    let none = crate::singletons::none();
    if let Some(bounds) = Bounds::plain(start, stop, none) {
        if let Some(s) = v.exact::<Str>() {
            let selected = bounds.indices(s.len());
            let first = (selected.start as usize).min(s.len());
            return Ok(s.part(first, first + selected.count));
        }
        if let Some(l) = v.exact::<List>() {
            let selected = bounds.indices(l.len());
            let first = selected.start as usize;
            return Ok(List::from_values(if selected.count == 0 {
                &[]
            } else {
                &l.borrow()[first..first + selected.count]
            }));
        }
        if let Some(t) = v.exact::<Tuple>() {
            let selected = bounds.indices(t.len());
            if selected.count == t.len() {
                return Ok(v.to_object());
            }
            let first = selected.start as usize;
            return Ok(Tuple::from_fn(selected.count, |i| t.items()[first + i].to_object()));
        }
    }
    get_item(v, Slice::new(start, stop, none).value())
}

/// `v[start:stop:step]`, without a slice object where [`select`] does without.
pub fn get_stepped(v: Value, start: Value, stop: Value, step: Value) -> Result<Object, Raised> {
    match select(v, start, stop, step) {
        Some(items) => Ok(items),
        None => get_item(v, Slice::new(start, stop, step).value()),
    }
}

/// `v[start:stop:step]`, where the receiver is a list or a tuple and the bounds are plain. `None`: make a slice.
pub fn select(v: Value, start: Value, stop: Value, step: Value) -> Option<Object> {
    let bounds = Bounds::plain(start, stop, step)?;
    let items = match (v.exact::<List>(), v.exact::<Tuple>()) {
        (Some(l), _) => l.borrow(),
        (_, Some(t)) => t.items(),
        _ => return None,
    };
    let selected = bounds.indices(items.len());
    let item = |i: usize| items[(selected.start + i as i64 * selected.step) as usize].to_object();
    Some(if v.is_exact::<List>() {
        List::from_fn(selected.count, item)
    } else if selected.count == items.len() && selected.step == 1 {
        v.to_object()
    } else {
        Tuple::from_fn(selected.count, item)
    })
}

/// `v[start:stop] = value`, without a slice object where a list's items are replaced by as many of another list or tuple.
pub fn set_slice(v: Value, start: Value, stop: Value, value: Value) -> Result<(), Raised> {
    let none = crate::singletons::none();
    if v != value
        && let Some(l) = v.exact::<List>()
        && let Some(bounds) = Bounds::plain(start, stop, none)
    {
        let new = match (value.exact::<List>(), value.exact::<Tuple>()) {
            (Some(new), _) => Some(new.borrow()),
            (_, Some(new)) => Some(new.items()),
            _ => None,
        };
        let selected = bounds.indices(l.len());
        if let Some(new) = new.filter(|new| new.len() == selected.count) {
            l.overwrite(selected.start as usize, new);
            return Ok(());
        }
    }
    set_item(v, Slice::new(start, stop, none).value(), value)
}

/// `v[key] = value`.
pub fn set_item(v: Value, key: Value, value: Value) -> Result<(), Raised> {
    if let Some(d) = v.exact::<Dict>() {
        return d.set(key, value);
    }
    if key.is_int()
        && let Some(l) = v.exact::<List>()
        && let Some(i) = position(key.int(), l.len())
    {
        drop(l.replace(i, value.to_object()));
        return Ok(());
    }
    match v.class().special(Special::SetItem) {
        Some(f) => call_special(f, v, &[key, value]).map(drop),
        None => Err(crate::raise!(
            TypeError,
            "'{}' object does not support item assignment",
            v.class().name()
        )),
    }
}

/// `del v[key]`.
pub fn del_item(v: Value, key: Value) -> Result<(), Raised> {
    match v.class().special(Special::DelItem) {
        Some(f) => call_special(f, v, &[key]).map(drop),
        None => Err(crate::raise!(
            TypeError,
            "'{}' object doesn't support item deletion",
            v.class().name()
        )),
    }
}

/// `item in v`.
pub fn contains(v: Value, item: Value) -> Result<bool, Raised> {
    if let Some(d) = v.exact::<Dict>() {
        return d.contains(item);
    }
    if let (Some(s), Some(part)) = (v.exact::<Str>(), item.exact::<Str>()) {
        return Ok(match (s.latin1(), part.latin1()) {
            (Some(units), Some(&[c])) => units.contains(&c),
            _ => s.text().contains(part.text()),
        });
    }
    if let Some(t) = v.exact::<Tuple>() {
        return contains_any_of(t.items(), item);
    }
    // Other items may be unhashable, which sets are lenient about.
    if item.is_int() || item.is_exact::<Str>() {
        if let Some(s) = v.exact::<crate::set::Set>() {
            return s.table.contains(item);
        }
        if let Some(s) = v.exact::<crate::set::FrozenSet>() {
            return s.table.contains(item);
        }
    }
    match v.class().special(Special::Contains) {
        Some(f) if f.is_none() => Err(crate::raise!(
            TypeError,
            "'{}' object is not a container",
            v.class().name()
        )),
        Some(f) => {
            let r = call_special(f, v, &[item])?;
            is_true(r.value())
        }
        None => {
            let it = match iter(v) {
                Ok(it) => it,
                Err(r) => {
                    let e = raise::catch(r, &exc::TypeError)?;
                    if v.class().special(Special::Iter).is_some() {
                        return Err(raise::again(e));
                    }
                    return Err(crate::raise!(
                        TypeError,
                        "argument of type '{}' is not a container or iterable",
                        v.class().name()
                    ));
                }
            };
            while let Some(x) = next(it.value())? {
                if is_equal(x.value(), item)? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
    }
}

/// Items of a tuple, which its holder keeps alive.
fn contains_any_of(items: &[Value], item: Value) -> Result<bool, Raised> {
    if items.contains(&item) {
        return Ok(true);
    }
    for &v in items {
        if is_equal(v, item)? {
            return Ok(true);
        }
    }
    Ok(false)
}
