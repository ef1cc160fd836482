//! `_abc`: abstract base classes, with their caches as weak references by address.

use kiln_macros::builtin_module;
use kiln_object::call::call_method_str;
use kiln_object::layout::{ObjectType, Plain, alloc, header};
use kiln_object::set::{FrozenSet, Set, table_of};
use kiln_object::str::Str;
use kiln_object::types::{ClassRef, Type, define, flags};
use kiln_object::weakref::WeakRef;
use kiln_object::{Object, Raised, Value, attr, object_struct, ops};
use std::cell::{Cell, RefCell};
use std::collections::HashMap;

/// Classes by address; an entry counts while its weak reference is alive.
type Classes = RefCell<HashMap<u64, Object>>;

object_struct! {
    /// What an abstract base class remembers.
    pub struct AbcData = "_abc._abc_data", Container {
        registry: Plain<Classes>,
        cache: Plain<Classes>,
        negative: Plain<Classes>,
        /// The registrations that `negative` is good for.
        version: Cell<u64>,
    }
}

struct Counter(Cell<u64>);
#[expect(unsafe_code, reason = "a static cell")]
// SAFETY: under the global lock.
unsafe impl Sync for Counter {}
/// Registrations so far: each may turn a negative answer into a positive one.
static COUNTER: Counter = Counter(Cell::new(0));

fn remember(classes: &Classes, class: Value) -> Result<(), Raised> {
    if !class.is_ptr() || !class.class().has(flags::WEAKREF) {
        return Err(kiln_object::raise!(TypeError, "cannot create weak reference to '{}' object", class.class().name()));
    }
    let reference = WeakRef::to(WeakRef::class(), class, None);
    let old = classes.borrow_mut().insert(class.0, reference);
    drop(old);
    Ok(())
}
fn knows(classes: &Classes, class: Value) -> bool {
    classes.borrow().get(&class.0).is_some_and(|r| r.expect::<WeakRef>().get().is_some())
}
fn members(classes: &Classes) -> Vec<Object> {
    classes.borrow().values().filter_map(|r| r.expect::<WeakRef>().get()).collect()
}

fn data(class: Value) -> Result<Object, Raised> {
    let found = attr::get_attr_str(class, "_abc_impl")?;
    if found.cast::<AbcData>().is_none() {
        return Err(kiln_object::raise!(TypeError, "_abc_impl is set to a wrong type"));
    }
    Ok(found)
}

fn is_abstract(v: Value) -> Result<bool, Raised> {
    match attr::find_attr_str(v, "__isabstractmethod__")? {
        Some(flag) => ops::is_true(flag.value()),
        None => Ok(false),
    }
}

/// The names that make a class abstract.
fn abstract_names(class: Value) -> Result<Object, Raised> {
    let names = Set::new();
    let set = names.expect::<Set>();
    let namespace = match class.cast::<Type>() {
        Some(t) => t.dict().snapshot(),
        None => return Err(kiln_object::raise!(TypeError, "_abc_init() argument must be a class")),
    };
    for (name, value) in namespace {
        if is_abstract(value.value())? {
            set.add(name.value())?;
        }
    }
    let bases = attr::get_attr_str(class, "__bases__")?;
    for base in ops::to_vec(bases.value())? {
        let Some(inherited) = attr::find_attr_str(base.value(), "__abstractmethods__")? else { continue };
        for name in ops::to_vec(inherited.value())? {
            let key = attr::intern_name(name.value())?;
            if let Some(value) = attr::find_attr(class, key.value())?
                && is_abstract(value.value())?
            {
                set.add(name.value())?;
            }
        }
    }
    let members: Vec<Object> = table_of(&names).map(|t| t.snapshot().into_iter().map(|(_, o)| o).collect()).unwrap_or_default();
    let values: Vec<Value> = members.iter().map(|o| o.value()).collect();
    FrozenSet::from_values(&values)
}

/// Built-in classes keep what they are: `str` is registered as a sequence, but no pattern for sequences matches it.
fn set_collection_flags(class: &Type, bits: u32) {
    if !class.is_heap_type() || class.flags.get() & (flags::SEQUENCE | flags::MAPPING) == bits {
        return;
    }
    class.set_flag(flags::SEQUENCE | flags::MAPPING, false);
    class.set_flag(bits, true);
    class.for_each_subclass(|sub| set_collection_flags(sub, bits));
}

fn subclass_check(class: Value, subclass: Value) -> Result<bool, Raised> {
    if subclass.cast::<Type>().is_none() {
        return Err(kiln_object::raise!(TypeError, "issubclass() arg 1 must be a class"));
    }
    let held = data(class)?;
    let data = held.expect::<AbcData>();
    if knows(&data.cache, subclass) {
        return Ok(true);
    }
    if data.version.get() < COUNTER.0.get() {
        drop(std::mem::take(&mut *data.negative.borrow_mut()));
        data.version.set(COUNTER.0.get());
    } else if knows(&data.negative, subclass) {
        return Ok(false);
    }
    let yes = |data: &AbcData| remember(&data.cache, subclass).map(|()| true);
    let hook = call_method_str(class, "__subclasshook__", &[subclass])?;
    if hook.is_true() {
        return yes(data);
    }
    if hook.is_false() {
        remember(&data.negative, subclass)?;
        return Ok(false);
    }
    if !hook.is_not_implemented() {
        return Err(kiln_object::raise!(AssertionError, "__subclasshook__ must return either False, True, or NotImplemented"));
    }
    if let (Some(c), Some(s)) = (class.cast::<Type>(), subclass.cast::<Type>())
        && s.is_subtype(c)
    {
        return yes(data);
    }
    for registered in members(&data.registry) {
        if ops::is_subclass(subclass, registered.value())? {
            return yes(data);
        }
    }
    let subclasses = call_method_str(class, "__subclasses__", &[])?;
    for known in ops::to_vec(subclasses.value())? {
        if ops::is_subclass(subclass, known.value())? {
            return yes(data);
        }
    }
    remember(&data.negative, subclass)?;
    Ok(false)
}

/// Module contains faster C implementation of abc.ABCMeta.
#[builtin_module("_abc")]
pub mod module {
    use super::*;
    use kiln_object::module::Module;
    use kiln_object::tuple::Tuple;

    #[exec]
    fn exec(_module: &Module) -> Result<(), Raised> {
        // Weak references get their methods with their module.
        crate::support::import("_weakref")?;
        define::<AbcData>("_abc_data", "_abc", None, flags::NO_NEW, &[], Some("Internal state held by ABC machinery."));
        Ok(())
    }

    /// Returns the current ABC cache token.
    pub fn get_cache_token() -> u64 {
        COUNTER.0.get()
    }
    /// Internal ABC helper for class set-up. Should be never used outside abc module.
    pub fn _abc_init(class: Value) -> Result<(), Raised> {
        let names = abstract_names(class)?;
        attr::set_attr_str(class, "__abstractmethods__", names.value())?;
        let data = alloc(AbcData {
            header: header::<AbcData>(),
            registry: Plain(Classes::default()),
            cache: Plain(Classes::default()),
            negative: Plain(Classes::default()),
            version: Cell::new(COUNTER.0.get()),
        });
        attr::set_attr_str(class, "_abc_impl", data.value())?;
        if let Some(t) = ClassRef::of(class)
            && let Some(bits) = t.dict().get_str("__abc_tpflags__")
        {
            let bits = bits.as_small_int().unwrap_or(0);
            let chosen = match (bits & 1 << 5 != 0, bits & 1 << 6 != 0) {
                (true, true) => {
                    return Err(kiln_object::raise!(
                        TypeError,
                        "__abc_tpflags__ cannot be both Py_TPFLAGS_SEQUENCE and Py_TPFLAGS_MAPPING"
                    ));
                }
                (true, _) => flags::SEQUENCE,
                (_, true) => flags::MAPPING,
                _ => 0,
            };
            if chosen != 0 {
                t.set_flag(flags::SEQUENCE | flags::MAPPING, false);
                t.set_flag(chosen, true);
            }
            attr::set_attr(class, Str::intern("__abc_tpflags__").value(), None)?;
        }
        Ok(())
    }
    /// Internal ABC helper for subclasss registration.
    pub fn _abc_register(class: Value, subclass: Value) -> Result<Object, Raised> {
        if subclass.cast::<Type>().is_none() {
            return Err(kiln_object::raise!(TypeError, "Can only register classes"));
        }
        if ops::is_subclass(subclass, class)? {
            return Ok(subclass.to_object());
        }
        if ops::is_subclass(class, subclass)? {
            return Err(kiln_object::raise!(RuntimeError, "Refusing to create an inheritance cycle"));
        }
        let held = data(class)?;
        remember(&held.expect::<AbcData>().registry, subclass)?;
        COUNTER.0.set(COUNTER.0.get() + 1);
        if let (Some(c), Some(s)) = (class.cast::<Type>(), subclass.cast::<Type>()) {
            let bits = c.flags.get() & (flags::SEQUENCE | flags::MAPPING);
            if bits != 0 {
                set_collection_flags(s, bits);
            }
        }
        Ok(subclass.to_object())
    }
    /// Internal ABC helper for instance checks.
    pub fn _abc_instancecheck(class: Value, instance: Value) -> Result<Object, Raised> {
        let held = data(class)?;
        let data = held.expect::<AbcData>();
        let subclass = attr::get_attr_str(instance, "__class__")?;
        if knows(&data.cache, subclass.value()) {
            return Ok(Object::bool(true));
        }
        let subtype = instance.class().as_value();
        if subtype == subclass.value() {
            if data.version.get() == COUNTER.0.get() && knows(&data.negative, subclass.value()) {
                return Ok(Object::bool(false));
            }
            return call_method_str(class, "__subclasscheck__", &[subclass.value()]);
        }
        let first = call_method_str(class, "__subclasscheck__", &[subclass.value()])?;
        if ops::is_true(first.value())? {
            return Ok(first);
        }
        call_method_str(class, "__subclasscheck__", &[subtype])
    }
    /// Internal ABC helper for subclasss checks.
    pub fn _abc_subclasscheck(class: Value, subclass: Value) -> Result<bool, Raised> {
        subclass_check(class, subclass)
    }
    /// Internal cache and registry debugging.
    pub fn _get_dump(class: Value) -> Result<Object, Raised> {
        let held = data(class)?;
        let data = held.expect::<AbcData>();
        let dump = |classes: &Classes| -> Result<Object, Raised> {
            let set = Set::new();
            let references: Vec<Object> = classes.borrow().values().cloned().collect();
            for r in references {
                set.expect::<Set>().add(r.value())?;
            }
            Ok(set)
        };
        Ok(Tuple::from_array([
            dump(&data.registry)?,
            dump(&data.cache)?,
            dump(&data.negative)?,
            Object::int(data.version.get() as i64),
        ]))
    }
    /// Internal ABC helper to reset registry of a given class.
    pub fn _reset_registry(class: Value) -> Result<(), Raised> {
        let held = data(class)?;
        drop(std::mem::take(&mut *held.expect::<AbcData>().registry.borrow_mut()));
        Ok(())
    }
    /// Internal ABC helper to reset both caches of a given class.
    pub fn _reset_caches(class: Value) -> Result<(), Raised> {
        let held = data(class)?;
        let data = held.expect::<AbcData>();
        drop(std::mem::take(&mut *data.cache.borrow_mut()));
        drop(std::mem::take(&mut *data.negative.borrow_mut()));
        Ok(())
    }
}
