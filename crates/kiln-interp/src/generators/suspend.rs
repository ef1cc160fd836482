//! Yielding and returning: the value goes to whoever resumed the generator.

use super::frames::{ended, instr_before, outermost_of, pop_links, pull, put_back, step_out};
use crate::control::FRAME_MARK;
use crate::frames;
use crate::run::exit_pc;
use crate::state::{Handler, Ins, S, handler, slow};
use crate::words::{FEW_WORDS, base_of, read_word, write_word};
use kiln_bytecode::{Op, flags};
use kiln_object::generator::{GenState, Generator};
use kiln_object::{Object, Raised, Value};

handler!(yield_value, s, ins, {
    let gen_value = s.callable();
    let g = base_of::<Generator>(gen_value);
    let plain = s.link(1) & FRAME_MARK == 0
        && (s.th.handled.raw().0 | g.outer.raw().0) == Value::PENDING.0
        && ins.a() as u32 <= FEW_WORDS
        // Whoever resumed it holds it too.
        && gen_value.header().count() > 1;
    if !plain {
        return s.go(Handler(yield_slow), ins.0);
    }
    if super::fill::is_fill(resumer_of(&s)) {
        return s.go(Handler(super::fill::yield_into), ins.0);
    }
    leave_frame(s, ins)
});
/// Yields where nothing is out of the ordinary.
#[inline(always)]
pub(super) fn leave_frame(mut s: S, ins: Ins) -> u64 {
    let gen_value = s.callable();
    let v = take_or_share(&s, ins);
    let window = s.fp.wrapping_sub(4);
    pull::<true>(&s, base_of::<Generator>(gen_value), ins);
    s.th.depth.set(s.th.depth.get().wrapping_sub(1));
    pop_links(&mut s);
    gen_value.header().decref();
    if s.pc == exit_pc() {
        write_word(window, v);
        return s.next();
    }
    write_word(window, Value::ZERO);
    let resumer = instr_before(&s);
    let to = resumer.a() + u16::from(resumer.0 as u8 == Op::Send as u8);
    s.put_next(to, v)
}
/// The value that is yielded, with a reference to it.
#[inline(always)]
pub(super) fn take_or_share(s: &S, ins: Ins) -> Value {
    let v = s.b(ins);
    if ins.has(flags::B_TAKE) {
        s.write(ins.b(), Value::ZERO);
    } else if v.is_ptr() {
        v.header().incref();
    }
    v
}
/// The instruction that resumed the running generator; `EXIT` where native code did.
#[inline(always)]
pub(super) fn resumer_of(s: &S) -> Ins {
    Ins(read_word((s.link(3) as *const Value).wrapping_sub(1)).0)
}

// Ends a generator: with nothing out of the ordinary as `return_` does, and as the end of a loop.
handler!(return_generator_value, s, ins, {
    let gen_value = s.callable();
    let g = base_of::<Generator>(gen_value);
    let v = s.a(ins);
    if !g.via.get().is_null() {
        return s.go(Handler(return_in_chain), ins.0);
    }
    let resumer = resumer_of(&s);
    let plain = s.link(1) & FRAME_MARK == 0
        && (s.th.handled.raw().0 | g.outer.raw().0 | g.handled.raw().0 | g.frame.raw().0) == Value::PENDING.0
        && (resumer.0 as u8 == Op::Send as u8 || v.is_none() && ends_by_jump(resumer))
        && gen_value.header().count() > 1;
    if !plain {
        return s.go(Handler(return_generator_any), ins.0);
    }
    if ins.has(flags::A_TAKE) {
        s.write(ins.a(), Value::ZERO);
    } else if v.is_ptr() {
        v.header().incref();
    }
    let mut i = s.code().temp_base.get() as u16;
    while i > 0 {
        i -= 1;
        let r = s.reg(i);
        if r.is_ptr() {
            if r.header().count() == 1 && !r.header().is_immortal() {
                return s.go(Handler(return_generator_slow), v.0);
            }
            s.write(i, Value::ZERO);
            r.header().decref();
        }
    }
    g.set_state(GenState::Finished);
    g.fp.set(std::ptr::null_mut());
    s.th.depth.set(s.th.depth.get().wrapping_sub(1));
    write_word(s.fp.wrapping_sub(4), Value::ZERO);
    pop_links(&mut s);
    gen_value.header().decref();
    if resumer.0 as u8 == Op::Send as u8 {
        // What was sent has moved.
        s.write(resumer.a() + 1, v);
        s.skip(resumer.bc() as i32 as i64);
        return s.put_next(resumer.a(), Value::ZERO);
    }
    s.skip(resumer.c() as i16 as i64);
    s.put_next(resumer.b(), Value::ZERO)
});
// Ends a generator that was resumed in another's place, with nothing out of the ordinary: the one that delegates to it goes on.
handler!(return_in_chain, s, ins, {
    let gen_value = s.callable();
    let g = base_of::<Generator>(gen_value);
    let v = s.a(ins);
    let plain = s.link(1) & FRAME_MARK == 0
        && (s.th.handled.raw().0 | g.outer.raw().0 | g.handled.raw().0 | g.frame.raw().0) == Value::PENDING.0
        && s.link(3) as crate::state::Pc != exit_pc()
        && gen_value.header().count() > 1;
    if !plain {
        return s.go(Handler(return_generator_any), ins.0);
    }
    if ins.has(flags::A_TAKE) {
        s.write(ins.a(), Value::ZERO);
    } else if v.is_ptr() {
        v.header().incref();
    }
    let mut i = s.code().temp_base.get() as u16;
    while i > 0 {
        i -= 1;
        let r = s.reg(i);
        if r.is_ptr() {
            if r.header().count() == 1 && !r.header().is_immortal() {
                return s.go(Handler(return_generator_slow), v.0);
            }
            s.write(i, Value::ZERO);
            r.header().decref();
        }
    }
    g.set_state(GenState::Finished);
    g.fp.set(std::ptr::null_mut());
    let via = g.via.replace(std::ptr::null());
    let mut s = s;
    step_out(&mut s, g, outermost_of(via));
    gen_value.header().decref();
    let send = instr_before(&s);
    // What was sent has moved.
    s.write(send.a() + 1, v);
    s.skip(send.bc() as i32 as i64);
    s.put_next(send.a(), Value::ZERO)
});
/// Whether the end of a generator that this instruction resumed is a jump.
#[inline(always)]
fn ends_by_jump(resumer: Ins) -> bool {
    resumer.0 as u8 == Op::ForIter as u8 || super::fill::is_fill(resumer)
}

slow! {
    yield_slow => suspend,
    return_generator_any => |s: &mut S, ins: Ins| {
        let v = s.own_a(ins).into_value();
        finish(s, v);
        Ok(())
    },
    // The word is the value, owned.
    return_generator_slow => |s: &mut S, ins: Ins| {
        finish(s, Value(ins.0));
        Ok(())
    },
}
pub(super) fn suspend(s: &mut S, ins: Ins) -> Result<(), Raised> {
    s.sync();
    let v = s.own_b(ins).into_value();
    let g = base_of::<Generator>(s.callable());
    put_back(s, g);
    deliver(s, v);
    Ok(())
}

/// Pops the frame of a generator. Gives the instruction that resumed it, or leaves `v` in the window for the native code that did.
pub(super) fn pop_frame(s: &mut S, v: Value) -> Option<Ins> {
    let window = s.fp.wrapping_sub(4);
    s.th.depth.set(s.th.depth.get().wrapping_sub(1));
    pop_links(s);
    let native = s.pc == exit_pc();
    write_word(window, if native { v } else { Value::ZERO });
    (!native).then(|| instr_before(s))
}

/// Pops the frame of a generator that yielded `v` and hands it to whoever resumed it.
fn deliver(s: &mut S, v: Value) {
    let gen_value = s.callable();
    if let Some(resumer) = pop_frame(s, v) {
        let to = resumer.a() + u16::from(resumer.0 as u8 == Op::Send as u8);
        s.put(to, Object::from_owned(v));
    }
    gen_value.decref();
}

/// A generator has ended. If it was resumed in another's place, and not by native code, which sees to it itself, the one that delegates to it
/// is executed now: its `send`.
fn end_of_chain(s: &mut S, g: &Generator) -> Option<Ins> {
    let outermost = g.via.replace(std::ptr::null());
    if outermost.is_null() || s.link(3) as crate::state::Pc == exit_pc() {
        return None;
    }
    step_out(s, g, outermost_of(outermost));
    Some(instr_before(s))
}

/// Ends the frame of a generator that returned `v`.
pub fn finish(s: &mut S, v: Value) {
    let gen_value = s.callable();
    let g = base_of::<Generator>(gen_value);
    frames::detach_and_clear(s, s.code().reg_count.get() as u16, None);
    ended(g);
    if let Some(resumer) = end_of_chain(s, g).or_else(|| pop_frame(s, v)) {
        if resumer.0 as u8 == Op::Send as u8 {
            s.put(resumer.a() + 1, Object::from_owned(v));
            s.clear(resumer.a());
            s.skip(resumer.bc() as i32 as i64);
        } else {
            v.decref();
            s.clear(resumer.b());
            s.skip(resumer.c() as i16 as i64);
        }
    }
    gen_value.decref();
}
