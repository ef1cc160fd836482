//! Raising in the interpreter: finding the handler, popping frames, extending the traceback.

use crate::control::{FRAME_MARK, MARKS, SPECIAL_MARK};
use crate::frames::{View, detach_and_clear};
use crate::run::exit_pc;
use crate::state::{Handler, Pc, S, handler};
use crate::words::{base_of, typed, write_word};
use kiln_bytecode::Op;
use kiln_object::code::CodeObject;
use kiln_object::exception::BaseException;
use kiln_object::frame::{FrameObject, Traceback, extend_traceback};
use kiln_object::generator::Generator;
use kiln_object::thread::Thread;
use kiln_object::{Object, Value};

handler!(unwind, s, ins, {
    #[cold]
    #[inline(never)]
    fn worker(pc: Pc, fp: *mut Value, th: &'static Thread, ks: *mut Value, table: *const Handler) -> bool {
        let mut s = S { pc, fp, th, ks, table };
        if crate::single::is_single(&s) {
            return false;
        }
        let found = find(&mut s);
        s.leave_behind();
        found
    }
    if worker(s.pc, s.fp, s.th, s.ks, s.table) {
        s.taken_up().next()
    } else {
        Value::PENDING.0
    }
});

handler!(unwind_caller, s, ins, {
    #[cold]
    #[inline(never)]
    fn worker(pc: Pc, fp: *mut Value, th: &'static Thread, ks: *mut Value, table: *const Handler) -> bool {
        let mut s = S { pc, fp, th, ks, table };
        let found = match pop(&mut s) {
            Popped::Last => false,
            Popped::EndsLoop => true,
            Popped::Caller => find(&mut s),
        };
        s.leave_behind();
        found
    }
    // The exception has left the running frame already.
    if worker(s.pc, s.fp, s.th, s.ks, s.table) {
        s.taken_up().next()
    } else {
        Value::PENDING.0
    }
});

/// Moves the state to the handler of the pending exception; false when the run's outermost frame is left.
fn find(s: &mut S) -> bool {
    loop {
        s.sync();
        let code = s.code();
        let index = s.index();
        let hidden = code.hidden.get();
        let handler = code.code.handler_at(index);
        let shows = !hidden && shows(code, index);
        let traced = crate::trace::is_active();
        let popped = if handler.is_none() && shows && !traced && s.link(1) & FRAME_MARK == 0 && !code.is_generator() {
            leave_unseen(s, code, index)
        } else {
            if shows {
                add_traceback(s, index);
                if traced {
                    crate::trace::raised(s);
                }
            } else if stops(code, index)
                && let Some(e) = s.th.pending.peek()
                && let Some(frame) = frame_here(s, e)
            {
                frame.expect::<FrameObject>().index.set(index);
            }
            if let Some(h) = handler {
                let n = code.reg_count.get() as u16;
                // The exception moves out first: releases may raise and clear exceptions of their own.
                let e = s.th.pending.take();
                for i in h.depth..n {
                    let v = s.reg(i);
                    if v.is_ptr() {
                        s.write(i, Value::ZERO);
                        v.decref();
                    }
                }
                match e {
                    Some(e) => s.write(h.exception, e.into_value()),
                    None => kiln_object::bug!("unwinding with no exception set"),
                }
                s.pc = code.address(h.target);
                return true;
            }
            if !hidden && traced {
                crate::trace::unwound(s);
            }
            pop(s)
        };
        match popped {
            Popped::Last => return false,
            Popped::EndsLoop => return true,
            Popped::Caller => {}
        }
    }
}

/// Releases what the frame has beyond its variables, which is done before it ends. The exception is not pending.
fn release_temporaries(s: &S, code: &CodeObject) {
    let mut i = code.reg_count.get() as u16;
    while i > code.temp_base.get() as u16 {
        i -= 1;
        let v = s.reg(i);
        if v.is_ptr() {
            s.write(i, Value::ZERO);
            v.decref();
        }
    }
}
/// The exception leaves the running frame, which has no frame object yet: the one in the traceback has the variables from the start.
fn leave_unseen(s: &mut S, code: &CodeObject, index: u32) -> Popped {
    let Some(e) = s.th.pending.take() else {
        kiln_object::bug!("unwinding with no exception set")
    };
    release_temporaries(s, code);
    if s.link(1) & FRAME_MARK != 0 {
        // Somebody asked for it on the way.
        drop(s.th.pending.replace(Some(e)));
        add_traceback(s, index);
        return pop(s);
    }
    let o = crate::frames::object_of(s.callable(), code);
    let f = typed::<FrameObject>(o.value());
    f.index.set(index);
    f.values.take_registers(s.fp, code.temp_base.get() as usize);
    // Exceptions are all that is ever raised.
    extend_traceback(base_of::<BaseException>(e.value()), o, index);
    crate::frames::show_caller(s);
    kiln_object::frame::left(f);
    end_frame(s, Some(e))
}
/// What is there after a frame was left by an exception.
enum Popped {
    /// Native code, which had entered the frame.
    Last,
    /// The frame that called it.
    Caller,
    /// A loop whose iterator's method it was: the exception says that there is nothing more, and is gone.
    EndsLoop,
}

trait OpChecked {
    fn op_checked(self) -> Option<Op>;
}
impl OpChecked for kiln_bytecode::Instr {
    fn op_checked(self) -> Option<Op> {
        Op::from_u8(self.0 as u8)
    }
}

/// Whether an exception that comes from this instruction was in this frame before, where it got its entry in the traceback.
pub fn raises_again(code: &CodeObject, index: u32) -> bool {
    matches!(
        code.instr(index).op_checked(),
        Some(Op::Reraise | Op::RaiseHandled | Op::EndAsyncFor | Op::CleanupThrow)
    )
}

/// Whether a frame that an exception leaves counts as having stopped at this instruction, which raised it again.
pub fn stops(code: &CodeObject, index: u32) -> bool {
    let instr = code.instr(index);
    match instr.op_checked() {
        // What ends with another statement's handlers has no line of its own.
        Some(Op::Reraise) => instr.has(kiln_bytecode::flags::STOPS) && code.code.positions.at(index).line != 0,
        Some(Op::RaiseHandled) => true,
        _ => false,
    }
}

/// Whether an exception that comes from this instruction adds an entry to its traceback. Raising again adds none.
fn shows(code: &CodeObject, index: u32) -> bool {
    !raises_again(code, index)
}

/// Whether an exception that instruction `index` raises leaves the function with nothing left to do but an entry in its traceback.
pub fn passes(code: &CodeObject, index: u32) -> bool {
    !code.hidden.get()
        && !code.is_generator()
        && shows(code, index)
        && code.code.handler_at(index).is_none()
        && !crate::trace::is_active()
}

/// Adds an entry for the running frame to the pending exception's traceback.
fn add_traceback(s: &S, index: u32) {
    let Some(e) = s.th.pending.peek() else { return };
    // Exceptions are all that is ever raised.
    let frame = View::at(s.fp, s.pc).object();
    // While the frame runs, nobody else asks for this.
    typed::<FrameObject>(frame.value()).index.set(index);
    extend_traceback(base_of::<BaseException>(e), frame, index);
}

/// Where the running frame counts as having stopped, if it leaves by raising an exception again that came from it before.
fn origin_here(s: &S, e: &Object) -> Option<(Object, u32)> {
    if !raises_again(s.code(), s.index()) {
        return None;
    }
    let frame = frame_here(s, e.value())?;
    let index = frame.expect::<FrameObject>().index.get();
    Some((frame, index))
}
/// The frame object of the running frame, if the newest entry of the exception's traceback is for it.
fn frame_here(s: &S, e: Value) -> Option<Object> {
    let tb = e.cast::<BaseException>()?.traceback.get()?;
    let frame = tb.expect::<Traceback>().frame.get()?;
    (frame.cast::<FrameObject>()?.fp.get() == s.fp).then_some(frame)
}

/// Leaves the running frame with the exception pending.
fn pop(s: &mut S) -> Popped {
    let e = s.th.pending.take();
    let origin = e.as_ref().and_then(|e| origin_here(s, e));
    s.sync();
    release_temporaries(s, s.code());
    detach_and_clear(s, s.code().reg_count.get() as u16, e.as_ref());
    if let Some((frame, index)) = origin {
        frame.expect::<FrameObject>().index.set(index);
    }
    end_frame(s, e)
}
/// The registers hold nothing any more: goes on to the caller, with the exception pending.
fn end_frame(s: &mut S, e: Option<Object>) -> Popped {
    let callable = s.callable();
    let (pc, fp, ks) = (
        s.link(3) as *const u64,
        s.link(2) as *mut Value,
        (s.link(1) & !MARKS) as *mut Value,
    );
    if s.code().is_generator()
        && let Some(g) = callable.cast::<Generator>()
    {
        crate::generators::ended(g);
        let via = g.via.replace(std::ptr::null());
        if !via.is_null() && pc != exit_pc() {
            // It was resumed in another's place: the exception goes on to the one that delegates to it.
            crate::generators::step_out(s, g, crate::generators::outermost_of(via));
            callable.decref();
            drop(s.th.pending.replace(e));
            return Popped::Caller;
        }
    }
    write_word(s.fp.wrapping_sub(4), Value::ZERO);
    if !s.code().hidden.get() {
        s.th.depth.set(s.th.depth.get().wrapping_sub(1));
    }
    let outermost = pc == exit_pc();
    let special = s.link(1) & SPECIAL_MARK != 0;
    // With that mark the word would pass for a heap pointer in a frame to come.
    s.set_link(1, 0);
    if !outermost {
        s.pc = pc;
        s.fp = fp;
        s.ks = ks;
    }
    callable.decref();
    drop(s.th.pending.replace(e));
    match outermost {
        true => Popped::Last,
        false if special && crate::special::ends_loop(s) => Popped::EndsLoop,
        false => Popped::Caller,
    }
}
