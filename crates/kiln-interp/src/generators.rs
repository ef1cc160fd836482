//! Generators and coroutines: their frames move between the object and the value stack.
//!
//! While it runs, a generator is its frame's callable. It is resumed either from native code, in a run of its own, or by
//! a `for_iter` or `send` instruction, whose frame it then returns to without leaving the loop.

use crate::calls::{self, read_word, typed, write_word};
use crate::control::MARKS;
use crate::frames;
use crate::run::exit_pc;
use crate::state::{Handler, Ins, S, slow};
use kiln_bytecode::{Op, co, flags};
use kiln_object::code::CodeObject;
use kiln_object::function::Function;
use kiln_object::generator::{AsyncGenerator, Coroutine, GenState, Generator, Registers};
use kiln_object::hooks::{ResumeWith, Resumed};
use kiln_object::layout::{Slot, alloc, header};
use kiln_object::{Header, Object, Raised, Special, Value, exc, ops, raise};
use std::cell::Cell;

slow! { return_generator => start }
fn start(s: &mut S, _: Ins) -> Result<(), Raised> {
    s.sync();
    let g = make(s);
    frames::suspend(s);
    leave_with(s, g.into_value());
    Ok(())
}

fn make(s: &S) -> Object {
    let f = typed::<Function>(s.callable());
    let code = s.code();
    let n = code.reg_count.get() as usize;
    let regs = Registers::new(n);
    for i in 0..code.temp_base.get() as u16 {
        // The values move; what stays behind on the stack is dead.
        write_word(regs.as_ptr().wrapping_add(i as usize), s.replace(i, Value::ZERO));
    }
    let payload = |h: Header| Generator {
        header: h,
        code: Slot::from_option(f.code.get()),
        globals: Slot::from_option(f.globals.get()),
        builtins: Slot::from_option(f.builtins.get()),
        closure: Slot::from_option(f.closure.get()),
        name: Slot::from_option(f.name.get()),
        qualname: Slot::from_option(f.qualname.get()),
        pc: Cell::new(s.pc),
        state: Cell::new(GenState::Created),
        fp: Cell::new(std::ptr::null_mut()),
        handled: Slot::empty(),
        outer: Slot::empty(),
        frame: Slot::empty(),
        delegate: Cell::new(-1),
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

/// Puts a suspended generator's frame on the stack at `window`; the state then runs in it. What is sent becomes the
/// value of the yield that it is suspended at.
fn push(s: &mut S, window: *mut Value, g: &Generator, gen_value: Value, sent: Option<Object>) {
    let code = typed::<CodeObject>(g.code.raw());
    gen_value.incref();
    write_word(window, gen_value);
    let started = g.state.get() == GenState::Suspended;
    calls::enter(s, window, code);
    let n = code.reg_count.get() as usize;
    for i in 0..n {
        let p = g.regs.as_ptr().wrapping_add(i);
        s.write(i as u16, read_word(p));
        write_word(p, Value::ZERO);
    }
    s.pc = g.pc.get();
    g.state.set(GenState::Running);
    g.fp.set(s.fp);
    g.delegate.set(-1);
    // The exception handled by the resumer is out of sight of the generator's own bookkeeping.
    g.outer.set_option(s.th.handled.get());
    if let Some(own) = g.handled.take() {
        s.th.handled.set(own);
    }
    frames::resume(s, g);
    if let Some(v) = sent
        && started
    {
        let yielded = Ins(read_instr(s.pc.wrapping_sub(1)));
        s.put(yielded.a(), v);
    }
}
fn read_instr(pc: *const u64) -> u64 {
    read_word(pc as *const Value).0
}

/// Resumes a generator that a `for_iter` or `send` of the running frame iterates; the state then runs in it.
pub fn resume_inline(s: &mut S, it: Value, sent: Value) -> Result<(), Raised> {
    let g = typed_generator(it);
    let code = typed::<CodeObject>(g.code.raw());
    let window = s.fp.wrapping_add(s.code().reg_count.get() as usize);
    if !calls::fits(s, window, code) {
        return Err(raise::recursion_error(""));
    }
    push(s, window, g, it, Some(sent.to_object()));
    Ok(())
}

/// The generator has ended, by return or exception: nothing of its frame is left.
pub fn ended(g: &Generator) {
    let th = kiln_object::thread::thread();
    g.state.set(GenState::Finished);
    g.fp.set(std::ptr::null_mut());
    if let Some(f) = g.frame.take() {
        f.expect::<kiln_object::frame::FrameObject>().suspended.set(Value::ZERO);
    }
    g.handled.clear();
    th.handled.set_option(g.outer.take());
}

slow! { yield_value => suspend }
fn suspend(s: &mut S, ins: Ins) -> Result<(), Raised> {
    s.sync();
    let v = s.own_b(ins).into_value();
    let gen_value = s.callable();
    let delegate = if ins.has(flags::DELEGATE) { ins.c() as i32 } else { -1 };
    put_back(s, typed_generator(gen_value), delegate);
    deliver(s, v);
    Ok(())
}
/// Moves the registers of the running frame back into its generator, which goes on at the next instruction.
fn put_back(s: &mut S, g: &Generator, delegate: i32) {
    let n = s.code().reg_count.get() as usize;
    frames::suspend(s);
    for i in 0..n {
        write_word(g.regs.as_ptr().wrapping_add(i), s.replace(i as u16, Value::ZERO));
    }
    g.pc.set(s.pc);
    g.state.set(GenState::Suspended);
    g.fp.set(std::ptr::null_mut());
    g.delegate.set(delegate);
    let outer = g.outer.take();
    let own = s.th.handled.replace(outer.clone());
    if own.as_ref().map(|o| o.value()) != outer.as_ref().map(|o| o.value()) {
        g.handled.set_option(own);
    } else {
        drop(own);
    }
    drop(outer);
}
fn typed_generator(v: Value) -> &'static Generator {
    // A generator frame's callable is a generator, coroutine or async generator: one layout.
    crate::calls::base_of::<Generator>(v)
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
    let resumer = Ins(read_instr(s.pc.wrapping_sub(1)));
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
    let g = typed_generator(gen_value);
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
    let resumer = Ins(read_instr(s.pc.wrapping_sub(1)));
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
    let held = gen_value.to_object();
    let (saved, mut s, window) = crate::run::begin()?;
    let code = typed::<CodeObject>(g.code.raw());
    if !calls::fits(&s, window, code) {
        crate::run::restore(&saved);
        return Err(raise::recursion_error(""));
    }
    let r = match with {
        ResumeWith::Value(v) => {
            push(&mut s, window, g, gen_value, Some(v));
            crate::run::finish(&saved, s)
        }
        ResumeWith::Throw(e) => {
            let delegate = g.delegate.get();
            push(&mut s, window, g, gen_value, None);
            s.sync();
            let e = match delegate_throw(&s, delegate, e) {
                Delegated::Yielded(v) => {
                    put_back(&mut s, g, delegate);
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
    let finished = held
        .cast::<Generator>()
        .is_some_and(|g| g.state.get() == GenState::Finished);
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
fn delegate_throw(s: &S, delegate: i32, e: Object) -> Delegated {
    let Ok(register) = u16::try_from(delegate) else {
        return Delegated::Raise(e);
    };
    let sub = s.reg(register).to_object();
    if sub.value() == Value::ZERO {
        return Delegated::Raise(e);
    }
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

slow! { send => send_any }
fn send_any(s: &mut S, ins: Ins) -> Result<(), Raised> {
    let it = s.reg(ins.a());
    if it.is_exact::<Generator>() || it.is_exact::<Coroutine>() {
        let g = typed_generator(it);
        let v = s.reg(ins.a() + 1);
        if g.state.get() == GenState::Suspended || g.state.get() == GenState::Created && v.is_none() {
            s.sync();
            let v = s.take(ins.a() + 1);
            return resume_inline(s, it, v.value());
        }
    }
    send_slow(s, ins)
}
fn send_slow(s: &mut S, ins: Ins) -> Result<(), Raised> {
    s.sync();
    let it = s.reg(ins.a());
    let v = s.reg(ins.a() + 1);
    let r = if v.is_none() {
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
        Ok(v) => s.put(ins.a() + 1, v),
        Err(r) => {
            let e = raise::catch(r, &exc::StopIteration)?;
            s.put(ins.a() + 1, stop_value(&e));
            s.clear(ins.a());
            s.skip(ins.bc() as i32 as i64);
        }
    }
    Ok(())
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
        let it = awaitable(s.b(ins), ins.imm())?;
        if let Some(g) = it.cast::<Coroutine>()
            && g.base.delegate.get() >= 0
        {
            return Err(kiln_object::raise!(RuntimeError, "coroutine is being awaited already"));
        }
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
        let v = s.reg(ins.b());
        let class = v.class();
        let Some(f) = class.special(Special::ANext) else {
            return Err(kiln_object::raise!(TypeError, "'async for' requires an iterator with __anext__ method, got {}", class.name()));
        };
        let next = kiln_object::call::call_special(f, v, &[])?;
        let it = awaitable(next.value(), 0).map_err(|r| {
            let cause = raise::take(r);
            let r = kiln_object::raise!(TypeError, "'async for' received an invalid object from __anext__: {}", next.class().name());
            let e = raise::take(r);
            if let Some(b) = e.cast::<kiln_object::exception::BaseException>() {
                b.cause.set(cause.clone());
                b.context.set(cause);
                b.suppress_context.set(true);
            }
            raise::again(e)
        })?;
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
