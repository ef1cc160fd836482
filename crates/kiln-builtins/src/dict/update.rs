//! Filling a dict from mappings, pairs and named arguments.

use kiln_object::args::{Keywords, Rest};
use kiln_object::call::call_method;
use kiln_object::dict::Dict;
use kiln_object::exception::exc;
use kiln_object::layout::ObjectType;
use kiln_object::list::List;
use kiln_object::tuple::Tuple;
use kiln_object::{Object, Raised, Special, Value, ops, raise};

/// `dict.update` and `dict.__init__`.
pub fn update(name: &str, this: &Dict, args: Rest<'_>, kwargs: Keywords<'_>) -> Result<(), Raised> {
    if args.len() > 1 {
        return Err(kiln_object::raise!(
            TypeError,
            "{name} expected at most 1 argument, got {}",
            args.len()
        ));
    }
    if let Some(&source) = args.first() {
        update_from(this, source)?;
    }
    for (key, value) in kwargs.iter() {
        this.set(key, value)?;
    }
    Ok(())
}

/// Adds what a mapping (it has `keys`) or an iterable of pairs holds.
pub fn update_from(this: &Dict, source: Value) -> Result<(), Raised> {
    if source.is_exact::<Dict>() {
        return merge(this, source);
    }
    if kiln_object::attr::find_attr(source, kiln_object::intern!("keys"))?.is_some() {
        return merge(this, source);
    }
    merge_pairs(this, source)
}

/// Adds the keys and values of a mapping.
pub fn merge(this: &Dict, source: Value) -> Result<(), Raised> {
    if let Some(d) = source.cast::<Dict>()
        && source.class().special(Special::Iter) == Dict::class().special(Special::Iter)
    {
        return merge_dict(this, d);
    }
    let keys = call_method(source, kiln_object::intern!("keys"), &[])?;
    let it = ops::iter(keys.value())?;
    while let Some(key) = ops::next(it.value())? {
        let value = ops::get_item(source, key.value())?;
        this.set(key.value(), value.value())?;
    }
    Ok(())
}

fn merge_dict(this: &Dict, source: &Dict) -> Result<(), Raised> {
    if std::ptr::eq(this, source) || source.is_empty() {
        return Ok(());
    }
    let fresh = this.is_empty();
    if fresh && !this.reserve(source.len()) {
        return Err(raise::memory_error());
    }
    let n = source.len();
    let mut at = 0;
    while let Some((i, e)) = source.next_entry(at) {
        at = i + 1;
        let (key, value) = (e.key.to_object(), e.value.to_object());
        this.set_hashed(key.value(), e.hash, value.value())?;
        if source.len() != n {
            return Err(kiln_object::raise!(RuntimeError, "dict mutated during update"));
        }
    }
    Ok(())
}

fn merge_pairs(this: &Dict, source: Value) -> Result<(), Raised> {
    let it = ops::iter(source)?;
    let mut n = 0;
    while let Some(item) = ops::next(it.value())? {
        let pair = pair_items(&item)?;
        if pair.len() != 2 {
            return Err(kiln_object::raise!(
                ValueError,
                "dictionary update sequence element #{n} has length {}; 2 is required",
                pair.len()
            ));
        }
        this.set(pair[0].value(), pair[1].value())?;
        n += 1;
    }
    Ok(())
}

fn pair_items(item: &Object) -> Result<Vec<Object>, Raised> {
    if let Some(t) = item.value().exact::<Tuple>() {
        return Ok(t.items().iter().map(|v| v.to_object()).collect());
    }
    if let Some(l) = item.value().exact::<List>() {
        return Ok(l.snapshot());
    }
    match ops::iter(item.value()) {
        Ok(it) => ops::to_vec(it.value()),
        Err(r) => {
            drop(raise::catch(r, &exc::TypeError)?);
            Err(kiln_object::raise!(TypeError, "object is not iterable"))
        }
    }
}
