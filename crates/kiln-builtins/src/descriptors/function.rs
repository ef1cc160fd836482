//! Python functions and bound methods.

use crate::support::{address, methods, readonly, repr, text, tuple};
use kiln_macros::builtin_methods;
use kiln_object::args::{Keywords, Rest};
use kiln_object::code::CodeObject;
use kiln_object::descr::{CellObject, Method};
use kiln_object::dict::Dict;
use kiln_object::function::Function;
use kiln_object::hooks::hooks;
use kiln_object::layout::{ObjectType, Slot};
use kiln_object::str::Str;
use kiln_object::tuple::Tuple;
use kiln_object::{ClassRef, Object, Raised, Value, attr, call, intern, ops, raise};

/// After code or defaults were assigned: caches and compiled code that rely on them must not match any more.
fn changed(this: &Function) {
    let v = this.version.get();
    if v != 0 {
        this.version.set(v.wrapping_add(1));
    }
    (hooks().function_changed)(Value::from_ptr(&this.header));
}
fn type_error(message: &str) -> Raised {
    raise::type_error(message.to_owned())
}
/// Assigns a slot that takes a value accepted by `check`; deletion and other values are `message`.
fn assign(slot: &Slot, value: Option<Value>, check: fn(Value) -> bool, message: &str) -> Result<(), Raised> {
    match value {
        Some(v) if check(v) => {
            slot.set(v.to_object());
            Ok(())
        }
        _ => Err(type_error(message)),
    }
}
fn is_str(v: Value) -> bool {
    v.cast::<Str>().is_some()
}
fn is_tuple(v: Value) -> bool {
    v.cast::<Tuple>().is_some()
}
fn is_dict(v: Value) -> bool {
    v.cast::<Dict>().is_some()
}

/// Checks a closure against what the code wants.
fn check_closure(code: &CodeObject, closure: Option<Value>) -> Result<(), Raised> {
    let wanted = code.code.freevars.len();
    let given = closure.and_then(|c| c.cast::<Tuple>().map(Tuple::len)).unwrap_or(0);
    if given != wanted {
        return Err(kiln_object::raise!(
            ValueError,
            "{} requires closure of length {wanted}, not {given}",
            text(code.name.value())
        ));
    }
    if let Some(c) = closure.and_then(|c| c.cast::<Tuple>().map(|t| t.items().to_vec())) {
        for cell in c {
            if cell.cast::<CellObject>().is_none() {
                return Err(kiln_object::raise!(
                    TypeError,
                    "arg 5 (closure) expected cell, found {}",
                    cell.class().name()
                ));
            }
        }
    }
    Ok(())
}

/// `__annotations__` of an object whose slots hold them, or the function that makes them.
pub fn annotations(annotations: &Slot, annotate: &Slot) -> Result<Object, Raised> {
    if let Some(a) = annotations.get() {
        // The compiler may leave names and values in turn.
        if let Some(t) = a.cast::<Tuple>() {
            let d = Dict::new_object();
            let items: Vec<Value> = t.items().to_vec();
            for pair in items.chunks(2) {
                if let [k, v] = pair {
                    d.expect::<Dict>().set(*k, *v)?;
                }
            }
            annotations.set(d.clone());
            return Ok(d);
        }
        return Ok(a);
    }
    let made = match annotate.get().filter(|f| attr::is_callable(f.value())) {
        Some(f) => {
            let d = call::call(f.value(), &[Value::int_unchecked(1)])?;
            if d.cast::<Dict>().is_none() {
                return Err(kiln_object::raise!(
                    TypeError,
                    "__annotate__ returned non-dict of type '{}'",
                    d.class().name()
                ));
            }
            d
        }
        None => Dict::new_object(),
    };
    annotations.set(made.clone());
    Ok(made)
}

/// `__annotations__` of a module, whose dict holds what they are made from.
pub fn annotations_of(dict: &Object) -> Result<Object, Raised> {
    let d = dict.expect::<Dict>();
    if let Some(a) = d.get(intern!("__annotations__"))? {
        return Ok(a);
    }
    let made = match d.get(intern!("__annotate__"))?.filter(|f| attr::is_callable(f.value())) {
        Some(f) => {
            let made = call::call(f.value(), &[Value::int_unchecked(1)])?;
            if made.cast::<Dict>().is_none() {
                return Err(kiln_object::raise!(
                    TypeError,
                    "__annotate__ returned non-dict of type '{}'",
                    made.class().name()
                ));
            }
            made
        }
        None => Dict::new_object(),
    };
    d.set(intern!("__annotations__"), made.value())?;
    Ok(made)
}

struct Functions;
#[builtin_methods(function)]
impl Functions {
    #[new]
    fn new(
        _cls: ClassRef,
        #[kw] code: Value,
        #[kw] globals: Value,
        #[kw] name: Option<Value>,
        #[kw] argdefs: Option<Value>,
        #[kw] closure: Option<Value>,
        #[kw] kwdefaults: Option<Value>,
    ) -> Result<Object, Raised> {
        let Some(c) = code.cast::<CodeObject>() else {
            return Err(kiln_object::raise!(
                TypeError,
                "function() argument 'code' must be code, not {}",
                kiln_object::convert::type_name(code)
            ));
        };
        if !is_dict(globals) {
            return Err(kiln_object::raise!(
                TypeError,
                "function() argument 'globals' must be dict, not {}",
                kiln_object::convert::type_name(globals)
            ));
        }
        let given = |v: Option<Value>| v.filter(|v| !v.is_none());
        let name = given(name);
        if name.is_some_and(|n| !is_str(n)) {
            return Err(type_error("arg 3 (name) must be None or string"));
        }
        let argdefs = given(argdefs);
        if argdefs.is_some_and(|n| !is_tuple(n)) {
            return Err(type_error("arg 4 (defaults) must be None or tuple"));
        }
        let closure = given(closure);
        if closure.is_none() && !c.code.freevars.is_empty() {
            return Err(type_error("arg 5 (closure) must be tuple"));
        }
        if closure.is_some_and(|n| !is_tuple(n)) {
            return Err(type_error("arg 5 (closure) must be None or tuple"));
        }
        let kwdefaults = given(kwdefaults);
        if kwdefaults.is_some_and(|n| !is_dict(n)) {
            return Err(type_error("arg 6 (kwdefaults) must be None or dict"));
        }
        check_closure(c, closure)?;
        let d = globals.expect::<Dict>();
        let builtins = match d.get_interned(intern!("__builtins__")) {
            Some(b) => kiln_object::module::dict_of(&b).unwrap_or_else(|| b.to_object()),
            // Those of the caller.
            None => {
                let frame = (hooks().frame)(0);
                let own = frame.and_then(|f| f.cast::<kiln_object::frame::FrameObject>()?.builtins.get());
                own.unwrap_or_else(|| (hooks().builtins)())
            }
        };
        let module = d
            .get_interned(intern!("__name__"))
            .map_or_else(Object::none, |v| v.to_object());
        let doc = match c.code.consts.first() {
            Some(kiln_bytecode::Const::Str(_)) if c.code.flags & kiln_bytecode::co::HAS_DOCSTRING != 0 => {
                c.constant(0).to_object()
            }
            _ => Object::none(),
        };
        let name = name.unwrap_or_else(|| c.name.value()).to_object();
        let f = Function::new_object(
            code.to_object(),
            globals.to_object(),
            builtins,
            name,
            c.qualname.value().to_object(),
            doc,
            module,
        );
        let new = f.expect::<Function>();
        new.defaults.set_option(argdefs.map(|v| v.to_object()));
        new.closure.set_option(
            closure
                .filter(|t| !t.expect::<Tuple>().is_empty())
                .map(|v| v.to_object()),
        );
        new.kwdefaults.set_option(kwdefaults.map(|v| v.to_object()));
        Ok(f)
    }
    fn __call__(this: Value, args: Rest<'_>, kwargs: Keywords<'_>) -> Result<Object, Raised> {
        let keywords: Vec<(Value, Value)> = kwargs.iter().collect();
        call::call_keywords(this, args, &keywords)
    }
    fn __get__(this: Value, instance: Value, owner: Option<Value>) -> Result<Object, Raised> {
        if instance.is_none() {
            if owner.is_none_or(|o| o.is_none()) {
                return Err(type_error("__get__(None, None) is invalid"));
            }
            return Ok(this.to_object());
        }
        Ok(Method::new_object(this, instance))
    }
    fn __repr__(this: &Function) -> String {
        format!(
            "<function {} at {}>",
            text(this.qualname.value()),
            address(Value::from_ptr(&this.header))
        )
    }
    #[getter]
    fn __code__(this: &Function) -> Value {
        this.code.value()
    }
    #[setter]
    fn set___code__(this: &Function, value: Option<Value>) -> Result<(), Raised> {
        let Some(c) = value.as_ref().and_then(|v| v.cast::<CodeObject>()) else {
            return Err(type_error("__code__ must be set to a code object"));
        };
        let wanted = c.code.freevars.len();
        let have = this.closure.peek().map_or(0, |t| t.expect::<Tuple>().len());
        if wanted != have {
            return Err(kiln_object::raise!(
                ValueError,
                "{}() requires a code object with {have} free vars, not {wanted}",
                text(this.name.value())
            ));
        }
        let kind = |c: &CodeObject| {
            use kiln_bytecode::co;
            c.code.flags & (co::GENERATOR | co::COROUTINE | co::ASYNC_GENERATOR)
        };
        let old = this.code.value();
        if kind(old.expect::<CodeObject>()) != kind(c) {
            crate::warn::deprecation(
                "Assigning a code object of non-matching type is deprecated (e.g., from a generator to a plain function)",
            )?;
        }
        if let Some(v) = value {
            this.code.set(v.to_object());
        }
        changed(this);
        Ok(())
    }
    #[getter]
    fn __defaults__(this: &Function) -> Option<Object> {
        this.defaults.get()
    }
    #[setter]
    fn set___defaults__(this: &Function, value: Option<Value>) -> Result<(), Raised> {
        let value = value.filter(|v| !v.is_none());
        if value.is_some_and(|v| !is_tuple(v)) {
            return Err(type_error("__defaults__ must be set to a tuple object"));
        }
        this.defaults.set_option(value.map(|v| v.to_object()));
        changed(this);
        Ok(())
    }
    #[getter]
    fn __kwdefaults__(this: &Function) -> Option<Object> {
        this.kwdefaults.get()
    }
    #[setter]
    fn set___kwdefaults__(this: &Function, value: Option<Value>) -> Result<(), Raised> {
        let value = value.filter(|v| !v.is_none());
        if value.is_some_and(|v| !is_dict(v)) {
            return Err(type_error("__kwdefaults__ must be set to a dict object"));
        }
        this.kwdefaults.set_option(value.map(|v| v.to_object()));
        changed(this);
        Ok(())
    }
    #[getter]
    fn __name__(this: &Function) -> Value {
        this.name.value()
    }
    #[setter]
    fn set___name__(this: &Function, value: Option<Value>) -> Result<(), Raised> {
        assign(&this.name, value, is_str, "__name__ must be set to a string object")
    }
    #[getter]
    fn __qualname__(this: &Function) -> Value {
        this.qualname.value()
    }
    #[setter]
    fn set___qualname__(this: &Function, value: Option<Value>) -> Result<(), Raised> {
        assign(
            &this.qualname,
            value,
            is_str,
            "__qualname__ must be set to a string object",
        )
    }
    #[getter]
    fn __closure__(this: &Function) -> Option<Object> {
        this.closure.get()
    }
    #[setter]
    fn set___closure__(_this: &Function, _value: Option<Value>) -> Result<(), Raised> {
        Err(readonly())
    }
    #[getter]
    fn __globals__(this: &Function) -> Value {
        this.globals.value()
    }
    #[setter]
    fn set___globals__(_this: &Function, _value: Option<Value>) -> Result<(), Raised> {
        Err(readonly())
    }
    #[getter]
    fn __builtins__(this: &Function) -> Option<Object> {
        this.builtins.get()
    }
    #[setter]
    fn set___builtins__(_this: &Function, _value: Option<Value>) -> Result<(), Raised> {
        Err(readonly())
    }
    #[getter]
    fn __module__(this: &Function) -> Option<Object> {
        this.module.get()
    }
    #[setter]
    fn set___module__(this: &Function, value: Option<Value>) {
        this.module.set_option(value.map(|v| v.to_object()));
    }
    #[getter]
    fn __doc__(this: &Function) -> Option<Object> {
        this.doc.get()
    }
    #[setter]
    fn set___doc__(this: &Function, value: Option<Value>) {
        this.doc.set_option(value.map(|v| v.to_object()));
    }
    #[getter]
    fn __annotations__(this: &Function) -> Result<Object, Raised> {
        annotations(&this.annotations, &this.annotate)
    }
    #[setter]
    fn set___annotations__(this: &Function, value: Option<Value>) -> Result<(), Raised> {
        let value = value.filter(|v| !v.is_none());
        if value.is_some_and(|v| !is_dict(v)) {
            return Err(type_error("__annotations__ must be set to a dict object"));
        }
        this.annotations.set_option(value.map(|v| v.to_object()));
        this.annotate.clear();
        Ok(())
    }
    #[getter]
    fn __annotate__(this: &Function) -> Option<Object> {
        this.annotate.get()
    }
    #[setter]
    fn set___annotate__(this: &Function, value: Option<Value>) -> Result<(), Raised> {
        match value {
            None => Err(type_error("__annotate__ cannot be deleted")),
            Some(v) if v.is_none() => {
                this.annotate.set(v.to_object());
                Ok(())
            }
            Some(v) if attr::is_callable(v) => {
                this.annotate.set(v.to_object());
                this.annotations.clear();
                Ok(())
            }
            Some(_) => Err(type_error("__annotate__ must be callable or None")),
        }
    }
    #[getter]
    fn __type_params__(this: &Function) -> Object {
        this.type_params.get().unwrap_or_else(Tuple::empty)
    }
    #[setter]
    fn set___type_params__(this: &Function, value: Option<Value>) -> Result<(), Raised> {
        assign(
            &this.type_params,
            value,
            is_tuple,
            "__type_params__ must be set to a tuple",
        )
    }
    #[getter]
    fn __dict__(this: Value) -> Object {
        kiln_object::instance::dict_of(this)
    }
    #[setter]
    fn set___dict__(this: Value, value: Option<Value>) -> Result<(), Raised> {
        crate::object::set_dict(this, value)
    }
}

struct Methods;
#[builtin_methods(method)]
impl Methods {
    #[new]
    fn new(_cls: ClassRef, function: Value, instance: Value) -> Result<Object, Raised> {
        if !attr::is_callable(function) {
            return Err(type_error("first argument must be callable"));
        }
        if instance.is_none() {
            return Err(type_error("instance must not be None"));
        }
        Ok(Method::new_object(function, instance))
    }
    fn __call__(this: Value, args: Rest<'_>, kwargs: Keywords<'_>) -> Result<Object, Raised> {
        let keywords: Vec<(Value, Value)> = kwargs.iter().collect();
        call::call_keywords(this, args, &keywords)
    }
    fn __get__(this: Value, _instance: Value, _owner: Option<Value>) -> Value {
        this
    }
    fn __getattribute__(this: Value, name: Value) -> Result<Object, Raised> {
        let name = attr::intern_name(name)?;
        let class = this.class();
        if let Some(d) = class.lookup(name.value()) {
            let d = d.to_object();
            if d.is_ptr() && d.class().special(kiln_object::Special::Get).is_some() {
                return attr::descriptor_get(d.value(), Some(this), class);
            }
            return Ok(d);
        }
        let f = this.expect::<Method>().function.value().to_object();
        attr::get_attr(f.value(), name.value())
    }
    fn __repr__(this: &Method) -> Result<String, Raised> {
        let f = this.function.value().to_object();
        let r = this.receiver.value().to_object();
        let name = match attr::find_attr(f.value(), intern!("__qualname__"))? {
            Some(n) => Some(n),
            None => attr::find_attr(f.value(), intern!("__name__"))?,
        };
        let name = name
            .and_then(|n| n.cast::<Str>().map(Str::to_string_lossy))
            .unwrap_or_else(|| "?".to_owned());
        Ok(format!("<bound method {name} of {}>", repr(r.value())?))
    }
    fn __eq__(this: &Method, other: Value) -> Result<Object, Raised> {
        Ok(match method_eq(this, other)? {
            Some(b) => Object::bool(b),
            None => Object::not_implemented(),
        })
    }
    fn __ne__(this: &Method, other: Value) -> Result<Object, Raised> {
        Ok(match method_eq(this, other)? {
            Some(b) => Object::bool(!b),
            None => Object::not_implemented(),
        })
    }
    fn __hash__(this: &Method) -> Result<i64, Raised> {
        let r = this.receiver.value();
        let x = if r.is_ptr() { ops::hash_identity(r) } else { r.0 as i64 };
        let f = this.function.value().to_object();
        let y = ops::hash(f.value())?;
        let h = x ^ y;
        Ok(if h == -1 { -2 } else { h })
    }
    fn __reduce__(this: &Method) -> Result<Object, Raised> {
        let f = this.function.value().to_object();
        let r = this.receiver.value().to_object();
        let name = attr::get_attr(f.value(), intern!("__name__"))?;
        let getattr = crate::support::import_from("builtins", "getattr")?;
        Ok(tuple(vec![getattr, tuple(vec![r, name])]))
    }
    #[getter]
    fn __func__(this: &Method) -> Value {
        this.function.value()
    }
    #[setter]
    fn set___func__(_this: &Method, _value: Option<Value>) -> Result<(), Raised> {
        Err(readonly())
    }
    #[getter]
    fn __self__(this: &Method) -> Value {
        this.receiver.value()
    }
    #[setter]
    fn set___self__(_this: &Method, _value: Option<Value>) -> Result<(), Raised> {
        Err(readonly())
    }
    #[getter]
    fn __doc__(this: &Method) -> Result<Object, Raised> {
        let f = this.function.value().to_object();
        attr::get_attr(f.value(), intern!("__doc__"))
    }
}
fn method_eq(this: &Method, other: Value) -> Result<Option<bool>, Raised> {
    let Some(o) = other.exact::<Method>() else {
        return Ok(None);
    };
    let (f, g) = (this.function.value().to_object(), o.function.value().to_object());
    let same_receiver = this.receiver.value() == o.receiver.value();
    Ok(Some(ops::is_equal(f.value(), g.value())? && same_receiver))
}

struct Cells;
#[builtin_methods(cell)]
impl Cells {
    #[new]
    fn new(_cls: ClassRef, contents: Option<Value>) -> Object {
        CellObject::new_object(contents.map(|v| v.to_object()))
    }
    fn __repr__(this: &CellObject) -> String {
        let me = address(Value::from_ptr(&this.header));
        match this.content.peek() {
            None => format!("<cell at {me}: empty>"),
            Some(v) => format!("<cell at {me}: {} object at {}>", v.class().name(), address(v)),
        }
    }
    fn __eq__(this: &CellObject, other: Value) -> Result<Object, Raised> {
        compare_cells(ops::CompareOp::Eq, this, other)
    }
    fn __ne__(this: &CellObject, other: Value) -> Result<Object, Raised> {
        compare_cells(ops::CompareOp::Ne, this, other)
    }
    fn __lt__(this: &CellObject, other: Value) -> Result<Object, Raised> {
        compare_cells(ops::CompareOp::Lt, this, other)
    }
    fn __le__(this: &CellObject, other: Value) -> Result<Object, Raised> {
        compare_cells(ops::CompareOp::Le, this, other)
    }
    fn __gt__(this: &CellObject, other: Value) -> Result<Object, Raised> {
        compare_cells(ops::CompareOp::Gt, this, other)
    }
    fn __ge__(this: &CellObject, other: Value) -> Result<Object, Raised> {
        compare_cells(ops::CompareOp::Ge, this, other)
    }
    #[getter]
    fn cell_contents(this: &CellObject) -> Result<Object, Raised> {
        this.content.get().ok_or_else(|| raise::value_error("Cell is empty"))
    }
    #[setter]
    fn set_cell_contents(this: &CellObject, value: Option<Value>) {
        this.content.set_option(value.map(|v| v.to_object()));
    }
}
/// Cells compare by their contents; an empty one is less than any other.
fn compare_cells(op: ops::CompareOp, this: &CellObject, other: Value) -> Result<Object, Raised> {
    let Some(o) = other.exact::<CellObject>() else {
        return Ok(Object::not_implemented());
    };
    match (this.content.get(), o.content.get()) {
        (Some(a), Some(b)) => ops::compare(op, a.value(), b.value()),
        (a, b) => Ok(Object::bool(op.holds(a.is_some().cmp(&b.is_some())))),
    }
}

pub fn init() {
    methods::<Function>(Functions::METHODS, "Create a function object.");
    methods::<Method>(Methods::METHODS, "Create a bound instance method object.");
    methods::<CellObject>(Cells::METHODS, "Create a new cell object.");
    CellObject::class().set_attr(intern!("__hash__"), kiln_object::singletons::none());
}
