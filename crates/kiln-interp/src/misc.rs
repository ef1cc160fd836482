//! Functions, imports, raising and catching, pattern matching, type parameters.

use crate::state::{Handler, Ins, S, handler, slow};
use kiln_bytecode::{FuncAttr, co, flags};
use kiln_object::code::CodeObject;
use kiln_object::dict::Dict;
use kiln_object::exception::{self, BaseException};
use kiln_object::function::Function;
use kiln_object::hooks::{Make, hooks};
use kiln_object::str::Str;
use kiln_object::tuple::Tuple;
use kiln_object::types::flags as tf;
use kiln_object::{Object, Raised, Type, Value, attr, call, ops, raise, singletons};

/// The function that a `def` or `lambda` makes of a code object, without defaults and closure.
pub fn function_of(code: Value, globals: Value, builtins: Value) -> Object {
    let c = code.expect::<CodeObject>();
    let module = match globals.exact::<Dict>() {
        Some(d) => d
            .get_interned(kiln_object::intern!("__name__"))
            .map_or_else(Object::none, |v| v.to_object()),
        None => Object::none(),
    };
    let doc = if c.code.flags & co::HAS_DOCSTRING != 0 {
        c.constant(0).to_object()
    } else {
        Object::none()
    };
    let (name, qualname) = (c.name.value().to_object(), c.qualname.value().to_object());
    let (globals, builtins) = (globals.to_object(), builtins.to_object());
    Function::new_object(code.to_object(), globals, builtins, name, qualname, doc, module)
}

/// Gives a function that was just made its defaults, closure and so on; `which` is a [`FuncAttr`].
pub fn set_part_of_function(function: Value, which: u16, v: Object) {
    let f = function.expect::<Function>();
    match FuncAttr::from_u16(which) {
        Some(FuncAttr::Defaults) => f.defaults.set(v),
        Some(FuncAttr::KwDefaults) => f.kwdefaults.set(v),
        Some(FuncAttr::Annotations) => f.annotations.set(v),
        Some(FuncAttr::Closure) => f.closure.set(v),
        Some(FuncAttr::Annotate) => f.annotate.set(v),
        Some(FuncAttr::TypeParams) => f.type_params.set(v),
        None => kiln_object::bug!("set_function_attr {which}"),
    }
}

fn make1(s: &mut S, ins: Ins, what: Make) -> Result<(), Raised> {
    s.sync();
    let v = (hooks().make)(what, &[s.b(ins)])?;
    s.consume(ins);
    s.put(ins.a(), v);
    Ok(())
}
fn make2(s: &mut S, ins: Ins, what: Make) -> Result<(), Raised> {
    s.sync();
    let v = (hooks().make)(what, &[s.b(ins), s.c(ins)])?;
    s.consume(ins);
    s.put(ins.a(), v);
    Ok(())
}

// `raise` of an exception that was just made, while none is being handled.
handler!(raise_, s, ins, {
    let e = s.reg(ins.a());
    if !ins.has(flags::A_TAKE)
        || !e.is_ptr()
        || !e.header().class().has(tf::EXCEPTION)
        || !s.th.handled.is_empty()
        || !s.th.pending.is_empty()
    {
        return s.go(Handler(raise_slow), ins.0);
    }
    s.write(ins.a(), Value::ZERO);
    s.th.pending.swap_raw(e);
    s.go(Handler(crate::unwind::unwind), 0)
});
// Outside generators, what is handled is kept and restored as it is.
handler!(push_exc, s, ins, {
    if s.code().is_generator() {
        return s.go(Handler(push_exc_slow), ins.0);
    }
    let e = s.reg(ins.b());
    e.header().incref();
    let previous = s.th.handled.swap_raw(e);
    let saved = if previous.is_pending() {
        singletons::none()
    } else {
        previous
    };
    s.put_next(ins.a(), saved)
});
handler!(pop_exc, s, ins, {
    if s.code().is_generator() {
        return s.go(Handler(pop_exc_slow), ins.0);
    }
    let saved = s.replace(ins.a(), Value::ZERO);
    let restored = if saved.is_none() { Value::PENDING } else { saved };
    let old = s.th.handled.swap_raw(restored);
    if old.is_pending() {
        return s.next();
    }
    match crate::state::drop_quick(old) {
        crate::state::Old::Done => s.next(),
        crate::state::Old::Last => s.go(Handler(crate::control::release_and_go), old.0),
    }
});
// An exception against a class whose metaclass is `type`: the class itself here, which needs no call.
handler!(check_exc_match, s, ins, {
    use kiln_object::shape::known;
    let (e, class) = (s.reg(ins.b()), s.c(ins));
    if !e.is_ptr()
        || !class.is_ptr()
        || class.header().shape().0 != known::TYPE
        || ins.has(flags::C_TAKE) && !crate::attrs::droppable(class)
    {
        return s.go(Handler(check_exc_match_slow), ins.0);
    }
    let own = e.header().class();
    let t = crate::words::base_of::<Type>(class);
    if !own.has(tf::EXCEPTION) || !t.has(tf::EXCEPTION) {
        return s.go(Handler(check_exc_match_slow), ins.0);
    }
    if !std::ptr::eq(own, t) {
        return s.go(Handler(check_exc_subclass), ins.0);
    }
    matched(s, ins, class, singletons::true_())
});
// The same, for its subclasses.
handler!(check_exc_subclass, s, ins, {
    let class = s.c(ins);
    let subclass = s
        .reg(ins.b())
        .header()
        .class()
        .is_subtype(crate::words::base_of::<Type>(class));
    let r = if subclass {
        singletons::true_()
    } else {
        singletons::false_()
    };
    matched(s, ins, class, r)
});
/// The end of both: the class is nobody's last reference.
#[inline(always)]
fn matched(s: S, ins: Ins, class: Value, r: Value) -> u64 {
    if ins.has(flags::C_TAKE) {
        s.write(ins.c(), Value::ZERO);
        class.header().decref();
    }
    s.put_next(ins.a(), r)
}

slow! {
    make_function => |s: &mut S, ins: Ins| {
        s.sync();
        let f = function_of(s.constant(ins.bc()), s.globals(), s.builtins());
        s.put(ins.a(), f);
        Ok(())
    },
    set_function_attr => |s: &mut S, ins: Ins| {
        let v = s.own_b(ins);
        set_part_of_function(s.reg(ins.a()), ins.c(), v);
        Ok(())
    },
    import_name => |s: &mut S, ins: Ins| {
        s.sync();
        let spec = s.constant(ins.c() as u32);
        let parts = spec.expect::<Tuple>().items();
        let level = parts[0].as_small_int().unwrap_or(0);
        let v = import(s, s.constant(ins.b() as u32), parts[1], level)?;
        s.put(ins.a(), v);
        Ok(())
    },
    import_from => |s: &mut S, ins: Ins| {
        s.sync();
        let v = (hooks().import_from)(s.b(ins), s.constant(ins.c() as u32))?;
        if ins.has(flags::B_TAKE) { s.clear(ins.b()); }
        s.put(ins.a(), v);
        Ok(())
    },
    import_star => |s: &mut S, ins: Ins| {
        s.sync();
        (hooks().import_star)(s.a(ins), s.reg(0))?;
        s.consume(ins);
        Ok(())
    },
    raise_slow => |s: &mut S, ins: Ins| {
        s.sync();
        let r = raise_object(s.a(ins), None);
        s.consume(ins);
        Err::<(), _>(r)
    },
    raise_from => |s: &mut S, ins: Ins| {
        s.sync();
        let r = raise_object(s.a(ins), Some(s.b(ins)));
        s.consume(ins);
        Err(r)
    },
    raise_handled => |s: &mut S, _: Ins| {
        s.sync();
        match s.th.handled.get() {
            Some(e) => Err::<(), _>(raise::again(e)),
            None => Err(kiln_object::raise!(RuntimeError, "No active exception to reraise")),
        }
    },
    reraise => |s: &mut S, ins: Ins| {
        let e = s.take(ins.a());
        Err::<(), _>(raise::again(e))
    },
    push_exc_slow => |s: &mut S, ins: Ins| {
        let e = s.reg(ins.b()).to_object();
        let previous = s.th.handled.replace(Some(e));
        // Inside a generator, what its resumer handles is not the generator's to restore.
        let outer = is_outer(s, &previous);
        let saved = if outer { kiln_object::singletons::unbound().to_object() } else { previous.unwrap_or_else(Object::none) };
        s.put(ins.a(), saved);
        Ok(())
    },
    pop_exc_slow => |s: &mut S, ins: Ins| {
        s.sync();
        restore_handled(s, s.take(ins.a()));
        Ok(())
    },
    check_exc_match_slow => |s: &mut S, ins: Ins| {
        s.sync();
        let r = matches(s.reg(ins.b()), s.c(ins))?;
        if ins.has(flags::C_TAKE) { s.clear(ins.c()); }
        s.put(ins.a(), Object::bool(r));
        Ok(())
    },
    check_eg_match => |s: &mut S, ins: Ins| {
        s.sync();
        let pair = (hooks().make)(Make::SplitGroup, &[s.b(ins), s.c(ins)])?;
        s.consume(ins);
        let items = pair.expect::<Tuple>().items();
        let (rest, matched) = (items[0].to_object(), items[1].to_object());
        if !matched.is_none() { s.th.handled.set(matched.clone()); }
        s.put(ins.a(), rest);
        s.put(ins.a() + 1, matched);
        Ok(())
    },
    prep_reraise_star => |s: &mut S, ins: Ins| {
        s.sync();
        let v = (hooks().make)(Make::PrepareReraise, &[s.b(ins), s.c(ins)])?;
        s.consume(ins);
        s.put(ins.a(), v);
        Ok(())
    },
    with_except_start => |s: &mut S, ins: Ins| {
        let e = s.reg(ins.c()).to_object();
        let exit = s.take(ins.b());
        let receiver = s.take(ins.b() + 4);
        s.put(ins.a(), exit);
        s.put(ins.a() + 4, receiver);
        s.put(ins.a() + 5, e.class().as_value().to_object());
        let tb = e.cast::<BaseException>().and_then(|b| b.traceback.get()).unwrap_or_else(Object::none);
        s.put(ins.a() + 6, e);
        s.put(ins.a() + 7, tb);
        Ok(())
    },
    match_sequence => |s: &mut S, ins: Ins| {
        let r = s.b(ins).class().has(tf::SEQUENCE);
        s.consume(ins);
        s.put(ins.a(), Object::bool(r));
        Ok(())
    },
    match_mapping => |s: &mut S, ins: Ins| {
        let r = s.b(ins).class().has(tf::MAPPING);
        s.consume(ins);
        s.put(ins.a(), Object::bool(r));
        Ok(())
    },
    match_keys => |s: &mut S, ins: Ins| {
        s.sync();
        let r = match_keys_of(s.b(ins), s.c(ins))?;
        s.consume(ins);
        s.put(ins.a(), r);
        Ok(())
    },
    match_class => |s: &mut S, ins: Ins| {
        s.sync();
        let r = match_class_of(s.b(ins), s.reg(ins.c()), s.reg(ins.c() + 1))?;
        if ins.has(flags::B_TAKE) { s.clear(ins.b()); }
        s.clear_range(ins.c(), 2);
        s.put(ins.a(), r);
        Ok(())
    },
    get_len => |s: &mut S, ins: Ins| {
        s.sync();
        let n = ops::len(s.b(ins))?;
        s.consume(ins);
        s.put(ins.a(), Object::int(n as i64));
        Ok(())
    },
    make_typevar => |s: &mut S, ins: Ins| make1(s, ins, Make::TypeVar),
    make_typevar_bound => |s: &mut S, ins: Ins| make2(s, ins, Make::TypeVarBound),
    make_typevar_constraints => |s: &mut S, ins: Ins| make2(s, ins, Make::TypeVarConstraints),
    make_paramspec => |s: &mut S, ins: Ins| make1(s, ins, Make::ParamSpec),
    make_typevartuple => |s: &mut S, ins: Ins| make1(s, ins, Make::TypeVarTuple),
    set_typeparam_default => |s: &mut S, ins: Ins| {
        s.sync();
        (hooks().make)(Make::TypeParamDefault, &[s.reg(ins.a()), s.b(ins)])?;
        if ins.has(flags::B_TAKE) { s.clear(ins.b()); }
        Ok(())
    },
    subscript_generic => |s: &mut S, ins: Ins| make1(s, ins, Make::Generic),
    make_typealias => |s: &mut S, ins: Ins| {
        s.sync();
        let t = s.own_b(ins);
        let items = t.expect::<Tuple>().items();
        let v = (hooks().make)(Make::TypeAlias, items)?;
        s.put(ins.a(), v);
        Ok(())
    },
    print_expr => |s: &mut S, ins: Ins| {
        s.sync();
        let sys = (hooks().import_name)(Str::intern("sys").value(), Object::none().value(), Object::none().value(), 0)?;
        let hook = attr::get_attr_str(sys.value(), "displayhook")?;
        call::call(hook.value(), &[s.a(ins)])?;
        s.consume(ins);
        Ok(())
    },
}

fn import(s: &S, name: Value, fromlist: Value, level: i64) -> Result<Object, Raised> {
    // A program may have replaced `__import__` in the builtins.
    if let Some(b) = s.builtins().exact::<Dict>()
        && let Some(f) = b.get_interned(kiln_object::intern!("__import__"))
        && kiln_object::native::as_native(&f).is_none()
    {
        let f = f.to_object();
        let none = Object::none();
        let locals = if s.code().code.has_namespace() {
            s.reg(0)
        } else {
            none.value()
        };
        return call::call(
            f.value(),
            &[name, s.globals(), locals, fromlist, Value::int_unchecked(level)],
        );
    }
    (hooks().import_name)(name, s.globals(), fromlist, level)
}

/// The exception that `raise v` raises.
pub fn instantiate(v: Value) -> Result<Object, Raised> {
    if exception::is_exception(v) {
        return Ok(v.to_object());
    }
    if exception::is_exception_class(v) {
        let e = call::call(v, &[])?;
        if !exception::is_exception(e.value()) {
            return Err(kiln_object::raise!(
                TypeError,
                "calling {} should have returned an instance of BaseException, not {}",
                ops::repr_lossy(v),
                e.class().name()
            ));
        }
        return Ok(e);
    }
    Err(kiln_object::raise!(
        TypeError,
        "exceptions must derive from BaseException"
    ))
}

/// `raise v`, or `raise v from cause`.
pub fn raise_object(v: Value, cause: Option<Value>) -> Raised {
    match exception_of(v, cause) {
        Ok(e) => raise::exception(e),
        Err(r) => r,
    }
}
fn exception_of(v: Value, cause: Option<Value>) -> Result<Object, Raised> {
    let e = instantiate(v)?;
    let Some(cause) = cause else { return Ok(e) };
    let b = e.expect::<BaseException>();
    if cause.is_none() {
        b.cause.clear();
    } else if exception::is_exception(cause) {
        b.cause.set(cause.to_object());
    } else if exception::is_exception_class(cause) {
        let c = call::call(cause, &[])?;
        if !exception::is_exception(c.value()) {
            return Err(kiln_object::raise!(
                TypeError,
                "calling {} should have returned an instance of BaseException, not {}",
                ops::repr_lossy(cause),
                c.class().name()
            ));
        }
        b.cause.set(c);
    } else {
        return Err(kiln_object::raise!(
            TypeError,
            "exception causes must derive from BaseException"
        ));
    }
    b.suppress_context.set(true);
    Ok(e)
}

/// Whether `except class` catches `e`.
pub fn matches(e: Value, class: Value) -> Result<bool, Raised> {
    if let Some(t) = class.cast::<Type>()
        && t.has(tf::EXCEPTION)
    {
        return Ok(e.class().is_subtype(t));
    }
    const WRONG: &str = "catching classes that do not inherit from BaseException is not allowed";
    if let Some(t) = class.cast::<Tuple>() {
        if t.items().iter().any(|&c| !exception::is_exception_class(c)) {
            return Err(kiln_object::raise!(TypeError, "{WRONG}"));
        }
        return Ok(t.items().iter().any(|c| e.class().is_subtype(c.expect::<Type>())));
    }
    Err(kiln_object::raise!(TypeError, "{WRONG}"))
}

fn generator_of(s: &S) -> Option<&'static kiln_object::generator::Generator> {
    s.code().is_generator().then(|| crate::words::base_of(s.callable()))
}
/// The exception handled now is what `push_exc` saved.
pub fn restore_handled(s: &S, saved: Object) {
    let restored = if saved.is_unbound() {
        generator_outer(s)
    } else if saved.is_none() {
        None
    } else {
        Some(saved)
    };
    s.th.handled.set_option(restored);
}
fn generator_outer(s: &S) -> Option<Object> {
    generator_of(s).and_then(|g| g.outer.get())
}
fn is_outer(s: &S, previous: &Option<Object>) -> bool {
    match generator_of(s) {
        Some(g) => g.outer.peek() == previous.as_ref().map(|o| o.value()),
        None => false,
    }
}

fn match_keys_of(subject: Value, keys: Value) -> Result<Object, Raised> {
    let keys = keys.expect::<Tuple>().items();
    let get = attr::get_attr_str(subject, "get")?;
    let missing = kiln_object::instance::Instance::new_object(kiln_object::types::object_type());
    let seen = kiln_object::set::Set::new();
    let mut values = Vec::with_capacity(keys.len());
    for &k in keys {
        if !seen.expect::<kiln_object::set::Set>().add(k)? {
            return Err(kiln_object::raise!(
                ValueError,
                "mapping pattern checks duplicate key ({})",
                ops::repr_lossy(k)
            ));
        }
        let v = call::call(get.value(), &[k, missing.value()])?;
        if v.value() == missing.value() {
            return Ok(Object::none());
        }
        values.push(v);
    }
    Ok(Tuple::from_vec(values))
}

fn match_class_of(subject: Value, class: Value, spec: Value) -> Result<Object, Raised> {
    let Some(t) = class.cast::<Type>() else {
        return Err(kiln_object::raise!(TypeError, "called match pattern must be a class"));
    };
    if !ops::is_instance(subject, class)? {
        return Ok(Object::none());
    }
    let parts = spec.expect::<Tuple>().items();
    let positional = parts[0].as_small_int().unwrap_or(0) as usize;
    let names = parts[1].expect::<Tuple>().items();
    let mut values = Vec::new();
    let mut seen: Vec<String> = Vec::new();
    let mut take = |name: Value, values: &mut Vec<Object>| -> Result<bool, Raised> {
        let text = name.expect::<Str>().to_string_lossy();
        if seen.contains(&text) {
            return Err(kiln_object::raise!(
                TypeError,
                "{}() got multiple sub-patterns for attribute '{text}'",
                t.name()
            ));
        }
        seen.push(text);
        let name = attr::intern_name(name)?;
        match attr::find_attr(subject, name.value())? {
            Some(v) => values.push(v),
            None => return Ok(false),
        }
        Ok(true)
    };
    if positional > 0 {
        let args = attr::find_attr_str(class, "__match_args__")?;
        let (allowed, self_match) = match &args {
            Some(a) => match a.cast::<Tuple>() {
                Some(a) => (a.len(), false),
                None => {
                    return Err(kiln_object::raise!(
                        TypeError,
                        "{}.__match_args__ must be a tuple (got {})",
                        t.name(),
                        a.class().name()
                    ));
                }
            },
            None if t.has(tf::MATCH_SELF) => (1, true),
            None => (0, false),
        };
        if positional > allowed {
            return Err(kiln_object::raise!(
                TypeError,
                "{}() accepts {allowed} positional sub-pattern{} ({positional} given)",
                t.name(),
                if allowed == 1 { "" } else { "s" }
            ));
        }
        if self_match {
            values.push(subject.to_object());
        } else if let Some(a) = &args {
            for &name in &a.expect::<Tuple>().items()[..positional] {
                if name.cast::<Str>().is_none() {
                    return Err(kiln_object::raise!(
                        TypeError,
                        "__match_args__ elements must be strings (got {})",
                        name.class().name()
                    ));
                }
                if !take(name, &mut values)? {
                    return Ok(Object::none());
                }
            }
        }
    }
    for &name in names {
        if !take(name, &mut values)? {
            return Ok(Object::none());
        }
    }
    Ok(Tuple::from_vec(values))
}
