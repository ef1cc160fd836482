//! Generators and coroutines: their frames move between the object and the value stack.
//!
//! While it runs, a generator is its frame's callable. It is resumed either from native code, in a run of its own, or by
//! a `for_iter` or `send` instruction, whose frame it then returns to without leaving the loop. A generator whose code is
//! compiled runs there instead: its machine code takes the registers out of the object and puts them back at a yield, so that at every
//! suspension either may go on.

use crate::calls::{self, base_of, read_word, typed, write_word};
use crate::control::{FRAME_MARK, MARKS};
use crate::frames;
use crate::run::exit_pc;
use crate::state::{Handler, Ins, Old, S, drop_quick, fb, handler, slow};
use kiln_bytecode::{Op, co, flags};
use kiln_object::code::CodeObject;
use kiln_object::function::Function;
use kiln_object::generator::{AsyncGenerator, Coroutine, GenState, Generator, Registers};
use kiln_object::hooks::{ResumeWith, Resumed, hooks};
use kiln_object::layout::{Slot, alloc, header};
use kiln_object::shape::known;
use kiln_object::{Header, Object, Raised, Special, Value, exc, ops, raise, singletons};
use std::cell::Cell;

// ── creation ──
slow! { return_generator => start }
fn start(s: &mut S, _: Ins) -> Result<(), Raised> {
    s.sync();
    let code = s.code();
    let g = make(s.callable(), code, code.index_before(s.pc) + 1, |regs| {
        for i in 0..code.temp_base.get() as u16 {
            // The values move; what stays behind on the stack is dead.
            write_word(regs.wrapping_add(i as usize), s.replace(i, Value::ZERO));
        }
    });
    frames::suspend(s);
    leave_with(s, g.into_value());
    Ok(())
}

/// The generator of a call whose arguments are the parameters of `f`, without a frame.
pub fn create(f: Value, code: &CodeObject, args: &[Value]) -> Object {
    debug_assert_eq!(code.instr(0).op(), Op::ReturnGenerator);
    make(f, code, 1, |regs| {
        for (i, v) in args.iter().enumerate() {
            v.incref();
            write_word(regs.wrapping_add(i), *v);
        }
        for i in args.len()..code.temp_base.get() as usize {
            write_word(regs.wrapping_add(i), singletons::unbound());
        }
    })
}

/// A generator of function `f`, which begins at instruction `index`; `fill` writes its parameters and locals.
fn make(f: Value, code: &CodeObject, index: u32, fill: impl FnOnce(*mut Value)) -> Object {
    let f = typed::<Function>(f);
    let regs = Registers::new(code.reg_count.get() as usize, index);
    fill(regs.as_ptr());
    let payload = |h: Header| Generator {
        header: h,
        code: Slot::from_option(f.code.get()),
        globals: Slot::from_option(f.globals.get()),
        builtins: Slot::from_option(f.builtins.get()),
        closure: Slot::from_option(f.closure.get()),
        name: Slot::from_option(f.name.get()),
        qualname: Slot::from_option(f.qualname.get()),
        fp: Cell::new(std::ptr::null_mut()),
        handled: Slot::empty(),
        outer: Slot::empty(),
        frame: Slot::empty(),
        flags: Cell::new(0),
        extra: Slot::empty(),
        regs,
    };
    if code.code.flags & co::COROUTINE != 0 {
        alloc(Coroutine {
            base: payload(header::<Coroutine>()),
        })
    } else if code.code.flags & co::ASYNC_GENERATOR != 0 {
        alloc(AsyncGenerator {
            base: payload(header::<AsyncGenerator>()),
        })
    } else {
        alloc(payload(header::<Generator>()))
    }
}

/// Pops the frame, whose registers are empty, and stores `v` in its window.
fn leave_with(s: &mut S, v: Value) {
    let callable = s.callable();
    let window = s.fp.wrapping_sub(4);
    s.th.depth.set(s.th.depth.get().wrapping_sub(1));
    pop_links(s);
    write_word(window, v);
    callable.decref();
}
#[inline(always)]
fn pop_links(s: &mut S) {
    let (pc, fp, ks) = (
        s.link(3) as *const u64,
        s.link(2) as *mut Value,
        (s.link(1) & !MARKS) as *mut Value,
    );
    s.pc = pc;
    s.fp = fp;
    s.ks = ks;
}

// ── resuming ──

/// Puts a suspended generator's frame on the stack at `window`; the state then runs in it.
#[inline(always)]
fn push(s: &mut S, window: *mut Value, g: &Generator, gen_value: Value) {
    let code = typed::<CodeObject>(g.code.raw());
    gen_value.incref();
    write_word(window, gen_value);
    let (pc, caller, ks) = (s.pc as u64, s.fp as u64, s.ks as u64);
    s.fp = window.wrapping_add(4);
    s.set_link(3, pc);
    s.set_link(2, caller);
    s.set_link(1, ks);
    let regs = g.regs.as_ptr();
    for i in 0..code.reg_count.get() as usize {
        write_word(s.fp.wrapping_add(i), read_word(regs.wrapping_add(i)));
    }
    s.pc = code.entry.get().wrapping_add(g.regs.index.get() as usize);
    s.ks = code.ks.get();
    s.th.depth.set(s.th.depth.get() + 1);
    g.set_state(GenState::Running);
    g.fp.set(s.fp);
}

/// The instruction before the one that the state goes on at: the yield of a generator just resumed, or who resumed one that has yielded.
#[inline(always)]
fn instr_before(s: &S) -> Ins {
    Ins(read_word(s.pc.wrapping_sub(1) as *const Value).0)
}

/// As `push`, for whatever else there is to be done: what is sent becomes the value of the yield.
fn push_any(s: &mut S, window: *mut Value, g: &Generator, gen_value: Value, sent: Option<Object>) {
    let started = g.state() == GenState::Suspended;
    push(s, window, g, gen_value);
    // The exception handled by the resumer is out of sight of the generator's own bookkeeping.
    g.outer.set_option(s.th.handled.get());
    if let Some(own) = g.handled.take() {
        s.th.handled.set(own);
    }
    frames::resume(s, g);
    if let Some(v) = sent
        && started
    {
        let yielded = instr_before(s);
        s.put(yielded.a(), v);
    }
}

/// Resumes a generator that a `for_iter` or `send` of the running frame iterates; the state then runs in it. A register of the running frame
/// holds the generator meanwhile.
#[inline(always)]
fn resume_hot(mut s: S, it: Value, sent: Value, slow: Handler, word: u64) -> u64 {
    let g = base_of::<Generator>(it);
    let code = typed::<CodeObject>(g.code.raw());
    let window = s.fp.wrapping_add(s.code().reg_count.get() as usize);
    let hotness = code.hotness.get();
    let state = g.state();
    let plain = (state as u32) < GenState::Running as u32
        && (g.handled.raw().0 | s.th.handled.raw().0 | g.frame.raw().0) == Value::PENDING.0
        && code.resume.get().is_null()
        && hotness < code.threshold.get()
        && calls::fits(&s, window, code);
    if !plain {
        return s.go(slow, word);
    }
    code.count(hotness);
    push(&mut s, window, g, it);
    if state == GenState::Created {
        return s.next();
    }
    let yielded = instr_before(&s);
    s.put_next(yielded.a(), sent)
}
handler!(for_iter_generator, s, ins, {
    s.note(fb::GENERATOR);
    let it = s.reg(ins.b());
    resume_hot(s, it, singletons::none(), Handler(for_iter_resume), ins.0)
});
handler!(send, s, ins, {
    let it = s.reg(ins.a());
    let v = s.reg(ins.a() + 1);
    if it.is_ptr()
        && matches!(it.header().shape().0, known::GENERATOR | known::COROUTINE)
        && base_of::<Generator>(it).state() == GenState::Suspended
        && base_of::<Generator>(it).handled.is_empty()
        && v.is_none()
    {
        // None needs no count: the register may keep it.
        return resume_hot(s, it, v, Handler(send_slow), ins.0);
    }
    s.go(Handler(send_slow), ins.0)
});
slow! {
    for_iter_resume => |s: &mut S, ins: Ins| {
        let it = s.reg(ins.b());
        s.sync();
        match resume_from_frame(s, it, singletons::none())? {
            None => Ok(()),
            Some(Resumed::Yielded(v)) => {
                s.put(ins.a(), v);
                Ok(())
            }
            Some(Resumed::Returned(_)) => {
                s.clear(ins.b());
                s.skip(ins.c() as i16 as i64);
                Ok(())
            }
        }
    },
    send_slow => send_any,
}

/// Resumes a generator for an instruction of the running frame. `None`: the state runs in it now.
fn resume_from_frame(s: &mut S, it: Value, sent: Value) -> Result<Option<Resumed>, Raised> {
    let g = base_of::<Generator>(it);
    match g.state() {
        GenState::Running => {
            return Err(kiln_object::raise!(ValueError, "{} already executing", kind_name(it)));
        }
        GenState::Finished => {
            if it.is_exact::<Coroutine>() {
                return Err(kiln_object::raise!(
                    RuntimeError,
                    "cannot reuse already awaited coroutine"
                ));
            }
            return Ok(Some(Resumed::Returned(Object::none())));
        }
        GenState::Created | GenState::Suspended => {}
    }
    let code = typed::<CodeObject>(g.code.raw());
    if has_machine_code(it, code) {
        return resume_compiled(it, sent.to_object()).map(Some);
    }
    let window = s.fp.wrapping_add(s.code().reg_count.get() as usize);
    if !calls::fits(s, window, code) {
        return Err(raise::recursion_error(""));
    }
    push_any(s, window, g, it, Some(sent.to_object()));
    Ok(None)
}
/// A generator, a coroutine, or an async generator, in messages.
fn kind_name(v: Value) -> &'static str {
    if v.is_exact::<Coroutine>() {
        "coroutine"
    } else if v.is_exact::<AsyncGenerator>() {
        "async generator"
    } else {
        "generator"
    }
}

// ── compiled code ──

/// Whether a generator's code is compiled; one that has become hot is.
#[inline]
fn has_machine_code(gen_value: Value, code: &CodeObject) -> bool {
    if crate::trace::is_on() {
        return false;
    }
    if !code.resume.get().is_null() {
        return true;
    }
    let hotness = code.hotness.get();
    if hotness < code.threshold.get() {
        code.count(hotness);
        return false;
    }
    (hooks().hot)(gen_value);
    !code.resume.get().is_null()
}

/// Resumes a generator, which is neither running nor finished, in machine code.
fn resume_compiled(gen_value: Value, sent: Object) -> Result<Resumed, Raised> {
    let g = base_of::<Generator>(gen_value);
    let th = kiln_object::thread::thread();
    let depth = th.depth.get();
    if depth >= th.recursion_limit.get() {
        return Err(raise::recursion_error(""));
    }
    let handled = th.handled.raw();
    if !handled.is_pending() {
        g.outer.set_option(th.handled.get());
    }
    if let Some(own) = g.handled.take() {
        th.handled.set(own);
    }
    // Whoever drives it may let go of it meanwhile.
    gen_value.incref();
    g.set_state(GenState::Running);
    th.depth.set(depth + 1);
    let r = (crate::tier::hooks().resume)(gen_value, typed::<CodeObject>(g.code.raw()), sent.into_value());
    th.depth.set(depth);
    settle(g, handled);
    let finished = g.state() == GenState::Finished;
    if r.is_pending() {
        let pending = th.pending.take();
        gen_value.decref();
        drop(th.pending.replace(pending));
        return Err(raise::pending());
    }
    gen_value.decref();
    let v = Object::from_owned(r);
    Ok(if finished {
        Resumed::Returned(v)
    } else {
        Resumed::Yielded(v)
    })
}
/// Machine code of a generator has returned. What it handles is its own again, and what `handled` names, which was handled by whoever resumed it,
/// is the thread's. If it was not even entered, for want of stack, it is suspended as it was.
pub fn settle(g: &Generator, handled: Value) {
    let th = kiln_object::thread::thread();
    if g.state() == GenState::Running {
        let begun = g.regs.index.get() > 1;
        g.set_state(if begun { GenState::Suspended } else { GenState::Created });
    }
    let outer = g.outer.take();
    if th.handled.raw() == handled {
        return;
    }
    let own = th.handled.replace(outer);
    if g.state() == GenState::Suspended {
        g.handled.set_option(own);
    }
}

/// Resumes without machine code, on its behalf: the generator is marked as running, and whoever did that settles what was handled.
pub fn interpret(gen_value: Value, sent: Object) -> Result<Object, Raised> {
    let g = base_of::<Generator>(gen_value);
    let code = typed::<CodeObject>(g.code.raw());
    let (saved, mut s, window) = crate::run::begin()?;
    if !calls::fits(&s, window, code) {
        crate::run::restore(&saved);
        return Err(raise::recursion_error(""));
    }
    let started = g.regs.index.get() > 1;
    push(&mut s, window, g, gen_value);
    frames::resume(&s, g);
    if started {
        let yielded = instr_before(&s);
        s.sync();
        s.put(yielded.a(), sent);
    }
    crate::run::finish(&saved, s)
}

/// Compiled code of `callable` has been left: if that is a generator, the interpreter has its frame now, which the state shows.
pub fn entered(s: &S, callable: Value) {
    if let Some(g) = callable.cast::<Generator>() {
        g.fp.set(s.fp);
        frames::resume(s, g);
    }
}
/// A generator that ends in compiled code, at instruction `index`, has a frame object, which takes over its locals.
pub fn detach_frame(gen_value: Value, index: u32, locals: &[Value]) {
    let g = base_of::<Generator>(gen_value);
    if let Some(f) = g.frame.take() {
        let frame = f.expect::<kiln_object::frame::FrameObject>();
        frame.suspended.set(Value::ZERO);
        frame.index.set(index);
        frame.values.replace(locals.iter().map(|v| v.to_object()).collect());
    }
}

/// The generator has ended, by return or exception: nothing of its frame is left.
pub fn ended(g: &Generator) {
    let th = kiln_object::thread::thread();
    g.set_state(GenState::Finished);
    g.fp.set(std::ptr::null_mut());
    if let Some(f) = g.frame.take() {
        f.expect::<kiln_object::frame::FrameObject>().suspended.set(Value::ZERO);
    }
    g.handled.clear();
    th.handled.set_option(g.outer.take());
}

// ── suspending ──
handler!(yield_value, s, ins, {
    let gen_value = s.callable();
    let g = base_of::<Generator>(gen_value);
    let plain = s.link(1) & FRAME_MARK == 0
        && (s.th.handled.raw().0 | g.outer.raw().0) == Value::PENDING.0
        // Whoever resumed it holds it too.
        && gen_value.header().count() > 1;
    if !plain {
        return s.go(Handler(yield_slow), ins.0);
    }
    let v = s.b(ins);
    if ins.has(flags::B_TAKE) {
        s.write(ins.b(), Value::ZERO);
    } else if v.is_ptr() {
        v.header().incref();
    }
    let mut s = s;
    pull(&s, g);
    let window = s.fp.wrapping_sub(4);
    s.th.depth.set(s.th.depth.get().wrapping_sub(1));
    pop_links(&mut s);
    let last = matches!(drop_quick(gen_value), Old::Last);
    debug_assert!(!last);
    if s.pc == exit_pc() {
        write_word(window, v);
        return s.next();
    }
    write_word(window, Value::ZERO);
    let resumer = instr_before(&s);
    let to = resumer.a() + u16::from(resumer.0 as u8 == Op::Send as u8);
    s.put_next(to, v)
});
/// Moves the running frame's registers into the generator, which is suspended then.
#[inline(always)]
fn pull(s: &S, g: &Generator) {
    let code = s.code();
    let regs = g.regs.as_ptr();
    for i in 0..code.reg_count.get() as usize {
        write_word(regs.wrapping_add(i), s.replace(i as u16, Value::ZERO));
    }
    g.regs.index.set(code.index_before(s.pc).wrapping_add(1));
    g.set_state(GenState::Suspended);
    g.fp.set(std::ptr::null_mut());
}
slow! { yield_slow => suspend }
fn suspend(s: &mut S, ins: Ins) -> Result<(), Raised> {
    s.sync();
    let v = s.own_b(ins).into_value();
    let g = base_of::<Generator>(s.callable());
    put_back(s, g);
    deliver(s, v);
    Ok(())
}
/// Suspends the generator whose frame is running.
fn put_back(s: &S, g: &Generator) {
    frames::suspend(s);
    pull(s, g);
    let outer = g.outer.take();
    let own = s.th.handled.replace(outer.clone());
    if own.as_ref().map(|o| o.value()) != outer.as_ref().map(|o| o.value()) {
        g.handled.set_option(own);
    } else {
        drop(own);
    }
    drop(outer);
}

/// Pops the frame of a generator that yielded `v` and hands it to whoever resumed it.
fn deliver(s: &mut S, v: Value) {
    let gen_value = s.callable();
    let window = s.fp.wrapping_sub(4);
    s.th.depth.set(s.th.depth.get().wrapping_sub(1));
    pop_links(s);
    if s.pc == exit_pc() {
        write_word(window, v);
        gen_value.decref();
        return;
    }
    write_word(window, Value::ZERO);
    let resumer = instr_before(s);
    let op = Op::from_u8(resumer.0 as u8);
    let to = if op == Some(Op::Send) {
        resumer.a() + 1
    } else {
        resumer.a()
    };
    s.put(to, Object::from_owned(v));
    gen_value.decref();
}

/// Ends the frame of a generator that returned `v`.
pub fn finish(s: &mut S, v: Value) {
    let gen_value = s.callable();
    let g = base_of::<Generator>(gen_value);
    frames::detach_and_clear(s);
    ended(g);
    let window = s.fp.wrapping_sub(4);
    s.th.depth.set(s.th.depth.get().wrapping_sub(1));
    pop_links(s);
    if s.pc == exit_pc() {
        write_word(window, v);
        gen_value.decref();
        return;
    }
    write_word(window, Value::ZERO);
    let resumer = instr_before(s);
    if Op::from_u8(resumer.0 as u8) == Some(Op::Send) {
        s.put(resumer.a() + 1, Object::from_owned(v));
        s.clear(resumer.a());
        s.skip(resumer.bc() as i32 as i64);
    } else {
        v.decref();
        s.clear(resumer.b());
        s.skip(resumer.c() as i16 as i64);
    }
    gen_value.decref();
}

/// Resumes from native code. The caller checked that it is not running and not finished.
pub fn resume(gen_value: Value, with: ResumeWith) -> Result<Resumed, Raised> {
    let Some(g) = gen_value.cast::<Generator>() else {
        kiln_object::bug!("resume of a {}", gen_value.class().name())
    };
    let code = typed::<CodeObject>(g.code.raw());
    let with = match with {
        ResumeWith::Value(v) if has_machine_code(gen_value, code) => {
            kiln_object::thread::check_native_stack("")?;
            return resume_compiled(gen_value, v);
        }
        with => with,
    };
    let held = gen_value.to_object();
    let (saved, mut s, window) = crate::run::begin()?;
    if !calls::fits(&s, window, code) {
        crate::run::restore(&saved);
        return Err(raise::recursion_error(""));
    }
    let r = match with {
        ResumeWith::Value(v) => {
            push_any(&mut s, window, g, gen_value, Some(v));
            crate::run::finish(&saved, s)
        }
        ResumeWith::Throw(e) => {
            let delegate = g.delegate().map(|v| v.to_object());
            push_any(&mut s, window, g, gen_value, None);
            s.sync();
            let e = match delegate_throw(delegate, e) {
                Delegated::Yielded(v) => {
                    put_back(&s, g);
                    leave_with(&mut s, Value::ZERO);
                    crate::run::restore(&saved);
                    return Ok(Resumed::Yielded(v));
                }
                Delegated::Raise(e) => e,
            };
            s.sync();
            let _ = raise::exception(e);
            crate::run::finish_with(&saved, s, Handler(crate::unwind::unwind))
        }
    };
    let v = r?;
    let finished = base_of::<Generator>(held.value()).state() == GenState::Finished;
    Ok(if finished {
        Resumed::Returned(v)
    } else {
        Resumed::Yielded(v)
    })
}

enum Delegated {
    Yielded(Object),
    Raise(Object),
}
/// A throw into a generator that is suspended in `yield from` or `await` goes to what it delegates to first. The
/// generator's frame is on the stack meanwhile, so that it shows as the caller.
fn delegate_throw(delegate: Option<Object>, e: Object) -> Delegated {
    let Some(sub) = delegate else {
        return Delegated::Raise(e);
    };
    match throw_into(&sub, &e) {
        Ok(Some(v)) => Delegated::Yielded(v),
        Ok(None) => Delegated::Raise(e),
        Err(r) => Delegated::Raise(raise::take(r)),
    }
}
fn throw_into(sub: &Object, e: &Object) -> Result<Option<Object>, Raised> {
    if e.class().is_subtype(exc::GeneratorExit.get()) {
        if let Some(close) = kiln_object::attr::find_attr_str(sub.value(), "close")? {
            kiln_object::call::call(close.value(), &[])?;
        }
        return Ok(None);
    }
    match kiln_object::attr::find_attr_str(sub.value(), "throw")? {
        Some(throw) => kiln_object::call::call(throw.value(), &[e.value()]).map(Some),
        None => Ok(None),
    }
}

fn send_any(s: &mut S, ins: Ins) -> Result<(), Raised> {
    s.sync();
    let it = s.reg(ins.a());
    let v = s.reg(ins.a() + 1);
    let sent = if matches!(it.header_shape(), Some(known::GENERATOR | known::COROUTINE))
        && (base_of::<Generator>(it).state() != GenState::Created || v.is_none())
    {
        let v = s.take(ins.a() + 1);
        match resume_from_frame(s, it, v.value())? {
            None => return Ok(()),
            Some(r) => r,
        }
    } else {
        send_native(it, v)?
    };
    match sent {
        Resumed::Yielded(v) => s.put(ins.a() + 1, v),
        Resumed::Returned(v) => {
            s.put(ins.a() + 1, v);
            s.clear(ins.a());
            s.skip(ins.bc() as i32 as i64);
        }
    }
    Ok(())
}
/// Sends a value to an iterator that is no generator, or is in a state that makes this an error.
pub fn send_native(it: Value, v: Value) -> Result<Resumed, Raised> {
    let r = if v.is_none() {
        if let Some(next) = kiln_object::iter::fast_next(it.class()).get() {
            // The result of an iterator of this kind that ends is never anything but None, generators apart.
            if !it.is_exact::<Generator>() {
                return Ok(match next(it)? {
                    Some(v) => Resumed::Yielded(v),
                    None => Resumed::Returned(Object::none()),
                });
            }
        }
        match it.class().special(Special::Next) {
            Some(f) => kiln_object::call::call_special(f, it, &[]),
            None => Err(kiln_object::raise!(
                TypeError,
                "'{}' object is not an iterator",
                it.class().name()
            )),
        }
    } else {
        kiln_object::call::call_method_str(it, "send", &[v])
    };
    match r {
        Ok(v) => Ok(Resumed::Yielded(v)),
        Err(r) => {
            let e = raise::catch(r, &exc::StopIteration)?;
            Ok(Resumed::Returned(stop_value(&e)))
        }
    }
}
/// Sends a value to whatever `yield from` or `await` drives.
pub fn send_to(it: Value, v: Value) -> Result<Resumed, Raised> {
    if matches!(it.header_shape(), Some(known::GENERATOR | known::COROUTINE)) {
        let state = base_of::<Generator>(it).state();
        if state == GenState::Suspended || state == GenState::Created && v.is_none() {
            return resume(it, ResumeWith::Value(v.to_object()));
        }
    }
    send_native(it, v)
}
trait HeaderShape {
    fn header_shape(self) -> Option<u32>;
}
impl HeaderShape for Value {
    fn header_shape(self) -> Option<u32> {
        self.is_ptr().then(|| self.header().shape().0)
    }
}
slow! {
    cleanup_throw => |s: &mut S, ins: Ins| {
        let e = s.take(ins.b());
        if e.class().is_subtype(exc::StopIteration.get()) {
            s.put(ins.a(), stop_value(&e));
            return Ok(());
        }
        Err(raise::again(e))
    },
    end_async_for => |s: &mut S, ins: Ins| {
        let e = s.take(ins.a());
        if e.class().is_subtype(exc::StopAsyncIteration.get()) {
            s.sync();
            drop(e);
            s.clear(ins.b());
            return Ok(());
        }
        Err(raise::again(e))
    },
    get_yield_from_iter => |s: &mut S, ins: Ins| {
        s.sync();
        let v = s.b(ins);
        let flags = s.code().code.flags;
        let it = if v.is_exact::<Coroutine>() {
            if flags & (co::COROUTINE | co::ITERABLE_COROUTINE) == 0 {
                return Err(kiln_object::raise!(TypeError, "cannot 'yield from' a coroutine object in a non-coroutine generator"));
            }
            v.to_object()
        } else if v.is_exact::<Generator>() {
            v.to_object()
        } else {
            ops::iter(v)?
        };
        s.consume(ins);
        s.put(ins.a(), it);
        Ok(())
    },
    get_awaitable => |s: &mut S, ins: Ins| {
        s.sync();
        let it = awaitable_iter(s.b(ins), ins.imm())?;
        if ins.has(flags::B_TAKE) { s.clear(ins.b()); }
        s.put(ins.a(), it);
        Ok(())
    },
    get_aiter => |s: &mut S, ins: Ins| {
        s.sync();
        let v = s.b(ins);
        let class = v.class();
        let Some(f) = class.special(Special::AIter) else {
            return Err(kiln_object::raise!(TypeError, "'async for' requires an object with __aiter__ method, got {}", class.name()));
        };
        let it = kiln_object::call::call_special(f, v, &[])?;
        if it.class().special(Special::ANext).is_none() {
            return Err(kiln_object::raise!(TypeError, "'async for' received an object from __aiter__ that does not implement __anext__: {}", it.class().name()));
        }
        s.consume(ins);
        s.put(ins.a(), it);
        Ok(())
    },
    get_anext => |s: &mut S, ins: Ins| {
        s.sync();
        let it = anext_iter(s.reg(ins.b()))?;
        s.put(ins.a(), it);
        Ok(())
    },
    async_gen_wrap => |s: &mut S, ins: Ins| {
        let v = s.own_b(ins);
        s.put(ins.a(), kiln_object::generator::AsyncWrapped::new_object(v));
        Ok(())
    },
    stop_iteration_error => |s: &mut S, ins: Ins| {
        s.sync();
        let e = s.own_b(ins);
        let flags = s.code().code.flags;
        let stop = e.class().is_subtype(exc::StopIteration.get());
        let message = if flags & co::ASYNC_GENERATOR != 0 {
            if stop { Some("async generator raised StopIteration") } else if e.class().is_subtype(exc::StopAsyncIteration.get()) { Some("async generator raised StopAsyncIteration") } else { None }
        } else if !stop {
            None
        } else if flags & co::COROUTINE != 0 {
            Some("coroutine raised StopIteration")
        } else {
            Some("generator raised StopIteration")
        };
        let out = match message {
            None => e,
            Some(m) => {
                let new = raise::take(kiln_object::raise!(RuntimeError, "{m}"));
                let b = new.expect::<kiln_object::exception::BaseException>();
                b.cause.set(e.clone());
                b.context.set(e);
                b.suppress_context.set(true);
                new
            }
        };
        s.put(ins.a(), out);
        Ok(())
    },
}

/// The value that a StopIteration carries.
pub fn stop_value(e: &Object) -> Object {
    e.cast::<kiln_object::exception::BaseException>()
        .and_then(|b| b.extra_at(0))
        .unwrap_or_else(Object::none)
}

/// The iterator that `await v` is to drive, `what` as in the instruction; it must not be awaited already.
pub fn awaitable_iter(v: Value, what: i64) -> Result<Object, Raised> {
    let it = awaitable(v, what)?;
    if let Some(g) = it.cast::<Coroutine>()
        && g.base.delegate().is_some()
    {
        return Err(kiln_object::raise!(RuntimeError, "coroutine is being awaited already"));
    }
    Ok(it)
}
/// The iterator of the awaitable that an asynchronous iterator's `__anext__` gives.
pub fn anext_iter(v: Value) -> Result<Object, Raised> {
    let class = v.class();
    let Some(f) = class.special(Special::ANext) else {
        return Err(kiln_object::raise!(
            TypeError,
            "'async for' requires an iterator with __anext__ method, got {}",
            class.name()
        ));
    };
    let next = kiln_object::call::call_special(f, v, &[])?;
    awaitable(next.value(), 0).map_err(|r| {
        let cause = raise::take(r);
        let r = kiln_object::raise!(
            TypeError,
            "'async for' received an invalid object from __anext__: {}",
            next.class().name()
        );
        let e = raise::take(r);
        if let Some(b) = e.cast::<kiln_object::exception::BaseException>() {
            b.cause.set(cause.clone());
            b.context.set(cause);
            b.suppress_context.set(true);
        }
        raise::again(e)
    })
}

/// The iterator that `await v` drives.
fn awaitable(v: Value, what: i64) -> Result<Object, Raised> {
    if v.is_exact::<Coroutine>() {
        return Ok(v.to_object());
    }
    if let Some(g) = v.exact::<Generator>()
        && typed::<CodeObject>(g.code.raw()).code.flags & co::ITERABLE_COROUTINE != 0
    {
        return Ok(v.to_object());
    }
    let class = v.class();
    let Some(f) = class.special(Special::Await) else {
        return Err(match what {
            1 => kiln_object::raise!(
                TypeError,
                "'async with' received an object from __aenter__ that does not implement __await__: {}",
                class.name()
            ),
            2 => kiln_object::raise!(
                TypeError,
                "'async with' received an object from __aexit__ that does not implement __await__: {}",
                class.name()
            ),
            _ => kiln_object::raise!(TypeError, "'{}' object can't be awaited", class.name()),
        });
    };
    let it = kiln_object::call::call_special(f, v, &[])?;
    if it.is_exact::<Coroutine>() {
        return Err(kiln_object::raise!(TypeError, "__await__() returned a coroutine"));
    }
    if it.class().special(Special::Next).is_none() {
        return Err(kiln_object::raise!(
            TypeError,
            "__await__() returned non-iterator of type '{}'",
            it.class().name()
        ));
    }
    Ok(it)
}
