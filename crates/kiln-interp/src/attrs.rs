//! Attributes and methods through inline caches.
//!
//! A site's cache holds up to four of [`kiln_object::site`]'s entries, one for each shape that it met; behind them is the
//! global table of what was found for a shape and a name. The first entry is tried where the instruction begins, the
//! others and the table in a handler of their own, and only what none of them knows is looked up. Entries hold within one
//! class epoch. A load for a call uses the same entries as a load: what is found says whether there is a receiver.

use crate::special::stage::FIRST;
use crate::state::{Handler, Ins, Old, S, drop_quick, handler, slow};
use crate::words::{slot_cell, slot_word, typed};
use kiln_bytecode::flags;
use kiln_object::attr::{self, Binding, binding};
use kiln_object::code::Cache;
use kiln_object::descr::{ClassMethod, Method, Property, StaticMethod, Super};
use kiln_object::dict::Dict;
use kiln_object::function::Function;
use kiln_object::layout::Slot;
use kiln_object::native::GetSet;
use kiln_object::shape::ShapeId;
pub use kiln_object::site::*;
use kiln_object::types::class_epoch;
use kiln_object::{Object, ObjectType, Raised, Special, Type, Value, raise, singletons};

/// Times that a site learns something before it leaves it to the global table.
const MOST_LESSONS: u8 = 200;

/// The entry of an object of that shape: the site's, or the global table's.
#[inline(always)]
fn entry_of(c: &Cache, o: Value, shape: u32, epoch: u32) -> Option<&Entry> {
    if c.first.matches(shape, epoch) && !c.first.refuses(o) {
        return Some(&c.first);
    }
    c.more().iter().find(|e| e.matches(shape, epoch) && !e.refuses(o))
}

/// The same; a site that meets too many shapes asks the global table, by `known`.
#[inline(always)]
fn entry_or_line(c: &Cache, o: Value, known: impl Fn(u32, Value) -> Option<&'static Entry>) -> Option<&Entry> {
    let shape = o.header().shape().0;
    match entry_of(c, o, shape, class_epoch()) {
        Some(e) => Some(e),
        None if c.crowded.get() != 0 => known(shape, c.name.get()),
        None => None,
    }
}

/// Entry `place` of a namespace that an entry vouches for; the pending word if it has changed.
#[inline(always)]
fn cell_of(e: &Entry) -> Value {
    let d = typed::<Dict>(e.value.get());
    if d.version_raw() == e.check.get() {
        d.value_at(e.place.get())
    } else {
        Value::PENDING
    }
}

/// Whether a consumed temporary may be dropped here and now: it holds no last reference.
#[inline(always)]
pub fn droppable(o: Value) -> bool {
    o.header().count() != 1 || o.header().is_immortal()
}

/// Delivers the attribute `v` of the object in operand `b`, borrowed from somewhere.
#[inline(always)]
fn deliver(s: S, ins: Ins, o: Value, v: Value) -> u64 {
    if !ins.has(flags::B_TAKE) {
        if v.is_ptr() {
            v.header().incref();
        }
        return s.put_next(ins.a(), v);
    }
    if droppable(o) {
        if v.is_ptr() {
            v.header().incref();
        }
        s.write(ins.b(), Value::ZERO);
        o.header().decref();
        return s.put_next(ins.a(), v);
    }
    // The object goes with its temporary.
    if ins.a() != ins.b() && s.reg(ins.a()).is_ptr() {
        return s.go(Handler(load_attr_slow), ins.0);
    }
    if v.is_ptr() {
        v.header().incref();
    }
    s.write(ins.b(), Value::ZERO);
    s.write(ins.a(), v);
    release_last(s, o)
}
/// Gives up a last reference and goes on.
#[inline(always)]
fn release_last(s: S, o: Value) -> u64 {
    match drop_quick(o) {
        Old::Done => s.next(),
        Old::Last => s.go(Handler(crate::control::release_and_go), o.0),
    }
}

handler!(load_attr, s, ins, {
    let o = s.b(ins);
    let c = s.cache(ins.c());
    if o.is_ptr() && c.matches(o.header().shape().0, class_epoch()) && matches!(c.kind.get(), SLOT | MEMBER) {
        let v = slot_word(o, c.place.get() as usize);
        if !v.is_unbound() {
            return deliver(s, ins, o, v);
        }
    }
    s.go(Handler(load_attr_more), ins.0)
});

handler!(load_attr_r, s, ins, {
    let o = s.reg(ins.b());
    let c = s.cache(ins.c());
    if o.is_ptr() && c.matches(o.header().shape().0, class_epoch()) && matches!(c.kind.get(), SLOT | MEMBER) {
        let v = slot_word(o, c.place.get() as usize);
        if v.is_ptr() {
            if v.is_unbound() {
                return s.go(Handler(load_attr_slow), ins.0);
            }
            v.header().incref();
        }
        return s.put_next(ins.a(), v);
    }
    s.go(Handler(load_attr_more), ins.0)
});

// Of an object in a temporary that goes.
handler!(load_attr_t, s, ins, {
    let o = s.reg(ins.b());
    let c = s.cache(ins.c());
    if o.is_ptr() && c.matches(o.header().shape().0, class_epoch()) && matches!(c.kind.get(), SLOT | MEMBER) {
        let v = slot_word(o, c.place.get() as usize);
        let count = o.header().count() as i32;
        if count != 1 && !v.is_unbound() {
            if v.is_ptr() {
                v.header().incref();
            }
            // That of an immortal object is negative.
            if count > 1 {
                o.header().set_count(o.header().count() - 1);
            }
            s.write(ins.b(), Value::ZERO);
            return s.put_next(ins.a(), v);
        }
    }
    s.go(Handler(load_attr_more), ins.0)
});

handler!(load_attr_more, s, ins, {
    let o = s.b(ins);
    if !o.is_ptr() {
        return s.go(Handler(load_attr_slow), ins.0);
    }
    let c = s.cache(ins.c());
    if let Some(e) = entry_or_line(c, o, known_load) {
        let v = match e.kind.get() {
            SLOT => slot_word(o, e.place.get() as usize),
            MEMBER => {
                let v = slot_word(o, e.place.get() as usize);
                if v.is_unbound() { Value::PENDING } else { v }
            }
            CLASS_VALUE => e.value.get(),
            CLASS_CELL | MODULE | TYPE_CELL => cell_of(e),
            PROPERTY => return s.go(Handler(load_property), ins.0),
            GETSET => return s.go(Handler(load_getset), ins.0),
            _ => Value::PENDING,
        };
        if !v.is_pending() {
            return deliver(s, ins, o, v);
        }
    }
    s.go(Handler(load_attr_slow), ins.0)
});
slow! {
    // An entry says that the attribute is a property: its function gets a frame.
    load_property => |s: &mut S, ins: Ins| {
        s.sync();
        let o = s.b(ins);
        if let Some(e) = entry_or_line(s.cache(ins.c()), o, known_load) {
            let get = typed::<Property>(e.value.get()).get.raw();
            if !get.is_pending() && crate::special::enter(s, get, &[o], FIRST) {
                return Ok(());
            }
        }
        load_attr_any(s, ins)
    },
    // An entry says that the attribute is a native one.
    load_getset => |s: &mut S, ins: Ins| {
        s.sync();
        let o = s.b(ins);
        let v = match entry_or_line(s.cache(ins.c()), o, known_load) {
            Some(e) => {
                let attribute = e.value.get().to_object();
                typed::<GetSet>(attribute.value()).get(o)?
            }
            None => load_attr_at(s.cache(ins.c()), o)?,
        };
        s.consume(ins);
        s.put(ins.a(), v);
        Ok(())
    },
}

handler!(store_attr, s, ins, {
    let o = s.a(ins);
    let c = s.cache(ins.c());
    if o.is_ptr() && c.matches(o.header().shape().0, class_epoch()) && (!ins.has(flags::A_TAKE) || droppable(o)) {
        let kind = c.kind.get();
        if kind == SLOT || kind == MEMBER {
            return put_slot(s, ins, o, c.place.get());
        }
        if kind == ADD {
            return add_slot(s, ins, o, c.place.get(), c.value.get());
        }
    }
    s.go(Handler(store_attr_more), ins.0)
});

// Into an object in a register that stays.
handler!(store_attr_rr, s, ins, store_register(s, ins, false));
handler!(store_attr_rt, s, ins, store_register(s, ins, true));
#[inline(always)]
fn store_register(s: S, ins: Ins, takes: bool) -> u64 {
    let o = s.reg(ins.a());
    let c = s.cache(ins.c());
    if !o.is_ptr() || !c.matches(o.header().shape().0, class_epoch()) {
        return s.go(Handler(store_attr_more), ins.0);
    }
    let kind = c.kind.get();
    if !matches!(kind, SLOT | MEMBER | ADD) {
        return s.go(Handler(store_attr_more), ins.0);
    }
    let v = s.reg(ins.b());
    if takes {
        s.write(ins.b(), Value::ZERO);
    } else if v.is_ptr() {
        v.header().incref();
    }
    let cell = slot_cell(o, c.place.get() as usize);
    if kind == ADD {
        // The place was empty: nothing is released.
        cell.set(v);
        o.header().set_shape(ShapeId((c.value.get().0 >> 1) as u32));
        return s.next();
    }
    let old = cell.replace(v);
    if old.is_ptr() {
        return release_last(s, old);
    }
    s.next()
}

handler!(store_attr_more, s, ins, {
    let o = s.a(ins);
    if !o.is_ptr() || ins.has(flags::A_TAKE) && !droppable(o) {
        return s.go(Handler(store_attr_slow), ins.0);
    }
    let c = s.cache(ins.c());
    if let Some(e) = entry_or_line(c, o, known_store) {
        match e.kind.get() {
            // A member's marker of being unbound is immortal.
            SLOT | MEMBER => return put_slot(s, ins, o, e.place.get()),
            ADD => return add_slot(s, ins, o, e.place.get(), e.value.get()),
            _ => {}
        }
    }
    s.go(Handler(store_attr_slow), ins.0)
});

#[inline(always)]
fn put_slot(s: S, ins: Ins, o: Value, place: u32) -> u64 {
    let v = s.b(ins);
    if ins.has(flags::B_TAKE) {
        s.write(ins.b(), Value::ZERO);
    } else if v.is_ptr() {
        v.header().incref();
    }
    let old = slot_cell(o, place as usize).replace(v);
    if ins.has(flags::A_TAKE) {
        s.write(ins.a(), Value::ZERO);
        o.header().decref();
    }
    if old.is_ptr() {
        return release_last(s, old);
    }
    s.next()
}
#[inline(always)]
fn add_slot(s: S, ins: Ins, o: Value, place: u32, after: Value) -> u64 {
    let v = s.b(ins);
    if ins.has(flags::B_TAKE) {
        s.write(ins.b(), Value::ZERO);
    } else if v.is_ptr() {
        v.header().incref();
    }
    // The place was empty: nothing is released.
    slot_cell(o, place as usize).set(v);
    o.header().set_shape(ShapeId((after.0 >> 1) as u32));
    if ins.has(flags::A_TAKE) {
        s.write(ins.a(), Value::ZERO);
        o.header().decref();
    }
    s.next()
}

handler!(load_method, s, ins, {
    let o = s.b(ins);
    let c = s.cache(ins.c());
    if o.is_ptr() && c.matches(o.header().shape().0, class_epoch()) && c.kind.get() == METHOD {
        return bind_method(s, ins, o, c.value.get());
    }
    s.go(Handler(load_method_more), ins.0)
});
handler!(load_method_r, s, ins, {
    let o = s.reg(ins.b());
    let c = s.cache(ins.c());
    if o.is_ptr() && c.matches(o.header().shape().0, class_epoch()) && c.kind.get() == METHOD {
        let f = c.value.get();
        f.header().incref();
        o.header().incref();
        s.write(ins.a(), f);
        s.write(ins.a() + 4, o);
        return s.next();
    }
    s.go(Handler(load_method_other), ins.0)
});

// Of an object in a temporary that goes.
handler!(load_method_t, s, ins, {
    let o = s.reg(ins.b());
    let c = s.cache(ins.c());
    if o.is_ptr() && c.matches(o.header().shape().0, class_epoch()) && c.kind.get() == METHOD {
        let f = c.value.get();
        f.header().incref();
        s.write(ins.b(), Value::ZERO);
        s.write(ins.a(), f);
        s.write(ins.a() + 4, o);
        return s.next();
    }
    s.go(Handler(load_method_other), ins.0)
});
// A method of an object of another shape than the first.
handler!(load_method_other, s, ins, {
    let o = s.reg(ins.b());
    if !o.is_ptr() {
        return s.go(Handler(load_method_slow), ins.0);
    }
    let (shape, epoch) = (o.header().shape().0, class_epoch());
    for e in s.cache(ins.c()).more() {
        if e.matches(shape, epoch) {
            if e.kind.get() == METHOD {
                return bind_method(s, ins, o, e.value.get());
            }
            break;
        }
    }
    s.go(Handler(load_method_more), ins.0)
});

#[inline(always)]
fn bind_method(s: S, ins: Ins, o: Value, f: Value) -> u64 {
    f.header().incref();
    if ins.has(flags::B_TAKE) {
        s.write(ins.b(), Value::ZERO);
    } else {
        o.header().incref();
    }
    // The two words of a window are dead temporaries.
    s.write(ins.a(), f);
    s.write(ins.a() + 4, o);
    s.next()
}

handler!(load_method_more, s, ins, {
    let o = s.b(ins);
    if !o.is_ptr() {
        return s.go(Handler(load_method_slow), ins.0);
    }
    let c = s.cache(ins.c());
    if let Some(e) = entry_or_line(c, o, known_load) {
        let unbound = singletons::unbound();
        let (f, receiver) = match e.kind.get() {
            METHOD => return bind_method(s, ins, o, e.value.get()),
            SLOT => (slot_word(o, e.place.get() as usize), unbound),
            CLASS_VALUE => (e.value.get(), unbound),
            CLASS_CELL | MODULE | TYPE_CELL => (cell_of(e), unbound),
            STATIC => (typed::<StaticMethod>(e.value.get()).callable.raw(), unbound),
            CLASS_METHOD => (
                typed::<ClassMethod>(e.value.get()).callable.raw(),
                o.header().class().as_value(),
            ),
            TYPE_CLASS_METHOD | TYPE_STATIC => {
                let d = cell_of(e);
                if d.is_pending() {
                    (d, o)
                } else if e.kind.get() == TYPE_STATIC {
                    (typed::<StaticMethod>(d).callable.raw(), unbound)
                } else {
                    (typed::<ClassMethod>(d).callable.raw(), o)
                }
            }
            _ => (Value::PENDING, unbound),
        };
        // What a native bound method comes to is for the slow path to take apart.
        if f.is_ptr() && !f.is_pending() && f.header().shape().0 != kiln_object::shape::known::METHOD {
            f.header().incref();
            receiver.header().incref();
            let take = ins.has(flags::B_TAKE);
            if take {
                s.write(ins.b(), Value::ZERO);
            }
            s.write(ins.a(), f);
            s.write(ins.a() + 4, receiver);
            return if take { release_last(s, o) } else { s.next() };
        }
    }
    s.go(Handler(load_method_slow), ins.0)
});

handler!(load_super_attr, s, ins, {
    let (callee, class, o) = (s.reg(ins.b()), s.reg(ins.b() + 1), s.reg(ins.b() + 2));
    if callee == Super::class().as_value() && ins.has(flags::METHOD) && o.is_ptr() && !class.is_unbound() {
        let c = s.cache(ins.c());
        let (shape, epoch) = (o.header().shape().0, class_epoch());
        let start = start_of(class);
        let stands = |e: &Entry| e.matches(shape, epoch) && e.kind.get() == SUPER && e.place.get() == start;
        let found = if stands(&c.first) {
            Some(&c.first)
        } else {
            c.more().iter().find(|e| stands(e))
        };
        if let Some(e) = found {
            let f = e.value.get();
            f.header().incref();
            // The object's class holds the class, and `super` is immortal.
            class.header().decref();
            for i in 0..3 {
                s.write(ins.b() + i, Value::ZERO);
            }
            s.write(ins.a(), f);
            s.write(ins.a() + 4, o);
            return s.next();
        }
    }
    s.go(Handler(load_super_slow), ins.0)
});
/// What entries of `super` sites know a class by; the root shape of plain objects, which no `super` looks beyond, if it is none.
#[inline(always)]
fn start_of(class: Value) -> u32 {
    if class.is_ptr() && class.header().class().has(kiln_object::types::flags::TYPE_SUBCLASS) {
        crate::words::base_of::<Type>(class).root_shape().0
    } else {
        kiln_object::shape::known::OBJECT
    }
}

slow! {
    load_attr_slow => load_attr_any,
    store_attr_slow => store_attr_any,
    load_method_slow => load_method_any,
    delete_attr => |s: &mut S, ins: Ins| {
        s.sync();
        attr::set_attr(s.a(ins), s.cache(ins.c()).name.get(), None)?;
        s.consume(ins);
        Ok(())
    },
    load_special_slow => |s: &mut S, ins: Ins| load_special_any(s, ins),
    load_super_slow => load_super,
}

// The method that a `with` statement calls, if it is a function of the object's class.
handler!(load_special, s, ins, {
    use kiln_bytecode::Special as Which;
    let o = s.b(ins);
    let special = match Which::from_u16(ins.c()) {
        Some(Which::Enter) => Special::Enter,
        Some(Which::Exit) => Special::Exit,
        _ => return s.go(Handler(load_special_slow), ins.0),
    };
    if !o.is_ptr() || s.reg(ins.a()).is_ptr() || s.reg(ins.a() + 4).is_ptr() {
        return s.go(Handler(load_special_slow), ins.0);
    }
    match o.header().class().special(special) {
        Some(f) if f.is_ptr() && f.header().shape().0 == kiln_object::shape::known::FUNCTION => {
            f.header().incref();
            if ins.has(flags::B_TAKE) {
                s.write(ins.b(), Value::ZERO);
            } else {
                o.header().incref();
            }
            s.write(ins.a(), f);
            s.write(ins.a() + 4, o);
            s.next()
        }
        _ => s.go(Handler(load_special_slow), ins.0),
    }
});

/// What the site or the global table knows of a load from this object, or what can be found out; the site learns it.
pub fn load_entry(c: &Cache, o: Value) -> Option<Found> {
    entry_or_lesson(c, o, load_of)
}
/// The same of a store.
pub fn store_entry(c: &Cache, o: Value) -> Option<Found> {
    entry_or_lesson(c, o, store_of)
}
fn entry_or_lesson(c: &Cache, o: Value, find: fn(Value, Value) -> Option<Found>) -> Option<Found> {
    let known = o
        .is_ptr()
        .then(|| entry_of(c, o, o.header().shape().0, class_epoch()))
        .flatten();
    if let Some(e) = known {
        return Some(e.found());
    }
    // The finders answer nothing for what is no pointer.
    let found = find(o, c.name.get());
    match &found {
        Some(f) => learn(c, f),
        None => note_visit(c),
    }
    found
}

/// Somebody was here, and nothing could be learned.
fn note_visit(c: &Cache) {
    if c.misses.get() == 0 {
        c.misses.set(1);
    }
}

/// Remembers at a site what was found.
pub(crate) fn learn(c: &Cache, f: &Found) {
    let lessons = c.misses.get();
    if lessons >= MOST_LESSONS {
        c.crowded.set(1);
        return;
    }
    let epoch = class_epoch();
    let replaces = |e: &&Entry| {
        e.shape.get() == f.shape
            && match f.kind {
                MODULE => e.value.get() == f.value,
                TYPE_CELL.. => e.key.get() == f.key,
                _ => true,
            }
    };
    let free = |e: &&Entry| e.shape.get() == NO_SHAPE;
    let stale = |e: &&Entry| e.version.get() != epoch;
    let place = c.entries().find(replaces).or_else(|| c.entries().find(free));
    let place = place
        .or_else(|| c.make_more().iter().find(free))
        .or_else(|| c.entries().find(stale));
    match place {
        Some(e) => {
            c.misses.set(lessons + 1);
            e.set(f);
        }
        None => c.crowded.set(1),
    }
}

/// Teaches a site, before its code runs, what loads do with objects of this class and shape.
pub(crate) fn teach_load(c: &Cache, class: &Type, id: ShapeId, name: Value) {
    if let Some(f) = resolve_load(class, id, name) {
        learn(c, &f);
    }
}
/// The same of stores.
pub(crate) fn teach_store(c: &Cache, class: &Type, id: ShapeId, name: Value) {
    if let Some(f) = resolve_store(class, id, name) {
        learn(c, &f);
    }
}

/// The function of a property, if a site or the global table knows that the attribute is one.
fn property_part(found: Option<Found>, part: impl Fn(&Property) -> &Slot) -> Option<Value> {
    let found = found.filter(|f| f.kind == PROPERTY && f.value.is_exact::<Property>())?;
    part(typed::<Property>(found.value)).peek()
}

fn load_attr_any(s: &mut S, ins: Ins) -> Result<(), Raised> {
    let o = s.b(ins);
    s.sync();
    if let Some(get) = property_part(load_entry(s.cache(ins.c()), o), |p| &p.get)
        && crate::special::enter(s, get, &[o], FIRST)
    {
        return Ok(());
    }
    let v = load_attr_at(s.cache(ins.c()), o)?;
    s.consume(ins);
    s.put(ins.a(), v);
    Ok(())
}

/// Reads an attribute through its site's cache, which learns from it.
pub fn load_attr_at(c: &Cache, o: Value) -> Result<Object, Raised> {
    let name = c.name.get();
    if let Some(f) = load_entry(c, o) {
        match f.load(o, name)? {
            Load::Is(v) => return Ok(v),
            Load::Absent => return Err(raise::no_attribute(o, name)),
            Load::Stale => {}
        }
    }
    attr::get_attr_generic(o, name)
}

fn load_method_any(s: &mut S, ins: Ins) -> Result<(), Raised> {
    let o = s.b(ins);
    s.sync();
    let (f, receiver) = load_method_at(s.cache(ins.c()), o)?;
    s.consume(ins);
    s.put(ins.a(), f);
    s.put(ins.a() + 4, receiver);
    Ok(())
}

/// Function and receiver, or callable and unbound, through the site's cache, which learns from it.
pub fn load_method_at(c: &Cache, o: Value) -> Result<(Object, Object), Raised> {
    let name = c.name.get();
    let mut v = None;
    if let Some(f) = load_entry(c, o) {
        match f.load_method(o, name)? {
            LoadMethod::Bound(f, receiver) => return Ok((f, receiver)),
            LoadMethod::Free(found) => v = Some(found),
            LoadMethod::Absent => return Err(raise::no_attribute(o, name)),
            LoadMethod::Stale => {}
        }
    } else if !o.is_ptr() {
        // Ints and floats have no shape, but a class.
        let class = o.class();
        if let Some(f) = class.lookup(name)
            && let Binding::Method = binding(f)
        {
            return Ok((f.to_object(), o.to_object()));
        }
    }
    let v = match v {
        Some(v) => v,
        None => attr::get_attr_generic(o, name)?,
    };
    // A bound method is taken apart again: its call needs no object.
    if let Some(m) = v.exact::<Method>()
        && let (Some(f), Some(r)) = (m.function.get(), m.receiver.get())
        && (f.is_exact::<Function>() || kiln_object::native::as_native(&f).is_some())
    {
        return Ok((f, r));
    }
    Ok((v, singletons::unbound().to_object()))
}

fn store_attr_any(s: &mut S, ins: Ins) -> Result<(), Raised> {
    s.sync();
    let (o, v) = (s.a(ins), s.b(ins));
    if let Some(set) = property_part(store_entry(s.cache(ins.c()), o), |p| &p.set)
        && crate::special::enter(s, set, &[o, v], FIRST)
    {
        return Ok(());
    }
    store_attr_at(s.cache(ins.c()), s.a(ins), s.b(ins))?;
    s.consume(ins);
    Ok(())
}

/// Writes an attribute through its site's cache, which learns from it.
pub fn store_attr_at(c: &Cache, o: Value, v: Value) -> Result<(), Raised> {
    let name = c.name.get();
    match store_entry(c, o) {
        Some(f) => f.store(o, name, v),
        None => attr::set_attr(o, name, Some(v)),
    }
}

fn load_special_any(s: &mut S, ins: Ins) -> Result<(), Raised> {
    s.sync();
    let (f, receiver) = special_method(s.b(ins), ins.c())?;
    s.consume(ins);
    s.put(ins.a(), f);
    s.put(ins.a() + 4, receiver);
    Ok(())
}

/// The special method of a `with` statement that `which` numbers, and the receiver that its call is given; that is unbound if the method is
/// bound.
pub fn special_method(o: Value, which: u16) -> Result<(Object, Object), Raised> {
    use kiln_bytecode::Special as Which;
    let (special, other) = match Which::from_u16(which) {
        Some(Which::Enter) => (Special::Enter, Special::AEnter),
        Some(Which::Exit) => (Special::Exit, Special::AExit),
        Some(Which::Aenter) => (Special::AEnter, Special::Enter),
        _ => (Special::AExit, Special::Exit),
    };
    let class = o.class();
    let Some(f) = class.special(special) else {
        return Err(no_context_manager(class, special, other));
    };
    let f = f.to_object();
    if matches!(binding(f.value()), Binding::Method) {
        return Ok((f, o.to_object()));
    }
    let bound = if f.is_ptr() && f.header().class().special(Special::Get).is_some() {
        attr::descriptor_get(f.value(), Some(o), class)?
    } else {
        f
    };
    Ok((bound, singletons::unbound().to_object()))
}

#[cold]
fn no_context_manager(class: &Type, special: Special, other: Special) -> Raised {
    let asynchronous = matches!(special, Special::AEnter | Special::AExit);
    let (kind, instead) = if asynchronous {
        ("asynchronous context manager", "with")
    } else {
        ("context manager", "async with")
    };
    let missed = format!(" (missed {} method)", special.as_str());
    let exit = if asynchronous { Special::Exit } else { Special::AExit };
    let hint = if class.special(other).is_some() && class.special(exit).is_some() {
        let has = if asynchronous {
            "context manager"
        } else {
            "asynchronous context manager"
        };
        format!(" but it supports the {has} protocol. Did you mean to use '{instead}'?")
    } else {
        String::new()
    };
    kiln_object::raise!(
        TypeError,
        "'{}' object does not support the {kind} protocol{missed}{hint}",
        class.name()
    )
}

fn load_super(s: &mut S, ins: Ins) -> Result<(), Raised> {
    s.sync();
    let name = s.cache(ins.c()).name.get();
    let (callee, class, object) = (s.reg(ins.b()), s.reg(ins.b() + 1), s.reg(ins.b() + 2));
    let v = if callee == Super::class().as_value() {
        if class.is_unbound() {
            return Err(kiln_object::raise!(RuntimeError, "super(): empty __class__ cell"));
        }
        // A plain method of a base is found without a super object.
        if ins.has(flags::METHOD)
            && let Some(f) = super_method(s.cache(ins.c()), class, object)
        {
            let (f, o) = (f.to_object(), object.to_object());
            s.clear_range(ins.b(), 3);
            s.put(ins.a(), f);
            s.put(ins.a() + 4, o);
            return Ok(());
        }
        (kiln_object::hooks::hooks().super_attr)(class, object, name)?
    } else {
        let r = if ins.has(flags::ZERO_ARG) {
            kiln_object::call::call(callee, &[])?
        } else {
            kiln_object::call::call(callee, &[class, object])?
        };
        attr::get_attr(r.value(), name)?
    };
    s.clear_range(ins.b(), 3);
    s.put(ins.a(), v);
    if ins.has(flags::METHOD) {
        s.put(ins.a() + 4, singletons::unbound().to_object());
    }
    Ok(())
}

/// Function and receiver of `super(class, object).name()`, or callable and unbound, through the site's cache.
pub fn load_super_at(c: &Cache, class: Value, object: Value) -> Result<(Object, Object), Raised> {
    if class.is_unbound() {
        return Err(kiln_object::raise!(RuntimeError, "super(): empty __class__ cell"));
    }
    if let Some(f) = super_method(c, class, object) {
        return Ok((f.to_object(), object.to_object()));
    }
    let found = (kiln_object::hooks::hooks().super_attr)(class, object, c.name.get())?;
    Ok((found, singletons::unbound().to_object()))
}

/// What `super(class, object).name` is, if a function or the like that binds. The cache remembers it for an object's shape, with the root
/// shape of the class that is looked beyond as its place.
pub fn super_method(c: &Cache, class: Value, object: Value) -> Option<Value> {
    let start = class.cast::<Type>()?;
    let place = start.root_shape().0;
    if !object.is_ptr() {
        return find_super(start, object, c.name.get());
    }
    let (shape, epoch) = (object.header().shape().0, class_epoch());
    let stands = |e: &Entry| e.matches(shape, epoch) && e.kind.get() == SUPER && e.place.get() == place;
    if let Some(e) = std::iter::once(&c.first).chain(c.more()).find(|e| stands(e)) {
        return Some(e.value.get());
    }
    let value = find_super(start, object, c.name.get())?;
    let kind = SUPER;
    learn(
        c,
        &Found {
            shape,
            kind,
            place,
            value,
            key: 0,
            check: 0,
        },
    );
    Some(value)
}

fn find_super(start: &Type, object: Value, name: Value) -> Option<Value> {
    let of = object.class();
    if object.cast::<Type>().is_some() || !of.is_subtype(start) || name == kiln_object::intern!("__class__") {
        return None;
    }
    let mro = of.mro();
    let at = mro.iter().position(|c| std::ptr::eq(*c, start))?;
    for c in &mro[at + 1..] {
        if let Some(f) = c.dict().get_interned(name) {
            return matches!(binding(f), Binding::Method).then_some(f);
        }
    }
    None
}
