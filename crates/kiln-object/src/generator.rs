//! Generators, coroutines and async generators: a suspended frame in interpreter layout.
#![expect(unsafe_code, reason = "registers of a suspended frame")]
//!
//! # Safety
//! While suspended, the generator owns the values in `regs`. While it runs they are on the value stack, or in registers of compiled code, and the
//! words of `regs` are stale: nobody looks at them. `state` says which.

use crate::code::CodeObject;
use crate::heap::{self, Kind};
use crate::layout::{Slot, Trace};
use crate::object_struct;
use crate::value::Value;
use kiln_bytecode::{Op, flags};
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
    items: *mut Value,
    len: usize,
}
impl Registers {
    pub const ITEMS_OFFSET: usize = std::mem::offset_of!(Registers, items);
    /// `n` registers that hold nothing, of a frame that has not begun and whose first instruction will be `index`.
    pub fn new(n: usize, index: u32) -> Registers {
        let items = if n == 0 {
            std::ptr::NonNull::dangling().as_ptr()
        } else {
            heap::alloc(Registers::room(n), Kind::Raw) as *mut Value
        };
        for i in 0..Registers::room(n) / 8 {
            // SAFETY: fresh memory for so many words.
            unsafe { items.add(i).write(Value::ZERO) };
        }
        Registers {
            index: Cell::new(index),
            state: Cell::new(GenState::Created),
            items,
            len: n,
        }
    }
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
    pub fn len(&self) -> usize {
        self.len
    }
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }
    /// Whether the values are here.
    pub fn holds(&self) -> bool {
        (self.state.get() as u32) < GenState::Running as u32
    }
    /// What a register holds while the frame is suspended; an int 0 otherwise.
    pub fn get(&self, i: usize) -> Value {
        if i < self.len && self.holds() {
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
        for i in (0..self.len).rev() {
            // SAFETY: in range; the slot is cleared before the release may run anything.
            unsafe { std::ptr::replace(self.items.add(i), Value::ZERO).decref() };
        }
    }
}
impl Trace for Registers {
    fn trace(&self, visit: &mut dyn FnMut(Value)) {
        for i in 0..self.len {
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
        if self.len > 0 {
            heap::free(self.items as *mut u8, Registers::room(self.len), Kind::Raw);
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
        pub name: Slot,
        pub qualname: Slot,
        /// The frame's place on the value stack while the interpreter runs it.
        pub fp: Cell<*mut Value>,
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

impl Generator {
    #[inline(always)]
    pub fn state(&self) -> GenState {
        self.regs.state.get()
    }
    #[inline(always)]
    pub fn set_state(&self, state: GenState) {
        self.regs.state.set(state);
    }
    pub fn is_running(&self) -> bool {
        self.state() == GenState::Running
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
    /// Ends a generator that never ran: what it would have begun with is released.
    pub fn end_unstarted(&self) {
        self.regs.release();
        self.set_state(GenState::Finished);
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
