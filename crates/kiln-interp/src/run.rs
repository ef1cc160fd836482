//! Entering the interpreter from native code: a record on the value stack, then a run loop until the frame is left.
//!
//! The record is three words, the transition, the frame and the pc that native code was called from; the callee's window follows it. The
//! callee's return address is an `EXIT` instruction, which ends the loop.

use crate::calls;
use crate::state::{Handler, Pc, S, handler};
use crate::table::TABLE;
use crate::words::{read_word, take_word, write_word};
use kiln_object::code::{CodeObject, internal};
use kiln_object::thread::{check_native_stack, thread};
use kiln_object::{Object, Raised, Value, raise};

/// Where a frame entered from native code returns to: one instruction, which leaves the loop.
struct Exit([u64; 2]);
static EXIT: Exit = Exit([internal::EXIT as u64, internal::EXIT as u64]);

/// The return address of frames that native code entered.
pub fn exit_pc() -> Pc {
    // The address behind the first: code that looks at "the instruction before the return address" sees EXIT too.
    &raw const EXIT.0[1]
}

handler!(exit, s, ins, {
    // The frame stored its result in its window, which the saved frame pointer names. Nothing may stay there: the next
    // frame counts on words above the top to hold no pointers.
    let result = read_word(s.fp);
    write_word(s.fp, Value::ZERO);
    result.0
});

/// Runs one handler with the state, until it stops. See `single`.
pub fn run_handler(s: S, h: Handler, word: u64) -> u64 {
    #[cfg(debug_assertions)]
    {
        let mut word = s.go(h, word);
        while word == crate::state::CONTINUE {
            let Some((s, h, w)) = crate::state::PARKED.take() else {
                kiln_object::bug!("parked dispatch without state")
            };
            word = (h.0)(s.pc, s.fp, s.th, w, s.ks, s.table);
        }
        word
    }
    #[cfg(not(debug_assertions))]
    s.go(h, word)
}

/// Runs the loop until an EXIT. beginning with a handler or with the next instruction. The result is a word; 0x1 says that an exception is
/// pending.
#[inline(never)]
fn run(s: S, first: Option<Handler>) -> Value {
    let word = match first {
        Some(h) => s.go(h, 0),
        None => s.next(),
    };
    #[cfg(debug_assertions)]
    let word = {
        let mut word = word;
        while word == crate::state::CONTINUE {
            let Some((s, h, w)) = crate::state::PARKED.take() else {
                kiln_object::bug!("parked dispatch without state")
            };
            word = (h.0)(s.pc, s.fp, s.th, w, s.ks, s.table);
        }
        word
    };
    Value(word)
}

/// What native code has to restore after a run.
pub struct Saved {
    frame: *mut Value,
    pc: Pc,
    top: *mut Value,
    depth: u32,
    transition: *mut u8,
}

/// Starts a run: the record is written; the window for the callee and the state to enter it from.
pub fn begin() -> Result<(Saved, S, *mut Value), Raised> {
    begin_over(false)
}
/// The same; the innermost compiled activation is `replaced` by what will run, which needs no more room than that did.
pub fn begin_over(replaced: bool) -> Result<(Saved, S, *mut Value), Raised> {
    let th = thread();
    let top = th.top.get();
    if !replaced {
        check_native_stack("")?;
        if top.wrapping_add(64) >= th.stack_end.get() || th.depth.get() >= th.recursion_limit.get() {
            return Err(raise::recursion_error(""));
        }
    }
    let saved = Saved {
        frame: th.frame.get(),
        pc: th.pc.get(),
        top,
        depth: th.depth.get(),
        transition: th.transition.get(),
    };
    write_word(top, Value(saved.transition as u64));
    write_word(top.wrapping_add(1), Value(saved.frame as u64));
    write_word(top.wrapping_add(2), Value(saved.pc as u64));
    th.transition.set(std::ptr::null_mut());
    let window = top.wrapping_add(3);
    let s = S {
        pc: exit_pc(),
        fp: window,
        th,
        ks: std::ptr::null_mut(),
        table: TABLE.as_ptr(),
    };
    Ok((saved, s, window))
}
/// Runs from a prepared state and restores the thread.
pub fn finish(saved: &Saved, s: S) -> Result<Object, Raised> {
    let r = run(s, None);
    restore(saved);
    if r.is_pending() {
        Err(raise::pending())
    } else {
        Ok(Object::from_owned(r))
    }
}
/// Restores the thread's view of the stack.
pub fn restore(saved: &Saved) {
    let th = thread();
    th.frame.set(saved.frame);
    th.pc.set(saved.pc);
    th.top.set(saved.top);
    th.depth.set(saved.depth);
    th.transition.set(saved.transition);
}

/// Makes the frame visible that a run was started from, while the result waits in its window.
pub fn show_caller(th: &kiln_object::thread::Thread, window: *mut Value) {
    th.top.set(window.wrapping_add(1));
    th.frame.set(read_word(window.wrapping_sub(2)).0 as *mut Value);
    th.pc.set(read_word(window.wrapping_sub(1)).0 as Pc);
    th.transition.set(read_word(window.wrapping_sub(3)).0 as *mut u8);
}

/// Calls `callable`, whose code is `code`; `fill` puts the parameters behind the window's linkage words.
pub fn enter_native(
    callable: Value,
    code: &CodeObject,
    fill: impl FnOnce(&S, *mut Value) -> Result<(), Raised>,
) -> Result<Object, Raised> {
    let (saved, mut s, window) = begin()?;
    if !calls::fits(&s, window, code) {
        restore(&saved);
        return Err(raise::recursion_error(""));
    }
    callable.incref();
    write_word(window, callable);
    if let Err(r) = fill(&s, window) {
        write_word(window, Value::ZERO);
        callable.decref();
        restore(&saved);
        return Err(r);
    }
    let h = code.hotness.get();
    if h < code.threshold.get() {
        code.count(h);
    } else if code.compiled.get().is_null() {
        (kiln_object::hooks::hooks().hot)(callable);
    }
    if !code.compiled.get().is_null() {
        s.th.transition.set(saved.transition);
        let r = crate::tier::run_window(&s, window, code);
        restore(&saved);
        return r.map(|()| take_word(window));
    }
    calls::enter(&mut s, window, code);
    if code.hidden.get() {
        s.th.depth.set(s.th.depth.get() - 1);
    }
    finish(&saved, s)
}

/// Calls a function with its parameters in the interpreter, whether it is compiled or not.
pub fn interpret(callable: Value, code: &CodeObject, params: &[Value]) -> Result<Object, Raised> {
    let (saved, mut s, window) = begin()?;
    if !calls::fits(&s, window, code) {
        restore(&saved);
        return Err(raise::recursion_error(""));
    }
    callable.incref();
    write_word(window, callable);
    for (i, v) in params.iter().enumerate() {
        v.incref();
        write_word(window.wrapping_add(4 + i), *v);
    }
    calls::enter(&mut s, window, code);
    finish(&saved, s)
}

/// Raises the pending exception in the running frame.
pub const UNWIND: Handler = Handler(crate::unwind::unwind);

/// Goes on with a handler instead of the next instruction (used to raise in a resumed frame).
pub fn finish_with(saved: &Saved, s: S, h: Handler) -> Result<Object, Raised> {
    let r = run(s, Some(h));
    restore(saved);
    if r.is_pending() {
        Err(raise::pending())
    } else {
        Ok(Object::from_owned(r))
    }
}
