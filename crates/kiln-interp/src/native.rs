//! Calls of native functions and classes, and the forms that call sites take.
//!
//! A call that is executed first looks what it calls and takes a form of its own for it, once: the instruction as it is
//! executed gets another opcode, and the compiler goes on reading the one that was written. A form tests that the callee is
//! what it is for, and leaves everything else to the general handlers, which change nothing.
//!
//! What belongs here: callees that need no frame of the interpreter, or one with a shim under it. Frames are `calls`' business.

use crate::calls::{
    call_method_of_generator, call_method_other, call_method_python, call_method_slow, call_other, call_python,
    call_type, call_with_generator, enter, enter_hidden, fits,
};
use crate::state::{Handler, Ins, Old, S, drop_quick, handler};
use crate::table::adapted;
use crate::words::{base_of, read_word, take_word, typed, write_word};
use kiln_bytecode::flags;
use kiln_object::code::CodeObject;
use kiln_object::dict::Dict;
use kiln_object::exception::BaseException;
use kiln_object::function::Function;
use kiln_object::instance::Instance;
use kiln_object::list::List;
use kiln_object::native::{FastCall, NativeDef, NativeFunction, call_def};
use kiln_object::range::{Range, RangeIter};
use kiln_object::shape::known;
use kiln_object::str::Str;
use kiln_object::tuple::Tuple;
use kiln_object::types::Making;
use kiln_object::{ClassRef, Object, ObjectType, Raised, Special, Type, Value, singletons};
use std::cell::Cell;

/// The shape of a callee; of none that is no object.
#[inline(always)]
fn shape_of(v: Value) -> u32 {
    if v.is_ptr() {
        v.header().shape().0
    } else {
        kiln_object::code::NO_SHAPE
    }
}
#[inline(always)]
pub fn is_native(shape: u32) -> bool {
    shape == known::NATIVE_FUNCTION || shape == known::METHOD_DESCRIPTOR
}

/// From now on the instruction being executed is handled as `form`.
#[inline(always)]
fn adapt(s: &S, ins: Ins, form: u8) {
    write_word(s.pc.wrapping_sub(1) as *mut Value, Value(ins.0 & !0xff | form as u64));
}

// ── first executions ──
handler!(call, s, ins, {
    let callee = s.reg(ins.a());
    let (form, h): (u8, Handler) = match shape_of(callee) {
        known::FUNCTION => (adapted::CALL_PYTHON, Handler(call_python)),
        known::TYPE => (form_of_class(callee, ins.b()), Handler(call_class)),
        known::NATIVE_FUNCTION | known::METHOD_DESCRIPTOR => return s.go(Handler(adapt_native), ins.0),
        _ => return s.go(Handler(call_other), ins.0),
    };
    adapt(&s, ins, form);
    s.go(h, ins.0)
});
handler!(call_method, s, ins, {
    if s.reg(ins.a() + 4).is_unbound() {
        adapt(&s, ins, adapted::CALL_FREE);
        return s.go(Handler(call_free), ins.0);
    }
    match shape_of(s.reg(ins.a())) {
        known::FUNCTION => {
            adapt(&s, ins, adapted::CALL_METHOD_PYTHON);
            s.go(Handler(call_method_python), ins.0)
        }
        known::NATIVE_FUNCTION | known::METHOD_DESCRIPTOR => s.go(Handler(adapt_native_method), ins.0),
        _ => s.go(Handler(call_method_other), ins.0),
    }
});
handler!(adapt_native, s, ins, {
    let form = form_of(base_of::<NativeFunction>(s.reg(ins.a())), ins.b() as usize, false);
    adapt(&s, ins, form);
    s.go(crate::table::HANDLERS[form as usize], ins.0)
});
handler!(adapt_native_method, s, ins, {
    let form = form_of(base_of::<NativeFunction>(s.reg(ins.a())), ins.b() as usize + 1, true);
    adapt(&s, ins, form);
    s.go(crate::table::HANDLERS[form as usize], ins.0)
});
/// The form for calls of `f` with `n` arguments, the receiver included.
#[cold]
#[inline(never)]
fn form_of(f: &NativeFunction, n: usize, method: bool) -> u8 {
    let fast = &f.def.fast;
    let known = |cell: &Cell<*const NativeDef>| {
        cell.set(f.def.0);
    };
    let of_list = f.owner.0.is_some_and(|c| std::ptr::eq(c, List::class()));
    match n {
        // Given a generator, these are loops: the general forms look for one.
        _ if matches!(f.def.name, "all" | "any" | "sum" | "next" | "send") => {
            pick(method, adapted::CALL_NATIVE, adapted::CALL_METHOD_NATIVE)
        }
        2 if method && f.direct.0 && of_list && f.def.name == "append" => {
            known(&INTRINSICS.append);
            adapted::CALL_APPEND
        }
        1 if !method && f.direct.0 && f.owner.0.is_none() && f.def.name == "len" && is_builtin(f) => {
            known(&INTRINSICS.len);
            adapted::CALL_LEN
        }
        2 if !method && f.direct.0 && f.owner.0.is_none() && f.def.name == "isinstance" && is_builtin(f) => {
            known(&INTRINSICS.isinstance);
            adapted::CALL_ISINSTANCE
        }
        1 if f.direct.0 && fast.fixed1.is_some() => pick(method, adapted::CALL_NATIVE_1, adapted::CALL_METHOD_NATIVE_1),
        2 if f.direct.0 && fast.fixed2.is_some() => pick(method, adapted::CALL_NATIVE_2, adapted::CALL_METHOD_NATIVE_2),
        3 if f.direct.0 && fast.fixed3.is_some() => pick(method, adapted::CALL_NATIVE_3, adapted::CALL_METHOD_NATIVE_3),
        _ => pick(method, adapted::CALL_NATIVE, adapted::CALL_METHOD_NATIVE),
    }
}
fn pick(method: bool, plain: u8, with_receiver: u8) -> u8 {
    if method { with_receiver } else { plain }
}
/// Whether a function is one of the `builtins` module.
fn is_builtin(f: &NativeFunction) -> bool {
    let builtins = (kiln_object::hooks::hooks().builtins)();
    builtins.cast::<Dict>().is_some_and(|d| {
        d.get_str(f.def.name)
            .is_some_and(|v| v.value() == Value::from_ptr(&f.header))
    })
}

/// The declarations of the functions that have forms of their own, once a call has met them.
struct Intrinsics {
    append: Cell<*const NativeDef>,
    len: Cell<*const NativeDef>,
    isinstance: Cell<*const NativeDef>,
}
#[expect(unsafe_code, reason = "a static of cells")]
// SAFETY: under the global lock.
unsafe impl Sync for Intrinsics {}
static INTRINSICS: Intrinsics = Intrinsics {
    append: Cell::new(std::ptr::null()),
    len: Cell::new(std::ptr::null()),
    isinstance: Cell::new(std::ptr::null()),
};
/// Whether the callee is the native function of that declaration, unbound.
#[inline(always)]
fn is_intrinsic(callee: Value, of: &Cell<*const NativeDef>) -> bool {
    is_native(shape_of(callee)) && {
        let f = base_of::<NativeFunction>(callee);
        f.direct.0 && std::ptr::eq(f.def.0, of.get())
    }
}

// ── native functions ──

/// Before a native function is called: it may look at frames, and what it puts on the value stack lies above the frame.
#[inline(always)]
fn show(s: &S) {
    s.sync();
}
/// Releases the argument in a window's word.
#[inline(always)]
fn release_word(p: *mut Value) {
    let v = read_word(p);
    if v.is_ptr() {
        write_word(p, Value::ZERO);
        if v.header().decref() {
            kiln_object::dealloc::release(v.ptr());
        }
    }
}
/// Puts a result in the place of a window, whose callee goes.
#[inline(always)]
fn deliver(s: S, base: u16, r: Value) -> u64 {
    let callee = s.replace(base, r);
    match drop_quick(callee) {
        Old::Done => s.next(),
        Old::Last => s.go(Handler(crate::control::release_and_go), callee.0),
    }
}
/// A word for [`abandon_native`]: a call of `n` arguments from window word `first` on has raised.
#[inline(always)]
fn failed(ins: Ins, first: u16, n: u16) -> u64 {
    ins.0 & 0xffff_0000 | (first as u64) << 32 | (n as u64) << 48
}
// A native call has raised: operand b of the word is where the arguments begin in the window, c their number.
handler!(abandon_native, s, ins, {
    #[cold]
    #[inline(never)]
    fn worker(s: S, ins: Ins) {
        let base = ins.a();
        s.clear_range(base + ins.b(), ins.c());
        // A receiver that is none needs no release.
        s.write(base + 4, Value::ZERO);
        s.clear(base);
    }
    worker(s, ins);
    s.go(Handler(crate::unwind::unwind), 0)
});

/// Calls the native function in a window through an entry for just so many arguments.
macro_rules! fixed {
    ($($(#[$m:meta])* $name:ident($field:ident, [$($i:literal),*], $n:literal, other: $other:ident, general: $general:ident)),* $(,)?) => { $(
        $(#[$m])*
        handler!($name, s, ins, {
            let callee = s.reg(ins.a());
            if !is_native(shape_of(callee)) {
                return s.go(Handler($other), ins.0);
            }
            let f = base_of::<NativeFunction>(callee);
            let FastCall { $field: Some(entry), .. } = &f.def.fast else {
                return s.go(Handler($general), ins.0);
            };
            if !f.direct.0 {
                return s.go(Handler($general), ins.0);
            }
            show(&s);
            let args = s.fp.wrapping_add(ins.a() as usize + 4);
            let Ok(r) = entry($(read_word(args.wrapping_add($i))),*) else {
                return s.go(Handler(abandon_native), failed(ins, 4, $n));
            };
            $(release_word(args.wrapping_add($i));)*
            deliver(s, ins.a(), r.into_value())
        });
    )* };
}
fixed! {
    call_native_1(fixed1, [0], 1, other: call_python, general: call_native),
    call_native_2(fixed2, [0, 1], 2, other: call_python, general: call_native),
    call_native_3(fixed3, [0, 1, 2], 3, other: call_python, general: call_native),
    with_receiver_1(fixed1, [0], 1, other: call_method_python, general: call_native_method),
    with_receiver_2(fixed2, [0, 1], 2, other: call_method_python, general: call_native_method),
    with_receiver_3(fixed3, [0, 1, 2], 3, other: call_method_python, general: call_native_method),
}
/// The forms of method calls: without a receiver the callee was no method.
macro_rules! methods {
    ($($name:ident => $with:ident),* $(,)?) => { $(
        handler!($name, s, ins, {
            if s.reg(ins.a() + 4).is_unbound() {
                return s.go(Handler(call_free), ins.0);
            }
            s.go(Handler($with), ins.0)
        });
    )* };
}
methods! {
    call_method_native_1 => with_receiver_1,
    call_method_native_2 => with_receiver_2,
    call_method_native_3 => with_receiver_3,
    call_method_native => with_receiver_any,
}
handler!(with_receiver_any, s, ins, {
    if !is_native(shape_of(s.reg(ins.a()))) {
        return s.go(Handler(call_method_python), ins.0);
    }
    s.go(Handler(call_native_method), ins.0)
});
handler!(call_native, s, ins, {
    if !is_native(shape_of(s.reg(ins.a()))) {
        return s.go(Handler(call_python), ins.0);
    }
    if ins.b() == 1 && shape_of(s.reg(ins.a() + 4)) == known::GENERATOR {
        return s.go(Handler(call_with_generator), ins.0);
    }
    native_call(s, ins, 4, ins.b())
});
handler!(call_native_method, s, ins, {
    if ins.b() == 1 && shape_of(s.reg(ins.a() + 4)) == known::GENERATOR {
        return s.go(Handler(call_method_of_generator), ins.0);
    }
    native_call(s, ins, 4, ins.b() + 1)
});
/// Calls the native function in the window with the `n` arguments there, and releases the window.
#[inline(always)]
fn native_call(s: S, ins: Ins, first: u16, n: u16) -> u64 {
    let base = ins.a();
    show(&s);
    let args = s.fp.wrapping_add((base + first) as usize);
    let Ok(r) = call_general(
        base_of::<NativeFunction>(s.reg(base)),
        s.range(base + first, n as usize),
    ) else {
        return s.go(Handler(abandon_native), failed(ins, first, n));
    };
    let mut i = 0;
    while i < n {
        release_word(args.wrapping_add(i as usize));
        i += 1;
    }
    if first > 4 {
        s.write(base + 4, Value::ZERO);
    }
    deliver(s, base, r.into_value())
}
#[inline(never)]
fn call_general(f: &NativeFunction, args: &[Value]) -> Result<Object, Raised> {
    if f.direct.0 {
        call_def(f.def.0, args)
    } else {
        f.call(args)
    }
}

// A method call whose callee was no method: a function of a module, or what an attribute holds.
handler!(call_free, s, ins, {
    if !s.reg(ins.a() + 4).is_unbound() {
        return s.go(Handler(call_method_any), ins.0);
    }
    let callee = s.reg(ins.a());
    let shape = shape_of(callee);
    if is_native(shape) {
        return s.go(Handler(call_free_native), ins.0);
    }
    if shape == known::FUNCTION
        && typed::<CodeObject>(typed::<Function>(callee).code.raw())
            .fast_args
            .get()
            == ins.b() as u32
    {
        // The arguments move to where a function has them: the call is then one without a receiver.
        let at = s.fp.wrapping_add(ins.a() as usize + 4);
        let mut i = 0;
        while i < ins.b() as usize {
            write_word(at.wrapping_add(i), read_word(at.wrapping_add(i + 1)));
            i += 1;
        }
        write_word(at.wrapping_add(i), Value::ZERO);
        // Whoever looks at the word sees a plain call.
        return s.go(Handler(call_python), ins.0 & !0xff | kiln_bytecode::Op::Call as u64);
    }
    s.go(Handler(call_method_slow), ins.0)
});
handler!(call_free_native, s, ins, native_call(s, ins, 5, ins.b()));
// A method call with a receiver, of whatever callee.
handler!(call_method_any, s, ins, {
    if is_native(shape_of(s.reg(ins.a()))) {
        return s.go(Handler(call_native_method), ins.0);
    }
    s.go(Handler(call_method_python), ins.0)
});

// ── functions with forms of their own ──
handler!(call_append, s, ins, {
    let base = ins.a();
    let list = s.reg(base + 4);
    if !is_intrinsic(s.reg(base), &INTRINSICS.append) || shape_of(list) != known::LIST || !crate::attrs::droppable(list)
    {
        return s.go(Handler(call_method_native_2), ins.0);
    }
    // The item's reference moves into the list. A method of a built-in class is immortal.
    let l = typed::<List>(list);
    if !l.has_room() {
        return s.go(Handler(call_method_native_2), ins.0);
    }
    l.push_in_room(s.reg(base + 5));
    list.header().decref();
    s.write(base + 4, Value::ZERO);
    s.write(base + 5, Value::ZERO);
    deliver(s, base, singletons::none())
});
handler!(call_len, s, ins, {
    let base = ins.a();
    let v = s.reg(base + 4);
    if !is_intrinsic(s.reg(base), &INTRINSICS.len) {
        return s.go(Handler(call_native_1), ins.0);
    }
    let n = match shape_of(v) {
        known::LIST => typed::<List>(v).len(),
        known::STR => typed::<Str>(v).len(),
        known::TUPLE => typed::<Tuple>(v).len(),
        known::DICT => typed::<Dict>(v).len(),
        _ => return s.go(Handler(call_native_1), ins.0),
    };
    if !crate::attrs::droppable(v) {
        return s.go(Handler(call_native_1), ins.0);
    }
    v.header().decref();
    s.write(base + 4, Value::ZERO);
    deliver(s, base, Value::int_unchecked(n as i64))
});
handler!(call_isinstance, s, ins, {
    let base = ins.a();
    let (v, class) = (s.reg(base + 4), s.reg(base + 5));
    if !is_intrinsic(s.reg(base), &INTRINSICS.isinstance)
        || shape_of(class) != known::TYPE
        || v.is_ptr() && !crate::attrs::droppable(v)
        || !crate::attrs::droppable(class)
    {
        return s.go(Handler(call_native_2), ins.0);
    }
    let r = is_plain_instance(v, class);
    if r == Value::PENDING {
        return s.go(Handler(call_native_2), ins.0);
    }
    if v.is_ptr() {
        v.header().decref();
    }
    class.header().decref();
    s.write(base + 4, Value::ZERO);
    s.write(base + 5, Value::ZERO);
    deliver(s, base, r)
});
/// Whether an object is an instance of a class whose metaclass is `type`; the pending word where its `__class__` has a say.
#[inline(never)]
fn is_plain_instance(v: Value, class: Value) -> Value {
    use kiln_object::types::flags::{HEAP, PLAIN_GETATTR};
    let own = v.class();
    if own.is_subtype(base_of::<Type>(class)) {
        singletons::true_()
    } else if own.has(PLAIN_GETATTR) && !own.has(HEAP) {
        singletons::false_()
    } else {
        Value::PENDING
    }
}

// ── classes ──
/// The form for calls of a class.
#[cold]
#[inline(never)]
fn form_of_class(class: Value, n: u16) -> u8 {
    match base_of::<Type>(class).making() {
        Making::Python => adapted::CALL_CLASS_PYTHON,
        Making::New if n == 1 && class == Str::class().as_value() => adapted::CALL_STR,
        _ => adapted::CALL_CLASS,
    }
}
// `str` of a str or an int.
handler!(call_str, s, ins, {
    let base = ins.a();
    if s.reg(base) != Str::class().as_value() {
        return s.go(Handler(call_class), ins.0);
    }
    let v = s.reg(base + 4);
    let text = if shape_of(v) == known::STR {
        v
    } else if v.is_int() {
        text_of(v)
    } else {
        return s.go(Handler(call_class_of_one), ins.0);
    };
    // The class is immortal.
    s.write(base + 4, Value::ZERO);
    s.write(base, text);
    s.next()
});
#[inline(never)]
fn text_of(v: Value) -> Value {
    kiln_object::int::decimal_text(v.int()).into_value()
}
handler!(call_class, s, ins, {
    let callee = s.reg(ins.a());
    if shape_of(callee) != known::TYPE {
        return s.go(Handler(call_python), ins.0);
    }
    match base_of::<Type>(callee).making() {
        Making::Python => s.go(Handler(call_class_python), ins.0),
        Making::New if callee == Range::class().as_value() => s.go(Handler(call_range), ins.0),
        Making::New if ins.b() == 1 => s.go(Handler(call_class_of_one), ins.0),
        Making::New | Making::NewInit => s.go(Handler(call_class_native), ins.0),
        Making::Exception => s.go(Handler(call_class_exception), ins.0),
        _ if callee == Type::class().as_value() && ins.b() == 1 => s.go(Handler(call_type_of), ins.0),
        _ => s.go(Handler(call_type), ins.0),
    }
});
// `type(x)`.
handler!(call_type_of, s, ins, {
    let at = s.fp.wrapping_add(ins.a() as usize + 4);
    let v = read_word(at);
    let class = v.class().as_value();
    class.header().incref();
    if v.is_ptr() && !crate::attrs::droppable(v) {
        show(&s);
    }
    release_word(at);
    deliver(s, ins.a(), class)
});
/// An instance of a plain class.
#[inline(never)]
fn make_instance(class: Value) -> Value {
    let Some(class) = ClassRef::of(class) else {
        kiln_object::bug!("a class is none")
    };
    Instance::new_object(class.0).into_value()
}
// A class whose `__init__` is a function. One that takes the arguments as they are, and is not compiled, gets its frame here.
handler!(call_class_python, s, ins, {
    let (base, n) = (ins.a(), ins.b() as usize);
    let class = s.reg(base);
    if shape_of(class) != known::TYPE || base_of::<Type>(class).making() != Making::Python {
        return s.go(Handler(call_class), ins.0);
    }
    let window = s.fp.wrapping_add(base as usize);
    let Some(init) = base_of::<Type>(class).special(Special::Init) else {
        return s.go(Handler(call_type), ins.0);
    };
    let code = typed::<CodeObject>(typed::<Function>(init).code.raw());
    let h = code.hotness.get();
    if code.fast_args.get() as usize != n + 1 || h >= code.threshold.get() || !fits(&s, window.wrapping_add(16), code) {
        return s.go(Handler(call_type), ins.0);
    }
    code.count(h);
    let shim = crate::shim::init_code();
    let o = make_instance(class);
    // The shim's frame: register 0 holds the instance, and the window of `__init__` follows it. The class stays the
    // frame's callable until the shim returns.
    let mut s = s;
    let inner = window.wrapping_add(5);
    let mut i = n;
    while i > 0 {
        i -= 1;
        write_word(inner.wrapping_add(5 + i), read_word(window.wrapping_add(4 + i)));
    }
    enter_hidden(&mut s, window, shim);
    s.write(0, o);
    init.header().incref();
    write_word(inner, init);
    o.header().incref();
    write_word(inner.wrapping_add(4), o);
    // As if the shim's call instruction had been executed.
    s.pc = s.pc.wrapping_add(1);
    enter(&mut s, inner, code);
    s.next()
});
// A range that a loop counts through at once: no object stands for it.
handler!(call_range, s, ins, {
    let (base, n) = (ins.a(), ins.b());
    let next = Ins(read_word(s.pc as *const Value).0);
    let loops = next.0 as u8 == kiln_bytecode::Op::GetIter as u8 && next.has(flags::B_TAKE) && next.b() == base;
    let (first, second) = (s.reg(base + 4), s.reg(base + 5));
    if !loops
        || !first.is_int()
        || n != 1 && (n != 2 || !second.is_int())
        || s.reg(next.a()).is_ptr() && next.a() != base
        || crate::table::TABLE.is_watched()
        || crate::single::is_single(&s)
    {
        let h: Handler = if n == 1 {
            Handler(call_class_of_one)
        } else {
            Handler(call_class_native)
        };
        return s.go(h, ins.0);
    }
    let (start, stop) = if n == 1 {
        (0, first.int())
    } else {
        (first.int(), second.int())
    };
    // Ints of 63 bits: no difference of two is too large.
    let it = counter(start, (stop - start).max(0));
    let mut s = s;
    s.skip(1);
    s.note(crate::state::fb::OTHER);
    // The class is immortal.
    s.write(base, Value::ZERO);
    s.write(base + 4, Value::ZERO);
    s.write(base + 5, Value::ZERO);
    s.write(next.a(), it);
    s.next()
});
#[inline(never)]
fn counter(start: i64, n: i64) -> Value {
    RangeIter::new(start, 1, n).into_value()
}
// A class whose native `__new__` has an entry for one argument: conversions, as a rule.
handler!(call_class_of_one, s, ins, {
    let base = ins.a();
    let class = s.reg(base);
    let entry = match base_of::<Type>(class).special(Special::New) {
        Some(new) => base_of::<NativeFunction>(new).def.fast.fixed2,
        None => None,
    };
    let Some(entry) = entry else {
        return s.go(Handler(call_class_native), ins.0);
    };
    let at = s.fp.wrapping_add(base as usize + 4);
    let v = read_word(at);
    // A generator's items are taken by a loop.
    if shape_of(v) == known::GENERATOR {
        return s.go(Handler(call_type), ins.0);
    }
    show(&s);
    let Ok(r) = entry(class, v) else {
        return s.go(Handler(abandon_native), failed(ins, 4, 1));
    };
    release_word(at);
    deliver(s, base, r.into_value())
});
// A class that is made by a native `__new__`, with or without a native `__init__`.
handler!(call_class_native, s, ins, {
    let (base, n) = (ins.a(), ins.b());
    // A generator's items are taken by a loop.
    if n == 1 && shape_of(s.reg(base + 4)) == known::GENERATOR {
        return s.go(Handler(call_type), ins.0);
    }
    show(&s);
    let r = make_native(s.fp.wrapping_add(base as usize), n as usize);
    if r.is_pending() {
        return s.go(Handler(abandon_native), failed(ins, 4, n));
    }
    let args = s.fp.wrapping_add(base as usize + 4);
    let mut i = 0;
    while i < n {
        release_word(args.wrapping_add(i as usize));
        i += 1;
    }
    deliver(s, base, r)
});
/// Makes the object; the pending word if that raises.
#[inline(never)]
fn make_native(window: *mut Value, n: usize) -> Value {
    let class = read_word(window);
    let class = base_of::<Type>(class);
    let made = crate::classes::make_native(class, window, n).and_then(|made| match class.making() {
        Making::New => Ok(made),
        _ => crate::classes::init_native(class, window, n, made),
    });
    made.map_or(Value::PENDING, Object::into_value)
}
// An exception that keeps its arguments.
handler!(call_class_exception, s, ins, {
    let base = ins.a();
    let o = make_exception(s.fp.wrapping_add(base as usize), ins.b() as usize);
    deliver(s, base, o)
});
/// An exception of the class in a window, where [`Making::Exception`] says that there is no more to it: the `n` arguments move into it.
#[inline(never)]
pub fn make_exception(window: *mut Value, n: usize) -> Value {
    let class = base_of::<Type>(read_word(window));
    let args = Tuple::from_fn(n, |i| take_word(window.wrapping_add(4 + i)));
    BaseException::called(class, args).into_value()
}
