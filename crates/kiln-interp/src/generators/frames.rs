//! A generator's frame: made with the object, put on the value stack, taken off it again.

use crate::calls::{base_of, copy_words, move_words, read_word, typed, write_word};
use crate::control::{MARKS, SPECIAL_MARK};
use crate::frames;
use crate::state::{Ins, S, slow};
use kiln_bytecode::{Op, co};
use kiln_object::code::CodeObject;
use kiln_object::function::Function;
use kiln_object::generator::{AsyncGenerator, Coroutine, GenState, Generator, Registers};
use kiln_object::layout::{Slot, alloc, header};
use kiln_object::{Header, Object, Raised, Value, singletons};
use std::cell::Cell;

slow! { return_generator => start }
fn start(s: &mut S, _: Ins) -> Result<(), Raised> {
    s.sync();
    let code = s.code();
    let g = make(s.callable(), code, code.index_before(s.pc) + 1, |regs| {
        for i in 0..code.temp_base.get() as u16 {
            // The values move; what stays behind on the stack is dead.
            write_word(regs.wrapping_add(i as usize), s.replace(i, Value::ZERO));
        }
    });
    frames::suspend(s);
    if s.link(1) & SPECIAL_MARK != 0 {
        return crate::special::leave(s, g);
    }
    leave_with(s, g.into_value());
    Ok(())
}

/// The generator of a call whose arguments are the parameters of `f`, without a frame.
pub fn create(f: Value, code: &CodeObject, args: &[Value]) -> Object {
    debug_assert_eq!(code.instr(0).op(), Op::ReturnGenerator);
    make(f, code, 1, |regs| {
        for (i, v) in args.iter().enumerate() {
            v.incref();
            write_word(regs.wrapping_add(i), *v);
        }
        for i in args.len()..code.temp_base.get() as usize {
            write_word(regs.wrapping_add(i), singletons::unbound());
        }
    })
}

/// A generator of function `f`, which begins at instruction `index`; `fill` writes its parameters and locals.
fn make(f: Value, code: &CodeObject, index: u32, fill: impl FnOnce(*mut Value)) -> Object {
    let f = typed::<Function>(f);
    let regs = Registers::new(code.reg_count.get() as usize, index);
    fill(regs.as_ptr());
    let payload = |h: Header| Generator {
        header: h,
        code: Slot::from_option(f.code.get()),
        globals: Slot::from_option(f.globals.get()),
        builtins: Slot::from_option(f.builtins.get()),
        closure: Slot::from_option(f.closure.get()),
        name: Slot::from_option(f.name.get()),
        qualname: Slot::from_option(f.qualname.get()),
        fp: Cell::new(std::ptr::null_mut()),
        handled: Slot::empty(),
        outer: Slot::empty(),
        frame: Slot::empty(),
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
pub(super) fn leave_with(s: &mut S, v: Value) {
    let callable = s.callable();
    let window = s.fp.wrapping_sub(4);
    s.th.depth.set(s.th.depth.get().wrapping_sub(1));
    pop_links(s);
    write_word(window, v);
    callable.decref();
}
#[inline(always)]
pub fn pop_links(s: &mut S) {
    let (pc, fp, ks) = (
        s.link(3) as *const u64,
        s.link(2) as *mut Value,
        (s.link(1) & !MARKS) as *mut Value,
    );
    s.pc = pc;
    s.fp = fp;
    s.ks = ks;
}

/// Puts a suspended generator's frame on the stack at `window`; the state then runs in it.
#[inline(always)]
pub(super) fn push(s: &mut S, window: *mut Value, g: &Generator, gen_value: Value) {
    let code = typed::<CodeObject>(g.code.raw());
    gen_value.incref();
    write_word(window, gen_value);
    let (pc, caller, ks) = (s.pc as u64, s.fp as u64, s.ks as u64);
    s.fp = window.wrapping_add(4);
    s.set_link(3, pc);
    s.set_link(2, caller);
    s.set_link(1, ks);
    let regs = g.regs.as_ptr();
    copy_words(regs, s.fp, code.reg_count.get() as usize);
    s.pc = code.entry.get().wrapping_add(g.regs.index.get() as usize);
    s.ks = code.ks.get();
    s.th.depth.set(s.th.depth.get() + 1);
    g.set_state(GenState::Running);
    g.fp.set(s.fp);
}

/// The instruction before the one that the state goes on at: the yield of a generator just resumed, or who resumed one that has yielded.
#[inline(always)]
pub(super) fn instr_before(s: &S) -> Ins {
    Ins(read_word(s.pc.wrapping_sub(1) as *const Value).0)
}

/// As `push`, for whatever else there is to be done: what is sent becomes the value of the yield.
pub(super) fn push_any(s: &mut S, window: *mut Value, g: &Generator, gen_value: Value, sent: Option<Object>) {
    let started = g.state() == GenState::Suspended;
    push(s, window, g, gen_value);
    // The exception handled by the resumer is out of sight of the generator's own bookkeeping.
    g.outer.set_option(s.th.handled.get());
    if let Some(own) = g.handled.take() {
        s.th.handled.set(own);
    }
    frames::resume(s, g);
    if let Some(v) = sent
        && started
    {
        let yielded = instr_before(s);
        s.put(yielded.a(), v);
    }
}

/// Moves the running frame's registers into the generator, which is suspended then.
#[inline(always)]
pub(super) fn pull(s: &S, g: &Generator) {
    let code = s.code();
    let regs = g.regs.as_ptr();
    move_words(s.fp, regs, code.reg_count.get() as usize);
    g.regs.index.set(code.index_before(s.pc).wrapping_add(1));
    g.set_state(GenState::Suspended);
    g.fp.set(std::ptr::null_mut());
}

/// Suspends the generator whose frame is running.
pub(super) fn put_back(s: &S, g: &Generator) {
    frames::suspend(s);
    pull(s, g);
    let outer = g.outer.take();
    let own = s.th.handled.replace(outer.clone());
    if own.as_ref().map(|o| o.value()) != outer.as_ref().map(|o| o.value()) {
        g.handled.set_option(own);
    } else {
        drop(own);
    }
    drop(outer);
}

/// Machine code of a generator has returned. What it handles is its own again, and what `handled` names, which was handled by whoever resumed it,
/// is the thread's. If it was not even entered, for want of stack, it is suspended as it was.
pub fn settle(g: &Generator, handled: Value) {
    let th = kiln_object::thread::thread();
    if g.state() == GenState::Running {
        let begun = g.regs.index.get() > 1;
        g.set_state(if begun { GenState::Suspended } else { GenState::Created });
    }
    let outer = g.outer.take();
    if th.handled.raw() == handled {
        return;
    }
    let own = th.handled.replace(outer);
    if g.state() == GenState::Suspended {
        g.handled.set_option(own);
    }
}

/// Compiled code of `callable` has been left: if that is a generator, the interpreter has its frame now, which the state shows.
pub fn entered(s: &S, callable: Value) {
    if let Some(g) = callable.cast::<Generator>() {
        g.fp.set(s.fp);
        frames::resume(s, g);
    }
}

/// A generator that ends in compiled code, at instruction `index`, has a frame object, which takes over its locals.
pub fn detach_frame(gen_value: Value, index: u32, locals: &[Value]) {
    let g = base_of::<Generator>(gen_value);
    if let Some(f) = g.frame.take() {
        let frame = f.expect::<kiln_object::frame::FrameObject>();
        frame.suspended.set(Value::ZERO);
        frame.index.set(index);
        frame.values.fill(locals.iter().map(|v| v.to_object()).collect());
    }
}

/// The generator has ended, by return or exception: nothing of its frame is left.
pub fn ended(g: &Generator) {
    let th = kiln_object::thread::thread();
    g.set_state(GenState::Finished);
    g.fp.set(std::ptr::null_mut());
    if let Some(f) = g.frame.take() {
        f.expect::<kiln_object::frame::FrameObject>().suspended.set(Value::ZERO);
    }
    g.handled.clear();
    th.handled.set_option(g.outer.take());
}
