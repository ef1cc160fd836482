//! A generator's frame: made with the object, put on the value stack, taken off it again.

use crate::control::{MARKS, SPECIAL_MARK};
use crate::frames;
use crate::state::{Ins, S, slow};
use crate::words::{base_of, copy_words, move_words, read_word, typed, write_word};
use kiln_bytecode::{Op, flags};
use kiln_object::code::CodeObject;
use kiln_object::function::Function;
use kiln_object::generator::{GenState, Generator, Parts};
use kiln_object::shape::known;
use kiln_object::{Object, Raised, Value, singletons};

slow! {
    return_generator => start,
    make_generator => |s: &mut S, ins: Ins| {
        let code = s.constant(ins.c() as u32);
        let closure = s.b(ins);
        let g = of_expression(code, s.globals(), s.builtins(), closure, s.replace(ins.a(), Value::ZERO));
        s.consume(ins);
        s.write(ins.a(), g.into_value());
        s.sync();
        count_made(s.reg(ins.a()), typed::<CodeObject>(code));
        Ok(())
    },
}
fn start(s: &mut S, _: Ins) -> Result<(), Raised> {
    let code = s.code();
    debug_assert_eq!(code.index_before(s.pc), 0);
    let callable = s.callable();
    let locals = code.temp_base.get();
    let g = Generator::new_object(&parts_of(callable, code), 1, locals);
    // The values move; what stays behind on the stack is dead.
    move_words::<false>(s.fp, base_of::<Generator>(g.value()).regs.as_ptr(), locals as usize);
    if s.link(1) & MARKS == 0 && callable.header().count() > 1 {
        let window = s.fp.wrapping_sub(4);
        s.th.depth.set(s.th.depth.get().wrapping_sub(1));
        pop_links(s);
        write_word(window, g.into_value());
        callable.header().decref();
        return Ok(());
    }
    s.sync();
    frames::suspend(s);
    if s.link(1) & SPECIAL_MARK != 0 {
        return crate::special::leave(s, g);
    }
    leave_with(s, g.into_value());
    Ok(())
}

/// Counts a generator that is made without a frame; code that has become hot is compiled. `made`: the generator or its function.
#[inline]
pub fn count_made(made: Value, code: &CodeObject) {
    let hotness = code.hotness.get();
    if hotness < code.threshold.get() {
        return code.count(hotness);
    }
    (kiln_object::hooks::hooks().hot)(made);
}

/// What a generator takes from the function that was called.
fn parts_of(f: Value, code: &CodeObject) -> Parts {
    let f = typed::<Function>(f);
    let unless = |v: Value, same: Value| if v == same { Value::PENDING } else { v };
    Parts {
        code: Value::from_ptr(&code.header),
        globals: f.globals.raw(),
        builtins: f.builtins.raw(),
        closure: f.closure.raw(),
        name: unless(f.name.raw(), code.name.raw()),
        qualname: unless(f.qualname.raw(), code.qualname.raw()),
    }
}

/// The generator of a call whose arguments are the parameters of `f`, without a frame.
pub fn create(f: Value, code: &CodeObject, args: &[Value]) -> Object {
    debug_assert_eq!(code.instr(0).op(), Op::ReturnGenerator);
    let g = Generator::new_object(&parts_of(f, code), 1, code.temp_base.get());
    fill(&g, code, args);
    g
}
/// Writes the parameters of a generator that has not begun; its other locals are unbound.
fn fill(g: &Object, code: &CodeObject, args: &[Value]) {
    let regs = base_of::<Generator>(g.value()).regs.as_ptr();
    for (i, v) in args.iter().enumerate() {
        v.incref();
        write_word(regs.wrapping_add(i), *v);
    }
    for i in args.len()..code.temp_base.get() as usize {
        write_word(regs.wrapping_add(i), singletons::unbound());
    }
}

/// The generator of a generator expression, whose function nobody sees: `first` is the iterator of its outermost loop, given away, and `closure`
/// its tuple of cells, or None.
pub fn of_expression(code: Value, globals: Value, builtins: Value, closure: Value, first: Value) -> Object {
    let parts = Parts {
        code,
        globals,
        builtins,
        closure: if closure.is_none() { Value::PENDING } else { closure },
        name: Value::PENDING,
        qualname: Value::PENDING,
    };
    let code = typed::<CodeObject>(code);
    let g = Generator::new_object(&parts, 1, code.temp_base.get());
    fill(&g, code, &[first]);
    first.decref();
    g
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
pub(super) fn push<const FEW: bool>(s: &mut S, window: *mut Value, g: &Generator, gen_value: Value) {
    let code = typed::<CodeObject>(g.code.raw());
    gen_value.header().incref();
    write_word(window, gen_value);
    let (pc, caller, ks) = (s.pc as u64, s.fp as u64, s.ks as u64);
    s.fp = window.wrapping_add(4);
    s.set_link(3, pc);
    s.set_link(2, caller);
    s.set_link(1, ks);
    copy_words::<FEW>(g.regs.as_ptr(), s.fp, g.regs.len());
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
    push::<false>(s, window, g, gen_value);
    // The exception handled by the resumer is out of sight of the generator's own bookkeeping.
    g.outer.set_option(s.th.handled.get());
    if let Some(own) = g.handled.take() {
        s.th.handled.set(own);
    }
    frames::resume(s, g);
    if let Some(v) = sent
        && started
    {
        // Where the result goes held nothing that lives.
        s.write(instr_before(s).a(), v.into_value());
    }
}

/// Moves the running frame's registers into the generator, which is suspended then by the instruction `yields`: those that hold something are
/// below what its result will go to.
#[inline(always)]
pub(super) fn pull<const FEW: bool>(s: &S, g: &Generator, yields: Ins) {
    let live = yields.a();
    let mut inner = std::ptr::null();
    if yields.has(flags::DELEGATE) {
        let v = s.reg(yields.c());
        if v.is_ptr() && matches!(v.header().shape().0, known::GENERATOR | known::COROUTINE) {
            inner = std::ptr::from_ref(base_of::<Generator>(v));
        }
    }
    g.regs.inner.set(inner);
    g.via.set(std::ptr::null());
    move_words::<FEW>(s.fp, g.regs.as_ptr(), live as usize);
    g.regs.live.set(live as u32);
    g.regs.index.set(s.code().index_before(s.pc).wrapping_add(1));
    g.set_state(GenState::Suspended);
    g.fp.set(std::ptr::null_mut());
}

/// Suspends the generator whose frame is running.
pub(super) fn put_back(s: &S, g: &Generator) {
    frames::suspend(s);
    pull::<false>(s, g, instr_before(s));
    let outer = g.outer.take();
    let own = s.th.handled.replace(outer.clone());
    if own.as_ref().map(|o| o.value()) != outer.as_ref().map(|o| o.value()) {
        g.handled.set_option(own);
    } else {
        drop(own);
    }
    drop(outer);
}

/// Who was resumed: whoever did that holds it.
#[inline]
pub fn outermost_of(via: *const Generator) -> &'static Generator {
    base_of::<Generator>(Value::from_ptr(via as *const kiln_object::Header))
}
/// The generator `g`, whose registers are empty, has ended after it was resumed in the place of `outermost`: the one that delegates to it gets
/// the frame on the stack, and executes its `send` now.
pub fn step_out(s: &mut S, g: &Generator, outermost: &Generator) {
    let Some(next) = outermost.delegator_of(g) else {
        kiln_object::bug!("a generator that nobody delegates to")
    };
    next.via.set(if std::ptr::eq(next, outermost) {
        std::ptr::null()
    } else {
        outermost
    });
    let v = next.as_value();
    v.header().incref();
    write_word(s.fp.wrapping_sub(4), v);
    put_at_send(s, next);
}
/// Moves a suspended generator's registers into the empty frame at `s`, whose callable it is, to go on in its `send`, which is before the yield.
pub(super) fn put_at_send(s: &mut S, g: &Generator) {
    let code = typed::<CodeObject>(g.code.raw());
    copy_words::<false>(g.regs.as_ptr(), s.fp, g.regs.len());
    s.pc = code.entry.get().wrapping_add(g.regs.index.get() as usize - 1);
    s.ks = code.ks.get();
    debug_assert_eq!(s.code().instr(s.index()).op(), Op::Send);
    g.set_state(GenState::Running);
    g.fp.set(s.fp);
    frames::resume(s, g);
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
        frame.assign_awaiting();
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
