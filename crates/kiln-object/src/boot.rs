//! Starting the object model: the first classes, in an order that their mutual dependence allows, and process-wide state.

use crate::exception::{BaseException, EXCEPTIONS, exc};
use crate::layout::{ObjectType, TypeCell};
use crate::raise::Raised;
use crate::types::{Type, flags};
use crate::value::{Object, Value};
use std::cell::Cell;

/// Makes an instance of a class.
pub type Instantiate = Option<fn(Value, &[Value], &[(Value, Value)]) -> Result<Object, Raised>>;

/// State of the process that is not a thread's.
pub struct Runtime {
    pub hash_key: Cell<kiln_text::hash::HashKey>,
    pub unraisable: Cell<fn(Object, &str, Option<Value>)>,
    /// Makes an iterator over an object that has `__getitem__` only.
    pub sequence_iter: Cell<Option<fn(Value) -> Object>>,
    /// `type[...]`: class and parameters to an alias.
    pub generic_alias: Cell<Option<fn(Value, Value) -> Result<Object, Raised>>>,
    /// `class(...)` as `type.__call__` has it: class, arguments, keywords.
    pub instantiate: Cell<Instantiate>,
    /// `sys.set_asyncgen_hooks`.
    pub async_first_iter: crate::layout::Slot,
    pub async_finalizer: crate::layout::Slot,
}
#[expect(unsafe_code, reason = "a static of cells")]
// SAFETY: under the global lock.
unsafe impl Sync for Runtime {}

static RUNTIME: Runtime = Runtime {
    hash_key: Cell::new(kiln_text::hash::HashKey { k0: 0, k1: 0 }),
    unraisable: Cell::new(|e, _, _| drop(e)),
    sequence_iter: Cell::new(None),
    generic_alias: Cell::new(None),
    instantiate: Cell::new(None),
    async_first_iter: crate::layout::Slot::empty(),
    async_finalizer: crate::layout::Slot::empty(),
};
#[inline]
pub fn runtime() -> &'static Runtime {
    &RUNTIME
}

fn raw<T: ObjectType>(extra: u32) {
    T::class_cell().set(Type::create_raw(T::layout(), extra));
    debug_assert!(
        T::SHAPE == crate::site::NO_SHAPE || T::SHAPE == T::class().root_shape().0 && !T::class().has(flags::DICT)
    );
}
fn complete<T: ObjectType>(name: &str, base: Option<&'static Type>) {
    T::class().complete_raw(name, base);
}

/// Brings classes, strings and singletons into being. Native methods are added by the crates above. Called once, by
/// the thread that will run first.
pub fn boot(hash_key: kiln_text::hash::HashKey) -> bool {
    use crate::bytes::Bytes;
    use crate::code::CodeObject;
    use crate::complex::Complex;
    use crate::descr::*;
    use crate::dict::Dict;
    use crate::float::Float;
    use crate::frame::{FrameObject, Traceback};
    use crate::function::Function;
    use crate::generator::{AsyncGenerator, AsyncWrapped, Coroutine, Generator};
    use crate::instance::Instance;
    use crate::int::{Bool, Int};
    use crate::list::List;
    use crate::module::Module;
    use crate::native::*;
    use crate::range::{ListIter, ListReverseIter, Range, RangeIter, TupleIter};
    use crate::singletons::*;
    use crate::str::Str;
    use crate::tuple::Tuple;
    use crate::weakref::{WeakCallableProxy, WeakProxy, WeakRef};
    let Some(thread) = crate::thread::Thread::create() else {
        return false;
    };
    thread.enter();
    RUNTIME.hash_key.set(hash_key);

    let open = flags::BASETYPE | flags::IMMUTABLE;
    let closed = flags::IMMUTABLE;
    // First the classes that strings, tuples and dicts need, then their names and namespaces.
    raw::<Instance>(open);
    raw::<Type>(open | flags::TYPE_SUBCLASS | flags::WEAKREF);
    raw::<Str>(open | flags::MATCH_SELF);
    raw::<Tuple>(open | flags::SEQUENCE | flags::MATCH_SELF);
    raw::<Dict>(open | flags::MAPPING | flags::MATCH_SELF);
    raw::<List>(open | flags::SEQUENCE | flags::MATCH_SELF);
    raw::<Int>(open | flags::MATCH_SELF);
    raw::<Bool>(closed | flags::MATCH_SELF);
    raw::<Float>(open | flags::MATCH_SELF);
    raw::<NoneObject>(closed);
    raw::<EllipsisObject>(closed);
    raw::<NotImplementedObject>(closed);
    raw::<Unbound>(closed | flags::NO_NEW);
    raw::<NativeFunction>(closed | flags::NO_NEW | flags::WEAKREF);
    raw::<MethodDescriptor>(closed | flags::NO_NEW);
    raw::<WrapperDescriptor>(closed | flags::NO_NEW);
    raw::<MethodWrapper>(closed | flags::NO_NEW);
    raw::<ClassMethodDescriptor>(closed | flags::NO_NEW);
    raw::<GetSet>(closed | flags::NO_NEW);
    raw::<Member>(closed | flags::NO_NEW);
    raw::<Method>(closed | flags::WEAKREF);
    raw::<StaticMethod>(open | flags::DICT);
    raw::<ClassMethod>(open | flags::DICT);
    raw::<Property>(open);
    raw::<CellObject>(closed);
    raw::<Super>(open);
    raw::<Function>(closed | flags::DICT | flags::WEAKREF);
    raw::<Module>(open | flags::WEAKREF);
    raw::<WeakRef>(open);
    raw::<WeakProxy>(closed);
    raw::<WeakCallableProxy>(closed);
    raw::<BaseException>(open | flags::DICT | flags::EXCEPTION);
    raw::<Bytes>(open | flags::MATCH_SELF);
    raw::<Complex>(open);
    raw::<CodeObject>(closed | flags::WEAKREF);
    raw::<Generator>(closed | flags::NO_NEW | flags::WEAKREF);
    raw::<Coroutine>(closed | flags::NO_NEW | flags::WEAKREF);
    raw::<AsyncGenerator>(closed | flags::NO_NEW | flags::WEAKREF);
    raw::<FrameObject>(closed | flags::NO_NEW);
    raw::<Traceback>(closed);
    raw::<AsyncWrapped>(closed | flags::NO_NEW);
    raw::<Range>(closed | flags::SEQUENCE);
    raw::<RangeIter>(closed);
    raw::<ListIter>(closed);
    raw::<ListReverseIter>(closed);
    raw::<TupleIter>(closed);
    // Strings work now; the empty tuple is needed by the namespaces' tuples.
    crate::str::init();
    crate::singletons::init();
    crate::special::init();

    let object = Instance::class();
    complete::<Instance>("object", None);
    complete::<Type>("type", Some(object));
    complete::<Str>("str", Some(object));
    complete::<Tuple>("tuple", Some(object));
    complete::<Dict>("dict", Some(object));
    complete::<List>("list", Some(object));
    complete::<Int>("int", Some(object));
    complete::<Bool>("bool", Some(Int::class()));
    complete::<Float>("float", Some(object));
    complete::<NoneObject>("NoneType", Some(object));
    complete::<EllipsisObject>("ellipsis", Some(object));
    complete::<NotImplementedObject>("NotImplementedType", Some(object));
    complete::<Unbound>("unbound", Some(object));
    complete::<NativeFunction>("builtin_function_or_method", Some(object));
    complete::<MethodDescriptor>("method_descriptor", Some(object));
    complete::<WrapperDescriptor>("wrapper_descriptor", Some(object));
    complete::<MethodWrapper>("method-wrapper", Some(object));
    complete::<ClassMethodDescriptor>("classmethod_descriptor", Some(object));
    complete::<GetSet>("getset_descriptor", Some(object));
    complete::<Member>("member_descriptor", Some(object));
    complete::<Method>("method", Some(object));
    complete::<StaticMethod>("staticmethod", Some(object));
    complete::<ClassMethod>("classmethod", Some(object));
    complete::<Property>("property", Some(object));
    complete::<CellObject>("cell", Some(object));
    complete::<Super>("super", Some(object));
    complete::<Function>("function", Some(object));
    complete::<Module>("module", Some(object));
    complete::<WeakRef>("ReferenceType", Some(object));
    complete::<WeakProxy>("ProxyType", Some(object));
    complete::<WeakCallableProxy>("CallableProxyType", Some(object));
    complete::<BaseException>("BaseException", Some(object));
    complete::<Bytes>("bytes", Some(object));
    complete::<Complex>("complex", Some(object));
    complete::<CodeObject>("code", Some(object));
    complete::<Generator>("generator", Some(object));
    complete::<Coroutine>("coroutine", Some(object));
    complete::<AsyncGenerator>("async_generator", Some(object));
    complete::<FrameObject>("frame", Some(object));
    complete::<Traceback>("traceback", Some(object));
    complete::<AsyncWrapped>("async_generator_wrapped_value", Some(object));
    complete::<Range>("range", Some(object));
    complete::<RangeIter>("range_iterator", Some(object));
    complete::<ListIter>("list_iterator", Some(object));
    complete::<ListReverseIter>("list_reverseiterator", Some(object));
    complete::<TupleIter>("tuple_iterator", Some(object));
    exceptions();
    debug_assert_eq!(Function::class().root_shape().0, crate::shape::known::FUNCTION);
    debug_assert_eq!(TupleIter::class().root_shape().0, crate::shape::known::TUPLE_ITER);
    true
}

fn exceptions() {
    exc::BaseException.set(BaseException::class());
    for (name, cell, base, _) in &EXCEPTIONS[1..] {
        let base: &'static Type = TypeCell::get(base);
        let class = Type::create_raw(
            BaseException::layout(),
            flags::BASETYPE | flags::IMMUTABLE | flags::DICT | flags::EXCEPTION,
        );
        class.complete_raw(name, Some(base));
        cell.set(class);
    }
}
