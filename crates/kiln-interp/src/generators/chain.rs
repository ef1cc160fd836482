//! Chains of generators that delegate: resuming one resumes the innermost.
//!
//! A generator that is suspended in `yield from` or `await` would do nothing when it is resumed but resume what it delegates to, and hand on what
//! that yields. So whoever resumes it goes straight to the innermost one of its chain, which notes in `via` who was resumed. All others stay
//! suspended. That can be seen nowhere: they count as running meanwhile (`Generator::is_running`), their frames show between the innermost one's
//! and the resumer's ([`crate::frames::View`]), and when the innermost one returns or raises, the one that delegates to it is resumed in the middle
//! of its `send`, with the result or the exception of what that called.
//!
//! No shortcut is taken where an exception is being handled anywhere in the chain: those inside would see it.

use super::frames::{push, put_at_send};
use super::resume::{has_machine_code, kind_name, resume_compiled, resume_plain};
use crate::calls::fits;
use crate::state::{Handler, S};
use crate::words::{base_of, typed};
use kiln_object::code::CodeObject;
use kiln_object::generator::{GenState, Generator};
use kiln_object::hooks::Resumed;
use kiln_object::shape::known;
use kiln_object::thread::{Thread, thread};
use kiln_object::{Object, Raised, Value, raise};

/// No generator of a chain has more registers, so that there is room for the frame of each where there was for the innermost one's.
const MOST_REGISTERS: u32 = 256;

/// Whether there is room at `window` for the frame of any generator of a chain.
#[inline(always)]
pub fn has_room(s: &S, window: *mut Value) -> bool {
    window.wrapping_add(2 * MOST_REGISTERS as usize) < s.th.stack_end.get()
}

/// The innermost generator of the chain, if all of it is suspended and nothing is out of the ordinary with those that delegate; null otherwise.
/// A chain that is longer than frames may be deep is entered one by one, which fails.
#[inline(always)]
pub fn ready(th: &Thread, outermost: &Generator) -> *const Generator {
    let mut g = outermost;
    let mut left = th.recursion_limit.get().saturating_sub(th.depth.get());
    loop {
        if left == 0 {
            return std::ptr::null();
        }
        left -= 1;
        if g.state() != GenState::Suspended || !g.handled.is_empty() || g.regs.capacity() > MOST_REGISTERS {
            return std::ptr::null();
        }
        match g.inner() {
            Some(inner) => g = inner,
            None => return g,
        }
    }
}

/// Resumes, for a generator that delegates, the innermost one of its chain from native code or in machine code. `None`: it does not delegate, or
/// has to be resumed itself.
pub fn resume(outermost: &Generator, sent: Value) -> Option<Result<Resumed, Raised>> {
    outermost.inner()?;
    let th = thread();
    let innermost = ready(th, outermost);
    if innermost.is_null() && outermost.stands_by() {
        let v = outermost.as_value();
        return Some(Err(kiln_object::raise!(
            ValueError,
            "{} already executing",
            kind_name(v)
        )));
    }
    if innermost.is_null() || crate::trace::is_on() || !th.handled.raw().is_pending() {
        return None;
    }
    let mut g = super::frames::outermost_of(innermost);
    if !g.frame.is_empty() || th.top.get().wrapping_add(2 * MOST_REGISTERS as usize) >= th.stack_end.get() {
        return None;
    }
    if let Err(r) = kiln_object::thread::check_native_stack("") {
        return Some(Err(r));
    }
    // What each delegates to is held by it, but whoever drives the first one may let go of that.
    let held = outermost.as_value().to_object();
    g.via.set(outermost);
    let mut r = resume_one(g, sent.to_object());
    loop {
        g.via.set(std::ptr::null());
        if matches!(r, Ok(Resumed::Yielded(_))) || std::ptr::eq(g, outermost) {
            drop(held);
            return Some(r);
        }
        let Some(next) = outermost.delegator_of(g) else {
            kiln_object::bug!("a generator that nobody delegates to")
        };
        let via: *const Generator = if std::ptr::eq(next, outermost) {
            std::ptr::null()
        } else {
            outermost
        };
        next.via.set(via);
        let ended = g;
        g = super::frames::outermost_of(next);
        r = go_on(g, ended, r);
    }
}

fn resume_one(g: &Generator, sent: Object) -> Result<Resumed, Raised> {
    let (v, code) = (g.as_value(), typed::<CodeObject>(g.code.raw()));
    if has_machine_code(v, code) {
        resume_compiled(v, sent)
    } else {
        resume_plain(v, g, code, sent)
    }
}

/// Resumes a generator whose delegate `ended` with this.
fn go_on(g: &Generator, ended: &Generator, r: Result<Resumed, Raised>) -> Result<Resumed, Raised> {
    let (v, code) = (g.as_value(), typed::<CodeObject>(g.code.raw()));
    // Sending to a generator that has ended gives None: machine code may find that out by itself.
    if let Ok(Resumed::Returned(result)) = &r
        && result.is_none()
        && ended.header.shape().0 == known::GENERATOR
        && !code.resume.get().is_null()
    {
        return resume_compiled(v, Object::none());
    }
    let held = v.to_object();
    // Nothing is pending while the frame is made.
    let r = r.map_err(raise::take);
    let (saved, mut s, window) = crate::run::begin()?;
    if !fits(&s, window, code) {
        crate::run::restore(&saved);
        return Err(raise::recursion_error(""));
    }
    push::<false>(&mut s, window, g, v);
    put_at_send(&mut s, g);
    let r = match r {
        Ok(Resumed::Yielded(result) | Resumed::Returned(result)) => {
            let send = super::frames::instr_before(&s);
            s.put(send.a() + 1, result);
            s.clear(send.a());
            s.skip(send.bc() as i32 as i64);
            crate::run::finish(&saved, s)
        }
        Err(e) => {
            s.sync();
            let _ = raise::again(e);
            crate::run::finish_with(&saved, s, Handler(crate::unwind::unwind))
        }
    };
    let result = r?;
    let finished = base_of::<Generator>(held.value()).state() == GenState::Finished;
    Ok(if finished {
        Resumed::Returned(result)
    } else {
        Resumed::Yielded(result)
    })
}
