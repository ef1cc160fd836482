//! Attributes that instances own: inline words, the overflow array, dictionary mode.
#![expect(unsafe_code, reason = "attribute words at offsets given by the shape")]
//!
//! # Safety
//! Offsets come from the object's own class and shape. A word that is shown is owned; it is replaced before the old
//! value is released, since a release may run Python.

use crate::dict::Dict;
use crate::heap::{self, Kind};
use crate::layout::{ObjectType, alloc_instance, header};
use crate::object_struct;
use crate::shape::{Mode, ShapeId, shape};
use crate::str::Str;
use crate::types::Type;
use crate::value::{Object, Value};
use smallvec::SmallVec;
use std::cell::Cell;

object_struct! {
    /// A plain object: nothing before its attributes.
    pub struct Instance = "object", Raw {}
}

impl Instance {
    /// A new instance of a class whose layout is `object`'s.
    #[inline]
    pub fn new_object(class: &'static Type) -> Object {
        alloc_instance(
            class,
            Instance {
                header: header::<Instance>(),
            },
        )
    }
}

/// The words that [`Instance::new_object`] writes: the header with one reference, empty members, no dictionary.
pub fn new_words(class: &Type) -> Vec<u64> {
    let mut words = vec![u64::from(class.root_shape().0) << 32 | 1];
    words.extend(std::iter::repeat_n(
        crate::singletons::unbound().0,
        class.member_count(),
    ));
    words.extend(class.has_dict().then_some(0));
    words
}

fn word_at<'a>(v: Value, offset: usize) -> &'a Cell<Value> {
    // SAFETY: per the chapter: a word inside the object.
    unsafe { &*((v.ptr() as *mut u8).add(offset) as *const Cell<Value>) }
}

/// The bytes of an object with inline data of varying length, without what a subclass adds.
pub(crate) fn inline_size(v: Value) -> usize {
    match v.header().class().layout().var_size {
        // SAFETY: called with an object of its layout.
        Some(size) => unsafe { size(v.ptr()) },
        None => v.header().class().payload_size(),
    }
}

/// The dictionary word of an instance of a class that has one.
#[inline]
pub fn ext_word<'a>(v: Value) -> &'a Cell<Value> {
    let class = v.header().class();
    debug_assert!(class.has_dict());
    match class.layout().var_size {
        // SAFETY: the word lies behind the inline data and the members.
        Some(f) => word_at(v, unsafe { f(v.ptr()) } + 8 * class.member_count()),
        None => word_at(v, class.ext_offset()),
    }
}
/// A word at a byte offset: `__slots__` members, cached attribute places.
#[inline(always)]
pub fn member_word<'a>(v: Value, offset: u32) -> &'a Cell<Value> {
    word_at(v, offset as usize)
}

// The overflow array: its capacity, then the words. The dictionary word holds its address (an int to scanners).
fn overflow_word<'a>(ext: Value, i: u32) -> &'a Cell<Value> {
    // SAFETY: `i` is below the capacity.
    unsafe { &*((ext.0 as *mut Value).add(1 + i as usize) as *const Cell<Value>) }
}
pub(crate) fn free_overflow(ext: Value) {
    let p = ext.0 as *mut u64;
    // SAFETY: the array's first word is its capacity.
    let capacity = (unsafe { *p }) as usize;
    heap::free(p as *mut u8, 8 * (capacity + 1), Kind::Raw);
}
fn grow_overflow(ext: &Cell<Value>, needed: u32) {
    let old = ext.get().0 as *mut u64;
    // SAFETY: as above; null means none.
    let have = if old.is_null() { 0 } else { (unsafe { *old }) as usize };
    if have >= needed as usize {
        return;
    }
    let capacity = (needed as usize).max(have * 2).max(4);
    let p = heap::alloc(8 * (capacity + 1), Kind::Raw) as *mut u64;
    // SAFETY: fresh memory of that size; the old words move.
    unsafe {
        std::ptr::write_bytes(p, 0, capacity + 1);
        *p = capacity as u64;
        if have > 0 {
            std::ptr::copy_nonoverlapping(old.add(1), p.add(1), have);
            heap::free(old as *mut u8, 8 * (have + 1), Kind::Raw);
        }
    }
    ext.set(Value(p as u64));
}

/// The word of attribute `i` of an instance in slots mode.
#[inline]
pub fn slot_word<'a>(v: Value, class: &Type, i: u32) -> &'a Cell<Value> {
    let cap = class.inline_capacity();
    if i < cap {
        word_at(v, class.attr_offset(i))
    } else {
        overflow_word(ext_word(v).get(), i - cap)
    }
}

/// Where attribute `i` lies, for caches: a byte offset in the object, or none if it is in the overflow array.
pub fn inline_offset(class: &Type, i: u32) -> Option<u32> {
    (i < class.inline_capacity()).then(|| class.attr_offset(i) as u32)
}

/// Visits every attribute word and member word that may hold a reference (not the dictionary word).
pub(crate) fn for_each_slot(v: Value, mut f: impl FnMut(&Cell<Value>)) {
    let h = v.header();
    let class = h.class();
    let members = match class.layout().var_size {
        // SAFETY: called with an object of its layout.
        Some(size) if class.member_count() > 0 => unsafe { size(v.ptr()) },
        Some(_) => return,
        None => class.payload_size(),
    };
    for i in 0..class.member_count() {
        f(word_at(v, members + 8 * i));
    }
    let s = shape(h.shape());
    if s.mode == Mode::Slots {
        for i in 0..s.count {
            f(slot_word(v, class, s.released_at(i)));
        }
    }
}

/// The instance's own attribute `name` (interned), borrowed: `__dict__` contents, not `__slots__` members.
#[inline]
pub fn get_own(v: Value, name: Value) -> Option<Value> {
    if !v.is_ptr() {
        return None;
    }
    let h = v.header();
    let s = shape(h.shape());
    match s.mode {
        Mode::Fixed => None,
        Mode::Slots => s.find(name).map(|i| slot_word(v, h.class(), i).get()),
        Mode::Dict => {
            let d = ext_word(v).get();
            if d == Value::ZERO {
                None
            } else {
                d.expect::<Dict>().get_interned(name)
            }
        }
    }
}

/// Sets an attribute in the instance itself; false if the class gives instances no attributes.
pub fn set_own(v: Value, name: Value, value: Object) -> bool {
    if !v.is_ptr() {
        return false;
    }
    let h = v.header();
    let s = shape(h.shape());
    match s.mode {
        Mode::Fixed => false,
        Mode::Slots => {
            let class = h.class();
            if let Some(i) = s.find(name) {
                let old = slot_word(v, class, i).replace(value.into_value());
                old.decref();
                return true;
            }
            match s.add(h.shape(), name) {
                Some(to) => {
                    let i = s.count;
                    if i >= class.inline_capacity() {
                        grow_overflow(ext_word(v), i - class.inline_capacity() + 1);
                    }
                    slot_word(v, class, i).set(value.into_value());
                    h.set_shape(to);
                }
                None => {
                    let d = dict_of(v);
                    d.expect::<Dict>().set_interned(name, value.value());
                }
            }
            true
        }
        Mode::Dict => {
            let d = dict_of(v);
            d.expect::<Dict>().set_interned(name, value.value());
            true
        }
    }
}

/// Deletes an attribute of the instance itself; false if it has none of that name.
pub fn delete_own(v: Value, name: Value) -> bool {
    if !v.is_ptr() {
        return false;
    }
    let h = v.header();
    let s = shape(h.shape());
    match s.mode {
        Mode::Fixed => false,
        Mode::Slots => {
            let Some(i) = s.find(name) else { return false };
            let class = h.class();
            match s.without(class.root_shape(), i) {
                Some(to) => {
                    let old = slot_word(v, class, i).get();
                    for j in i + 1..s.count {
                        let moved = slot_word(v, class, j).get();
                        slot_word(v, class, j - 1).set(moved);
                    }
                    slot_word(v, class, s.count - 1).set(Value::ZERO);
                    h.set_shape(to);
                    old.decref();
                }
                None => {
                    let d = dict_of(v);
                    return matches!(d.expect::<Dict>().remove(name), Ok(Some(_)));
                }
            }
            true
        }
        Mode::Dict => {
            let d = dict_of(v);
            matches!(
                d.expect::<Dict>().remove_hashed(name, name.expect::<Str>().hash()),
                Ok(Some(_))
            )
        }
    }
}

/// Names and values of the instance's own attributes, owned, without making a dict.
pub fn own_attributes(v: Value) -> Vec<(Object, Object)> {
    if !v.is_ptr() {
        return Vec::new();
    }
    let h = v.header();
    let s = shape(h.shape());
    match s.mode {
        Mode::Fixed => Vec::new(),
        Mode::Slots => s
            .names()
            .into_iter()
            .enumerate()
            .map(|(i, n)| (n.to_object(), slot_word(v, h.class(), i as u32).get().to_object()))
            .collect(),
        Mode::Dict => {
            let d = ext_word(v).get();
            if d == Value::ZERO {
                Vec::new()
            } else {
                d.expect::<Dict>().snapshot()
            }
        }
    }
}

/// The instance's `__dict__`: from now on a dict owns the attributes. Only for classes with a dictionary word.
pub fn dict_of(v: Value) -> Object {
    let h = v.header();
    let class = h.class();
    let s = shape(h.shape());
    let ext = ext_word(v);
    if s.mode == Mode::Dict {
        if ext.get() == Value::ZERO {
            ext.set(Dict::new_object().into_value());
        }
        return ext.get().to_object();
    }
    let dict = Dict::new_object();
    let d = dict.expect::<Dict>();
    for (i, name) in s.names().into_iter().enumerate() {
        let word = slot_word(v, class, i as u32);
        d.set_interned(name, word.get());
        // The dict has a reference of its own now.
        word.replace(Value::ZERO).decref();
    }
    let overflow = ext.get();
    ext.set(dict.clone().into_value());
    h.set_shape(class.dict_shape());
    if overflow != Value::ZERO {
        free_overflow(overflow);
    }
    dict
}
/// Replaces the instance's `__dict__`.
pub fn set_dict(v: Value, dict: Object) {
    let old = dict_of(v);
    drop(old);
    let old = ext_word(v).replace(dict.into_value());
    old.decref();
}

/// Assigns `__class__` where the layouts agree; the caller checked that they do.
pub fn set_class(v: Value, class: &'static Type) {
    let h = v.header();
    let old = h.class();
    if old.has_dict() {
        drop(dict_of(v));
    }
    if class.is_heap_type() {
        class.as_value().incref();
    }
    // As an attribute of a class, the object may become a descriptor, or stop being one.
    if [old, class]
        .iter()
        .any(|c| c.special(crate::Special::Get).is_some() || c.special(crate::Special::Set).is_some())
    {
        crate::types::end_epoch();
        old.modified(None);
    }
    h.set_shape(if class.has_dict() {
        class.dict_shape()
    } else {
        class.root_shape()
    });
    if old.is_heap_type() {
        old.as_value().decref();
    }
}

/// The shape that an instance of `class` has after `count` attributes in the order of `names`; for caches.
pub fn root_shape(class: &Type) -> ShapeId {
    class.root_shape()
}
/// What the collector sees of an object: its struct, its attributes, its class.
pub fn trace(p: *const crate::Header, visit: &mut dyn FnMut(Value)) {
    let class = Value::from_ptr(p).header().class();
    trace_content(p, class, visit);
    if class.is_heap_type() {
        visit(class.as_value());
    }
}
/// The same without the class.
pub(crate) fn trace_content(p: *const crate::Header, class: &Type, visit: &mut dyn FnMut(Value)) {
    let v = Value::from_ptr(p);
    // SAFETY: the class's layout describes the object.
    unsafe { (class.layout().trace)(p, visit) };
    if class.has_dict() || class.member_count() > 0 {
        for_each_slot(v, |c| visit(c.get()));
        if class.has_dict() && shape(v.header().shape()).mode == Mode::Dict {
            let d = ext_word(v).get();
            if d != Value::ZERO {
                visit(d);
            }
        }
    }
}
/// Whether instances are a header, members and attributes, as those of most classes that programs make.
#[inline]
fn is_words_only(class: &Type) -> bool {
    class.payload_size() == size_of::<crate::Header>() && class.is_heap_type()
}
/// The members and the attributes of such an instance, unless it has attributes elsewhere.
#[inline]
pub(crate) fn plain_words<'a>(p: *const crate::Header, class: &Type) -> Option<(&'a [Cell<Value>], &'a [Cell<Value>])> {
    if !is_words_only(class) {
        return None;
    }
    // SAFETY: the caller's object.
    let s = shape(unsafe { &*p }.shape());
    let attributes = match s.mode {
        Mode::Fixed => 0,
        Mode::Slots if s.count <= class.inline_capacity() => s.count,
        _ => return None,
    };
    let members = class.member_count();
    // SAFETY: members, the dictionary word (0 or no pointer here) and attributes follow the header, a word each. Without a
    // dictionary word there are no attributes, and the second part is empty.
    unsafe {
        let words = (p as *const Cell<Value>).add(1);
        let behind = words.add(members + class.has_dict() as usize);
        Some((
            std::slice::from_raw_parts(words, members),
            std::slice::from_raw_parts(behind, attributes as usize),
        ))
    }
}
/// Takes all attributes from an instance in slots mode, which is then as if new.
fn clear_attributes(v: Value, class: &'static Type) {
    let h = v.header();
    let count = shape(h.shape()).count;
    let held: SmallVec<[Value; 16]> = (0..count)
        .map(|i| slot_word(v, class, i).replace(Value::ZERO))
        .collect();
    h.set_shape(class.root_shape());
    let overflow = ext_word(v).replace(Value::ZERO);
    if overflow != Value::ZERO {
        free_overflow(overflow);
    }
    for value in held {
        value.decref();
    }
}
/// Does [`clear`] for an instance that is words only and has few of them; false, with nothing done, for others.
fn clear_plain(v: Value, class: &'static Type) -> bool {
    let Some((members, attributes)) = plain_words(v.ptr(), class) else {
        return false;
    };
    let mut held = [Value::ZERO; 16];
    let n = members.len() + attributes.len();
    if n > held.len() {
        return false;
    }
    for (to, word) in held.iter_mut().zip(attributes.iter()) {
        *to = word.replace(Value::ZERO);
    }
    for (to, word) in held[attributes.len()..].iter_mut().zip(members.iter()) {
        *to = word.replace(crate::singletons::unbound());
    }
    if class.has_dict() {
        v.header().set_shape(class.root_shape());
    }
    for value in &held[..n] {
        value.decref();
    }
    true
}
/// Breaks the cycles that go through an object: it keeps its memory but holds nothing any more.
pub fn clear(v: Value) {
    let class = v.header().class();
    if clear_plain(v, class) {
        return;
    }
    // SAFETY: as above.
    unsafe { (class.layout().clear)(v.ptr()) };
    if class.has_dict() || class.member_count() > 0 {
        if class.has_dict() {
            if class.layout().var_size.is_none() && shape(v.header().shape()).mode != Mode::Dict {
                clear_attributes(v, class);
            } else {
                let d = ext_word(v).replace(Value::ZERO);
                d.decref();
            }
        }
        for_each_slot(v, |c| c.replace(crate::singletons::unbound()).decref());
    }
}
const _: fn() -> &'static crate::layout::Layout = Instance::layout;
