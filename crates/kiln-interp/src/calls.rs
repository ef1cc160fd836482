//! Calls: windows, entering frames, callees of all kinds, calls from native code.
#![expect(unsafe_code, reason = "the registers of a frame that is opened")]
//!
//! # Safety
//! A window lies above everything live in its frame, so the callee's registers may overlap it.

use crate::bind::bind;
use crate::classes::{call_class, with_first};
use crate::state::{Handler, Ins, S, handler, slow};
use crate::words::{base_of, read_word, typed, write_word};
use kiln_bytecode::flags;
use kiln_object::code::CodeObject;
use kiln_object::descr::Method;
use kiln_object::dict::Dict;
use kiln_object::function::Function;
use kiln_object::native::{NativeFunction, NativeKind, as_native, call_def};
use kiln_object::shape::known;
use kiln_object::tuple::Tuple;
use kiln_object::{Object, Raised, Special, Value, singletons};
use smallvec::SmallVec;

/// Opens the frame of a function whose window at `base` has all parameters filled.
#[inline(always)]
pub fn enter(s: &mut S, base: *mut Value, code: &CodeObject) {
    let fp = base.wrapping_add(4);
    let (pc, caller, ks) = (s.pc as u64, s.fp as u64, s.ks as u64);
    s.fp = fp;
    s.set_link(3, pc);
    s.set_link(2, caller);
    s.set_link(1, ks);
    let n = code.temp_base.get();
    let mut i = code.param_count.get();
    let unbound = singletons::unbound();
    while i < n {
        // A few words as a rule: no loop over vectors is wanted.
        // SAFETY: a register of the frame.
        unsafe { fp.wrapping_add(i as usize).write_volatile(unbound) };
        i += 1;
    }
    s.pc = code.entry.get();
    s.ks = code.ks.get();
    s.th.depth.set(s.th.depth.get() + 1);
}
/// Opens the frame of code that does not show, and does not count as a level of recursion.
#[inline(always)]
pub fn enter_hidden(s: &mut S, base: *mut Value, code: &CodeObject) {
    enter(s, base, code);
    s.th.depth.set(s.th.depth.get() - 1);
}
/// Whether a frame of `code` at `base` is within the limits of stack and recursion.
#[inline(always)]
pub fn fits(s: &S, base: *mut Value, code: &CodeObject) -> bool {
    base.wrapping_add(code.reg_count.get() as usize + 16) < s.th.stack_end.get()
        && s.th.depth.get() < s.th.recursion_limit.get()
}

#[inline(always)]
fn call_window(mut s: S, base: u16, nargs: u32, slow: Handler, word: u64) -> u64 {
    let callee = s.reg(base);
    if callee.is_ptr() && callee.header().shape().0 == known::FUNCTION {
        let code = typed::<CodeObject>(typed::<Function>(callee).code.raw());
        if code.fast_args.get() == nargs {
            let h = code.hotness.get();
            if h >= code.threshold.get() {
                return s.go(Handler(crate::tier::hot_call), word);
            }
            code.count(h);
            let window = s.fp.wrapping_add(base as usize);
            if fits(&s, window, code) {
                enter(&mut s, window, code);
                return s.next();
            }
        }
    }
    s.go(slow, word)
}
handler!(
    call_python,
    s,
    ins,
    call_window(s, ins.a(), ins.b() as u32, Handler(call_other), ins.0)
);
handler!(call_method_python, s, ins, {
    if s.reg(ins.a() + 4).is_unbound() {
        return s.go(Handler(crate::native::call_free), ins.0);
    }
    call_window(s, ins.a(), ins.b() as u32 + 1, Handler(call_method_other), ins.0)
});
// The callee is no Python function that takes these arguments as they are. Instructions come here from the handlers that
// dispatch finds, never while native calls are told of: those begin in the slow ones.
handler!(call_other, s, ins, {
    let callee = s.reg(ins.a());
    if callee.is_ptr() {
        let h: Handler = match callee.header().shape().0 {
            known::NATIVE_FUNCTION | known::METHOD_DESCRIPTOR => Handler(crate::native::call_native),
            known::TYPE => Handler(crate::native::call_class),
            _ => Handler(call_slow),
        };
        return s.go(h, ins.0);
    }
    s.go(Handler(call_slow), ins.0)
});
handler!(call_method_other, s, ins, {
    let callee = s.reg(ins.a());
    if callee.is_ptr() && crate::native::is_native(callee.header().shape().0) {
        return s.go(Handler(crate::native::call_native_method), ins.0);
    }
    s.go(Handler(call_method_slow), ins.0)
});
slow! {
    call_type => |s: &mut S, ins: Ins| {
        s.sync();
        call_class(s, ins.a(), ins.b(), None)
    },
    call_with_generator => |s: &mut S, ins: Ins| call_over_generator(s, ins, 1),
    // A method of a generator, with one argument.
    call_method_of_generator => |s: &mut S, ins: Ins| call_over_generator(s, ins, 2),
    call_slow => |s: &mut S, ins: Ins| {
        s.sync();
        if is_function(s.reg(ins.a())) {
            return call_function(s, ins.a(), ins.b(), &[]);
        }
        match native_function(s, ins.a()) {
            Some(f) => call_native_function(s, f, ins.a(), ins.b()),
            None => call_any(s, ins.a(), ins.b(), None),
        }
    },
    call_method_slow => |s: &mut S, ins: Ins| {
        s.sync();
        let n = close_gap(s, ins.a(), ins.b());
        if is_function(s.reg(ins.a())) {
            return call_function(s, ins.a(), n, &[]);
        }
        match native_function(s, ins.a()) {
            Some(f) => call_native_function(s, f, ins.a(), n),
            None => call_any(s, ins.a(), n, None),
        }
    },
    call_kw => |s: &mut S, ins: Ins| {
        s.sync();
        let n = if ins.has(flags::METHOD) { close_gap(s, ins.a(), ins.b()) } else { ins.b() };
        let names = s.cache(ins.c()).name.get();
        if is_function(s.reg(ins.a())) {
            return call_function(s, ins.a(), n, typed::<Tuple>(names).items());
        }
        call_any(s, ins.a(), n, Some(names))
    },
    call_ex => call_spread,
    check_init_slow => |s: &mut S, ins: Ins| {
        s.sync();
        Err::<(), _>(kiln_object::raise!(TypeError, "__init__() should return None, not '{}'", s.reg(ins.a()).class().name()))
    },
}
handler!(check_init, s, ins, {
    if !s.reg(ins.a()).is_none() {
        return s.go(Handler(check_init_slow), ins.0);
    }
    s.write(ins.a(), Value::ZERO);
    s.next()
});

/// A native function and a generator among its `n` arguments: some of these calls are loops.
fn call_over_generator(s: &mut S, ins: Ins, n: u16) -> Result<(), Raised> {
    s.sync();
    let f = base_of::<NativeFunction>(s.reg(ins.a()));
    let window = s.fp.wrapping_add(ins.a() as usize);
    let loops = n > 1 || !crate::generators::is_compiled(read_word(window.wrapping_add(4)));
    match crate::shim::native_consumer(f) {
        Some(code) if loops && fits(s, window, code) && code.fast_args.get() == n as u32 => {
            enter_hidden(s, window, code);
            Ok(())
        }
        _ => call_native_function(s, f, ins.a(), n),
    }
}

/// Turns a method window into a plain one: returns the number of arguments, the receiver included if there is one.
fn close_gap(s: &S, base: u16, n: u16) -> u16 {
    if !s.reg(base + 4).is_unbound() {
        return n + 1;
    }
    for i in 0..n {
        let v = s.reg(base + 5 + i);
        s.write(base + 4 + i, v);
    }
    s.write(base + 4 + n, Value::ZERO);
    n
}
/// Puts `v` before the arguments of a window.
fn insert_first(s: &S, base: u16, n: u16, v: Object) {
    for i in (0..n).rev() {
        let moved = s.reg(base + 4 + i);
        s.write(base + 5 + i, moved);
    }
    s.write(base + 4, v.into_value());
}
/// Releases a window's arguments and callee and stores the result in its place.
pub fn close(s: &S, base: u16, n: u16, r: Object) {
    s.clear_range(base + 4, n);
    s.put(base, r);
}
/// Releases a window after an error.
pub fn abandon(s: &S, base: u16, n: u16) {
    s.clear_range(base + 4, n);
    s.clear(base);
}

/// Calls whatever is in the window; the last arguments are named by `names`, if given.
pub fn call_any(s: &mut S, base: u16, n: u16, names: Option<Value>) -> Result<(), Raised> {
    let callee = s.reg(base);
    if callee.is_ptr() {
        if callee.header().shape().0 == known::FUNCTION {
            return call_function(s, base, n, names_in(&names));
        }
        if let Some(m) = callee.exact::<Method>()
            && let (Some(f), Some(r)) = (m.function.get(), m.receiver.get())
        {
            insert_first(s, base, n, r);
            s.put(base, f);
            return call_any(s, base, n + 1, names);
        }
        if callee.header().shape().0 == known::TYPE {
            return call_class(s, base, n, names);
        }
        // An object that is called as a function of its class.
        if let Some(f) = callee.header().class().special(Special::Call)
            && is_function(f)
        {
            insert_first(s, base, n, callee.to_object());
            s.put(base, f.to_object());
            return call_function(s, base, n + 1, names_in(&names));
        }
        // The same with a native method, which the window has room for the receiver of.
        if names.is_none()
            && !crate::trace::profiles_natives()
            && let Some(f) = callee.header().class().special(Special::Call)
            && let Some(native) = as_native(&f)
            && native.receiver.is_empty()
            && native.def.kind == NativeKind::Method
        {
            kiln_object::thread::check_native_stack("")?;
            keep_below(s, base, n);
            let r = with_first(native, s.fp.wrapping_add(base as usize), n as usize, callee);
            return settle(s, base, n, r);
        }
    }
    call_unknown(s, callee, base, n, names)
}
/// The names that a call's tuple holds.
pub fn names_in(names: &Option<Value>) -> &[Value] {
    names.as_ref().map_or(&[][..], |names| names.expect::<Tuple>().items())
}
fn is_function(f: Value) -> bool {
    f.is_ptr() && f.header().shape().0 == known::FUNCTION
}
/// Calls what needs no frame here.
pub fn call_unknown(s: &S, callee: Value, base: u16, n: u16, names: Option<Value>) -> Result<(), Raised> {
    let r = if crate::trace::profiles_natives() {
        let args = s.range(base + 4, n as usize);
        crate::trace::call_native(callee, args, || call_native(s, callee, base, n, names))
    } else {
        call_native(s, callee, base, n, names)
    };
    settle(s, base, n, r)
}

/// Ends a call whose callee has run: its window is empty then.
#[inline(always)]
pub fn settle(s: &S, base: u16, n: u16, r: Result<Object, Raised>) -> Result<(), Raised> {
    match r {
        Ok(r) => {
            close(s, base, n, r);
            Ok(())
        }
        Err(r) => {
            abandon(s, base, n);
            Err(r)
        }
    }
}
/// A native callee may keep things on the value stack: above the window.
#[inline(always)]
pub fn keep_below(s: &S, base: u16, n: u16) {
    let top = s.fp.wrapping_add(base as usize + 4 + n as usize);
    if top > s.th.top.get() {
        s.th.top.set(top);
    }
}

/// The callee in the window, if it is a native function or method.
#[inline(always)]
fn native_function(s: &S, base: u16) -> Option<&'static NativeFunction> {
    if crate::trace::profiles_natives() {
        return None;
    }
    let callee = s.reg(base);
    let native = callee.is_ptr()
        && matches!(
            callee.header().shape().0,
            known::NATIVE_FUNCTION | known::METHOD_DESCRIPTOR
        );
    native.then(|| base_of::<NativeFunction>(callee))
}
/// Calls a native function with the positional arguments in the window.
#[inline(always)]
fn call_native_function(s: &S, f: &NativeFunction, base: u16, n: u16) -> Result<(), Raised> {
    let args = s.range(base + 4, n as usize);
    keep_below(s, base, n);
    let r = if f.receiver.is_empty() && matches!(f.def.kind, NativeKind::Function | NativeKind::Method) {
        call_def(f.def.0, args)
    } else {
        f.call(args)
    };
    settle(s, base, n, r)
}

fn call_native(s: &S, callee: Value, base: u16, n: u16, names: Option<Value>) -> Result<Object, Raised> {
    let args = s.range(base + 4, n as usize);
    keep_below(s, base, n);
    let Some(names) = names else {
        if let Some(f) = as_native(&callee)
            && f.receiver.is_empty()
        {
            kiln_object::thread::check_native_stack("")?;
            return f.call(args);
        }
        return kiln_object::call::call(callee, args);
    };
    let names = names.expect::<Tuple>().items();
    let (positional, named) = args.split_at(args.len() - names.len());
    let keywords: SmallVec<[(Value, Value); 8]> = names.iter().copied().zip(named.iter().copied()).collect();
    kiln_object::call::call_keywords(callee, positional, &keywords)
}

fn call_function(s: &mut S, base: u16, n: u16, names: &[Value]) -> Result<(), Raised> {
    bind_window(s, base, n, names)?;
    start_function(s, base)
}
/// Arranges the arguments in a window as the parameters of the function there.
#[inline(always)]
fn bind_window(s: &S, base: u16, n: u16, names: &[Value]) -> Result<(), Raised> {
    let f = typed::<Function>(s.reg(base));
    let code = typed::<CodeObject>(f.code.raw());
    let window = s.fp.wrapping_add(base as usize);
    if !fits(s, window, code) {
        abandon(s, base, n);
        return Err(kiln_object::raise::recursion_error(""));
    }
    bind(f, code, window.wrapping_add(4), n as usize, names).inspect_err(|_| s.clear(base))
}
/// Runs the function in a window whose parameters are in their places.
#[inline(always)]
fn start_function(s: &mut S, base: u16) -> Result<(), Raised> {
    let code = typed::<CodeObject>(typed::<Function>(s.reg(base)).code.raw());
    let window = s.fp.wrapping_add(base as usize);
    if is_compiled(code, s.reg(base)) {
        return crate::tier::run_window(s, window, code);
    }
    enter(s, window, code);
    Ok(())
}
/// Whether a function that is about to be called has machine code; one that has become hot gets it.
#[inline(always)]
pub fn is_compiled(code: &CodeObject, callee: Value) -> bool {
    let h = code.hotness.get();
    if h < code.threshold.get() {
        code.count(h);
        return false;
    }
    if code.compiled.get().is_null() {
        (kiln_object::hooks::hooks().hot)(callee);
    }
    !code.compiled.get().is_null()
}

fn call_spread(s: &mut S, ins: Ins) -> Result<(), Raised> {
    s.sync();
    let base = ins.a();
    let (t, d) = (s.reg(base + 4), s.reg(base + 5));
    let (t, d) = (t.expect::<Tuple>(), d.cast::<Dict>());
    // A Python function gets a frame here; anything else is called with slices.
    if is_function(s.reg(base)) && t.len() < 1000 && d.is_none_or(|d| d.len() < 1000 && d.has_only_str_keys()) {
        let room =
            s.fp.wrapping_add(base as usize + 4 + t.len() + d.map_or(0, Dict::len) + 64);
        if room < s.th.stack_end.get() {
            let (args, kwargs) = (s.take(base + 4), s.take(base + 5));
            let mut at = base + 4;
            for v in t.items() {
                s.write(at, v.to_object().into_value());
                at += 1;
            }
            let mut names: SmallVec<[Value; 8]> = SmallVec::new();
            if let Some(d) = d.filter(|d| !d.is_empty()) {
                let mut next = 0;
                while let Some((n, e)) = d.next_entry(next) {
                    next = n + 1;
                    s.write(at, e.value.to_object().into_value());
                    at += 1;
                    names.push(e.key);
                }
            }
            drop(args);
            let bound = bind_window(s, base, at - base - 4, &names);
            // The names were the dict's.
            drop(kwargs);
            bound?;
            return start_function(s, base);
        }
    }
    let callee = s.reg(base).to_object();
    let (args, kwargs) = (s.reg(base + 4).to_object(), s.reg(base + 5).to_object());
    let r = kiln_object::call::call_ex(callee.value(), args.expect::<Tuple>(), kwargs.cast::<Dict>());
    drop((args, kwargs, callee));
    abandon(s, base, 2);
    s.put(base, r?);
    Ok(())
}

/// Calls a Python function from native code: a run loop of its own.
pub fn call_from_native(f: Value, args: &[Value], keywords: &[(Value, Value)]) -> Result<Object, Raised> {
    let function = f.expect::<Function>();
    let code_value = function.code.value();
    let code = typed::<CodeObject>(code_value);
    if code.fast_args.get() as usize == args.len() && keywords.is_empty() && code.is_generator() {
        // A call does no more than this. Whoever resumes it goes by the same count.
        crate::generators::count_made(f, code);
        return Ok(crate::generators::create(f, code, args));
    }
    let quick = code.fast_args.get() as usize == args.len() && keywords.is_empty() && !code.hidden.get();
    let h = code.hotness.get();
    if quick && h < code.threshold.get() {
        code.count(h);
        return crate::run::interpret(f, code, args);
    }
    crate::run::enter_native(f, code, |_, window| {
        let n = args.len() + keywords.len();
        let at = window.wrapping_add(4);
        for (i, v) in args.iter().chain(keywords.iter().map(|(_, v)| v)).enumerate() {
            v.incref();
            write_word(at.wrapping_add(i), *v);
        }
        let names: SmallVec<[Value; 8]> = keywords.iter().map(|(name, _)| *name).collect();
        bind(function, code, at, n, &names)
    })
}

/// Calls a Python function from native code with a tuple and a dict whose keys are strs, or which is none: both are given up before it begins.
pub fn spread_from_native(f: Value, args: Object, kwargs: Object) -> Result<Object, Raised> {
    let function = f.expect::<Function>();
    let code_value = function.code.value();
    let code = typed::<CodeObject>(code_value);
    let dict = kwargs.cast::<Dict>();
    if args.expect::<Tuple>().len() + dict.map_or(0, Dict::len) > 1000 {
        return kiln_object::call::call_ex(f, args.expect::<Tuple>(), dict);
    }
    crate::run::enter_native(f, code, move |_, window| {
        let first = window.wrapping_add(4);
        let mut at = first;
        let mut give = |v: Value| {
            v.incref();
            write_word(at, v);
            at = at.wrapping_add(1);
        };
        args.expect::<Tuple>().items().iter().for_each(|v| give(*v));
        let mut names: SmallVec<[Value; 8]> = SmallVec::new();
        let mut next = 0;
        while let Some((n, e)) = kwargs.cast::<Dict>().and_then(|d| d.next_entry(next)) {
            next = n + 1;
            names.push(e.key);
            give(e.value);
        }
        let n = args.expect::<Tuple>().len() + names.len();
        drop(args);
        let bound = bind(function, code, first, n, &names);
        // The names were the dict's.
        drop(kwargs);
        bound
    })
}
