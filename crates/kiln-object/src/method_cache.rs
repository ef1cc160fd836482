//! The global cache of attribute lookups on classes: (class version, name) to what `Type::lookup` found, borrowed.

use crate::value::Value;
use std::cell::Cell;

const SIZE: usize = 2048;

struct Line {
    version: Cell<u32>,
    name: Cell<Value>,
    found: Cell<Value>,
}
struct Cache([Line; SIZE]);
#[expect(unsafe_code, reason = "a static of cells")]
// SAFETY: under the global lock.
unsafe impl Sync for Cache {}
static CACHE: Cache = Cache(
    [const {
        Line {
            version: Cell::new(0),
            name: Cell::new(Value::ZERO),
            found: Cell::new(Value::ZERO),
        }
    }; SIZE],
);

fn line(version: u32, name: Value) -> &'static Line {
    &CACHE.0[(version as usize ^ (name.0 >> 4) as usize) % SIZE]
}

/// `Some(found)` on a hit, where `found` is `None` if the class has no such attribute.
#[inline]
pub fn get(version: u32, name: Value) -> Option<Option<Value>> {
    let l = line(version, name);
    if l.version.get() == version && l.name.get() == name {
        let v = l.found.get();
        return Some((!v.is_pending()).then_some(v));
    }
    None
}
/// A version is never used again, so an entry is right until it is overwritten. Names of entries may die: an address
/// that is used again by another name is excluded by making cached names immortal where they are not interned for ever.
pub fn put(version: u32, name: Value, found: Option<Value>) {
    let l = line(version, name);
    l.version.set(version);
    // The cache keeps the name alive, or its address could come to mean another one.
    name.incref();
    let old = l.name.replace(name);
    old.decref();
    l.found.set(found.unwrap_or(Value::PENDING));
}

/// The class's value of that name was replaced without an end to its version.
pub fn forget(version: u32, name: Value) {
    let l = line(version, name);
    if l.version.get() == version && l.name.get() == name {
        l.version.set(0);
    }
}
