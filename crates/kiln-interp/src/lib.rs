//! The interpreter: frames, handlers, inline caches, type feedback. Knows no compiler: it is the oracle.

mod arith;
mod attrs;
mod bind;
mod build;
mod calls;
mod control;
pub mod frames;
mod generators;
mod items;
mod misc;
mod names;
mod run;
mod shim;
mod state;
mod table;
mod tier;
mod unwind;

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
        h.run_code = run_code;
        h.quicken = table::quicken;
        h.current_globals = current_globals;
        h.frame = frames::frame_at;
        h.locals = locals;
    });
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
        calls::write_word(window.wrapping_add(4), locals);
        Ok(())
    })
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
    let g = calls::slot_word(v.callable(), Function::GLOBALS_OFFSET);
    (!g.is_pending()).then(|| g.to_object())
}

/// `locals()`: the namespace of class and module code, or a fresh dict of a function's bound variables.
fn locals() -> Result<Object, Raised> {
    let Some(v) = frames::View::innermost().and_then(frames::View::visible) else {
        return Err(kiln_object::raise!(SystemError, "frame does not exist"));
    };
    let code = v.code();
    if code.code.has_namespace() {
        return Ok(calls::read_word(v.fp).to_object());
    }
    let d = Dict::new_object();
    for (name, value) in frames::variables(v) {
        d.expect::<Dict>().set_str(&name, &value);
    }
    Ok(d)
}
