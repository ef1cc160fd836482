//! Iteration, and what takes all items of an iterable.

use crate::call::call_special;
use crate::exception::exc;
use crate::generator::Generator;
use crate::hooks::hooks;
use crate::list::List;
use crate::raise;
use crate::raise::Raised;
use crate::special::Special;
use crate::tuple::Tuple;
use crate::types::flags;
use crate::value::{Object, Value};

/// `iter(v)`.
pub fn iter(v: Value) -> Result<Object, Raised> {
    if v.is_exact::<List>() {
        return Ok(crate::range::ListIter::new(v));
    }
    if v.is_exact::<Tuple>() {
        return Ok(crate::range::TupleIter::new(v));
    }
    if let Some(range) = v.exact::<crate::range::Range>() {
        return Ok(range.iter());
    }
    if v.is_exact::<Generator>() {
        return Ok(v.to_object());
    }
    let class = v.class();
    if crate::iter::is_own_iterator(class) {
        return Ok(v.to_object());
    }
    match class.special(Special::Iter) {
        Some(f) if !f.is_none() => {
            let it = call_special(f, v, &[])?;
            if it.class().special(Special::Next).is_none() {
                return Err(crate::raise!(
                    TypeError,
                    "iter() returned non-iterator of type '{}'",
                    it.class().name()
                ));
            }
            Ok(it)
        }
        None if class.special(Special::GetItem).is_some() && !class.has(flags::MAPPING) => {
            match crate::runtime().sequence_iter.get() {
                Some(make) => Ok(make(v)),
                None => Err(crate::raise!(SystemError, "sequence iteration is not attached")),
            }
        }
        _ => Err(crate::raise!(TypeError, "'{}' object is not iterable", class.name())),
    }
}

/// `next(v)`: `None` at the end.
#[inline]
pub fn next(v: Value) -> Result<Option<Object>, Raised> {
    // Most are iterators of lists.
    if let Some(list) = v.exact::<crate::range::ListIter>() {
        return Ok(list.advance());
    }
    let class = v.class();
    if let Some(f) = (crate::iter::fast_next(class)).get() {
        return f(v);
    }
    let Some(f) = class.special(Special::Next) else {
        return Err(crate::raise!(TypeError, "'{}' object is not an iterator", class.name()));
    };
    match call_special(f, v, &[]) {
        Ok(o) => Ok(Some(o)),
        Err(r) => raise::catch(r, &exc::StopIteration).map(|_| None),
    }
}

/// Calls `f` with every item of an iterable.
pub fn for_each(v: Value, mut f: impl FnMut(Object) -> Result<(), Raised>) -> Result<(), Raised> {
    if let Some(l) = v.exact::<List>() {
        let mut i = 0;
        while let Some(o) = l.get(i) {
            i += 1;
            f(o)?;
        }
        return Ok(());
    }
    if let Some(t) = v.exact::<Tuple>() {
        let held = v.to_object();
        for i in 0..t.len() {
            f(held.expect::<Tuple>().items()[i].to_object())?;
        }
        return Ok(());
    }
    if v.is_exact::<Generator>() {
        return (hooks().drive)(v, &mut |o| f(o).map(|()| true)).map(drop);
    }
    let it = iter(v)?;
    while let Some(o) = next(it.value())? {
        f(o)?;
    }
    Ok(())
}

/// All items of an iterable.
pub fn to_vec(v: Value) -> Result<Vec<Object>, Raised> {
    let mut out = Vec::with_capacity(length_hint(v).unwrap_or(0).min(1 << 16));
    for_each(v, |o| {
        out.push(o);
        Ok(())
    })?;
    Ok(out)
}
fn length_hint(v: Value) -> Option<usize> {
    if let Some(l) = v.exact::<List>() {
        return Some(l.len());
    }
    v.exact::<Tuple>().map(Tuple::len)
}

/// A list or tuple's items, or a new list of an iterable's items: for functions that want a sequence.
pub fn sequence_items(v: Value) -> Result<Vec<Object>, Raised> {
    if let Some(t) = v.cast::<Tuple>() {
        return Ok(t.items().iter().map(|v| v.to_object()).collect());
    }
    if let Some(l) = v.exact::<List>() {
        return Ok(l.snapshot());
    }
    to_vec(v)
}
