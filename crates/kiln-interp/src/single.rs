//! One instruction at a time: what compiled code has no form of its own for is done by the interpreter's handler, in a frame that does not show.

use crate::calls::fits;
use crate::run::{begin, exit_pc, restore, run_handler};
use crate::state::{Handler, S};
use crate::table::TABLE;
use crate::tier::HIDDEN_MARK;
use crate::words::{read_word, write_word};
use kiln_object::code::CodeObject;
use kiln_object::{Raised, Value, raise};

extern "sysv64" fn stop(
    _: crate::state::Pc,
    _: *mut Value,
    _: &'static kiln_object::thread::Thread,
    _: u64,
    _: *mut Value,
    _: *const Handler,
) -> u64 {
    STOPPED
}
/// What a handler that was stopped returns: the reserved pattern, no value.
const STOPPED: u64 = 13;

/// Every instruction stops: a handler that goes on with the next one comes back here.
static STOP: [Handler; 256] = [Handler(stop); 256];

/// Whether the state executes a single instruction: an exception is then the business of whoever asked for it.
pub fn is_single(s: &S) -> bool {
    std::ptr::eq(s.table, STOP.as_ptr())
}

/// Executes instruction `pc` of a function's or generator's code, one that neither calls nor jumps. `fill` stores the registers that it reads,
/// owned; `take` gets the frame's registers afterwards and may move references out of them.
pub fn execute<R>(
    callable: Value,
    code: &CodeObject,
    pc: u32,
    fill: impl FnOnce(&S),
    take: impl FnOnce(&S) -> R,
) -> Result<R, Raised> {
    let (saved, mut s, window) = begin()?;
    if !fits(&s, window, code) {
        restore(&saved);
        return Err(raise::recursion_error(""));
    }
    // What runs below shows the compiled frame, not this one.
    s.th.transition.set(saved_transition(window));
    // Compiled frames lie above this one, for whoever walks, and not below it once more.
    write_word(window.wrapping_sub(3), Value::ZERO);
    write_word(window, callable);
    let n = code.reg_count.get() as u16;
    let caller = s.fp as u64;
    s.fp = window.wrapping_add(4);
    s.set_link(3, exit_pc() as u64);
    s.set_link(2, caller);
    s.set_link(1, HIDDEN_MARK);
    s.ks = code.ks.get();
    s.table = STOP.as_ptr();
    for i in 0..n {
        s.write(i, Value::ZERO);
    }
    fill(&s);
    s.pc = code.address(pc);
    let word = read_word(s.pc as *const Value).0;
    s.pc = s.pc.wrapping_add(1);
    // Until the handler shows its frame, everything native goes above it.
    s.th.top.set(s.fp.wrapping_add(n as usize));
    let r = run_handler(s, TABLE[(word & 0xff) as usize], word);
    let raised = r == Value::PENDING.0;
    let result = if raised { None } else { Some(take(&s)) };
    let pending = if raised { s.th.pending.take() } else { None };
    for i in 0..n {
        let v = s.reg(i);
        if v.is_ptr() {
            s.write(i, Value::ZERO);
            v.decref();
        }
    }
    write_word(window, Value::ZERO);
    restore(&saved);
    match (result, pending) {
        (Some(r), _) => Ok(r),
        (None, Some(e)) => Err(raise::again(e)),
        (None, None) => kiln_object::bug!("an instruction failed with no exception set"),
    }
}

fn saved_transition(window: *mut Value) -> *mut u8 {
    read_word(window.wrapping_sub(3)).0 as *mut u8
}
