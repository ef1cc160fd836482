//! Functions written in Rust as Python sees them, and the tables that declare them.

use crate::layout::{Plain, Slot, alloc, header};
use crate::object_struct;
use crate::raise::Raised;
use crate::str::Str;
use crate::types::Type;
use crate::value::{Object, Value};

/// The arguments of a call to native code, borrowed from the caller.
#[derive(Clone, Copy)]
pub struct NativeArgs<'a> {
    pub positional: &'a [Value],
    /// Names (strs) and values.
    pub keywords: &'a [(Value, Value)],
}
pub type NativeFn = fn(&NativeArgs<'_>) -> Result<Object, Raised>;

/// Entries for calls with exactly so many positional arguments (the receiver counts), without argument matching.
pub struct FastCall {
    pub fixed0: Option<fn() -> Result<Object, Raised>>,
    pub fixed1: Option<fn(Value) -> Result<Object, Raised>>,
    pub fixed2: Option<fn(Value, Value) -> Result<Object, Raised>>,
    pub fixed3: Option<fn(Value, Value, Value) -> Result<Object, Raised>>,
}
impl FastCall {
    pub const NONE: FastCall = FastCall {
        fixed0: None,
        fixed1: None,
        fixed2: None,
        fixed3: None,
    };
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NativeKind {
    Method,
    ClassMethod,
    StaticMethod,
    Getter,
    Setter,
    Function,
}

/// What the compiler may rely on, as written at the method; empty promises nothing.
pub struct Facts {
    pub returns: &'static str,
    pub effects: &'static str,
}

/// A native function as `kiln-macros` declares it.
pub struct NativeDef {
    pub name: &'static str,
    pub doc: &'static str,
    pub text_signature: &'static str,
    pub call: NativeFn,
    pub fast: FastCall,
    pub kind: NativeKind,
    pub facts: Facts,
}

/// A native module.
pub struct ModuleDef {
    pub name: &'static str,
    pub doc: &'static str,
    pub functions: &'static [NativeDef],
    pub constants: &'static [(&'static str, fn() -> Result<Object, Raised>)],
    pub exec: Option<fn(&crate::module::Module) -> Result<(), Raised>>,
}

object_struct! {
    /// A native function or method, bound or not: `builtin_function_or_method` and, in class namespaces,
    /// `method_descriptor`, `wrapper_descriptor` and `classmethod_descriptor`.
    pub struct NativeFunction = "builtin_function_or_method" @ NATIVE_FUNCTION, Container {
        pub def: Plain<&'static NativeDef>,
        /// The receiver of a bound method; the module of a module's function is kept in `module`.
        pub receiver: Slot,
        pub module: Slot,
        /// The class in whose namespace the method was declared.
        pub owner: Plain<Option<&'static Type>>,
        /// Whether a call needs nothing but the adapter: an unbound function or method.
        pub direct: Plain<bool>,
    }
}
object_struct! { /** A native method in a class's namespace. */ pub struct MethodDescriptor = "method_descriptor" extends NativeFunction, Container {} }
object_struct! { /** A native special method in a class's namespace. */ pub struct WrapperDescriptor = "wrapper_descriptor" extends NativeFunction, Container {} }
object_struct! { /** A bound special method. */ pub struct MethodWrapper = "method-wrapper" extends NativeFunction, Container {} }
object_struct! { /** A native class method in a class's namespace. */ pub struct ClassMethodDescriptor = "classmethod_descriptor" extends NativeFunction, Container {} }
object_struct! {
    /// A native attribute: getter and maybe setter.
    pub struct GetSet = "getset_descriptor" @ GETSET, Container {
        pub getter: Plain<&'static NativeDef>,
        pub setter: Plain<Option<&'static NativeDef>>,
        pub owner: Plain<&'static Type>,
        /// Keeps the owner alive.
        owner_held: Slot,
    }
}
object_struct! {
    /// A member made by `__slots__`: the word at `offset` of the instance.
    pub struct Member = "member_descriptor" @ MEMBER, Container {
        pub name: Slot,
        pub offset: Plain<u32>,
        pub owner: Slot,
    }
}

/// Whether a name is a special method that CPython shows as a slot wrapper.
pub fn is_slot_name(name: &str) -> bool {
    name.len() > 4
        && name.starts_with("__")
        && name.ends_with("__")
        && !matches!(
            name,
            "__new__"
                | "__reduce__"
                | "__reduce_ex__"
                | "__getstate__"
                | "__setstate__"
                | "__format__"
                | "__sizeof__"
                | "__dir__"
                | "__init_subclass__"
                | "__subclasshook__"
                | "__class_getitem__"
                | "__getnewargs__"
                | "__getnewargs_ex__"
                | "__round__"
                | "__trunc__"
                | "__floor__"
                | "__ceil__"
                | "__reversed__"
                | "__length_hint__"
                | "__complex__"
                | "__bytes__"
                | "__enter__"
                | "__exit__"
                | "__copy__"
                | "__deepcopy__"
                | "__instancecheck__"
                | "__subclasscheck__"
                | "__prepare__"
                | "__mro_entries__"
                | "__missing__"
                | "__subclasses__"
                | "__fspath__"
                | "__import__"
                | "__build_class__"
                | "__typing_subst__"
                | "__typing_prepare_subst__"
        )
}

impl NativeFunction {
    fn payload(
        h: crate::Header,
        def: &'static NativeDef,
        receiver: Option<Object>,
        owner: Option<&'static Type>,
    ) -> NativeFunction {
        let direct = receiver.is_none() && matches!(def.kind, NativeKind::Function | NativeKind::Method);
        NativeFunction {
            direct: Plain(direct),
            header: h,
            def: Plain(def),
            receiver: Slot::from_option(receiver),
            module: Slot::empty(),
            owner: Plain(owner),
        }
    }
    /// What goes into a class's namespace for a method.
    pub fn descriptor(owner: &'static Type, def: &'static NativeDef) -> Object {
        match def.kind {
            NativeKind::ClassMethod => alloc(ClassMethodDescriptor {
                base: NativeFunction::payload(header::<ClassMethodDescriptor>(), def, None, Some(owner)),
            }),
            // `__new__` is a function bound to nothing, as in CPython; other static methods are wrapped.
            NativeKind::StaticMethod if def.name == "__new__" => alloc(NativeFunction::payload(
                header::<NativeFunction>(),
                def,
                None,
                Some(owner),
            )),
            NativeKind::StaticMethod => {
                let f = alloc(NativeFunction::payload(
                    header::<NativeFunction>(),
                    def,
                    None,
                    Some(owner),
                ));
                crate::descr::StaticMethod::new_object(f)
            }
            _ if is_slot_name(def.name) => alloc(WrapperDescriptor {
                base: NativeFunction::payload(header::<WrapperDescriptor>(), def, None, Some(owner)),
            }),
            _ => alloc(MethodDescriptor {
                base: NativeFunction::payload(header::<MethodDescriptor>(), def, None, Some(owner)),
            }),
        }
    }
    /// A module's function.
    pub fn function(def: &'static NativeDef, module: Option<&Object>) -> Object {
        let f = NativeFunction::payload(header::<NativeFunction>(), def, None, None);
        f.module.set_option(module.cloned());
        alloc(f)
    }
    /// The method bound to its receiver.
    pub fn bind(&self, receiver: Value) -> Object {
        let receiver = Some(receiver.to_object());
        if is_slot_name(self.def.name) {
            return alloc(MethodWrapper {
                base: NativeFunction::payload(header::<MethodWrapper>(), self.def.0, receiver, self.owner.0),
            });
        }
        alloc(NativeFunction::payload(
            header::<NativeFunction>(),
            self.def.0,
            receiver,
            self.owner.0,
        ))
    }
    /// Whether a call with its receiver in front of the arguments needs nothing but its adapter: a native method of a class.
    #[inline(always)]
    pub fn is_plain_method(&self) -> bool {
        self.def.kind == NativeKind::Method && self.receiver.is_empty()
    }
    /// Calls with positional arguments (the receiver, if bound, is put in front).
    pub fn call(&self, args: &[Value]) -> Result<Object, Raised> {
        if matches!(self.def.kind, NativeKind::StaticMethod | NativeKind::ClassMethod) {
            self.check_class(args)?;
        }
        match self.receiver.peek() {
            None => call_def(&self.def, args),
            Some(r) => match args {
                [] => call_def(&self.def, &[r]),
                [a] => call_def(&self.def, &[r, *a]),
                [a, b] => call_def(&self.def, &[r, *a, *b]),
                _ => {
                    let mut all = Vec::with_capacity(args.len() + 1);
                    all.push(r);
                    all.extend_from_slice(args);
                    call_def(&self.def, &all)
                }
            },
        }
    }
    pub fn call_keywords(&self, args: &[Value], keywords: &[(Value, Value)]) -> Result<Object, Raised> {
        if keywords.is_empty() {
            return self.call(args);
        }
        if matches!(self.def.kind, NativeKind::StaticMethod | NativeKind::ClassMethod) {
            self.check_class(args)?;
        }
        match self.receiver.peek() {
            None => (self.def.call)(&NativeArgs {
                positional: args,
                keywords,
            }),
            Some(r) => {
                let mut all = Vec::with_capacity(args.len() + 1);
                all.push(r);
                all.extend_from_slice(args);
                (self.def.call)(&NativeArgs {
                    positional: &all,
                    keywords,
                })
            }
        }
    }
    pub fn name(&self) -> Object {
        Str::intern(self.def.name)
    }
    /// What takes a class as its first argument relies on that class: refuses others.
    fn check_class(&self, args: &[Value]) -> Result<(), Raised> {
        if self.def.kind == NativeKind::StaticMethod {
            return self.check_new(args);
        }
        let Some(owner) = self.owner.0.filter(|_| self.receiver.is_empty()) else {
            return Ok(());
        };
        let (name, owner_name) = (self.def.name, owner.name());
        let Some(first) = args.first() else {
            return Err(crate::raise!(
                TypeError,
                "descriptor '{name}' of '{owner_name}' object needs an argument"
            ));
        };
        let Some(class) = first.cast::<Type>() else {
            return Err(crate::raise!(
                TypeError,
                "descriptor '{name}' for type '{owner_name}' needs a type, not a '{}' as arg 2",
                first.class().name()
            ));
        };
        if !class.is_subtype(owner) {
            return Err(crate::raise!(
                TypeError,
                "descriptor '{name}' requires a subtype of '{owner_name}' but received '{}'",
                class.name()
            ));
        }
        Ok(())
    }
    /// A native `__new__` makes instances of its own layout only: refuses other classes as the first argument.
    pub fn check_new(&self, args: &[Value]) -> Result<(), Raised> {
        let (Some(owner), "__new__") = (self.owner.0, self.def.name) else {
            return Ok(());
        };
        let owner_name = owner.name();
        let Some(first) = args.first() else {
            return Err(crate::raise!(TypeError, "{owner_name}.__new__(): not enough arguments"));
        };
        let Some(class) = first.cast::<Type>() else {
            return Err(crate::raise!(
                TypeError,
                "{owner_name}.__new__(X): X is not a type object ({})",
                first.class().name()
            ));
        };
        if !class.is_subtype(owner) {
            return Err(crate::raise!(
                TypeError,
                "{owner_name}.__new__({0}): {0} is not a subtype of {owner_name}",
                class.name()
            ));
        }
        let mut native = class;
        while native.is_heap_type()
            && let Some(base) = native.base()
        {
            native = base;
        }
        let same = native
            .special(crate::Special::New)
            .is_some_and(|f| as_native(&f).is_some_and(|n| std::ptr::eq(n.def.0, self.def.0)));
        if !same {
            return Err(crate::raise!(
                TypeError,
                "{owner_name}.__new__({0}) is not safe, use {1}.__new__()",
                class.name(),
                native.name()
            ));
        }
        Ok(())
    }
}

/// Calls a native function with positional arguments only, by its fixed entry where there is one.
#[inline]
pub fn call_def(def: &NativeDef, args: &[Value]) -> Result<Object, Raised> {
    match args {
        [a] => {
            if let Some(f) = def.fast.fixed1 {
                return f(*a);
            }
        }
        [a, b] => {
            if let Some(f) = def.fast.fixed2 {
                return f(*a, *b);
            }
        }
        [a, b, c] => {
            if let Some(f) = def.fast.fixed3 {
                return f(*a, *b, *c);
            }
        }
        [] => {
            if let Some(f) = def.fast.fixed0 {
                return f();
            }
        }
        _ => {}
    }
    (def.call)(&NativeArgs {
        positional: args,
        keywords: &[],
    })
}

impl GetSet {
    pub fn new_object(owner: &'static Type, getter: &'static NativeDef, setter: Option<&'static NativeDef>) -> Object {
        alloc(GetSet {
            header: header::<GetSet>(),
            getter: Plain(getter),
            setter: Plain(setter),
            owner: Plain(owner),
            owner_held: Slot::new(owner.as_value().to_object()),
        })
    }
    pub fn get(&self, object: Value) -> Result<Object, Raised> {
        call_def(self.getter.0, &[object])
    }
    /// Sets, or deletes with `None`.
    pub fn set(&self, object: Value, value: Option<Value>) -> Result<(), Raised> {
        let Some(setter) = self.setter.0 else {
            return Err(crate::raise!(
                AttributeError,
                "attribute '{}' of '{}' objects is not writable",
                self.getter.name,
                self.owner.name(),
            ));
        };
        match value {
            Some(v) => call_def(setter, &[object, v]).map(drop),
            // One argument: the value is left out, which means deletion.
            None => call_def(setter, &[object]).map(drop),
        }
    }
}
impl Member {
    pub fn new_object(name: Object, offset: u32, owner: &Type) -> Object {
        alloc(Member {
            header: header::<Member>(),
            name: Slot::new(name),
            offset: Plain(offset),
            owner: Slot::new(owner.as_value().to_object()),
        })
    }
}

impl Member {
    /// Set in the offset of a member that lies behind inline data of varying length: the rest is its number.
    const BEHIND_DATA: u32 = 1 << 31;

    /// The `index`th member of instances of `owner`.
    pub fn numbered(name: Object, index: usize, owner: &Type) -> Object {
        let place = match owner.layout().var_size {
            Some(_) => index as u32 | Member::BEHIND_DATA,
            None => (owner.payload_size() + 8 * index) as u32,
        };
        Member::new_object(name, place, owner)
    }
    /// The offset that all instances share, if there is one.
    pub fn fixed_offset(&self) -> Option<u32> {
        (self.offset.0 & Member::BEHIND_DATA == 0).then_some(self.offset.0)
    }
    /// The word of this member in an instance of its owner.
    pub fn word<'a>(&self, object: Value) -> &'a std::cell::Cell<Value> {
        let offset = self.fixed_offset().unwrap_or_else(|| {
            crate::instance::inline_size(object) as u32 + 8 * (self.offset.0 & !Member::BEHIND_DATA)
        });
        crate::instance::member_word(object, offset)
    }
}

/// The native function behind a value of any of the native function classes.
#[inline]
pub fn as_native(v: &Value) -> Option<&NativeFunction> {
    use crate::shape::known;
    // None of these classes may be a base: their instances have one shape each.
    const FIRST: u32 = known::NATIVE_FUNCTION;
    const LAST: u32 = known::CLASS_METHOD_DESCRIPTOR;
    let native = v.is_ptr() && !v.is_pending() && (FIRST..=LAST).contains(&v.header().shape().0);
    debug_assert_eq!(native, v.cast::<NativeFunction>().is_some());
    #[expect(unsafe_code, reason = "the shape says what the object is")]
    // SAFETY: as said; alive while `v` is borrowed.
    native.then(|| unsafe { &*(v.ptr() as *const NativeFunction) })
}
