//! Class objects: layout of instances, method resolution order, namespace, special-method table, versions.
//!
//! An instance is `[struct of the native layout][members of __slots__][dictionary word][inline attributes]`. The
//! dictionary word is zero, the overflow array of attributes, or the instance's `__dict__`; the shape tells which.
//! Attribute `i` lies inline if `i < inline_capacity`. Classes whose layout varies in size (str, bytes, tuple) keep
//! no attributes inline: their instances, if they may have attributes, are in dictionary mode with the word at the end.
#![expect(unsafe_code, reason = "static lifetimes of classes")]
//!
//! # Safety
//! A class lives while it has instances (each holds a reference) or is immortal, so `&'static Type` is handed out
//! where the holder keeps an instance or the class itself alive.

mod builtin;
mod making;
pub use builtin::{define, define_another};
pub use making::Making;

use crate::dict::Dict;
use crate::heap::Kind;
use crate::layout::{Layout, ObjectType, Plain, Slot};
use crate::object_struct;
use crate::shape::{self, Mode, ShapeId};
use crate::special::{SPECIAL_COUNT, Special, SpecialTable};
use crate::str::Str;
use crate::tuple::Tuple;
use crate::value::{Object, Value};
use std::cell::{Cell, RefCell};

object_struct! {
    /// A class.
    pub struct Type = "type", Container {
        pub name: Slot,
        /// Declared before `bases`, which keep alive the classes that it names.
        registered: Registered,
        /// The shapes of instances: no object has them any more when the class dies.
        shapes: Shapes,
        pub qualname: Slot,
        pub dict: Slot,
        /// A tuple of classes.
        pub mro: Slot,
        pub bases: Slot,
        base: Slot,
        layout: Cell<&'static Layout>,
        pub flags: Cell<u32>,
        version: Cell<u32>,
        instance_size: Cell<u32>,
        payload_size: Cell<u32>,
        members: Cell<u32>,
        inline_capacity: Cell<u32>,
        pub special: SpecialTable,
        subclasses: Plain<RefCell<Vec<*const Type>>>,
        /// Which built-in methods this class was made from, for re-initialisation and introspection.
        pub mutation_epoch: Cell<u32>,
        /// Watchers (ids of compiled code) to tell when the class changes.
        pub watchers: Plain<RefCell<Vec<u32>>>,
        /// See `iter::fast_next`; not inherited.
        pub fast_next: Plain<Cell<Option<crate::iter::NextFn>>>,
        /// See `iter::next_pair`; not inherited.
        pub next_pair: Plain<Cell<Option<crate::iter::NextPairFn>>>,
        /// See `iter::is_own_iterator`; not inherited.
        pub own_iterator: Plain<Cell<bool>>,
        making: Cell<Making>,
    }
}

/// The classes on whose lists of subclasses a class stands: it takes itself off when it dies or is cleared.
struct Registered {
    class: Cell<*const Type>,
    at: RefCell<Vec<*const Type>>,
}
impl Registered {
    fn nowhere() -> Registered {
        Registered {
            class: Cell::new(std::ptr::null()),
            at: RefCell::default(),
        }
    }
    fn add(&self, class: &Type, base: &Type) {
        self.class.set(class);
        self.at.borrow_mut().push(base);
        base.subclasses.borrow_mut().push(class);
    }
    fn leave(&self) {
        for base in std::mem::take(&mut *self.at.borrow_mut()) {
            // SAFETY: the class holds its bases until it dies; while cycles are cleared, all of a cycle is held.
            unsafe { &*base }.forget_subclass(self.class.get());
        }
    }
}
impl crate::layout::Trace for Registered {
    fn clear(&self) {
        self.leave();
    }
}
impl Drop for Registered {
    fn drop(&mut self) {
        self.leave();
    }
}

/// The shapes of a class's instances.
#[derive(Default)]
struct Shapes {
    root: Cell<u32>,
    dict: Cell<u32>,
}
impl crate::layout::Trace for Shapes {}
impl Drop for Shapes {
    fn drop(&mut self) {
        let (root, dict) = (self.root.get(), self.dict.get());
        if root != 0 {
            shape::forget(ShapeId(root));
            if dict != root {
                shape::forget(ShapeId(dict));
            }
        }
    }
}

/// Bits of `Type::flags`.
pub mod flags {
    /// Made by a `class` statement or `type()`; instances hold a reference to it.
    pub const HEAP: u32 = 1;
    /// May be a base.
    pub const BASETYPE: u32 = 2;
    /// Attributes cannot be set (built-in classes).
    pub const IMMUTABLE: u32 = 4;
    /// Instances have a dictionary word.
    pub const DICT: u32 = 8;
    /// Instances may be weakly referenced.
    pub const WEAKREF: u32 = 16;
    /// Defines `__del__`.
    pub const DEL: u32 = 32;
    /// Has abstract methods: cannot be instantiated.
    pub const ABSTRACT: u32 = 64;
    /// `isinstance(x, type)`: instances are classes.
    pub const TYPE_SUBCLASS: u32 = 128;
    /// Instances are exceptions.
    pub const EXCEPTION: u32 = 256;
    /// Matches sequence patterns / mapping patterns.
    pub const SEQUENCE: u32 = 512;
    pub const MAPPING: u32 = 1024;
    /// Cannot be called to make an instance.
    pub const NO_NEW: u32 = 2048;
    /// Lookups use plain `object.__getattribute__`.
    pub const PLAIN_GETATTR: u32 = 4096;
    /// No `__setattr__`/`__delattr__` besides object's.
    pub const PLAIN_SETATTR: u32 = 8192;
    /// Matches a class pattern's single positional argument itself (int, str, list ...).
    pub const MATCH_SELF: u32 = 16384;
}

/// Changes whenever a class that lookups were cached for changes: what method caches compare with. Starts at 1.
pub static CLASS_EPOCH: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(1);
/// The current epoch.
#[inline(always)]
pub fn class_epoch() -> u32 {
    CLASS_EPOCH.load(std::sync::atomic::Ordering::Relaxed)
}
/// Ends everything that caches remember of classes.
pub fn end_epoch() {
    CLASS_EPOCH.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
}
static LIVE_VERSION: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(1);

#[inline(always)]
pub fn int_type() -> &'static Type {
    crate::int::Int::class()
}
#[inline(always)]
pub fn float_type() -> &'static Type {
    crate::float::Float::class()
}
pub fn object_type() -> &'static Type {
    crate::instance::Instance::class()
}
pub fn type_type() -> &'static Type {
    Type::class()
}

/// What a class is made of; see [`Type::create`].
pub struct TypeSpec {
    pub name: Object,
    pub qualname: Object,
    pub metaclass: &'static Type,
    pub bases: Vec<&'static Type>,
    pub dict: Object,
    pub layout: &'static Layout,
    /// The base that gives the layout of instances.
    pub solid: Option<&'static Type>,
    /// Names for `__slots__` members, already checked.
    pub new_members: u32,
    pub flags: u32,
    /// Attributes expected in instances.
    pub inline_capacity: u32,
}

impl Type {
    /// Makes a class without computing the method resolution order: the caller sets `mro` and then calls `ready`.
    pub fn create(spec: TypeSpec) -> Object {
        let payload = spec.layout.size.div_ceil(8) * 8;
        let members = spec.solid.map_or(0, |b| b.members.get()) + spec.new_members;
        let var = spec.layout.var_size.is_some();
        let has_dict = spec.flags & flags::DICT != 0;
        let capacity = if has_dict && !var {
            spec.inline_capacity.min(48)
        } else {
            0
        };
        let size = payload + 8 * (members as usize + has_dict as usize + capacity as usize);
        let class = Type {
            header: crate::Header::new(ShapeId(0)),
            name: Slot::new(spec.name),
            registered: Registered::nowhere(),
            shapes: Shapes::default(),
            qualname: Slot::new(spec.qualname),
            dict: Slot::new(spec.dict),
            mro: Slot::empty(),
            bases: Slot::new(Tuple::from_vec(
                spec.bases.iter().map(|b| b.as_value().to_object()).collect(),
            )),
            base: Slot::from_option(
                spec.solid
                    .or(spec.bases.first().copied())
                    .map(|b| b.as_value().to_object()),
            ),
            layout: Cell::new(spec.layout),
            flags: Cell::new(spec.flags),
            version: Cell::new(0),
            instance_size: Cell::new(size as u32),
            payload_size: Cell::new(payload as u32),
            members: Cell::new(members),
            inline_capacity: Cell::new(capacity),
            special: SpecialTable::new(),
            subclasses: Plain(RefCell::new(Vec::new())),
            mutation_epoch: Cell::new(0),
            watchers: Plain(RefCell::new(Vec::new())),
            fast_next: Plain(Cell::new(None)),
            next_pair: Plain(Cell::new(None)),
            own_iterator: Plain(Cell::new(false)),
            making: Cell::new(Making::Unknown),
        };
        let o = crate::layout::alloc_instance(spec.metaclass, class);
        let t = o.expect::<Type>();
        let mode = if !has_dict {
            Mode::Fixed
        } else if var {
            Mode::Dict
        } else {
            Mode::Slots
        };
        t.shapes.root.set(shape::new_shape(t, mode).0);
        t.shapes.dict.set(if has_dict {
            shape::new_shape(t, Mode::Dict).0
        } else {
            t.shapes.root.get()
        });
        for b in &spec.bases {
            t.registered.add(t, b);
        }
        // SAFETY: the reference in `o` keeps the class alive; callers hold it.
        o
    }

    /// Makes one of the first classes (`object`, `type`, `str` ...), before `type` itself exists: the shape is patched later.
    pub(crate) fn create_raw(layout: &'static Layout, flags: u32) -> &'static Type {
        let class = Type {
            header: crate::Header::immortal(ShapeId(0)),
            name: Slot::empty(),
            registered: Registered::nowhere(),
            shapes: Shapes::default(),
            qualname: Slot::empty(),
            dict: Slot::empty(),
            mro: Slot::empty(),
            bases: Slot::empty(),
            base: Slot::empty(),
            layout: Cell::new(layout),
            flags: Cell::new(flags),
            version: Cell::new(0),
            instance_size: Cell::new(
                (layout.size.div_ceil(8) * 8) as u32 + if flags & flags::DICT != 0 { 8 } else { 0 },
            ),
            payload_size: Cell::new((layout.size.div_ceil(8) * 8) as u32),
            members: Cell::new(0),
            inline_capacity: Cell::new(0),
            special: SpecialTable::new(),
            subclasses: Plain(RefCell::new(Vec::new())),
            mutation_epoch: Cell::new(0),
            watchers: Plain(RefCell::new(Vec::new())),
            fast_next: Plain(Cell::new(None)),
            next_pair: Plain(Cell::new(None)),
            own_iterator: Plain(Cell::new(false)),
            making: Cell::new(Making::Unknown),
        };
        let p = crate::heap::alloc(size_of::<Type>(), Kind::Container) as *mut Type;
        // SAFETY: fresh memory of the struct's size; immortal, so the reference is good for ever.
        let t: &'static Type = unsafe {
            p.write(class);
            &*p
        };
        let mode = if flags & flags::DICT != 0 {
            Mode::Dict
        } else {
            Mode::Fixed
        };
        t.shapes.root.set(shape::new_shape(t, mode).0);
        t.shapes.dict.set(t.shapes.root.get());
        t
    }
    pub(crate) fn complete_raw(&'static self, name: &str, base: Option<&'static Type>) {
        self.header.set_shape(type_type().root_shape());
        let n = Str::intern(name);
        self.name.set(n.clone());
        self.qualname.set(n);
        self.dict.set(Dict::new_object());
        self.bases
            .set(Tuple::from_vec(base.iter().map(|b| b.as_value().to_object()).collect()));
        let mut mro = vec![self.as_value().to_object()];
        if let Some(b) = base {
            self.base.set(b.as_value().to_object());
            self.registered.add(self, b);
            mro.extend(b.mro().iter().map(|c| c.as_value().to_object()));
        }
        self.mro.set(Tuple::from_vec(mro));
        self.immortalize_parts();
    }
    #[inline(always)]
    pub fn as_value(&self) -> Value {
        Value::from_ptr(&self.header)
    }
    /// Gives the class the layout of a base: its instances are laid out as the base's are.
    pub fn share_layout(&self, base: &Type) {
        debug_assert!(self.layout().size == base.layout().size);
        self.layout.set(base.layout());
    }
    #[inline(always)]
    pub fn layout(&self) -> &'static Layout {
        self.layout.get()
    }
    #[inline(always)]
    pub fn root_shape(&self) -> ShapeId {
        ShapeId(self.shapes.root.get())
    }
    #[inline(always)]
    pub fn dict_shape(&self) -> ShapeId {
        ShapeId(self.shapes.dict.get())
    }
    pub fn mode(&self) -> Mode {
        shape::shape(self.root_shape()).mode
    }
    #[inline(always)]
    pub fn has(&self, flag: u32) -> bool {
        self.flags.get() & flag != 0
    }
    pub fn set_flag(&self, flag: u32, on: bool) {
        self.making.set(Making::Unknown);
        let f = self.flags.get();
        self.flags.set(if on { f | flag } else { f & !flag });
    }
    #[inline(always)]
    pub fn is_heap_type(&self) -> bool {
        self.has(flags::HEAP)
    }
    #[inline(always)]
    pub fn has_dict(&self) -> bool {
        self.has(flags::DICT)
    }
    #[inline(always)]
    pub fn instance_size(&self) -> usize {
        self.instance_size.get() as usize
    }
    #[inline(always)]
    pub fn payload_size(&self) -> usize {
        self.payload_size.get() as usize
    }
    #[inline(always)]
    pub fn member_count(&self) -> usize {
        self.members.get() as usize
    }
    #[inline(always)]
    pub fn inline_capacity(&self) -> u32 {
        self.inline_capacity.get()
    }
    /// Byte offset of the dictionary word in instances of fixed size.
    #[inline(always)]
    pub fn ext_offset(&self) -> usize {
        self.payload_size() + 8 * self.member_count()
    }
    /// Byte offset of inline attribute `i`.
    #[inline(always)]
    pub fn attr_offset(&self, i: u32) -> usize {
        self.ext_offset() + 8 + 8 * i as usize
    }
    /// Containers' slots, or raw ones for classes whose instances own no references.
    #[inline]
    pub fn kind(&self) -> Kind {
        if self.is_heap_type() || self.has_dict() {
            Kind::Container
        } else {
            self.layout().kind
        }
    }
    pub fn dict(&self) -> &Dict {
        match self.dict.peek() {
            // SAFETY: the class owns its namespace as long as it lives.
            Some(v) => unsafe { &*(v.ptr() as *const Dict) },
            None => crate::bug!("class without namespace"),
        }
    }
    /// The name as messages show it: native classes of other modules than `builtins` with their module, as CPython has
    /// them; `__name__` is [`Self::plain_name`].
    pub fn name(&self) -> String {
        if !self.is_heap_type() && self.layout().name.ends_with(&format!(".{}", self.plain_name())) {
            return self.layout().name.to_owned();
        }
        if !self.is_heap_type()
            && let Some(d) = self.dict.peek()
            && let Some(m) = d.expect::<Dict>().get_interned(crate::intern!("__module__"))
            && let Some(m) = m.cast::<Str>()
        {
            return format!("{}.{}", m.to_string_lossy(), self.plain_name());
        }
        self.plain_name()
    }
    /// `__name__`.
    pub fn plain_name(&self) -> String {
        self.name
            .peek()
            .map_or_else(|| "?".into(), |v| v.expect::<Str>().to_string_lossy())
    }
    /// `__qualname__`.
    pub fn qualified_name(&self) -> String {
        self.qualname
            .peek()
            .map_or_else(|| self.plain_name(), |v| v.expect::<Str>().to_string_lossy())
    }
    /// The base that gives instances their layout.
    pub fn base(&self) -> Option<&'static Type> {
        // SAFETY: a class keeps its bases alive.
        self.base.peek().map(|v| unsafe { &*(v.ptr() as *const Type) })
    }
    pub fn set_base(&self, base: &'static Type) {
        self.base.set(base.as_value().to_object());
    }
    pub fn mro(&self) -> Vec<&'static Type> {
        let Some(m) = self.mro.peek() else { return Vec::new() };
        // SAFETY: the order's members are classes, kept alive by it.
        m.expect::<Tuple>()
            .items()
            .iter()
            .map(|v| unsafe { &*(v.ptr() as *const Type) })
            .collect()
    }
    pub fn for_each_subclass(&self, mut f: impl FnMut(&'static Type)) {
        let subs: Vec<*const Type> = self.subclasses.borrow().clone();
        for s in subs {
            // SAFETY: a class that dies takes itself off its bases' lists.
            f(unsafe { &*s });
        }
    }
    pub fn forget_subclass(&self, class: *const Type) {
        self.subclasses.borrow_mut().retain(|&s| s != class);
    }
    /// Replaces the bases, and enters the class with them instead of with the old ones.
    pub fn set_bases(&self, bases: &[&'static Type]) {
        self.registered.leave();
        self.bases.set(Tuple::from_vec(
            bases.iter().map(|b| b.as_value().to_object()).collect(),
        ));
        for b in bases {
            self.registered.add(self, b);
        }
        end_epoch();
    }
    #[inline]
    pub fn is_subtype(&self, of: &Type) -> bool {
        std::ptr::eq(self, of) || self.is_below(of)
    }
    fn is_below(&self, of: &Type) -> bool {
        let Some(m) = self.mro.peek() else { return false };
        m.expect::<Tuple>().items().contains(&of.as_value())
    }

    /// The attribute as found along the method resolution order, borrowed. `name` is interned.
    #[inline]
    pub fn lookup(&self, name: Value) -> Option<Value> {
        let version = self.version();
        if let Some(found) = crate::method_cache::get(version, name) {
            return found;
        }
        let found = self.lookup_uncached(name);
        crate::method_cache::put(version, name, found);
        found
    }
    pub fn lookup_uncached(&self, name: Value) -> Option<Value> {
        let m = self.mro.peek()?;
        for c in m.expect::<Tuple>().items() {
            if let Some(v) = c.expect::<Type>().dict().get_interned(name) {
                return Some(v);
            }
        }
        None
    }
    /// A number that changes whenever what `lookup` finds may have changed.
    #[inline(always)]
    pub fn version(&self) -> u32 {
        let v = self.version.get();
        if v != 0 { v } else { self.assign_version() }
    }
    /// The version as it is, 0 if none was asked for since the last change.
    #[inline(always)]
    pub fn version_raw(&self) -> u32 {
        self.version.get()
    }
    #[cold]
    fn assign_version(&self) -> u32 {
        let v = LIVE_VERSION.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        if v == u32::MAX {
            crate::fatal("class versions are used up");
        }
        self.version.set(v);
        // A subclass's lookups depend on this class: once it has a version, so do its bases, and a change reaches both.
        if let Some(m) = self.mro.peek() {
            for c in &m.expect::<Tuple>().items()[1..] {
                c.expect::<Type>().version();
            }
        }
        v
    }
    /// The class's or a base's namespace or bases changed: versions and special-method tables are stale.
    pub fn modified(&self, name: Option<Value>) {
        self.tell(name);
        debug_assert!(self.special_holds(), "special methods of {}", self.name());
    }
    fn tell(&self, name: Option<Value>) {
        self.mutation_epoch.set(self.mutation_epoch.get().wrapping_add(1));
        // What objects of this class are as attributes of others is not found by a lookup here.
        let binds = [Special::Get, Special::Set, Special::Delete];
        let other = name.is_some_and(|n| Special::of_name(n).is_some_and(|s| binds.contains(&s)));
        if self.version.get() != 0 || other {
            self.version.set(0);
            end_epoch();
        }
        let watchers: Vec<u32> = std::mem::take(&mut *self.watchers.borrow_mut());
        for w in watchers {
            (crate::hooks::hooks().class_changed)(w);
        }
        match name {
            Some(n) => {
                if let Some(s) = Special::of_name(n) {
                    self.update_special(s);
                }
            }
            None => self.update_all_special(),
        }
        self.for_each_subclass(|s| s.tell(name));
    }
    /// A data attribute was replaced by another: versions stay, only what `lookup` remembers of this name goes.
    pub fn data_replaced(&self, name: Value) {
        if self.version.get() != 0 {
            crate::method_cache::forget(self.version.get(), name);
        }
        self.for_each_subclass(|s| s.data_replaced(name));
    }
    fn update_special(&self, s: Special) {
        self.special.set(s, self.lookup_uncached(s.name()));
        self.update_special_flags();
    }
    /// Recomputes the special-method table from the namespaces along the order. A base whose order is the rest of this
    /// class's has most of it: names are looked at only in the namespaces before it.
    pub fn update_all_special(&self) {
        let order = self.mro.peek();
        let order = order.as_ref().map_or(&[][..], |m| m.expect::<Tuple>().items());
        let rest_of = |class: Value, rest: &[Value]| {
            let order = class.expect::<Type>().mro.peek();
            order.is_some_and(|m| m.expect::<Tuple>().items() == rest)
        };
        let inherited = (1..order.len()).find(|&i| rest_of(order[i], &order[i..]));
        match inherited {
            Some(i) => self.special.copy_from(&order[i].expect::<Type>().special),
            None => crate::layout::Trace::clear(&self.special),
        }
        for class in order[..inherited.unwrap_or(order.len())].iter().rev() {
            let (namespace, mut at) = (class.expect::<Type>().dict(), 0);
            while let Some((n, entry)) = namespace.next_entry(at) {
                if let Some(s) = Special::of_hashed(entry.key, entry.hash) {
                    self.special.set(s, Some(entry.value));
                }
                at = n + 1;
            }
        }
        self.update_special_flags();
    }
    fn update_special_flags(&self) {
        let of_object = |s: Special| self.special.get(s) == object_type().special.get(s);
        self.set_flag(flags::DEL, self.special.get(Special::Del).is_some());
        let plain = self.special.get(Special::GetAttr).is_none() && of_object(Special::GetAttribute);
        self.set_flag(flags::PLAIN_GETATTR, plain);
        let plain = of_object(Special::SetAttr) && of_object(Special::DelAttr);
        self.set_flag(flags::PLAIN_SETATTR, plain);
    }
    /// Whether the special-method table is what lookups find.
    fn special_holds(&self) -> bool {
        (0..SPECIAL_COUNT)
            .map(Special::from_index)
            .all(|s| self.special.get(s) == self.lookup_uncached(s.name()))
    }
    /// The special method `s`, borrowed; `None` if the class has none.
    #[inline(always)]
    pub fn special(&self, s: Special) -> Option<Value> {
        self.special.get(s)
    }
    /// Sets a namespace entry and tells who depends on it.
    pub fn set_attr(&self, name: Value, value: Value) {
        self.dict().set_interned(name, value);
        self.modified(Some(name));
    }
}

/// Flags that a class has because a base has them.
pub const INHERITED: u32 = flags::DICT
    | flags::WEAKREF
    | flags::TYPE_SUBCLASS
    | flags::EXCEPTION
    | flags::SEQUENCE
    | flags::MAPPING
    | flags::MATCH_SELF;

/// A class that somebody else keeps alive, as an argument.
#[derive(Clone, Copy)]
pub struct ClassRef(pub &'static Type);
impl ClassRef {
    pub fn of(v: Value) -> Option<ClassRef> {
        // SAFETY: per the chapter above: the argument's holder keeps the class alive.
        v.cast::<Type>().map(|t| ClassRef(unsafe { &*std::ptr::from_ref(t) }))
    }
}
impl std::ops::Deref for ClassRef {
    type Target = Type;
    fn deref(&self) -> &Type {
        self.0
    }
}
