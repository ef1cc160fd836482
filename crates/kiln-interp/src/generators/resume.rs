//! Resuming: from an instruction of the frame above without leaving the loop, from native code in a run of its own, and in machine code.

use super::awaiting::{Delegated, delegate_throw, send_any};
use super::chain;
use super::frames::{instr_before, leave_with, push, push_any, put_back, settle};
use crate::state::{Handler, Ins, S, fb, handler, slow};
use crate::words::read_word;
use crate::words::{base_of, typed};
use crate::{calls, frames};
use kiln_bytecode::Op;
use kiln_object::code::CodeObject;
use kiln_object::generator::{AsyncGenerator, Coroutine, GenState, Generator};
use kiln_object::hooks::{ResumeWith, Resumed, hooks};
use kiln_object::list::List;
use kiln_object::set::Set;
use kiln_object::shape::known;
use kiln_object::{Object, ObjectType, Raised, Value, raise, singletons};

/// Resumes a generator that a `for_iter` or `send` of the running frame iterates; the state then runs in it. A register of the running frame
/// holds the generator meanwhile. Register `sent` holds what is sent, which moves; None if that is 0. `inner` is for one that delegates.
#[inline(always)]
fn resume_hot(mut s: S, it: Value, sent: usize, inner: Handler, slow: Handler, word: u64) -> u64 {
    let g = base_of::<Generator>(it);
    let code = typed::<CodeObject>(g.code.raw());
    let window = s.fp.wrapping_add(s.code().reg_count.get() as usize);
    let state = g.state();
    let plain = (state as u32) < GenState::Running as u32
        && (g.handled.raw().0 | s.th.handled.raw().0 | g.frame.raw().0 | g.regs.inner.get() as u64) == Value::PENDING.0
        && code.resume.get().is_null()
        && g.regs.live.get() <= crate::words::FEW_WORDS
        && calls::fits(&s, window, code);
    if !plain {
        return match state {
            GenState::Suspended if !g.regs.inner.get().is_null() => s.go(inner, word),
            _ => s.go(slow, word),
        };
    }
    let v = if sent == 0 {
        singletons::none()
    } else {
        s.replace(sent as u16, Value::ZERO)
    };
    push::<true>(&mut s, window, g, it);
    if state == GenState::Created {
        return s.next();
    }
    goes_on_with(s, v)
}

/// Goes on behind a yield with what was sent. None is nearly always given up at once.
#[inline(always)]
pub(super) fn goes_on_with(mut s: S, sent: Value) -> u64 {
    let yielded = instr_before(&s);
    let next = read_word(s.pc as *const Value).0;
    let drops = next & 0xffff_00ff == Op::Drop as u64 | (yielded.a() as u64) << 16;
    if drops && (sent.is_none() || !sent.is_ptr()) {
        s.skip(1);
    } else {
        s.write(yielded.a(), sent);
    }
    s.next()
}

handler!(for_iter_generator, s, ins, {
    s.note(fb::GENERATOR);
    let it = s.reg(ins.b());
    resume_hot(s, it, 0, Handler(for_iter_inner), Handler(for_iter_resume), ins.0)
});
handler!(send, s, ins, {
    let it = s.reg(ins.a());
    let v = s.reg(ins.a() + 1);
    if it.is_ptr()
        && matches!(it.header().shape().0, known::GENERATOR | known::COROUTINE)
        && (base_of::<Generator>(it).state() == GenState::Suspended || v.is_none())
    {
        return resume_hot(
            s,
            it,
            ins.a() as usize + 1,
            Handler(send_inner),
            Handler(send_slow),
            ins.0,
        );
    }
    s.go(Handler(send_slow), ins.0)
});
handler!(for_iter_inner, s, ins, {
    let it = s.reg(ins.b());
    resume_inner(s, it, 0, Handler(for_iter_resume), ins.0)
});
handler!(send_inner, s, ins, {
    let it = s.reg(ins.a());
    resume_inner(s, it, ins.a() as usize + 1, Handler(send_slow), ins.0)
});
/// Resumes, for a generator that delegates, the innermost one of its chain, if that is nothing but moving the frame.
#[inline(always)]
fn resume_inner(mut s: S, it: Value, sent: usize, slow: Handler, word: u64) -> u64 {
    let outermost = base_of::<Generator>(it);
    let g = chain::ready(s.th, outermost);
    let window = s.fp.wrapping_add(s.code().reg_count.get() as usize);
    if g.is_null() || !chain::has_room(&s, window) || crate::trace::is_on() {
        return s.go(slow, word);
    }
    let g = super::frames::outermost_of(g);
    let code = typed::<CodeObject>(g.code.raw());
    let plain = (s.th.handled.raw().0 | g.frame.raw().0) == Value::PENDING.0
        && code.resume.get().is_null()
        && g.regs.live.get() <= crate::words::FEW_WORDS
        && calls::fits(&s, window, code);
    if !plain {
        return s.go(slow, word);
    }
    let v = if sent == 0 {
        singletons::none()
    } else {
        s.replace(sent as u16, Value::ZERO)
    };
    push::<true>(&mut s, window, g, g.as_value());
    g.via.set(outermost);
    goes_on_with(s, v)
}
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
pub(super) fn resume_from_frame(s: &mut S, it: Value, sent: Value) -> Result<Option<Resumed>, Raised> {
    let g = base_of::<Generator>(it);
    if let Some(r) = chain::resume(g, sent) {
        return r.map(Some);
    }
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
pub(super) fn kind_name(v: Value) -> &'static str {
    if v.is_exact::<Coroutine>() {
        "coroutine"
    } else if v.is_exact::<AsyncGenerator>() {
        "async generator"
    } else {
        "generator"
    }
}

/// Whether a generator's code is compiled; one that has become hot is.
#[inline]
pub(super) fn has_machine_code(gen_value: Value, code: &CodeObject) -> bool {
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
pub(super) fn resume_compiled(gen_value: Value, sent: Object) -> Result<Resumed, Raised> {
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
    let plain = (handled.0 | th.handled.raw().0 | g.outer.raw().0) == Value::PENDING.0;
    if g.state() == GenState::Suspended && plain && !r.is_pending() {
        gen_value.decref();
        return Ok(Resumed::Yielded(Object::from_owned(r)));
    }
    let result = resumed(g, r, handled);
    let th_pending = result.is_err().then(|| th.pending.take()).flatten();
    gen_value.decref();
    if th_pending.is_some() {
        drop(th.pending.replace(th_pending));
    }
    result
}

/// What machine code of a generator gave, where that is not simply the next item. `handled` was handled by whoever resumed it.
pub fn resumed(g: &Generator, given: Value, handled: Value) -> Result<Resumed, Raised> {
    settle(g, handled);
    if given.is_pending() {
        return Err(raise::pending());
    }
    let v = Object::from_owned(given);
    Ok(if g.state() == GenState::Finished {
        Resumed::Returned(v)
    } else {
        Resumed::Yielded(v)
    })
}

/// Whether machine code runs this, if it is a generator: native code takes its items with less ado than a loop of the interpreter.
pub fn is_compiled(v: Value) -> bool {
    v.is_exact::<Generator>()
        && !typed::<CodeObject>(base_of::<Generator>(v).code.raw())
            .resume
            .get()
            .is_null()
        && !crate::trace::is_on()
}

/// Whether a generator is suspended, and nothing is out of the ordinary with resuming it.
#[inline]
pub fn is_ready(g: &Generator) -> bool {
    let handled = kiln_object::thread::thread().handled.raw();
    (g.state() as u32) < GenState::Running as u32
        && (g.handled.raw().0 | handled.0 | g.frame.raw().0 | g.regs.inner.get() as u64) == Value::PENDING.0
}

/// Hands the items of a generator on, until there are no more or that says `false`; whether there are no more.
pub fn drive(gen_value: Value, each: &mut dyn FnMut(Object) -> Result<bool, Raised>) -> Result<bool, Raised> {
    let held = gen_value.to_object();
    let g = base_of::<Generator>(held.value());
    let code = typed::<CodeObject>(g.code.raw());
    loop {
        if !code.resume.get().is_null() && is_ready(g) && !crate::trace::is_on() {
            kiln_object::thread::check_native_stack("")?;
            if let Some(ended) = (crate::tier::hooks().drive)(gen_value, code, each)? {
                return Ok(ended);
            }
        }
        match kiln_object::ops::next(gen_value)? {
            Some(v) => {
                if !each(v)? {
                    return Ok(false);
                }
            }
            None => return Ok(true),
        }
    }
}

/// The next item of a generator for native code, where resuming it is nothing out of the ordinary.
pub fn next(gen_value: Value) -> Option<Result<Option<Object>, Raised>> {
    let g = base_of::<Generator>(gen_value);
    let code = typed::<CodeObject>(g.code.raw());
    if !is_ready(g) {
        return chain::resume(g, singletons::none()).map(|r| r.map(item_of));
    }
    let r = if code.resume.get().is_null() {
        resume_plain(gen_value, g, code, Object::none())
    } else if crate::trace::is_on() {
        return None;
    } else {
        match kiln_object::thread::check_native_stack("") {
            Ok(()) => resume_compiled(gen_value, Object::none()),
            Err(r) => Err(r),
        }
    };
    Some(r.map(item_of))
}
fn item_of(r: Resumed) -> Option<Object> {
    match r {
        Resumed::Yielded(v) => Some(v),
        Resumed::Returned(_) => None,
    }
}

/// Room for so many items is made in a list that is filled from a generator when the first one comes: most have a few.
pub(super) const FIRST_ROOM: usize = 8;

/// What `list(generator)`, `tuple(generator)` or `set(generator)` makes; `None` where the callee is none of these.
pub fn fill(callee: Value, generator: Value) -> Option<Result<Object, Raised>> {
    let class = kiln_object::ClassRef::of(callee)?.0;
    let loop_code = crate::shim::consumer(class)?;
    let code = typed::<CodeObject>(base_of::<Generator>(generator).code.raw());
    if code.resume.get().is_null() || crate::trace::is_on() {
        return Some(crate::run::enter_native(callee, loop_code, |_, window| {
            generator.incref();
            crate::words::write_word(window.wrapping_add(4), generator);
            Ok(())
        }));
    }
    if std::ptr::eq(class, Set::class()) {
        let set = Set::new();
        let items = set.expect::<Set>();
        let driven = drive(generator, &mut |v| items.add(v.value()).map(|_| true));
        return Some(driven.map(|_| set));
    }
    let list = List::new();
    let items = list.expect::<List>();
    let driven = drive(generator, &mut |v| {
        if items.is_empty() {
            items.reserve(FIRST_ROOM);
        }
        items.push(v);
        Ok(true)
    });
    Some(driven.map(|_| match std::ptr::eq(class, List::class()) {
        true => list,
        false => list.expect::<List>().move_to_tuple(),
    }))
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
    push::<false>(&mut s, window, g, gen_value);
    frames::resume(&s, g);
    if started {
        s.write(instr_before(&s).a(), sent.into_value());
    }
    crate::run::finish(&saved, s)
}

/// Whether resuming is nothing but moving the frame: no exception is being handled, nobody looks at the frame, and the
/// interpreter runs it.
#[inline]
fn is_plain(g: &Generator, code: &CodeObject) -> bool {
    let handled = kiln_object::thread::thread().handled.raw();
    (g.handled.raw().0 | handled.0 | g.frame.raw().0) == Value::PENDING.0 && code.resume.get().is_null()
}
pub(super) fn resume_plain(
    gen_value: Value,
    g: &Generator,
    code: &CodeObject,
    sent: Object,
) -> Result<Resumed, Raised> {
    let started = g.state() == GenState::Suspended;
    // The frame's reference, which the value stack holds, goes when it yields or ends.
    let held = gen_value.to_object();
    let (saved, mut s, window) = crate::run::begin()?;
    if !calls::fits(&s, window, code) {
        crate::run::restore(&saved);
        return Err(raise::recursion_error(""));
    }
    push::<false>(&mut s, window, g, gen_value);
    if started {
        s.write(instr_before(&s).a(), sent.into_value());
    }
    let v = crate::run::finish(&saved, s)?;
    let finished = g.state() == GenState::Finished;
    drop(held);
    Ok(if finished {
        Resumed::Returned(v)
    } else {
        Resumed::Yielded(v)
    })
}

/// Resumes from native code. The caller checked that it is not running and not finished.
pub fn resume(gen_value: Value, with: ResumeWith) -> Result<Resumed, Raised> {
    let Some(g) = gen_value.cast::<Generator>() else {
        kiln_object::bug!("resume of a {}", gen_value.class().name())
    };
    let code = typed::<CodeObject>(g.code.raw());
    let with = match with {
        ResumeWith::Value(v) if !g.regs.inner.get().is_null() => {
            if let Some(r) = chain::resume(g, v.value()) {
                return r;
            }
            ResumeWith::Value(v)
        }
        with => with,
    };
    let with = match with {
        ResumeWith::Value(v) if is_plain(g, code) => return resume_plain(gen_value, g, code, v),
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
