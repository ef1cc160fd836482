//! `_contextvars`: variables whose values belong to a context. A context is a dict that is copied when it changes, so
//! that `copy_context()` costs nothing.

use kiln_macros::builtin_module;
use kiln_object::args::{Keywords, Rest};
use kiln_object::call::call_keywords;
use kiln_object::dict::Dict;
use kiln_object::layout::{ObjectType, Slot, alloc, header};
use kiln_object::types::{ClassRef, define, flags};
use kiln_object::{Object, Raised, Value, object_struct, ops, raise};
use std::cell::{Cell, RefCell};

object_struct! { /** `contextvars.Context`. */ pub struct Context = "_contextvars.Context", Container { values: Slot, shared: Cell<bool>, entered: Cell<bool> } }
object_struct! { /** `contextvars.ContextVar`. */ pub struct ContextVar = "_contextvars.ContextVar", Container { name: Slot, default: Slot } }
object_struct! { /** What `ContextVar.set` gives. */ pub struct Token = "_contextvars.Token", Container { context: Slot, variable: Slot, old: Slot, used: Cell<bool> } }
object_struct! { /** `Token.MISSING`. */ pub struct Missing = "_contextvars.Token.MISSING", Raw { pad: Cell<u64> } }

thread_local! {
    /// The contexts that were entered, innermost last; the first is made when it is needed.
    static STACK: RefCell<Vec<Object>> = const { RefCell::new(Vec::new()) };
}

/// Forgets the contexts, at the end.
pub fn clear() {
    drop(STACK.take());
}

fn new_context(values: Option<Object>) -> Object {
    alloc(Context {
        header: header::<Context>(),
        shared: Cell::new(values.is_some()),
        values: Slot::from_option(values),
        entered: Cell::new(false),
    })
}

fn current() -> Object {
    if let Some(context) = STACK.with_borrow(|stack| stack.last().cloned()) {
        return context;
    }
    let context = new_context(None);
    STACK.with_borrow_mut(|stack| stack.push(context.clone()));
    context
}

impl Context {
    fn find(&self, variable: Value) -> Result<Option<Object>, Raised> {
        match self.values.get() {
            Some(values) => values.expect::<Dict>().get(variable),
            None => Ok(None),
        }
    }
    /// The values, to be changed: a copy if another context shares them.
    fn own(&self) -> Object {
        let values = match self.values.get() {
            Some(values) if self.shared.get() => values.expect::<Dict>().copy(),
            Some(values) => return values,
            None => Dict::new_object(),
        };
        self.shared.set(false);
        self.values.set(values.clone());
        values
    }
    fn copy_of(&self) -> Object {
        self.shared.set(true);
        new_context(self.values.get())
    }
    fn pairs(&self) -> Vec<(Object, Object)> {
        self.values.get().map_or_else(Vec::new, |v| v.expect::<Dict>().snapshot())
    }
}

#[kiln_macros::builtin_methods("Context")]
impl Context {
    #[new]
    fn new(_cls: ClassRef) -> Object {
        new_context(None)
    }
    /// Runs a function in this context.
    fn run(this: Value, callable: Value, args: Rest<'_>, keywords: Keywords<'_>) -> Result<Object, Raised> {
        let me = this.expect::<Context>();
        if me.entered.get() {
            return Err(kiln_object::raise!(
                RuntimeError,
                "cannot enter context: {} is already entered",
                ops::repr_lossy(this)
            ));
        }
        current();
        me.entered.set(true);
        STACK.with_borrow_mut(|stack| stack.push(this.to_object()));
        let named: Vec<(Value, Value)> = keywords.iter().collect();
        let result = call_keywords(callable, args, &named);
        let left = STACK.with_borrow_mut(Vec::pop);
        me.entered.set(false);
        drop(left);
        result
    }
    fn copy(this: &Context) -> Object {
        this.copy_of()
    }
    fn get(this: &Context, key: Value, default: Option<Value>) -> Result<Object, Raised> {
        check_key(key)?;
        Ok(this.find(key)?.or_else(|| default.map(|d| d.to_object())).unwrap_or_else(Object::none))
    }
    fn __getitem__(this: &Context, key: Value) -> Result<Object, Raised> {
        check_key(key)?;
        this.find(key)?.ok_or_else(|| raise::key_error(key))
    }
    fn __contains__(this: &Context, key: Value) -> Result<bool, Raised> {
        check_key(key)?;
        Ok(this.find(key)?.is_some())
    }
    fn __len__(this: &Context) -> usize {
        this.pairs().len()
    }
    fn __iter__(this: &Context) -> Result<Object, Raised> {
        let keys: Vec<Object> = this.pairs().into_iter().map(|(key, _)| key).collect();
        ops::iter(kiln_object::list::List::from_vec(keys).value())
    }
    fn keys(this: &Context) -> Vec<Object> {
        this.pairs().into_iter().map(|(key, _)| key).collect()
    }
    fn values(this: &Context) -> Vec<Object> {
        this.pairs().into_iter().map(|(_, value)| value).collect()
    }
    fn items(this: &Context) -> Vec<Object> {
        this.pairs().into_iter().map(kiln_object::IntoObject::into_object).collect()
    }
    fn __eq__(this: &Context, other: Value) -> Result<Object, Raised> {
        let Some(other) = other.cast::<Context>() else { return Ok(Object::not_implemented()) };
        let empty = Dict::new_object();
        let a = this.values.get().unwrap_or_else(|| empty.clone());
        let b = other.values.get().unwrap_or_else(|| empty.clone());
        ops::is_equal(a.value(), b.value()).map(Object::bool)
    }
}

fn check_key(key: Value) -> Result<(), Raised> {
    if key.cast::<ContextVar>().is_some() {
        return Ok(());
    }
    Err(kiln_object::raise!(TypeError, "a ContextVar key was expected, got {}", ops::repr_lossy(key)))
}

#[kiln_macros::builtin_methods("ContextVar", layout = ContextVar)]
impl ContextVar {
    #[new]
    fn new(_cls: ClassRef, name: Value, #[kwonly] default: Option<Value>) -> Result<Object, Raised> {
        if name.cast::<kiln_object::str::Str>().is_none() {
            return Err(kiln_object::raise!(TypeError, "context variable name must be a str"));
        }
        Ok(alloc(ContextVar {
            header: header::<ContextVar>(),
            name: Slot::new(name.to_object()),
            default: Slot::from_option(default.map(|d| d.to_object())),
        }))
    }
    fn get(this: Value, default: Option<Value>) -> Result<Object, Raised> {
        if let Some(found) = current().expect::<Context>().find(this)? {
            return Ok(found);
        }
        if let Some(default) = default {
            return Ok(default.to_object());
        }
        match this.expect::<ContextVar>().default.get() {
            Some(default) => Ok(default),
            None => Err(raise::with_args(kiln_object::exc::LookupError.get(), vec![this.to_object()])),
        }
    }
    fn set(this: Value, value: Value) -> Result<Object, Raised> {
        let context = current();
        let me = context.expect::<Context>();
        let old = me.find(this)?;
        me.own().expect::<Dict>().set(this, value)?;
        Ok(alloc(Token {
            header: header::<Token>(),
            context: Slot::new(context.clone()),
            variable: Slot::new(this.to_object()),
            old: Slot::from_option(old),
            used: Cell::new(false),
        }))
    }
    fn reset(this: Value, token: Value) -> Result<(), Raised> {
        let Some(t) = token.cast::<Token>() else {
            return Err(kiln_object::raise!(TypeError, "expected an instance of Token, got {}", ops::repr_lossy(token)));
        };
        if t.used.get() {
            return Err(kiln_object::raise!(RuntimeError, "{} has already been used once", ops::repr_lossy(token)));
        }
        if t.variable.value() != this {
            return Err(kiln_object::raise!(ValueError, "{} was created by a different ContextVar", ops::repr_lossy(token)));
        }
        let context = current();
        if t.context.value() != context.value() {
            return Err(kiln_object::raise!(ValueError, "{} was created in a different Context", ops::repr_lossy(token)));
        }
        t.used.set(true);
        let values = context.expect::<Context>().own();
        match t.old.get() {
            Some(old) => values.expect::<Dict>().set(this, old.value()),
            None => values.expect::<Dict>().remove(this).map(drop),
        }
    }
    #[getter]
    #[name = "name"]
    fn name_getter(this: &ContextVar) -> Option<Object> {
        this.name.get()
    }
    fn __repr__(this: Value) -> String {
        let me = this.expect::<ContextVar>();
        let default = me.default.get().map_or_else(String::new, |d| format!(" default={}", ops::repr_lossy(d.value())));
        format!("<ContextVar name={}{default} at {:p}>", ops::repr_lossy(me.name.value()), this.ptr())
    }
    #[classmethod]
    fn __class_getitem__(cls: Value, item: Value) -> Result<Object, Raised> {
        match kiln_object::runtime().generic_alias.get() {
            Some(make) => make(cls, item),
            None => Err(kiln_object::raise!(SystemError, "generic aliases are not attached")),
        }
    }
}

#[kiln_macros::builtin_methods("Token")]
impl Token {
    #[getter]
    fn var(this: &Token) -> Option<Object> {
        this.variable.get()
    }
    #[getter]
    fn old_value(this: &Token) -> Result<Object, Raised> {
        match this.old.get() {
            Some(old) => Ok(old),
            None => kiln_object::attr::get_attr_str(Token::class().as_value(), "MISSING"),
        }
    }
    fn __enter__(this: Value) -> Object {
        this.to_object()
    }
    fn __exit__(this: Value, _args: Rest<'_>) -> Result<(), Raised> {
        let variable = this.expect::<Token>().variable.value();
        ContextVar::reset(variable, this)
    }
    fn __repr__(this: Value) -> String {
        let me = this.expect::<Token>();
        let used = if me.used.get() { " used" } else { "" };
        format!("<Token{used} var={} at {:p}>", ops::repr_lossy(me.variable.value()), this.ptr())
    }
}

#[kiln_macros::builtin_methods("Token.MISSING")]
impl Missing {
    fn __repr__(_this: Value) -> &'static str {
        "<Token.MISSING>"
    }
}

/// Context Variables
#[builtin_module("_contextvars")]
pub mod module {
    use super::*;
    use kiln_object::module::Module;

    #[exec]
    fn exec(module: &Module) -> Result<(), Raised> {
        let context = define::<Context>("Context", "_contextvars", None, flags::WEAKREF, Context::METHODS, None);
        let variable = define::<ContextVar>("ContextVar", "_contextvars", None, flags::WEAKREF, ContextVar::METHODS, None);
        let token = define::<Token>("Token", "_contextvars", None, flags::NO_NEW, Token::METHODS, None);
        define::<Missing>("MISSING", "_contextvars", None, flags::NO_NEW, Missing::METHODS, None);
        let missing = alloc(Missing { header: header::<Missing>(), pad: Cell::new(0) });
        missing.header().make_immortal();
        token.set_attr(kiln_object::intern!("MISSING"), missing.value());
        for class in [context, variable, token] {
            crate::support::add_class(module, class);
        }
        Ok(())
    }

    pub fn copy_context() -> Object {
        current().expect::<Context>().copy_of()
    }
}
