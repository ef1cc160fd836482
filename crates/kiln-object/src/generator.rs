//! Generators, coroutines and async generators: a suspended frame in interpreter layout.
#![expect(unsafe_code, reason = "registers of a suspended frame")]
//!
//! # Safety
//! Registers lie behind the struct, in the same allocation, unless there are too many: `items` says where. While suspended, the generator owns the values in `regs`. While it runs they are on the value stack, or in registers of compiled code, and the
//! words of `regs` are stale: nobody looks at them. `state` says which.

use crate::code::CodeObject;
use crate::header::Header;
use crate::heap::{self, Kind};
use crate::layout::{Slot, Trace};
use crate::object_struct;
use crate::shape::{ShapeId, known};
use crate::value::{Object, Value};
use kiln_bytecode::{Op, co, flags};
use std::cell::Cell;

/// Compiled code stores and compares these numbers: below `Running` it can be resumed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u32)]
pub enum GenState {
    Created = 0,
    Suspended = 1,
    Running = 2,
    Finished = 3,
}

/// A suspended frame: where it goes on, and its registers.
#[repr(C)]
pub struct Registers {
    /// The instruction that it goes on at. Compiled code writes this and the state as one word.
    pub index: Cell<u32>,
    pub state: Cell<GenState>,
    /// While suspended: the registers below this hold something, all others nothing. Words behind them, up to a whole group, hold no pointers.
    pub live: Cell<u32>,
    /// How many there are.
    len: u32,
    items: *mut Value,
    /// While suspended in `yield from` or `await`: the generator or coroutine that it delegates to, which a register holds; null if that is
    /// something else. See [`Generator::innermost`].
    pub inner: Cell<*const Generator>,
}
impl Registers {
    /// How many registers there are in all.
    pub fn capacity(&self) -> u32 {
        self.len
    }
    pub const ITEMS_OFFSET: usize = std::mem::offset_of!(Registers, items);
    /// Words are moved in groups of so many: there is room for whole ones.
    pub const GROUP: usize = 4;
    /// The bytes of `n` registers.
    fn room(n: usize) -> usize {
        n.next_multiple_of(Registers::GROUP) * 8
    }
    #[inline(always)]
    pub fn as_ptr(&self) -> *mut Value {
        self.items
    }
    /// How many registers hold something while it is suspended.
    pub fn len(&self) -> usize {
        self.live.get() as usize
    }
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// Whether the values are here.
    pub fn holds(&self) -> bool {
        (self.state.get() as u32) < GenState::Running as u32
    }
    /// What a register holds while the frame is suspended; an int 0 otherwise.
    pub fn get(&self, i: usize) -> Value {
        if i < self.len() && self.holds() {
            // SAFETY: in range.
            unsafe { *self.items.add(i) }
        } else {
            Value::ZERO
        }
    }
    /// Releases every value, last to first; the registers are zero then.
    pub fn release(&self) {
        if !self.holds() {
            return;
        }
        self.inner.set(std::ptr::null());
        for i in (0..self.len()).rev() {
            // SAFETY: in range; the slot is cleared before the release may run anything.
            let v = unsafe { std::ptr::replace(self.items.add(i), Value::ZERO) };
            if v.is_ptr() {
                v.decref();
            }
        }
    }
    /// Whether they lie behind the object itself, not in a place of their own.
    #[inline]
    fn inside(&self) -> bool {
        std::ptr::eq(self.items, std::ptr::from_ref(self).wrapping_add(1) as *mut Value)
    }
}
impl Trace for Registers {
    fn trace(&self, visit: &mut dyn FnMut(Value)) {
        for i in 0..self.len() {
            visit(self.get(i));
        }
    }
    fn clear(&self) {
        self.release();
    }
}
impl Drop for Registers {
    fn drop(&mut self) {
        self.release();
        if !self.inside() {
            heap::free(self.items as *mut u8, Registers::room(self.len as usize), Kind::Raw);
        }
    }
}

object_struct! {
    /// `generator`. The first fields lie where a function's do, so that a frame's callable may be either.
    pub struct Generator = "generator", Container {
        pub code: Slot,
        pub globals: Slot,
        pub builtins: Slot,
        pub closure: Slot,
        /// Empty: as the code's.
        pub name: Slot,
        /// Empty: as the code's.
        pub qualname: Slot,
        /// The frame's place on the value stack while the interpreter runs it.
        pub fp: Cell<*mut Value>,
        /// While it runs: the generator that was resumed, where that delegates to this one, by way of others perhaps, all of which stay
        /// suspended. Null otherwise.
        pub via: Cell<*const Generator>,
        /// The exception handled inside it when it was suspended.
        pub handled: Slot,
        /// The exception handled by whoever resumed it, while it runs.
        pub outer: Slot,
        /// Its frame object, if somebody asked for it.
        pub frame: Slot,
        /// Async generators: hooks were called; closed; an asend/athrow is running.
        pub flags: Cell<u8>,
        /// Async generators: the finalizer; coroutines: the origin.
        pub extra: Slot,
        pub regs: Registers,
    }
}
object_struct! { /** `coroutine`. */ pub struct Coroutine = "coroutine" extends Generator, Container {} }
object_struct! { /** `async_generator`. */ pub struct AsyncGenerator = "async_generator" extends Generator, Container {} }

/// What a new generator is made of, borrowed; `PENDING` for what there is none of.
pub struct Parts {
    pub code: Value,
    pub globals: Value,
    pub builtins: Value,
    pub closure: Value,
    pub name: Value,
    pub qualname: Value,
}

impl Generator {
    /// A generator, coroutine or async generator whose frame has not begun: its first instruction will be `index`, and its first `live` registers,
    /// its parameters and locals, are the caller's to write.
    #[inline]
    pub fn new_object(parts: &Parts, index: u32, live: u32) -> Object {
        const SIZE: usize = size_of::<Generator>();
        // SAFETY: the caller's code object.
        let code = unsafe { &*(parts.code.ptr() as *const CodeObject) };
        let flags = code.code.flags;
        let shape = if flags & co::COROUTINE != 0 {
            known::COROUTINE
        } else if flags & co::ASYNC_GENERATOR != 0 {
            known::ASYNC_GENERATOR
        } else {
            known::GENERATOR
        };
        let len = code.reg_count.get();
        let room = Registers::room(len as usize);
        let inside = SIZE + room <= heap::MAX_SMALL;
        let p = heap::alloc(if inside { SIZE + room } else { SIZE }, Kind::Container) as *mut Generator;
        let items = if inside {
            p.wrapping_add(1) as *mut Value
        } else {
            heap::alloc(room, Kind::Raw) as *mut Value
        };
        for group in 0..room / (8 * Registers::GROUP) {
            // SAFETY: fresh memory for so many groups.
            unsafe {
                (items as *mut [Value; Registers::GROUP])
                    .add(group)
                    .write([Value::ZERO; Registers::GROUP])
            };
        }
        let own = |v: Value| {
            if !v.is_pending() {
                v.header().incref();
            }
            Slot::from_word(v)
        };
        // SAFETY: fresh memory of the right size; the write makes the object walkable.
        unsafe {
            p.write(Generator {
                header: Header::new(ShapeId(shape)),
                code: own(parts.code),
                globals: own(parts.globals),
                builtins: own(parts.builtins),
                closure: own(parts.closure),
                name: own(parts.name),
                qualname: own(parts.qualname),
                fp: Cell::new(std::ptr::null_mut()),
                via: Cell::new(std::ptr::null()),
                handled: Slot::empty(),
                outer: Slot::empty(),
                frame: Slot::empty(),
                flags: Cell::new(0),
                extra: Slot::empty(),
                regs: Registers {
                    index: Cell::new(index),
                    state: Cell::new(GenState::Created),
                    live: Cell::new(live),
                    len,
                    items,
                    inner: Cell::new(std::ptr::null()),
                },
            });
        }
        Object::from_owned(Value::from_ptr(p as *const Header))
    }
    /// Ends the life of a generator that has ended or never ran, which nobody holds, has no weak references and no frame object.
    ///
    /// # Safety
    /// The last use of the object.
    pub(crate) unsafe fn destroy(p: *mut Generator) {
        // SAFETY: per the contract; its memory goes last.
        unsafe {
            let g = &*p;
            g.regs.release();
            let rare = [&g.name, &g.qualname, &g.handled, &g.outer, &g.extra];
            if rare.iter().fold(0, |all, slot| all | slot.raw().0) != Value::PENDING.0 {
                rare.iter().for_each(|slot| slot.clear());
            }
            for slot in [&g.closure, &g.builtins, &g.globals, &g.code] {
                let v = slot.raw();
                if !v.is_pending() {
                    v.decref();
                }
            }
            if !g.regs.inside() {
                heap::free(g.regs.items as *mut u8, Registers::room(g.regs.len as usize), Kind::Raw);
            }
            heap::free(p as *mut u8, size_of::<Generator>(), Kind::Container);
        }
    }
    /// Its `__name__`.
    pub fn name_value(&self) -> Option<Value> {
        self.name.peek().or_else(|| self.code_if_any()?.name.peek())
    }
    /// Its `__qualname__`.
    pub fn qualname_value(&self) -> Option<Value> {
        self.qualname.peek().or_else(|| self.code_if_any()?.qualname.peek())
    }
    fn code_if_any(&self) -> Option<&CodeObject> {
        (!self.code.is_empty()).then(|| self.code())
    }
    #[inline(always)]
    pub fn state(&self) -> GenState {
        self.regs.state.get()
    }
    #[inline(always)]
    pub fn set_state(&self, state: GenState) {
        self.regs.state.set(state);
    }
    /// Whether its frame is being executed: by itself, or because one that it delegates to was resumed in its place.
    pub fn is_running(&self) -> bool {
        self.state() == GenState::Running || self.stands_by()
    }
    /// Whether one that it delegates to runs now because this one, or one that delegates to it, was resumed.
    #[inline]
    pub fn stands_by(&self) -> bool {
        self.state() == GenState::Suspended && !self.regs.inner.get().is_null() && self.runs_inside()
    }
    #[inline(never)]
    fn runs_inside(&self) -> bool {
        let running = self.innermost();
        // SAFETY: who was resumed is held by whoever did that, as long as it runs.
        match unsafe { running.via.get().as_ref() } {
            Some(outermost) if running.state() == GenState::Running => outermost.chain().any(|g| std::ptr::eq(g, self)),
            _ => false,
        }
    }
    /// What it delegates to, if that is a generator or a coroutine and this is suspended there.
    #[inline]
    pub fn inner(&self) -> Option<&Generator> {
        if self.state() != GenState::Suspended {
            return None;
        }
        // SAFETY: a register holds it while this is suspended.
        unsafe { self.regs.inner.get().as_ref() }
    }
    /// This generator, what it delegates to, and so on.
    pub fn chain(&self) -> impl Iterator<Item = &Generator> {
        std::iter::successors(Some(self), |g| g.inner())
    }
    /// The last one of the chain.
    ///
    /// Resuming a generator that delegates resumes this one, as if each of those between had been entered and had passed on what it was sent.
    /// They stay suspended: whoever looks at frames is shown theirs in between, and when the innermost one ends, the one that delegates to it
    /// is resumed behind its `yield from`.
    pub fn innermost(&self) -> &Generator {
        let mut g = self;
        while let Some(inner) = g.inner() {
            g = inner;
        }
        g
    }
    /// Which generator of the chain from this one on delegates to `inner`, whatever that has come to.
    pub fn delegator_of(&self, inner: &Generator) -> Option<&Generator> {
        self.chain().find(|g| std::ptr::eq(g.regs.inner.get(), inner))
    }
    pub fn as_value(&self) -> Value {
        Value::from_ptr(&self.header)
    }
    fn code(&self) -> &CodeObject {
        // SAFETY: a generator's code is never cleared while it can run: its slot holds a code object.
        unsafe { &*(self.code.raw().ptr() as *const CodeObject) }
    }
    /// The number of the instruction that it is suspended at, or before whose successor it has not begun.
    pub fn suspended_at(&self) -> u32 {
        self.regs.index.get().wrapping_sub(1)
    }
    /// What a suspended generator delegates to by `yield from` or `await`.
    pub fn delegate(&self) -> Option<Value> {
        if self.state() != GenState::Suspended || self.code.is_empty() {
            return None;
        }
        let instr = self.code().instr(self.suspended_at());
        if instr.op() != Op::YieldValue || !instr.has(flags::DELEGATE) {
            return None;
        }
        let v = self.regs.get(instr.c() as usize);
        (v != Value::ZERO).then_some(v)
    }
    /// Ends a generator that never ran, or that has nothing to do when it is closed: what its frame holds is released.
    pub fn abandon(&self) {
        let live = self.regs.live.replace(0);
        self.set_state(GenState::Finished);
        for i in (0..live as usize).rev() {
            // SAFETY: in range; the slot is cleared before the release may run anything.
            unsafe { std::ptr::replace(self.regs.as_ptr().add(i), Value::ZERO) }.decref();
        }
    }
    /// Whether an exception thrown in where it is suspended would leave it at once, with nobody to see it.
    pub fn closes_quietly(&self) -> bool {
        if self.state() != GenState::Suspended || !self.frame.is_empty() || !self.handled.is_empty() {
            return false;
        }
        let (code, index) = (&self.code().code, self.suspended_at());
        let op = |pc: u32| code.instrs[pc as usize].op();
        !code.instrs[index as usize].has(flags::DELEGATE)
            && code
                .handler_at(index)
                .is_none_or(|h| op(h.target) == Op::StopIterationError)
    }
}

object_struct! {
    /// What an async generator yields, as opposed to what an `await` in it passes on. Programs never see it.
    pub struct AsyncWrapped = "async_generator_wrapped_value", Container { pub value: Slot }
}
impl AsyncWrapped {
    pub fn new_object(v: crate::Object) -> crate::Object {
        crate::layout::alloc(AsyncWrapped {
            header: crate::layout::header::<AsyncWrapped>(),
            value: Slot::new(v),
        })
    }
}
