//! The interpreter: frames, handlers, inline caches, type feedback. Knows no compiler: it is the oracle.

mod arith;
pub mod attrs;
pub mod bind;
pub mod build;
pub mod calls;
pub mod classes;
mod compare;
mod conditions;
mod control;
pub mod frames;
pub mod generators;
mod items;
mod jump;
mod loops;
pub mod misc;
pub mod names;
mod native;
pub mod profile;
pub mod run;
mod shim;
pub mod single;
mod special;
pub mod state;
mod table;
pub mod tier;
pub mod trace;
mod unpack;
pub mod unwind;
pub mod words;

pub use state::fb;

use kiln_object::code::CodeObject;
use kiln_object::dict::Dict;
use kiln_object::function::Function;
use kiln_object::{Object, Raised, Value};

/// Attaches the interpreter to the object model.
pub fn init() {
    kiln_object::hooks::set_hooks(|h| {
        h.call_function = calls::call_from_native;
        h.resume = generators::resume;
        h.next = generators::next;
        h.drive = generators::drive;
        h.run_code = run_code;
        h.run_body = run_body;
        h.super_context = super_context;
        h.quicken = table::quicken;
        h.current_globals = current_globals;
        h.frame = frames::frame_at;
        h.innermost_frame = frames::innermost_object;
        h.locals = locals;
        h.frame_index = frames::frame_index;
        h.frame_back = frames::frame_back;
        h.frame_locals = frames::frame_locals;
        h.frame_variables = frames::frame_variables;
        h.set_frame_variable = frames::set_frame_variable;
        h.set_line = jump::set_line;
        h.set_tracer = trace::set;
        h.recursion_limit_set = tier::recursion_limit_set;
        h.tracer = trace::get;
    });
}

/// Exactly `n` items of an iterable.
pub fn unpack(v: Value, n: usize) -> Result<Vec<Object>, Raised> {
    unpack::unpack_exactly(v, n).map(|items| items.into_vec())
}
pub use misc::{matches as exception_matches, raise_object as raise};
pub use unpack::unpack_star;

/// The error of a variable that has no value.
pub fn unbound(name: Value, free: bool) -> Raised {
    if free {
        control::unbound_free(name)
    } else {
        control::unbound_local_name(name)
    }
}

/// Runs a function whose parameters are all given, in the interpreter.
pub fn run_bound(function: Value, params: &[Value]) -> Result<Object, Raised> {
    let f = function.expect::<Function>();
    let code = f.code.value();
    run::interpret(function, code.expect::<CodeObject>(), params)
}

/// Runs a module's, class's or `exec`'s code with a namespace.
pub fn run_code(code: Value, globals: Value, locals: Value) -> Result<Object, Raised> {
    let c = code.expect::<CodeObject>();
    let builtins = builtins_of(globals)?;
    let f = Function::new_object(
        code.to_object(),
        globals.to_object(),
        builtins,
        c.name.value().to_object(),
        c.qualname.value().to_object(),
        Object::none(),
        Object::none(),
    );
    if !c.code.has_namespace() {
        return calls::call_from_native(f.value(), &[], &[]);
    }
    run::enter_native(f.value(), c, |_, window| {
        locals.incref();
        crate::words::write_word(window.wrapping_add(4), locals);
        Ok(())
    })
}

/// Runs a class body's function with its namespace.
fn run_body(function: Value, namespace: Value) -> Result<Object, Raised> {
    let f = function.expect::<Function>();
    let code = f.code.value();
    run::enter_native(function, code.expect::<CodeObject>(), |_, window| {
        namespace.incref();
        crate::words::write_word(window.wrapping_add(4), namespace);
        Ok(())
    })
}

/// The class and the first argument that `super()` means in the innermost frame.
fn super_context() -> Result<(Object, Object), Raised> {
    use kiln_object::descr::CellObject;
    let Some(v) = frames::View::innermost().and_then(frames::View::visible) else {
        return Err(kiln_object::raise!(RuntimeError, "super(): no current frame"));
    };
    let code = &v.code().code;
    if code.arg_count == 0 && code.flags & kiln_bytecode::co::VARARGS == 0 {
        return Err(kiln_object::raise!(RuntimeError, "super(): no arguments"));
    }
    let read = |reg: u16| v.read(reg);
    let content = |c: Object| match c.exact::<CellObject>() {
        Some(c) => c.content.get(),
        None => Some(c.clone()).filter(|o| !o.is_unbound()),
    };
    let Some(object) = content(read(0)) else {
        return Err(kiln_object::raise!(RuntimeError, "super(): arg[0] deleted"));
    };
    let Some(i) = code.freevars.iter().position(|n| &**n == "__class__") else {
        return Err(kiln_object::raise!(RuntimeError, "super(): __class__ cell not found"));
    };
    match content(read(code.free_base + i as u16)) {
        Some(class) => Ok((class, object)),
        None => Err(kiln_object::raise!(RuntimeError, "super(): empty __class__ cell")),
    }
}

/// The builtins that code with these globals sees; sets `__builtins__` where it is missing.
pub fn builtins_of(globals: Value) -> Result<Object, Raised> {
    let name = kiln_object::intern!("__builtins__");
    let found = match globals.cast::<Dict>() {
        Some(d) => d.get(name)?,
        None => None,
    };
    match found {
        Some(b) => Ok(kiln_object::module::dict_of(&b).unwrap_or(b)),
        None => {
            let b = (kiln_object::hooks::hooks().builtins)();
            if let Some(d) = globals.cast::<Dict>() {
                d.set(name, b.value())?;
            }
            Ok(b)
        }
    }
}

fn current_globals() -> Option<Object> {
    let v = frames::View::innermost()?.visible()?;
    let g = crate::words::slot_word(v.callable(), Function::GLOBALS_OFFSET);
    (!g.is_pending()).then(|| g.to_object())
}

/// `locals()`: the namespace of class and module code, or a fresh dict of a function's bound variables.
fn locals() -> Result<Object, Raised> {
    let Some(v) = frames::View::innermost().and_then(frames::View::visible) else {
        return Err(kiln_object::raise!(SystemError, "frame does not exist"));
    };
    let code = v.code();
    if code.code.has_namespace() {
        let index = v.index();
        if !code.code.scoped.iter().any(|s| s.start <= index && index < s.end) {
            return Ok(v.read(0));
        }
        // Within a comprehension its variables show beside the namespace.
        let all = Dict::new_object();
        let namespace = v.read(0);
        if let Some(d) = namespace.cast::<Dict>() {
            for (key, value) in d.snapshot() {
                all.expect::<Dict>().set(key.value(), value.value())?;
            }
        }
        for (name, value) in frames::variables(v) {
            all.expect::<Dict>().set_str(&name, &value);
        }
        return Ok(all);
    }
    let d = Dict::new_object();
    for (name, value) in frames::variables(v) {
        d.expect::<Dict>().set_str(&name, &value);
    }
    if let Some(extra) = v.extra_locals() {
        for (key, value) in extra.expect::<Dict>().snapshot() {
            d.expect::<Dict>().set(key.value(), value.value())?;
        }
    }
    Ok(d)
}
