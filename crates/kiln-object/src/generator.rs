//! Generators, coroutines and async generators: a suspended frame in interpreter layout.
#![expect(unsafe_code, reason = "registers of a suspended frame")]
//!
//! # Safety
//! While suspended, the generator owns the values in `regs`; while it runs they are on the value stack and `regs` holds
//! no pointers. `state` says which.

use crate::layout::{Slot, Trace};
use crate::object_struct;
use crate::value::Value;
use std::cell::{Cell, UnsafeCell};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum GenState {
    Created,
    Suspended,
    Running,
    Finished,
}

/// The registers of a suspended frame.
pub struct Registers(UnsafeCell<Box<[Value]>>);
impl Registers {
    pub fn new(n: usize) -> Registers {
        Registers(UnsafeCell::new(vec![Value::ZERO; n].into()))
    }
    pub fn as_ptr(&self) -> *mut Value {
        // SAFETY: under the global lock; no borrow is held across anything that runs.
        unsafe { (*self.0.get()).as_mut_ptr() }
    }
    pub fn len(&self) -> usize {
        // SAFETY: as above.
        unsafe { (&*self.0.get()).len() }
    }
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
    pub fn get(&self, i: usize) -> Value {
        // SAFETY: as above.
        unsafe { (&*self.0.get())[i] }
    }
    /// Releases every value; the registers are zero then.
    pub fn release(&self) {
        for i in 0..self.len() {
            // SAFETY: in range; the slot is cleared before the release may run anything.
            unsafe { std::ptr::replace(self.as_ptr().add(i), Value::ZERO).decref() };
        }
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
        /// Where it goes on.
        pub pc: Cell<*const u64>,
        pub state: Cell<GenState>,
        /// The frame's place on the value stack while it runs.
        pub fp: Cell<*mut Value>,
        /// The exception handled inside it when it was suspended.
        pub handled: Slot,
        /// The exception handled by whoever resumed it, while it runs.
        pub outer: Slot,
        /// Its frame object, if somebody asked for it.
        pub frame: Slot,
        /// What it delegates to, as a register number, or -1.
        pub delegate: Cell<i32>,
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
    pub fn is_running(&self) -> bool {
        self.state.get() == GenState::Running
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
