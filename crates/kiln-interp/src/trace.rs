//! `sys.settrace` and `sys.setprofile`: an alternative dispatch table whose one handler sends the events that are due
//! and goes on with the real handler. A program that is not traced never sees it.
//!
//! While anything is traced, nothing compiled is entered. What a frame was last seen doing is kept in its frame object.

use crate::frames::View;
use crate::state::{Handler, Ins, Pc, S, handler};
use crate::table::{HANDLERS, TABLE};
use crate::tier;
use kiln_bytecode::{Op, flags};
use kiln_object::code::internal;
use kiln_object::exception::BaseException;
use kiln_object::frame::FrameObject;
use kiln_object::generator::AsyncWrapped;
use kiln_object::hooks::Tracer;
use kiln_object::layout::Slot;
use kiln_object::native::{NativeFunction, as_native};
use kiln_object::str::Str;
use kiln_object::thread::Thread;
use kiln_object::tuple::Tuple;
use kiln_object::{Object, Raised, Value, raise};
use std::cell::Cell;

struct State {
    trace: Slot,
    profile: Slot,
    /// A trace function runs: what it executes is not traced.
    inside: Cell<bool>,
    /// The frame that it is told of, and of what.
    told: Cell<(Value, Told)>,
}
/// What a trace function is told of, as far as jumps are concerned.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Told {
    Line,
    Call,
    Other,
}
#[expect(unsafe_code, reason = "a static of cells")]
// SAFETY: under the global lock.
unsafe impl Sync for State {}
static STATE: State = State {
    trace: Slot::empty(),
    profile: Slot::empty(),
    inside: Cell::new(false),
    told: Cell::new((Value::ZERO, Told::Other)),
};

fn slot(which: Tracer) -> &'static Slot {
    match which {
        Tracer::Trace => &STATE.trace,
        Tracer::Profile => &STATE.profile,
    }
}
/// Whether anything is traced.
pub fn is_on() -> bool {
    !STATE.trace.is_empty() || !STATE.profile.is_empty()
}

/// Sets or removes the function that events are sent to.
pub fn set(which: Tracer, function: Option<Object>) {
    let was_on = is_on();
    let old = slot(which).replace(function);
    if is_on() != was_on {
        if is_on() {
            TABLE.count_with(traced);
        } else {
            TABLE.restore();
            crate::profile::resume();
        }
        tier::interpret_only(tier::Reason::Tracing, is_on());
    }
    drop(old);
}
/// The function that events are sent to.
pub fn get(which: Tracer) -> Option<Object> {
    slot(which).get()
}
/// Whether calls of native functions are events.
pub fn profiles_natives() -> bool {
    !STATE.profile.is_empty() && !STATE.inside.get()
}
/// Whether exceptions and frames' ends are events.
pub fn is_active() -> bool {
    is_on() && !STATE.inside.get()
}

handler!(traced, s, ins, {
    #[cold]
    #[inline(never)]
    fn worker(pc: Pc, fp: *mut Value, th: &'static Thread, word: u64, ks: *mut Value, table: *const Handler) -> Pc {
        let s = S { pc, fp, th, ks, table };
        if STATE.inside.get() {
            return pc;
        }
        match step(&s, Ins(word)) {
            Ok(None) => pc,
            Ok(Some(target)) => s.code().address(target),
            Err(_) => std::ptr::null(),
        }
    }
    let on = worker(s.pc, s.fp, s.th, ins.0, s.ks, s.table);
    if on == s.pc {
        s.go(real(&s, ins.0), ins.0)
    } else if on.is_null() {
        s.go(Handler(crate::unwind::unwind), 0)
    } else {
        s.pc = on;
        s.next()
    }
});
/// Whether a trace function may say where the frame goes on: CPython's answers.
pub fn may_jump(frame: Value) -> Result<(), Raised> {
    let (of, what) = STATE.told.get();
    let why = match what {
        _ if !STATE.inside.get() || STATE.trace.is_empty() => "f_lineno can only be set in a trace function",
        Told::Call => "can't jump from the 'call' trace event of a new frame",
        Told::Line if of == frame => return Ok(()),
        Told::Line => "f_lineno can only be set for the frame that is being traced",
        Told::Other => "can only jump from a 'line' trace event",
    };
    Err(raise::value_error(why))
}
/// The handler that does the instruction's work. While native calls are events, calls take the way that sends them.
fn real(s: &S, word: u64) -> Handler {
    if !STATE.profile.is_empty() && s.pc != crate::run::exit_pc() {
        // The code as it was written: instructions have quick forms with numbers of their own.
        match Op::from_u8(s.code().instr(s.index()).0 as u8) {
            Some(Op::Call) => return Handler(crate::calls::call_slow),
            Some(Op::CallMethod) => return Handler(crate::calls::call_method_slow),
            _ => (),
        }
    }
    HANDLERS[(word & 0xff) as usize]
}

const STARTED: u8 = 1;
const SUSPENDED: u8 = 2;

/// Sends what is due before an instruction. Gives the instruction to go on at instead, if a trace function has set one.
fn step(s: &S, ins: Ins) -> Result<Option<u32>, Raised> {
    let code = s.code();
    if code.hidden.get() {
        return Ok(None);
    }
    let index = s.index();
    let op = Op::from_u8(code.instr(index).0 as u8);
    if op == Some(Op::ReturnGenerator) {
        return Ok(None);
    }
    s.sync();
    let frame = View::at(s.fp, s.pc).object();
    let f = frame.expect::<FrameObject>();
    let positions = &code.code.positions;
    let seen = f.rare().trace_state.get();
    if seen & STARTED == 0 {
        f.rare().trace_state.set(STARTED);
        let starts_generator = index == 1 && Op::from_u8(code.instr(0).0 as u8) == Some(Op::ReturnGenerator);
        if seen & SUSPENDED != 0 {
            called(&frame, positions.at(f.rare().trace_index.get()).line)?;
        } else if index == 0 || starts_generator {
            f.rare().trace_line.set(0);
            called(&frame, code.code.first_line)?;
        } else {
            // It was running before: whether a line starts here depends on what came before.
            f.rare().trace_line.set(positions.at(index - 1).line);
            f.rare().trace_index.set(index - 1);
        }
    }
    let line = positions.at(index).line;
    // Variables that functions share are set up before the first line.
    if line != 0 && !matches!(op, Some(Op::MakeCell | Op::CopyFreeVars)) {
        let before = f.rare().trace_line.replace(line);
        let starts_line = index == 0 || positions.at(index - 1).line != line;
        let again = index <= f.rare().trace_index.get() && starts_line;
        if (line != before || again) && f.rare().trace_lines.get() {
            local(&frame, "line", &Object::none())?;
        }
    }
    f.rare().trace_index.set(index);
    if f.rare().trace_opcodes.get() {
        local(&frame, "opcode", &Object::none())?;
    }
    if let Some(target) = crate::jump::taken(s) {
        f.rare().line_override.set(0);
        f.rare().trace_line.set(0);
        return Ok(Some(target));
    }
    if op == Some(Op::Return) || ins.0 as u8 == internal::RETURN_GENERATOR_VALUE {
        return left(&frame, &s.a(ins).to_object()).map(|()| None);
    }
    if op == Some(Op::YieldValue) {
        f.rare().trace_state.set(SUSPENDED);
        let v = s.b(ins);
        let shown = match v.cast::<AsyncWrapped>() {
            Some(wrapped) if !ins.has(flags::DELEGATE) => wrapped.value.get().unwrap_or_else(Object::none),
            _ => v.to_object(),
        };
        return left(&frame, &shown).map(|()| None);
    }
    Ok(None)
}

/// A frame starts or goes on: both functions are told, and the trace function says what traces the frame.
fn called(frame: &Object, line: u32) -> Result<(), Raised> {
    let f = frame.expect::<FrameObject>();
    f.rare().line_override.set(line);
    let result = started(frame);
    f.rare().line_override.set(0);
    result
}
fn started(frame: &Object) -> Result<(), Raised> {
    if let Some(function) = STATE.trace.get() {
        let answer = send(Tracer::Trace, &function, frame, "call", &Object::none())?;
        let f = frame.expect::<FrameObject>();
        f.rare()
            .trace
            .set_option(Some(answer).filter(|answer| !answer.is_none()));
    }
    if let Some(function) = STATE.profile.get() {
        send(Tracer::Profile, &function, frame, "call", &Object::none())?;
    }
    Ok(())
}
/// A frame is left, for good or until it is resumed.
fn left(frame: &Object, value: &Object) -> Result<(), Raised> {
    local(frame, "return", value)?;
    if let Some(function) = STATE.profile.get() {
        send(Tracer::Profile, &function, frame, "return", value)?;
    }
    Ok(())
}
/// Tells the function that traces this frame.
fn local(frame: &Object, event: &str, arg: &Object) -> Result<(), Raised> {
    let f = frame.expect::<FrameObject>();
    if STATE.trace.is_empty() {
        return Ok(());
    }
    let Some(function) = f.rare().trace.get() else {
        return Ok(());
    };
    let answer = send(Tracer::Trace, &function, frame, event, arg)?;
    if !answer.is_none() {
        f.rare().trace.set(answer);
    }
    Ok(())
}
/// Calls a trace or profile function. One that fails is removed.
fn send(which: Tracer, function: &Object, frame: &Object, event: &str, arg: &Object) -> Result<Object, Raised> {
    STATE.inside.set(true);
    let told = match event {
        "line" | "opcode" if which == Tracer::Trace => Told::Line,
        "call" if which == Tracer::Trace => Told::Call,
        _ => Told::Other,
    };
    STATE.told.set((frame.value(), told));
    let event = Str::intern(event);
    let result = kiln_object::call::call(function.value(), &[frame.value(), event.value(), arg.value()]);
    STATE.inside.set(false);
    if result.is_err() {
        crate::jump::forget();
        frame.expect::<FrameObject>().rare().line_override.set(0);
    }
    result.inspect_err(|_| {
        kiln_object::frame::settle_caller();
        let pending = kiln_object::thread::thread().pending.take();
        set(which, None);
        if which == Tracer::Trace {
            frame.expect::<FrameObject>().rare().trace.clear();
        }
        drop(kiln_object::thread::thread().pending.replace(pending));
    })
}

/// An exception was raised in the running frame, or came into it from a call. It may be replaced by a trace function's.
pub fn raised(s: &S) {
    resumed_by_throw(s);
    let Some(e) = s.th.pending.take() else { return };
    let frame = View::at(s.fp, s.pc).object();
    let traceback = e.cast::<BaseException>().and_then(|b| b.traceback.get());
    let arg = Tuple::from_vec(vec![
        e.class().as_value().to_object(),
        e.clone(),
        traceback.unwrap_or_else(Object::none),
    ]);
    if local(&frame, "exception", &arg).is_ok() {
        drop(raise::again(e));
    }
}
/// The running frame is left by the pending exception.
pub fn unwound(s: &S) {
    let Some(e) = s.th.pending.take() else { return };
    let frame = View::at(s.fp, s.pc).object();
    if left(&frame, &Object::none()).is_ok() {
        drop(raise::again(e));
    }
}
/// A generator that an exception is thrown into goes on without executing an instruction first.
fn resumed_by_throw(s: &S) {
    let frame = View::at(s.fp, s.pc).object();
    let f = frame.expect::<FrameObject>();
    if f.rare().trace_state.get() & SUSPENDED == 0 {
        return;
    }
    f.rare().trace_state.set(STARTED);
    let e = s.th.pending.take();
    if called(&frame, s.code().code.positions.at(s.index()).line).is_ok()
        && let Some(e) = e
    {
        drop(raise::again(e));
    }
}

/// Calls a native function between its events.
pub fn call_native(
    callee: Value,
    args: &[Value],
    call: impl FnOnce() -> Result<Object, Raised>,
) -> Result<Object, Raised> {
    let Some(shown) = shown_function(callee, args) else {
        return call();
    };
    let Some(frame) = View::innermost().and_then(View::visible).map(View::object) else {
        return call();
    };
    let tell = |event| match STATE.profile.get() {
        Some(function) if !STATE.inside.get() => send(Tracer::Profile, &function, &frame, event, &shown).map(drop),
        _ => Ok(()),
    };
    tell("c_call")?;
    match call() {
        Ok(result) => tell("c_return").map(|()| result),
        Err(raised) => {
            let e = raise::take(raised);
            tell("c_exception")?;
            Err(raise::again(e))
        }
    }
}
/// What is shown for a native function: itself, or a method bound to its receiver. Classes and special methods are no events.
fn shown_function(callee: Value, args: &[Value]) -> Option<Object> {
    let native = as_native(&callee)?;
    if callee.is_exact::<NativeFunction>() {
        return Some(callee.to_object());
    }
    let receiver = args.first()?;
    callee
        .is_exact::<kiln_object::native::MethodDescriptor>()
        .then(|| native.bind(*receiver))
}
