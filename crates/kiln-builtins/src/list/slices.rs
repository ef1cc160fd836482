//! Subscripts of lists: reading, assigning and deleting items and slices.

use crate::shared::{Subscript, position, subscript};
use kiln_object::list::List;
use kiln_object::slice::{Bounds, Indices, Slice};
use kiln_object::{Object, Raised, Value, ops, raise};

const WHAT: &str = "list indices";

#[inline]
pub fn get(this: &List, key: Value) -> Result<Object, Raised> {
    match subscript(&key, WHAT)? {
        Subscript::Index(i) => match position(i, this.len()).and_then(|i| this.get(i)) {
            Some(o) => Ok(o),
            None => Err(raise::index_error("list index out of range")),
        },
        Subscript::Slice(s) => {
            let selected = s.bounds()?.indices(this.len());
            Ok(copy(this, selected))
        }
    }
}

fn copy(this: &List, selected: Indices) -> Object {
    let items = this.borrow();
    if selected.step == 1 && selected.count > 0 {
        let start = selected.start as usize;
        return List::from_values(&items[start..start + selected.count]);
    }
    let Indices { start, step, count, .. } = selected;
    List::from_fn(count, |i| {
        items[start.wrapping_add(step.wrapping_mul(i as i64)) as usize].to_object()
    })
}

pub fn set(this: &List, key: Value, value: Value) -> Result<(), Raised> {
    match subscript(&key, WHAT)? {
        Subscript::Index(i) => match position(i, this.len()) {
            Some(i) => {
                drop(this.replace(i, value.to_object()));
                Ok(())
            }
            None => Err(raise::index_error("list assignment index out of range")),
        },
        Subscript::Slice(s) => set_slice(this, s, value),
    }
}

fn set_slice(this: &List, s: &Slice, value: Value) -> Result<(), Raised> {
    assign(this, s.bounds()?, value)
}

fn assign(this: &List, bounds: Bounds, value: Value) -> Result<(), Raised> {
    let plain = bounds.step == 1;
    let new = if let Some(l) = value.cast::<List>().filter(|l| std::ptr::eq(*l, this)) {
        l.snapshot()
    } else {
        if value.class().special(kiln_object::Special::Iter).is_none()
            && value.class().special(kiln_object::Special::GetItem).is_none()
        {
            return Err(kiln_object::raise!(TypeError, "must assign iterable to extended slice"));
        }
        ops::sequence_items(value)?
    };
    let selected = bounds.indices(this.len());
    if plain {
        let start = selected.start as usize;
        let end = start.max(selected.stop as usize);
        drop(this.splice(start, end, new));
        return Ok(());
    }
    if new.len() != selected.count {
        return Err(kiln_object::raise!(
            ValueError,
            "attempt to assign sequence of size {} to extended slice of size {}",
            new.len(),
            selected.count
        ));
    }
    // The old items are released when all new ones are in place.
    let old: Vec<Object> = selected.positions().zip(new).map(|(i, o)| this.replace(i, o)).collect();
    drop(old);
    Ok(())
}

pub fn delete(this: &List, key: Value) -> Result<(), Raised> {
    match subscript(&key, WHAT)? {
        Subscript::Index(i) => match position(i, this.len()) {
            Some(i) => {
                drop(this.remove(i));
                Ok(())
            }
            None => Err(raise::index_error("list assignment index out of range")),
        },
        Subscript::Slice(s) => {
            let selected = s.bounds()?.indices(this.len());
            delete_slice(this, selected);
            Ok(())
        }
    }
}

fn delete_slice(this: &List, selected: Indices) {
    if selected.count == 0 {
        return;
    }
    if selected.step == 1 {
        let start = selected.start as usize;
        drop(this.splice(start, start + selected.count, Vec::new()));
        return;
    }
    let mut gone = vec![false; this.len()];
    for i in selected.positions() {
        gone[i] = true;
    }
    let mut dropped = Vec::with_capacity(selected.count);
    let mut kept = Vec::with_capacity(this.len() - selected.count);
    for (o, gone) in this.take().into_iter().zip(gone) {
        if gone {
            dropped.push(o);
        } else {
            kept.push(o);
        }
    }
    drop(this.splice(0, 0, kept));
    drop(dropped);
}
