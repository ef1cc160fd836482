//! The state of a Python thread, whose fields compiled code reads at fixed offsets.
#![expect(unsafe_code, reason = "the current thread behind a static pointer")]
//!
//! # Safety
//! One thread runs Python at a time (global lock); `thread()` is the one that holds it. The value stack is reserved
//! once and never moves. Slots at and above `top` hold no pointers.

use crate::layout::Slot;
use crate::value::Value;
use std::cell::Cell;

#[repr(C)]
pub struct Thread {
    /// Nonzero when something waits to be served at the next poll: see [`Breaker`].
    pub breaker: Cell<u32>,
    pub pad: Cell<u32>,
    /// Compiled code and native recursion raise `RecursionError` when the stack pointer is below this.
    pub native_limit: Cell<usize>,
    /// The first free word of the value stack while native code runs.
    pub top: Cell<*mut Value>,
    pub stack_base: Cell<*mut Value>,
    pub stack_end: Cell<*mut Value>,
    /// The innermost interpreter frame, and where it is, while native code runs.
    pub frame: Cell<*mut Value>,
    pub pc: Cell<*const u64>,
    /// The exception that was raised and not yet caught.
    pub pending: Slot,
    /// The exception that is being handled (`sys.exception()`).
    pub handled: Slot,
    /// Python calls on the stack, and the limit of `sys.setrecursionlimit`.
    pub depth: Cell<u32>,
    pub recursion_limit: Cell<u32>,
    /// The head of the chain of transitions between compiled code, interpreter and native code.
    pub transition: Cell<*mut u8>,
    /// Where the interpreter goes on after work that a handler had done: pc, frame, data pointer.
    pub next_pc: Cell<*const u64>,
    pub next_fp: Cell<*mut Value>,
    pub next_ks: Cell<*mut Value>,
    /// Native recursion (repr, compare ...) beyond Python calls.
    pub native_depth: Cell<u32>,
    /// As `native_limit`, for compiled code: nearer, since its frames are small and its recursion deep.
    pub compiled_limit: Cell<usize>,
    /// The second result of a runtime function that compiled code has just called.
    pub second: Cell<Value>,
    /// How deep releases are nested. See `dealloc`.
    pub release_depth: Cell<u32>,
}

/// Bits of `Thread::breaker`.
pub mod breaker {
    pub const COLLECT: u32 = 1;
    pub const SIGNAL: u32 = 2;
    pub const GIVE_UP_LOCK: u32 = 4;
    pub const TRACE: u32 = 8;
    pub const ASYNC_EXC: u32 = 16;
}

struct Current(Cell<*const Thread>);
// SAFETY: changed under the global lock.
unsafe impl Sync for Current {}
static CURRENT: Current = Current(Cell::new(std::ptr::null()));

/// The thread that runs.
#[inline(always)]
pub fn thread() -> &'static Thread {
    debug_assert!(!CURRENT.0.get().is_null());
    // SAFETY: set at start; thread states are never freed while they may run.
    unsafe { &*CURRENT.0.get() }
}

/// Levels of calls that a program gets when it does not ask for another number.
pub const USUAL_RECURSION_LIMIT: u32 = 1000;
/// Words of a thread's value stack.
const STACK_WORDS: usize = 8 << 20;

impl Thread {
    /// A new thread state with a value stack of its own; `None` when there is no memory for one.
    pub fn create() -> Option<&'static Thread> {
        let mut words = STACK_WORDS;
        let base = loop {
            // SAFETY: an anonymous reservation, committed as it is touched.
            let p = unsafe {
                libc::mmap(
                    std::ptr::null_mut(),
                    words * 8,
                    libc::PROT_READ | libc::PROT_WRITE,
                    libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE,
                    -1,
                    0,
                )
            };
            if p != libc::MAP_FAILED {
                break p as *mut Value;
            }
            words /= 2;
            if words < 1 << 14 {
                return None;
            }
        };
        let t = Thread {
            breaker: Cell::new(0),
            pad: Cell::new(0),
            native_limit: Cell::new(0),
            top: Cell::new(base),
            stack_base: Cell::new(base),
            // SAFETY: within the reservation; the margin is for frames that are checked only at entry.
            stack_end: Cell::new(unsafe { base.add(words - 4096) }),
            frame: Cell::new(std::ptr::null_mut()),
            pc: Cell::new(std::ptr::null()),
            pending: Slot::empty(),
            handled: Slot::empty(),
            depth: Cell::new(0),
            recursion_limit: Cell::new(USUAL_RECURSION_LIMIT),
            transition: Cell::new(std::ptr::null_mut()),
            next_pc: Cell::new(std::ptr::null()),
            next_fp: Cell::new(std::ptr::null_mut()),
            next_ks: Cell::new(std::ptr::null_mut()),
            native_depth: Cell::new(0),
            compiled_limit: Cell::new(0),
            second: Cell::new(Value::ZERO),
            release_depth: Cell::new(0),
        };
        Some(Box::leak(Box::new(t)))
    }
    /// Makes this the running thread.
    pub fn enter(&'static self) {
        CURRENT.0.set(self);
    }
    pub fn set_breaker(&self, bit: u32) {
        self.breaker.set(self.breaker.get() | bit);
    }
    pub fn clear_breaker(&self, bit: u32) {
        self.breaker.set(self.breaker.get() & !bit);
    }
}

/// Asks for a cycle collection at the next poll.
pub fn request_collection() {
    if !CURRENT.0.get().is_null() {
        thread().set_breaker(breaker::COLLECT);
    }
}

/// Guards native recursion: `RecursionError` before the native stack ends. `doing` completes the message
/// (" while calling a Python object", " in comparison", " while getting the repr of an object").
#[inline]
pub fn check_native_stack(doing: &str) -> Result<(), crate::Raised> {
    let here = 0u8;
    if (&raw const here as usize) < thread().native_limit.get() {
        return Err(native_stack_ends(doing));
    }
    Ok(())
}
#[cold]
#[inline(never)]
fn native_stack_ends(doing: &str) -> crate::Raised {
    crate::raise::recursion_error(doing)
}

/// Counts native recursion that no Python call limits (reprs and hashes of nested containers), for as long as it lives.
pub struct NativeDepth(());
impl NativeDepth {
    /// Far below what the native stack holds; deeper nesting is a program's error.
    const LIMIT: u32 = 50_000;
    #[inline]
    pub fn enter(doing: &str) -> Result<NativeDepth, crate::Raised> {
        check_native_stack(doing)?;
        let depth = &thread().native_depth;
        if depth.get() >= NativeDepth::LIMIT {
            return Err(crate::raise::recursion_error(doing));
        }
        depth.set(depth.get() + 1);
        Ok(NativeDepth(()))
    }
}
impl Drop for NativeDepth {
    fn drop(&mut self) {
        let depth = &thread().native_depth;
        depth.set(depth.get() - 1);
    }
}
