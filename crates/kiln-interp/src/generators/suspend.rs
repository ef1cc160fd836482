//! Yielding and returning: the value goes to whoever resumed the generator.

use super::frames::{ended, instr_before, pop_links, pull, put_back};
use crate::calls::{base_of, write_word};
use crate::control::FRAME_MARK;
use crate::frames;
use crate::run::exit_pc;
use crate::state::{Handler, Ins, Old, S, drop_quick, handler, slow};
use kiln_bytecode::{Op, flags};
use kiln_object::generator::Generator;
use kiln_object::{Object, Raised, Value};

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

slow! { yield_slow => suspend }
pub(super) fn suspend(s: &mut S, ins: Ins) -> Result<(), Raised> {
    s.sync();
    let v = s.own_b(ins).into_value();
    let g = base_of::<Generator>(s.callable());
    put_back(s, g);
    deliver(s, v);
    Ok(())
}

/// Pops the frame of a generator. Gives the instruction that resumed it, or leaves `v` in the window for the native code that did.
fn pop_frame(s: &mut S, v: Value) -> Option<Ins> {
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

/// Ends the frame of a generator that returned `v`.
pub fn finish(s: &mut S, v: Value) {
    let gen_value = s.callable();
    let g = base_of::<Generator>(gen_value);
    frames::detach_and_clear(s);
    ended(g);
    if let Some(resumer) = pop_frame(s, v) {
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
