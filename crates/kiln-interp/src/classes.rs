//! Calls of classes: `__new__` and `__init__` without a call of either in between, where they are the usual ones.
#![expect(unsafe_code, reason = "a window's arguments as a slice")]
//!
//! # Safety
//! A window lies above everything live in its frame and does not move while native code runs.

use crate::bind::bind;
use crate::calls::{
    abandon, call_unknown, close, enter, enter_hidden, fits, is_compiled, keep_below, names_in, settle,
};
use crate::state::S;
use crate::words::{base_of, read_word, typed, write_word};
use kiln_object::code::CodeObject;
use kiln_object::function::Function;
use kiln_object::native::{NativeFunction, call_def};
use kiln_object::shape::known;
use kiln_object::types::Making;
use kiln_object::{Object, Raised, Special, Type, Value};

/// Calls a class whose metaclass is `type`, without leaving the interpreter where `__init__` is written in Python.
pub fn call_class(s: &mut S, base: u16, n: u16, names: Option<Value>) -> Result<(), Raised> {
    let class_value = s.reg(base);
    let class = base_of::<Type>(class_value);
    if n == 1 && names.is_none() && is_generator(s.reg(base + 4)) {
        let generator = s.reg(base + 4);
        if crate::generators::is_compiled(generator)
            && let Some(r) = crate::generators::fill(class_value, generator)
        {
            return settle(s, base, n, r);
        }
        if fills_from_generator(s, base, class) {
            return Ok(());
        }
    }
    match class.making() {
        Making::Python => return call_init(s, base, n, names),
        Making::Bare if n == 0 => {
            if let Some(class) = kiln_object::ClassRef::of(class_value) {
                let o = kiln_object::instance::Instance::new_object(class.0);
                close(s, base, 0, o);
                return Ok(());
            }
        }
        Making::Exception if names.is_none() => {
            let o = crate::native::make_exception(s.fp.wrapping_add(base as usize), n as usize);
            close(s, base, 0, Object::from_owned(o));
            return Ok(());
        }
        Making::New if names.is_none() => {
            keep_below(s, base, n);
            let r = make_native(class, s.fp.wrapping_add(base as usize), n as usize);
            return settle(s, base, n, r);
        }
        Making::NewInit if names.is_none() => {
            keep_below(s, base, n);
            let window = s.fp.wrapping_add(base as usize);
            let r =
                make_native(class, window, n as usize).and_then(|made| init_native(class, window, n as usize, made));
            return settle(s, base, n, r);
        }
        _ => {}
    }
    call_unknown(s, class_value, base, n, names)
}
#[inline(always)]
fn is_generator(v: Value) -> bool {
    v.is_ptr() && v.header().shape().0 == known::GENERATOR
}
/// Enters the loop that fills a container from the generator in the window, if that is what the call is.
#[inline]
fn fills_from_generator(s: &mut S, base: u16, class: &Type) -> bool {
    let window = s.fp.wrapping_add(base as usize);
    match crate::shim::consumer(class) {
        Some(code) if fits(s, window, code) => {
            enter_hidden(s, window, code);
            true
        }
        _ => false,
    }
}
/// Calls the native `__new__` of the class in a window with the class in front of the `n` arguments: there is a word for it.
#[inline(always)]
pub fn make_native(class: &Type, window: *mut Value, n: usize) -> Result<Object, Raised> {
    let Some(new) = class.special(Special::New) else {
        kiln_object::bug!("{} has lost its __new__", class.name())
    };
    with_first(base_of::<NativeFunction>(new), window, n, class.as_value())
}
/// Calls a native function with `first` in front of the arguments in a window.
#[inline(always)]
pub fn with_first(f: &NativeFunction, window: *mut Value, n: usize, first: Value) -> Result<Object, Raised> {
    let at = window.wrapping_add(3);
    write_word(at, first);
    // SAFETY: words of the window, which does not move.
    let r = call_def(f.def.0, unsafe { std::slice::from_raw_parts(at, n + 1) });
    write_word(at, Value::ZERO);
    r
}
/// Calls the native `__init__` of what `__new__` made, if that is an instance of the class.
#[inline(always)]
pub fn init_native(class: &Type, window: *mut Value, n: usize, made: Object) -> Result<Object, Raised> {
    if !made.class().is_subtype(class) {
        return Ok(made);
    }
    let Some(init) = made.class().special(Special::Init) else {
        return Ok(made);
    };
    let r = match kiln_object::native::as_native(&init) {
        Some(f) if f.is_plain_method() => with_first(f, window, n, made.value()),
        _ => {
            let args = window.wrapping_add(4);
            // SAFETY: as above.
            kiln_object::call::call_special(init, made.value(), unsafe { std::slice::from_raw_parts(args, n) })
        }
    }?;
    if !r.is_none() {
        return Err(kiln_object::raise!(
            TypeError,
            "__init__() should return None, not '{}'",
            r.class().name()
        ));
    }
    Ok(made)
}
/// Makes an instance of the class in the window, and enters its `__init__`.
pub fn call_init(s: &mut S, base: u16, n: u16, names: Option<Value>) -> Result<(), Raised> {
    let Some(class) = kiln_object::ClassRef::of(s.reg(base)) else {
        kiln_object::bug!("a class is none")
    };
    let Some(init) = class.0.special(Special::Init) else {
        kiln_object::bug!("{} has lost its __init__", class.0.name())
    };
    let shim = crate::shim::init_code();
    let f = typed::<Function>(init);
    let code = typed::<CodeObject>(f.code.raw());
    let window = s.fp.wrapping_add(base as usize);
    if !fits(s, window.wrapping_add(16), code) || !fits(s, window, shim) {
        abandon(s, base, n);
        return Err(kiln_object::raise::recursion_error(""));
    }
    let o = kiln_object::instance::Instance::new_object(class.0);
    // The shim's frame: register 0 holds the instance, and the window of `__init__` follows it. The class stays the
    // frame's callable until the shim returns.
    let inner = window.wrapping_add(4 + 1);
    for i in (0..n as usize).rev() {
        let from = window.wrapping_add(4 + i);
        write_word(inner.wrapping_add(5 + i), read_word(from));
        // Where compiled code is called, nothing else overwrites the words between the two windows.
        write_word(from, Value::ZERO);
    }
    enter_hidden(s, window, shim);
    s.write(0, o.value());
    init.incref();
    write_word(inner, init);
    o.value().incref();
    write_word(inner.wrapping_add(4), o.into_value());
    // As if the shim's call instruction had been executed.
    s.pc = s.pc.wrapping_add(1);
    let inner_args = inner.wrapping_add(4);
    let bound = bind(f, code, inner_args, n as usize + 1, names_in(&names));
    if let Err(r) = bound {
        write_word(inner, Value::ZERO);
        init.decref();
        return Err(r);
    }
    s.sync();
    if is_compiled(code, init) {
        return crate::tier::run_window(s, inner, code);
    }
    enter(s, inner, code);
    Ok(())
}
