//! Calls: windows, binding of arguments, entering frames, constructors.
#![expect(unsafe_code, reason = "words of frames and objects at computed addresses")]
//!
//! # Safety
//! A window lies above everything live in its frame, so the callee's registers may overlap it. Word offsets come from
//! layouts or caches whose guards were checked.

use crate::state::{Handler, Ins, S, handler, slow};
use kiln_bytecode::{co, flags};
use kiln_object::code::CodeObject;
use kiln_object::descr::Method;
use kiln_object::dict::Dict;
use kiln_object::function::Function;
use kiln_object::generator::Registers;
use kiln_object::native::{NativeFunction, NativeKind, as_native, call_def};
use kiln_object::shape::known;
use kiln_object::str::Str;
use kiln_object::tuple::Tuple;
use kiln_object::types::Making;
use kiln_object::{Object, ObjectType, Raised, Special, Type, Value, singletons};
use smallvec::SmallVec;
use std::cell::Cell;

/// A word of an object, at an offset that a layout or a valid cache gives.
#[inline(always)]
pub fn slot_cell<'a>(o: Value, offset: usize) -> &'a Cell<Value> {
    // SAFETY: see the chapter above.
    unsafe { &*((o.0 - 1 + offset as u64) as *const Cell<Value>) }
}
#[inline(always)]
pub fn slot_word(o: Value, offset: usize) -> Value {
    slot_cell(o, offset).get()
}
/// A view of an object whose exact layout the bytecode or the compiler vouches for.
#[inline(always)]
pub fn typed<T: ObjectType>(v: Value) -> &'static T {
    debug_assert!(
        v.cast::<T>().is_some(),
        "expected {}, found {}",
        T::NAME,
        v.class().name()
    );
    // SAFETY: as vouched for; the frame keeps the object alive.
    unsafe { &*(v.ptr() as *const T) }
}
/// A view of an object whose layout begins with `T`'s.
#[inline(always)]
pub fn base_of<T: ObjectType>(v: Value) -> &'static T {
    debug_assert!(v.cast::<T>().is_some());
    // SAFETY: as above.
    unsafe { &*(v.ptr() as *const T) }
}
/// Writes a word of the value stack.
#[inline(always)]
pub fn write_word(p: *mut Value, v: Value) {
    // SAFETY: `p` is a slot of a window.
    unsafe { *p = v }
}
#[inline(always)]
pub fn read_word(p: *const Value) -> Value {
    // SAFETY: as above.
    unsafe { *p }
}

/// So many words are moved without a loop.
pub const FEW_WORDS: u32 = 3 * Registers::GROUP as u32;

/// Does something to each whole or started group of [`Registers::GROUP`] of `n` words; `FEW`: at most [`FEW_WORDS`].
#[inline(always)]
fn for_groups<const FEW: bool>(n: usize, mut f: impl FnMut(usize)) {
    const G: usize = Registers::GROUP;
    if n == 0 {
        return;
    }
    f(0);
    if n <= G {
        return;
    }
    f(G);
    if n <= 2 * G {
        return;
    }
    f(2 * G);
    let mut i = 3 * G;
    debug_assert!(!FEW || n <= i);
    while !FEW && i < n {
        f(i);
        i += G;
    }
}
/// Moves `n` words of the value stack, of which zeros are left behind. Like `copy_words`, it goes on to the end of a group: what
/// lies above a frame is dead, and a generator's registers have room.
#[inline(always)]
pub fn move_words<const FEW: bool>(from: *mut Value, to: *mut Value, n: usize) {
    use std::arch::x86_64::{__m128i, _mm_loadu_si128, _mm_setzero_si128, _mm_storeu_si128};
    for_groups::<FEW>(n, |i| {
        let (from, to) = (from.wrapping_add(i) as *mut __m128i, to.wrapping_add(i) as *mut __m128i);
        // SAFETY: registers of a frame and of a generator, a group at a time.
        unsafe {
            let (first, second) = (_mm_loadu_si128(from), _mm_loadu_si128(from.add(1)));
            _mm_storeu_si128(to, first);
            _mm_storeu_si128(to.add(1), second);
            _mm_storeu_si128(from, _mm_setzero_si128());
            _mm_storeu_si128(from.add(1), _mm_setzero_si128());
        }
    });
}
/// Copies words.
#[inline(always)]
pub fn copy_words<const FEW: bool>(from: *const Value, to: *mut Value, n: usize) {
    use std::arch::x86_64::{__m128i, _mm_loadu_si128, _mm_storeu_si128};
    for_groups::<FEW>(n, |i| {
        let (from, to) = (
            from.wrapping_add(i) as *const __m128i,
            to.wrapping_add(i) as *mut __m128i,
        );
        // SAFETY: as above.
        unsafe {
            _mm_storeu_si128(to, _mm_loadu_si128(from));
            _mm_storeu_si128(to.add(1), _mm_loadu_si128(from.add(1)));
        }
    });
}

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
fn close(s: &S, base: u16, n: u16, r: Object) {
    s.clear_range(base + 4, n);
    s.put(base, r);
}
/// Releases a window after an error.
fn abandon(s: &S, base: u16, n: u16) {
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
fn names_in(names: &Option<Value>) -> &[Value] {
    names.as_ref().map_or(&[][..], |names| names.expect::<Tuple>().items())
}
fn is_function(f: Value) -> bool {
    f.is_ptr() && f.header().shape().0 == known::FUNCTION
}
/// Calls what needs no frame here.
fn call_unknown(s: &S, callee: Value, base: u16, n: u16, names: Option<Value>) -> Result<(), Raised> {
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
fn settle(s: &S, base: u16, n: u16, r: Result<Object, Raised>) -> Result<(), Raised> {
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
fn keep_below(s: &S, base: u16, n: u16) {
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
fn is_compiled(code: &CodeObject, callee: Value) -> bool {
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

/// Arranges the arguments at `args` (owned, `n` of them, the last of them named by `names`) as the parameters of `f`. On an
/// error they are released.
#[inline(always)]
pub fn bind(f: &Function, code: &CodeObject, args: *mut Value, n: usize, names: &[Value]) -> Result<(), Raised> {
    if names.is_empty() && bind_positional(f, code, args, n) {
        return Ok(());
    }
    bind_otherwise(f, code, args, n, names)
}
/// Arranges positional arguments, where they fit and defaults fill the rest. False, with nothing moved, where anything else is the case.
#[inline(always)]
fn bind_positional(f: &Function, code: &CodeObject, args: *mut Value, n: usize) -> bool {
    if code.fast_args.get() as usize == n {
        return true;
    }
    let c = &code.code;
    let positional = c.arg_count as usize;
    let varargs = c.flags & co::VARARGS != 0;
    if c.kwonly_count > 0 || n > positional && !varargs {
        return false;
    }
    let mut defaults: &[Value] = &[];
    if n < positional {
        if let Some(d) = f.defaults.peek() {
            defaults = typed::<Tuple>(d).items();
        }
        let missing = positional - n;
        if missing > defaults.len() {
            return false;
        }
        defaults = &defaults[defaults.len() - missing..];
    }
    let rest = varargs.then(|| {
        Tuple::from_fn(n.saturating_sub(positional), |i| {
            Object::from_owned(read_word(args.wrapping_add(positional + i)))
        })
    });
    for (i, v) in defaults.iter().enumerate() {
        v.incref();
        write_word(args.wrapping_add(n + i), *v);
    }
    let mut at = args.wrapping_add(positional);
    if let Some(rest) = rest {
        write_word(at, rest.into_value());
        at = at.wrapping_add(1);
    }
    if c.flags & co::VARKEYWORDS != 0 {
        write_word(at, Dict::new_object().into_value());
        at = at.wrapping_add(1);
    }
    // What lay behind the parameters has moved.
    let end = args.wrapping_add(n);
    while at < end {
        write_word(at, Value::ZERO);
        at = at.wrapping_add(1);
    }
    true
}
#[inline(never)]
fn bind_otherwise(f: &Function, code: &CodeObject, args: *mut Value, n: usize, names: &[Value]) -> Result<(), Raised> {
    let few = (code.code.arg_count + code.code.kwonly_count) <= 6 && names.len() <= 6;
    if few && bind_quick::<6>(f, code, args, n, names) || !few && bind_quick::<16>(f, code, args, n, names) {
        return Ok(());
    }
    // The general case: take everything out, then fill the parameters one by one.
    let mut given: SmallVec<[Object; 8]> = SmallVec::with_capacity(n);
    for i in 0..n {
        let p = args.wrapping_add(i);
        given.push(Object::from_owned(read_word(p)));
        write_word(p, Value::ZERO);
    }
    let names = (!names.is_empty()).then(|| Tuple::from_values(names));
    let params = crate::bind::bind_general(f, &code.code, given, names.as_ref().map(|n| n.value()))?;
    for (i, p) in params.into_iter().enumerate() {
        write_word(args.wrapping_add(i), p.into_value());
    }
    Ok(())
}

/// Arranges `n` arguments, the last named by `names`, where all of them fit and defaults fill the rest. False, with
/// nothing moved, where anything else is the case: the general way finds out what is wrong.
fn bind_quick<const MOST: usize>(f: &Function, code: &CodeObject, args: *mut Value, n: usize, names: &[Value]) -> bool {
    let c = &code.code;
    let (positional, total) = (c.arg_count as usize, (c.arg_count + c.kwonly_count) as usize);
    let given = n - names.len();
    let (varargs, varkw) = (c.flags & co::VARARGS != 0, c.flags & co::VARKEYWORDS != 0);
    if total > MOST || names.len() > MOST || given > positional && !varargs {
        return false;
    }
    let filled = given.min(positional);
    let parameters = if names.is_empty() && total == positional {
        &[]
    } else {
        code.parameter_names()
    };
    let defaults = f.defaults.peek();
    let defaults = defaults.as_ref().map_or(&[][..], |d| typed::<Tuple>(*d).items());
    let default_of = |i: usize| {
        if i < positional {
            (defaults.len() + i).checked_sub(positional).map(|at| defaults[at])
        } else {
            let all = f.kwdefaults.peek();
            all.and_then(|all| all.cast::<Dict>().and_then(|d| d.get_interned(parameters[i])))
        }
    };
    // Most calls name arguments in the order of the parameters: they are where they belong.
    if !varargs
        && !varkw
        && given >= c.posonly_count as usize
        && n <= total
        && (names.is_empty() || parameters[given..n] == *names)
    {
        let mut values = [Value::PENDING; MOST];
        for (i, value) in values.iter_mut().enumerate().take(total).skip(n) {
            match default_of(i) {
                Some(v) => *value = v,
                None => return false,
            }
        }
        for (i, &v) in values.iter().enumerate().take(total).skip(n) {
            v.incref();
            write_word(args.wrapping_add(i), v);
        }
        return true;
    }
    let mut slots = [Value::PENDING; MOST];
    // The named arguments that no parameter takes, by position among the names.
    let mut others: SmallVec<[u32; 16]> = SmallVec::new();
    let find = |range: std::ops::Range<usize>, name: Value| {
        let range = &parameters[range];
        let same = range.iter().position(|&p| p == name);
        same.or_else(|| {
            let text = name.expect::<Str>();
            (!text.is_interned())
                .then(|| range.iter().position(|p| p.expect::<Str>().same_text(text)))
                .flatten()
        })
    };
    let open = filled.max(c.posonly_count as usize);
    for (i, name) in names.iter().enumerate() {
        if !name.is_exact::<Str>() {
            return false;
        }
        match find(open..total, *name) {
            Some(at) if slots[open + at].is_pending() => slots[open + at] = read_word(args.wrapping_add(given + i)),
            None if varkw && find(c.posonly_count as usize..open, *name).is_none() => others.push(i as u32),
            _ => return false,
        }
    }
    // A bit for each parameter whose value is a default, borrowed so far.
    let mut defaulted = 0u32;
    for i in filled..total {
        if slots[i].is_pending() {
            match default_of(i) {
                Some(v) => slots[i] = v,
                None => return false,
            }
            defaulted |= 1 << i;
        }
    }
    // From here on references move.
    let kwargs = varkw.then(|| {
        let o = Dict::new_object();
        for i in others {
            let i = i as usize;
            let (name, value) = (names[i], Object::from_owned(read_word(args.wrapping_add(given + i))));
            let hash = name.expect::<Str>().hash();
            if !o.expect::<Dict>().push_new(name, hash, value.value()) {
                kiln_object::fatal("out of memory");
            }
        }
        o
    });
    let rest = varargs.then(|| {
        Tuple::from_fn(given - filled, |i| {
            Object::from_owned(read_word(args.wrapping_add(filled + i)))
        })
    });
    for (i, slot) in slots[..total].iter().enumerate().skip(filled) {
        if defaulted & (1 << i) != 0 {
            slot.incref();
        }
        write_word(args.wrapping_add(i), *slot);
    }
    let mut at = args.wrapping_add(total);
    for o in [rest, kwargs].into_iter().flatten() {
        write_word(at, o.into_value());
        at = at.wrapping_add(1);
    }
    // What lay behind the parameters has moved.
    let end = args.wrapping_add(n);
    while at < end {
        write_word(at, Value::ZERO);
        at = at.wrapping_add(1);
    }
    true
}

/// Calls a class whose metaclass is `type`, without leaving the interpreter where `__init__` is written in Python.
fn call_class(s: &mut S, base: u16, n: u16, names: Option<Value>) -> Result<(), Raised> {
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
fn with_first(f: &NativeFunction, window: *mut Value, n: usize, first: Value) -> Result<Object, Raised> {
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
fn call_init(s: &mut S, base: u16, n: u16, names: Option<Value>) -> Result<(), Raised> {
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
