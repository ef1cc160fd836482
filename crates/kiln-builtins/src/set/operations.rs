//! Set algebra and comparison.

use super::{copy_of, is_any_set, new_like, table, update};
use kiln_object::dict::Dict;
use kiln_object::ops::{self, CompareOp};
use kiln_object::set::{FrozenSet, Set, SetTable, table_of};
use kiln_object::{Object, Raised, Value};

/// An operator: both operands are sets, or it is not implemented. The result is of the left one's kind.
pub fn binary(a: Value, b: Value, f: fn(Value, Value) -> Result<Object, Raised>) -> Result<Object, Raised> {
    if !is_any_set(a) || !is_any_set(b) {
        return Ok(Object::not_implemented());
    }
    f(a, b)
}

/// The hashes and items of an iterable, ready to be looked up.
fn for_each_hashed(v: Value, mut f: impl FnMut(Value, i64) -> Result<bool, Raised>) -> Result<(), Raised> {
    if let Some(t) = table_of(&v) {
        for (hash, key) in t.snapshot() {
            if !f(key.value(), hash)? {
                return Ok(());
            }
        }
        return Ok(());
    }
    if let Some(d) = v.exact::<Dict>() {
        let mut at = 0;
        while let Some((i, e)) = d.next_entry(at) {
            at = i + 1;
            let key = e.key.to_object();
            if !f(key.value(), e.hash)? {
                return Ok(());
            }
        }
        return Ok(());
    }
    let it = ops::iter(v)?;
    while let Some(x) = ops::next(it.value())? {
        let hash = ops::hash_key(x.value(), "set element")?;
        if !f(x.value(), hash)? {
            return Ok(());
        }
    }
    Ok(())
}

pub fn union(a: Value, b: Value) -> Result<Object, Raised> {
    let o = copy_of(a)?;
    update(table(&o), b)?;
    Ok(o)
}

pub fn intersection(a: Value, b: Value) -> Result<Object, Raised> {
    if a == b {
        return copy_of(a);
    }
    let o = new_like(a);
    let (mut walked, mut asked) = (b, a);
    if let Some(t) = table_of(&b)
        && t.len() > table(&a).len()
    {
        (walked, asked) = (a, b);
    }
    let held = asked.to_object();
    for_each_hashed(walked, |key, hash| {
        if table(&held).contains_hashed(key, hash)? {
            table(&o).add_hashed(key, hash)?;
        }
        Ok(true)
    })?;
    Ok(o)
}

pub fn intersection_all(a: Value, others: &[Value]) -> Result<Object, Raised> {
    let Some((&first, rest)) = others.split_first() else {
        return copy_of(a);
    };
    let mut o = intersection(a, first)?;
    for &other in rest {
        o = intersection(o.value(), other)?;
    }
    Ok(o)
}

pub fn difference(a: Value, b: Value) -> Result<Object, Raised> {
    let has: Box<dyn Fn(Value, i64) -> Result<bool, Raised>> = if table_of(&b).is_some() {
        Box::new(move |key, hash| table(&b).contains_hashed(key, hash))
    } else if b.exact::<Dict>().is_some() {
        Box::new(move |key, hash| Ok(b.expect::<Dict>().get_hashed(key, hash)?.is_some()))
    } else {
        let o = copy_of(a)?;
        difference_update(&o, b)?;
        return Ok(o);
    };
    // From a set much larger than the other one, the few common items are removed from a copy.
    let other_len = table_of(&b).map_or_else(|| b.expect::<Dict>().len(), SetTable::len);
    if table(&a).len() >> 2 > other_len {
        let o = copy_of(a)?;
        difference_update(&o, b)?;
        return Ok(o);
    }
    let o = new_like(a);
    for (hash, key) in table(&a).snapshot() {
        if !has(key.value(), hash)? {
            table(&o).add_hashed(key.value(), hash)?;
        }
    }
    Ok(o)
}

pub fn difference_update(this: &Object, other: Value) -> Result<(), Raised> {
    if this.value() == other {
        table(this).clear();
        return Ok(());
    }
    for_each_hashed(other, |key, hash| {
        let gone = table(this).discard_hashed(key, hash)?;
        drop(gone);
        Ok(true)
    })
}

pub fn symmetric_difference_update(this: &SetTable, other: Value) -> Result<(), Raised> {
    if table_of(&other).is_some_and(|t| std::ptr::eq(t, this)) {
        this.clear();
        return Ok(());
    }
    let held;
    let source = if is_any_set(other) || other.exact::<Dict>().is_some() {
        other
    } else {
        // Items that come twice must count once.
        held = super::from_iterable(other)?;
        held.value()
    };
    for_each_hashed(source, |key, hash| {
        match this.discard_hashed(key, hash)? {
            Some(gone) => drop(gone),
            None => drop(this.add_hashed(key, hash)?),
        }
        Ok(true)
    })
}

pub fn symmetric_difference(a: Value, b: Value) -> Result<Object, Raised> {
    // CPython starts from a copy of the right operand, which the order of the result shows.
    let o = new_like(a);
    update(table(&o), b)?;
    symmetric_difference_update(table(&o), a)?;
    Ok(o)
}

pub fn is_disjoint(a: Value, b: Value) -> Result<bool, Raised> {
    if a == b {
        return Ok(table(&a).is_empty());
    }
    let (mut walked, mut asked) = (b, a);
    if let Some(t) = table_of(&b)
        && t.len() > table(&a).len()
    {
        (walked, asked) = (a, b);
    }
    let mut disjoint = true;
    for_each_hashed(walked, |key, hash| {
        disjoint = !table(&asked).contains_hashed(key, hash)?;
        Ok(disjoint)
    })?;
    Ok(disjoint)
}

fn all_in(a: &SetTable, b: &SetTable) -> Result<bool, Raised> {
    if a.len() > b.len() {
        return Ok(false);
    }
    let mut at = 0;
    while let Some((i, e)) = a.next_entry(at) {
        at = i + 1;
        let key = e.key.to_object();
        if !b.contains_hashed(key.value(), e.hash)? {
            return Ok(false);
        }
    }
    Ok(true)
}

pub fn is_subset(a: Value, b: Value) -> Result<bool, Raised> {
    if let Some(t) = table_of(&b) {
        return all_in(table(&a), t);
    }
    let common = intersection(a, b)?;
    Ok(table(&common).len() == table(&a).len())
}

pub fn is_superset(a: Value, b: Value) -> Result<bool, Raised> {
    if let Some(t) = table_of(&b) {
        return all_in(t, table(&a));
    }
    let mut all = true;
    for_each_hashed(b, |key, hash| {
        all = table(&a).contains_hashed(key, hash)?;
        Ok(all)
    })?;
    Ok(all)
}

pub fn compare(op: CompareOp, a: Value, b: Value) -> Result<Object, Raised> {
    if !is_any_set(b) {
        return Ok(Object::not_implemented());
    }
    let (x, y) = (table(&a), table(&b));
    let equal = || -> Result<bool, Raised> {
        let hash = |v: &Value| v.cast::<FrozenSet>().map(|f| f.hash.get()).filter(|&h| h != -1);
        if x.len() != y.len() {
            return Ok(false);
        }
        if let (Some(g), Some(h)) = (hash(&a), hash(&b))
            && g != h
        {
            return Ok(false);
        }
        all_in(x, y)
    };
    let holds = match op {
        CompareOp::Eq => equal()?,
        CompareOp::Ne => !equal()?,
        CompareOp::Lt => x.len() < y.len() && all_in(x, y)?,
        CompareOp::Le => all_in(x, y)?,
        CompareOp::Gt => y.len() < x.len() && all_in(y, x)?,
        CompareOp::Ge => all_in(y, x)?,
    };
    Ok(Object::bool(holds))
}
const _: fn() -> Object = Set::new;
