//! Shapes (hidden classes): which class an object has and where its attributes lie.
//!
//! Every object's header names a shape. Instances whose class allows attributes start at the class's root shape and
//! move along transitions as attributes are added; attribute `i` of a shape lies at a fixed place. A class has one
//! dictionary-mode shape besides, for instances whose `__dict__` was asked for or whose tree degenerated.
#![expect(
    unsafe_code,
    reason = "the side array from shape to class, which compiled code reads too"
)]
//!
//! # Safety
//! The side arrays are reserved once and only grow, so a reader never sees them move. Shapes are never reused.

use crate::types::Type;
use crate::value::Value;
use hashbrown::HashMap;
use std::cell::{Cell, RefCell};

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(transparent)]
pub struct ShapeId(pub u32);

/// More attributes than this, or more transitions out of one shape, and an instance moves to dictionary mode.
const MAX_ATTRS: u32 = 256;
const MAX_TRANSITIONS: usize = 64;
const CAPACITY: usize = 1 << 21;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    /// No attributes of its own: exact built-in objects, `__slots__` classes.
    Fixed,
    /// Attributes in slots, by this shape's table.
    Slots,
    /// Attributes in a dict that the object owns.
    Dict,
}

pub struct Shape {
    pub class: *const Type,
    pub mode: Mode,
    pub count: u32,
    parent: Option<ShapeId>,
    /// The attribute that this shape added to its parent's, as number `count - 1`.
    name: Value,
    transitions: RefCell<Vec<(Value, ShapeId)>>,
    table: RefCell<Option<HashMap<Value, u32, foldhash::fast::FixedState>>>,
    /// In which order an instance gives its attributes up; none where that is the order in which they were added.
    release: Option<Box<[u8]>>,
}

struct Table {
    classes: Cell<*mut *const Type>,
    shapes: Cell<*mut Shape>,
    len: Cell<u32>,
}
// SAFETY: under the global lock.
unsafe impl Sync for Table {}
static TABLE: Table = Table {
    classes: Cell::new(std::ptr::null_mut()),
    shapes: Cell::new(std::ptr::null_mut()),
    len: Cell::new(0),
};

fn reserve<T>() -> *mut T {
    // SAFETY: an anonymous reservation, committed by the kernel as it is touched.
    let p = unsafe {
        libc::mmap(
            std::ptr::null_mut(),
            CAPACITY * size_of::<T>(),
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE,
            -1,
            0,
        )
    };
    if p == libc::MAP_FAILED {
        crate::fatal("cannot reserve the table of shapes");
    }
    p as *mut T
}

fn push(shape: Shape) -> ShapeId {
    let t = &TABLE;
    if t.classes.get().is_null() {
        t.classes.set(reserve());
        t.shapes.set(reserve());
    }
    let id = t.len.get();
    if id as usize == CAPACITY {
        crate::fatal("too many shapes");
    }
    t.len.set(id + 1);
    // SAFETY: below the reservation's capacity.
    unsafe {
        *t.classes.get().add(id as usize) = shape.class;
        t.shapes.get().add(id as usize).write(shape);
    }
    ShapeId(id)
}

/// Where the side array from shape id to class begins: compiled code and handlers index it.
pub fn class_table() -> *const *const Type {
    TABLE.classes.get()
}
#[inline(always)]
pub fn class_of(id: ShapeId) -> *const Type {
    // SAFETY: ids come from `push`.
    unsafe { *TABLE.classes.get().add(id.0 as usize) }
}
/// The class of a shape that something remembered, if it is still there.
pub fn live_class(id: ShapeId) -> Option<&'static Type> {
    if id.0 >= TABLE.len.get() {
        return None;
    }
    // SAFETY: `forget` clears the entries of classes that die.
    unsafe { class_of(id).as_ref() }
}
/// The class of this shape and of those made from it dies.
pub(crate) fn forget(id: ShapeId) {
    // SAFETY: ids come from `push`.
    unsafe { *TABLE.classes.get().add(id.0 as usize) = std::ptr::null() };
    let next: Vec<ShapeId> = shape(id).transitions.borrow().iter().map(|(_, to)| *to).collect();
    for to in next {
        forget(to);
    }
}
#[inline]
pub fn shape(id: ShapeId) -> &'static Shape {
    debug_assert!(id.0 < TABLE.len.get());
    // SAFETY: shapes are never moved or freed.
    unsafe { &*TABLE.shapes.get().add(id.0 as usize) }
}

/// A new shape with no attributes.
pub fn new_shape(class: *const Type, mode: Mode) -> ShapeId {
    push(Shape {
        class,
        mode,
        count: 0,
        parent: None,
        name: Value::ZERO,
        transitions: RefCell::new(Vec::new()),
        table: RefCell::new(None),
        release: None,
    })
}

impl Shape {
    /// The index of attribute `name` (an interned str).
    pub fn find(&self, name: Value) -> Option<u32> {
        if self.count == 0 {
            return None;
        }
        if self.count <= 6 {
            let mut s = self;
            loop {
                if s.name == name {
                    return Some(s.count - 1);
                }
                match s.parent {
                    Some(p) if shape(p).count > 0 => s = shape(p),
                    _ => return None,
                }
            }
        }
        let mut table = self.table.borrow_mut();
        table
            .get_or_insert_with(|| {
                let mut map = HashMap::default();
                let mut s = self;
                while s.count > 0 {
                    map.insert(s.name, s.count - 1);
                    match s.parent {
                        Some(p) => s = shape(p),
                        None => break,
                    }
                }
                map
            })
            .get(&name)
            .copied()
    }
    /// The names of the attributes, in order.
    pub fn names(&self) -> Vec<Value> {
        let mut names = Vec::with_capacity(self.count as usize);
        let mut s = self;
        while s.count > 0 {
            names.push(s.name);
            match s.parent {
                Some(p) => s = shape(p),
                None => break,
            }
        }
        names.reverse();
        names
    }
    /// The shape with `name` (interned) added, or none if the tree degenerates.
    pub fn add(&self, id: ShapeId, name: Value) -> Option<ShapeId> {
        if let Some(&(_, to)) = self.transitions.borrow().iter().find(|(n, _)| *n == name) {
            return Some(to);
        }
        if self.count >= MAX_ATTRS || self.transitions.borrow().len() >= MAX_TRANSITIONS {
            return None;
        }
        // A shape's names live as long as the shapes do.
        name.incref();
        let release = self.release_order(name);
        let to = push(Shape {
            class: self.class,
            mode: Mode::Slots,
            count: self.count + 1,
            parent: Some(id),
            name,
            transitions: RefCell::new(Vec::new()),
            table: RefCell::new(None),
            release,
        });
        self.transitions.borrow_mut().push((name, to));
        Some(to)
    }
    /// The attribute that an instance gives up as the one numbered `i`.
    #[inline]
    pub fn released_at(&self, i: u32) -> u32 {
        match &self.release {
            Some(order) => order[i as usize].into(),
            None => i,
        }
    }
    /// The order of release once `name` is added: CPython lays out first what the class's own methods assign to `self`, as
    /// `__static_attributes__` lists it, then the rest as it comes.
    fn release_order(&self, name: Value) -> Option<Box<[u8]>> {
        // SAFETY: a class lives as long as anything adds to its shapes.
        let class = unsafe { &*self.class };
        let listed = class.dict().get_str("__static_attributes__")?;
        let listed = listed.cast::<crate::tuple::Tuple>()?.items();
        let place = |name: Value| {
            let of = name.expect::<crate::str::Str>();
            let found = listed
                .iter()
                .position(|v| *v == name || v.exact::<crate::str::Str>().is_some_and(|text| text.same_text(of)));
            found.unwrap_or(listed.len())
        };
        let mut names = self.names();
        names.push(name);
        let mut order: Vec<u8> = (0..names.len()).map(|i| i as u8).collect();
        order.sort_by_key(|i| place(names[*i as usize]));
        let moved = order.iter().enumerate().any(|(i, at)| i != *at as usize);
        moved.then(|| order.into())
    }
    /// The shape reached by adding the same attributes except the one at `index`; none if it degenerates.
    pub fn without(&self, root: ShapeId, index: u32) -> Option<ShapeId> {
        let mut id = root;
        for (i, name) in self.names().into_iter().enumerate() {
            if i as u32 != index {
                id = shape(id).add(id, name)?;
            }
        }
        Some(id)
    }
}

/// Shapes of exact instances of the first classes: fixed by the order of start-up, so that handlers and compiled code
/// compare with constants.
pub mod known {
    macro_rules! known {
        ($($name:ident),* $(,)?) => { known!(@ 0u32, $($name,)*); };
        (@ $n:expr, $name:ident, $($rest:ident,)*) => { pub const $name: u32 = $n; known!(@ $n + 1, $($rest,)*); };
        (@ $n:expr,) => {};
    }
    known!(
        OBJECT,
        TYPE,
        STR,
        TUPLE,
        DICT,
        LIST,
        INT,
        BOOL,
        FLOAT,
        NONE,
        ELLIPSIS,
        NOT_IMPLEMENTED,
        UNBOUND,
        NATIVE_FUNCTION,
        METHOD_DESCRIPTOR,
        WRAPPER_DESCRIPTOR,
        METHOD_WRAPPER,
        CLASS_METHOD_DESCRIPTOR,
        GETSET,
        MEMBER,
        METHOD,
        STATIC_METHOD,
        CLASS_METHOD,
        PROPERTY,
        CELL,
        SUPER,
        FUNCTION,
        MODULE,
        WEAKREF,
        WEAK_PROXY,
        WEAK_CALLABLE_PROXY,
        BASE_EXCEPTION,
        BYTES,
        COMPLEX,
        CODE,
        GENERATOR,
        COROUTINE,
        ASYNC_GENERATOR,
        FRAME,
        TRACEBACK,
        ASYNC_WRAPPED,
        RANGE,
        RANGE_ITER,
        LIST_ITER,
        LIST_REVERSE_ITER,
        TUPLE_ITER,
    );
}
