//! Where the interpreter meets compiled code: calls and loops that have become hot, code that has an entry, and compiled frames on the stack.
//!
//! The interpreter knows no compiler. What it needs from one is a table of functions that stays empty without one.

use crate::state::{Handler, Ins, Pc, S, handler};
use crate::words::{read_word, typed, write_word};
use kiln_object::code::CodeObject;
use kiln_object::function::Function;
use kiln_object::hooks::hooks as object_hooks;
use kiln_object::thread::Thread;
use kiln_object::{Object, Raised, Value, raise};
use std::cell::Cell;

/// A frame of compiled code: where it is on the native stack.
#[derive(Clone, Copy, Debug)]
pub struct Compiled {
    pub frame_pointer: usize,
    pub return_address: usize,
    /// Where that address lies, for whoever returns to take it.
    pub slot: usize,
    /// The transition that it was found from.
    pub transition: usize,
    /// Which of the functions that were compiled into one: 0 is the innermost.
    pub level: u32,
    /// What the compiler knows of the place, and where the frame's values are, for the compiler to look at.
    pub site: *const (),
    pub area: *const u64,
}

/// See [`TierHooks::drive`].
pub type Drive = fn(Value, &CodeObject, &mut dyn FnMut(Object) -> Result<bool, Raised>) -> Result<Option<bool>, Raised>;

/// What the compiler offers.
#[derive(Clone, Copy)]
pub struct TierHooks {
    /// The innermost compiled frame that a transition names.
    pub first: fn(usize) -> Option<Compiled>,
    /// The compiled frame that called it without the interpreter in between.
    pub next: fn(Compiled) -> Option<Compiled>,
    /// Its function or generator.
    pub callable: fn(Compiled) -> Value,
    /// Its activation and its depth in that, as frame objects name them.
    pub name: fn(Compiled) -> (usize, u32),
    /// Sees to it that the interpreter takes the frame over when the call that it waits for has returned, if its frame object is still in use by then.
    /// False: nothing will tell of the activation's end.
    pub follow: fn(Compiled) -> bool,
    /// The instruction that it executes.
    pub index: fn(Compiled) -> u32,
    /// What a register of the frame holds.
    pub register: fn(Compiled, u16) -> Object,
    /// What its first so many registers hold.
    pub registers: fn(Compiled, u16) -> Vec<Object>,
    /// Calls compiled code with the window's parameters; the result is owned, or pending. Parameters that the code takes over are zero afterwards.
    pub call: fn(&CodeObject, *mut Value) -> Value,
    /// Resumes a generator in machine code, where one value is sent to it, given away. The result is owned: what it yields or returns, as its state
    /// tells, or pending.
    pub resume: fn(Value, &CodeObject, Value) -> Value,
    /// Resumes a generator in machine code again and again and hands its items on, while nothing is out of the ordinary: whether there are no more,
    /// or nothing if it has to go on some other way.
    pub drive: Drive,
    /// From now on everything is interpreted, or (false) what is compiled may be entered again.
    pub interpret_only: fn(bool),
    /// A hot back edge of the frame at these registers, to that instruction: `None` when there is no code to go on in, else the frame's result.
    pub enter_loop: fn(Value, &CodeObject, u32, *mut Value) -> Option<Value>,
}

struct Holder(Cell<TierHooks>);
#[expect(unsafe_code, reason = "a static cell")]
// SAFETY: written at start.
unsafe impl Sync for Holder {}
static HOOKS: Holder = Holder(Cell::new(TierHooks {
    first: |_| None,
    next: |_| None,
    callable: |_| Value::ZERO,
    name: |_| (0, 0),
    follow: |_| false,
    index: |_| 0,
    register: |_, _| Object::from_owned(Value::ZERO),
    registers: |_, _| Vec::new(),
    call: |_, _| Value::PENDING,
    resume: |_, _, _| Value::PENDING,
    drive: |_, _, _| Ok(None),
    interpret_only: |_| (),
    enter_loop: |_, _, _, _| None,
}));

pub fn hooks() -> TierHooks {
    HOOKS.0.get()
}
pub fn set_hooks(h: TierHooks) {
    HOOKS.0.set(h);
}

/// Why nothing is to run in machine code.
#[derive(Clone, Copy, Debug)]
pub enum Reason {
    /// Somebody wants to hear of each line.
    Tracing = 1,
    /// The recursion limit is below the usual one, so that levels matter: compiled code counts bytes of its stack, not calls.
    LowLimit = 2,
}

struct Reasons(Cell<u8>);
#[expect(unsafe_code, reason = "a static cell")]
// SAFETY: under the global lock.
unsafe impl Sync for Reasons {}
static REASONS: Reasons = Reasons(Cell::new(0));

/// Whether everything is interpreted, as long as that lasts.
pub fn is_interpret_only() -> bool {
    REASONS.0.get() != 0
}
/// There is a reason from now on, or no more.
pub fn interpret_only(reason: Reason, on: bool) {
    let before = is_interpret_only();
    let others = REASONS.0.get() & !(reason as u8);
    REASONS.0.set(others | if on { reason as u8 } else { 0 });
    if is_interpret_only() != before {
        (hooks().interpret_only)(!before);
    }
}
/// The recursion limit was set.
pub fn recursion_limit_set() {
    let limit = kiln_object::thread::thread().recursion_limit.get();
    interpret_only(Reason::LowLimit, limit < kiln_object::thread::USUAL_RECURSION_LIMIT);
}

/// Marks, in the saved data pointer, a frame that does not show: a compiled frame stands for it.
pub const HIDDEN_MARK: u64 = 4;

handler!(hot_call, s, ins, {
    match hot(s.pc, s.fp, s.th, ins.0, s.ks, s.table) {
        Outcome::Done => s.next(),
        Outcome::Raised => s.go(Handler(crate::unwind::unwind), 0),
        Outcome::Interpret => {
            let method = crate::table::is_method_call(ins.0 as u8);
            s.go(
                Handler(if method {
                    crate::calls::call_method_slow
                } else {
                    crate::calls::call_slow
                }),
                ins.0,
            )
        }
    }
});

enum Outcome {
    Done,
    Raised,
    Interpret,
}

/// A call of a function that is hot or compiled, whose arguments are its parameters.
#[cold]
#[inline(never)]
fn hot(pc: Pc, fp: *mut Value, th: &'static Thread, word: u64, ks: *mut Value, table: *const Handler) -> Outcome {
    let s = S { pc, fp, th, ks, table };
    let ins = Ins(word);
    s.sync();
    let callee = s.reg(ins.a());
    let f = typed::<Function>(callee);
    let code = typed::<CodeObject>(f.code.raw());
    if code.compiled.get().is_null() {
        (object_hooks().hot)(callee);
    }
    if code.compiled.get().is_null() {
        return Outcome::Interpret;
    }
    match run_window(&s, fp.wrapping_add(ins.a() as usize), code) {
        Ok(()) => Outcome::Done,
        Err(_) => Outcome::Raised,
    }
}

/// Calls compiled code with the window's parameters, all of which are filled, and leaves the result in the window's place.
pub fn run_window(s: &S, window: *mut Value, code: &CodeObject) -> Result<(), Raised> {
    let params = code.param_count.get() as usize;
    let end = window.wrapping_add(4 + params);
    let top = s.th.top.get();
    if end > top {
        s.th.top.set(end);
    }
    let callee = read_word(window);
    let r = (hooks().call)(code, window);
    s.th.top.set(top);
    let pending = r.is_pending().then(|| s.th.pending.take()).flatten();
    for i in 0..params {
        let p = window.wrapping_add(4 + i);
        let v = read_word(p);
        if v.is_ptr() {
            write_word(p, Value::ZERO);
            v.decref();
        }
    }
    write_word(window, Value::ZERO);
    callee.decref();
    if let Some(e) = pending {
        return Err(raise::again(e));
    }
    write_word(window, r);
    Ok(())
}

/// What a slow back edge leads to.
pub enum BackEdge {
    /// The interpreter goes on at the loop's start.
    On,
    Raised,
    /// Compiled code finished the frame's work: the result is in the thread's second-result word.
    Returned,
    /// As above, with an exception that has left the frame.
    Left,
}

/// A back edge that reached the code's threshold or was polled; the instruction is executed but for its jump.
pub fn back_edge(s: &mut S, offset: i64) -> BackEdge {
    s.sync();
    if s.th.breaker.get() != 0
        && let Err(_) = (object_hooks().serve_breaker)()
    {
        return BackEdge::Raised;
    }
    s.skip(offset);
    let code = s.code();
    let h = code.hotness.get();
    if h < code.threshold.get() {
        code.count(h);
        return BackEdge::On;
    }
    if code.is_generator() {
        // It goes on in machine code when it is resumed next.
        if code.resume.get().is_null() {
            (object_hooks().hot)(s.callable());
        }
        return BackEdge::On;
    }
    // Somebody may look at the frame through its object, which machine code would not keep up to date.
    if crate::frames::is_looked_at(s) {
        return BackEdge::On;
    }
    let target = code.index_before(s.pc).wrapping_add(1);
    s.set_link(1, s.link(1) | HIDDEN_MARK);
    let r = (hooks().enter_loop)(s.callable(), code, target, s.fp);
    s.set_link(1, s.link(1) & !HIDDEN_MARK);
    match r {
        None => BackEdge::On,
        Some(r) if r.is_pending() => BackEdge::Left,
        Some(r) => {
            s.th.second.set(r);
            BackEdge::Returned
        }
    }
}
