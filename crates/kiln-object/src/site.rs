//! What looking an attribute up found, by shape and name: the entries of inline caches, and the global table behind them.
//!
//! An [`Entry`] holds for objects of its shape while the class epoch stands. It is made by [`resolve_load`] or
//! [`resolve_store`], which decide what may be remembered at all, and carried out by [`Found::load`] and [`Found::store`];
//! handlers and compiled code carry the frequent kinds out themselves. A site with more shapes than entries finds them in
//! the global tables here, so that no warm access walks a method resolution order.
//!
//! What belongs here: what is remembered and when it holds. Which site remembers what is the interpreter's business.

use crate::attr::{self, Binding, binding};
use crate::descr::{ClassMethod, Property, StaticMethod};
use crate::dict::Dict;
use crate::instance;
use crate::layout::ObjectType;
use crate::module::Module;
use crate::native::{GetSet, Member};
use crate::raise::{self, Raised};
use crate::shape::{Mode, ShapeId, known, shape};
use crate::special::Special;
use crate::types::{Type, class_epoch, flags, object_type};
use crate::value::{Object, Value};
use std::cell::Cell;

/// The value lies inline, at byte offset `place`.
pub const SLOT: u8 = 1;
/// A function or native method of the class, in `value`, binds.
pub const METHOD: u8 = 2;
/// A plain value of a class that does not change, in `value`.
pub const CLASS_VALUE: u8 = 3;
/// The property in `value`. Of stores: any data descriptor.
pub const PROPERTY: u8 = 4;
/// A `__slots__` member at byte offset `place`, which may be unbound.
pub const MEMBER: u8 = 5;
/// Entry `place` of a module's namespace, whose version is `check`; `value` is the namespace.
pub const MODULE: u8 = 6;
/// Of stores: a transition to the shape that `value` holds as an int; the value goes inline, at byte offset `place`.
pub const ADD: u8 = 7;
/// The value lies in the overflow array, as attribute number `place`.
pub const OVERFLOW: u8 = 8;
/// A plain value of a class: entry `place` of the namespace `value`, whose version is `check`.
pub const CLASS_CELL: u8 = 9;
/// The static method in `value`.
pub const STATIC: u8 = 10;
/// The class method in `value`.
pub const CLASS_METHOD: u8 = 11;
/// The native attribute in `value`.
pub const GETSET: u8 = 12;
/// Any other descriptor, in `value`.
pub const DESCRIPTOR: u8 = 13;
/// The instance's own `__dict__` decides; then `value`, if the class has any. Of stores: the instance's own, the general way.
pub const OWN_DICT: u8 = 14;
/// No such attribute.
pub const ABSENT: u8 = 15;
/// Of class objects: entry `place` of the namespace `value`, whose version is `check`, where the class's version is `key`.
pub const TYPE_CELL: u8 = 16;
/// The same, a static method.
pub const TYPE_STATIC: u8 = 17;
/// The same, a class method.
pub const TYPE_CLASS_METHOD: u8 = 18;

/// Of `super`: what was found beyond the class whose root shape is `place`.
pub const SUPER: u8 = 19;

/// A shape id that no object has.
pub const NO_SHAPE: u32 = u32::MAX;
/// Entries of an inline cache.
pub const MOST_ENTRIES: usize = 4;

/// What a lookup found, as plain data.
#[derive(Clone, Copy, Debug)]
pub struct Found {
    pub shape: u32,
    pub kind: u8,
    pub place: u32,
    /// Borrowed: as long as the epoch stands, the class holds it.
    pub value: Value,
    pub key: u32,
    pub check: u32,
}

/// One remembered lookup. Other sites than those of attributes use the fields in their own way.
#[repr(C)]
pub struct Entry {
    /// Shape of the object, or version of a namespace; [`NO_SHAPE`] matches nothing.
    pub shape: Cell<u32>,
    /// Byte offset in the object, or number of a dict entry.
    pub place: Cell<u32>,
    /// The class epoch that the entry holds in, or version of the builtins.
    pub version: Cell<u32>,
    /// See the kinds above.
    pub kind: Cell<u8>,
    /// Of a site's first entry: how often the site learned, up to a ceiling.
    pub misses: Cell<u8>,
    /// Of a site's first entry: not zero when there were more shapes than entries.
    pub crowded: Cell<u16>,
    /// Borrowed.
    pub value: Cell<Value>,
    pub key: Cell<u32>,
    pub check: Cell<u32>,
}

impl Entry {
    pub const fn empty() -> Entry {
        Entry {
            shape: Cell::new(NO_SHAPE),
            place: Cell::new(0),
            version: Cell::new(0),
            kind: Cell::new(0),
            misses: Cell::new(0),
            crowded: Cell::new(0),
            value: Cell::new(Value::ZERO),
            key: Cell::new(0),
            check: Cell::new(0),
        }
    }
    pub fn set(&self, f: &Found) {
        self.kind.set(f.kind);
        self.place.set(f.place);
        self.value.set(f.value);
        self.key.set(f.key);
        self.check.set(f.check);
        self.version.set(class_epoch());
        self.shape.set(f.shape);
    }
    pub fn found(&self) -> Found {
        Found {
            shape: self.shape.get(),
            kind: self.kind.get(),
            place: self.place.get(),
            value: self.value.get(),
            key: self.key.get(),
            check: self.check.get(),
        }
    }
    /// Whether the entry stands, as far as the object's shape tells.
    #[inline(always)]
    pub fn matches(&self, shape: u32, epoch: u32) -> bool {
        self.shape.get() == shape && self.version.get() == epoch
    }
    /// Whether more than the shape has to agree, and does not.
    #[inline(always)]
    pub fn refuses(&self, o: Value) -> bool {
        match self.kind.get() {
            MODULE => namespace_version(o) != self.check.get(),
            TYPE_CELL.. => class_version(o) != self.key.get(),
            _ => false,
        }
    }
}

/// The version of a module's namespace.
#[inline(always)]
fn namespace_version(o: Value) -> u32 {
    // An entry of this kind has the shape of exact modules.
    debug_assert!(o.is_exact::<Module>());
    #[expect(unsafe_code, reason = "the shape says what the object is")]
    // SAFETY: as said; a module's namespace is a dict.
    unsafe {
        let d = (*(o.ptr() as *const Module)).dict.raw();
        (*(d.ptr() as *const Dict)).version_raw()
    }
}
/// The version of a class object.
#[inline(always)]
fn class_version(o: Value) -> u32 {
    debug_assert!(o.cast::<Type>().is_some());
    #[expect(unsafe_code, reason = "the shape says what the object is")]
    // SAFETY: entries of these kinds have shapes of classes.
    unsafe {
        (*(o.ptr() as *const Type)).version_raw()
    }
}

struct Line {
    entry: Entry,
    name: Cell<Value>,
}
const LINES: usize = 2048;
struct Lines([Line; LINES]);
#[expect(unsafe_code, reason = "a static of cells")]
// SAFETY: under the global lock.
unsafe impl Sync for Lines {}
static LOADS: Lines = Lines(
    [const {
        Line {
            entry: Entry::empty(),
            name: Cell::new(Value::ZERO),
        }
    }; LINES],
);
static STORES: Lines = Lines(
    [const {
        Line {
            entry: Entry::empty(),
            name: Cell::new(Value::ZERO),
        }
    }; LINES],
);

#[inline(always)]
fn line(lines: &'static Lines, shape: u32, name: Value) -> &'static Line {
    let n = (shape as usize).wrapping_mul(0x9E5) ^ (name.0 >> 4) as usize;
    &lines.0[n % LINES]
}
/// The global table's entry of loads, if it has one that stands.
#[inline(always)]
pub fn known_load(shape: u32, name: Value) -> Option<&'static Entry> {
    let l = line(&LOADS, shape, name);
    (l.name.get() == name && l.entry.matches(shape, class_epoch())).then_some(&l.entry)
}
/// The same of stores.
#[inline(always)]
pub fn known_store(shape: u32, name: Value) -> Option<&'static Entry> {
    let l = line(&STORES, shape, name);
    (l.name.get() == name && l.entry.matches(shape, class_epoch())).then_some(&l.entry)
}
fn put(lines: &'static Lines, name: Value, f: &Found) {
    let l = line(lines, f.shape, name);
    // The table keeps the name alive, or its address could come to mean another one.
    name.incref();
    let old = l.name.replace(name);
    l.entry.set(f);
    old.decref();
}

/// What a load of `name` from `o` finds, remembered or worked out; none where nothing may be remembered.
#[inline]
pub fn load_of(o: Value, name: Value) -> Option<Found> {
    if !o.is_ptr() {
        return None;
    }
    let id = o.header().shape();
    match known_load(id.0, name) {
        Some(e) => Some(e.found()),
        None => load_anew(o, name),
    }
}
#[inline(never)]
fn load_anew(o: Value, name: Value) -> Option<Found> {
    let (id, class) = (o.header().shape(), o.header().class());
    if class.has(flags::TYPE_SUBCLASS) {
        return resolve_type(o, class, name);
    }
    if id.0 == known::MODULE {
        return resolve_module(o, name);
    }
    let f = resolve_load(class, id, name)?;
    put(&LOADS, name, &f);
    Some(f)
}
/// What a store of `name` into `o` does, remembered or worked out; none where nothing may be remembered.
#[inline]
pub fn store_of(o: Value, name: Value) -> Option<Found> {
    if !o.is_ptr() {
        return None;
    }
    let id = o.header().shape();
    if let Some(e) = known_store(id.0, name) {
        return Some(e.found());
    }
    let f = resolve_store(o.header().class(), id, name)?;
    put(&STORES, name, &f);
    Some(f)
}

/// Whether instances are modules: their attributes lie elsewhere.
fn is_module(class: &Type) -> bool {
    std::ptr::eq(class.layout(), Module::layout())
}

/// What a load of `name` finds in any object of this class and shape.
pub fn resolve_load(class: &Type, id: ShapeId, name: Value) -> Option<Found> {
    if class.has(flags::TYPE_SUBCLASS)
        || class.special(Special::GetAttribute) != object_type().special(Special::GetAttribute)
        || is_module(class)
    {
        return None;
    }
    // What raises AttributeError is for `__getattr__` to answer.
    let plain = class.has(flags::PLAIN_GETATTR);
    let found = class.lookup(name);
    let made = |kind, place, value| Some(Found::of(id, kind, place, value));
    if let Some(f) = found
        && let Binding::Data = binding(f)
    {
        if !plain || f.header().class().special(Special::Get).is_none() {
            return None;
        }
        if let Some(m) = f.exact::<Member>() {
            return member_of(class, m).then(|| made(MEMBER, m.offset.0, Value::ZERO))?;
        }
        let kind = if f.is_exact::<Property>() {
            PROPERTY
        } else if f.is_exact::<GetSet>() {
            GETSET
        } else {
            DESCRIPTOR
        };
        return made(kind, 0, f);
    }
    let sh = shape(id);
    match sh.mode {
        Mode::Slots => {
            if let Some(i) = sh.find(name) {
                return match instance::inline_offset(class, i) {
                    Some(offset) => made(SLOT, offset, Value::ZERO),
                    None => made(OVERFLOW, i, Value::ZERO),
                };
            }
        }
        Mode::Dict => {
            if !plain {
                return None;
            }
            return made(OWN_DICT, 0, found.unwrap_or(Value::ZERO));
        }
        Mode::Fixed => {}
    }
    let Some(f) = found else {
        return if plain { made(ABSENT, 0, Value::ZERO) } else { None };
    };
    match binding(f) {
        Binding::Method => made(METHOD, 0, f),
        Binding::Plain if class.has(flags::IMMUTABLE) => made(CLASS_VALUE, 0, f),
        // A plain value may be replaced without a new epoch: its place is remembered.
        Binding::Plain => {
            let (d, n) = place_in(class, name)?;
            let f = made(CLASS_CELL, n, Value::from_ptr(&d.header))?;
            Some(Found {
                check: d.version(),
                ..f
            })
        }
        _ if f.is_exact::<StaticMethod>() => made(STATIC, 0, f),
        _ if f.is_exact::<ClassMethod>() => made(CLASS_METHOD, 0, f),
        _ if plain => made(DESCRIPTOR, 0, f),
        _ => None,
    }
}
/// Whether the member is the class's own or inherited, and lies at the same place in all instances.
fn member_of(class: &Type, m: &Member) -> bool {
    m.fixed_offset().is_some() && class.is_subtype(m.owner.value().expect::<Type>())
}

/// The namespace in which a lookup on the class finds the name, and the entry's number.
pub fn place_in(class: &Type, name: Value) -> Option<(&Dict, u32)> {
    class.mro().into_iter().find_map(|c| {
        let d = c.dict();
        d.index_of(name).map(|n| (d, n))
    })
}

/// What a load of `name` finds in a class object.
fn resolve_type(o: Value, meta: &Type, name: Value) -> Option<Found> {
    let t = o.cast::<Type>()?;
    if !meta.has(flags::PLAIN_GETATTR) {
        return None;
    }
    if let Some(d) = meta.lookup(name)
        && let Binding::Data = binding(d)
    {
        return None;
    }
    let v = t.lookup(name)?;
    let kind = match binding(v) {
        Binding::Method | Binding::Plain => TYPE_CELL,
        _ if v.is_exact::<StaticMethod>() => TYPE_STATIC,
        _ if v.is_exact::<ClassMethod>() => TYPE_CLASS_METHOD,
        _ => return None,
    };
    let (d, place) = place_in(t, name)?;
    Some(Found {
        shape: o.header().shape().0,
        kind,
        place,
        value: Value::from_ptr(&d.header),
        key: t.version(),
        check: d.version(),
    })
}

fn resolve_module(o: Value, name: Value) -> Option<Found> {
    let dict = o.exact::<Module>()?.dict.peek()?;
    let d = dict.exact::<Dict>()?;
    let place = d.index_of(name)?;
    if let Some(f) = Module::class().lookup(name)
        && let Binding::Data = binding(f)
    {
        return None;
    }
    Some(Found {
        shape: known::MODULE,
        kind: MODULE,
        place,
        value: dict,
        key: 0,
        check: d.version(),
    })
}

/// What a store of `name` does in any object of this class and shape.
pub fn resolve_store(class: &Type, id: ShapeId, name: Value) -> Option<Found> {
    if !class.has(flags::PLAIN_SETATTR) || class.has(flags::TYPE_SUBCLASS) || is_module(class) {
        return None;
    }
    let made = |kind, place, value| Some(Found::of(id, kind, place, value));
    if let Some(f) = class.lookup(name)
        && let Binding::Data = binding(f)
    {
        if let Some(m) = f.exact::<Member>() {
            return member_of(class, m).then(|| made(MEMBER, m.offset.0, Value::ZERO))?;
        }
        return made(PROPERTY, 0, f);
    }
    let sh = shape(id);
    match sh.mode {
        Mode::Fixed => None,
        Mode::Dict => made(OWN_DICT, 0, Value::ZERO),
        Mode::Slots => match sh.find(name) {
            Some(i) => match instance::inline_offset(class, i) {
                Some(offset) => made(SLOT, offset, Value::ZERO),
                None => made(OVERFLOW, i, Value::ZERO),
            },
            None => match (sh.add(id, name), instance::inline_offset(class, sh.count)) {
                (Some(after), Some(offset)) => made(ADD, offset, Value((after.0 as u64) << 1)),
                _ => made(OWN_DICT, 0, Value::ZERO),
            },
        },
    }
}

impl Found {
    /// What holds for every object of the shape, as long as the epoch lasts.
    fn of(id: ShapeId, kind: u8, place: u32, value: Value) -> Found {
        Found {
            shape: id.0,
            kind,
            place,
            value,
            key: 0,
            check: 0,
        }
    }
    /// Whether this stands for the object, whose shape agrees.
    pub fn stands(&self, o: Value) -> bool {
        match self.kind {
            MODULE => namespace_version(o) == self.check,
            TYPE_CELL.. => class_version(o) == self.key,
            _ => true,
        }
    }
    /// The shape after an `ADD`.
    pub fn after(&self) -> ShapeId {
        ShapeId((self.value.0 >> 1) as u32)
    }
    /// What the entry of a namespace holds now, borrowed.
    fn cell(&self) -> Option<Value> {
        let d = self.value;
        let d = d.expect::<Dict>();
        (d.version_raw() == self.check).then(|| d.value_at(self.place))
    }
    /// The attribute; `None` if there is no such one, or if what was remembered has become stale within the epoch.
    pub fn load(&self, o: Value, name: Value) -> Result<Load, Raised> {
        let v = match self.kind {
            SLOT => instance::member_word(o, self.place).get().to_object(),
            OVERFLOW => instance::slot_word(o, o.header().class(), self.place).get().to_object(),
            METHOD => attr::bind(self.value, o)?,
            CLASS_VALUE => self.value.to_object(),
            PROPERTY => {
                let p = self.value.to_object();
                return attr::descriptor_get(p.value(), Some(o), o.header().class()).map(Load::Is);
            }
            MEMBER => {
                let v = instance::member_word(o, self.place).get();
                if v.is_unbound() {
                    return Err(raise::no_attribute(o, name));
                }
                v.to_object()
            }
            GETSET | DESCRIPTOR | STATIC | CLASS_METHOD => {
                let d = self.value.to_object();
                return attr::descriptor_get(d.value(), Some(o), o.header().class()).map(Load::Is);
            }
            CLASS_CELL | MODULE => match self.cell() {
                Some(v) => v.to_object(),
                None => return Ok(Load::Stale),
            },
            TYPE_CELL.. => match (self.cell(), o.cast::<Type>()) {
                (Some(v), Some(_)) if self.kind == TYPE_CELL => v.to_object(),
                (Some(v), Some(t)) => {
                    let v = v.to_object();
                    return attr::descriptor_get(v.value(), None, t).map(Load::Is);
                }
                _ => return Ok(Load::Stale),
            },
            OWN_DICT => match instance::get_own(o, name) {
                Some(v) => v.to_object(),
                None if self.value == Value::ZERO => return Ok(Load::Absent),
                None => {
                    let d = self.value.to_object();
                    return attr::descriptor_get_any(d.value(), Some(o), o.header().class()).map(Load::Is);
                }
            },
            ABSENT => return Ok(Load::Absent),
            _ => return Ok(Load::Stale),
        };
        Ok(Load::Is(v))
    }
    /// The same for a call: function and receiver, or callable and none, without a bound method in between.
    pub fn load_method(&self, o: Value, name: Value) -> Result<LoadMethod, Raised> {
        let bound = |f: Value, receiver: Value| Ok(LoadMethod::Bound(f.to_object(), receiver.to_object()));
        match self.kind {
            METHOD => return bound(self.value, o),
            CLASS_METHOD => {
                if let Some(f) = self.value.expect::<ClassMethod>().callable.peek() {
                    return bound(f, o.header().class().as_value());
                }
            }
            TYPE_CLASS_METHOD => {
                if let Some(d) = self.cell()
                    && let Some(f) = d.exact::<ClassMethod>().and_then(|d| d.callable.peek())
                {
                    return bound(f, o);
                }
            }
            OWN_DICT
                if self.value != Value::ZERO
                    && matches!(binding(self.value), Binding::Method)
                    && instance::get_own(o, name).is_none() =>
            {
                return bound(self.value, o);
            }
            _ => {}
        }
        Ok(match self.load(o, name)? {
            Load::Is(v) => LoadMethod::Free(v),
            Load::Absent => LoadMethod::Absent,
            Load::Stale => LoadMethod::Stale,
        })
    }
    /// Writes the attribute.
    pub fn store(&self, o: Value, name: Value, v: Value) -> Result<(), Raised> {
        match self.kind {
            SLOT | MEMBER => instance::member_word(o, self.place)
                .replace(v.to_object().into_value())
                .decref(),
            OVERFLOW => instance::slot_word(o, o.header().class(), self.place)
                .replace(v.to_object().into_value())
                .decref(),
            ADD => {
                // The place was empty: nothing is released.
                instance::member_word(o, self.place).set(v.to_object().into_value());
                o.header().set_shape(self.after());
            }
            PROPERTY => {
                let d = self.value.to_object();
                return attr::descriptor_set(d.value(), o, Some(v));
            }
            _ => {
                if !instance::set_own(o, name, v.to_object()) {
                    return attr::set_generic(o, name, Some(v));
                }
            }
        }
        Ok(())
    }
}

/// What came of a load.
pub enum Load {
    Is(Object),
    Absent,
    /// Nothing may be said: look it up.
    Stale,
}
/// What came of a load for a call.
pub enum LoadMethod {
    Bound(Object, Object),
    Free(Object),
    Absent,
    Stale,
}
const _: () = assert!(size_of::<Entry>() == 32);
