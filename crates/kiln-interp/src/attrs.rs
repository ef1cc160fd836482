//! Attributes and methods through inline caches.
//!
//! Kinds of a cache, by site. `load_attr`: [`SLOT`] the value lies inline at `place`; [`METHOD`] a function on the class
//! binds; [`CLASS_VALUE`] a plain value of the class; [`PROPERTY`] a property with a Python getter; [`MEMBER`] a
//! `__slots__` member; [`MODULE`] an entry of a module's dict (`shape` is the dict's version). `load_method`:
//! [`METHOD`] the unbound function in `value`. `store_attr`: [`SLOT`] inline at `place`; [`ADD`] the transition to shape
//! `version`, written inline at `place`. Everything that rests on classes is guarded by the class epoch in `version`
//! besides the shape. A site that misses often goes through the global cache only.

use crate::state::{Handler, Ins, S, handler, slow};
use kiln_bytecode::flags;
use kiln_object::attr::{self, Binding, binding};
use kiln_object::code::Cache;
use kiln_object::descr::{Method, Property, Super};
use kiln_object::dict::Dict;
use kiln_object::function::Function;
use kiln_object::instance;
use kiln_object::module::Module;
use kiln_object::native::Member;
use kiln_object::shape::{Mode, ShapeId, shape};
use kiln_object::types::{class_epoch, flags as tf};
use kiln_object::{Object, ObjectType, Raised, Special, Type, Value, raise, singletons};

pub const SLOT: u8 = 1;
pub const METHOD: u8 = 2;
pub const CLASS_VALUE: u8 = 3;
pub const PROPERTY: u8 = 4;
pub const MEMBER: u8 = 5;
pub const MODULE: u8 = 6;
pub const ADD: u8 = 7;
/// The value lies in the overflow array, as attribute number `place`.
pub const OVERFLOW: u8 = 8;
/// Misses after which a site stops filling its cache.
const MEGAMORPHIC: u8 = 200;

/// Whether a consumed temporary may be dropped here and now: it holds no last reference.
#[inline(always)]
fn droppable(o: Value) -> bool {
    o.header().count() != 1 || o.header().is_immortal()
}

handler!(load_attr, s, ins, {
    let o = s.b(ins);
    let c = s.cache(ins.c());
    if o.is_ptr() && o.header().shape().0 == c.shape.get() && c.kind.get() == SLOT {
        let v = crate::calls::slot_word(o, c.place.get() as usize);
        if ins.has(flags::B_TAKE) {
            if !droppable(o) {
                return s.go(Handler(load_attr_slow), ins.0);
            }
            if v.is_ptr() {
                v.header().incref();
            }
            s.write(ins.b(), Value::ZERO);
            o.header().decref();
            return s.put_next(ins.a(), v);
        }
        if v.is_ptr() {
            v.header().incref();
        }
        return s.put_next(ins.a(), v);
    }
    s.go(Handler(load_attr_slow), ins.0)
});

handler!(load_attr_r, s, ins, {
    let o = s.reg(ins.b());
    let c = s.cache(ins.c());
    if o.is_ptr() && o.header().shape().0 == c.shape.get() && c.kind.get() == SLOT {
        let v = crate::calls::slot_word(o, c.place.get() as usize);
        if v.is_ptr() {
            v.header().incref();
        }
        return s.put_next(ins.a(), v);
    }
    s.go(Handler(load_attr_slow), ins.0)
});
handler!(load_method_r, s, ins, {
    let o = s.reg(ins.b());
    let c = s.cache(ins.c());
    if o.is_ptr() && o.header().shape().0 == c.shape.get() && c.version.get() == class_epoch() && c.kind.get() == METHOD
    {
        let f = c.value.get();
        f.header().incref();
        o.header().incref();
        s.write(ins.a(), f);
        s.write(ins.a() + 4, o);
        return s.next();
    }
    s.go(Handler(load_method_slow), ins.0)
});

handler!(store_attr, s, ins, {
    let o = s.a(ins);
    let c = s.cache(ins.c());
    if o.is_ptr() && o.header().shape().0 == c.shape.get() && c.kind.get() == SLOT && !ins.has(flags::A_TAKE) {
        let v = s.b(ins);
        let word = crate::calls::slot_cell(o, c.place.get() as usize);
        let old = word.get();
        if old.is_ptr() && !droppable(old) {
            return s.go(Handler(store_attr_slow), ins.0);
        }
        if ins.has(flags::B_TAKE) {
            s.write(ins.b(), Value::ZERO);
        } else if v.is_ptr() {
            v.header().incref();
        }
        word.set(v);
        if old.is_ptr() {
            old.header().decref();
        }
        return s.next();
    }
    if o.is_ptr()
        && o.header().shape().0 == c.shape.get()
        && c.kind.get() == ADD
        && c.version.get() == class_epoch()
        && !ins.has(flags::A_TAKE)
    {
        let v = s.b(ins);
        if ins.has(flags::B_TAKE) {
            s.write(ins.b(), Value::ZERO);
        } else if v.is_ptr() {
            v.header().incref();
        }
        // The place was empty: nothing is released.
        crate::calls::slot_cell(o, c.place.get() as usize).set(v);
        o.header()
            .set_shape(kiln_object::shape::ShapeId((c.value.get().0 >> 1) as u32));
        return s.next();
    }
    s.go(Handler(store_attr_slow), ins.0)
});

handler!(load_method, s, ins, {
    let o = s.b(ins);
    let c = s.cache(ins.c());
    if o.is_ptr() && o.header().shape().0 == c.shape.get() && c.version.get() == class_epoch() && c.kind.get() == METHOD
    {
        let f = c.value.get();
        f.header().incref();
        if ins.has(flags::B_TAKE) {
            s.write(ins.b(), Value::ZERO);
        } else {
            o.header().incref();
        }
        // The two words of a window are dead temporaries.
        s.write(ins.a(), f);
        s.write(ins.a() + 4, o);
        return s.next();
    }
    s.go(Handler(load_method_slow), ins.0)
});

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
    load_special => |s: &mut S, ins: Ins| load_special_any(s, ins),
    load_super_attr => load_super,
}

fn note_miss(c: &Cache) -> bool {
    let m = c.misses.get();
    if m >= MEGAMORPHIC {
        return false;
    }
    c.misses.set(m + 1);
    true
}
fn fill(c: &Cache, kind: u8, shape: u32, place: u32, value: Value) {
    c.kind.set(kind);
    c.place.set(place);
    c.value.set(value);
    c.version.set(class_epoch());
    c.shape.set(shape);
}

/// Whether what the cache says still holds for an object of its shape.
fn valid(c: &Cache, o: Value) -> bool {
    o.is_ptr() && o.header().shape().0 == c.shape.get() && c.version.get() == class_epoch()
}

fn load_attr_any(s: &mut S, ins: Ins) -> Result<(), Raised> {
    let o = s.b(ins);
    s.sync();
    let v = load_attr_at(s.cache(ins.c()), o)?;
    s.consume(ins);
    s.put(ins.a(), v);
    Ok(())
}

/// Reads an attribute through its site's cache, which learns from it.
pub fn load_attr_at(c: &Cache, o: Value) -> Result<Object, Raised> {
    let name = c.name.get();
    if valid(c, o) {
        return match c.kind.get() {
            SLOT => Ok(crate::calls::slot_word(o, c.place.get() as usize).to_object()),
            OVERFLOW => Ok(instance::slot_word(o, o.header().class(), c.place.get())
                .get()
                .to_object()),
            METHOD => attr::bind(c.value.get(), o),
            CLASS_VALUE => Ok(c.value.get().to_object()),
            PROPERTY => {
                let get = c.value.get().to_object();
                kiln_object::call::call(get.value(), &[o])
            }
            MEMBER => {
                let v = instance::member_word(o, c.place.get()).get();
                if v.is_unbound() {
                    return Err(raise::no_attribute(o, name));
                }
                Ok(v.to_object())
            }
            _ => attr::get_attr(o, name),
        };
    }
    if let Some(m) = o.exact::<Module>() {
        return load_module_attr(c, o, m, name);
    }
    if o.is_ptr() && note_miss(c) {
        fill_load(c, o, name);
    }
    attr::get_attr(o, name)
}

fn load_module_attr(c: &Cache, o: Value, m: &Module, name: Value) -> Result<Object, Raised> {
    let dict = m.dict.value();
    let d = dict.expect::<Dict>();
    if c.kind.get() == MODULE && d.version_raw() == c.shape.get() {
        return Ok(d.value_at(c.place.get()).to_object());
    }
    if let Some(n) = d.index_of(name)
        && Module::class()
            .lookup(name)
            .is_none_or(|f| !matches!(binding(f), Binding::Data))
    {
        c.kind.set(MODULE);
        c.place.set(n);
        c.shape.set(d.version());
        return Ok(d.value_at(n).to_object());
    }
    attr::get_attr(o, name)
}

/// Decides what a `load_attr` site may remember of an object.
fn fill_load(c: &Cache, o: Value, name: Value) {
    fill_load_of(c, o.header().class(), o.header().shape(), name);
}
/// The same for any object of this class and shape.
pub(crate) fn fill_load_of(c: &Cache, class: &Type, id: ShapeId, name: Value) {
    if !class.has(tf::PLAIN_GETATTR)
        && class.special(Special::GetAttribute) != kiln_object::types::object_type().special(Special::GetAttribute)
    {
        return;
    }
    if class.has(tf::TYPE_SUBCLASS) {
        return;
    }
    let sh = shape(id);
    let found = class.lookup(name);
    if let Some(f) = found
        && let Binding::Data = binding(f)
    {
        if let Some(m) = f.exact::<Member>() {
            fill(c, MEMBER, id.0, m.offset.0, Value::ZERO);
        } else if let Some(p) = f.exact::<Property>()
            && let Some(get) = p.get.peek()
        {
            // The property, found again through the class when its namespace changes, keeps the getter alive.
            fill(c, PROPERTY, id.0, 0, get);
        }
        return;
    }
    match sh.mode {
        Mode::Slots => {
            if let Some(i) = sh.find(name) {
                match instance::inline_offset(class, i) {
                    Some(offset) => fill(c, SLOT, id.0, offset, Value::ZERO),
                    None => fill(c, OVERFLOW, id.0, i, Value::ZERO),
                }
                return;
            }
        }
        Mode::Dict => return,
        Mode::Fixed => {}
    }
    let Some(f) = found else { return };
    match binding(f) {
        Binding::Method => fill(c, METHOD, id.0, 0, f),
        // A plain value may be replaced without a new epoch: it is remembered only where that cannot happen.
        Binding::Plain if class.has(tf::IMMUTABLE) => fill(c, CLASS_VALUE, id.0, 0, f),
        _ => {}
    }
}

/// What a `load_method` site may remember of objects of this class and shape.
pub(crate) fn fill_method_of(c: &Cache, class: &Type, id: ShapeId, name: Value) {
    let sh = shape(id);
    if class.has(tf::PLAIN_GETATTR)
        && !class.has(tf::TYPE_SUBCLASS)
        && sh.mode != Mode::Dict
        && sh.find(name).is_none()
        && let Some(f) = class.lookup(name)
        && let Binding::Method = binding(f)
    {
        fill(c, METHOD, id.0, 0, f);
    }
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
    let unbound = || singletons::unbound().to_object();
    if valid(c, o) && c.kind.get() == METHOD {
        return Ok((c.value.get().to_object(), o.to_object()));
    }
    if let Some(m) = o.exact::<Module>() {
        return Ok((load_module_attr(c, o, m, name)?, unbound()));
    }
    let class = o.class();
    let plain = class.has(tf::PLAIN_GETATTR) && !class.has(tf::TYPE_SUBCLASS);
    if plain
        && let Some(f) = class.lookup(name)
        && let Binding::Method = binding(f)
        && instance::get_own(o, name).is_none()
    {
        if o.is_ptr() && shape(o.header().shape()).mode != Mode::Dict && note_miss(c) {
            fill(c, METHOD, o.header().shape().0, 0, f);
        }
        return Ok((f.to_object(), o.to_object()));
    }
    let v = attr::get_attr(o, name)?;
    // A bound method is taken apart again: its call needs no object.
    if let Some(m) = v.exact::<Method>()
        && let (Some(f), Some(r)) = (m.function.get(), m.receiver.get())
        && (f.is_exact::<Function>() || kiln_object::native::as_native(&f).is_some())
    {
        return Ok((f, r));
    }
    Ok((v, unbound()))
}

fn store_attr_any(s: &mut S, ins: Ins) -> Result<(), Raised> {
    let o = s.a(ins);
    let c = s.cache(ins.c());
    s.sync();
    if o.is_ptr() && o.header().shape().0 == c.shape.get() {
        match c.kind.get() {
            SLOT => {
                let v = s.own_b(ins);
                crate::calls::slot_cell(o, c.place.get() as usize)
                    .replace(v.into_value())
                    .decref();
                s.consume(ins);
                return Ok(());
            }
            OVERFLOW => {
                let v = s.own_b(ins);
                instance::slot_word(o, o.header().class(), c.place.get())
                    .replace(v.into_value())
                    .decref();
                s.consume(ins);
                return Ok(());
            }
            ADD if c.version.get() == class_epoch() => {
                let v = s.own_b(ins);
                crate::calls::slot_cell(o, c.place.get() as usize).set(v.into_value());
                o.header().set_shape(ShapeId(c.value.get().0 as u32 >> 1));
                s.consume(ins);
                return Ok(());
            }
            MEMBER if c.version.get() == class_epoch() => {
                let v = s.own_b(ins);
                instance::member_word(o, c.place.get()).replace(v.into_value()).decref();
                s.consume(ins);
                return Ok(());
            }
            _ => {}
        }
    }
    store_attr_at(c, o, s.b(ins))?;
    s.consume(ins);
    Ok(())
}

/// Writes an attribute the general way; the site's cache learns from it.
pub fn store_attr_at(c: &Cache, o: Value, v: Value) -> Result<(), Raised> {
    let before = o.is_ptr().then(|| o.header().shape());
    let name = c.name.get();
    attr::set_attr(o, name, Some(v))?;
    if let Some(before) = before
        && note_miss(c)
    {
        fill_store(c, o, name, before);
    }
    Ok(())
}

fn fill_store(c: &Cache, o: Value, name: Value, before: ShapeId) {
    if o.cast::<Module>().is_none() {
        fill_store_of(c, o.header().class(), name, before, o.header().shape());
    }
}
/// What a `store_attr` site may remember of objects of this class that go from one shape to the other.
pub(crate) fn fill_store_of(c: &Cache, class: &Type, name: Value, before: ShapeId, after: ShapeId) {
    if !class.has(tf::PLAIN_SETATTR) || class.has(tf::TYPE_SUBCLASS) {
        return;
    }
    if let Some(f) = class.lookup(name)
        && let Binding::Data = binding(f)
    {
        if let Some(m) = f.exact::<Member>() {
            fill(c, MEMBER, before.0, m.offset.0, Value::ZERO);
        }
        return;
    }
    if shape(before).mode != Mode::Slots || shape(after).mode != Mode::Slots {
        return;
    }
    let Some(i) = shape(after).find(name) else { return };
    let Some(offset) = instance::inline_offset(class, i) else {
        if before == after {
            fill(c, OVERFLOW, before.0, i, Value::ZERO);
        }
        return;
    };
    if before == after {
        fill(c, SLOT, before.0, offset, Value::ZERO);
    } else if shape(after).count == shape(before).count + 1 {
        fill(c, ADD, before.0, offset, Value((after.0 as u64) << 1));
    }
}

fn load_special_any(s: &mut S, ins: Ins) -> Result<(), Raised> {
    use kiln_bytecode::Special as Which;
    let o = s.b(ins);
    s.sync();
    let (special, other) = match Which::from_u16(ins.c()) {
        Some(Which::Enter) => (Special::Enter, Special::AEnter),
        Some(Which::Exit) => (Special::Exit, Special::AExit),
        Some(Which::Aenter) => (Special::AEnter, Special::Enter),
        _ => (Special::AExit, Special::Exit),
    };
    let class = o.class();
    let Some(f) = class.special(special) else {
        let asynchronous = matches!(special, Special::AEnter | Special::AExit);
        let (kind, instead) = if asynchronous {
            ("asynchronous context manager", "with")
        } else {
            ("context manager", "async with")
        };
        let missed = format!(" (missed {} method)", special.as_str());
        let hint = if class.special(other).is_some()
            && class
                .special(if asynchronous { Special::Exit } else { Special::AExit })
                .is_some()
        {
            format!(
                " but it supports the {} protocol. Did you mean to use '{instead}'?",
                if asynchronous {
                    "context manager"
                } else {
                    "asynchronous context manager"
                }
            )
        } else {
            String::new()
        };
        return Err(kiln_object::raise!(
            TypeError,
            "'{}' object does not support the {kind} protocol{missed}{hint}",
            class.name()
        ));
    };
    let f = f.to_object();
    if matches!(binding(f.value()), Binding::Method) {
        let o = s.own_b(ins);
        s.put(ins.a(), f);
        s.put(ins.a() + 4, o);
    } else {
        let bound = if f.is_ptr() && f.header().class().special(Special::Get).is_some() {
            attr::descriptor_get(f.value(), Some(o), class)?
        } else {
            f
        };
        s.consume(ins);
        s.put(ins.a(), bound);
        s.put(ins.a() + 4, singletons::unbound().to_object());
    }
    Ok(())
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
            && let Some(f) = super_method(class, object, name)
        {
            let o = object.to_object();
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
fn super_method(class: Value, object: Value, name: Value) -> Option<Object> {
    let start = class.cast::<Type>()?;
    let of = object.class();
    if object.cast::<Type>().is_some() || !of.is_subtype(start) || name == kiln_object::intern!("__class__") {
        return None;
    }
    let mro = of.mro();
    let at = mro.iter().position(|c| std::ptr::eq(*c, start))?;
    for c in &mro[at + 1..] {
        if let Some(f) = c.dict().get_interned(name) {
            return matches!(binding(f), Binding::Method).then(|| f.to_object());
        }
    }
    None
}
