//! `_weakref`: weak references and proxies as programs see them; the side table is the object model's.

use kiln_macros::builtin_module;
use kiln_object::args::{Keywords, Rest};
use kiln_object::attr;
use kiln_object::call::{call_keywords, call_method_str};
use kiln_object::layout::{ObjectType, alloc_instance};
use kiln_object::ops::{self, BinaryOp, CompareOp};
use kiln_object::str::Str;
use kiln_object::types::{ClassRef, define, flags};
use kiln_object::weakref::{WeakCallableProxy, WeakProxy, WeakRef, references, register};
use kiln_object::{Object, Raised, Value};

fn check(target: Value) -> Result<(), Raised> {
    let class = target.class();
    if target.is_ptr() && class.has(flags::WEAKREF) {
        return Ok(());
    }
    Err(kiln_object::raise!(TypeError, "cannot create weak reference to '{}' object", class.name()))
}

fn address(v: Value) -> String {
    format!("{:p}", v.ptr())
}

/// The methods of `weakref.ref`, kept off the layout's own type.
struct Reference;

#[kiln_macros::builtin_methods("ReferenceType")]
impl Reference {
    #[new]
    fn new(cls: ClassRef, target: Value, callback: Option<Value>, _keywords: Keywords<'_>, _rest: Rest<'_>) -> Result<Object, Raised> {
        check(target)?;
        Ok(WeakRef::to(cls.0, target, callback.filter(|c| !c.is_none()).map(|c| c.to_object())))
    }
    fn __init__(_this: Value, args: Rest<'_>, keywords: Keywords<'_>) -> Result<(), Raised> {
        if !keywords.is_empty() {
            return Err(kiln_object::raise!(TypeError, "ref() takes no keyword arguments"));
        }
        match args.len() {
            1 | 2 => Ok(()),
            0 => Err(kiln_object::raise!(TypeError, "__init__ expected at least 1 argument, got 0")),
            n => Err(kiln_object::raise!(TypeError, "__init__ expected at most 2 arguments, got {n}")),
        }
    }
    fn __call__(this: &WeakRef) -> Option<Object> {
        this.get()
    }
    fn __hash__(this: &WeakRef) -> Result<i64, Raised> {
        if this.hash.get() != -1 {
            return Ok(this.hash.get());
        }
        let Some(target) = this.get() else { return Err(kiln_object::raise!(TypeError, "weak object has gone away")) };
        let hash = ops::hash(target.value())?;
        this.hash.set(hash);
        Ok(hash)
    }
    fn __eq__(this: Value, other: Value) -> Result<Object, Raised> {
        same(this, other, false)
    }
    fn __ne__(this: Value, other: Value) -> Result<Object, Raised> {
        same(this, other, true)
    }
    fn __repr__(this: Value) -> Result<String, Raised> {
        let me = this.expect::<WeakRef>();
        let Some(target) = me.get() else { return Ok(format!("<weakref at {}; dead>", address(this))) };
        let class = target.class().name();
        // What the class says of it, not what `__getattr__` would.
        let name = match target.class().lookup(kiln_object::intern!("__name__")) {
            Some(_) => attr::find_attr_str(target.value(), "__name__")?,
            None => None,
        };
        let name = name.and_then(|n| n.cast::<Str>().map(Str::to_string_lossy));
        Ok(match name {
            Some(name) => format!("<weakref at {}; to '{class}' at {} ({name})>", address(this), address(target.value())),
            None => format!("<weakref at {}; to '{class}' at {}>", address(this), address(target.value())),
        })
    }
    #[getter]
    fn __callback__(this: &WeakRef) -> Option<Object> {
        this.callback.get()
    }
    #[classmethod]
    fn __class_getitem__(cls: Value, item: Value) -> Result<Object, Raised> {
        match kiln_object::runtime().generic_alias.get() {
            Some(make) => make(cls, item),
            None => Err(kiln_object::raise!(SystemError, "generic aliases are not attached")),
        }
    }
}

fn same(a: Value, b: Value, negate: bool) -> Result<Object, Raised> {
    let (Some(x), Some(y)) = (a.cast::<WeakRef>(), b.cast::<WeakRef>()) else { return Ok(Object::not_implemented()) };
    match (x.get(), y.get()) {
        (Some(x), Some(y)) => {
            let op = if negate { CompareOp::Ne } else { CompareOp::Eq };
            ops::compare(op, x.value(), y.value())
        }
        _ => Ok(Object::bool((a == b) != negate)),
    }
}

/// The object behind a proxy, or the value itself when it is none.
fn open(v: Value) -> Result<Object, Raised> {
    let class = v.class();
    let proxy = [WeakProxy::class_cell(), WeakCallableProxy::class_cell()].iter().any(|c| std::ptr::eq(c.get(), class));
    if !proxy {
        return Ok(v.to_object());
    }
    v.expect::<WeakRef>()
        .get()
        .ok_or_else(|| kiln_object::raise!(ReferenceError, "weakly-referenced object no longer exists"))
}

fn binary(op: BinaryOp, a: Value, b: Value) -> Result<Object, Raised> {
    ops::binary(op, open(a)?.value(), open(b)?.value())
}
fn in_place(op: BinaryOp, a: Value, b: Value) -> Result<Object, Raised> {
    ops::binary_in_place(op, open(a)?.value(), open(b)?.value())
}
fn compare(op: CompareOp, a: Value, b: Value) -> Result<Object, Raised> {
    ops::compare(op, open(a)?.value(), open(b)?.value())
}

/// The methods of both kinds of proxy: everything goes to the object.
struct Proxy;

macro_rules! proxy_binary {
    ($($name:ident $reflected:ident $inplace:ident $op:ident),* $(,)?) => {
        #[kiln_macros::builtin_methods("weakproxy", BINARY, layout = WeakRef)]
        impl Proxy { $(
            fn $name(this: Value, other: Value) -> Result<Object, Raised> { binary(BinaryOp::$op, this, other) }
            fn $reflected(this: Value, other: Value) -> Result<Object, Raised> { binary(BinaryOp::$op, other, this) }
            fn $inplace(this: Value, other: Value) -> Result<Object, Raised> { in_place(BinaryOp::$op, this, other) }
        )* }
    };
}
proxy_binary! {
    __add__ __radd__ __iadd__ Add,
    __sub__ __rsub__ __isub__ Sub,
    __mul__ __rmul__ __imul__ Mul,
    __truediv__ __rtruediv__ __itruediv__ TrueDiv,
    __floordiv__ __rfloordiv__ __ifloordiv__ FloorDiv,
    __mod__ __rmod__ __imod__ Mod,
    __matmul__ __rmatmul__ __imatmul__ MatMul,
    __lshift__ __rlshift__ __ilshift__ LShift,
    __rshift__ __rrshift__ __irshift__ RShift,
    __and__ __rand__ __iand__ And,
    __or__ __ror__ __ior__ Or,
    __xor__ __rxor__ __ixor__ Xor,
}

#[kiln_macros::builtin_methods("weakproxy", layout = WeakRef)]
impl Proxy {
    fn __getattribute__(this: Value, name: Value) -> Result<Object, Raised> {
        attr::get_attr(open(this)?.value(), attr::intern_name(name)?.value())
    }
    fn __setattr__(this: Value, name: Value, value: Value) -> Result<(), Raised> {
        attr::set_attr(open(this)?.value(), attr::intern_name(name)?.value(), Some(value))
    }
    fn __delattr__(this: Value, name: Value) -> Result<(), Raised> {
        attr::set_attr(open(this)?.value(), attr::intern_name(name)?.value(), None)
    }
    fn __repr__(this: Value) -> String {
        match this.expect::<WeakRef>().get() {
            Some(target) => {
                format!("<weakproxy at {} to {} at {}>", address(this), target.class().name(), address(target.value()))
            }
            None => format!("<weakproxy at {} to NoneType at {}>", address(this), address(kiln_object::singletons::none())),
        }
    }
    fn __str__(this: Value) -> Result<Object, Raised> {
        ops::to_str(open(this)?.value())
    }
    fn __bool__(this: Value) -> Result<bool, Raised> {
        ops::is_true(open(this)?.value())
    }
    fn __hash__(_this: Value) -> Result<i64, Raised> {
        Err(kiln_object::raise!(TypeError, "unhashable type: 'weakref.ProxyType'"))
    }
    fn __len__(this: Value) -> Result<usize, Raised> {
        ops::len(open(this)?.value())
    }
    fn __getitem__(this: Value, key: Value) -> Result<Object, Raised> {
        ops::get_item(open(this)?.value(), key)
    }
    fn __setitem__(this: Value, key: Value, value: Value) -> Result<(), Raised> {
        ops::set_item(open(this)?.value(), key, value)
    }
    fn __delitem__(this: Value, key: Value) -> Result<(), Raised> {
        ops::del_item(open(this)?.value(), key)
    }
    fn __contains__(this: Value, item: Value) -> Result<bool, Raised> {
        ops::contains(open(this)?.value(), item)
    }
    fn __iter__(this: Value) -> Result<Object, Raised> {
        ops::iter(open(this)?.value())
    }
    fn __next__(this: Value) -> Result<Object, Raised> {
        let target = open(this)?;
        if target.class().special(kiln_object::Special::Next).is_none() {
            return Err(kiln_object::raise!(
                TypeError,
                "Weakref proxy referenced a non-iterator '{}' object",
                target.class().name()
            ));
        }
        call_method_str(target.value(), "__next__", &[])
    }
    fn __reversed__(this: Value) -> Result<Object, Raised> {
        call_method_str(open(this)?.value(), "__reversed__", &[])
    }
    fn __bytes__(this: Value) -> Result<Object, Raised> {
        call_method_str(open(this)?.value(), "__bytes__", &[])
    }
    fn __neg__(this: Value) -> Result<Object, Raised> {
        ops::unary(kiln_object::Special::Neg, open(this)?.value())
    }
    fn __pos__(this: Value) -> Result<Object, Raised> {
        ops::unary(kiln_object::Special::Pos, open(this)?.value())
    }
    fn __invert__(this: Value) -> Result<Object, Raised> {
        ops::unary(kiln_object::Special::Invert, open(this)?.value())
    }
    fn __abs__(this: Value) -> Result<Object, Raised> {
        call_method_str(open(this)?.value(), "__abs__", &[])
    }
    fn __int__(this: Value) -> Result<Object, Raised> {
        call_method_str(open(this)?.value(), "__int__", &[])
    }
    fn __float__(this: Value) -> Result<Object, Raised> {
        call_method_str(open(this)?.value(), "__float__", &[])
    }
    fn __index__(this: Value) -> Result<Object, Raised> {
        ops::index(open(this)?.value())
    }
    fn __pow__(this: Value, other: Value, modulus: Option<Value>) -> Result<Object, Raised> {
        let none = kiln_object::singletons::none();
        ops::power(open(this)?.value(), open(other)?.value(), open(modulus.unwrap_or(none))?.value())
    }
    fn __rpow__(this: Value, other: Value, modulus: Option<Value>) -> Result<Object, Raised> {
        let none = kiln_object::singletons::none();
        ops::power(open(other)?.value(), open(this)?.value(), modulus.unwrap_or(none))
    }
    fn __divmod__(this: Value, other: Value) -> Result<Object, Raised> {
        call_method_str(open(this)?.value(), "__divmod__", &[open(other)?.value()])
    }
    fn __eq__(this: Value, other: Value) -> Result<Object, Raised> {
        compare(CompareOp::Eq, this, other)
    }
    fn __ne__(this: Value, other: Value) -> Result<Object, Raised> {
        compare(CompareOp::Ne, this, other)
    }
    fn __lt__(this: Value, other: Value) -> Result<Object, Raised> {
        compare(CompareOp::Lt, this, other)
    }
    fn __le__(this: Value, other: Value) -> Result<Object, Raised> {
        compare(CompareOp::Le, this, other)
    }
    fn __gt__(this: Value, other: Value) -> Result<Object, Raised> {
        compare(CompareOp::Gt, this, other)
    }
    fn __ge__(this: Value, other: Value) -> Result<Object, Raised> {
        compare(CompareOp::Ge, this, other)
    }
}

#[kiln_macros::builtin_methods("weakcallableproxy", CALL, layout = WeakRef)]
impl Proxy {
    fn __call__(this: Value, args: Rest<'_>, keywords: Keywords<'_>) -> Result<Object, Raised> {
        let named: Vec<(Value, Value)> = keywords.iter().collect();
        call_keywords(open(this)?.value(), args, &named)
    }
}

/// Weak-reference support module.
#[builtin_module("_weakref")]
pub mod module {
    use super::*;
    use kiln_object::module::Module;

    #[exec]
    fn exec(module: &Module) -> Result<(), Raised> {
        let reference = define::<WeakRef>("ReferenceType", "weakref", None, flags::BASETYPE, Reference::METHODS, None);
        let proxy = define::<WeakProxy>("ProxyType", "weakref", None, flags::NO_NEW, Proxy::METHODS, None);
        proxy.add_methods(Proxy::BINARY);
        let callable = define::<WeakCallableProxy>("CallableProxyType", "weakref", None, flags::NO_NEW, Proxy::METHODS, None);
        callable.add_methods(Proxy::BINARY);
        callable.add_methods(Proxy::CALL);
        module.set("ref", reference.as_value().to_object());
        for class in [reference, proxy, callable] {
            crate::support::add_class(module, class);
        }
        Ok(())
    }

    /// Create a proxy object that weakly references 'object'.
    pub fn proxy(object: Value, #[none] callback: Option<Value>) -> Result<Object, Raised> {
        check(object)?;
        let class = if attr::is_callable(object) { WeakCallableProxy::class() } else { WeakProxy::class() };
        if callback.is_none() {
            for known in references(object) {
                if std::ptr::eq(known.class(), class) && known.expect::<WeakRef>().callback.is_empty() {
                    return Ok(known);
                }
            }
        }
        let base = WeakRef::payload(object, callback.map(|c| c.to_object()));
        let made = if attr::is_callable(object) {
            alloc_instance(class, WeakCallableProxy { base })
        } else {
            alloc_instance(class, WeakProxy { base })
        };
        register(object, made.value());
        Ok(made)
    }
    /// Return the number of weak references to 'object'.
    pub fn getweakrefcount(object: Value) -> usize {
        if object.is_ptr() { references(object).len() } else { 0 }
    }
    /// Return a list of all weak reference objects pointing to 'object'.
    pub fn getweakrefs(object: Value) -> Vec<Object> {
        if !object.is_ptr() {
            return Vec::new();
        }
        // The shared one without a callback comes first.
        let mut all = references(object);
        if let Some(at) = all.iter().position(|r| r.is_exact::<WeakRef>() && r.expect::<WeakRef>().callback.is_empty()) {
            all[..=at].rotate_right(1);
        }
        all
    }
    /// Atomically remove key from dict if it points to a dead weakref.
    pub fn _remove_dead_weakref(dct: Value, key: Value) -> Result<(), Raised> {
        let Some(dict) = dct.cast::<kiln_object::dict::Dict>() else {
            return Err(kiln_object::raise!(TypeError, "_remove_dead_weakref() argument 1 must be dict, not {}", dct.class().name()));
        };
        if let Some(value) = dict.get(key)? {
            let Some(reference) = value.cast::<WeakRef>() else { return Err(kiln_object::raise!(TypeError, "not a weakref")) };
            if reference.get().is_none() {
                drop(dict.remove(key)?);
            }
        }
        Ok(())
    }
}
